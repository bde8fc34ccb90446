//! The example workspaces.
#![expect(clippy::disallowed_methods, reason = "the subject is the files of this repository")]

use std::fs;
use std::path::Path;

use oast_engine::testing::World;

#[test]
fn examples_have_no_diagnostics() {
    for example in ["hello", "ledger", "interpreter", "oats-packages", "spreadsheet", "post"] {
        let mut fixture = String::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(example);
        add_files(&root, "", &mut fixture);
        let world = World::new(&fixture);
        world.check_diagnostics();
    }
}

fn add_files(directory: &Path, name: &str, fixture: &mut String) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{name}/{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            add_files(&path, &name, fixture);
        } else if path
            .extension()
            .is_some_and(|it| ["oct", "oats", "toml"].iter().any(|known| it == *known))
        {
            let text = fs::read_to_string(&path).unwrap();
            fixture.extend(["//- ", &name, "\n", &text, "\n"]);
        }
    }
}
