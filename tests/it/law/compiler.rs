//! The C compilers of the machines on which the law is tested, and what they use beside their own files.
#![expect(clippy::disallowed_methods, reason = "what is on the disk is the subject")]

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use camino::Utf8Path;
use oast_engine::base::{Digest, DigestWriter};
use oast_engine::host::{Command, FakeHost, Host, Output};

/// Which C compiler there is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Compiler {
    pub(super) version: usize,
    /// Whether it fails at some modules.
    pub(super) is_broken: bool,
    /// What is in a header of the system.
    header: usize,
    /// Whether there is another such header in a directory that is searched before.
    is_shadowed: bool,
    /// What is in a program that it calls.
    called: usize,
    /// What is in a file that gets into every program.
    start: usize,
    /// Which word stands behind it in `CC`, if one does.
    word: usize,
}

/// A part of a compiler that can be another one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Part {
    Program,
    Header,
    HeaderBefore,
    Called,
    Start,
    Word,
}

/// All of them.
pub(super) const PARTS: [Part; 6] =
    [Part::Program, Part::Header, Part::HeaderBefore, Part::Called, Part::Start, Part::Word];

impl Part {
    /// Whether it can be another one on the real machine.
    pub(super) fn is_on_disk(self) -> bool {
        !matches!(self, Part::Called | Part::Start)
    }
}

impl Compiler {
    /// Another compiler, or the same.
    pub(super) fn change(&mut self, part: Part, a: usize, b: usize) {
        match part {
            Part::Program => (self.version, self.is_broken) = (a % 3, b.is_multiple_of(4)),
            Part::Header => self.header = a % 3,
            Part::HeaderBefore => self.is_shadowed = !self.is_shadowed,
            Part::Called => self.called = a % 3,
            Part::Start => self.start = a % 3,
            Part::Word => self.word = a % 3,
        }
    }

    /// What `CC` says of the compiler that is called `name`, if anything.
    pub(super) fn words(&self, name: &str, is_named: bool) -> Option<String> {
        match self.word {
            0 => is_named.then(|| name.to_owned()),
            word => Some(format!("{name} -DX={word}")),
        }
    }

    /// Puts it in the place of the one that is on a machine in memory.
    pub(super) fn install_in_memory(&self, host: &FakeHost) {
        let broken = if self.is_broken { ", broken" } else { "" };
        let texts = [
            (CC, format!("cc (Fake) 1.{}{broken}", self.version)),
            (HEADERS[1], format!("header {}", self.header)),
            (CALLED, format!("cc1 {}", self.called)),
            (START, format!("start {}", self.start)),
        ];
        for (path, text) in texts {
            host.write(path.into(), text.as_bytes()).unwrap();
        }
        let before = Utf8Path::new(HEADERS[0]);
        if !self.is_shadowed {
            host.remove_file(before).unwrap();
        } else if host.stat(before).is_err() {
            host.write(before, b"another header").unwrap();
        }
    }

    /// The same, in a folder of the real machine: a script before the compiler that is there.
    pub(super) fn install_on_disk(&self, folder: &Utf8Path) {
        let fails = if self.is_broken { "*[13579].c*) echo cannot >&2; exit 1;;" } else { "" };
        let version = self.version;
        let script = format!(
            "#!/bin/sh\n\
             case \"$*\" in *--version) echo 'cc (Real) 1.{version}'; exit;; {fails} esac\n\
             exec cc -isystem '{folder}/before' -isystem '{folder}/include' \"$@\"\n"
        );
        let header = |number| format!("/* {number} */\n#include_next <stdint.h>\n");
        fs::create_dir_all(folder.join("include")).unwrap();
        fs::write(folder.join("include/stdint.h"), header(self.header)).unwrap();
        _ = fs::remove_dir_all(folder.join("before"));
        if self.is_shadowed {
            fs::create_dir_all(folder.join("before")).unwrap();
            fs::write(folder.join("before/stdint.h"), header(9)).unwrap();
        }
        let path = folder.join("cc");
        _ = fs::remove_file(&path);
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// What compilers in memory have done: digests of all that an action depends on.
pub(super) type Log = Arc<Mutex<Vec<Digest>>>;

pub(super) const CC: &str = "/bin/cc";
const AR: &str = "/bin/ar";
const CALLED: &str = "/lib/cc1";
const START: &str = "/lib/crt1.o";
/// A header of the system, in the order in which it is looked for.
const HEADERS: [&str; 2] = ["/include/before/system.h", "/include/system.h"];

/// A machine whose compilers write down what they read.
pub(super) fn fake(log: &Log) -> FakeHost {
    let host = FakeHost::default();
    // Not a whole second: of a clock that shows only those, the engine expects less.
    host.advance(Duration::from_hours(1_000) + Duration::from_millis(123));
    for path in [CC, AR] {
        let log = log.clone();
        host.install(path, move |host, command, _| run(host, command, &log));
    }
    host.install(CALLED, |_, _, _| Ok(Output::default()));
    host.write(AR.into(), b"GNU ar (Fake) 1.0").unwrap();
    host
}

fn run(host: &FakeHost, command: &Command, log: &Log) -> io::Result<Output> {
    if let Some(answer) = answer(host, command)? {
        return Ok(answer);
    }
    compile(host, command, log)
}

/// The header of the system that is found.
fn header(host: &FakeHost) -> &'static str {
    HEADERS.into_iter().find(|it| host.stat(Utf8Path::new(it)).is_ok()).unwrap_or(HEADERS[1])
}

/// What a compiler says that is asked about itself, if it is.
fn answer(host: &FakeHost, command: &Command) -> io::Result<Option<Output>> {
    let is_asked = |it: &str| command.arguments.iter().any(|word| word == it);
    let (code, stdout, stderr) = if is_asked("--version") {
        (0, host.read(&command.program)?, String::new())
    } else if command.program != CC {
        return Ok(None);
    } else if is_asked("-M") {
        let talk = HEADERS.map(|it| format!(" {}\n", Utf8Path::new(it).parent().unwrap()));
        let talk =
            format!("#include <...> search starts here:\n{}End of search list.\n", talk.concat());
        (0, format!("null.o: /dev/null {}\n", header(host)).into_bytes(), talk)
    } else if is_asked("-print-prog-name=cc1") {
        (0, format!("{CALLED}\n").into_bytes(), String::new())
    } else if is_asked("-print-search-dirs") {
        (0, b"libraries: =/lib\n".to_vec(), String::new())
    } else if command.arguments.iter().any(|it| it.starts_with("-print-")) {
        (1, Vec::new(), String::new())
    } else {
        return Ok(None);
    };
    Ok(Some(Output { code: Some(code), stdout, stderr: stderr.into_bytes() }))
}

/// Compiles, puts together or links: what is made is a digest of all that was read.
fn compile(host: &FakeHost, command: &Command, log: &Log) -> io::Result<Output> {
    let mut output = Output { code: Some(0), ..Output::default() };
    let version = host.read(&command.program)?;
    let place = command.arguments.iter().position(|it| it == "-o").unwrap_or_default() + 1;
    let mut made = DigestWriter::default();
    made.part(&version);
    if command.program == CC {
        for path in [header(host), CALLED, START] {
            made.part(host.read(path.into())?);
        }
    }
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
