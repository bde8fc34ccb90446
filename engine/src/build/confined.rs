//! Programs that are not trusted: what they may touch, and what they must have made.

use std::io::ErrorKind;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;

use crate::base::{Name, resolve};
use crate::build::action::Action;
use crate::build::record::said;
use crate::host::{Confinement, Enforcement, EntryKind, Host, Output};
use crate::toolchain::{Level, Said, messages};

/// How an action is done whose program is not trusted. Of all this, an action's key has only that it is so, and where the
/// program puts its outputs.
///
/// The program is to put its outputs, under their own file names, into the directory `staging`. They are moved to where they
/// belong when it has succeeded, reported no error, and made what it had to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Confined {
    /// Where it puts its outputs, from the directory where it runs. Nothing else may be there.
    pub staging: Utf8PathBuf,
    /// The directory with what it works on, from where it runs: of all in it it sees the names.
    pub sources: Utf8PathBuf,
    /// What it may read of its inputs, absolute: files, and directories with all that is in them.
    pub read: Vec<Utf8PathBuf>,
    /// What else it must be allowed to read in order to run, absolute.
    pub own: Vec<Utf8PathBuf>,
    /// What each output has to be, in their order.
    pub forms: Vec<Form>,
}

/// What a file has to be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// Something that can be linked.
    Object,
    /// Metadata of the package of this name.
    Metadata(Name),
}

/// How files begin that linkers take: ELF, Mach-O (either order, and for several machines), COFF, bitcode of LLVM (bare and wrapped),
/// archives (plain and thin).
const OBJECTS: &[&[u8]] = &[
    b"\x7fELF",
    b"\xcf\xfa\xed\xfe",
    b"\xfe\xed\xfa\xcf",
    b"\xca\xfe\xba\xbe",
    b"\x64\x86",
    b"\x64\xaa",
    b"BC\xc0\xde",
    b"\xde\xc0\x17\x0b",
    b"!<arch>\n",
    b"!<thin>\n",
];

impl Confined {
    /// Where the program of `action` puts its outputs, absolute.
    pub(super) fn staging(&self, action: &Action) -> Utf8PathBuf {
        action.directory.join(&self.staging)
    }

    /// Where the program puts an output, from where it runs.
    pub(super) fn made(&self, output: &Utf8Path) -> Utf8PathBuf {
        self.staging.join(output.file_name().unwrap_or_default())
    }

    /// The outputs of `action` where its program puts them, absolute.
    pub(super) fn staged(&self, action: &Action) -> impl Iterator<Item = Utf8PathBuf> {
        action.outputs().map(|path| action.directory.join(self.made(&path)))
    }

    /// What the program of `action` may touch.
    pub(super) fn confinement(&self, action: &Action) -> Confinement {
        Confinement {
            read: self.read.iter().chain(&self.own).cloned().collect(),
            list: vec![resolve(&action.directory, &self.sources)],
            write: vec![self.staging(action)],
        }
    }

    /// Why it is not true that all is well, as the program of `action` said.
    pub(super) fn mistake(
        &self,
        host: &dyn Host,
        action: &Action,
        output: &Output,
    ) -> Option<String> {
        let text = said(&output.stdout, &output.stderr);
        let is_error =
            |said: &Said| matches!(said, Said::Message(it) if it.level == Some(Level::Error));
        if messages(text.as_bytes(), &action.directory).iter().any(is_error) {
            return Some("reported an error".to_owned());
        }
        self.staged(action).zip(&self.forms).find_map(|(path, form)| {
            let name = path.file_name().unwrap_or_default();
            // A link leads who knows where, and a pipe is read for ever.
            let is_file = host.read_link(&path).is_err()
                && host.stat(&path).is_ok_and(|it| it.kind == EntryKind::File);
            let Ok(bytes) =
                (if is_file { host.read(&path) } else { Err(ErrorKind::NotFound.into()) })
            else {
                return Some(format!("did not make `{name}`"));
            };
            form.mistake(&bytes).map(|why| format!("`{name}` {why}"))
        })
    }
}

impl Form {
    /// What is wrong with a file of this content.
    fn mistake(&self, bytes: &[u8]) -> Option<String> {
        match self {
            Form::Object if bytes.is_empty() => Some("is empty".to_owned()),
            Form::Object => {
                let is_object = OBJECTS.iter().any(|magic| bytes.starts_with(magic));
                (!is_object).then(|| "is nothing that can be linked".to_owned())
            }
            Form::Metadata(expected) => match Described::parse(bytes) {
                Err(error) => Some(format!("is no metadata of a package: {error}")),
                Ok(it) if it.package == **expected => None,
                Ok(it) => Some(format!("is about the package `{}`, not `{expected}`", it.package)),
            },
        }
    }
}

/// As much of metadata as any compiler must write.
#[derive(Debug, Deserialize)]
pub(super) struct Described {
    package: String,
    exports: serde_json::Map<String, serde_json::Value>,
}

impl Described {
    /// What a file of metadata says.
    pub(super) fn parse(bytes: &[u8]) -> Result<Described, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// Whether the package exports something of this name.
    pub(super) fn exports(&self, name: &str) -> bool {
        self.exports.contains_key(name)
    }
}

/// What a program said that runs in `directory` and works on `sources`, seen from there, without where the project is, which another
/// checkout need not know.
pub(super) fn without_places(directory: &Utf8Path, sources: &Utf8Path, output: Output) -> Output {
    let places = [(&*resolve(directory, sources), sources), (directory, Utf8Path::new("."))];
    let without = |bytes: Vec<u8>| {
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        for (directory, instead) in places {
            text = text.replace(&format!("{directory}/"), &format!("{instead}/"));
        }
        text.into_bytes()
    };
    let Output { code, stdout, stderr } = output;
    Output { code, stdout: without(stdout), stderr: without(stderr) }
}

/// Why a program could touch more than it should, for a person.
pub(super) fn unconfined(program: &Utf8Path, enforcement: Enforcement) -> String {
    let name = program.file_name().unwrap_or_default();
    let why = match enforcement {
        Enforcement::Partial => "this kernel, before Linux 6.2, cannot keep it from emptying files",
        _ => "this system has no Landlock, or it is switched off (Linux 6.2 or newer is needed)",
    };
    format!("`{name}` is not fully confined to its package: {why}")
}
