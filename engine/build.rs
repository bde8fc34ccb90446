//! Names the engine that is being built after its sources, for what it writes to disk (`codec`).
#![expect(clippy::disallowed_methods, reason = "a build script runs outside the engine")]

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let mut files = vec![root.join("Cargo.toml")];
    all_files(&root.join("src"), &mut files)?;
    let mut id = Fnv::default();
    for file in files {
        let name = file.strip_prefix(&root).expect("found below the root").to_string_lossy();
        id.part(name.replace('\\', "/").as_bytes());
        id.part(&fs::read(&file)?);
    }
    println!("cargo::rerun-if-changed=Cargo.toml");
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rustc-env=OAST_ENGINE_ID={}", id.0);
    Ok(())
}

/// Adds the files below `directory` to `found`, in the order of their names.
fn all_files(directory: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = fs::read_dir(directory)?
        .map(|entry| entry.map(|it| it.path()))
        .collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            all_files(&entry, found)?;
        } else {
            found.push(entry);
        }
    }
    Ok(())
}

/// FNV-1a, 64 bits: the same for everyone, and no dependency.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn part(&mut self, bytes: &[u8]) {
        let length = (bytes.len() as u64).to_le_bytes();
        for byte in length.iter().chain(bytes) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}
