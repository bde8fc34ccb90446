//! The last lines of a build.

use std::time::Duration;

use oast_engine::build::Report;

/// `2 errors, 1 warning, 1 failed step`, if anything is wrong.
pub(crate) fn problems(report: &Report) -> Option<String> {
    let errors = report.diagnostics.iter().filter(|it| it.is_error()).count();
    let warnings = report.diagnostics.len() - errors;
    let failures = report.failures.len();
    let counts = [
        (errors, "error", "errors"),
        (warnings, "warning", "warnings"),
        (failures, "failed step", "failed steps"),
    ];
    let told: Vec<String> = counts
        .into_iter()
        .filter(|(count, ..)| *count != 0)
        .map(|(count, one, many)| counted(count, one, many))
        .collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// `5 packages, 27 modules: 2 compiled, 25 reused, 0.04 s`.
pub(crate) fn summary(report: &Report) -> String {
    let packages = counted(report.packages, "package", "packages");
    let modules = counted(report.modules, "module", "modules");
    let Report { compiled, reused, elapsed, .. } = report;
    let skipped = match report.skipped {
        0 => String::new(),
        skipped => format!(", {skipped} skipped"),
    };
    let time = seconds(*elapsed);
    format!("{packages}, {modules}: {compiled} compiled, {reused} reused{skipped}, {time}")
}

/// `0.04 s`, `2 min 5 s`.
fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0..60 => format!("{:.2} s", time.as_secs_f64()),
        whole => format!("{} min {} s", whole / 60, whole % 60),
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_counts_what_was_done() {
        let report = Report {
            packages: 5,
            modules: 27,
            compiled: 2,
            reused: 25,
            elapsed: Duration::from_millis(42),
            ..Report::default()
        };
        assert_eq!(summary(&report), "5 packages, 27 modules: 2 compiled, 25 reused, 0.04 s");
        assert_eq!(problems(&report), None);
    }

    #[test]
    fn a_summary_tells_what_went_wrong() {
        let report = Report {
            packages: 1,
            modules: 4,
            compiled: 1,
            skipped: 3,
            failures: vec!["cc: no space left".to_owned()],
            elapsed: Duration::from_secs(125),
            ..Report::default()
        };
        assert_eq!(
            summary(&report),
            "1 package, 4 modules: 1 compiled, 0 reused, 3 skipped, 2 min 5 s"
        );
        assert_eq!(problems(&report).unwrap(), "1 failed step");
    }
}
