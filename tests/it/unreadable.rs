//! Sources and directories that cannot be read: what is told of them, and that nobody else is blamed.

use std::fmt;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use camino::Utf8Path;
use oast_engine::Session;
use oast_engine::build::{BuildRequest, Report, Silent};
use oast_engine::host::{CancelToken, FakeHost, Host as _};
use oast_engine::source::Change;
use oast_engine::testing::Fixture;

const OCTIZYS: &str = r#"
//- /w/project.toml
[project]
targets = ["python-3"]
[packages]
A = { path = "A" }
B = { path = "B" }
//- /w/A/APackage.toml
[package]
version = "1.0.0"
//- /w/A/src/Words.oct
public data Color = Red | Blue Int;
public alias Point = { x : Int };
public greet : Text -> Text = \ n |- n;
public origin : Point = { x = 1 };
//- /w/A/src/User.oct
import A/Words as W;
import unqualified A/Words (greet, Color, Red, Blue, Point);
public alias Spot = Point;
public data Holder = Holder Color;
public number : Color -> Int = \ c |- case c of { Red |- 1; Blue n |- n; };
public across : Point -> Int = \ p |- p.x;
public inferred = Blue 3;
public held : W/Color -> Holder = \ c |- Holder c;
public greeting : Text = greet (W/greet "x");
//- /w/B/BPackage.toml
[package]
version = "1.0.0"
main = "Main"
[dependencies]
A = "1"
//- /w/B/src/Main.oct
import unqualified A/User (number, across, inferred, Spot, Holder, held, greeting);
import A/Words as W;
n : Int = add (number inferred) (across W/origin);
x : Spot -> Int = \ s |- s.x;
h : Holder = held W/Red;
kept = case h of { _ |- add n (x W/origin); };
main : Text = if eq kept 1 then greeting else W/greet "main";
"#;

const OATS: &str = r#"
//- /w/a/Oats.toml
[package]
name = "a"
version = "1.0.0"
entry = "src/lib.oats"
//- /w/a/src/lib.oats
import { greet, Color, Shape, Point, limit } from "./deep/down/words";
export class Mine extends Shape {
    constructor(public shape: Shape) { super(1); }
    twice(): number { return this.area() * 2; }
}
export interface Big extends Point { y: number; }
export function number(c: Color): number {
    switch (c) { case Color.Red: return 1; case Color.Blue: return limit; }
}
export const greeting = greet("x");
export const blue = Color.Blue;
export const big: Big = { x: 1, y: 2 };
export function make(): Shape { return new Shape(limit); }
//- /w/a/src/deep/down/words.oats
export enum Color { Red, Blue }
export class Shape { constructor(public n: number) {} area(): number { return this.n; } }
export interface Point { x: number; }
export function greet(s: string): string { return s; }
export const limit = 3;
//- /w/b/Oats.toml
[package]
name = "b"
version = "1.0.0"
entry = "src/main.oats"
[dependencies]
a = { path = "../a" }
//- /w/b/src/main.oats
import { Mine, Big, number, greeting, big, make, blue } from "a";
export function main(): number {
    const mine = new Mine(make());
    const b: Big = big;
    println(greeting, number(blue), mine.twice(), mine.area(), mine.shape.n, b.x + b.y);
    return 0;
}
"#;

/// How the file or directory at a path is kept from being read.
#[derive(Clone, Copy, Debug)]
enum Obstacle {
    NotAllowed,
    NotText,
    /// A directory is in the place of the file.
    IsDirectory,
}

/// A machine, a session that lives on, and the root manifest.
struct Ground {
    host: Arc<FakeHost>,
    session: Session,
    root: &'static str,
}

impl Ground {
    fn new(fixture: &str, root: &'static str) -> Ground {
        let host = Arc::new(FakeHost::default());
        for file in Fixture::parse(fixture).files {
            host.write(&file.path, file.text.as_bytes()).unwrap();
        }
        host.advance(Duration::from_secs(9));
        let ground = Ground { session: Session::new(host.clone()), host, root };
        ground.check_told(&[]);
        ground
    }

