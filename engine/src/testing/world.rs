//! A machine of memory with a session over it.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use expect_test::Expect;

use crate::compile::diagnostics;
use crate::host::{FakeHost, Host as _};
use crate::manifest::manifest_kind;
use crate::session::Session;
use crate::source::render::{Format, Renderer};
use crate::source::{
    Change, Diagnostic, File, directory_at, directory_entries, file_at, source_text,
};
use crate::testing::annotation::{self, Expected};
use crate::testing::fixture::{Fixture, cursor};

/// A small world described by a fixture.
///
/// Its files count as edited before: what is edited first loses durability, and that alone makes what was computed from it run again
/// although nothing changed in the result.
#[derive(Debug)]
pub struct World {
    /// The session to ask.
    pub session: Session,
    /// The machine below it.
    pub host: Arc<FakeHost>,
    fixture: BTreeMap<Utf8PathBuf, (String, Vec<Expected>)>,
}

impl World {
    /// The world that `fixture` describes.
    pub fn new(fixture: &str) -> World {
        let host = Arc::new(FakeHost::default());
        let session = Session::new(host.clone());
        for file in Fixture::parse(fixture).files {
            source_text(&session, file_at(&session, &file.path));
            for directory in file.path.ancestors().skip(1) {
                directory_entries(&session, directory_at(&session, directory));
            }
        }
        let mut world = World { session, host, fixture: BTreeMap::new() };
        world.edit(fixture);
        world
    }

    /// The world that `fixture` describes without its mark `$0`, with the file and the offset at which the mark stood.
    ///
    /// # Panics
    ///
    /// Unless there is exactly one `$0`.
    pub fn with_cursor(fixture: &str) -> (World, File, usize) {
        let mut world = World::new(fixture);
        let mut marked = world.fixture.iter().filter(|(_, (text, _))| text.contains("$0"));
        let (path, (text, _)) = marked.next().expect("a file has a `$0`");
        assert!(marked.next().is_none(), "one file only has a `$0`");
        let (path, (text, offset)) = (path.clone(), cursor(text));
        world.write(&path, &text);
        let file = world.file(&path);
        (world, file, offset)
    }

    /// Writes the files of `fixture` beside or over those already there, and tells the session.
    pub fn edit(&mut self, fixture: &str) {
        let mut change = Change::default();
        for file in Fixture::parse(fixture).files {
            self.put(&file.path, &file.text, file.expected);
            change.add(file.path);
        }
        self.session.apply(&change);
    }

    /// Writes one file, and tells the session.
    pub fn write(&mut self, path: impl AsRef<Utf8Path>, text: &str) {
        self.put(path.as_ref(), text, Vec::new());
        self.session.apply(&[path.as_ref()].into_iter().collect());
    }

    /// What the file at `path` holds.
    ///
    /// # Panics
    ///
    /// If the world has no such file.
    pub fn text(&self, path: impl AsRef<Utf8Path>) -> String {
        self.fixture[path.as_ref()].0.clone()
    }

    /// Removes a file or a whole directory, and tells the session.
    pub fn remove(&mut self, path: impl AsRef<Utf8Path>) {
        let gone = |file: &Utf8Path| file.starts_with(path.as_ref());
        let removed = self.fixture.extract_if(.., |file, _| gone(file)).map(|(file, _)| file);
        let change: Change = removed.chain([path.as_ref().to_owned()]).collect();
        self.host.remove_directory(path.as_ref()).expect("memory can be written");
        self.session.apply(&change);
    }

    fn put(&mut self, path: &Utf8Path, text: &str, expected: Vec<Expected>) {
        self.host.write(path, text.as_bytes()).expect("memory can be written");
        self.fixture.insert(path.to_owned(), (text.to_owned(), expected));
    }

    /// The input for the file at `path`.
    pub fn file(&self, path: impl AsRef<Utf8Path>) -> File {
        file_at(&self.session, path.as_ref())
    }

