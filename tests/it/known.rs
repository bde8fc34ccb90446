//! Worlds of which everything is known, and what runs again after an edit to know it again.

use expect_test::Expect;
use oast_engine::Session;
use oast_engine::compile::{Module, diagnostics, intermediate, module_graph, position_record};
use oast_engine::source::File;
use oast_engine::testing::World;

/// A world of which all was asked that a build asks.
pub(crate) struct Known {
    pub(crate) world: World,
    root: File,
}

impl Known {
    /// The world that `fixture` describes, in which nothing is wrong; its root manifest is at `root`.
    #[track_caller]
    pub(crate) fn new(fixture: &str, root: &str) -> Known {
        let world = World::new(fixture);
        let root = world.file(root);
        let known = Known { world, root };
        assert_eq!(known.mistakes(), Vec::<String>::new());
        known
    }

    /// The codes of what is wrong.
    pub(crate) fn mistakes(&self) -> Vec<String> {
        everything(&self.world.session, self.root);
        self.world.diagnostics().iter().map(|it| it.code.to_string()).collect()
    }

    /// The modules that there are.
    pub(crate) fn modules(&self) -> Vec<String> {
        let graph = module_graph(&self.world.session, self.root);
        graph.modules.iter().map(|it| it.0.to_string()).collect()
    }

    /// Replaces the first `old` in the file at `path` by `new`, and checks what runs again to know everything.
    #[track_caller]
    pub(crate) fn edit(&mut self, path: &str, old: &str, new: &str, expect: Expect) {
        let text = self.world.text(path);
        assert!(text.contains(old), "{path} holds no {old:?}");
        self.world.write(path, &text.replacen(old, new, 1));
        self.runs(expect);
    }

    /// Checks what runs again to know everything.
    #[track_caller]
    pub(crate) fn runs(&self, expect: Expect) {
        self.world.check_reruns(|session| everything(session, self.root), expect);
    }
}

/// Asks for all that a build asks the front ends for.
fn everything(session: &Session, root: File) {
    let graph = module_graph(session, root);
    for (path, package, source) in &graph.modules {
        let module = Module::new(session, root, *package, *source, path);
        intermediate(session, module);
        position_record(session, module);
    }
    diagnostics(session, root);
}