    fn build(&self, session: &Session) -> Report {
        self.host.advance(Duration::from_secs(9));
        let root = session.find_root(Utf8Path::new(self.root)).unwrap();
        let targets = vec!["python-3".into()];
        let request = BuildRequest { targets, no_store: true, ..BuildRequest::default() };
        let (silent, cancel) = (&Silent, CancelToken::default());
        let checked = session.check(root, &request, silent, &cancel).unwrap();
        let built = session.build(root, &request, silent, &cancel).unwrap();
        assert_eq!(checked.diagnostics, built.diagnostics);
        built
    }

    /// Checks that everybody tells just this, of each mistake its code and its place: the session that lives on, and new ones. Yields
    /// how many modules all of them skip.
    #[track_caller]
    fn check_told(&self, expected: &[(&str, &str)]) -> usize {
        let anew = || Session::new(self.host.clone());
        let mut skipped = Vec::new();
        for (who, session) in [("living", &self.session), ("new", &anew()), ("newer", &anew())] {
            let report = self.build(session);
            let told = report.diagnostics.iter().map(|it| (&*it.code, it.span.path.as_str()));
            assert_eq!(told.collect::<Vec<_>>(), expected, "{who}");
            skipped.push(report.skipped);
        }
        assert!(skipped.iter().all(|it| *it == skipped[0]), "{skipped:?}");
        assert!(!expected.is_empty() || skipped[0] == 0);
        skipped[0]
    }

    fn tell(&mut self, path: &str) {
        self.host.advance(Duration::from_secs(9));
        self.session.apply(&[path].into_iter().collect::<Change>());
    }

    /// Refuses that anybody reads at `path`, or allows it again.
    fn refuse(&mut self, path: &str, kind: Option<ErrorKind>) {
        self.host.advance(Duration::from_secs(9));
        self.host.refuse_reads(path.into(), kind);
        self.tell(path);
    }

    /// Puts an obstacle at the source `path`, and yields what takes it away.
    fn obstruct(&mut self, path: &'static str, obstacle: Obstacle) -> impl Fn(&mut Ground) + use<> {
        let file = Utf8Path::new(path);
        let text = self.host.read(file).unwrap();
        self.host.advance(Duration::from_secs(9));
        match obstacle {
            Obstacle::NotAllowed => {
                self.host.refuse_reads(path.into(), Some(ErrorKind::PermissionDenied));
            }
            Obstacle::NotText => self.host.write(file, b"caf\xe9").unwrap(),
            Obstacle::IsDirectory => {
                self.host.remove_file(file).unwrap();
                self.host.write(&file.join("inside"), b"").unwrap();
                self.host.refuse_reads(path.into(), Some(ErrorKind::IsADirectory));
            }
        }
        self.tell(path);
        move |ground| {
            ground.host.advance(Duration::from_secs(9));
            ground.host.refuse_reads(path.into(), None);
            ground.host.remove_directory(Utf8Path::new(path)).unwrap();
            ground.host.write(Utf8Path::new(path), &text).unwrap();
            ground.tell(path);
        }
    }

    /// What is told of the first mistake by the session that lives on.
    fn message(&self) -> String {
        self.build(&self.session).diagnostics[0].message.clone()
    }
}

impl fmt::Debug for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ground").finish_non_exhaustive()
    }
}

fn octizys() -> Ground {
    Ground::new(OCTIZYS, "/w")
}

fn oats() -> Ground {
    Ground::new(OATS, "/w/b")
}

/// Checks that a source that can't be read is the one mistake, in whatever way, that so many modules are skipped because of it, and that
/// all is well when it can be read again.
#[track_caller]
fn check_source(mut ground: Ground, path: &'static str, skipped: usize) {
    for obstacle in [Obstacle::NotAllowed, Obstacle::NotText, Obstacle::IsDirectory] {
        let clear = ground.obstruct(path, obstacle);
        assert_eq!(ground.check_told(&[("unreadable-source", path)]), skipped, "{obstacle:?}");
        clear(&mut ground);
        ground.check_told(&[]);
    }
}

