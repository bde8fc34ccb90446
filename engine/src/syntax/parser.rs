//! What a recursive-descent parser needs: a cursor over the tokens, and a tree that grows behind it.

use crate::base::Finding;
use crate::base::TextRange;
use crate::syntax::tree::NodeData;
use crate::syntax::{SyntaxKind, Tokens, Tree};

/// A place in the text where a node may turn out to begin.
#[derive(Clone, Copy, Debug)]
pub struct Checkpoint {
    node: usize,
    token: usize,
}

/// A node that is not finished yet.
#[derive(Debug)]
#[must_use = "a node that was opened must be closed"]
pub struct Opened(usize);

/// A cursor over the tokens of a text, and the tree of what was read so far. Trivia are passed over.
#[derive(Debug)]
pub struct Parser<K> {
    tokens: Tokens<K>,
    /// The next token that is no trivia.
    position: usize,
    /// One past the last token that was read.
    end: usize,
    nodes: Vec<NodeData<K>>,
    findings: Vec<Finding>,
}

impl<K: SyntaxKind> Parser<K> {
    /// A parser at the first token.
    pub fn new(tokens: Tokens<K>) -> Parser<K> {
        let position = tokens.significant(0);
        let nodes = Vec::with_capacity(tokens.len() / 2 + 1);
        Parser { tokens, position, end: 0, nodes, findings: Vec::new() }
    }

    /// The kind of the next token.
    pub fn peek(&self) -> K {
        self.tokens.kind(self.position)
    }

    /// The kind of the token after the next one.
    pub fn peek_second(&self) -> K {
        self.tokens.kind(self.tokens.significant(self.position + 1))
    }

    /// The kinds of the tokens from the next one on, trivia left out.
    pub fn upcoming(&self) -> impl Iterator<Item = K> {
        (self.position..self.tokens.len())
            .map(|index| self.tokens.kind(index))
            .filter(|kind| !kind.is_trivia())
    }

    /// Whether the next token is of kind `kind`.
    pub fn at(&self, kind: K) -> bool {
        self.peek() == kind
    }

    /// Whether the text is read to its end.
    pub fn at_end(&self) -> bool {
        self.at(K::END)
    }

    /// The range of the next token.
    pub fn range(&self) -> TextRange {
        self.tokens.range(self.position)
    }

    /// The empty range right behind the last token that was read.
    pub fn range_behind(&self) -> TextRange {
        let end = self.end.checked_sub(1).map_or(0, |last| self.tokens.range(last).end);
        TextRange { start: end, end }
    }

    /// Reads a token.
    pub fn bump(&mut self) {
        if !self.at_end() {
            self.end = self.position + 1;
            self.position = self.tokens.significant(self.end);
        }
    }

    /// Reads the next token if it is of kind `kind`.
    pub fn eat(&mut self, kind: K) -> bool {
        let here = self.at(kind);
        if here {
            self.bump();
        }
        here
    }

    /// Writes down a mistake.
    pub fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// A place to which a node may be opened later.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint { node: self.nodes.len(), token: self.position }
    }

    /// Begins a node at the next token.
    pub fn open(&mut self) -> Opened {
        self.open_at(self.checkpoint())
    }

    /// Begins a node that holds all that was read since `checkpoint`.
    pub fn open_at(&mut self, checkpoint: Checkpoint) -> Opened {
        let node = NodeData { kind: K::ERROR, size: 0, first: checkpoint.token as u32, end: 0 };
        self.nodes.insert(checkpoint.node, node);
        Opened(checkpoint.node)
    }

    /// Ends a node behind the last token that was read.
    pub fn close(&mut self, opened: Opened, kind: K) {
        let size = self.nodes.len() - opened.0;
        let node = &mut self.nodes[opened.0];
        node.kind = kind;
        node.size = size as u32;
        node.end = self.end as u32;
        // A node that holds nothing stands behind what was read last, and so inside of the node around it.
        node.first = node.first.min(node.end);
    }

    /// The tree, under a root of kind `root` that holds the whole text, and the mistakes in source order.
    pub fn finish(mut self, root: K) -> (Tree<K>, Vec<Finding>) {
        let size = self.nodes.len() as u32 + 1;
        let end = self.tokens.len() as u32;
        self.nodes.insert(0, NodeData { kind: root, size, first: 0, end });
        self.findings.sort_by_key(|finding| finding.range);
        (Tree { tokens: self.tokens, nodes: self.nodes }, self.findings)
    }
}
