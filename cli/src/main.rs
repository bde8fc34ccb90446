//! The command line of Oast.

mod args;
mod commands;
mod crash;
mod failure;
mod interrupt;
mod oatsc;
mod place;
mod program;
mod project;
mod scaffold;
mod single_file;
mod toasty;
mod ui;

use oast_engine::build::on_deep_stack;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    crash::install_hook();
    let run = || program::Program::called().run().leave();
    // Where there are no threads, the first one has to do.
    on_deep_stack(run).unwrap_or_else(|_| run());
}
