//! Finding compilers, knowing them again, and calling them.
#![expect(clippy::disallowed_methods, reason = "the subject is the real machine too")]

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use camino::{Utf8Path, Utf8PathBuf};
use expect_test::expect;
use oast_engine::build::{Action, ExecutionContext, Executor, Record, Silent, Status};
use oast_engine::host::{CancelToken, FakeHost, FileDigests, Host, OsHost, Output};
use oast_engine::manifest::Lto;
use oast_engine::toolchain::{
    CProfile, CToolchain, Invocation, Probe, ToolVersion, ToolchainError, probe_c, probe_python,
};

fn says(host: &FakeHost, path: &str, text: &str) {
    let text = text.to_owned();
    host.install(path, move |_, _, _| {
        Ok(Output { code: Some(0), stdout: text.clone().into_bytes(), stderr: Vec::new() })
    });
}

fn probe_on(host: &dyn Host) -> Result<CToolchain, ToolchainError> {
    probe_c(&Probe::new(host, &FileDigests::default(), &[], &CancelToken::default()), Some(&[]))
}

fn machine() -> FakeHost {
    let host = FakeHost::default();
    says(&host, "/usr/bin/cc", "cc (Some Distribution) 12.2.0\nCopyright\n");
    says(&host, "/usr/bin/ar", "GNU ar (GNU Binutils) 2.40\n");
    host
}

#[test]
fn without_a_compiler_the_error_says_what_to_do() {
    let error = probe_on(&FakeHost::default()).unwrap_err();
    expect!["no C compiler found: looked for `cc`, `gcc` and `clang` on PATH; install one (`apt install gcc`, `dnf install gcc`, `xcode-select --install`) or set CC"].assert_eq(&error.to_string());
    let host = machine();
    host.set_env("CC", "tcc -O");
    let error = probe_on(&host).unwrap_err();
    expect!["`CC` names `tcc`, but there is no such program"].assert_eq(&error.to_string());
    host.set_env("CC", "'cc");
    expect!["`CC` is not a command: `'cc`"].assert_eq(&probe_on(&host).unwrap_err().to_string());
}

#[test]
fn variables_are_obeyed_with_their_arguments() {
    let host = machine();
    says(&host, "/usr/bin/clang", "clang version 19\nInstalledDir: /usr/bin\n");
    assert_eq!(probe_on(&host).unwrap().compiler.program, "/usr/bin/cc");
    host.set_env("CC", "clang -m32 '-DNAME=a b'");
    host.set_env("AR", "");
    let toolchain = probe_on(&host).unwrap();
    assert_eq!(toolchain.compiler.program, "/usr/bin/clang");
    assert_eq!(toolchain.compiler.arguments, ["-m32", "-DNAME=a b"]);
    assert_eq!(toolchain.version, "version 19");
    let compile = |it: &CToolchain| it.compile(&CProfile::dev(), "a.c".into(), "a.o".into(), &[]);
    for ignored in ["CPATH", "LIBRARY_PATH", "SOURCE_DATE_EPOCH"] {
        host.set_env(ignored, "1");
    }
    assert_eq!(compile(&toolchain), compile(&probe_on(&host).unwrap()));
    host.set_env("SDKROOT", "/sdk");
    let with_root = compile(&probe_on(&host).unwrap());
    assert_ne!(compile(&toolchain), with_root, "SDKROOT says what is compiled for");
    assert!(with_root.environment.contains(&("SDKROOT".to_owned(), "/sdk".to_owned())));
}

#[test]
fn the_same_compiler_elsewhere_is_the_same_compiler() {
    let identity = |path: &str, text: &str, content: &str| {
        let host = machine();
        says(&host, path, text);
        host.write(path.into(), content.as_bytes()).unwrap();
        host.set_env("CC", path);
        probe_on(&host).unwrap().compiler.identity
    };
    let here = identity("/usr/bin/gcc", "gcc (D) 12\n", "elf");
    assert_eq!(identity("/opt/bin/cc", "cc (D) 12\n", "elf"), here);
    assert_ne!(identity("/usr/bin/gcc", "gcc (D) 13\n", "elf"), here);
    assert_ne!(identity("/usr/bin/gcc", "gcc (D) 12\n", "other"), here);
}

