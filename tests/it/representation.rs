//! The common representation: its text form, and what the verifier finds wrong.

use expect_test::{Expect, expect};
use oast_engine::base::ModulePath;
use oast_engine::ir::{
    self, Arm, Constructor, Expr, ExprId, ItemKind, ItemRef, Literal, Local, LocalId, Module,
    Pattern, RefId, Ty, TyId, TypeDef, TypeKind,
};

use crate::ioct::sample;

#[test]
fn a_module_reads_like_a_small_typed_language() {
    expect![[r"
        module Demo/Main

        public fn fact(n: Int): Int =
          if n < 2 then 1 else n * fact(n - 1)
    "]]
    .assert_eq(&sample().meaning.to_string());
}

#[test]
fn with_positions_it_shows_the_lines_of_what_can_stop() {
    let ioct = sample();
    expect![[r"
        module Demo/Main

        public fn fact(n: Int): Int @1 =
          if n < 2 then 1 else n * fact(n - 1 @2) @2
    "]]
    .assert_eq(&ir::text_with_lines(&ioct.meaning, &ioct.positions));
}

#[test]
fn a_module_of_a_front_end_has_no_faults() {
    check_faults(|_| (), expect![""]);
}

#[test]
fn ids_are_in_range() {
    check_faults(
        |module| module.items[0].body.exprs[0] = Expr::Local(LocalId(7)),
        expect!["Demo/Main: `fact`: local 7 is out of range"],
    );
    check_faults(
        |module| module.items[0].body.types[0] = TyId(9),
        expect!["Demo/Main: `fact`: type 9 is out of range"],
    );
    check_faults(
        |module| module.items[0].body.exprs[0] = Expr::Global(RefId(9)),
        expect!["Demo/Main: `fact`: reference 9 is out of range"],
    );
    check_faults(|module| module.entry = Some(1), expect!["Demo/Main: the entry 1 is no item"]);
    check_faults(
        |module| module.items[0].body.root = ExprId(90),
        expect!["Demo/Main: `fact`: the root is out of range"],
    );
}

#[test]
fn operands_come_first_and_once() {
    check_faults(
        |module| module.items[0].body.exprs[2] = Expr::Sequence(vec![ExprId(3), ExprId(0)]),
        expect!["Demo/Main: `fact`: expression 2 has the operand 3, which is not before it"],
    );
    check_faults(
        |module| module.items[0].body.exprs[2] = Expr::Array(vec![ExprId(0), ExprId(0)]),
        expect!["Demo/Main: `fact`: expression 0 is used twice"],
    );
}

#[test]
fn locals_are_defined_once_and_used_in_scope() {
    check_faults(
        |module| {
            let body = &mut module.items[0].body;
            body.locals.push(Local { name: "m".into(), ty: TyId(0), mutable: false });
            body.exprs[5] = Expr::Local(LocalId(1));
        },
        expect!["Demo/Main: `fact`: local 1 (`m`) is not in scope"],
    );
    check_faults(
        |module| module.items[0].params.push(LocalId(0)),
        expect![[r"
            Demo/Main: `fact`: local 0 (`n`) is defined twice
            Demo/Main: `fact`: `Demo/Main/fact` of arity Some(2) is called with 1 (expression 8)"]],
    );
}

#[test]
fn only_what_is_mutable_is_assigned() {
    check_faults(
        |module| {
            module.types.push(Ty::Unit);
            let body = &mut module.items[0].body;
            let root = body.root;
            body.exprs.push(Expr::Literal(Literal::Int(1)));
            body.exprs.push(Expr::Assign { local: LocalId(0), value: ExprId(11) });
            body.exprs.push(Expr::Sequence(vec![ExprId(12), root]));
            body.types.extend([TyId(0), TyId(2), TyId(0)]);
            body.root = ExprId(13);
        },
        expect!["Demo/Main: `fact`: `n`, which is not mutable, is assigned"],
    );
}

#[test]
fn loops_are_left_from_inside() {
    check_faults(
        |module| module.items[0].body.exprs[3] = Expr::Break(0),
        expect!["Demo/Main: `fact`: loop 0 is left inside of 0 loops"],
    );
}

#[test]
fn expressions_have_their_types() {
    check_faults(
        |module| module.items[0].body.exprs[1] = Expr::Literal(Literal::Bool(true)),
        expect!["Demo/Main: `fact`: a literal has another type (expression 1)"],
    );
    check_faults(
        |module| module.items[0].body.types[2] = TyId(0),
        expect![[r"
            Demo/Main: `fact`: IntLess has another result (expression 2)
            Demo/Main: `fact`: a condition is no `Bool` (expression 10)"]],
    );
    check_faults(
        |module| {
            let again = Expr::Call { callee: RefId(0), arguments: vec![] };
            module.items[0].body.exprs[8] = again;
        },
        expect![
            "Demo/Main: `fact`: `Demo/Main/fact` of arity Some(1) is called with 0 (expression 8)"
        ],
    );
    check_faults(
        |module| {
            module.refs[0] = ItemRef { module: ModulePath::new("Other/A"), name: "fact".into() };
        },
        expect!["Demo/Main: `fact`: there is no function `Other/A/fact` (expression 8)"],
    );
}

#[test]
fn what_leaves_a_function_fits_everywhere_but_returns_its_result() {
    check_faults(|module| module.items[0].body.exprs[9] = Expr::Return(ExprId(8)), expect![""]);
    check_faults(
        |module| {
            module.items[0].body.exprs[7] = Expr::Literal(Literal::Bool(true));
            module.items[0].body.types[7] = TyId(1);
            module.items[0].body.exprs[8] = Expr::Return(ExprId(7));
        },
        expect![
            "Demo/Main: `fact`: the returned value has another type than the function's result (expression 8)"
        ],
    );
}

#[test]
fn matches_cover_all_values() {
    let one = || Pattern::Literal(Literal::Int(1));
    let bool = |it| Pattern::Literal(Literal::Bool(it));
    let option = |constructor, fields| Pattern::Constructor { ty: RefId(1), constructor, fields };
    let some = |it| option(1, vec![it]);
    let record = |left, right| Pattern::Record(vec![(1, right), (0, left)]);
    let any = || Pattern::Wildcard;
    let maybe = || Ty::Named(item("Maybe"), vec![Ty::Bool]);
    let pair = || Ty::record(vec![("a".into(), Ty::Bool), ("b".into(), maybe())]);

    assert!(is_exhaustive(Ty::Int, vec![one(), any()]));
    assert!(!is_exhaustive(Ty::Int, vec![one(), one()]));
    assert!(is_exhaustive(Ty::Unit, vec![Pattern::Literal(Literal::Unit)]));
    assert!(is_exhaustive(Ty::Bool, vec![bool(true), bool(false)]));
    assert!(!is_exhaustive(Ty::Bool, vec![bool(true), bool(true)]));
    assert!(is_exhaustive(maybe(), vec![some(bool(true)), option(0, vec![]), some(any())]));
    assert!(!is_exhaustive(maybe(), vec![some(bool(true)), option(0, vec![])]));
    assert!(!is_exhaustive(maybe(), vec![some(any())]));
    assert!(is_exhaustive(
        pair(),
        vec![record(any(), some(any())), record(bool(true), any()), Pattern::Record(vec![])]
    ));
    assert!(!is_exhaustive(
        pair(),
        vec![record(any(), some(any())), record(bool(true), option(0, vec![]))]
    ));
}

fn item(name: &str) -> ItemRef {
    ItemRef { module: ModulePath::new("Demo/Main"), name: name.into() }
}

/// Whether the verifier accepts a match with these patterns on a parameter of type `ty`. Any other fault is a panic.
fn is_exhaustive(ty: Ty, patterns: Vec<Pattern>) -> bool {
    let mut module = sample().meaning;
    let constructor = |name: &str, fields| Constructor { name: name.into(), fields };
    module.type_defs.push(TypeDef {
        name: "Maybe".into(),
        public: true,
        params: 1,
        kind: TypeKind::Variant(vec![
            constructor("Nothing", vec![]),
            constructor("Just", vec![Ty::Param(0)]),
        ]),
    });
    module.refs.push(item("Maybe"));
    module.types = vec![ty, Ty::Unit];
    module.types.dedup();
    let unit_ty = TyId(module.types.len() as u32 - 1);
    let unit = Expr::Literal(Literal::Unit);
    let count = patterns.len() as u32;
    let arms = patterns.into_iter().zip(1..);
    let arms = arms.map(|(pattern, n)| Arm { pattern, guard: None, body: ExprId(n) });
    let found = Expr::Match { scrutinee: ExprId(0), arms: arms.collect() };
    let body = &mut module.items[0].body;
    body.exprs = vec![Expr::Local(LocalId(0))];
    body.exprs.extend((0..count).map(|_| unit.clone()).chain([found]));
    body.types = vec![unit_ty; body.exprs.len()];
    body.types[0] = TyId(0);
    body.root = ExprId(count + 1);
    let faults = ir::verify(&module, &|_| None, &|_| None);
    let expected = "do not cover all values";
    assert!(faults.iter().all(|it| it.contains(expected)), "{faults:?}");
    faults.is_empty()
}

#[test]
fn types_are_in_normal_form() {
    let curried = Ty::Function(vec![Ty::Int], Box::new(Ty::function(vec![Ty::Int], Ty::Int)));
    check_faults(
        move |module| module.types.push(curried),
        expect!["Demo/Main: type 2: a function type is not flat"],
    );
    check_faults(
        |module| module.types.push(Ty::Int),
        expect!["Demo/Main: the type `Int` is there twice"],
    );
    check_faults(
        |module| module.types.push(Ty::Record(vec![("b".into(), Ty::Int), ("a".into(), Ty::Int)])),
        expect!["Demo/Main: type 2: the fields of a record type are not sorted, or not unique"],
    );
    let unknown = ItemRef { module: ModulePath::new("Demo/Main"), name: "T".into() };
    check_faults(
        move |module| module.types.push(Ty::Named(unknown, vec![])),
        expect!["Demo/Main: type 2: there is no type `Demo/Main/T`"],
    );
}

#[test]
fn constants_and_entries_have_no_parameters() {
    check_faults(
        |module| module.entry = Some(0),
        expect!["Demo/Main: the entry `fact` is no function without parameters"],
    );
    check_faults(
        |module| module.items[0].kind = ItemKind::Constant,
        expect![[r"
            Demo/Main: `fact`: a constant has parameters
            Demo/Main: `fact`: `Demo/Main/fact` of arity None is called with 1 (expression 8)"]],
    );
}

fn check_faults(edit: impl FnOnce(&mut Module), expected: Expect) {
    let mut module = sample().meaning;
    edit(&mut module);
    expected.assert_eq(&ir::verify(&module, &|_| None, &|_| None).join("\n"));
}
