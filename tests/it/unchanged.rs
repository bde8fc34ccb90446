//! Packages in which nothing has changed since a build: which questions are asked about them, and which are not.

use std::time::Duration;

use camino::Utf8Path;
use expect_test::{Expect, expect};
use oast_engine::Session;
use oast_engine::build::{BuildRequest, Silent};
use oast_engine::compile::{package_interfaces, settled_packages};
use oast_engine::graph::package_graph;
use oast_engine::host::CancelToken;
use oast_engine::source::{File, file_at};
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
        built.build();
        built.world.host.advance(Duration::from_secs(5));
        built.build();
        built.world.session = Session::new(built.world.host.clone());
        built.root = built.world.file("/project.toml");
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

    /// The settled packages by name.
    fn settled(&self) -> Vec<&str> {
        let session = &self.world.session;
        let settled = settled_packages(session, self.root);
        let packages = package_graph(session, self.root).packages.iter();
        packages.filter(|it| settled.contains(&it.manifest)).map(|it| it.name.as_str()).collect()
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
    assert_eq!(built.settled(), ["A", "B", "C", "D", "E"]);
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
        settled_packages
    "#]]);
    built.edit("/B/src/M.oct", "Below/m", "add Below/m 1");
    built.check_reruns(expect![[r#"
        settled_packages
        unchanged_package (5)
        package_interfaces
        package_language
        checked_module
        source_digest
        source_text
        program_module
        import_targets
        package_order
        module_imports
        source_imports
        packages_in_reach (3)
        exported_item
        module_interface
    "#]]);
    assert_eq!(built.settled(), ["A", "E"]);
}

#[test]
fn what_depends_on_an_edited_interface_is_looked_into() {
    let mut built = Built::new();
    built.look();
    built.check_reruns(expect![[r#"
        package_interfaces (5)
        unchanged_package (5)
        settled_packages
    "#]]);
    built.edit("/B/src/M.oct", "public", "public n : Int = 1;\npublic");
    built.check_reruns(expect![[r#"
        settled_packages
        unchanged_package (5)
        package_interfaces (2)
        package_language (2)
        checked_module (2)
        source_digest (2)
        source_text
        program_module (2)
        import_targets (2)
        package_order (2)
        module_imports (2)
        source_imports
        packages_in_reach (3)
        exported_item (2)
        module_interface (2)
        surroundings
        module_source
    "#]]);
    assert_eq!(built.settled(), ["A", "E"]);
}

#[test]
fn what_another_process_built_of_other_interfaces_is_not_settled() {
    let mut built = Built::new();
    built.look();
    // Only `B` is built again, by somebody else: `C` and `D` still name what `B` showed before.
    built.edit("/B/src/M.oct", "public", "public n : Int = 1;\npublic");
    let other = Session::new(built.world.host.clone());
    let root = file_at(&other, Utf8Path::new("/project.toml"));
    let packages = vec!["B".into()];
    let request = BuildRequest { packages, no_store: true, ..BuildRequest::default() };
    other.build(root, &request, &Silent, &CancelToken::default()).unwrap();
    built.world.host.advance(Duration::from_secs(5));
    built.world.session = Session::new(built.world.host.clone());
    built.root = built.world.file("/project.toml");
    built.look();
    assert_eq!(built.settled(), ["A", "B", "E"]);
}
