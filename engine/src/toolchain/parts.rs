//! What a C compiler uses beside its own files: programs that it calls, and files of the system that it reads.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::base::{Digest, DigestWriter, resolve};
use crate::host::{Command, EntryKind, Host};
use crate::state::{FileSet, Look, Observation};
use crate::toolchain::ToolchainError;
use crate::toolchain::probe::{Found, Probe};

/// The files of the system that become part of a program, as far as they are there. Libraries that a program finds when it runs are none.
const LINKED: &[&str] = &[
    "crt1.o",
    "Scrt1.o",
    "crti.o",
    "crtbegin.o",
    "crtbeginS.o",
    "crtend.o",
    "crtendS.o",
    "crtn.o",
    "libc.so",
    "libc_nonshared.a",
    "libgcc.a",
];

/// Options with which a compiler finds all headers that it finds with others: what they declare only if it optimises or checks, and what
/// is no part of C.
const WIDEST: &[&str] = &[
    "-std=c11",
    "-O2",
    "-U_FORTIFY_SOURCE",
    "-D_FORTIFY_SOURCE=2",
    "-D_GNU_SOURCE",
    "-D_DARWIN_C_SOURCE",
];

/// What a compiler is asked.
#[derive(Debug)]
pub(super) struct Question<'a> {
    /// Which programs it calls by these names.
    pub(super) programs: &'a [&'a str],
    /// What it reads that includes these headers of the system.
    pub(super) headers: &'a [&'a str],
    /// The variables that it is called with.
    pub(super) environment: &'a [(String, String)],
}

/// What a compiler uses beside its own files. It is believed until one of the files looks different, or the compiler would look for them
/// elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ToolParts {
    /// The question, and where names of programs are looked up.
    asked: Digest,
    /// The programs: absolute, or names to be looked up.
    programs: Vec<String>,
    /// The files that it reads, and the directories where other headers would be found before them.
    files: FileSet,
    /// What is in the files.
    contents: Digest,
}

impl ToolParts {
    /// What `found` uses: what is `known` of it if that still holds, else what it says. What it does not understand it does not answer.
    pub(super) fn find(
        probe: &Probe<'_>,
        found: &Found,
        question: &Question<'_>,
        known: Option<ToolParts>,
    ) -> Result<ToolParts, ToolchainError> {
        let asked = question.digest(probe.host);
        if let Some(known) = known.filter(|known| known.asked == asked) {
            match known.files.look(probe.host, "/".into()) {
                Look::Same => return Ok(known),
                Look::Renewed(files) => return Ok(ToolParts { files, ..known }),
                Look::Changed => (),
            }
        }
        let programs = question.programs.iter().map(|name| program(probe, found, question, name));
        let programs = programs.collect::<Result<Vec<_>, _>>()?;
        let Headers { mut paths, directories } = Headers::of(probe, found, question)?;
        paths.extend(linked(probe, found, question)?);
        let host = probe.host;
        let observed = paths.iter().chain(&directories);
        let observed: BTreeSet<&Utf8PathBuf> = observed.collect();
        let observed = observed.into_iter().map(|path| (&**path, Observation::now(host, path)));
        let observed: Vec<_> = observed.collect();
        let mut contents = DigestWriter::default();
        for path in &paths {
            contents.part(host.read(path).unwrap_or_default());
        }
        let files = FileSet::just_observed(host, "/".into(), observed);
        Ok(ToolParts { asked, programs, files, contents: contents.finish() })
    }

    /// Adds what is in the programs and the files to `digest`, and nothing of where they are.
    pub(super) fn tell(&self, probe: &Probe<'_>, digest: &mut DigestWriter) {
        for program in &self.programs {
            let path = probe.host.which(program);
            let content = path.and_then(|path| probe.files.digest(probe.host, &path).ok());
            digest.part(content.as_ref().map_or(&[][..], |it| &it.as_bytes()[..]));
        }
        digest.part(self.contents.as_bytes());
    }
}

impl Question<'_> {
    fn digest(&self, host: &dyn Host) -> Digest {
        let mut digest = DigestWriter::default();
        digest.part(host.env("PATH").unwrap_or_default());
        for words in [self.programs, self.headers, LINKED, WIDEST] {
            digest.part((words.len() as u64).to_le_bytes());
            words.iter().for_each(|word| _ = digest.part(word));
        }
        self.environment.iter().for_each(|(name, value)| _ = digest.part(name).part(value));
        digest.finish()
    }

    /// What the compiler answers, on both streams; nothing if it does not understand.
    fn answer(
        &self,
        probe: &Probe<'_>,
        found: &Found,
        words: &[&str],
    ) -> Result<(String, String), ToolchainError> {
        let mut command: Command = found.command(words);
        command.environment.extend_from_slice(self.environment);
        match probe.output(found, &command) {
            Ok(output) => {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                Ok((text(&output.stdout), text(&output.stderr)))
            }
            Err(ToolchainError::Failed { .. }) => Ok(Default::default()),
            Err(error) => Err(error),
        }
    }
}

/// The program that the compiler calls by a name: an absolute path, or a name to be looked up.
fn program(
    probe: &Probe<'_>,
    found: &Found,
    question: &Question<'_>,
    name: &str,
) -> Result<String, ToolchainError> {
    let (text, _) = question.answer(probe, found, &[&format!("-print-prog-name={name}")])?;
    let line = text.lines().next().unwrap_or_default().trim_end();
    let is_name = !line.contains('/') || Utf8Path::new(line).is_absolute();
    Ok(if is_name { line.to_owned() } else { String::new() })
}