#[test]
fn whoever_imports_a_source_that_cannot_be_read_is_not_blamed() {
    check_source(octizys(), "/w/A/src/Words.oct", 3);
    check_source(oats(), "/w/a/src/deep/down/words.oats", 3);
}

#[test]
fn whoever_imports_the_entry_of_a_package_that_cannot_be_read_is_not_blamed() {
    check_source(oats(), "/w/a/src/lib.oats", 2);
}

#[test]
fn whoever_imports_from_a_directory_that_cannot_be_read_is_not_blamed() {
    let denied = Some(ErrorKind::PermissionDenied);
    for (mut ground, path) in [
        (octizys(), "/w/A/src"),
        (octizys(), "/w/B/src"),
        (oats(), "/w/a/src"),
        (oats(), "/w/a/src/deep/down"),
        (oats(), "/w/a/src/deep"),
        (oats(), "/w/b/src"),
    ] {
        for _ in 0..2 {
            ground.refuse(path, denied);
            ground.check_told(&[("unreadable-directory", path)]);
            ground.refuse(path, None);
            ground.check_told(&[]);
        }
    }
}

#[test]
fn a_directory_above_the_sources_that_cannot_be_read_is_told() {
    let mut ground = Ground::new(
        r#"
        //- /w/Oats.toml
        [package]
        name = "a"
        version = "1.0.0"
        entry = "code/deep/src/main.oats"
        //- /w/code/deep/src/main.oats
        export function main(): number { return 0; }
        "#,
        "/w",
    );
    for path in ["/w/code", "/w/code/deep", "/w/code/deep/src"] {
        ground.refuse(path, Some(ErrorKind::PermissionDenied));
        ground.check_told(&[("unreadable-directory", path)]);
        ground.refuse(path, None);
        ground.check_told(&[]);
    }
}

#[test]
fn a_package_that_cannot_be_read_is_not_missing() {
    let mut ground = oats();
    ground.refuse("/w/a", Some(ErrorKind::PermissionDenied));
    ground.check_told(&[("unreadable-directory", "/w/b/Oats.toml")]);
    ground.refuse("/w/a", None);
    ground.check_told(&[]);
}

#[test]
fn what_is_not_there_is_missing() {
    let mut ground = oats();
    let words = Utf8Path::new("/w/a/src/deep/down/words.oats");
    ground.host.remove_directory(Utf8Path::new("/w/a/src/deep")).unwrap();
    ground.tell("/w/a/src/deep");
    ground.check_told(&[("unknown-module", "/w/a/src/lib.oats")]);
    // A file where a directory should be is none that can't be read.
    ground.host.write(Utf8Path::new("/w/a/src/deep"), b"").unwrap();
    ground.host.refuse_reads("/w/a/src/deep/down".into(), Some(ErrorKind::NotADirectory));
    ground.tell("/w/a/src/deep");
    ground.check_told(&[("unknown-module", "/w/a/src/lib.oats")]);
    assert!(ground.host.read(words).is_err());
}

#[test]
fn why_something_cannot_be_read_is_told_as_it_is_now() {
    for path in ["/w/A/src/Words.oct", "/w/A/src"] {
        let mut ground = octizys();
        ground.refuse(path, Some(ErrorKind::PermissionDenied));
        let denied = ground.message();
        assert!(denied.ends_with("permission denied"), "{denied}");
        ground.refuse(path, Some(ErrorKind::TimedOut));
        let late = ground.message();
        assert!(late.ends_with("timed out"), "{late}");
    }
}

#[test]
fn a_directory_that_came_brings_those_below_it() {
    let mut ground = oats();
    let (here, away) = (Utf8Path::new("/w/a/src/deep"), Utf8Path::new("/away"));
    for _ in 0..2 {
        ground.host.rename(here, away).unwrap();
        ground.tell("/w/a/src/deep");
        ground.check_told(&[("unknown-module", "/w/a/src/lib.oats")]);
        ground.host.rename(away, here).unwrap();
        ground.tell("/w/a/src/deep");
        ground.check_told(&[]);
    }
}
