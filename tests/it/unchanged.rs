//! Packages in which nothing has changed since a build: which questions are asked about them, and which are not.

use std::time::Duration;

use camino::Utf8Path;
use expect_test::{Expect, expect};
use oast_engine::Session;
use oast_engine::build::{BuildRequest, Silent};
use oast_engine::compile::{
    diagnostics, package_interfaces, packages_in_reach, unchanged_closures,
};
use oast_engine::graph::package_graph;
use oast_engine::host::{CancelToken, Host as _};
use oast_engine::source::{Db as _, File, file_at};
use oast_engine::testing::World;

/// `D` uses `C`, which uses `B`, which uses `A`; `E` stands alone.
const CHAIN: &str = r#"
//- /project.toml
[packages]
A = { path = "A" }
B = { path = "B" }
C = { path = "C" }
D = { path = "D" }
E = { path = "E" }
//- /A/APackage.toml
[package]
version = "1.0.0"
//- /A/src/M.oct
public m : Int = 1;
//- /B/BPackage.toml
[package]
version = "1.0.0"
[dependencies]
A = "1"
//- /B/src/M.oct
import A/M as Below;
public m : Int = Below/m;
//- /C/CPackage.toml
[package]
version = "1.0.0"
[dependencies]
B = "1"
//- /C/src/M.oct
import B/M as Below;
public m : Int = Below/m;
//- /D/DPackage.toml
[package]
version = "1.0.0"
[dependencies]
C = "1"
//- /D/src/M.oct
import C/M as Below;
public m : Int = Below/m;
//- /E/EPackage.toml
[package]
version = "1.0.0"
//- /E/src/M.oct
public m : Int = 1;
"#;

/// `C` uses `D`, and `A`, which uses `B`, which uses `A`.
const CIRCLE: &str = r#"
//- /project.toml
[packages]
A = { path = "A" }
B = { path = "B" }
C = { path = "C" }
D = { path = "D" }
//- /A/APackage.toml
[package]
version = "1.0.0"
[dependencies]
B = "1"
//- /B/BPackage.toml
[package]
version = "1.0.0"
[dependencies]
A = "1"
//- /C/CPackage.toml
[package]
version = "1.0.0"
[dependencies]
A = "1"
D = "1"
//- /D/DPackage.toml
[package]
version = "1.0.0"
"#;

/// A world that another process has built, in a session that knows nothing but what that left.
struct Built {
    world: World,
    root: File,
}

impl Built {
    fn new() -> Built {
        let world = World::new(CHAIN);
        let root = world.file("/project.toml");
        let mut built = Built { world, root };
        for _ in 0..2 {
            built.build_elsewhere(&[]);
        }
        built.begin_anew();
        built
    }

    fn build(&self) {
        let request = BuildRequest { no_store: true, ..BuildRequest::default() };
        let report =
            self.world.session.build(self.root, &request, &Silent, &CancelToken::default());
        assert_eq!(report.unwrap().diagnostics, []);
    }

    /// The session looks at everything, as each check and each build does.
    fn look(&self) {
        let (request, cancel) = (BuildRequest::default(), CancelToken::default());
        self.world.session.check(self.root, &request, &Silent, &cancel).unwrap();
    }

    fn edit(&mut self, path: &str, old: &str, new: &str) {
        let text = self.world.text(path);
        assert!(text.contains(old), "{path} holds no {old:?}");
        self.world.write(path, &text.replacen(old, new, 1));
    }

    /// Another process builds `packages`, or all of them.
    fn build_elsewhere(&self, packages: &[&str]) {
        let session = Session::new(self.world.host.clone());
        let packages = packages.iter().map(|it| (*it).into()).collect();
        let request = BuildRequest { packages, no_store: true, ..BuildRequest::default() };
        let root = file_at(&session, Utf8Path::new("/project.toml"));
        let report = session.build(root, &request, &Silent, &CancelToken::default());
        assert_eq!(report.unwrap().diagnostics, []);
        self.world.host.advance(Duration::from_secs(5));
    }

