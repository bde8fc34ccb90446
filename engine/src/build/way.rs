//! The ways in which outputs are made: a target, how it is compiled, by which tools, and where.

use crate::base::{Digest, DigestWriter, relative_to};
use crate::build::layout::Layout;
use crate::build::tools::Tools;
use crate::target::Target;

/// A way of making outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    /// The target.
    pub(crate) target: Target,
    /// What stands for the way in the state: equal where the same outputs are made of the same modules.
    pub(crate) digest: Digest,
}

impl Way {
    /// The way of making `target` with `tools`.
    pub(crate) fn new(target: Target, tools: &Tools, layout: &Layout) -> Way {
        let mut digest = DigestWriter::default();
        digest.part(target.name());
        digest.part(layout.program_name().map_or("", |it| it));
        for place in [layout.products(), &layout.compiler] {
            digest.part(relative_to(place, &layout.workspace).as_str());
        }
        if let (Target::C11, Some((c, profile))) = (target, &tools.c) {
            let compile = c.compile(profile, "a.c".into(), "a.o".into(), &[]);
            let archive = c.archive("a.a".into(), []);
            let link = c.link(profile, "a".into(), [], &[]);
            let merge = c.merge(profile, "a.o".into(), []);
            for invocation in [compile, archive, merge, link] {
                digest.part(invocation.tool.identity.as_bytes());
                let words = invocation.tool.arguments.iter().chain(&invocation.arguments);
                words.for_each(|word| _ = digest.part(word));
                for (name, value) in &invocation.environment {
                    digest.part(name).part(value);
                }
            }
        }
        Way { target, digest: digest.finish() }
    }
}
