//! Values that all dialects write alike: versions, paths, targets.

use semver::{Version, VersionReq};

use crate::base::{Finding, Name, nearest};
use crate::manifest::document::{Reader, listed, quoted};
use crate::manifest::model::{Spanned, TARGETS};

/// The version that `text` is; reported if it is none.
pub(crate) fn version(reader: &mut Reader<'_>, text: &Spanned<Name>) -> Option<Spanned<Version>> {
    let error = match Version::parse(&text.value) {
        Ok(version) => return Some(Spanned::new(version, text.range)),
        Err(error) => error,
    };
    let message = format!("`{}` is not a version", text.value);
    let finding = Finding::error("invalid-version", text.range, message)
        .label(error.to_string())
        .help("a version has three numbers, major.minor.patch: `1.0.0`");
    reader.report(match completed(&text.value) {
        Some(whole) => finding.fix(format!("write `{whole}`"), text.range, quoted(&whole)),
        None => finding,
    });
    None
}

/// The version that someone who left out parts, or put a `v` before it, meant.
fn completed(text: &str) -> Option<String> {
    let bare = text.trim().trim_start_matches(['v', '=']);
    let missing = 2_usize.checked_sub(bare.matches('.').count())?;
    let whole = bare.to_owned() + &".0".repeat(missing);
    Version::parse(&whole).is_ok().then_some(whole)
}

/// The requirement that `text` is, where a bare version means what is compatible with it; reported if it is none.
pub(crate) fn caret_requirement(
    reader: &mut Reader<'_>,
    text: &Spanned<Name>,
) -> Option<Spanned<VersionReq>> {
    let written = &text.value;
    let finding = |label: String| {
        let message = format!("`{written}` is not a version requirement");
        Finding::error("invalid-requirement", text.range, message).label(label)
    };
    if written.contains('+') {
        let without = without_metadata(written);
        let finding = finding("build metadata takes no part in the choice of a version".to_owned());
        let title = format!("write `{without}`");
        reader.report(finding.fix(title, text.range, quoted(&without)));
        return None;
    }
    match VersionReq::parse(written) {
        Ok(requirement) => Some(Spanned::new(requirement, text.range)),
        Err(error) => {
            let finding = finding(error.to_string());
            reader.report(finding.help("examples: `1.2`, `^1.2.3`, `~1.2`, `>=1.2, <2`, `=1.2.3`"));
            None
        }
    }
}

fn without_metadata(requirement: &str) -> String {
    let comparators = requirement.split(',').map(|it| it.split('+').next().unwrap_or_default());
    comparators.collect::<Vec<_>>().join(",")
}

/// The path that `text` is, relative and with `/`; reported if it is none.
pub(crate) fn relative_path(reader: &mut Reader<'_>, text: Spanned<Name>) -> Option<Spanned<Name>> {
    let (path, range) = (&text.value, text.range);
    let drive = path.get(1..2) == Some(":") && path.starts_with(|c: char| c.is_ascii_alphabetic());
    if path.is_empty() {
        let message = "a path cannot be empty";
        reader.report(
            Finding::error("invalid-path", range, message).help("`.` is the manifest's directory"),
        );
        return None;
    }
    if path.starts_with('/') || drive || path.starts_with('\\') {
        let message = format!("`{path}` is an absolute path");
        let finding = Finding::error("absolute-path", range, message);
        reader.report(finding.help("write it as seen from the directory of this manifest"));
        return None;
    }
    if path.contains('\\') {
        let slashes = path.replace('\\', "/");
        let message = format!("`{path}` is written with `\\`");
        let finding = Finding::error("backslash-in-path", range, message);
        let title = format!("write `{slashes}`");
        reader.report(finding.fix(title, range, quoted(&slashes)));
        return Some(Spanned::new(Name::new(slashes), range));
    }
    Some(text)
}

/// The path that `text` is, relative, with `/` and inside of the package; reported if it is none. It comes without `./`.
pub(crate) fn own_path(reader: &mut Reader<'_>, text: Spanned<Name>) -> Option<Spanned<Name>> {
    let Spanned { value, range } = relative_path(reader, text)?;
    let parts: Vec<&str> = value.split('/').filter(|it| !matches!(*it, "" | ".")).collect();
    if parts.contains(&"..") {
        let message = format!("`{value}` may lead out of the package");
        let finding = Finding::error("path-outside", range, message);
        reader.report(finding.help("a package's own files are below its manifest: write no `..`"));
        return None;
    }
    if parts.is_empty() {
        return None;
    }
    Some(Spanned::new(Name::new(parts.join("/")), range))
}

/// The names of targets, without those that do not exist or are repeated, which are reported.
pub(crate) fn targets(reader: &mut Reader<'_>, names: Vec<Spanned<Name>>) -> Vec<Spanned<Name>> {
    let mut targets: Vec<Spanned<Name>> = Vec::new();
    for name in names {
        if !TARGETS.contains(&&*name.value) {
            reader.report(unknown_target(&name));
        } else if let Some(first) = targets.iter().find(|it| it.value == name.value) {
            let message = format!("the target `{}` is listed twice", name.value);
            let finding = Finding::warning("duplicate-target", name.range, message);
            reader.report(finding.also(first.range, "first listed here"));
        } else {
            targets.push(name);
        }
    }
    targets
}

fn unknown_target(name: &Spanned<Name>) -> Finding {
    let language = |target: &str| target.split('-').next().unwrap_or_default().to_lowercase();
    let alike = TARGETS.iter().copied().find(|it| language(it) == language(&name.value));
    let message = format!("there is no target `{}`", name.value);
    let finding = Finding::error("unknown-target", name.range, message);
    match alike.or_else(|| nearest(&name.value, TARGETS.iter().copied())) {
        Some(near) => finding.fix(format!("write `{near}`"), name.range, quoted(near)),
        None => finding.help(format!("the targets are {}", listed(TARGETS))),
    }
}
