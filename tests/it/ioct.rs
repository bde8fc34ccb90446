//! The `.ioct` file: what is written is what is read, and positions stay apart from meaning.

use std::collections::BTreeMap;
use std::sync::Arc;

use oast_engine::base::{ModulePath, TextRange};
use oast_engine::codec::Miss;
use oast_engine::ir::ioct::{self, Ioct, Origin};
use oast_engine::ir::{
    Body, Expr, ExprId, Interface, Item, ItemKind, ItemPositions, ItemRef, Literal, Local, LocalId,
    Module, Positions, Prim, RefId, Scheme, Ty, TyId, ValueExport,
};

#[test]
fn what_is_read_is_what_was_written() {
    let ioct = sample();
    assert_eq!(ioct::read(&written(&ioct)), Ok(ioct));
}

#[test]
fn records_encoded_apart_make_the_same_file() {
    let ioct = sample();
    let joined = ioct::join(
        &ioct.origin,
        &ioct::encode_interface(&ioct.interface),
        &ioct::encode_meaning(&ioct.meaning),
        &ioct::encode_positions(&ioct.positions),
    );
    assert_eq!(joined, written(&ioct));
}

#[test]
fn records_are_read_apart() {
    let ioct = sample();
    let interface = ioct::encode_interface(&ioct.interface);
    let meaning = ioct::encode_meaning(&ioct.meaning);
    let positions = ioct::encode_positions(&ioct.positions);
    assert_eq!(ioct::decode_interface(&interface), Ok(ioct.interface));
    assert_eq!(ioct::decode_positions(&positions), Ok(ioct.positions));
    assert_eq!(ioct::decode_meaning(&meaning), Ok(ioct.meaning));
    assert_eq!(ioct::decode_meaning(&positions), Err(Miss::Foreign));
}

#[test]
fn a_moved_function_changes_the_last_record_only() {
    let before = sample();
    let mut after = before.clone();
    for range in &mut after.positions.items[0].exprs {
        *range = TextRange { start: range.start + 10, end: range.end + 10 };
    }
    let unmoved = written(&before).len() - ioct::encode_positions(&before.positions).len();
    assert_eq!(written(&before)[..unmoved], written(&after)[..unmoved]);
    assert_ne!(written(&before), written(&after));
}

#[test]
fn every_truncation_is_a_miss() {
    let file = written(&sample());
    for length in 0..file.len() {
        assert!(ioct::read(&file[..length]).is_err(), "cut off at {length}");
    }
}

#[test]
fn every_change_of_a_byte_is_a_miss() {
    let mut file = written(&sample());
    for at in 0..file.len() {
        for change in [1, 2, 4, 8, 16, 32, 64, 128, 255] {
            file[at] ^= change;
            assert!(ioct::read(&file).is_err(), "byte {at} ^ {change}");
            file[at] ^= change;
        }
    }
}

#[test]
fn positions_of_another_version_are_a_miss() {
    let mut ioct = sample();
    ioct.positions.items[0].exprs.pop();
    assert_eq!(ioct::read(&written(&ioct)), Err(Miss::Damaged));
}

fn written(ioct: &Ioct) -> Vec<u8> {
    ioct::write(&ioct.origin, &ioct.interface, &ioct.meaning, &ioct.positions)
}

/// `public fact : n : Int |- Int = if lt n 2 then 1 else mul n (fact (minus n 1));`
pub(crate) fn sample() -> Ioct {
    let path = ModulePath::new("Demo/Main");
    let prim = |prim, left, right| Expr::Prim { prim, operands: vec![ExprId(left), ExprId(right)] };
    let int = |value| Expr::Literal(Literal::Int(value));
    let n = Expr::Local(LocalId(0));
    let exprs = vec![
        n.clone(),
        int(2),
        prim(Prim::IntLess, 0, 1),
        int(1),
        n.clone(),
        n,
        int(1),
        prim(Prim::IntSubtract, 5, 6),
        Expr::Call { callee: RefId(0), arguments: vec![ExprId(7)] },
        prim(Prim::IntMultiply, 4, 8),
        Expr::If { condition: ExprId(2), then: ExprId(3), otherwise: ExprId(9) },
    ];
    let mut types = vec![TyId(0); exprs.len()];
    types[2] = TyId(1);
    let ranges = (0..exprs.len()).map(|n| TextRange::new(30 + 3 * n, 32 + 3 * n)).collect();
    let item = Item {
        name: "fact".into(),
        public: true,
        kind: ItemKind::Function,
        type_params: 0,
        params: vec![LocalId(0)],
        body: Body {
            exprs,
            types,
            locals: vec![Local { name: "n".into(), ty: TyId(0), mutable: false }],
            root: ExprId(10),
        },
    };
    let scheme = Scheme { params: 0, ty: Ty::function(vec![Ty::Int], Ty::Int) };
    let export = ValueExport { scheme, arity: Some(1), declared: None };
    Ioct {
        origin: Origin { source: "Demo/src/Main.oct".into(), dialect: "octizys".into() },
        interface: Interface {
            module: path.clone(),
            complete: true,
            values: BTreeMap::from([("fact".into(), Arc::new(export))]),
            types: BTreeMap::new(),
        },
        meaning: Module {
            path: path.clone(),
            types: vec![Ty::Int, Ty::Bool],
            refs: vec![ItemRef { module: path, name: "fact".into() }],
            type_defs: vec![],
            items: vec![item],
            entry: None,
        },
        positions: Positions {
            line_starts: vec![0, 27],
            items: vec![ItemPositions { name: TextRange::new(7, 11), exprs: ranges }],
        },
    }
}
