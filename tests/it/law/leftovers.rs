//! What nobody may leave behind who was not killed: temporaries beside outputs, in the state and in the store.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::host::Host;

use crate::law::machine::all_below;
use crate::law::tree::Tree;

/// What those left behind who were killed, as far as nobody has cleared it up since.
#[derive(Debug, Default)]
pub(super) struct Leftovers(BTreeSet<Utf8PathBuf>);

impl Tree {
    /// Somebody was killed, or all is somewhere else: what lies around now may lie around.
    pub(super) fn expect_leftovers(&mut self) {
        self.leftovers = Leftovers(self.temporaries());
    }

    /// Nobody runs: whoever was not killed has left nothing behind, and whatever links lead to is as it was.
    pub(super) fn check_leftovers(&mut self) -> Result<(), String> {
        let now = self.temporaries();
        let more: Vec<_> = now.difference(&self.leftovers.0).collect();
        if !more.is_empty() {
            return Err(format!("left behind: {more:?}"));
        }
        self.leftovers = Leftovers(now);
        let host = &*self.machine.host;
        let changed = self
            .elsewhere
            .iter()
            .find(|(path, bytes)| host.read(path).ok().as_ref() != Some(*bytes));
        changed.map_or(Ok(()), |(path, _)| Err(format!("{path} was changed through a link")))
    }

    fn temporaries(&self) -> BTreeSet<Utf8PathBuf> {
        let (host, home, state) =
            (&*self.machine.host, self.machine.home(), self.root().join(".oast"));
        let is_temporary = |it: &Utf8PathBuf| it.extension() == Some("tmp");
        let around = [self.outputs(), state.clone(), home.join("cas")];
        let around = around.iter().flat_map(|it| all_below(host, it)).filter(is_temporary);
        let own = [state.join("staged"), home.join("tmp"), home.join("running")];
        around.chain(own.iter().flat_map(|it| entries(host, it))).collect()
    }
}

fn entries(host: &dyn Host, folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let entries = host.entries(folder).unwrap_or_default();
    entries.iter().map(|it| folder.join(&it.name)).collect()
}
