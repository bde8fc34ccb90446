//! Files of the state, of the store, and outputs, cut at every offset and with a wrong byte at every offset.
//!
//! Of a small workspace, for Python, every offset of every file is tried, with a source edited before most of the builds so that what is
//! wrongly taken for fresh shows; only files of 4,000 bytes and more are left out: the run-time support. A larger one, for C too and with a store, is damaged at every
//! 61st offset, other ones in each file. All records are decoded at every offset, cut and with nine changes of the byte there. The
//! store's database is in `store/damage.rs`.

use camino::Utf8PathBuf;
use oast_engine::build::Record;
use oast_engine::host::FakeHost;
use oast_engine::host::Host as _;
use oast_engine::state::{PackageRow, Shard, WorkspaceRow};

use crate::law::Asked;
use crate::law::compiler::Compiler;
use crate::law::files::Files;
use crate::law::machine::{Kind, Machine, files_below};
use crate::law::run::same;
use crate::law::tree::{Tree, clean_build};

const SMALL: &[(&str, &str)] = &[
    ("project.toml", "[packages]\nA = { path = \"A\" }\n"),
    ("A/APackage.toml", "[package]\nversion = \"1.0.0\"\n"),
    ("A/src/N.oct", "public n = 1;\nlonely = 1;\n"),
];

pub(super) const LARGER: &[(&str, &str)] = &[
    ("project.toml", "[packages]\nA = { path = \"A\" }\n"),
    ("A/APackage.toml", "[package]\nversion = \"1.0.0\"\nmain = \"M4\"\n"),
    ("A/src/M4.oct", "import unqualified A/N (n);\npublic main : Int = n 1;\nlonely = 1;\n"),
    ("A/src/N.oct", "public n : x : Int |- Int = add x 1;\n"),
];

