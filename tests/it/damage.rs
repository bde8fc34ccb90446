//! State that somebody damaged, or that was true of other sources: it costs work, and never more than that.
#![expect(clippy::disallowed_methods, reason = "what is on the disk is the subject")]

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::build::{BuildRequest, Report, Silent};
use oast_engine::host::{CancelToken, Host, OsHost};

use crate::project::Project;
use crate::watched::{Look, Watched, Watcher};

/// Into how many places of a file damage is done at most; `law/offsets.rs` takes all, in memory.
const PLACES: usize = 40;

const FILES: &[(&str, &str)] = &[
    ("project.toml", "[packages]\nA = { path = \"A\" }\n"),
    ("A/APackage.toml", "[package]\nversion = \"1.0.0\"\nmain = \"M\"\n"),
    ("A/src/M.oct", "import unqualified A/N (n);\npublic main : Int = n 1;\nlonely = 1;\n"),
    ("A/src/N.oct", "public n : x : Int |- Int = add x 1;\n"),
];

fn try_build(project: &Project, host: Arc<dyn Host>) -> Result<Report, String> {
    let (session, root) = project.open("", host);
    let targets = vec!["python-3".into()];
    let request =
        BuildRequest { targets, no_store: true, jobs: Some(1), ..BuildRequest::default() };
    let report = session.build(root, &request, &Silent, &CancelToken::default());
    report.map_err(|error| error.to_string())
}

fn build(project: &Project) -> Report {
    try_build(project, Arc::new(OsHost)).unwrap()
}

/// Does `damage` to each file of the state, at each of many places; before some of the builds a source has changed, too.
fn damaged(damage: impl Fn(&mut Vec<u8>, usize)) {
    let project = Project::new(FILES);
    let source = "A/src/N.oct";
    let texts = [FILES[3].1.to_owned(), FILES[3].1.replace('1', "2")];
    let right = [&texts[1], &texts[0]].map(|text| {
        project.write(source, text);
        (build(&project), project.files("build"))
    });
    let right = |edited: bool| &right[usize::from(!edited)];
    let state = project.files(".oast");
    assert!(4 <= state.len(), "{:?}", state.keys());
    let mut edited = false;
    for (path, whole) in &state {
        let stride = (whole.len() / PLACES).max(1);
        for place in (0..whole.len()).step_by(stride) {
            let file = project.root.join(path);
            let mut bytes = fs::read(&file).unwrap_or_default();
            damage(&mut bytes, place);
            fs::write(file, bytes).unwrap();
            if place / stride % 4 == 3 {
                edited = !edited;
                project.write(source, &texts[usize::from(edited)]);
            }
            let what = format!("{path} at {place}");
            assert_eq!(build(&project).diagnostics, right(edited).0.diagnostics, "{what}");
            assert!(project.files("build") == right(edited).1, "{what}: an output is wrong");
        }
    }
}

#[test]
fn state_that_was_cut() {
    damaged(Vec::truncate);
}

#[test]
fn something_else_in_the_place_of_state() {
    let project = Project::new(FILES);
    let source = "A/src/N.oct";
    let texts = [FILES[3].1.to_owned(), FILES[3].1.replace('1', "2")];
    let right = [&texts[0], &texts[1]].map(|text| {
        project.write(source, text);
        build(&project);
        project.files("build")
    });
    let mut state: Vec<String> = project.files(".oast").into_keys().collect();
    state.extend([".oast/packages", ".oast/packages/unfinished", ".oast/lock"].map(str::to_owned));
    for path in state {
        for text in [0, 1, 1] {
            let file = project.root.join(&path);
            if file.is_dir() {
                fs::remove_dir_all(&file).unwrap();
                fs::write(&file, "").unwrap();
            } else {
                _ = fs::remove_file(&file);
                fs::create_dir_all(file.join("within")).unwrap();
            }
            project.write(source, &texts[text]);
            build(&project);
            assert_eq!(project.files("build"), right[text], "{path}");
        }
        build(&project);
        assert_eq!(build(&project).compiled, 0, "{path}");
    }
}

#[test]
fn state_with_a_wrong_byte() {
    damaged(|bytes, place| {
        if let Some(byte) = bytes.get_mut(place) {
            *byte ^= 1 << (place % 8);
        }
    });
}

/// The real machine, but for one fault.
#[derive(Debug)]
struct Faulty {
    fault: Fault,
    done: AtomicBool,
    log: Mutex<Vec<Utf8PathBuf>>,
}

