//! Where tests of the command line run `oast`, and what comes of it.
#![expect(clippy::disallowed_methods, reason = "the subject is a program and what it writes")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use expect_test::Expect;
use serde_json::Value;
use tempfile::TempDir;

/// The program, built once by the same `cargo` and for the same profile as this test.
pub(crate) fn program() -> &'static Path {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    PROGRAM.get_or_init(build).as_deref().expect("`oast` can be built")
}

fn build() -> Option<PathBuf> {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let beside = profile.join(format!("oast{}", std::env::consts::EXE_SUFFIX));
    let Some(cargo) = std::env::var_os("CARGO") else { return Some(beside) };
    let name = match profile.file_name().unwrap().to_str().unwrap() {
        "debug" => "dev",
        name => name,
    };
    let output = Command::new(cargo)
        .args(["build", "--quiet", "--package", "oast", "--message-format", "json"])
        .args(["--profile", name, "--target-dir"])
        .arg(profile.parent().unwrap())
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let messages = String::from_utf8(output.stdout).unwrap();
    let messages = messages.lines().map(|it| serde_json::from_str::<Value>(it).unwrap());
    let mut executables = messages.filter_map(|it| Some(it["executable"].as_str()?.into()));
    output.status.success().then(|| executables.next_back().unwrap_or(beside))
}

/// A directory of its own in which `oast` is run.
pub(crate) struct Place {
    directory: TempDir,
    /// The user's store.
    store: TempDir,
}

impl Place {
    pub(crate) fn new() -> Place {
        Place { directory: TempDir::new().unwrap(), store: TempDir::new().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(program(), arguments)
    }

    /// The program under another of its names, which `oast link-names` makes.
    pub(crate) fn named(&self, name: &str, arguments: &[&str]) -> Command {
        let names = self.store.path().join("names");
        let called = names.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        if !called.exists() {
            let made = self.oast(&["link-names", names.to_str().unwrap()]);
            assert_eq!(made.code, Some(0), "{made:?}");
        }
        self.command_of(&called, arguments)
    }

    fn command_of(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI", "RUST_BACKTRACE"] {
            command.env_remove(name);
        }
        command.env("TERM", "xterm").env("OAST_HOME", self.store.path()).env_remove("OAST_STORE");
        command
    }

    pub(crate) fn oast(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(&self.command(arguments).output().unwrap(), self.path())
    }

    pub(crate) fn toasty(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(&self.named("toasty", arguments).output().unwrap(), self.path())
    }

    pub(crate) fn oatsc(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(&self.named("oatsc", arguments).output().unwrap(), self.path())
    }

    /// Writes a file, and the directories above it.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The files below the directory with their texts; bytes that are no text are replaced.
    pub(crate) fn files(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let mut queue = vec![self.path().to_owned()];
        while let Some(directory) = queue.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    queue.push(path);
                } else {
                    let name = path.strip_prefix(self.path()).unwrap().to_str().unwrap();
                    let bytes = fs::read(&path).unwrap();
                    found.insert(name.to_owned(), String::from_utf8_lossy(&bytes).into_owned());
                }
            }
        }
        found
    }

    #[track_caller]
    pub(crate) fn check_files(&self, expected: Expect) {
        let shown = self.files().into_iter().map(|(name, text)| format!("//- /{name}\n{text}"));
        expected.assert_eq(&shown.collect::<String>());
    }
}

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// With the directory's own path written as `[DIR]` and the time at the end of a summary as `[TIME]`.
    pub(crate) fn of(output: &Output, directory: &Path) -> Outcome {
        let directory = directory.canonicalize().unwrap();
        let text = |bytes: &[u8]| {
            String::from_utf8(bytes.to_vec()).unwrap().replace(directory.to_str().unwrap(), "[DIR]")
        };
        Outcome {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr).lines().map(without_time).collect(),
        }
    }

    #[track_caller]
    pub(crate) fn check(&self, code: i32, stderr: Expect) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.stdout, "");
        stderr.assert_eq(&self.stderr);
    }
}

fn without_time(line: &str) -> String {
    match line.rsplit_once(", ") {
        Some((counts, _)) if line.contains(" compiled, ") => format!("{counts}, [TIME]\n"),
        _ => format!("{line}\n"),
    }
}
