//! The command line of Oast.

mod args;
mod commands;
mod crash;
mod failure;
mod interrupt;
mod project;
mod scaffold;
mod ui;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    crash::install_hook();
    match args::parse() {
        Ok(arguments) => commands::run(&arguments).into(),
        Err(refusal) => {
            // Nobody can be told that the help could not be printed.
            _ = refusal.print();
            ExitCode::from(u8::try_from(refusal.exit_code()).unwrap_or(2))
        }
    }
}
