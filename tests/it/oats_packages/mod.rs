//! Packages of Oats on the real machine: their layout, their metadata, each of them compiled by itself.
#![expect(clippy::disallowed_methods, reason = "what is on the disk afterwards is the subject")]

mod again;
mod alone;
mod beside;
mod built;
mod foreign;
mod reruns;

use std::process::Command;
use std::sync::Arc;

use camino::Utf8Path;
use oast_engine::build::{BuildError, BuildRequest, Progress, Report, Silent};
use oast_engine::host::{CancelToken, OsHost};

use crate::project::Project;

/// The example of the document: `app` uses `common` and `utils`, `utils` uses `common`.
pub(crate) const DOCUMENT: &[(&str, &str)] = &[
    (
        "app/Oats.toml",
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\nentry = \"src/main.oats\"\n\n[dependencies]\n\
         common = { path = \"../common\" }\nutils = { path = \"../utils\" }\n",
    ),
    (
        "app/src/main.oats",
        "import { Logger } from \"common\";\nimport { format } from \"utils\";\n\n\
         export function main(): number {\n    const logger = new Logger();\n    \
         const msg = format(\"Hello, World!\");\n    logger.log(msg);\n    return 0;\n}\n",
    ),
    (
        "common/Oats.toml",
        "[package]\nname = \"common\"\nversion = \"0.1.0\"\nentry = \"src/lib.oats\"\n",
    ),
    (
        "common/src/lib.oats",
        "export class Logger {\n    log(text: string): void {\n        println(text);\n    }\n}\n",
    ),
    (
        "utils/Oats.toml",
        "[package]\nname = \"utils\"\nversion = \"0.1.0\"\nentry = \"src/lib.oats\"\n\n[dependencies]\n\
         common = { path = \"../common\" }\n",
    ),
    (
        "utils/src/lib.oats",
        "import { Logger } from \"common\";\nimport { wrap } from \"./text/wrap\";\n\n\
         export function format(text: string): string {\n    return wrap(text);\n}\n\
         export function shout(to: Logger, text: string): void {\n    to.log(text.toUpperCase());\n}\n",
    ),
    (
        "utils/src/text/wrap.oats",
        "export function wrap(text: string): string {\n    return `[${text}]`;\n}\n",
    ),
];

impl Project {
    /// Builds a package in a database of its own, as another process would.
    fn build(&self, package: &str, request: &BuildRequest) -> Report {
        let request = BuildRequest { no_store: true, ..request.clone() };
        self.try_build(package, &request, &Silent, &CancelToken::default()).unwrap()
    }

    fn try_build(
        &self,
        package: &str,
        request: &BuildRequest,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<Report, BuildError> {
        let (session, root) = self.open(package, Arc::new(OsHost));
        session.build(root, request, progress, cancel)
    }

    /// What is in a folder, sorted.
    fn names(&self, folder: &str) -> Vec<String> {
        let entries = self.root.join(folder).read_dir_utf8().unwrap();
        let mut names: Vec<String> = entries.map(|it| it.unwrap().file_name().to_owned()).collect();
        names.sort();
        names
    }
}

/// What a program writes.
fn output_of(program: &Utf8Path) -> String {
    let output = Command::new(program).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
