//! The value after `=` where a package is named: a requirement, or a table.

use toml::de::DeValue;

use crate::base::{Finding, Name, TextRange};
use crate::manifest::document::{Entry, Reader, Table};
use crate::manifest::model::{Dependency, DependencySource, GitReference, Spanned};
use crate::manifest::octizys::names::check_package_name;
use crate::manifest::value::{caret_requirement, relative_path};

/// The dependency that `entry` describes; absent where it names no package.
pub(super) fn dependency(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Dependency> {
    let name = entry.key.clone();
    let named = check_package_name(reader, &name.value, name.range);
    let (requirement, source) = match entry.value {
        DeValue::String(_) => {
            let text = entry.string(reader)?;
            (caret_requirement(reader, &text), DependencySource::Default)
        }
        DeValue::Table(table) => {
            let mut table = Table::new(reader, format!("`{}`", name.value), entry.range, table);
            let keys = Keys::take(reader, &mut table);
            let has_unknown = table.finish(reader);
            if !keys.check(reader, &name.value, entry.range, has_unknown) {
                return None;
            }
            keys.into_parts()
        }
        _ => entry.wrong_type(reader, "a version requirement or a table")?,
    };
    named.then_some(Dependency { name, requirement, source })
}

/// The keys that say which package is meant.
#[derive(Debug, Default)]
pub(super) struct Keys {
    pub(super) version: Option<Spanned<semver::VersionReq>>,
    pub(super) path: Option<Spanned<Name>>,
    git: Option<Spanned<Name>>,
    branch: Option<Spanned<Name>>,
    tag: Option<Spanned<Name>>,
    rev: Option<Spanned<Name>>,
    /// Where each key that says something stands, whether or not its value is right.
    written: Vec<(&'static str, TextRange)>,
}

impl Keys {
    /// Takes the keys out of `table`.
    pub(super) fn take(reader: &mut Reader<'_>, table: &mut Table<'_>) -> Keys {
        let mut keys = Keys::default();
        let mut text = |reader: &mut Reader<'_>, key: &'static str| {
            let entry = table.take(key)?;
            keys.written.push((key, entry.key.range));
            entry.string(reader)
        };
        let version = text(reader, "version");
        let path = text(reader, "path");
        keys.git = text(reader, "git");
        keys.branch = text(reader, "branch");
        keys.tag = text(reader, "tag");
        keys.rev = text(reader, "rev");
        keys.version = version.and_then(|it| caret_requirement(reader, &it));
        keys.path = path.and_then(|it| relative_path(reader, it));
        keys
    }

    fn written(&self, key: &str) -> Option<(&'static str, TextRange)> {
        self.written.iter().find(|(it, _)| *it == key).copied()
    }

    /// Whether a directory is given.
    pub(super) fn has_path(&self) -> bool {
        self.written("path").is_some()
    }

    /// Whether a repository is given.
    pub(super) fn has_git(&self) -> bool {
        self.written("git").is_some()
    }

    /// Reports keys that contradict each other or lack another, in the table of the package `name` at `range`; whether they say
    /// where the package comes from.
    pub(super) fn check(
        &self,
        reader: &mut Reader<'_>,
        name: &str,
        range: TextRange,
        has_unknown: bool,
    ) -> bool {
        let references: Vec<_> =
            ["branch", "tag", "rev"].into_iter().filter_map(|key| self.written(key)).collect();
        if let (Some(path), Some(git)) = (self.written("path"), self.written("git")) {
            reader.report(contradiction(name, path, git));
        }
        for pair in references.windows(2) {
            reader.report(contradiction(name, pair[0], pair[1]));
        }
        if let (Some((key, at)), None) = (references.first(), self.written("git")) {
            let message = format!("`{key}` needs `git`, the address of the repository");
            reader.report(Finding::error("missing-key", *at, message));
            return false;
        }
        if self.written.is_empty() && !has_unknown {
            let message = format!("nothing says where the package `{name}` comes from");
            let help =
                "write a requirement (`\"1.2\"`), or `path`, `git` or `version` in the table";
            reader.report(Finding::error("missing-key", range, message).help(help));
        }
        !self.written.is_empty()
    }

    /// The requirement and the source.
    pub(super) fn into_parts(self) -> (Option<Spanned<semver::VersionReq>>, DependencySource) {
        let reference = match (self.branch, self.tag, self.rev) {
            (Some(branch), _, _) => GitReference::Branch(branch),
            (_, Some(tag), _) => GitReference::Tag(tag),
            (_, _, Some(rev)) => GitReference::Revision(rev),
            (None, None, None) => GitReference::Head,
        };
        let source = match (self.path, self.git) {
            (Some(path), _) => DependencySource::Path(path),
            (None, Some(url)) => DependencySource::Git { url, reference },
            (None, None) => DependencySource::Default,
        };
        (self.version, source)
    }
}

fn contradiction(name: &str, one: (&str, TextRange), other: (&str, TextRange)) -> Finding {
    let ((earlier, first), (later, second)) =
        if one.1 <= other.1 { (one, other) } else { (other, one) };
    let message = format!("`{name}` cannot have both `{earlier}` and `{later}`");
    Finding::error("contradictory-keys", second, message).also(first, "the other one is here")
}
