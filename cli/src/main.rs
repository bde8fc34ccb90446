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

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    crash::install_hook();
    program::Program::called().run().leave()
}
