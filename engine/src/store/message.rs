//! What an action is, as messages of the Remote Execution API, version 2 (`build/bazel/remote/execution/v2`).
//!
//! An [`Action`] names a [`Command`] and the root [`Directory`] of its inputs by digest, a directory names files and directories
//! so, and the digest of the action's bytes is the key of its result. Servers keep these bytes as blobs, and so does the store.
//! Here are the fields that are used, with their numbers; all others have their defaults, which are not written.
//!
//! The form is canonical: fields in the order of their numbers, environment, outputs and properties sorted, and each directory's
//! files and directories, too. So equal actions have equal bytes, whoever writes them.

use std::fmt;

use camino::Utf8Path;

use crate::base::{self, Content};

pub use prost::Message;

/// The property that says which tool is needed: its value stands for all that the tool consists of.
pub const TOOL: &str = "oast-tool";

/// What names a blob.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Digest {
    /// The SHA-256 of the bytes: 64 lowercase hexadecimal digits.
    #[prost(string, tag = "1")]
    pub hash: String,
    /// How many bytes there are.
    #[prost(int64, tag = "2")]
    pub size_bytes: i64,
}

/// A program's run, as one blob: its digest is the key of what comes of it.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Action {
    /// The blob of the [`Command`].
    #[prost(message, optional, tag = "1")]
    pub command_digest: Option<Digest>,
    /// The blob of the [`Directory`] with the inputs.
    #[prost(message, optional, tag = "2")]
    pub input_root_digest: Option<Digest>,
    /// What it needs to run.
    #[prost(message, optional, tag = "10")]
    pub platform: Option<Platform>,
}

/// What is run.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Command {
    /// The program's name, and what it is told.
    #[prost(string, repeated, tag = "1")]
    pub arguments: Vec<String>,
    /// The variables that it depends on, sorted by name.
    #[prost(message, repeated, tag = "2")]
    pub environment_variables: Vec<Pair>,
    /// The same as that of the action, for servers of versions before 2.2.
    #[prost(message, optional, tag = "5")]
    pub platform: Option<Platform>,
    /// Where it runs, from the root of the inputs; empty for the root itself.
    #[prost(string, tag = "6")]
    pub working_directory: String,
    /// What it makes, from where it runs, sorted.
    #[prost(string, repeated, tag = "7")]
    pub output_paths: Vec<String>,
}

/// A variable or a property.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Message)]
pub struct Pair {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its value.
    #[prost(string, tag = "2")]
    pub value: String,
}

/// What is needed to run something.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Platform {
    /// Sorted.
    #[prost(message, repeated, tag = "1")]
    pub properties: Vec<Pair>,
}

/// A directory.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Directory {
    /// The files in it, sorted by name.
    #[prost(message, repeated, tag = "1")]
    pub files: Vec<FileNode>,
    /// The directories in it, sorted by name.
    #[prost(message, repeated, tag = "2")]
    pub directories: Vec<DirectoryNode>,
}

/// A file in a directory.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct FileNode {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its content.
    #[prost(message, optional, tag = "2")]
    pub digest: Option<Digest>,
    /// Whether it may be executed.
    #[prost(bool, tag = "4")]
    pub is_executable: bool,
}

/// A directory in a directory.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct DirectoryNode {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// The blob of its [`Directory`].
    #[prost(message, optional, tag = "2")]
    pub digest: Option<Digest>,
}

impl Digest {
    /// What names the blob with this content.
    pub fn new(content: &Content) -> Digest {
        let size_bytes = i64::try_from(content.size).unwrap_or(i64::MAX);
        Digest { hash: content.digest.to_string(), size_bytes }
    }

    /// The digest that it spells, if it spells one.
    pub fn digest(&self) -> Option<base::Digest> {
        crate::store::blob::parse_digest(&self.hash)
    }
}

impl fmt::Display for Digest {
    /// As servers and their tools write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Digest { hash, size_bytes } = self;
        write!(f, "{hash}/{size_bytes}")
    }
}

impl Platform {
    /// The platform that has the tool with this identity.
    pub fn with_tool(identity: &base::Digest) -> Platform {
        Platform { properties: vec![Pair { name: TOOL.to_owned(), value: identity.to_string() }] }
    }

    /// The identity of the tool that is needed.
    pub fn tool(&self) -> Option<&str> {
        self.properties.iter().find(|it| it.name == TOOL).map(|it| &*it.value)
    }
}

/// Hands the bytes of `message` to `take`; yields their name.
pub fn put(message: &impl Message, take: &mut dyn FnMut(&[u8])) -> Digest {
    let bytes = message.encode_to_vec();
    take(&bytes);
    Digest::new(&Content::of(&bytes))
}

/// The message in the bytes of a blob, if they are one.
pub fn read<M: Message + Default>(bytes: &[u8]) -> Option<M> {
    M::decode(bytes).ok()
}

/// Hands the bytes of all directories of a tree to `take`, the root last; yields its name.
///
/// `files` are what is in the tree, by their paths from the root, sorted as paths and each once; `None` stands for a directory that
/// is there though nothing need be in it. Paths consist of names alone.
pub fn put_tree<'a>(
    files: impl IntoIterator<Item = (&'a Utf8Path, Option<Content>)>,
    take: &mut dyn FnMut(&[u8]),
) -> Digest {
    let mut tree = Tree { root: Directory::default(), open: Vec::new(), take };
    for (path, content) in files {
        match (content, path.as_str().rsplit_once('/')) {
            (None, _) => tree.enter(path.as_str()),
            (Some(content), Some((parent, name))) => tree.file(parent, name, &content),
            (Some(content), None) => tree.file("", path.as_str(), &content),
        }
    }
    tree.close(0);
    put(&tree.root, tree.take)
}

/// A tree of which a part is written already: all but the directories on the way to the last file.
struct Tree<'t> {
    root: Directory,
    /// The names on that way with what is in each so far.
    open: Vec<(String, Directory)>,
    take: &'t mut dyn FnMut(&[u8]),
}

impl Tree<'_> {
    fn file(&mut self, parent: &str, name: &str, content: &Content) {
        self.enter(parent);
        let directory = self.open.last_mut().map_or(&mut self.root, |(_, directory)| directory);
        directory.files.push(FileNode {
            name: name.to_owned(),
            digest: Some(Digest::new(content)),
            is_executable: content.executable,
        });
    }

    /// Goes on with the directory `path`.
    fn enter(&mut self, path: &str) {
        let mut names = path.split('/').filter(|name| !name.is_empty()).peekable();
        let mut shared = 0;
        while names
            .peek()
            .is_some_and(|name| self.open.get(shared).is_some_and(|it| it.0 == **name))
        {
            names.next();
            shared += 1;
        }
        self.close(shared);
        self.open.extend(names.map(|name| (name.to_owned(), Directory::default())));
    }

    /// Writes the open directories but for the first `kept`.
    fn close(&mut self, kept: usize) {
        while kept < self.open.len() {
            let Some((name, directory)) = self.open.pop() else { break };
            let digest = Some(put(&directory, self.take));
            let parent = self.open.last_mut().map_or(&mut self.root, |(_, directory)| directory);
            parent.directories.push(DirectoryNode { name, digest });
        }
    }
}
