//! What compilers that are not part of Oast have made, made again to see whether it is the same.
#![cfg(target_os = "linux")]

use std::fs;

use expect_test::{Expect, expect};
use serde_json::Value;

use crate::command_line::place::Place;
use crate::oats_packages::foreign::{may_run, project};
use crate::project::Project;

/// A project with a store of its own.
struct World {
    packages: Project,
    place: Place,
}

impl World {
    fn new() -> World {
        World { packages: project(), place: Place::new() }
    }

    /// Lets the compiler do `what` when it has compiled a package.
    fn misbehave(&self, package: &str, what: &str) {
        self.packages.write(format!("{package}/misbehave"), what);
    }

    /// What was done, which must go well.
    #[track_caller]
    fn build(&self, folder: &str) -> Vec<String> {
        let folder = self.packages.root.join(folder);
        let output = self.place.command(&["-C", folder.as_str(), "build"]).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{text}");
        let steps = text.lines().filter_map(|line| line.split_once("sh "));
        let steps = steps.map(|(_, package)| package.to_owned());
        steps.filter(|package| !package.contains(':')).collect()
    }

    fn verify(&self) -> Value {
        let arguments = ["store", "--json", "verify", "--sample", "1000"];
        let output = self.place.command(&arguments).output().unwrap();
        let report = serde_json::from_slice(&output.stdout);
        let report: Value = report.unwrap_or_else(|_| panic!("{output:?}"));
        let is_good = report["different"].as_array().unwrap().is_empty();
        assert_eq!(output.status.code(), Some(i32::from(!is_good)));
        report
    }

    /// Does everything again: what came out differently, and what was skipped. Of the rest there must be as much as there should.
    #[track_caller]
    fn check(&self, expected: Expect) {
        let report = self.verify();
        let mut told = Vec::new();
        for what in ["different", "skipped"] {
            for it in report[what].as_array().unwrap() {
                let text = it["text"].as_str().unwrap().replace(self.packages.root.as_str(), "");
                let text = text.replace("/usr/bin/", "/bin/");
                told.push(format!("{}: {what}: {text}\n", it["label"].as_str().unwrap()));
            }
        }
        told.sort();
        expected.assert_eq(&told.concat());
        let others = report["same"].as_u64().unwrap();
        assert!(1 < others, "the run-time support and the program: {report}");
    }
}

#[test]
fn one_that_behaves_makes_the_same_again() {
    let world = World::new();
    assert_eq!(world.build("app"), ["common", "utils", "app"]);
    // Beside the workspace and in it, and what they say of where they are.
    for package in ["app", "utils"] {
        world.misbehave(
            package,
            "echo \"$(cd \"$root\" && pwd)/src/main.oats:1:1: warning: here\" >&2\n\
             echo \"in $PWD/target\"; ls -R \"$root/src\"\n",
        );
    }
    world.build("app");
    world.check(expect![""]);
    // Three, two of them in both ways, and all are done again.
    let same = world.verify()["same"].as_u64().unwrap();
    fs::remove_file(world.packages.root.join("cc.sh")).unwrap();
    assert_eq!(world.verify()["same"].as_u64(), Some(same - 5));
}

#[test]
fn one_is_confined_then_too() {
    let world = World::new();
    world.packages.write("secret", "told");
    let root = &world.packages.root;
    for package in ["app", "utils"] {
        // Who can do what they could not do before says something else.
        world.misbehave(
            package,
            &format!(
                "for it in '{root}/secret' '{root}/common/src/lib.oats' \"$root/../secret\" /tmp; do\n\
                     if cat \"$it\" 2> /dev/null || ls \"$it/\" 2> /dev/null; then echo \"read $it\"; fi\n\
                 done\n\
                 for it in '{root}/new' \"$root/new\" \"$root/src/lib.oats\" \"$root/../new\" ./new; do\n\
                     if (echo x >> \"$it\") 2> /dev/null; then echo \"wrote $it\"; fi\n\
                 done\n\
                 env | grep -v '^\\(HOME\\|TMPDIR\\|TMP\\|TEMP\\|OLDPWD\\|PWD\\|_\\)='\n"
            ),
        );
    }
    world.build("app");
    world.check(expect![""]);
    assert!(!root.join("new").exists());
}

