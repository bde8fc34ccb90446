//! The language Oats: programs run on both targets, mistakes are explained.

mod mistakes;
mod modules;
mod programs;
mod reruns;
mod robust;
mod whole;
mod world;
