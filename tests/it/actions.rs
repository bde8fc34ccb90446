//! What an action depends on, what it does not, and that it is an action of the Remote Execution API.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use expect_test::expect;
use oast_engine::base::{Content, Digest, resolve};
use oast_engine::build::{Action, Confined, Form};
use oast_engine::store::message::{self, Command, Directory};
use oast_engine::testing::Random;
use oast_engine::toolchain::{Invocation, Role, Tool};

fn invocation() -> Invocation {
    Invocation {
        tool: Tool {
            program: "/usr/bin/cc".into(),
            arguments: vec!["-m32".into()],
            called: vec!["cc".into(), "-m32".into()],
            identity: Digest::of("cc 12"),
            role: Role::CCompiler,
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

fn contents() -> [Content; 2] {
    [Content::of("a.h"), Content::of("main.c")]
}

/// The blobs of an action and its key.
fn messages(action: &Action, contents: &[Content]) -> (Vec<Vec<u8>>, Digest) {
    let mut blobs = Vec::new();
    let key = action.messages(contents, &mut |bytes| blobs.push(bytes.to_vec()));
    (blobs, key)
}

/// The same, for the action of a compiler that is not trusted and works on `p`.
fn confined(mut action: Action) -> Action {
    action.label = "oatsc p".into();
    let (staging, forms) = ("staging/p".into(), vec![Form::Object]);
    action.confined(Confined { staging, sources: "p".into(), read: vec![], own: vec![], forms })
}

#[test]
fn the_place_the_label_and_the_order_of_inputs_do_not_matter() {
    let contents = contents();
    let key = plain().key(&contents);
    assert_eq!(action("/there", invocation(), &["a.h", "main.c"], &["main.o"]).key(&contents), key);
    let mut renamed = plain();
    renamed.label = "something".into();
    assert_eq!(renamed.key(&contents), key);
    let mut elsewhere = invocation();
    elsewhere.tool.program = "/opt/cc".into();
    let elsewhere = action("/here", elsewhere, &["main.c", "a.h"], &["main.o"]);
    assert_eq!(elsewhere.key(&contents), key);
    let mut executable = contents;
    executable[0].executable = true;
    assert_eq!(plain().key(&executable), key, "a C compiler reads its inputs");
    let sorted = |names: [&str; 2]| {
        let mut it = invocation();
        it.environment.extend(names.map(|name| (name.to_owned(), name.to_owned())));
        action("/here", it, &["main.c", "a.h"], &["main.o"]).key(&contents)
    };
    assert_eq!(sorted(["A", "Z"]), sorted(["Z", "A"]));
}

#[test]
fn everything_else_matters() {
    let contents = contents();
    let changed = |change: &dyn Fn(&mut Invocation)| {
        let mut it = invocation();
        change(&mut it);
        action("/here", it, &["main.c", "a.h"], &["main.o"]).key(&contents)
    };
    let of = |inputs: &[&str], outputs: &[&str]| action("/here", invocation(), inputs, outputs);
    let mut executable = contents;
    executable[0].executable = true;
    let keys = [
        plain().key(&contents),
        plain().key(&[contents[1], contents[0]]),
        plain().key(&[Content::of("a.H"), contents[1]]),
        of(&["main.c", "b.h"], &["main.o"]).key(&contents),
        of(&["main.c", "a/h"], &["main.o"]).key(&contents),
        of(&["main.c", "../a.h"], &["main.o"]).key(&contents),
        of(&["main.c", "../../a.h"], &["main.o"]).key(&contents),
        of(&["main.c", "../_/a.h"], &["main.o"]).key(&contents),
        of(&["main.c", "a.h"], &["other.o"]).key(&contents),
        of(&["main.c", "a.h"], &["../main.o"]).key(&contents),
        of(&["main.c", "a.h"], &["main.o", "other.o"]).key(&contents),
        confined(plain()).key(&contents),
        confined(plain()).key(&executable),
        changed(&|it| it.tool.identity = Digest::of("cc 13")),
        changed(&|it| it.tool.called[0] = "c++".into()),
        changed(&|it| it.tool.called.truncate(1)),
        changed(&|it| it.arguments = vec!["-cmain.c".into()]),
        changed(&|it| it.arguments.push(String::new())),
        changed(&|it| it.environment.clear()),
        changed(&|it| it.environment[0].1 = "de".into()),
    ];
    for (n, key) in keys.iter().enumerate() {
        assert!(!keys[..n].contains(key), "key {n} is one of those before");
    }
}

/// The bytes are those that another implementation of protocol buffers (Python's) writes for these messages with the definition of
/// the API, and can be read off that definition: number of the field and kind of its value, length, value.
#[test]
fn an_action_is_one_of_the_remote_execution_api() {
    let (blobs, key) = messages(&plain(), &contents());
    let [command, root, action] = &blobs[..] else { panic!("{} blobs", blobs.len()) };
    let command_is: &[&[u8]] = &[
        b"\x0a\x02cc\x0a\x04-m32\x0a\x02-c\x0a\x06main.c",
        b"\x12\x0b\x0a\x06LC_ALL\x12\x01C",
        b"*O\x0aM\x0a\x09oast-tool\x12@d7c93946c73e4c1ba30e275ddec8914ce18aebf943664352304b6f5319d8f319",
        b":\x06main.o",
    ];
    assert_eq!(command.escape_ascii().to_string(), command_is.concat().escape_ascii().to_string());
    let root_is: &[&[u8]] = &[
        b"\x0aK\x0a\x03a.h\x12D",
        b"\x0a@e03fc05ed79aa12866a0831209354b0389f0f1c29de5d499c8d1d4778dec505a\x10\x03",
        b"\x0aN\x0a\x06main.c\x12D",
        b"\x0a@a0cb465674c1b01a07d361f25a0ef2b0214b7dfe9412b7777f89add956da10ec\x10\x06",
    ];
    assert_eq!(root.escape_ascii().to_string(), root_is.concat().escape_ascii().to_string());
    let action_is: &[&[u8]] = &[
        b"\x0aD\x0a@3d3709dbc6dc6916267603849eab7e3f0ae07c81f281c4c36af566d136693e74\x10|",
        b"\x12E\x0a@db4d1ae24ab47cbef9ec548b9d263591bd7cb96b836886d67e7a0882d73a8ee7\x10\x9d\x01",
        b"RO\x0aM\x0a\x09oast-tool\x12@d7c93946c73e4c1ba30e275ddec8914ce18aebf943664352304b6f5319d8f319",
    ];
    assert_eq!(action.escape_ascii().to_string(), action_is.concat().escape_ascii().to_string());
    let expected = "4dcbcf59894a7a1ea26066614d3acac097dd2e24d1c58074812043396a4e9e3b";
    assert_eq!(key.to_string(), expected);
}

/// As above, with directories, a file in which nothing is, and files above.
#[test]
fn what_is_beside_the_workspace_is_in_the_tree() {
    let inputs = ["main.c", "a/z.h", "../../lib/c.h"];
    let action = action("/x/y", invocation(), &inputs, &["out/b.o", "main.o"]);
    // In the order of `Action::inputs`.
    let contents = [Content::of("/c.h".repeat(50)), Content::of(""), Content::of("main")];
    assert_eq!(action.inputs().next().unwrap(), "/lib/c.h");
    let (blobs, key) = messages(&action, &contents);
    let named: Vec<String> = blobs.iter().map(|blob| Digest::of(blob).to_string()).collect();
    expect![[r#"
        [
            "65cd0ea6e608c596b01752d97ec2799c0ce70d61115e3986e4d81cb2790f6c2d",
            "a8f874b7bd700c5ae62051949433fd41168807bb394dff732c06ae3f1191058e",
            "d0fc826a6911b1817c7bb72a06eae6aa706034df6edb2afe267d76cffa0ee177",
            "71d6522524a5793f7c1cdacf45893248e673919d589d1377ffd1a38492d718df",
            "46d7d26342614985467e0a7e35328d1ebb9c51c0a266daf2e366ccc3524f7e92",
            "90421d34b32377a2992c47790a5e1e57f8b65092148e18725edee60147113ba1",
            "2c6387b9fe9bd6a2ac1ad2dcb6964bb211dea92df14543ed07dfcb0228387bc4",
        ]
    "#]]
    .assert_debug_eq(&named);
    assert_eq!(named.last().unwrap(), &key.to_string());
    let elsewhere = self::action("/somewhere/else", invocation(), &inputs, &["main.o", "out/b.o"]);
    assert_eq!(elsewhere.key(&contents), key, "a tree that was moved, with what is beside it");
}

#[test]
fn the_directory_where_it_runs_is_there_and_meets_nothing() {
    let working_directory = |inputs: &[&str], output: &str| {
        let action = action("/x/y", invocation(), inputs, &[output]);
        let contents: Vec<Content> = inputs.iter().map(Content::of).collect();
        let (blobs, key) = messages(&action, &contents);
        let tree = Tree::of(&blobs, &key);
        assert!(tree.directories.contains(&tree.command.working_directory));
        (tree.command.working_directory, tree.files.into_keys().collect::<Vec<_>>().join(" "))
    };
    let found = |directory: &str, files: &str| (directory.to_owned(), files.to_owned());
    assert_eq!(working_directory(&["a"], "b"), found("", "a"));
    assert_eq!(working_directory(&["../a"], "b"), found("_", "a"));
    assert_eq!(working_directory(&["a"], "../../b"), found("_/_", "_/_/a"));
    assert_eq!(working_directory(&["../_/a", "_"], "b"), found("__", "_/a __/_"));
}

/// What a server would make of an action.
struct Tree {
    command: Command,
    /// By paths from the root, which is itself the empty path.
    files: BTreeMap<String, Content>,
    directories: Vec<String>,
}

impl Tree {
    /// Reads an action as strictly as a server may.
    fn of(blobs: &[Vec<u8>], key: &Digest) -> Tree {
        let named: BTreeMap<String, &Vec<u8>> =
            blobs.iter().map(|it| (Digest::of(it).to_string(), it)).collect();
        let mut used = vec![key.to_string()];
        let mut find = |digest: &Option<message::Digest>| {
            let digest = digest.as_ref().unwrap();
            let blob = named[&digest.hash];
            assert_eq!(usize::try_from(digest.size_bytes), Ok(blob.len()));
            used.push(digest.hash.clone());
            blob.clone()
        };
        let action: message::Action = canonical(named[&key.to_string()]);
        let command: Command = canonical(&find(&action.command_digest));
        assert_eq!(action.platform, command.platform);
        assert!(command.environment_variables.is_sorted_by(|a, b| a.name < b.name));
        assert!(command.output_paths.is_sorted_by(|a, b| a < b));
        let mut tree = Tree { command, files: BTreeMap::new(), directories: vec![String::new()] };
        let mut pending = vec![(String::new(), action.input_root_digest)];
        while let Some((path, digest)) = pending.pop() {
            let Directory { files, directories } = canonical(&find(&digest));
            assert!(files.is_sorted_by(|a, b| a.name < b.name));
            assert!(directories.is_sorted_by(|a, b| a.name < b.name));
            let below = |name: &str| {
                assert!(!name.is_empty() && !name.contains('/') && name != "." && name != "..");
                format!("{path}/{name}").trim_start_matches('/').to_owned()
            };
            for directory in directories {
                assert!(files.iter().all(|file| file.name != directory.name));
                pending.push((below(&directory.name), directory.digest));
                tree.directories.push(below(&directory.name));
            }
            for file in files {
                let (digest, executable) = (file.digest.unwrap(), file.is_executable);
                let size = u64::try_from(digest.size_bytes).unwrap();
                let digest = digest.digest().unwrap();
                tree.files.insert(below(&file.name), Content { digest, size, executable });
            }
        }
        assert!(named.keys().all(|it| used.contains(it)), "a blob that nothing names");
        tree
    }
}

/// The message in a blob, which says it in the one way that there is.
fn canonical<M: message::Message + Default>(blob: &[u8]) -> M {
    let message: M = message::read(blob).unwrap();
    assert_eq!(message.encode_to_vec(), blob);
    message
}

#[test]
fn any_tree_is_well_formed_and_has_all_inputs_and_nothing_else() {
    const HERE: &str = "/1/2/3/4";
    let mut random = Random(0x7ee);
    for _ in 0..300 {
        // Names that sort in another way as text than as names.
        let names = ["a", "a-b", "a.b", "é", "_"];
        let mut path = |n: usize| {
            let mut path = Utf8PathBuf::new();
            let up = if random.below(4) == 0 { random.below(4) } else { 0 };
            path.extend(std::iter::repeat_n("..", up));
            path.extend((0..random.below(4)).map(|_| names[random.below(names.len())]));
            path.join(format!("f{n}"))
        };
        let inputs: Vec<Utf8PathBuf> = (0..12).map(&mut path).collect();
        let paths: Vec<&str> = inputs.iter().map(|path| path.as_str()).collect();
        let action = confined(action(HERE, invocation(), &paths, &["o"]));
        let content = |path: &Utf8Path| {
            let executable = path.as_str().len().is_multiple_of(2);
            Content { executable, ..Content::of(path.as_str()) }
        };
        let contents: Vec<Content> = action.inputs().map(|path| content(&path)).collect();
        let (blobs, key) = messages(&action, &contents);
        assert_eq!(action.key(&contents), key);
        let tree = Tree::of(&blobs, &key);
        let directory = Utf8Path::new("/").join(&tree.command.working_directory);
        for path in &inputs {
            let place = resolve(&directory, path);
            let found = tree.files.get(&place.as_str()[1..]);
            assert_eq!(found, Some(&content(&resolve(HERE.into(), path))), "{path} of {inputs:?}");
        }
        assert_eq!(tree.files.len(), inputs.len());
    }
}

#[test]
fn arguments_that_are_too_long_are_an_input() {
    let mut long = invocation();
    long.arguments = (0..20_000).map(|n| format!("an object {n}.o")).collect();
    let of = |tool: &dyn Fn(&mut Tool)| {
        let mut it = long.clone();
        tool(&mut it.tool);
        let (blobs, key) =
            messages(&action("/here", it, &["main.c", "a.h"], &["demo"]), &contents());
        let [text, messages @ ..] = &blobs[..] else { panic!("nothing") };
        (text.clone(), Tree::of(messages, &key))
    };
    let (text, tree) = of(&|_| ());
    assert_eq!(tree.command.arguments, ["cc", "-m32", "@demo.args"]);
    assert_eq!(tree.files["demo.args"], Content::of(&text));
    assert!(text.starts_with(b"an\\ object\\ 0.o\nan\\ object\\ 1.o\n"));
    assert_eq!(tree.files.len(), 3);
    let mut known = Vec::new();
    let mut cannot = long.clone();
    cannot.tool.reads_argument_files = false;
    let action = action("/here", cannot, &["main.c", "a.h"], &["demo"]);
    action.messages(&contents(), &mut |bytes| known.push(bytes.to_vec()));
    assert_eq!(canonical::<Command>(&known[0]).arguments.len(), 20_002);
}

#[test]
fn what_an_untrusted_program_makes_is_where_it_puts_it() {
    let action = confined(action("/w", invocation(), &["p/a", "../q/b"], &["out/p.o"]));
    let (blobs, key) = messages(&action, &contents());
    assert_eq!(Tree::of(&blobs, &key).command.output_paths, ["staging/p/p.o"]);
    assert_eq!(action.outputs().collect::<Vec<_>>(), ["/w/out/p.o"]);
}

#[test]
fn an_action_explains_what_it_depends_on() {
    let mut contents = contents();
    contents[1].executable = true;
    expect![[r#"
        action: 4dcbcf59894a7a1ea26066614d3acac097dd2e24d1c58074812043396a4e9e3b
        tool: d7c93946c73e4c1ba30e275ddec8914ce18aebf943664352304b6f5319d8f319
        arguments: cc -m32 -c main.c
        environment: LC_ALL C
        output: main.o
        input: a.h e03fc05ed79aa12866a0831209354b0389f0f1c29de5d499c8d1d4778dec505a/3
        input: main.c a0cb465674c1b01a07d361f25a0ef2b0214b7dfe9412b7777f89add956da10ec/6
    "#]]
    .assert_eq(&plain().explain(&contents));
    let above = action("/here", invocation(), &["main.c", "../my a.h"], &["main.o"]);
    expect![[r#"
        action: bdecb272ea5a87793cb6c6b49a14f0bb494aaeec183095de3c0d3ea03c7d129a
        tool: d7c93946c73e4c1ba30e275ddec8914ce18aebf943664352304b6f5319d8f319
        arguments: cc -m32 -c main.c
        environment: LC_ALL C
        directory: _
        output: staging/p/main.o
        input: '../my a.h' e03fc05ed79aa12866a0831209354b0389f0f1c29de5d499c8d1d4778dec505a/3
        input: main.c a0cb465674c1b01a07d361f25a0ef2b0214b7dfe9412b7777f89add956da10ec/6 executable
    "#]]
    .assert_eq(&confined(above).explain(&contents));
}

#[test]
#[should_panic(expected = "would depend on where the project is")]
fn an_absolute_input_is_refused() {
    action("/here", invocation(), &["/here/main.c"], &["main.o"]);
}
