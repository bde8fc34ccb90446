//! Where a program starts.

use crate::base::{Finding, TextRange};
use crate::ir::{ENTRY, Expr, ExprId, ItemKind, Literal, Prim, Ty};
use crate::lang::oats::builder::{Repr, Step};
use crate::lang::oats::check::module::{declared_name, exported_main};
use crate::lang::oats::check::{Checker, Meaning};
use crate::lang::oats::decl::Syntax;
use crate::lang::oats::ty::Type;

impl<'t> Checker<'t, '_> {
    /// The item that a program starts with: calls `main` and makes its result the exit status.
    pub(super) fn entry(&mut self, root: Syntax<'t>) {
        let Some(main) = exported_main(root, self.text) else {
            let range = TextRange::default();
            let finding =
                Finding::error("missing-main", range, "No exported `main` function found");
            return self.report(finding.help("write `export function main(): void { … }`"));
        };
        let range = declared_name(main, self.text).unwrap_or_default();
        let Some(binding) = self.lookup("main") else { return };
        let (Meaning::Function(item, reprs), Type::Function(signature)) =
            (&binding.meaning, &binding.ty)
        else {
            return;
        };
        if !signature.params.is_empty() {
            return self.error("main-parameters", range, "`main` takes no parameters");
        }
        let result = match &signature.result {
            Type::Promise(inner) => (**inner).clone(),
            other => other.clone(),
        };
        if !matches!(
            result,
            Type::Void | Type::Number | Type::Unknown | Type::Undefined | Type::Never
        ) {
            let message = format!("`main` returns a number or nothing, not `{result}`");
            return self.error("main-result", range, message);
        }
        let callee = self.b.item(item.clone());
        let call = Expr::Call { callee, arguments: Vec::new() };
        let mut id = self.b.add(call, reprs.1.ty(), range);
        if matches!(signature.result, Type::Promise(_)) {
            id = self.prelude_call("promise_await", vec![id], range).id;
            id = self.b.convert(
                id,
                Repr::Dynamic,
                if result == Type::Number { Repr::Float } else { Repr::Unit },
                range,
            );
        } else if result != Type::Number {
            id = self.b.convert(id, reprs.1, Repr::Unit, range);
        }
        let unhandled = self.unhandled_rejection(range);
        id = if result == Type::Number {
            let local = self.b.local("", Repr::Float);
            let status = self.b.get(local, range);
            let status = self.exit_status(status, range);
            self.b.block(vec![Step::Let(local, id), unhandled], Some(status), range)
        } else {
            self.b.block(vec![Step::Do(id), unhandled], None, range)
        };
        self.add_item(ENTRY, range, false, ItemKind::Function, Vec::new(), id);
    }

    /// Throws what a promise was rejected with that nobody has awaited.
    fn unhandled_rejection(&mut self, range: TextRange) -> Step {
        let promise = self.prelude_call("promise_unhandled", Vec::new(), range);
        let local = self.b.local("", Repr::Dynamic);
        let get = self.b.get(local, range);
        let condition = self.b.prim(Prim::DynamicTruth, vec![get], Ty::Bool, range);
        let get = self.b.get(local, range);
        let value = self.get_named(get, "value", range);
        let then = self.b.add(Expr::Throw(value), Ty::Unit, range);
        let otherwise = self.b.literal(Literal::Unit, range);
        let id = self.b.add(Expr::If { condition, then, otherwise }, Ty::Unit, range);
        Step::Do(self.b.block(vec![Step::Let(local, promise.id)], Some(id), range))
    }

    /// Ends the program with status 1 where a number is not 0.
    fn exit_status(&mut self, number: ExprId, range: TextRange) -> ExprId {
        let local = self.b.local("", Repr::Float);
        let status = self.b.get(local, range);
        let zero = self.b.float(0.0, range);
        let condition = self.b.prim(Prim::FloatEqual, vec![status, zero], Ty::Bool, range);
        let then = self.b.literal(Literal::Unit, range);
        let one = self.b.literal(Literal::Int(1), range);
        let otherwise = self.b.prim(Prim::Exit, vec![one], Ty::Unit, range);
        let id = self.b.add(Expr::If { condition, then, otherwise }, Ty::Unit, range);
        self.b.block(vec![Step::Let(local, number)], Some(id), range)
    }
}
