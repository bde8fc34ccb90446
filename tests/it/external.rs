//! Compilers that are not part of Oast: finding them, and knowing exactly which they are.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use camino::Utf8PathBuf;
use expect_test::expect;
use oast_engine::host::{CancelToken, FakeHost, FileDigests, Host, OsHost, Output};
use oast_engine::toolchain::{
    ExternalCompiler, Probe, ToolVersion, ToolchainError, probe_external,
};
use oast_engine::workspace::CompilerCommand;

fn command(words: &[&str]) -> CompilerCommand {
    CompilerCommand {
        words: words.iter().map(ToString::to_string).collect(),
        runtime: None,
        read: vec!["/sdk".into()],
        origin: "/w/.oast/config.toml".to_owned(),
    }
}

fn probe(host: &dyn Host, words: &[&str]) -> Result<ExternalCompiler, ToolchainError> {
    let (files, cancel) = (FileDigests::default(), CancelToken::default());
    probe_external(&Probe::new(host, &files, &[], &cancel), &command(words))
}

/// A machine with a compiler at `path` that consists of `content` and says `text` of its version.
fn machine(path: &str, content: &str, text: &str) -> FakeHost {
    let host = FakeHost::default();
    let text = text.to_owned();
    host.install(path, move |_, _, _| {
        Ok(Output { code: Some(0), stdout: text.clone().into_bytes(), stderr: Vec::new() })
    });
    host.write(path.into(), content.as_bytes()).unwrap();
    host
}

#[test]
fn the_same_compiler_elsewhere_is_the_same_compiler() {
    let identity = |path: &str, content: &str, text: &str| {
        probe(&machine(path, content, text), &[path]).unwrap().tool.identity
    };
    let here = identity("/opt/oats/bin/oatsc", "elf", "oatsc 1.0\nin /opt/oats/bin\n");
    assert_eq!(identity("/home/me/oatsc", "elf", "oatsc 1.0\nin /home/me\n"), here);
    assert_ne!(identity("/home/me/oatsc", "elf2", "oatsc 1.0\nin /home/me\n"), here);
    assert_ne!(identity("/home/me/oatsc", "elf", "oatsc 1.1\nin /home/me\n"), here);
}

#[test]
fn it_is_asked_confined_to_its_own_files() {
    let host = machine("/opt/oatsc", "elf", "oatsc 1.0 (x)\nmore\n");
    host.write("/w/rules".into(), b"1").unwrap();
    let found = probe(&host, &["/opt/oatsc", "--rules", "/w/rules", "-v"]).unwrap();
    assert_eq!(found.version.as_deref(), Some("1.0 (x)"));
    assert_eq!(found.tool.arguments, ["--rules", "/w/rules", "-v"]);
    let files: Vec<Utf8PathBuf> = ["/opt/oatsc", "/w/rules", "/sdk"].map(Into::into).into();
    assert_eq!(found.read, files);
    let [(asked, confinement)] = &host.take_confined()[..] else { panic!("not asked once") };
    assert_eq!(asked.arguments, ["--rules", "/w/rules", "-v", "--version"]);
    assert_eq!((&confinement.read, confinement.write.len()), (&files, 0));
    // What is interpreted is as much the compiler as what interprets it.
    host.write("/w/rules".into(), b"2").unwrap();
    let other = probe(&host, &["/opt/oatsc", "--rules", "/w/rules", "-v"]).unwrap();
    assert_ne!(other.tool.identity, found.tool.identity);
}

#[test]
fn one_that_does_not_say_its_version_is_known_by_its_content() {
    let host = machine("/opt/oatsc", "elf", "");
    let silent = probe(&host, &["oatsc"]).unwrap();
    assert_eq!(silent.version, None);
    for answer in [Ok(2), Err(io::ErrorKind::Interrupted)] {
        // An interruption that nobody asked for is the end of the time it had.
        host.install("/opt/oatsc", move |_, _, _| match answer {
            Ok(code) => {
                Ok(Output { code: Some(code), stderr: b"what?".into(), ..Output::default() })
            }
            Err(kind) => Err(kind.into()),
        });
        host.write("/opt/oatsc".into(), b"elf").unwrap();
        let found = probe(&host, &["oatsc"]).unwrap();
        assert_eq!((found.version, found.tool.identity), (None, silent.tool.identity));
    }
    host.write("/opt/oatsc".into(), b"other").unwrap();
    assert_ne!(probe(&host, &["oatsc"]).unwrap().tool.identity, silent.tool.identity);
}

#[test]
fn the_time_to_answer_is_limited_and_an_interruption_is_one() {
    let host = machine("/opt/oatsc", "elf", "");
    host.install("/opt/oatsc", |_, _, cancel| {
        assert!(!cancel.is_cancelled());
        cancel.cancel();
        Err(io::ErrorKind::Interrupted.into())
    });
    assert!(matches!(probe(&host, &["oatsc"]), Err(ToolchainError::Interrupted)));
}

#[test]
fn one_that_is_not_there_or_does_not_start_is_an_error() {
    let host = FakeHost::default();
    expect!["`/w/.oast/config.toml` names the compiler `oatsc`, but there is no such program"]
        .assert_eq(&probe(&host, &["oatsc"]).unwrap_err().to_string());
    host.install("/opt/oatsc", |_, _, _| Err(io::ErrorKind::PermissionDenied.into()));
    expect!["cannot use `/opt/oatsc`: permission denied"]
        .assert_eq(&probe(&host, &["oatsc"]).unwrap_err().to_string());
}

#[test]
fn a_known_one_is_not_asked_again() {
    let host = FakeHost::default();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    host.install("/opt/oatsc", move |_, _, _| {
        count.fetch_add(1, Ordering::SeqCst);
        Ok(Output { code: Some(1), ..Output::default() })
    });
    let probe = |known: &[ToolVersion]| {
        let (files, cancel) = (FileDigests::default(), CancelToken::default());
        let probe = Probe::new(&host, &files, known, &cancel);
        let found = probe_external(&probe, &command(&["oatsc"])).unwrap();
        (found, probe.versions())
    };
    let (first, versions) = probe(&[]);
    assert_eq!(probe(&versions).0, first);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn even_the_question_for_the_version_cannot_do_harm() {
    let keep = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(keep.path().to_owned()).unwrap();
    let program = root.join("oatsc");
    let script = format!("#!/bin/sh\necho harm > {root}/harm\necho 'oatsc 7'\n");
    OsHost.write(&program, script.as_bytes()).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&program, mode).unwrap();
    let found = probe(&OsHost, &[program.as_str()]).unwrap();
    assert_eq!(found.version.as_deref(), Some("7"));
    assert!(!root.join("harm").exists());
}
