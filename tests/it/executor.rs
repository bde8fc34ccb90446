//! Doing actions: in order, in parallel, only when needed, and never believing what was not finished.

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use expect_test::{Expect, expect};
use oast_engine::base::Digest;
use oast_engine::build::{
    Action, ActionId, ActionOutcome, Event, ExecutionContext, Executor, Failure, Progress, Reason,
    Record, SkipReason, Status,
};
use oast_engine::host::{CancelToken, Command, FakeHost, Host, Output};
use oast_engine::testing::Random;
use oast_engine::toolchain::{Invocation, Role, Tool};

const ROOT: &str = "/w";

/// A machine with the program `join <output> <inputs…>`, whose inputs may say what else happens.
struct World {
    host: Arc<FakeHost>,
    record: Record,
    cancel: CancelToken,
    jobs: usize,
    keep_going: bool,
    heard: Heard,
}

#[derive(Default)]
struct Heard(Mutex<Vec<Event>>);

impl Progress for Heard {
    fn event(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
}

impl World {
    fn new(files: &[(&str, &str)]) -> World {
        let host = Arc::new(FakeHost::default());
        host.install("/usr/bin/join", join);
        let world = World {
            host,
            record: Record::default(),
            cancel: CancelToken::default(),
            jobs: 1,
            keep_going: false,
            heard: Heard::default(),
        };
        for (path, text) in files {
            world.write(path, text);
        }
        world
    }

    fn write(&self, path: &str, text: &str) {
        self.host.write(&Utf8Path::new(ROOT).join("out").join(path), text.as_bytes()).unwrap();
    }

    fn read(&self, path: &str) -> Option<String> {
        let bytes = self.host.read(&Utf8Path::new(ROOT).join("out").join(path)).ok()?;
        Some(String::from_utf8(bytes).unwrap())
    }

