//! What an action depends on, and what it does not.

use camino::Utf8PathBuf;
use expect_test::expect;
use oast_engine::base::Digest;
use oast_engine::build::Action;
use oast_engine::toolchain::{Invocation, Tool};

fn invocation() -> Invocation {
    Invocation {
        tool: Tool {
            program: "/usr/bin/cc".into(),
            arguments: vec!["-m32".into()],
            identity: Digest::of("cc 12"),
            reads_argument_files: true,
        },
        arguments: vec!["-c".into(), "main.c".into()],
        environment: vec![("LC_ALL".into(), "C".into())],
    }
}

fn action(directory: &str, invocation: Invocation, inputs: &[&str], outputs: &[&str]) -> Action {
    let paths = |paths: &[&str]| paths.iter().map(Utf8PathBuf::from).collect::<Vec<_>>();
    Action::new("cc main", directory, invocation, paths(inputs), paths(outputs))
}

fn plain() -> Action {
    action("/here", invocation(), &["main.c", "a.h"], &["main.o"])
}

#[test]
fn the_place_the_label_and_the_order_of_inputs_do_not_matter() {
    let contents = [Digest::of("a.h"), Digest::of("main.c")];
    let key = plain().key(&contents);
    assert_eq!(action("/there", invocation(), &["a.h", "main.c"], &["main.o"]).key(&contents), key);
    let mut renamed = plain();
    renamed.label = "something".into();
    assert_eq!(renamed.key(&contents), key);
    let mut elsewhere = invocation();
    elsewhere.tool.program = "/opt/cc".into();
    let elsewhere = action("/here", elsewhere, &["main.c", "a.h"], &["main.o"]);
    assert_eq!(elsewhere.key(&contents), key);
}

#[test]
fn everything_else_matters() {
    let contents = [Digest::of("a.h"), Digest::of("main.c")];
    let changed = |change: &dyn Fn(&mut Invocation)| {
        let mut it = invocation();
        change(&mut it);
        action("/here", it, &["main.c", "a.h"], &["main.o"]).key(&contents)
    };
    let keys = [
        plain().key(&contents),
        plain().key(&[contents[1], contents[0]]),
        action("/here", invocation(), &["main.c", "b.h"], &["main.o"]).key(&contents),
        action("/here", invocation(), &["main.c", "a.h"], &["other.o"]).key(&contents),
        changed(&|it| it.tool.identity = Digest::of("cc 13")),
        changed(&|it| it.tool.arguments.clear()),
        changed(&|it| it.arguments = vec!["-cmain.c".into()]),
        changed(&|it| it.arguments.push(String::new())),
        changed(&|it| it.environment.clear()),
        changed(&|it| it.environment[0].1 = "de".into()),
    ];
    for (n, key) in keys.iter().enumerate() {
        assert!(!keys[..n].contains(key), "key {n} is one of those before");
    }
}

#[test]
fn an_action_explains_what_it_depends_on() {
    let contents = [Digest::of("a.h"), Digest::of("main.c")];
    expect![[r#"
        action: 1
        tool: d7c93946c73e4c1ba30e275ddec8914ce18aebf943664352304b6f5319d8f319
        tool arguments: -m32
        arguments: -c main.c
        environment: LC_ALL C
        output: main.o
        input: a.h e03fc05ed79aa12866a0831209354b0389f0f1c29de5d499c8d1d4778dec505a
        input: main.c a0cb465674c1b01a07d361f25a0ef2b0214b7dfe9412b7777f89add956da10ec
    "#]]
    .assert_eq(&plain().explain(&contents));
}

#[test]
#[should_panic(expected = "would depend on where the project is")]
fn an_absolute_input_is_refused() {
    action("/here", invocation(), &["/here/main.c"], &["main.o"]);
}
