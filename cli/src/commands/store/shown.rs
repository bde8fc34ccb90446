//! What the store says, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use camino::Utf8PathBuf;
use oast_engine::store::{
    Access, BuildRow, DoctorReport, GcReport, PackageId, Rerun, Statistics, Store, VerifyReport,
    ViewReport,
};
use serde_json::{Value, json};

/// `1.5 MB`, in powers of 1000 as disks are sold.
pub(super) fn size(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    let mut unit = None;
    #[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
    let mut number = bytes as f64;
    for name in units {
        if number < 1000.0 {
            break;
        }
        number /= 1000.0;
        unit = Some(name);
    }
    unit.map_or_else(|| format!("{bytes} B"), |unit| format!("{number:.1} {unit}"))
}

/// Rows as lines, each column as wide as its widest cell.
fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

pub(super) fn status(store: &Store<'_>, statistics: &Statistics, quota: u64) -> String {
    let access = match store.access() {
        Access::Full => "",
        Access::ReadOnly => " (read-only)",
    };
    let rows = [
        ("path", format!("{}{access}", store.home())),
        ("size", format!("{} of {}", size(statistics.bytes), size(quota))),
        ("database", size(statistics.database)),
        ("files", statistics.blobs.to_string()),
        ("steps", statistics.actions.to_string()),
        ("packages", statistics.packages.to_string()),
        ("builds", statistics.builds.to_string()),
        ("projects", statistics.workspaces.to_string()),
        ("running", statistics.processes.to_string()),
    ];
    table(&rows.map(|(name, value)| vec![name.to_owned(), value]))
}

pub(super) fn status_object(store: &Store<'_>, statistics: &Statistics, quota: u64) -> Value {
    json!({
        "path": store.home().as_str(),
        "read_only": store.access() == Access::ReadOnly,
        "bytes": statistics.bytes,
        "database": statistics.database,
        "quota": quota,
        "files": statistics.blobs,
        "steps": statistics.actions,
        "packages": statistics.packages,
        "builds": statistics.builds,
        "projects": statistics.workspaces,
        "running": statistics.processes,
    })
}

pub(super) fn builds(builds: &[BuildRow]) -> String {
    let names = [
        "PACKAGE", "VERSION", "TARGET", "COMPILER", "PROFILE", "OPTIONS", "FILES", "HASH",
        "SOURCE", "BUILT IN",
    ];
    let mut rows = vec![names.map(str::to_owned).to_vec()];
    rows.extend(builds.iter().map(|build| {
        let mut compiler = format!("{} {}", build.compiler, build.compiler_version);
        if !build.toolchain.is_empty() {
            write!(compiler, ", {}", build.toolchain).expect("writing to a string succeeds");
        }
        vec![
            build.package.clone(),
            build.version.clone(),
            build.target.clone(),
            compiler,
            build.profile.clone(),
            options(build),
            files(build),
            build.hash(),
            build.source.clone(),
            build.directory.to_string(),
        ]
    }));
    table(&rows)
}

/// Options in words: `opt-level=2 debug=false`; `-` where there are none.
fn options(build: &BuildRow) -> String {
    let words: Vec<String> =
        build.options.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if words.is_empty() { "-".to_owned() } else { words.join(" ") }
}

/// How many files there are, and of how many.
fn files(build: &BuildRow) -> String {
    let all = build.artefacts.len();
    match build.missing() {
        0 => all.to_string(),
        missing => format!("{} of {all}", all - missing),
    }
}

pub(super) fn build_objects(builds: &[BuildRow]) -> Value {
    builds.iter().map(build_object).collect()
}

fn build_object(build: &BuildRow) -> Value {
    let artefacts = build.artefacts.iter().map(|it| {
        json!({
            "role": it.role,
            "path": it.path.as_str(),
            "digest": it.digest.map(|digest| digest.to_string()),
            "file": it.file.as_ref().map(|file| file.as_str()),
        })
    });
    let dependencies = build.dependencies.iter().map(|it| {
        let PackageId { name, version, source } = it;
        json!({ "name": name, "version": version, "source": source, "uuid": it.uuid().to_string() })
    });
    let options = build.options.iter().map(|(name, value)| (name.clone(), value.as_str().into()));
    let options: serde_json::Map<String, Value> = options.collect();
    json!({
        "package": build.package,
        "version": build.version,
        "source": build.source,
        "uuid": build.uuid,
        "target": build.target,
        "compiler": build.compiler,
        "compiler_version": build.compiler_version,
        "toolchain": build.toolchain,
        "profile": build.profile,
        "options": options,
        "hash": build.hash(),
        "workspace": build.workspace.as_str(),
        "last": build.is_last,
        "missing": build.missing(),
        "directory": build.directory.as_str(),
        "built": build.built / 1000,
        "artefacts": artefacts.collect::<Vec<_>>(),
        "dependencies": dependencies.collect::<Vec<_>>(),
    })
}