/// The files of [`LINKED`] where the compiler looks for libraries first.
fn linked(
    probe: &Probe<'_>,
    found: &Found,
    question: &Question<'_>,
) -> Result<Vec<Utf8PathBuf>, ToolchainError> {
    let (text, _) = question.answer(probe, found, &["-print-search-dirs"])?;
    let line = text.lines().find_map(|line| line.strip_prefix("libraries: ="));
    let directories = line.unwrap_or_default().split(':').filter(|it| it.starts_with('/'));
    let directories: Vec<Utf8PathBuf> = directories.map(|it| resolve("/".into(), it)).collect();
    let is_file =
        |path: &Utf8PathBuf| probe.host.stat(path).is_ok_and(|it| it.kind == EntryKind::File);
    let first = |name| directories.iter().map(|it| it.join(name)).find(is_file);
    Ok(LINKED.iter().filter_map(first).collect())
}

/// Headers of the system.
#[derive(Debug, Default)]
struct Headers {
    /// The headers in the order in which they are read.
    paths: Vec<Utf8PathBuf>,
    /// The directories in which a new file could be found in the place of one of them.
    directories: BTreeSet<Utf8PathBuf>,
}

impl Headers {
    fn of(
        probe: &Probe<'_>,
        found: &Found,
        question: &Question<'_>,
    ) -> Result<Headers, ToolchainError> {
        if question.headers.is_empty() {
            return Ok(Headers::default());
        }
        let mut words = WIDEST.to_vec();
        words.extend(question.headers.iter().flat_map(|header| ["-include", header]));
        // The one file that is on every machine and has nothing in it.
        words.extend(["-M", "-v", "-x", "c", "/dev/null"]);
        let (rule, talk) = question.answer(probe, found, &words)?;
        let paths = prerequisites(&rule).filter(|path| path != "/dev/null");
        let paths: Vec<Utf8PathBuf> = paths.map(|path| resolve("/".into(), path)).collect();
        let searched = searched(&talk);
        let mut folders: BTreeSet<&Utf8Path> = BTreeSet::from(["".into()]);
        for path in &paths {
            let below = searched.iter().filter_map(|it| path.strip_prefix(it).ok());
            let shortest = below.min_by_key(|it| it.as_str().len());
            folders.extend(shortest.and_then(Utf8Path::parent));
        }
        let directories = searched
            .iter()
            .flat_map(|it| folders.iter().map(|folder| nearest(probe.host, it, folder)));
        let directories = directories.collect();
        Ok(Headers { paths, directories })
    }
}

/// The directory `folder` of `directory`, or the first on the way to it that is not there, which tells as much of what is in it.
fn nearest(host: &dyn Host, directory: &Utf8Path, folder: &Utf8Path) -> Utf8PathBuf {
    let mut nearest = directory.to_owned();
    for name in folder.components() {
        if host.stat(&nearest).is_err() {
            break;
        }
        nearest.push(name);
    }
    nearest
}

/// The files on the right side of a rule for `make`.
fn prerequisites(rule: &str) -> impl Iterator<Item = String> {
    let (_, right) = rule.split_once(": ").unwrap_or_default();
    let mut files = vec![String::new()];
    let mut characters = right.chars().peekable();
    while let Some(c) = characters.next() {
        let escaped = match c {
            '\\' => characters.next_if(|next| matches!(next, ' ' | '#' | '\n' | '\\')),
            '$' => characters.next_if_eq(&'$'),
            _ => None,
        };
        match (escaped, files.last_mut()) {
            (Some(' ' | '#' | '\\' | '$'), Some(file)) => file.extend(escaped),
            (None, Some(file)) if !c.is_whitespace() => file.push(c),
            _ => files.push(String::new()),
        }
    }
    files.into_iter().filter(|file| !file.is_empty())
}

/// The directories in which a compiler says that it looks for headers, and would look if they were there.
fn searched(talk: &str) -> Vec<Utf8PathBuf> {
    let missing = talk.lines().filter_map(|line| {
        line.strip_prefix("ignoring nonexistent directory \"")?.strip_suffix('"')
    });
    let lines = talk.lines().skip_while(|line| !line.starts_with("#include <"));
    let there = lines.skip(1).take_while(|line| line.starts_with(' '));
    let there = there.map(|line| line.trim().trim_end_matches(" (framework directory)"));
    let all = missing.chain(there).filter(|it| it.starts_with('/'));
    all.map(|it| resolve("/".into(), it)).collect()
}

#[cfg(test)]
mod tests {
    use super::{prerequisites, searched};

    #[test]
    fn rules_are_read_as_make_reads_them() {
        let rule = "null.o: /dev/null /usr/a.h \\\n /x\\ y/b\\#.h \\\n  /$$z/c.h\n";
        let files: Vec<String> = prerequisites(rule).collect();
        assert_eq!(files, ["/dev/null", "/usr/a.h", "/x y/b#.h", "/$z/c.h"]);
        assert_eq!(prerequisites("cc (Some Distribution) 12.2.0\n").count(), 0);
    }

    #[test]
    fn directories_are_read_whether_they_are_there_or_not() {
        let talk = "ignoring nonexistent directory \"/none\"\n#include \"...\" search starts here:\n\
                    #include <...> search starts here:\n /lib/gcc/../inc\n /S/F (framework directory)\n\
                    End of search list.\n /no\n";
        assert_eq!(searched(talk), ["/none", "/lib/inc", "/S/F"]);
    }
}