/// What a machine says of its C compiler whose parts lie in `folder`, and have the text `header` and `assembler`.
fn in_parts(folder: &str, header: &str, assembler: &str) -> FakeHost {
    let host = machine();
    let (include, program) = (format!("{folder}/include"), format!("{folder}/bin/as"));
    host.install(&program, |_, _, _| Ok(Output::default()));
    host.write(Utf8Path::new(&program), assembler.as_bytes()).unwrap();
    host.write(&Utf8PathBuf::from(format!("{include}/a b.h")), header.as_bytes()).unwrap();
    host.install("/usr/bin/cc", move |host, command, _| {
        let words: Vec<&str> = command.arguments.iter().map(String::as_str).collect();
        let (stdout, stderr) = match words[..] {
            ["--version"] => ("cc (D) 12\n".to_owned(), String::new()),
            ["-print-prog-name=as"] => (format!("{program}\n"), String::new()),
            [] => unreachable!("it is asked something"),
            [.., "-M", "-v", "-x", "c", "/dev/null"] => {
                let before = format!("{include}/before/b.h");
                let first = host.stat(Utf8Path::new(&before)).map(|_| format!(" {before}"));
                let rule = format!("null.o: /dev/null{} \\\n", first.unwrap_or_default());
                let searched = format!(" {include}/before\n {include}\n");
                let talk = format!("#include <...> search starts here:\n{searched}End\n");
                (format!("{rule} {include}/a\\ b.h\n"), talk)
            }
            _ => return Ok(Output { code: Some(1), ..Output::default() }),
        };
        let (stdout, stderr) = (stdout.into_bytes(), stderr.into_bytes());
        Ok(Output { code: Some(0), stdout, stderr })
    });
    host.write("/usr/bin/cc".into(), b"elf").unwrap();
    host
}

#[test]
fn what_a_compiler_uses_belongs_to_it_wherever_it_is() {
    let identity = |host: &FakeHost, headers: &[&str]| {
        let (files, cancel) = (FileDigests::default(), CancelToken::default());
        let probe = Probe::new(host, &files, &[], &cancel);
        probe_c(&probe, Some(headers)).unwrap().compiler.identity
    };
    let a = &["a b.h"];
    let here = identity(&in_parts("/usr", "1", "as"), a);
    assert_eq!(identity(&in_parts("/opt/x", "1", "as"), a), here);
    assert_ne!(identity(&in_parts("/usr", "2", "as"), a), here);
    assert_ne!(identity(&in_parts("/usr", "1", "gas"), a), here);
    assert_ne!(identity(&in_parts("/usr", "1", "as"), &[]), here);
}

#[test]
fn what_a_compiler_uses_is_asked_again_when_it_may_have_changed() {
    let host = in_parts("/usr", "1", "as");
    let mut versions: Vec<ToolVersion> = Vec::new();
    let mut probe = |host: &FakeHost| {
        host.advance(std::time::Duration::from_secs(5));
        let (files, cancel) = (FileDigests::default(), CancelToken::default());
        let probe = Probe::new(host, &files, &versions, &cancel);
        let identity = probe_c(&probe, Some(&["a b.h"])).unwrap().compiler.identity;
        versions = probe.versions();
        let reads = host.take_reads();
        // Only who asks reads headers.
        (identity, reads.iter().any(|path| path.extension() == Some("h")))
    };
    let (first, _) = probe(&host);
    assert_eq!(probe(&host), (first, false));
    host.write("/usr/include/a b.h".into(), b"1").unwrap();
    assert_eq!(probe(&host), (first, true), "touched");
    host.write("/usr/include/a b.h".into(), b"2").unwrap();
    let (second, _) = probe(&host);
    assert_ne!(second, first, "changed");
    assert_eq!(probe(&host), (second, false));
    host.write("/usr/include/before/b.h".into(), b"3").unwrap();
    let (third, _) = probe(&host);
    assert_ne!(third, second, "another is found first");
    host.write("/usr/bin/as".into(), b"gas").unwrap();
    let (fourth, has_read) = probe(&host);
    assert_ne!(fourth, third, "another assembler");
    assert!(!has_read, "it is found without a question");
    host.set_env("PATH", "/elsewhere");
    assert_eq!(probe(&host), (fourth, true));
}