    /// The session is given up for a new one.
    fn begin_anew(&mut self) {
        self.world.session = Session::new(self.world.host.clone());
        self.root = self.world.file("/project.toml");
    }

    /// The packages that are unchanged with all below them, by name.
    fn unchanged(&self) -> Vec<&str> {
        let session = &self.world.session;
        let unchanged = unchanged_closures(session, self.root);
        let packages = package_graph(session, self.root).packages.iter();
        packages.filter(|it| unchanged.contains(&it.manifest)).map(|it| it.name.as_str()).collect()
    }

    /// Checks what runs to know what all packages show, the lowest first.
    #[track_caller]
    fn check_reruns(&self, expect: Expect) {
        let ask = |session: &Session| {
            for node in package_graph(session, self.root).order() {
                package_interfaces(session, self.root, node.manifest);
            }
        };
        self.world.check_reruns(ask, expect);
    }
}

#[test]
fn what_nobody_has_touched_is_looked_at_in_one_go() {
    let built = Built::new();
    built.look();
    assert_eq!(built.unchanged(), ["A", "B", "C", "D", "E"]);
    built.check_reruns(expect![[r#"
        package_interfaces (5)
        unchanged_package (5)
    "#]]);
}

#[test]
fn what_depends_on_an_edited_body_is_asked_by_itself_and_found_unchanged() {
    let mut built = Built::new();
    built.look();
    built.check_reruns(expect![[r#"
        package_interfaces (5)
        unchanged_package (5)
        unchanged_closures
    "#]]);
    built.edit("/B/src/M.oct", "Below/m", "add Below/m 1");
    built.check_reruns(expect![[r#"
        unchanged_closures
        unchanged_package (5)
        package_interfaces
        untouched_modules
        kept_modules
        source_tree
        package_identity (4)
        directory_entries
        package_language
        program_module
        source_digest
        source_text
        surroundings
        packages_in_reach (3)
        package_order
        module_imports
        source_imports
        checked_module
        kept_head
        import_targets
        exported_item
        module_interface
    "#]]);
    assert_eq!(built.unchanged(), ["A", "E"]);
}

#[test]
fn what_depends_on_an_edited_interface_is_looked_into() {
    let mut built = Built::new();
    built.look();
    built.check_reruns(expect![[r#"
        package_interfaces (5)
        unchanged_package (5)
        unchanged_closures
    "#]]);
    built.edit("/B/src/M.oct", "public", "public n : Int = 1;\npublic");
    built.check_reruns(expect![[r#"
        unchanged_closures
        unchanged_package (5)
        package_interfaces (2)
        untouched_modules (2)
        kept_modules (2)
        source_tree (2)
        package_identity (4)
        directory_entries (2)
        package_language (2)
        program_module (2)
        source_digest (2)
        source_text
        surroundings (2)
        packages_in_reach (3)
        package_order (2)
        module_imports (2)
        source_imports
        checked_module (2)
        kept_head (2)
        import_targets (2)
        exported_item (2)
        module_interface (2)
        module_source
    "#]]);
    assert_eq!(built.unchanged(), ["A", "E"]);
}

#[test]
fn what_another_process_built_of_other_interfaces_is_not_unchanged_with_all_below() {
    let mut built = Built::new();
    built.look();
    // Only `B` is built again, by somebody else: `C` and `D` still name what `B` showed before.
    built.edit("/B/src/M.oct", "public", "public n : Int = 1;\npublic");
    built.build_elsewhere(&["B"]);
    built.begin_anew();
    built.look();
    assert_eq!(built.unchanged(), ["A", "B", "E"]);
}

#[test]
fn what_is_in_a_circle_is_in_nobodys_reach() {
    let world = World::new(CIRCLE);
    let (session, root) = (&world.session, world.file("/project.toml"));
    let reach = |package: &str| {
        let manifest = world.file(format!("/{package}/{package}Package.toml"));
        let reach = packages_in_reach(session, root, manifest).iter();
        reach.map(|(name, _)| name.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(reach("C"), ["C", "D"]);
    assert_eq!(reach("A"), ["A"]);
    assert!(unchanged_closures(session, root).is_empty());
}

#[test]
fn who_asks_about_one_package_first_and_then_about_all_is_told_the_same() {
    let built = Built::new();
    let packages = vec!["B".into()];
    let request = BuildRequest { packages, ..BuildRequest::default() };
    built.world.session.check(built.root, &request, &Silent, &CancelToken::default()).unwrap();
    assert_eq!(built.unchanged(), ["A", "B"]);
    built.look();
    built.build();
}

#[test]
fn an_edit_in_an_announced_package_is_no_reason_to_look_at_others_again() {
    let mut built = Built::new();
    built.world.session.inputs().expect_edits("/E");
    built.look();
    let ask = |built: &Built| {
        let session = &built.world.session;
        diagnostics(session, built.root);
        for node in package_graph(session, built.root).order() {
            package_interfaces(session, built.root, node.manifest);
        }
    };
    ask(&built);
    built.edit("/E/src/M.oct", "1", "2");
    ask(&built);
    built.edit("/E/src/M.oct", "2", "3");
    built.world.session.start_log();
    ask(&built);
    let mut validated = built.world.session.take_validated();
    validated.sort();
    expect![[r#"
        import_targets
        kept_head
        package
        package_diagnostics
        package_diagnostics
        package_diagnostics
        package_diagnostics
        package_diagnostics
        package_graph
        package_identity
        package_interfaces
        package_interfaces
        package_interfaces
        package_interfaces
        package_language
        package_order
        program_module
        source_tree
        surroundings
        unchanged_package
        untouched_modules"#]]
    .assert_eq(&validated.join("\n"));
}

#[test]
fn an_edit_of_what_the_last_look_found_to_be_the_same_is_seen() {
    let mut built = Built::new();
    // The stamps of a touched file don't hold, so everything in its package is looked at, and then expected to be so.
    for package in ["B", "E"] {
        let path = format!("/{package}/src/M.oct");
        let text = built.world.text(&path);
        built.world.write(&path, &text);
    }
    built.world.host.advance(Duration::from_secs(5));
    built.begin_anew();
    built.look();
    assert_eq!(built.unchanged(), ["A", "B", "C", "D", "E"]);
    built.edit("/B/src/M.oct", "Below/m;", "add Below/m \"text\";");
    built.world.write("/E/src/N.oct", "public n : Int = \"text\";\n");
    let found = diagnostics(&built.world.session, built.root);
    let found: Vec<&str> = found.iter().map(|it| it.span.path.as_str()).collect();
    assert_eq!(found, ["/E/src/N.oct", "/B/src/M.oct"]);
}

#[test]
fn what_the_last_look_found_below_a_directory_is_not_believed_once_that_has_changed() {
    let mut built = Built::new();
    let text = built.world.text("/E/src/M.oct");
    built.world.write("/E/src/M.oct", &text);
    built.world.host.advance(Duration::from_secs(5));
    built.begin_anew();
    built.look();
    let sources = Utf8Path::new("/E/src");
    built.world.host.write(&sources.join("M.oct"), b"public m : Int = \"text\";\n").unwrap();
    built.world.host.write(&sources.join("N.oct"), b"public n : Int = \"text\";\n").unwrap();
    built.world.session.apply(&["/E"].into_iter().collect());
    let found = diagnostics(&built.world.session, built.root);
    let found: Vec<&str> = found.iter().map(|it| it.span.path.as_str()).collect();
    assert_eq!(found, ["/E/src/M.oct", "/E/src/N.oct"]);
}