    /// Builds with `feed`; between two builds a clock tick goes by.
    fn run(&mut self, feed: impl FnOnce(&Executor<'_>)) -> Vec<ActionOutcome> {
        self.host.advance(Duration::from_secs(5));
        let files = self.record.file_digests(ROOT.into());
        let context = ExecutionContext {
            host: &*self.host,
            root: ROOT.into(),
            files: &files,
            store: None,
            progress: &self.heard,
            cancel: &self.cancel,
            jobs: self.jobs,
            keep_going: self.keep_going,
        };
        let executor = Executor::new(context, std::mem::take(&mut self.record));
        executor.run(feed);
        let (outcomes, record) = executor.finish();
        // What the next build knows has been on disk.
        record.save(&*self.host, ROOT.into()).unwrap();
        self.record = Record::load(&*self.host, ROOT.into()).unwrap_or_default();
        assert_eq!(self.record, record);
        outcomes
    }

    /// Builds `recipes` (an output and its inputs) and checks how each came out.
    fn check(&mut self, recipes: &[(&str, &[&str])], expected: Expect) {
        let outcomes = self.run(|executor| add_all(executor, recipes));
        expected.assert_eq(&outcomes.iter().map(|it| shown(it, &outcomes)).collect::<String>());
    }

    fn heard(&self, what: impl Fn(Event) -> Option<String>) -> Vec<String> {
        std::mem::take(&mut *self.heard.0.lock().unwrap()).into_iter().filter_map(what).collect()
    }

    fn started(&self) -> Vec<String> {
        self.heard(|event| match event {
            Event::StepStarted { label, .. } => Some(label),
            _ => None,
        })
    }
}

fn join(host: &FakeHost, command: &Command, cancel: &CancelToken) -> io::Result<Output> {
    let (output, inputs) = command.arguments.split_first().unwrap();
    let text: Vec<String> = inputs
        .iter()
        .map(|it| String::from_utf8(host.read(&command.directory.join(it)).unwrap()).unwrap())
        .collect();
    let text = text.join("");
    let output = command.directory.join(output);
    if text.contains("interrupt") {
        host.write(&output, b"half")?;
        cancel.cancel();
        return Err(io::ErrorKind::Interrupted.into());
    }
    if text.contains("forget") {
        return Ok(Output { code: Some(0), ..Output::default() });
    }
    // A comment is in the input and not in the output.
    let made: String = text.split_inclusive(' ').filter(|word| !word.starts_with('#')).collect();
    host.write(&output, made.as_bytes())?;
    let failed = text.contains("fail");
    let stderr = if failed || text.contains("warn") { text.into_bytes() } else { Vec::new() };
    Ok(Output { code: Some(i32::from(failed)), stdout: Vec::new(), stderr })
}

fn recipe(output: &str, inputs: &[&str]) -> Action {
    let tool = Tool {
        program: "/usr/bin/join".into(),
        arguments: Vec::new(),
        called: vec!["join".to_owned()],
        identity: Digest::of("join"),
        role: Role::Linker,
        reads_argument_files: false,
    };
    let arguments = [output].iter().chain(inputs).map(ToString::to_string).collect();
    let invocation = Invocation { tool, arguments, environment: Vec::new() };
    let inputs = inputs.iter().map(Utf8PathBuf::from);
    Action::new(output, "/w/out", invocation, inputs, [Utf8PathBuf::from(output)])
}

fn add_all(executor: &Executor<'_>, recipes: &[(&str, &[&str])]) {
    let mut made: Vec<(&str, ActionId)> = Vec::new();
    for (output, inputs) in recipes {
        let before = made.iter().filter(|(name, _)| inputs.contains(name)).map(|(_, id)| *id);
        let id = executor.add(recipe(output, inputs), &before.collect::<Vec<_>>());
        made.push((output, id));
    }
}

fn shown(outcome: &ActionOutcome, all: &[ActionOutcome]) -> String {
    let label = |id: ActionId| &all[id.index()].label;
    let status = match &outcome.status {
        Status::Executed(reason) => format!("executed ({reason:?})"),
        Status::Restored => "restored".to_owned(),
        Status::Reused => "reused".to_owned(),
        Status::Failed(failure) => format!("failed: {failure}"),
        Status::Skipped(SkipReason::DependencyFailed(id)) => {
            format!("skipped because of {}", label(*id))
        }
        Status::Skipped(SkipReason::StoppedAfter(id)) => format!("skipped after {}", label(*id)),
        Status::Skipped(SkipReason::Cancelled) => "cancelled".to_owned(),
    };
    format!("{}: {}\n", outcome.label, status.trim_end())
}

const DIAMOND: &[(&str, &[&str])] =
    &[("a.o", &["a"]), ("b.o", &["b"]), ("lib", &["a.o", "b.o"]), ("program", &["lib"])];

#[test]
fn what_is_there_is_reused_and_what_follows_from_an_edit_is_done() {
    let mut world = World::new(&[("a", "1 "), ("b", "2 ")]);
    world.check(
        DIAMOND,
        expect![[r#"
            a.o: executed (NeverDone)
            b.o: executed (NeverDone)
            lib: executed (NeverDone)
            program: executed (NeverDone)
        "#]],
    );
    assert_eq!(world.read("program").as_deref(), Some("1 2 "));
    let unchanged = expect![[r#"
        a.o: reused
        b.o: reused
        lib: reused
        program: reused
    "#]];
    world.check(DIAMOND, unchanged);
    world.write("b", "3 ");
    world.check(
        DIAMOND,
        expect![[r#"
            a.o: reused
            b.o: executed (KeyChanged)
            lib: executed (KeyChanged)
            program: executed (KeyChanged)
        "#]],
    );
    assert_eq!(world.read("program").as_deref(), Some("1 3 "));
}

#[test]
fn an_equal_object_stops_the_work_there() {
    let mut world = World::new(&[("a", "1 "), ("b", "2 ")]);
    world.run(|executor| add_all(executor, DIAMOND));
    world.write("a", "#comment 1 ");
    world.check(
        DIAMOND,
        expect![[r#"
            a.o: executed (KeyChanged)
            b.o: reused
            lib: reused
            program: reused
        "#]],
    );
}

#[test]
fn an_unchanged_tree_is_not_read_again() {
    let mut world = World::new(&[("a", "1 "), ("b", "2 ")]);
    for _ in 0..2 {
        world.run(|executor| add_all(executor, DIAMOND));
    }
    world.host.take_reads();
    world.run(|executor| add_all(executor, DIAMOND));
    let reads = world.host.take_reads();
    assert!(reads.iter().all(|path| path.starts_with("/w/.oast")), "{reads:?}");
}

#[test]
fn a_touched_file_is_the_same_file() {
    let mut world = World::new(&[("a", "1 "), ("b", "2 ")]);
    world.run(|executor| add_all(executor, DIAMOND));
    world.write("a", "1 ");
    world.write("lib", "1 2 ");
    let outcomes = world.run(|executor| add_all(executor, DIAMOND));
    assert!(outcomes.iter().all(|it| matches!(it.status, Status::Reused)), "{outcomes:?}");
}

#[test]
fn a_change_within_the_tick_of_its_observation_is_seen() {
    let mut world = World::new(&[("b", "2 ")]);
    let host = world.host.clone();
    world.run(|executor| {
        host.write("/w/out/a".into(), b"1 ").unwrap();
        add_all(executor, DIAMOND);
    });
    // Same size, same time, same number.
    world.write("a", "9 ");
    let outcomes = world.run(|executor| add_all(executor, DIAMOND));
    assert!(matches!(outcomes[0].status, Status::Executed(Reason::KeyChanged)), "{outcomes:?}");
}

#[test]
fn outputs_that_are_gone_or_edited_are_made_again() {
    let mut world = World::new(&[("a", "1 "), ("b", "2 ")]);
    world.run(|executor| add_all(executor, DIAMOND));
    world.host.remove_file("/w/out/a.o".into()).unwrap();
    world.write("program", "forged");
    world.check(
        DIAMOND,
        expect![[r#"
            a.o: executed (OutputMissing("/w/out/a.o"))
            b.o: reused
            lib: reused
            program: executed (OutputChanged("/w/out/program"))
        "#]],
    );
    assert_eq!(world.read("program").as_deref(), Some("1 2 "));
}

#[test]
fn a_failure_stops_the_rest() {
    let mut world = World::new(&[("a", "fail "), ("b", "2 ")]);
    let expected = expect![[r#"
        a.o: failed: /usr/bin/join a.o a ended with exit status 1
        fail
        b.o: skipped after a.o
        lib: skipped because of a.o
        program: skipped because of a.o
    "#]];
    world.check(DIAMOND, expected);
    assert_eq!(world.read("a.o"), None, "what a failed program left is removed");
    let again = world.run(|executor| add_all(executor, DIAMOND));
    assert!(matches!(again[0].status, Status::Failed(_)), "{again:?}");
}

#[test]
fn keep_going_does_what_is_not_affected() {
    let mut world = World::new(&[("a", "fail "), ("b", "2 ")]);
    world.keep_going = true;
    world.check(
        DIAMOND,
        expect![[r#"
            a.o: failed: /usr/bin/join a.o a ended with exit status 1
            fail
            b.o: executed (NeverDone)
            lib: skipped because of a.o
            program: skipped because of a.o
        "#]],
    );
    world.write("a", "1 ");
    world.check(
        DIAMOND,
        expect![[r#"
            a.o: executed (NeverDone)
            b.o: reused
            lib: executed (NeverDone)
            program: executed (NeverDone)
        "#]],
    );
}

#[test]
fn a_promise_that_is_not_kept_is_a_failure() {
    let mut world = World::new(&[("a", "forget ")]);
    world.check(
        &[("a.o", &["a"])],
        expect![[r#"
            a.o: failed: /usr/bin/join a.o a succeeded, but did not make `/w/out/a.o`
        "#]],
    );
}

#[test]
fn the_machines_faults_name_what_is_at_fault_and_stop_everything() {
    let mut world = World::new(&[("b", "2 ")]);
    world.keep_going = true;
    let recipes: &[(&str, &[&str])] = &[("a.o", &["a"]), ("b.o", &["b"])];
    world.check(
        recipes,
        expect![[r#"
            a.o: failed: cannot read `/w/out/a`: entity not found
            b.o: executed (NeverDone)
        "#]],
    );
    world.write("a", "1 ");
    world.write("b", "3 ");
    world.host.refuse_writes("/w/out/sub", Some(io::ErrorKind::StorageFull));
    world.check(
        &[("sub/a.o", &["a"]), ("b.o", &["b"])],
        expect![[r#"
            sub/a.o: failed: cannot make `/w/out/sub`: no storage space
            b.o: skipped after sub/a.o
        "#]],
    );
    let outcomes = world.run(|executor| {
        let mut missing = recipe("c.o", &["b"]);
        missing = with_program(&missing, "/usr/bin/none");
        executor.add(missing, &[]);
    });
    let Status::Failed(failure) = &outcomes[0].status else { panic!("{outcomes:?}") };
    assert!(matches!(failure, Failure::NotStarted { .. }));
    assert_eq!(
        failure.to_string(),
        "cannot run `/usr/bin/none`: the fake machine has no `/usr/bin/none`"
    );
}

fn with_program(action: &Action, program: &str) -> Action {
    let tool = Tool { program: program.into(), ..action.tool().clone() };
    let invocation = Invocation { tool, arguments: Vec::new(), environment: Vec::new() };
    Action::new("c.o", "/w/out", invocation, ["b".into()], ["c.o".into()])
}

#[test]
fn warnings_are_heard_again_when_the_result_is_reused() {
    let mut world = World::new(&[("a", "warn about this ")]);
    let output = |event| match event {
        Event::StepOutput { label, text } => Some(format!("{label}: {text}")),
        _ => None,
    };
    let recipes: &[(&str, &[&str])] = &[("a.o", &["a"])];
    let outcomes = world.run(|executor| add_all(executor, recipes));
    assert!(matches!(outcomes[0].status, Status::Executed(_)));
    let first = world.heard(output);
    assert_eq!(first, ["a.o: warn about this "]);
    let outcomes = world.run(|executor| add_all(executor, recipes));
    assert!(matches!(outcomes[0].status, Status::Reused));
    assert_eq!(world.heard(output), first);
}

#[test]
fn an_interrupted_action_leaves_nothing_that_is_believed() {
    // One after the other: what is beside an interrupted action may come before or after the interruption.
    let chain: &[(&str, &[&str])] = &[("a.o", &["a"]), ("lib", &["a.o"]), ("program", &["lib"])];
    let mut world = World::new(&[("a", "1 ")]);
    world.run(|executor| add_all(executor, chain));
    world.write("a", "interrupt ");
    world.check(
        chain,
        expect![[r#"
            a.o: cancelled
            lib: cancelled
            program: cancelled
        "#]],
    );
    assert_eq!(world.read("a.o"), None);
    world.cancel = CancelToken::default();
    world.write("a", "1 ");
    world.check(
        chain,
        expect![[r#"
            a.o: executed (NeverDone)
            lib: reused
            program: reused
        "#]],
    );
}

#[test]
fn nothing_begins_after_a_cancellation() {
    let mut world = World::new(&[("a", "1 "), ("b", "2 ")]);
    world.cancel.cancel();
    let outcomes = world.run(|executor| add_all(executor, DIAMOND));
    let cancelled =
        |it: &ActionOutcome| matches!(it.status, Status::Skipped(SkipReason::Cancelled));
    assert!(outcomes.iter().all(cancelled), "{outcomes:?}");
    assert_eq!(world.started(), [""; 0]);
}

#[test]
fn a_result_of_inputs_that_changed_meanwhile_is_not_kept() {
    let mut world = World::new(&[("a", "1 ")]);
    world.host.install("/usr/bin/join", |host, command, cancel| {
        let output = join(host, command, cancel)?;
        host.write("/w/out/a".into(), b"someone's ")?;
        Ok(output)
    });
    let recipes: &[(&str, &[&str])] = &[("a.o", &["a"])];
    world.run(|executor| add_all(executor, recipes));
    world.write("a", "1 ");
    world.check(
        recipes,
        expect![[r#"
        a.o: executed (NeverDone)
    "#]],
    );
}

#[test]
fn long_chains_go_first_and_then_the_order_of_adding() {
    let mut world = World::new(&[("a", "1 "), ("b", "2 "), ("c", "3 ")]);
    world.run(|executor| {
        add_all(
            executor,
            &[("a.o", &["a"]), ("b.o", &["b"]), ("c.o", &["c"]), ("program", &["a.o"])],
        );
    });
    assert_eq!(world.started(), ["a.o", "program", "b.o", "c.o"]);
}

#[test]
fn as_many_run_at_once_as_allowed_and_no_more() {
    const JOBS: usize = 3;
    let running = Arc::new((Mutex::new((0_usize, 0_usize)), Condvar::new()));
    let seen = running.clone();
    let mut world = World::new(&[("a", "1 ")]);
    world.host.install("/usr/bin/join", move |host, command, cancel| {
        let (counts, changed) = &*running;
        let mut guard = counts.lock().unwrap();
        guard.0 += 1;
        guard.1 = guard.1.max(guard.0);
        changed.notify_all();
        // All places must be taken once before anybody leaves.
        let full = |counts: &mut (usize, usize)| counts.1 < JOBS;
        let (mut guard, _) =
            changed.wait_timeout_while(guard, Duration::from_secs(20), full).unwrap();
        guard.0 -= 1;
        drop(guard);
        join(host, command, cancel)
    });
    world.jobs = JOBS;
    let names: Vec<String> = (0..12).map(|n| format!("{n}.o")).collect();
    world.run(|executor| {
        for name in &names {
            executor.add(recipe(name, &["a"]), &[]);
        }
    });
    assert_eq!(seen.0.lock().unwrap().1, JOBS);
}

#[test]
fn actions_can_be_added_while_others_run() {
    let done = Arc::new((Mutex::new(0_usize), Condvar::new()));
    let counted = done.clone();
    let mut world = World::new(&[("a", "1 ")]);
    world.host.install("/usr/bin/join", move |host, command, cancel| {
        *counted.0.lock().unwrap() += 1;
        counted.1.notify_all();
        join(host, command, cancel)
    });
    let outcomes = world.run(|executor| {
        let mut last: Option<ActionId> = None;
        for n in 0..5_usize {
            let before = last.map(|id| (format!("{}.o", n - 1), id));
            let input = before.as_ref().map_or("a", |(name, _)| name);
            let dependencies: Vec<ActionId> = before.iter().map(|(_, id)| *id).collect();
            last = Some(executor.add(recipe(&format!("{n}.o"), &[input]), &dependencies));
            // The next one is added when this one has run.
            let waiting = done.0.lock().unwrap();
            let (count, _) = done
                .1
                .wait_timeout_while(waiting, Duration::from_secs(20), |count| *count <= n)
                .unwrap();
            assert_eq!(*count, n + 1);
        }
    });
    assert!(outcomes.iter().all(|it| it.status.is_success()), "{outcomes:?}");
}

#[test]
fn a_dependency_that_is_over_already_counts() {
    let mut world = World::new(&[("a", "fail "), ("b", "2 ")]);
    world.keep_going = true;
    let over = Arc::new(AtomicUsize::new(0));
    let counted = over.clone();
    world.host.install("/usr/bin/join", move |host, command, cancel| {
        let output = join(host, command, cancel);
        counted.fetch_add(1, Ordering::SeqCst);
        output
    });
    let outcomes = world.run(|executor| {
        let failed = executor.add(recipe("a.o", &["a"]), &[]);
        let made = executor.add(recipe("b.o", &["b"]), &[]);
        while over.load(Ordering::SeqCst) < 2 {
            std::thread::yield_now();
        }
        let lost = executor.add(recipe("x", &["a.o", "b.o"]), &[failed, made]);
        executor.add(recipe("y", &["x"]), &[lost]);
        executor.add(recipe("z", &["b.o"]), &[made]);
    });
    let shown: String = outcomes[2..].iter().map(|it| shown(it, &outcomes)).collect();
    expect![[r#"
        x: skipped because of a.o
        y: skipped because of a.o
        z: executed (NeverDone)
    "#]]
    .assert_eq(&shown);
}

#[test]
#[should_panic(expected = "the front end fell over")]
fn a_panic_while_feeding_does_not_hang() {
    let mut world = World::new(&[("a", "1 ")]);
    world.run(|executor| {
        executor.add(recipe("a.o", &["a"]), &[]);
        panic!("the front end fell over");
    });
}

struct Fragile;

impl Progress for Fragile {
    fn event(&self, event: Event) {
        assert!(!matches!(event, Event::StepFinished { .. }), "the listener fell over");
    }
}

#[test]
#[should_panic(expected = "a scoped thread panicked")]
fn a_panic_while_working_does_not_hang() {
    let world = World::new(&[("a", "1 "), ("b", "2 ")]);
    let record = Record::default();
    let files = record.file_digests(ROOT.into());
    let context = ExecutionContext {
        host: &*world.host,
        root: ROOT.into(),
        files: &files,
        store: None,
        progress: &Fragile,
        cancel: &world.cancel,
        jobs: 3,
        keep_going: false,
    };
    Executor::new(context, record).run(|executor| add_all(executor, DIAMOND));
}

#[test]
fn what_a_program_writes_is_put_in_its_place_when_it_has_ended() {
    let mut world = World::new(&[("a", "1 "), ("b", "fail ")]);
    world.keep_going = true;
    world.host.install("/usr/bin/join", |host, command, cancel| {
        let output = Utf8Path::new(&command.arguments[0]);
        // A program that outlived its build would write there, and nobody would look.
        assert!(output.starts_with("/w/.oast/staged"), "{output}");
        let ended = join(host, command, cancel)?;
        let text = format!("made {output}");
        Ok(Output { stdout: text.into_bytes(), ..ended })
    });
    let outcomes = world.run(|executor| add_all(executor, &[("a.o", &["a"]), ("b.o", &["b"])]));
    assert_eq!((world.read("a.o").as_deref(), world.read("b.o")), (Some("1 "), None));
    assert_eq!(outcomes[0].record.as_ref().unwrap().text(), "made a.o\n");
    assert_eq!(world.host.entries("/w/.oast/staged".into()).unwrap(), []);
}

#[test]
fn arguments_that_are_too_long_go_into_a_file() {
    let mut world = World::new(&[("a", "1 ")]);
    world.host.install("/usr/bin/join", |host, command, _| {
        let [before, file] = command.arguments.as_slice() else { panic!("{command}") };
        let path = command.directory.join(file.strip_prefix('@').unwrap());
        let text = format!("{before} {}", String::from_utf8(host.read(&path)?).unwrap());
        host.write(&command.directory.join("a.o"), text.as_bytes())?;
        Ok(Output { code: Some(0), ..Output::default() })
    });
    let mut arguments = vec!["a 'b'".to_owned(), r"c\d".to_owned()];
    arguments.extend((0..20_000).map(|n| format!("{n}.o")));
    world.run(|executor| {
        let mut tool = recipe("a.o", &["a"]).tool().clone();
        tool.reads_argument_files = true;
        tool.arguments = vec!["first".to_owned()];
        let environment = Vec::new();
        let invocation = Invocation { tool, arguments, environment };
        executor.add(Action::new("a", "/w/out", invocation, ["a".into()], ["a.o".into()]), &[]);
    });
    let made = world.read("a.o").unwrap();
    let lines: Vec<&str> = made.lines().collect();
    assert_eq!(lines[..3], [r"first a\ \'b\'", r"c\\d", "0.o"]);
    assert_eq!(lines.len(), 20_002);
    assert_eq!(world.read("a.o.args"), None);
}

#[test]
fn any_graph_comes_to_an_end_with_everything_done_that_can_be() {
    let mut random = Random(0x5eed);
    for _ in 0..150 {
        let count = 1 + random.below(40);
        let failing: BTreeSet<usize> = (0..random.below(4)).map(|_| random.below(count)).collect();
        let names: Vec<String> = (0..count).map(|n| format!("{n}.o")).collect();
        let mut world = World::new(&[]);
        world.jobs = 1 + random.below(4);
        world.keep_going = random.below(2) == 0;
        let mut inputs: Vec<Vec<usize>> = Vec::new();
        for n in 0..count {
            let text = if failing.contains(&n) { "fail ".to_owned() } else { format!("{n} ") };
            world.write(&n.to_string(), &text);
            inputs.push((0..random.below(4)).map(|_| random.below(n.max(1))).collect());
            inputs[n].retain(|it| *it < n);
        }
        let outcomes = world.run(|executor| {
            let mut ids = Vec::new();
            for n in 0..count {
                let own = n.to_string();
                let mut read = vec![own.as_str()];
                read.extend(inputs[n].iter().map(|it| names[*it].as_str()));
                let dependencies: Vec<ActionId> = inputs[n].iter().map(|it| ids[*it]).collect();
                ids.push(executor.add(recipe(&names[n], &read), &dependencies));
            }
        });
        check_outcomes(&outcomes, &inputs, &failing, world.keep_going);
    }
}

fn check_outcomes(
    outcomes: &[ActionOutcome],
    inputs: &[Vec<usize>],
    failing: &BTreeSet<usize>,
    keep_going: bool,
) {
    for (n, outcome) in outcomes.iter().enumerate() {
        let all_there = inputs[n].iter().all(|it| outcomes[*it].status.is_success());
        match &outcome.status {
            Status::Executed(_) => assert!(all_there && !failing.contains(&n)),
            Status::Reused | Status::Restored => panic!("nothing was there"),
            Status::Failed(_) => assert!(all_there && failing.contains(&n)),
            Status::Skipped(SkipReason::DependencyFailed(id)) => {
                assert!(!all_there && failing.contains(&id.index()));
            }
            Status::Skipped(SkipReason::StoppedAfter(id)) => {
                assert!(!keep_going && failing.contains(&id.index()));
            }
            Status::Skipped(SkipReason::Cancelled) => panic!("nobody cancelled"),
        }
        assert!(!keep_going || !all_there || !matches!(outcome.status, Status::Skipped(_)));
    }
}