#[test]
fn a_known_program_is_not_asked_again_but_a_script_is() {
    for (content, asked_again) in [("elf", 0), ("#!/bin/sh", 1)] {
        let host = machine();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        host.install("/usr/bin/cc", move |_, _, _| {
            count.fetch_add(1, Ordering::SeqCst);
            Ok(Output { code: Some(0), stdout: b"12\n".into(), stderr: Vec::new() })
        });
        host.write("/usr/bin/cc".into(), content.as_bytes()).unwrap();
        let probe = |known: &[ToolVersion]| {
            let (files, cancel) = (FileDigests::default(), CancelToken::default());
            let probe = Probe::new(&host, &files, known, &cancel);
            (probe_c(&probe, Some(&[])).unwrap(), probe.versions())
        };
        let (first, versions) = probe(&[]);
        asked.store(0, Ordering::SeqCst);
        let (second, again) = probe(&versions);
        assert_eq!(first, second);
        assert_eq!(versions, again);
        assert_eq!(asked.load(Ordering::SeqCst), asked_again, "{content}");
    }
}

#[test]
fn a_compiler_that_fails_or_is_interrupted_says_so() {
    let host = machine();
    host.install("/usr/bin/cc", |_, _, _| {
        Ok(Output { code: Some(1), stdout: Vec::new(), stderr: b"no licence\n".into() })
    });
    let error = probe_on(&host).unwrap_err();
    expect!["`LC_ALL=C /usr/bin/cc --version` failed: no licence"].assert_eq(&error.to_string());
    host.install("/usr/bin/cc", |_, _, cancel| {
        cancel.cancel();
        Err(io::ErrorKind::Interrupted.into())
    });
    assert!(matches!(probe_on(&host), Err(ToolchainError::Interrupted)));
}

#[test]
fn python_must_be_new_enough() {
    let python = |version: &str| {
        let host = FakeHost::default();
        says(&host, "/usr/bin/python3", &format!("{version}\n"));
        let (files, cancel) = (FileDigests::default(), CancelToken::default());
        probe_python(&Probe::new(&host, &files, &[], &cancel))
            .map(|it| it.version)
            .map_err(|error| error.to_string())
    };
    assert_eq!(python("3.8.0").as_deref(), Ok("3.8.0"));
    assert_eq!(python("3.13.1").as_deref(), Ok("3.13.1"));
    expect![
        "`/usr/bin/python3` is Python 3.7.9, but at least 3.8 is needed; set PYTHON to a newer one"
    ]
    .assert_eq(&python("3.7.9").unwrap_err());
}

#[test]
fn commands_are_relative_to_where_they_run() {
    let toolchain = probe_on(&machine()).unwrap();
    let profile = CProfile { debug: true, lto: Lto::Full, ..CProfile::release() };
    let shown = |invocation: Invocation| invocation.arguments.join(" ");
    let compile = toolchain.compile(&profile, "D/M.c".into(), "D/M.o".into(), &[".".into()]);
    expect!["-std=c11 -O2 -g -flto -frandom-seed=D/M.o -I. -c D/M.c -o D/M.o"]
        .assert_eq(&shown(compile));
    let objects = ["D/M.o", "E/M.o"].map(Utf8Path::new);
    expect!["qcsD D.a D/M.o E/M.o"].assert_eq(&shown(toolchain.archive("D.a".into(), objects)));
    let inputs = ["main.o", "D.a"].map(Utf8Path::new);
    let link = toolchain.link(&CProfile::dev(), "demo".into(), inputs, &["m"]);
    expect!["-o demo main.o D.a -lm"].assert_eq(&shown(link));
}

