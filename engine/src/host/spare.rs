//! Writing the same file again and again without making and removing one each time, which file systems are slow at: on ext4 a new file
//! costs the more, the more were removed in the last minutes.
//!
//! What a file was before stays beside it, under a hidden name, as the place for what it is next. The two change places at once, so
//! a reader sees the old content or the new, unless it is still reading what was replaced when that is written over.
#![expect(clippy::disallowed_methods, reason = "this is the door")]

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{CWD, OFlags, RenameFlags, renameat_with};

/// The name under which the place for what comes next is beside `path`.
fn spare(path: &Utf8Path) -> Utf8PathBuf {
    path.with_file_name(format!(".{}.spare", path.file_name().unwrap_or_default()))
}

/// Puts `bytes` at `path`; `false` where there is no spare file to be had, and nothing was done.
pub(super) fn rewrite(path: &Utf8Path, bytes: &[u8]) -> io::Result<bool> {
    let spare = spare(path);
    // Whoever made the directory may have put a link or a pipe there, or another name of a file of the user's.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(false).custom_flags(flags.bits().cast_signed());
    let Ok(mut file) = options.open(&spare) else { return Ok(false) };
    let there = file.metadata().ok().filter(|it| it.is_file() && it.nlink() == 1);
    let Some(there) = there else { return Ok(false) };
    file.write_all(bytes)?;
    let length = bytes.len() as u64;
    if length < there.len() {
        file.set_len(length)?;
    }
    if !exchange(spare.as_ref(), path) {
        fs::rename(&spare, path)?;
    }
    Ok(true)
}

/// Lets a file and what is at `path` change places, if that is no directory; whether they have.
pub(super) fn exchange(file: &Path, path: &Utf8Path) -> bool {
    let is_file = fs::symlink_metadata(path).is_ok_and(|there| !there.is_dir());
    is_file && renameat_with(CWD, file, CWD, path.as_str(), RenameFlags::EXCHANGE).is_ok()
}

/// Takes the file at `path` away, as the place for what comes next; `false` where there is a file and that cannot be done.
pub(super) fn retire(path: &Utf8Path) -> bool {
    match fs::rename(path, spare(path)) {
        Err(error) => error.kind() == io::ErrorKind::NotFound,
        Ok(()) => true,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::os::unix::fs::{MetadataExt as _, symlink};

    use camino::Utf8PathBuf;

    use super::*;
    use crate::host::{CancelToken, Command, Host as _, Inherited, OsHost};

    fn place() -> (tempfile::TempDir, Utf8PathBuf, Utf8PathBuf) {
        let keep = tempfile::tempdir().unwrap();
        let directory = Utf8PathBuf::from_path_buf(keep.path().join("state")).unwrap();
        (keep, directory.join("file"), directory.join(".file.spare"))
    }

    #[test]
    fn what_is_written_again_is_there_and_no_file_is_made() {
        for is_retired in [false, true] {
            let (_keep, path, _) = place();
            let mut files = BTreeSet::new();
            for text in ["a longer one", "one", "", "the longest of all", "x"] {
                OsHost.rewrite(&path, text.as_bytes()).unwrap();
                assert_eq!(OsHost.read(&path).unwrap(), text.as_bytes());
                files.insert(fs::metadata(&path).unwrap().ino());
                if is_retired {
                    OsHost.retire(&path).unwrap();
                    assert!(OsHost.read(&path).is_err(), "{text}");
                    OsHost.retire(&path).unwrap();
                }
            }
            let count = if is_retired { 1 } else { 2 };
            assert_eq!(files.len(), count);
            assert_eq!(OsHost.entries(path.parent().unwrap()).unwrap().len(), count);
        }
    }

    #[test]
    fn a_link_in_the_place_of_the_spare_file_leads_nowhere() {
        let (keep, path, spare) = place();
        let mine = Utf8PathBuf::from_path_buf(keep.path().join("mine")).unwrap();
        fs::write(&mine, "mine").unwrap();
        fs::create_dir(path.parent().unwrap()).unwrap();
        let pipe = Command {
            program: "mkfifo".into(),
            arguments: vec![spare.to_string()],
            directory: path.parent().unwrap().to_owned(),
            environment: Vec::new(),
            inherited: Inherited::Needed,
        };
        let traps: [&dyn Fn(); 4] = [
            &|| symlink(&mine, &spare).unwrap(),
            &|| fs::hard_link(&mine, &spare).unwrap(),
            &|| fs::create_dir(&spare).unwrap(),
            &|| _ = OsHost.run(&pipe, &CancelToken::default()).unwrap(),
        ];
        for (index, trap) in traps.iter().enumerate() {
            trap();
            assert!(fs::symlink_metadata(&spare).is_ok(), "{index}");
            for text in ["one", "two"] {
                OsHost.rewrite(&path, text.as_bytes()).unwrap();
                assert_eq!(OsHost.read(&path).unwrap(), text.as_bytes(), "{index}");
            }
            OsHost.retire(&path).unwrap();
            assert!(OsHost.read(&path).is_err(), "{index}");
            assert_eq!(fs::read(&mine).unwrap(), b"mine", "{index}");
            _ = fs::remove_file(&spare).or_else(|_| fs::remove_dir(&spare));
        }
    }
}
