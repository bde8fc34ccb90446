//! Whether the ids in a body are in range, and operands before what they are operands of, each once.

use crate::ir::verify::Verifier;
use crate::ir::{ExprId, Item, LocalId, RefId};

impl Verifier<'_> {
    /// Checks all ids of the body, so that what comes after may index with them.
    pub(super) fn body_ids(&mut self, item: &Item) {
        let body = &item.body;
        if body.types.len() != body.exprs.len() {
            let (types, exprs) = (body.types.len(), body.exprs.len());
            self.fault(format!("{types} types for {exprs} expressions"));
        }
        if body.exprs.len() <= body.root.0 as usize {
            self.fault("the root is out of range");
        }
        let tys = body.types.iter().copied().chain(body.locals.iter().map(|it| it.ty));
        for ty in tys.filter(|it| self.module.types.len() <= it.0 as usize) {
            self.fault(format!("type {} is out of range", ty.0));
        }
        for param in &item.params {
            self.local_id(item, *param);
        }
        let mut used = vec![false; body.exprs.len()];
        for (n, expr) in body.exprs.iter().enumerate() {
            for operand in expr.operands() {
                self.operand(&mut used, n, operand);
            }
            expr.locals().into_iter().for_each(|local| self.local_id(item, local));
            expr.refs().into_iter().for_each(|item| self.ref_id(item));
        }
    }

    fn operand(&mut self, used: &mut [bool], user: usize, operand: ExprId) {
        let at = operand.0 as usize;
        if user <= at {
            self.fault(format!("expression {user} has the operand {at}, which is not before it"));
        } else if std::mem::replace(&mut used[at], true) {
            self.fault(format!("expression {at} is used twice"));
        }
    }

    fn local_id(&mut self, item: &Item, id: LocalId) {
        if item.body.locals.len() <= id.0 as usize {
            self.fault(format!("local {} is out of range", id.0));
        }
    }

    fn ref_id(&mut self, id: RefId) {
        if self.module.refs.len() <= id.0 as usize {
            self.fault(format!("reference {} is out of range", id.0));
        }
    }
}