/// A small project of two modules of the same name, built with the machine's own compiler.
struct Project {
    _keep: tempfile::TempDir,
    root: Utf8PathBuf,
}

impl Project {
    fn new() -> Project {
        let keep = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(keep.path().to_owned()).unwrap();
        let project = Project { _keep: keep, root };
        project.write("a/m.c", "int a(void) { return 40; }\n");
        project.write("b/m.c", "int b(void) { return 2; }\n");
        project.write(
            "main.c",
            "int a(void); int b(void);\nint main(void) { int *x = 5; (void)x; return a() + b(); }\n",
        );
        project
    }

    fn write(&self, path: &str, text: &str) {
        OsHost.write(&self.root.join("out").join(path), text.as_bytes()).unwrap();
    }

    /// How many actions ran.
    fn build(&self) -> usize {
        let record = Record::load(&OsHost, &self.root).unwrap_or_default();
        let files = record.file_digests(&self.root);
        let cancel = CancelToken::default();
        let cc = probe_c(&Probe::new(&OsHost, &files, &[], &cancel), Some(&[])).unwrap();
        let context = ExecutionContext {
            host: &OsHost,
            root: &self.root,
            files: &files,
            store: None,
            progress: &Silent,
            cancel: &cancel,
            jobs: 2,
            keep_going: false,
        };
        let executor = Executor::new(context, record);
        let profile = CProfile { debug: true, ..CProfile::dev() };
        executor.run(|executor| {
            let add = |invocation, inputs: &[&str], output: &str, after: &[_]| {
                let inputs = inputs.iter().map(Utf8PathBuf::from);
                let output = Utf8PathBuf::from(output);
                executor.add(
                    Action::new("", self.root.join("out"), invocation, inputs, [output]),
                    after,
                )
            };
            let objects = ["a/m", "b/m", "main"].map(|name| {
                let (source, object) = (format!("{name}.c"), format!("{name}.o"));
                let compile =
                    cc.compile(&profile, Utf8Path::new(&source), Utf8Path::new(&object), &[]);
                add(compile, &[&source], &object, &[])
            });
            let members = ["a/m.o", "b/m.o"];
            let archive = cc.archive("lib.a".into(), members.map(Utf8Path::new));
            let library = add(archive, &members, "lib.a", &objects[..2]);
            let parts = ["main.o", "lib.a"];
            let link = cc.link(&profile, "demo".into(), parts.map(Utf8Path::new), &[]);
            add(link, &parts, "demo", &[objects[2], library]);
        });
        let (outcomes, record) = executor.finish();
        assert!(outcomes.iter().all(|it| it.status.is_success()), "{outcomes:?}");
        record.save(&OsHost, &self.root).unwrap();
        outcomes.iter().filter(|it| matches!(it.status, Status::Executed(_))).count()
    }

    fn output(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.root.join("out").join(path)).unwrap()
    }
}

#[test]
fn a_real_compiler_is_driven_and_what_it_makes_does_not_depend_on_the_place() {
    let project = Project::new();
    assert_eq!(project.build(), 5);
    let status = std::process::Command::new(project.root.join("out/demo")).status().unwrap();
    assert_eq!(status.code(), Some(42));
    assert_eq!(project.build(), 0);
    project.write("b/m.c", "int b(void) { return 2; }/**/\n");
    assert_eq!(project.build(), 1, "an equal object is the end of it");
    project.write("b/m.c", "int b(void) { return 3; }\n");
    assert_eq!(project.build(), 3);
    let other = Project::new();
    other.write("b/m.c", "int b(void) { return 3; }\n");
    other.build();
    for path in ["a/m.o", "main.o", "lib.a", "demo"] {
        assert!(project.output(path) == other.output(path), "{path} depends on its place");
    }
}
