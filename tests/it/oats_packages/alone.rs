//! A package compiled by itself, from its own directory and the metadata of what it depends on.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::sync::Arc;

use camino::Utf8PathBuf;
use oast_engine::Session;
use oast_engine::build::{BuildRequest, Report, Silent, compile_package};
use oast_engine::host::{CancelToken, OsHost};

use crate::oats_packages::{DOCUMENT, output_of};
use crate::project::Project;

impl Project {
    /// Compiles a package to `out/<package>_pkg.o`.
    fn compile(&self, package: &str, externs: &[&str]) -> Report {
        let out = self.root.join("out");
        fs::create_dir_all(&out).unwrap();
        let metadata = |name: &str| out.join(format!("{name}_pkg.oats.meta"));
        let externs: BTreeMap<_, Utf8PathBuf> =
            externs.iter().map(|name| ((*name).into(), metadata(name))).collect();
        let session = Session::with_externs(Arc::new(OsHost), externs);
        let root = session.find_root(&self.root.join(package)).unwrap();
        let output = out.join(format!("{package}_pkg.o"));
        let request = BuildRequest::default();
        compile_package(&session, root, &output, &request, &Silent, &CancelToken::default())
            .unwrap()
    }
}

fn codes(report: &Report) -> Vec<&str> {
    report.diagnostics.iter().map(|it| &*it.code).collect()
}

#[test]
fn packages_that_see_only_metadata_become_the_same_program() {
    let packages = Project::new(DOCUMENT);
    packages.build("app", &BuildRequest::default());
    for (package, externs) in
        [("common", &[][..]), ("utils", &["common"]), ("app", &["common", "utils"])]
    {
        // Nobody can look at another package's sources.
        let elsewhere = packages.root.join("hidden");
        fs::create_dir(&elsewhere).unwrap();
        let others = ["app", "common", "utils"].into_iter().filter(|it| *it != package);
        let others: Vec<&str> = others.collect();
        for other in &others {
            fs::rename(packages.root.join(other), elsewhere.join(other)).unwrap();
        }
        let report = packages.compile(package, externs);
        for other in &others {
            fs::rename(elsewhere.join(other), packages.root.join(other)).unwrap();
        }
        fs::remove_dir(&elsewhere).unwrap();
        assert_eq!(codes(&report), Vec::<&str>::new());
        assert_eq!(report.failures, Vec::<String>::new());
        let metadata = format!("{package}_pkg.oats.meta");
        assert_eq!(
            fs::read_to_string(packages.root.join("out").join(&metadata)).unwrap(),
            fs::read_to_string(packages.root.join("app/target").join(&metadata)).unwrap()
        );
    }
    assert_eq!(packages.names("out").len(), 6, "{:?}", packages.names("out"));
    let parts = packages.root.join("app/target/oats_0.1.0/c-11");
    let runtime = ["oast_runtime.o", "oats/Prelude.o", "oats.positions.o"];
    let program = packages.root.join("out/program");
    let mut link = Command::new("cc");
    link.arg("-o").arg(&program);
    link.args(["app", "utils", "common"].map(|it| packages.root.join(format!("out/{it}_pkg.o"))));
    link.args(runtime.map(|it| parts.join(it))).args(["-lm", "-lpthread"]);
    assert!(link.status().unwrap().success());
    assert_eq!(output_of(&program), "[Hello, World!]\n");
}

#[test]
fn what_is_wrong_with_metadata_is_told() {
    let packages = Project::new(DOCUMENT);
    packages.compile("common", &[]);
    assert_eq!(codes(&packages.compile("utils", &[])), ["missing-extern"]);
    let metadata = packages.root.join("out/common_pkg.oats.meta");
    let text = fs::read_to_string(&metadata).unwrap();
    for damaged in [&text[..text.len() / 2], "", "{}", &text.replace("Logger", "Lodger")] {
        fs::write(&metadata, damaged).unwrap();
        let report = packages.compile("utils", &["common"]);
        assert!(codes(&report).contains(&"invalid-metadata"), "{:?}\n{damaged}", codes(&report));
    }
    fs::remove_file(&metadata).unwrap();
    let report = packages.compile("utils", &["common"]);
    assert!(codes(&report).contains(&"invalid-metadata"), "{:?}", codes(&report));
}

#[test]
fn a_type_of_a_package_behind_the_dependency_is_known() {
    let packages = Project::new(DOCUMENT);
    packages.edit("app/Oats.toml", "common = { path = \"../common\" }\n", "");
    packages.edit("app/src/main.oats", "import { Logger } from \"common\";\n", "");
    packages.edit("app/src/main.oats", "new Logger()", "make()");
    packages.edit("app/src/main.oats", "{ format }", "{ format, make }");
    packages.edit(
        "utils/src/lib.oats",
        "export function format",
        "export function make(): Logger { return new Logger(); }\nexport function format",
    );
    packages.compile("common", &[]);
    assert_eq!(codes(&packages.compile("utils", &["common"])), Vec::<&str>::new());
    assert_eq!(codes(&packages.compile("app", &["utils"])), Vec::<&str>::new());
    packages.edit("app/src/main.oats", "logger.log(msg)", "logger.log(5)");
    assert_eq!(codes(&packages.compile("app", &["utils"])), ["type-mismatch"]);
}
