//! The machines on which the law is tested: one in memory, where nothing costs anything, and the real one.
#![expect(clippy::disallowed_methods, reason = "what is on the disk is the subject")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::base::Digest;
use oast_engine::host::{EntryKind, FakeHost, Host, OsHost};

use crate::law::compiler::{Compiler, Log, fake};
use crate::law::files::Hands;
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

pub(super) struct Machine {
    pub(super) kind: Kind,
    pub(super) host: Arc<dyn Host>,
    fake: Option<Arc<FakeHost>>,
    place: tempfile::TempDir,
    log: Log,
    compiler: Compiler,
    /// Which values those variables have that no build declares.
    disturbed: usize,
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
        let mut machine = Machine { kind, host, fake, place, log, compiler, disturbed: 0, odd: 0 };
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
        let cc = match self.kind {
            Kind::Memory => self.compiler.words("cc", false),
            Kind::Disk | Kind::Program => {
                self.compiler.words(self.place().join("tools/cc").as_str(), true)
            }
        };
        let mut variables = vec![("OAST_HOME", self.home().into_string())];
        variables.extend(cc.map(|it| ("CC", it)));
        if let number @ 1.. = self.disturbed {
            let folder = self.place().join(format!("disturbing {number}")).into_string();
            variables.push(("CFLAGS", format!("-DDISTURBED={number}")));
            variables.extend(["CPATH", "C_INCLUDE_PATH", "LANG"].map(|it| (it, folder.clone())));
        }
        variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Puts another compiler in the place of the one that is there.
    pub(super) fn install(&mut self, compiler: Compiler) {
        self.compiler = compiler;
        match &self.fake {
            Some(fake) => compiler.install_in_memory(fake),
            None => compiler.install_on_disk(&self.place().join("tools")),
        }
    }

    /// Gives variables other values that are nobody's business: whoever obeys them fails.
    pub(super) fn disturb(&mut self, number: usize) {
        self.disturbed = number;
        let folder = self.place().join(format!("disturbing {number}"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("stdint.h"), "#error disturbed\n").unwrap();
    }

    /// Who does something to its files.
    pub(super) fn hands(&self) -> Hands {
        Hands { kind: self.kind, host: self.host.clone(), fake: self.fake.clone() }
    }

    /// Gives a file another mode, where files have one.
    pub(super) fn set_mode(&self, path: &Utf8Path, mode: u32) {
        if self.kind != Kind::Memory {
            // There is no mode of what a link leads to that leads nowhere.
            _ = fs::set_permissions(path, fs::Permissions::from_mode(mode));
        }
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

/// All files below a folder, sorted, and links, which are not followed; not what a process is about to put in place.
pub(super) fn files_below(host: &dyn Host, folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let mut files = all_below(host, folder);
    files.retain(|it| !it.file_name().is_some_and(|it| it.starts_with(".oast-")));
    files
}

/// The same, with what a process is about to put in place.
pub(super) fn all_below(host: &dyn Host, folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let mut files = Vec::new();
    for entry in host.entries(folder).unwrap_or_default() {
        let path = folder.join(&entry.name);
        if entry.kind == EntryKind::Directory && host.read_link(&path).is_err() {
            files.extend(all_below(host, &path));
        } else {
            files.push(path);
        }
    }
    files
}