    /// Everything that there is to tell about the world.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        diagnostics_of(&self.session, self.fixture.keys().map(|path| &**path))
    }

    /// [`World::diagnostics`] as a person sees them, in `format`.
    pub fn rendered(&self, format: Format) -> String {
        let texts = |path: &Utf8Path| {
            let source = source_text(&self.session, self.file(path));
            source.problem.is_none().then(|| source.text.clone())
        };
        Renderer::new("/".into(), &texts).render(format, &self.diagnostics())
    }

    /// Checks that the diagnostics of the world are those that the fixture's annotations expect, no more and no fewer.
    ///
    /// # Panics
    ///
    /// If they are not, with the fixture as it would be right.
    #[track_caller]
    pub fn check_diagnostics(&self) {
        let actual = self.diagnostics();
        let expected = self.annotated(|path| self.fixture[path].1.clone());
        let found = self.annotated(|path| {
            let here = actual.iter().filter(|it| it.span.path == path);
            let mut here: Vec<_> = here.map(|it| Expected::of(it, &self.fixture[path].0)).collect();
            here.sort();
            here
        });
        let elsewhere: Vec<_> =
            actual.iter().filter(|it| !self.fixture.contains_key(&it.span.path)).collect();
        let rendered = self.rendered(Format::Human);
        assert!(elsewhere.is_empty(), "about files that do not exist: {elsewhere:#?}");
        assert!(
            expected == found,
            "expected:\n\n{expected}\nfound:\n\n{found}\nwhich are:\n\n{rendered}"
        );
    }

    fn annotated(&self, of: impl Fn(&Utf8Path) -> Vec<Expected>) -> String {
        let files = self
            .fixture
            .iter()
            .filter(|(path, (_, expected))| !expected.is_empty() || !of(path).is_empty());
        let file = |(path, (text, _)): (&Utf8PathBuf, &(String, Vec<Expected>))| {
            format!("//- {path}\n{}", annotation::insert(path, text, &of(path)))
        };
        files.map(file).collect()
    }

    /// Runs `ask`, and checks which queries had to run for it: a name on a line each, in the order in which each first ran, with
    /// the number of runs where there was more than one.
    #[track_caller]
    pub fn check_reruns<T>(&self, ask: impl FnOnce(&Session) -> T, expect: Expect) -> T {
        self.session.start_log();
        let answer = ask(&self.session);
        let mut runs: Vec<(String, usize)> = Vec::new();
        for name in self.session.take_log() {
            match runs.iter_mut().find(|(it, _)| *it == name) {
                Some((_, count)) => *count += 1,
                None => runs.push((name, 1)),
            }
        }
        let line = |(name, count): (String, usize)| match count {
            1 => format!("{name}\n"),
            count => format!("{name} ({count})\n"),
        };
        expect.assert_eq(&runs.into_iter().map(line).collect::<String>());
        answer
    }
}

/// Checks that the diagnostics of the world that `fixture` describes are those that its annotations expect.
///
/// # Panics
///
/// If they are not, with the fixture as it would be right.
#[track_caller]
pub fn check_diagnostics(fixture: &str) {
    World::new(fixture).check_diagnostics();
}

/// What there is to tell about the workspace whose root manifest is the uppermost of `paths`, a project's before a package's: the
/// one place that knows what to ask.
fn diagnostics_of<'a>(
    session: &Session,
    paths: impl Iterator<Item = &'a Utf8Path>,
) -> Vec<Diagnostic> {
    let depth = |path: &Utf8Path| path.components().count();
    let manifests = paths.filter_map(|path| Some((path, manifest_kind(path.file_name()?)?)));
    let root = manifests.min_by_key(|(path, kind)| (!kind.is_project, depth(path), *path));
    root.map_or(Vec::new(), |(path, _)| diagnostics(session, file_at(session, path)))
}
