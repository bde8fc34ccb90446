//! The machines on which the law is tested: one in memory, where nothing costs anything, and the real one.
#![expect(clippy::disallowed_methods, reason = "what is on the disk is the subject")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::base::{Digest, DigestWriter};
use oast_engine::host::{Command, EntryKind, FakeHost, Host, OsHost, Output};

use crate::law::process::Process;

/// Which machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// Files, clock and compilers are in memory. Only the store's database is on the disk.
    Memory,
    /// The real one, with its compilers.
    Disk,
    /// The same, and builds are processes of the real program.
    Program,
}

/// Which C compiler there is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Compiler {
    pub(super) version: usize,
    /// Whether it fails at some modules.
    pub(super) is_broken: bool,
}

/// What compilers in memory have done: digests of all that an action depends on.
type Log = Arc<Mutex<Vec<Digest>>>;

pub(super) struct Machine {
    pub(super) kind: Kind,
    pub(super) host: Arc<dyn Host>,
    fake: Option<Arc<FakeHost>>,
    place: tempfile::TempDir,
    log: Log,
    /// So that no two moments are the same after the clock was set back.
    odd: u64,
}

impl Machine {
    pub(super) fn new(kind: Kind, compiler: Compiler) -> Machine {
        let log = Log::default();
        let place = match kind {
            // The database is the only thing on the disk: best on none.
            Kind::Memory => tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()),
            Kind::Disk | Kind::Program => tempfile::tempdir(),
        };
        let place = place.unwrap();
        let fake = (kind == Kind::Memory).then(|| Arc::new(fake(&log)));
        let host: Arc<dyn Host> = match &fake {
            Some(fake) => fake.clone(),
            None => Arc::new(OsHost),
        };
        let machine = Machine { kind, host, fake, place, log, odd: 0 };
        fs::create_dir_all(machine.home()).unwrap();
        machine.install(compiler);
        machine
    }

    /// Where the store is.
    pub(super) fn home(&self) -> Utf8PathBuf {
        self.place().join("home")
    }

    /// The folder of this machine on the disk.
    pub(super) fn place(&self) -> &Utf8Path {
        Utf8Path::from_path(self.place.path()).unwrap()
    }

    /// Where trees are.
    pub(super) fn trees(&self) -> Utf8PathBuf {
        match self.kind {
            Kind::Memory => "/trees".into(),
            Kind::Disk | Kind::Program => self.place().join("trees"),
        }
    }

    /// A new process.
    pub(super) fn process(&self) -> Arc<Process> {
        Arc::new(Process::new(self.host.clone(), self.variables()))
    }

    /// The variables of a process.
    pub(super) fn variables(&self) -> Vec<(String, String)> {
        let mut variables = vec![("OAST_HOME".to_owned(), self.home().to_string())];
        if self.kind != Kind::Memory {
            variables.push(("CC".to_owned(), self.compiler().to_string()));
        }
        variables
    }

    fn compiler(&self) -> Utf8PathBuf {
        match self.kind {
            Kind::Memory => CC.into(),
            Kind::Disk | Kind::Program => self.place().join("tools/cc"),
        }
    }

    /// Puts another compiler in the place of the one that is there.
    pub(super) fn install(&self, compiler: Compiler) {
        let Compiler { version, is_broken } = compiler;
        let path = self.compiler();
        if self.kind == Kind::Memory {
            let broken = if is_broken { ", broken" } else { "" };
            let text = format!("cc (Fake) 1.{version}{broken}");
            return self.host.write(&path, text.as_bytes()).unwrap();
        }
        let fails = if is_broken { "*[13579].c*) echo cannot >&2; exit 1;;" } else { "" };
        let script = format!(
            "#!/bin/sh\ncase \"$*\" in --version) echo 'cc (Real) 1.{version}'; exit;; {fails} esac\nexec cc \"$@\"\n"
        );
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        _ = fs::remove_file(&path);
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Writes a file in place, as an editor may.
    pub(super) fn put(&self, path: &Utf8Path, bytes: &[u8]) {
        put(self.kind, &*self.host, path, bytes);
    }

    /// Lets time go by where that is up to us.
    pub(super) fn wait(&self, how: usize) {
        let Some(fake) = &self.fake else { return };
        let now = fake.now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let to_whole_second = Duration::from_nanos(1_000_000_000 - u64::from(now.subsec_nanos()));
        let waits = [0, 1, 30].map(Duration::from_millis);
        let longest = to_whole_second + Duration::from_secs(3);
        fake.advance(waits.get(how % 4).copied().unwrap_or(longest));
    }

    /// Lets as much time go by as it takes for the next change of a file to show in its stamp.
    pub(super) fn settle(fake: Option<&FakeHost>) {
        if let Some(fake) = fake {
            fake.advance(Duration::from_millis(30));
        }
    }

    /// The machine, if it is in memory.
    pub(super) fn fake(&self) -> Option<Arc<FakeHost>> {
        self.fake.clone()
    }

    /// Sets the clock back, by up to a minute, where it is ours.
    pub(super) fn set_back(&mut self, by: usize) {
        let Some(fake) = &self.fake else { return };
        self.odd += 1;
        fake.set_back(Duration::from_nanos(by as u64 % 60_000_000_000 + self.odd));
    }

    /// What was compiled since the last call, where that is known.
    pub(super) fn take_log(&self) -> Vec<Digest> {
        std::mem::take(&mut *self.log.lock().unwrap())
    }
}

