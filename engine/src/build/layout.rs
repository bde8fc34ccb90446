//! Where outputs are: the layout that each dialect's document promises.

use camino::Utf8PathBuf;

use crate::base::ModulePath;
use crate::source::{Db, File};
use crate::target::Target;

/// The places of a workspace's outputs.
///
/// For Octizys (section 3.3 of its document): `build/<compiler>_<version>/ioct/**.ioct`, and a folder for each target beside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The root of the workspace.
    pub workspace: Utf8PathBuf,
    /// The folder of everything that builds make.
    pub outputs: Utf8PathBuf,
    /// The folder of what this compiler makes.
    pub compiler: Utf8PathBuf,
}

impl Layout {
    /// The layout of the workspace under a root manifest.
    pub fn of(db: &dyn Db, root: File) -> Layout {
        let path = root.path(db);
        let workspace = path.parent().unwrap_or(path).to_owned();
        let outputs = workspace.join("build");
        let compiler = outputs.join(concat!("octizys_", env!("CARGO_PKG_VERSION")));
        Layout { workspace, outputs, compiler }
    }

    /// The intermediate of a module.
    pub fn intermediate(&self, module: &ModulePath) -> Utf8PathBuf {
        self.compiler.join(format!("ioct/{module}.ioct"))
    }

    /// The folder of a target's outputs.
    pub fn target(&self, target: Target) -> Utf8PathBuf {
        self.compiler.join(target.name())
    }

    /// Whether a folder of this name, below the folder of outputs, is what some version of this compiler made.
    pub fn is_compiler_folder(name: &str) -> bool {
        name.strip_prefix("octizys_").is_some_and(|version| semver::Version::parse(version).is_ok())
    }
}