pub(super) fn gc(report: &GcReport, quota: u64) -> String {
    if report.was_busy {
        return "another process is at it\n".to_owned();
    }
    let (before, after) = (size(report.before), size(report.after));
    let mut text = format!("{} files removed: {before} before, {after} now\n", report.blobs);
    for workspace in &report.gone {
        writeln!(text, "the project `{workspace}` is gone and holds nothing any more")
            .expect("writing to a string succeeds");
    }
    if quota < report.after {
        writeln!(
            text,
            "{} files are kept although this is more than {}: running builds, or the last builds of projects, use them",
            report.held,
            size(quota)
        )
        .expect("writing to a string succeeds");
    }
    text
}

pub(super) fn gc_object(report: &GcReport) -> Value {
    json!({
        "before": report.before,
        "after": report.after,
        "removed": report.blobs,
        "held": report.held,
        "gone": strings(&report.gone),
        "busy": report.was_busy,
    })
}

pub(super) fn view(report: &ViewReport) -> String {
    let ViewReport { directory, links, made, removed, blocked } = report;
    let mut lines: Vec<String> = blocked.iter().map(left_alone).collect();
    lines.push(format!("{directory}: {links} links, {made} new, {removed} removed\n"));
    lines.join("\n")
}

fn left_alone(path: &Utf8PathBuf) -> String {
    format!("`{path}` stands in the place of a link: left alone, since it may be somebody's work")
}

pub(super) fn view_object(report: &ViewReport) -> Value {
    json!({
        "directory": report.directory.as_str(),
        "links": report.links,
        "made": report.made,
        "removed": report.removed,
        "blocked": strings(&report.blocked),
    })
}

fn strings(paths: &[Utf8PathBuf]) -> Value {
    paths.iter().map(|path| path.as_str()).collect()
}

pub(super) fn doctor(report: &DoctorReport) -> String {
    let faults = match (report.ailments.len(), report.blocked.len()) {
        (0, 0) => "all is well".to_owned(),
        (1, 0) => "1 fault repaired".to_owned(),
        (faults, 0) => format!("{faults} faults repaired"),
        (faults, blocked) => format!("{faults} faults repaired, {blocked} left alone"),
    };
    let mut lines: Vec<String> = report.ailments.iter().map(ToString::to_string).collect();
    lines.extend(report.blocked.iter().map(left_alone));
    lines.push(format!("{} files examined, {faults}\n", report.blobs));
    lines.join("\n")
}

pub(super) fn doctor_object(report: &DoctorReport) -> Value {
    let faults = report.ailments.iter().map(|ailment| {
        json!({
            "kind": format!("{:?}", ailment.kind),
            "subject": ailment.subject,
            "text": ailment.to_string(),
        })
    });
    json!({
        "files": report.blobs,
        "faults": faults.collect::<Vec<_>>(),
        "blocked": strings(&report.blocked),
    })
}

pub(super) fn verify(report: &VerifyReport) -> String {
    let line = |rerun: &Rerun| format!("{} ({}): {}\n", rerun.label, rerun.key, rerun.text);
    let mut text: String = report.different.iter().map(line).collect();
    let mut reasons: BTreeMap<&str, Vec<&Rerun>> = BTreeMap::new();
    for rerun in &report.skipped {
        reasons.entry(&rerun.text).or_default().push(rerun);
    }
    text.extend(reasons.iter().map(|(reason, skipped)| match skipped[..] {
        [one] => format!("skipped {}", line(one)),
        _ => format!("skipped {} steps: {reason}\n", skipped.len()),
    }));
    let (different, skipped) = (report.different.len(), report.skipped.len());
    text + &format!("{} the same, {different} different, {skipped} skipped\n", report.same)
}

pub(super) fn verify_object(report: &VerifyReport) -> Value {
    let object = |rerun: &Rerun| json!({ "key": rerun.key.to_string(), "label": rerun.label, "text": rerun.text });
    json!({
        "same": report.same,
        "different": report.different.iter().map(object).collect::<Vec<_>>(),
        "skipped": report.skipped.iter().map(object).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::{size, table};

    #[test]
    fn a_size_has_a_unit_that_suits_it() {
        let shown = [0, 999, 1_000, 1_250_000, 10_000_000_000].map(size);
        assert_eq!(shown, ["0 B", "999 B", "1.0 kB", "1.2 MB", "10.0 GB"]);
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["a", "bcd", "e"], ["fgh", "i", ""]];
        let rows = rows.map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows), "a    bcd  e\nfgh  i\n");
    }
}