#[derive(Debug)]
enum Fault {
    /// The file gets this text after it was looked at in this way for the first time.
    Edit { path: Utf8PathBuf, text: String, after: Look },
    /// Nothing can be written below this folder.
    ReadOnly(Utf8PathBuf),
    /// The clock was set back by an hour after everything was written.
    SetBack,
}

fn faulty(fault: Fault) -> Arc<Watched<Faulty>> {
    Arc::new(Watched(Faulty { fault, done: AtomicBool::new(false), log: Mutex::default() }))
}

impl Watcher for Faulty {
    fn looked(&self, how: Look, looked_at: &Utf8Path) {
        if let Fault::Edit { path, text, after } = &self.fault
            && path == looked_at
            && *after == how
            && !self.done.swap(true, Ordering::SeqCst)
        {
            fs::write(path, text).unwrap();
        }
    }

    fn changes(&self, path: &Utf8Path) -> io::Result<()> {
        match &self.fault {
            Fault::ReadOnly(folder) if path.starts_with(folder) => {
                self.log.lock().unwrap().push(path.to_owned());
                Err(io::ErrorKind::ReadOnlyFilesystem.into())
            }
            _ => Ok(()),
        }
    }

    fn now(&self) -> SystemTime {
        match self.fault {
            Fault::SetBack => OsHost.now() - Duration::from_hours(1),
            _ => OsHost.now(),
        }
    }
}

/// The outputs that belong to the sources of `project` as they are now.
fn right(project: &Project) -> BTreeMap<String, Vec<u8>> {
    let text = |path: &str| fs::read_to_string(project.root.join(path)).unwrap();
    let files: Vec<_> = FILES.iter().map(|(path, _)| (path, text(path))).collect();
    let clean = Project::new(&files);
    build(&clean);
    clean.files("build")
}

#[test]
fn a_source_edited_during_a_build_is_seen_by_the_next() {
    for (path, from, to) in [
        ("A/src/N.oct", "add x 1", "add x 2"),
        ("A/src/N.oct", "public", "-- A comment.\npublic"),
        ("A/src/M.oct", "n 1", "n 2"),
        (
            "A/src/M.oct",
            "import unqualified A/N (n);\npublic main : Int = n 1",
            "public main : Int = 7",
        ),
        ("A/APackage.toml", "main = \"M\"\n", ""),
        ("project.toml", "A\" }", "A\" } # A comment."),
    ] {
        for after in [Look::Read, Look::Stat] {
            for earlier in [0, 1, 2] {
                let project = Project::new(FILES);
                // What an earlier build remembers is believed, half believed or not there.
                if 0 < earlier {
                    for _ in 0..2 {
                        project.settle();
                        build(&project);
                    }
                }
                if earlier == 2 {
                    project.write("A/src/M.oct", &format!("-- Edited before.\n{}", FILES[2].1));
                }
                let path = project.root.join(path);
                let before = fs::read_to_string(&path).unwrap();
                let text = before.replace(from, to);
                assert_ne!(before, text);
                let edit = Fault::Edit { path: path.clone(), text, after };
                let host = faulty(edit);
                try_build(&project, host.clone()).unwrap();
                let what = format!("{path}, {after:?}, {earlier}");
                // What is remembered may spare a look.
                assert!(0 < earlier || host.0.done.load(Ordering::SeqCst), "{what}");
                build(&project);
                assert!(project.files("build") == right(&project), "{what}");
            }
        }
    }
}

#[test]
fn a_tree_that_cannot_be_written() {
    let project = Project::new(FILES);
    let host = faulty(Fault::ReadOnly(project.root.clone()));
    let error = try_build(&project, host.clone()).unwrap_err();
    let refused = host.0.log.lock().unwrap()[0].clone();
    assert!(error.contains(refused.as_str()), "{error}");
    let (session, root) = project.open("", faulty(Fault::ReadOnly(project.root.clone())));
    let report =
        session.check(root, &BuildRequest::default(), &Silent, &CancelToken::default()).unwrap();
    assert_eq!(report.diagnostics.len(), 1, "{:?}", report.diagnostics);
}

#[test]
fn a_clock_that_was_set_back() {
    let project = Project::new(FILES);
    try_build(&project, faulty(Fault::SetBack)).unwrap();
    for text in ["public n : x : Int |- Int = add x 2;\n", FILES[3].1] {
        project.write("A/src/N.oct", text);
        try_build(&project, faulty(Fault::SetBack)).unwrap();
        assert!(project.files("build") == right(&project));
    }
}