pub(super) fn files(texts: &[(&str, &str)]) -> Files {
    texts.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

pub(super) fn asked(targets: [bool; 2]) -> Asked {
    let compiler = Compiler::default();
    Asked { targets, release: false, store: true, stops: false, compiler }
}

/// How long a file may be to be damaged.
const LARGE: usize = 4_000;

/// What is damaged: the state, the outputs and what is in the store, but not the run-time support, which is large and always the same.
fn damageable(tree: &Tree) -> Vec<Utf8PathBuf> {
    let (host, root) = (&*tree.machine.host, tree.root());
    let folders = [root.join(".oast"), root.join("build"), tree.machine.home()];
    let all = folders.iter().flat_map(|folder| files_below(host, folder));
    all.filter(|it| host.read(it).is_ok_and(|bytes| bytes.len() < LARGE)).collect()
}

/// Does `damage` at every `stride`-th offset of each file, edits a source, and builds; yields how often.
fn damage_all(
    texts: &[(&str, &str)],
    asked: &Asked,
    stride: usize,
    damage: fn(&mut Vec<u8>, usize),
) -> usize {
    let one = files(texts);
    let mut two = one.clone();
    two.entry("A/src/N.oct".to_owned()).and_modify(|text| *text = text.replacen("1;", "2;", 1));
    assert_ne!(one, two);
    let both = [one, two];
    let clean = both.each_ref().map(|it| clean_build(Kind::Memory, asked.compiler, it, asked));
    let mut tree = Tree::new(Machine::new(Kind::Memory, asked.compiler), &both[0]);
    let settle = |tree: &mut Tree| {
        for _ in 0..2 {
            tree.machine.wait(2);
            tree.build(asked, false, &[]).unwrap();
        }
        tree.machine.wait(2);
    };
    settle(&mut tree);
    forget(&tree);
    let restored = tree.build(asked, false, &[]).unwrap();
    assert_eq!(restored.checked, Some(Vec::new()), "the store is asked");
    settle(&mut tree);
    let (mut now, mut count) = (0, 0);
    for (first, path) in damageable(&tree).into_iter().enumerate() {
        let length = tree.machine.host.read(&path).unwrap().len();
        for offset in (first % stride..length).step_by(stride) {
            let Ok(mut bytes) = tree.machine.host.read(&path) else {
                // An object in the store of which nobody knows any more.
                break;
            };
            damage(&mut bytes, offset);
            tree.machine.hands().put(&path, &bytes);
            if path.starts_with(tree.machine.home()) {
                // Where all is there, nobody asks the store.
                forget(&tree);
            }
            // Every third time nothing is edited: then what is damaged is all that is wrong.
            if offset % 3 != 0 {
                now = 1 - now;
                tree.write(&both[now]);
            }
            let done = tree.build(asked, false, &[]).unwrap();
            same("diagnostics", &done.diagnostics, &clean[now].diagnostics).unwrap();
            assert!(done.outputs == clean[now].outputs, "{path} at {offset}");
            count += 1;
            if count % 16 == 0 {
                settle(&mut tree);
            }
        }
    }
    count
}

/// Removes outputs and state, so that only the store knows anything.
fn forget(tree: &Tree) {
    let host = &*tree.machine.host;
    host.remove_directory(&tree.root().join(".oast")).unwrap();
    host.remove_directory(&tree.outputs()).unwrap();
}

fn cut(bytes: &mut Vec<u8>, offset: usize) {
    bytes.truncate(offset);
}

fn alter(bytes: &mut Vec<u8>, offset: usize) {
    let length = bytes.len();
    bytes.extend((length == 0).then_some(0));
    bytes[offset % length.max(1)] ^= 1 << (offset % 8);
}

#[test]
fn every_cut_of_every_file_of_a_small_workspace() {
    let count = damage_all(SMALL, &asked([true, false]), 1, cut);
    assert!(1_000 < count, "{count}");
}

#[test]
fn every_altered_byte_of_every_file_of_a_small_workspace() {
    let count = damage_all(SMALL, &asked([true, false]), 1, alter);
    assert!(1_000 < count, "{count}");
}

#[test]
fn cuts_and_altered_bytes_of_a_larger_workspace() {
    let stride = 61;
    let asked = asked([true, true]);
    let counts = [cut, alter].map(|damage| damage_all(LARGER, &asked, stride, damage));
    assert!(counts.iter().all(|count| 100 < *count), "{counts:?}");
}

/// A package whose rows stand beside its shard; one of them has much to say.
pub(super) fn wide() -> Files {
    let mut texts = files(&LARGER[..2]);
    let function = |n| format!("public f{n} : x : Int |- Int = add x 1;\n");
    texts.insert("A/src/N.oct".to_owned(), (0..20).map(function).collect());
    for user in 0..8 {
        let names: Vec<String> = (0..20).map(|n| format!("f{n}")).collect();
        let text = format!(
            "import unqualified A/N ({});\npublic g : Int = f{user} 1;\n",
            names.join(", ")
        );
        texts.insert(format!("A/src/User{user}.oct"), text);
    }
    let lonely = (0..20).map(|n| format!("lonely{n} = 1;\n"));
    let main = lonely.chain(["public main : Int = 1;\n".to_owned()]);
    texts.insert("A/src/M4.oct".to_owned(), main.collect());
    texts
}

#[test]
fn rows_beside_a_shard_that_are_cut_or_altered() {
    let asked = Asked { store: false, ..asked([true, false]) };
    let one = wide();
    let mut two = one.clone();
    // All that import N are checked again, with what is remembered of that.
    for (_, text) in two.iter_mut().filter(|(path, _)| path.contains("User")) {
        *text = text.replace(" 1;", " 2;");
    }
    let both = [one, two];
    let clean = both.each_ref().map(|it| clean_build(Kind::Memory, asked.compiler, it, &asked));
    assert!(clean[0].outputs != clean[1].outputs);
    let mut tree = Tree::new(Machine::new(Kind::Memory, asked.compiler), &both[0]);
    tree.build(&asked, false, &[]).unwrap();
    let mut now = 0;
    for offset in (0..).step_by(61) {
        tree.machine.wait(2);
        let path = tree.root().join(".oast/packages/A.rows");
        let mut bytes = tree.machine.host.read(&path).unwrap();
        if bytes.len() <= offset {
            assert!(4_000 < offset, "{offset}");
            break;
        }
        [cut, alter][offset % 2](&mut bytes, offset);
        tree.machine.hands().put(&path, &bytes);
        now = 1 - now;
        tree.write(&both[now]);
        // What was lost is found to be so, made again, and then all is as it was.
        for round in 0..3 {
            let done = tree.build(&asked, false, &[]).unwrap();
            same("diagnostics", &done.diagnostics, &clean[now].diagnostics).unwrap();
            assert!(done.outputs == clean[now].outputs, "at {offset}");
            let did = (&done.steps[..], done.checked.as_deref());
            assert!(round < 2 || did == (&[], Some(&[])), "{did:?} at {offset}");
            tree.machine.wait(2);
        }
    }
}

#[test]
fn a_row_beside_a_shard_is_what_was_written_or_none() {
    let asked = Asked { store: false, ..asked([true, false]) };
    let mut tree = Tree::new(Machine::new(Kind::Memory, asked.compiler), &wide());
    tree.build(&asked, false, &[]).unwrap();
    let (host, root) = (FakeHost::default(), tree.root());
    let path = |name: &str| root.join(".oast/packages").join(name);
    let read = |name: &str| tree.machine.host.read(&path(name)).unwrap();
    let whole = read("A.rows");
    host.write(&path("A.shard"), &read("A.shard")).unwrap();
    let rows = |bytes: &[u8]| {
        host.write(&path("A.rows"), bytes).unwrap();
        let shard = Shard::load(&host, &root, "A").unwrap();
        let row = |it| shard.module(it).unwrap().row(&host).cloned();
        shard.paths().map(row).collect::<Vec<_>>()
    };
    let written = rows(&whole);
    assert!(written.iter().all(Option::is_some));
    for offset in 0..whole.len() {
        let mut altered = whole.clone();
        altered[offset] ^= 1 << (offset % 8);
        for bytes in [&whole[..offset], &altered] {
            let read = rows(bytes);
            let is_right = |(now, then): (&Option<_>, &Option<_>)| now == then || now.is_none();
            assert!(read.iter().zip(&written).all(is_right), "{offset}");
            assert_ne!(read, written, "{offset}");
        }
    }
}

/// Whether something can be read of a machine's state.
type Reader<'a> = dyn Fn(&FakeHost) -> bool + 'a;

#[test]
fn no_record_can_be_read_that_is_cut_or_altered() {
    let mut tree = Tree::new(Machine::new(Kind::Memory, Compiler::default()), &files(LARGER));
    tree.build(&asked([true, true]), false, &[]).unwrap();
    let (host, root) = (FakeHost::default(), tree.root());
    let readers: [(&str, &Reader<'_>); 4] = [
        ("record", &|host| Record::load(host, &root).is_some()),
        ("workspace", &|host| WorkspaceRow::load(host, &root).is_some()),
        ("packages/A.row", &|host| PackageRow::load(host, &root, "A").is_some()),
        ("packages/A.shard", &|host| Shard::load(host, &root, "A").is_some()),
    ];
    for (name, can_read) in readers {
        let path = root.join(".oast").join(name);
        let whole = tree.machine.host.read(&path).unwrap();
        let put = |bytes: &[u8]| host.write(&path, bytes).unwrap();
        put(&whole);
        assert!(can_read(&host), "{name}");
        for offset in 0..whole.len() {
            put(&whole[..offset]);
            assert!(!can_read(&host), "{name} cut at {offset}");
            for change in [1, 2, 4, 8, 16, 32, 64, 128, 255] {
                let mut altered = whole.clone();
                altered[offset] ^= change;
                put(&altered);
                assert!(!can_read(&host), "{name} ^ {change} at {offset}");
            }
        }
    }
}
