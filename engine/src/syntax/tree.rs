//! The tree and how to walk it.

use std::fmt::Debug;

use crate::base::TextRange;

/// What kinds of tokens and nodes a language has.
pub trait SyntaxKind: Copy + Eq + Debug {
    /// The kind of text that no token rule accepts, and of nodes that hold what the parser skipped.
    const ERROR: Self;

    /// The kind at the end of the text; no token has it.
    const END: Self;

    /// Whether a token of this kind means nothing: white space, a comment.
    fn is_trivia(self) -> bool;
}

/// The tokens of a text: they cover it without gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens<K> {
    kinds: Vec<K>,
    /// Where each token starts; one more for the end of the text.
    starts: Vec<u32>,
}

impl<K: SyntaxKind> Tokens<K> {
    /// No tokens yet, with room for those of a text of `bytes` bytes.
    pub fn with_capacity(bytes: usize) -> Tokens<K> {
        let guess = bytes * 2 / 5 + 1;
        let mut starts = Vec::with_capacity(guess + 1);
        starts.push(0);
        Tokens { kinds: Vec::with_capacity(guess), starts }
    }

    /// Adds a token that reaches up to `end`.
    pub fn push(&mut self, kind: K, end: usize) {
        self.kinds.push(kind);
        self.starts.push(end as u32);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    /// Whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// The kind of token `index`; [`SyntaxKind::END`] behind the last.
    pub fn kind(&self, index: usize) -> K {
        self.kinds.get(index).copied().unwrap_or(K::END)
    }

    /// The range of token `index`; the empty range at the end of the text behind the last.
    pub fn range(&self, index: usize) -> TextRange {
        let at = |index: usize| self.starts[index.min(self.len())];
        TextRange { start: at(index), end: at(index + 1) }
    }

    /// The first index from `index` on that is no trivia.
    pub fn significant(&self, mut index: usize) -> usize {
        while self.kinds.get(index).is_some_and(|kind| kind.is_trivia()) {
            index += 1;
        }
        index
    }
}

/// A node as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeData<K> {
    pub(crate) kind: K,
    /// How many nodes the subtree has, this one included.
    pub(crate) size: u32,
    /// The first token, never trivia unless the node is empty or the root.
    pub(crate) first: u32,
    /// One past the last token, which is no trivia unless the node is empty or the root.
    pub(crate) end: u32,
}

/// The syntax of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree<K> {
    pub(crate) tokens: Tokens<K>,
    pub(crate) nodes: Vec<NodeData<K>>,
}

impl<K: SyntaxKind> Tree<K> {
    /// The node that holds the whole text.
    pub fn root(&self) -> Node<'_, K> {
        Node { tree: self, index: 0 }
    }

    /// All tokens.
    pub fn tokens(&self) -> &Tokens<K> {
        &self.tokens
    }
}

/// A node of a tree.
#[derive(Debug)]
pub struct Node<'t, K> {
    tree: &'t Tree<K>,
    index: u32,
}

impl<K> Clone for Node<'_, K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Node<'_, K> {}

/// A token of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<K> {
    /// What it is.
    pub kind: K,
    /// Where it stands.
    pub range: TextRange,
}

impl<'t, K: SyntaxKind> Node<'t, K> {
    fn data(self) -> &'t NodeData<K> {
        &self.tree.nodes[self.index as usize]
    }

    /// What it is.
    pub fn kind(self) -> K {
        self.data().kind
    }

    /// How many nodes there are from it downwards, itself included.
    pub fn size(self) -> usize {
        self.data().size as usize
    }

    /// From its first token to its last.
    pub fn range(self) -> TextRange {
        let NodeData { first, end, .. } = *self.data();
        let starts = &self.tree.tokens.starts;
        let start = starts[first as usize];
        // What ends a token is where the next begins.
        TextRange { start, end: if first < end { starts[end as usize] } else { start } }
    }

    /// The nodes right below it, in order.
    pub fn children(self) -> impl Iterator<Item = Node<'t, K>> + Clone {
        let end = self.index + self.data().size;
        let mut next = self.index + 1;
        std::iter::from_fn(move || {
            if next == end {
                return None;
            }
            let node = Node { tree: self.tree, index: next };
            next += node.data().size;
            Some(node)
        })
    }

    /// The first node that is `levels` levels below it, if there is one.
    pub fn descendant_below(self, levels: usize) -> Option<Node<'t, K>> {
        let mut ends = vec![];
        let end = self.index + self.data().size;
        for index in self.index..end {
            while ends.last().is_some_and(|end| *end <= index) {
                ends.pop();
            }
            let node = Node { tree: self.tree, index };
            if ends.len() == levels {
                return Some(node);
            }
            ends.push(index + node.data().size);
        }
        None
    }

    /// The first node right below it of kind `kind`.
    pub fn child(self, kind: K) -> Option<Node<'t, K>> {
        self.children().find(|child| child.kind() == kind)
    }

    /// The tokens right below it (not in a child) that are no trivia, in order.
    pub fn tokens(self) -> impl Iterator<Item = Token<K>> + Clone {
        let NodeData { first, end, .. } = *self.data();
        let mut children = self.children();
        let mut child = children.next();
        let mut next = first;
        let tokens = &self.tree.tokens;
        std::iter::from_fn(move || {
            loop {
                while let Some(skipped) = child
                    && skipped.data().first <= next
                {
                    next = next.max(skipped.data().end);
                    child = children.next();
                }
                if end <= next {
                    return None;
                }
                let index = next as usize;
                next += 1;
                if !tokens.kind(index).is_trivia() {
                    return Some(Token { kind: tokens.kind(index), range: tokens.range(index) });
                }
            }
        })
    }

    /// The first token right below it of kind `kind`.
    pub fn token(self, kind: K) -> Option<Token<K>> {
        self.tokens().find(|token| token.kind == kind)
    }
}
