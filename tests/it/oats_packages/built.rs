//! What `build` leaves of a package and of those that it depends on.

use expect_test::expect;
use oast_engine::build::BuildRequest;
use oast_engine::manifest::Metadata;

use crate::oats_packages::{DOCUMENT, output_of};
use crate::project::Project;

fn labels(report: &oast_engine::build::Report) -> Vec<&str> {
    let mut labels: Vec<&str> = report.steps.iter().map(|it| &*it.label).collect();
    labels.sort_unstable();
    labels
}

#[test]
fn the_documents_project_has_the_documents_layout() {
    let packages = Project::new(DOCUMENT);
    let report = packages.build("app", &BuildRequest::default());
    assert_eq!(report.diagnostics, []);
    assert_eq!(report.failures, Vec::<String>::new());
    expect![[r#"
        [
            "app",
            "app_pkg.o",
            "app_pkg.oats.meta",
            "common_pkg.o",
            "common_pkg.oats.meta",
            "oats_0.1.0",
            "utils_pkg.o",
            "utils_pkg.oats.meta",
        ]
    "#]]
    .assert_debug_eq(&packages.names("app/target"));
    assert_eq!(output_of(&packages.root.join("app/target/app")), "[Hello, World!]\n");
    assert_eq!(packages.names("common"), ["Oats.toml", "src"]);
    let again = packages.build("app", &BuildRequest::default());
    assert_eq!((labels(&again), again.reused), (vec![], 4));
}

#[test]
fn an_edit_is_compiled_where_it_was_made_and_linked() {
    let packages = Project::new(DOCUMENT);
    packages.build("app", &BuildRequest::default());
    packages.edit("utils/src/text/wrap.oats", "[$", "<$");
    let report = packages.build("app", &BuildRequest::default());
    assert_eq!(
        labels(&report),
        ["cc utils/src/text/wrap", "link app", "merge utils", "write utils/src/text/wrap"]
    );
    assert_eq!(output_of(&packages.root.join("app/target/app")), "<Hello, World!]\n");
}

#[test]
fn a_file_that_is_not_reached_is_no_module() {
    let packages = Project::new(DOCUMENT);
    packages.write("utils/src/broken.oats", "this is nothing");
    let report = packages.build("app", &BuildRequest::default());
    assert_eq!((report.diagnostics.len(), report.modules), (0, 4));
    packages.edit("utils/src/lib.oats", "./text/wrap", "./broken");
    let report = packages.build("app", &BuildRequest::default());
    assert_eq!((report.success(), report.modules), (false, 4));
    packages.edit("utils/src/lib.oats", "./broken", "./text/wrap");
    // A module beside comes before one in a folder of the name.
    packages.write(
        "utils/src/text/wrap/index.oats",
        "export function wrap(text: string): string { return text; }",
    );
    packages.build("app", &BuildRequest::default());
    assert_eq!(output_of(&packages.root.join("app/target/app")), "[Hello, World!]\n");
    std::fs::remove_file(packages.root.join("utils/src/text/wrap.oats")).unwrap();
    packages.build("app", &BuildRequest::default());
    assert_eq!(output_of(&packages.root.join("app/target/app")), "Hello, World!\n");
}

#[test]
fn a_package_that_is_gone_leaves_nothing() {
    let packages = Project::new(DOCUMENT);
    packages.build("app", &BuildRequest::default());
    packages.edit("app/Oats.toml", "utils = { path = \"../utils\" }\n", "");
    packages.edit("app/src/main.oats", "import { format } from \"utils\";\n", "");
    packages.edit("app/src/main.oats", "format(\"Hello, World!\")", "\"Hello\"");
    let report = packages.build("app", &BuildRequest::default());
    assert_eq!(report.diagnostics, []);
    let left = packages.names("app/target");
    assert!(left.iter().all(|name| !name.contains("utils")), "{left:?}");
    assert_eq!(output_of(&packages.root.join("app/target/app")), "Hello\n");
}

#[test]
fn a_package_whose_main_goes_is_no_program_any_more() {
    let packages = Project::new(DOCUMENT);
    packages.build("app", &BuildRequest::default());
    packages.edit("app/src/main.oats", "function main", "function start");
    let report = packages.build("app", &BuildRequest::default());
    assert_eq!(report.artefacts, []);
    assert!(!packages.names("app/target").contains(&"app".to_owned()));
    packages.edit("app/src/main.oats", "function start", "function main");
    packages.build("app", &BuildRequest::default());
    assert_eq!(output_of(&packages.root.join("app/target/app")), "[Hello, World!]\n");
}

#[test]
fn a_program_may_have_another_name() {
    let packages = Project::new(DOCUMENT);
    let named = BuildRequest { program_name: Some("other".into()), ..BuildRequest::default() };
    let report = packages.build("app", &named);
    assert_eq!(report.artefacts[0].path, packages.root.join("app/target/other"));
    assert_eq!(output_of(&packages.root.join("app/target/other")), "[Hello, World!]\n");
    let plain = packages.build("app", &BuildRequest::default());
    assert_eq!(labels(&plain), ["link app"]);
    assert_eq!(output_of(&packages.root.join("app/target/app")), "[Hello, World!]\n");
    assert_eq!(labels(&packages.build("app", &named)), Vec::<&str>::new());
}

#[test]
fn metadata_says_what_is_exported() {
    let packages = Project::new(DOCUMENT);
    packages.build("app", &BuildRequest::default());
    let read = |name: &str| {
        let path = packages.root.join(format!("app/target/{name}_pkg.oats.meta"));
        Metadata::parse(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    let utils = read("utils");
    assert_eq!((&*utils.package, &*utils.object_file), ("utils", "utils_pkg.o"));
    assert_eq!(utils.dependencies, ["common"]);
    let signatures: Vec<String> =
        utils.exports.iter().map(|(name, it)| format!("{name}: {}", it.signature)).collect();
    assert_eq!(signatures, ["format: (string) -> string", "shout: (Logger, string) -> void"]);
    let common = &read("common").exports["Logger"];
    assert_eq!(
        (&*common.kind, &*common.signature),
        ("class", "class Logger { log(text: string): void; }")
    );
    let before = utils.interface_digest;
    packages.edit("utils/src/text/wrap.oats", "[$", "<$");
    packages.build("app", &BuildRequest::default());
    assert_eq!(read("utils").interface_digest, before);
    packages.edit(
        "utils/src/lib.oats",
        "export function shout(to: Logger",
        "export function shout(on: Logger",
    );
    packages.edit("utils/src/lib.oats", "to.log", "on.log");
    packages.build("app", &BuildRequest::default());
    assert_ne!(read("utils").interface_digest, before);
}