#[test]
fn one_that_is_not_reproducible_is_found() {
    let world = World::new();
    world.misbehave("common", "date +%s%N >> \"$out\"\n");
    world.misbehave("utils", "date +%s%N\n");
    world.build("app");
    world.check(expect![[r#"
        cc.sh common: different: it makes another `target/oats_0.1.0/staging/common/common_pkg.o`
        cc.sh utils: different: it says something else
    "#]]);
    // What they made is forgotten.
    fs::remove_dir_all(world.packages.root.join("app/target")).unwrap();
    assert_eq!(world.build("app"), ["common", "utils"]);
}

#[test]
fn one_that_looks_at_what_is_no_input_is_found() {
    let world = World::new();
    world.packages.write("utils/.git/HEAD", "");
    world.misbehave("utils", "ls -a \"$root\"\n");
    world.build("app");
    world.check(expect![[r#"
        cc.sh utils: different: it says something else
    "#]]);
}

#[test]
fn one_that_is_gone_or_another_by_now_is_not_run() {
    let world = World::new();
    world.build("app");
    world.packages.edit("cc.sh", "script 1", "script 2");
    may_run(&world.packages);
    world.check(expect![[r#"
        cc.sh app: skipped: `'/cc.sh'` is not what it was
        cc.sh common: skipped: `'/cc.sh'` is not what it was
        cc.sh utils: skipped: `'/cc.sh'` is not what it was
    "#]]);
    world.packages.edit("cc.sh", "script 2", "script 1");
    may_run(&world.packages);
    world.check(expect![""]);
    fs::remove_file(world.packages.root.join("cc.sh")).unwrap();
    world.check(expect![[r#"
        cc.sh app: skipped: `/cc.sh` is gone
        cc.sh common: skipped: `/cc.sh` is gone
        cc.sh utils: skipped: `/cc.sh` is gone
    "#]]);
}

#[test]
fn what_a_compiler_runs_of_a_package_can_be_run_again() {
    let world = World::new();
    world.packages.write("utils/generate", "#!/bin/sh\necho generated\n");
    world.misbehave("utils", "\"$root/generate\" || echo not allowed\n");
    assert_eq!(world.build("app"), ["common", "utils", "app"]);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(world.packages.root.join("utils/generate"), mode).unwrap();
    assert_eq!(world.build("app"), ["utils"], "whether it may be run matters");
    assert_eq!(world.build("app"), [""; 0]);
    world.check(expect![""]);
}

#[test]
fn an_interpreter_is_told_where_its_script_is_and_the_key_is_not() {
    let world = World::new();
    let config = "[compiler.oats]\ncommand = [\"sh\", \"../cc.sh\"]\n";
    world.packages.write("app/.oast/config.toml", config);
    assert_eq!(world.build("app"), ["common", "utils", "app"]);
    let root = &world.packages.root;
    fs::create_dir(root.join("moved")).unwrap();
    for name in ["app", "common", "utils", "cc.sh"] {
        fs::rename(root.join(name), root.join("moved").join(name)).unwrap();
    }
    fs::remove_dir_all(root.join("moved/app/target")).unwrap();
    assert_eq!(world.build("moved/app"), [""; 0]);
    world.check(expect![[r#"
        sh app: skipped: `/bin/sh '/cc.sh'` is not what it was
        sh common: skipped: `/bin/sh '/cc.sh'` is not what it was
        sh utils: skipped: `/bin/sh '/cc.sh'` is not what it was
    "#]]);
    fs::rename(root.join("moved/cc.sh"), root.join("cc.sh")).unwrap();
    world.check(expect![""]);
}
