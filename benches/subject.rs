//! What is measured: the engine, asked about all modules of a workspace. All calls of the engine are here.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;

use oast_engine::Session;
use oast_engine::source::{Change, file_at, source_text};
use oast_engine::testing::reference::{ModuleId, Reference};

use crate::memory_host::MemoryHost;

/// How many modules a thread takes at a time.
const CHUNK: usize = 64;

/// A session over a reference workspace.
pub(crate) struct Subject {
    session: Session,
    reference: Reference,
    modules: Vec<Utf8PathBuf>,
}

/// Where the workspace is.
pub(crate) fn root() -> &'static Utf8Path {
    Utf8Path::new("/reference")
}

impl Subject {
    /// What [`Subject::everything`] asks for.
    pub(crate) const EVERYTHING: &str = "the text of each";

    /// A session that was asked nothing yet.
    pub(crate) fn open(host: Arc<MemoryHost>, reference: Reference) -> Subject {
        let modules = (0..reference.packages)
            .flat_map(|package| {
                (0..reference.modules_per_package).map(move |module| ModuleId { package, module })
            })
            .map(|id| root().join(reference.file(id)))
            .collect();
        Subject { session: Session::new(host), reference, modules }
    }

    /// The file of a module.
    pub(crate) fn path(&self, id: ModuleId) -> Utf8PathBuf {
        root().join(self.reference.file(id))
    }

    /// How many bytes of text the modules have.
    pub(crate) fn text_bytes(&self) -> u64 {
        let length = |path| source_text(&self.session, file_at(&self.session, path)).text.len();
        self.modules.iter().map(|path| length(path) as u64).sum()
    }

    /// Tells the session that the file was saved.
    pub(crate) fn changed(&mut self, path: &Utf8Path) {
        self.session.apply(&[path].into_iter().collect::<Change>());
    }

    /// Asks about every module in this thread; yields a number that depends on all answers.
    pub(crate) fn everything(&self) -> usize {
        self.modules.iter().map(|path| ask(&self.session, path)).sum()
    }

    /// Asks about every module in as many threads as there are.
    pub(crate) fn everything_in_parallel(&self) -> usize {
        self.modules
            .par_chunks(CHUNK)
            .map_with(self.session.clone(), |session, paths| {
                paths.iter().map(|path| ask(session, path)).sum::<usize>()
            })
            .sum()
    }
}

/// Asks about one module.
fn ask(session: &Session, path: &Utf8Path) -> usize {
    source_text(session, file_at(session, path)).text.len()
}