pub(super) fn put(kind: Kind, host: &dyn Host, path: &Utf8Path, bytes: &[u8]) {
    if kind == Kind::Memory {
        return host.write(path, bytes).unwrap();
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    if fs::metadata(path).is_ok_and(|it| it.permissions().readonly()) {
        fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    }
    fs::write(path, bytes).unwrap();
}

/// All files below a folder, sorted; not what a process was about to put in place when it was killed.
pub(super) fn files_below(host: &dyn Host, folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let mut files = Vec::new();
    for entry in host.entries(folder).unwrap_or_default() {
        let path = folder.join(&entry.name);
        if entry.kind == EntryKind::Directory {
            files.extend(files_below(host, &path));
        } else if !entry.name.starts_with(".oast-") {
            files.push(path);
        }
    }
    files
}

const CC: &str = "/bin/cc";

/// A machine whose compilers write down what they read.
fn fake(log: &Log) -> FakeHost {
    let host = FakeHost::default();
    // Not a whole second: of a clock that shows only those, the engine expects less.
    host.advance(Duration::from_hours(1_000) + Duration::from_millis(123));
    for path in [CC, "/bin/ar"] {
        let log = log.clone();
        host.install(path, move |host, command, _| compile(host, command, &log));
    }
    host.write("/bin/ar".into(), b"GNU ar (Fake) 1.0").unwrap();
    host
}

fn compile(host: &FakeHost, command: &Command, log: &Log) -> std::io::Result<Output> {
    let mut output = Output { code: Some(0), ..Output::default() };
    let version = host.read(&command.program)?;
    if command.arguments == ["--version"] {
        return Ok(Output { stdout: version, ..output });
    }
    if command.arguments.iter().any(|it| it.starts_with("-print-") || it == "-M") {
        return Ok(Output { code: Some(1), ..output });
    }
    let place = command.arguments.iter().position(|it| it == "-o").unwrap_or_default() + 1;
    let mut made = DigestWriter::default();
    made.part(&version);
    // What is made does not tell where it was made.
    let words = command.arguments.iter().enumerate().filter(|(index, _)| *index != place);
    words.for_each(|(_, word)| _ = made.part(word));
    command.environment.iter().for_each(|(name, value)| _ = made.part(name).part(value));
    let is_input = |(index, word): &(usize, &String)| {
        *index != place && !word.starts_with('-') && word.contains('.')
    };
    for (_, input) in command.arguments.iter().enumerate().filter(is_input) {
        let path = Utf8Path::new(input);
        made.part(host.read(&command.directory.join(path))?);
        if path.extension() == Some("c") {
            let include = command.arguments.iter().find_map(|it| it.strip_prefix("-I"));
            let include = command.directory.join(include.unwrap_or("."));
            made.part(host.read(&include.join("oast_runtime.h"))?);
            let name = path.file_stem().unwrap_or_default();
            if version.ends_with(b"broken") && name.ends_with(['1', '3', '5', '7', '9']) {
                return Ok(Output { code: Some(1), stderr: b"cannot\n".to_vec(), ..output });
            }
            if name.ends_with('4') || name == "oast_runtime" {
                output.stderr = format!("{path}: a warning\n").into_bytes();
            }
        }
    }
    let made = made.finish();
    log.lock().unwrap().push(made);
    host.write(&command.directory.join(&command.arguments[place]), made.to_string().as_bytes())?;
    Ok(output)
}
