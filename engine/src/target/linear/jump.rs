//! Loops, and the ways out of them.

use crate::ir::{ExprId, Literal, Prim};
use crate::target::linear::lower::{Dest, Lowerer};
use crate::target::linear::{Block, Branch, Expr, Jump, Label, Stmt, VarId};

/// A loop around the place being written.
pub(crate) struct LoopFrame {
    label: Label,
    /// Whether a jump to its end was written.
    broken: bool,
    /// Whether a jump to its beginning was written.
    continued: bool,
    /// Where to go on after leaving it for the sake of an outer loop.
    exits: Vec<(usize, Jump)>,
    /// The variable that says which of the exits it is, counted from 1.
    exit: Option<VarId>,
}

impl Lowerer<'_> {
    pub(crate) fn push_loop(&mut self) {
        let label = Label(self.labels);
        self.labels += 1;
        self.loops.push(LoopFrame {
            label,
            broken: false,
            continued: false,
            exits: Vec::new(),
            exit: None,
        });
    }

    fn pop_loop(&mut self) -> LoopFrame {
        self.loops.pop().expect("a loop that was pushed")
    }

    /// Ends a function: whether it calls itself in tail position, and its body, which is then a loop.
    pub(crate) fn pop_function_loop(&mut self) -> (bool, Block) {
        let frame = self.pop_loop();
        let body = std::mem::take(&mut self.block);
        let body = if frame.continued { vec![repeated(frame.label, body)] } else { body };
        (frame.continued, body)
    }

    /// Writes a loop.
    pub(crate) fn repeat(&mut self, body: ExprId) {
        if !self.live {
            return;
        }
        self.push_loop();
        let (block, _, ()) = self.nested(Vec::new(), |it| it.lower(body, Dest::Discard));
        let frame = self.pop_loop();
        if let Some(exit) = frame.exit.filter(|_| frame.broken) {
            self.emit(Stmt::Assign(exit, Expr::Literal(Literal::Int(0))));
        }
        self.emit(repeated(frame.label, block));
        for (n, (target, kind)) in frame.exits.iter().enumerate() {
            if n + 1 == frame.exits.len() && !frame.broken {
                return self.jump_to(*target, *kind);
            }
            let exit = frame.exit.expect("an exit has its variable");
            let (leave, _, ()) = self.nested(Vec::new(), |it| it.jump_to(*target, *kind));
            let condition = Expr::Prim {
                prim: Prim::IntEqual,
                operands: vec![Expr::Var(exit), code(n)],
                site: body,
            };
            self.emit_if(vec![Branch { condition, block: leave }], Vec::new());
        }
        self.live = frame.broken;
    }

    /// Writes a jump that concerns the n-th loop around this place.
    pub(crate) fn jump(&mut self, depth: u32, kind: Jump) {
        debug_assert!(
            (depth as usize) + 1 < self.loops.len(),
            "a jump to a loop that is not there"
        );
        self.jump_to(self.loops.len() - 1 - depth as usize, kind);
    }

    /// Writes a jump that concerns `self.loops[target]`.
    pub(crate) fn jump_to(&mut self, target: usize, kind: Jump) {
        if !self.live {
            return;
        }
        let innermost = target + 1 == self.loops.len();
        if innermost || self.language.labelled_jumps {
            let frame = &mut self.loops[target];
            match kind {
                Jump::Break => frame.broken = true,
                Jump::Continue => frame.continued = true,
            }
            let label = frame.label;
            self.emit(Stmt::Jump { kind, label, innermost });
        } else {
            self.leave_for(target, kind);
        }
        self.live = false;
    }

    /// Leaves the innermost loop, behind which a jump concerns another one.
    fn leave_for(&mut self, target: usize, kind: Jump) {
        let innermost = self.loops.len() - 1;
        let exit = self.loops[innermost].exit.unwrap_or_else(|| self.temporary());
        let frame = &mut self.loops[innermost];
        frame.exit = Some(exit);
        let label = frame.label;
        let n = frame.exits.iter().position(|it| *it == (target, kind)).unwrap_or_else(|| {
            frame.exits.push((target, kind));
            frame.exits.len() - 1
        });
        self.emit(Stmt::Assign(exit, code(n)));
        self.emit(Stmt::Jump { kind: Jump::Break, label, innermost: true });
    }
}

/// The value of the exit variable for the n-th exit.
fn code(n: usize) -> Expr {
    let n = i64::try_from(n + 1).expect("a loop has few exits");
    Expr::Literal(Literal::Int(n))
}

/// A loop, with its condition where it begins with one.
fn repeated(label: Label, mut body: Block) -> Stmt {
    let again = Stmt::Jump { kind: Jump::Continue, label, innermost: true };
    if body.last() == Some(&again) {
        body.pop();
    }
    let leave = Stmt::Jump { kind: Jump::Break, label, innermost: true };
    let condition = match body.first_mut() {
        Some(Stmt::If { branches, otherwise }) if otherwise.is_empty() => match &mut branches[..] {
            [only] if only.block == [leave] => {
                Some(std::mem::replace(&mut only.condition, Expr::Literal(Literal::Unit)))
            }
            _ => None,
        },
        _ => None,
    };
    if condition.is_some() {
        body.remove(0);
    }
    Stmt::Loop { label, condition: condition.map(Expr::negated), body }
}
