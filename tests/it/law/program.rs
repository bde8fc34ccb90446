//! Builds by the real program: processes of their own, which can be killed and can meet.
#![expect(clippy::disallowed_methods, reason = "processes are the subject")]

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::command_line::place::program;
use crate::law::Asked;
use crate::law::done::{Done, Place};

/// A process of the program, in a group of its own.
pub(super) struct Running(Child);

/// Begins a build of the packages, of all if none is named.
pub(super) fn start(place: &Place<'_>, packages: &[&str]) -> Running {
    let mut command = command(place, &["build", "--jobs", "2"]);
    command.args(packages.iter().flat_map(|it| ["--package", it]));
    command.args(options(place.asked));
    Running::spawn(command)
}

/// Checks.
pub(super) fn check(place: &Place<'_>) -> Result<Done, String> {
    Running::spawn(command(place, &["check"])).done(place)
}

/// Removes what was built.
pub(super) fn clean(place: &Place<'_>) {
    let output = Running::spawn(command(place, &["clean"])).0.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

fn command(place: &Place<'_>, words: &[&str]) -> Command {
    let mut command = Command::new(program());
    command.args(words).args(["--message-format", "json"]);
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI", "RUST_BACKTRACE", "OAST_STORE"] {
        command.env_remove(name);
    }
    command.current_dir(place.base.join("tree")).envs(place.machine.variables());
    command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn options(asked: &Asked) -> Vec<&'static str> {
    let mut options: Vec<&str> =
        asked.targets().into_iter().flat_map(|it| ["--target", it]).collect();
    let switches = [
        (asked.release, "--release"),
        (!asked.store, "--no-store"),
        (!asked.stops, "--keep-going"),
    ];
    options.extend(switches.into_iter().filter(|(is_on, _)| *is_on).map(|(_, option)| option));
    options
}

impl Running {
    fn spawn(mut command: Command) -> Running {
        Running(command.spawn().unwrap())
    }

    /// Waits until it ends.
    pub(super) fn done(self, place: &Place<'_>) -> Result<Done, String> {
        let output = self.0.wait_with_output().unwrap();
        let said = || String::from_utf8_lossy(&output.stderr).into_owned();
        done(place, &output).ok_or_else(|| format!("{:?} {}", output.status, said()))
    }

    /// Kills it with its group after a while, if it has not ended by then; whether it had not.
    pub(super) fn kill_after(mut self, time: Duration) -> bool {
        thread::sleep(time);
        let has_ended = self.0.try_wait().unwrap().is_some();
        if !has_ended {
            let group = format!("-{}", self.0.id());
            let kill =
                Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
            assert!(kill.unwrap().success() || self.0.try_wait().unwrap().is_some());
        }
        let status = self.0.wait().unwrap();
        !has_ended && status.code().is_none()
    }
}

/// What the program says came of it; nothing if it said nothing.
fn done(place: &Place<'_>, output: &Output) -> Option<Done> {
    let stdout = String::from_utf8_lossy(&output.stdout);
    let objects = stdout.lines().map(serde_json::from_str::<Value>);
    let mut objects = objects.collect::<Result<Vec<_>, _>>().ok()?;
    let summary = objects.pop().filter(|it| it["type"] == "summary")?;
    let list = |name: &str| summary[name].as_array().cloned().unwrap_or_default();
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let said = list("outputs");
    let said = said.iter().map(|it| format!("{}: {}", text(&it["label"]), text(&it["text"])));
    Some(Done {
        is_success: summary["success"] == true,
        status: output.status.code(),
        compiled: summary["compiled"].as_u64()? as usize,
        steps: list("steps").iter().map(|it| text(&it["label"])).collect(),
        checked: None,
        diagnostics: objects.iter().map(|it| place.without(&it.to_string())).collect(),
        artefacts: place.sorted(list("artefacts").iter().map(Value::to_string)),
        failures: place.sorted(list("failures").iter().map(text)),
        said: place.sorted(said),
        outputs: place.outputs(),
    })
}
