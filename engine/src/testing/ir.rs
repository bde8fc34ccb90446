//! Modules of the common representation, written by hand.
//!
//! ```text
//! (data Shape 2)                                  ; a variant type of this module with at least so many constructors
//! (fun area (shape)                               ; a function; `(const …)` is a constant, `(private …)` wraps either
//!   (match shape
//!     ((Shape#0 w h) (IntMultiply w h))           ; pattern, body
//!     ((Shape#1 r) when (IntLess 0 r) r)          ; pattern, guard, body
//!     (_ 0)))
//! (entry main)
//! ```
//!
//! Expressions: `1` `1.5` `"text"` `true` `unit`, a name (a local, or an item: `name` or `Pkg/Module/name`), `(fn (x) e)`,
//! `(let x e body)`, `(var x e body)` for a mutable local, `(rec ((f (fn …)) …) body)`, `(set x e)`, `(do e …)`, `(if c a b)`,
//! `(match e arm …)`, `(loop e)`, `(break n)`, `(continue n)`, `(return e)`, `(new Type#0 e …)`, `(record e …)`,
//! `(record-order (1 0) e …)`, `(field e 0)` of a record, `(get e 0)` and `(put e 0 e)` of an object, `(array e …)`,
//! `(apply f e …)`, `(IntAdd a b)` and every other operation under its name, `(f e …)`: a call of an item, an application of a local.
//!
//! All items are public. Types are only as true as back ends need them.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::CharIndices;

use crate::base::{ModulePath, Name, TextRange};
use crate::ir::{
    Arm, Body, Constructor, Expr, ExprId, Item, ItemKind, ItemPositions, ItemRef, Literal, Local,
    LocalId, Module, Pattern, Positions, Prim, RefId, Ty, TyId, TypeDef, TypeKind,
};

/// The module that `text` describes, and where its parts stand in that text.
///
/// # Panics
///
/// Where the text is not as described above.
pub fn ir_module(path: &str, text: &str) -> (Module, Positions) {
    let mut reader = Reader { text, chars: text.char_indices().peekable() };
    let mut builder = Builder {
        module: Module {
            path: ModulePath::new(path),
            types: vec![Ty::Int, Ty::Unit, Ty::Param(0)],
            refs: Vec::new(),
            type_defs: Vec::new(),
            items: Vec::new(),
            entry: None,
        },
        positions: Positions {
            line_starts: std::iter::once(0)
                .chain(text.match_indices('\n').map(|(at, _)| at as u32 + 1))
                .collect(),
            items: Vec::new(),
        },
        body: empty_body(),
        ranges: Vec::new(),
        scope: Vec::new(),
    };
    let mut entry = None;
    let mut declared = BTreeMap::new();
    while let Some(form) = reader.form() {
        match form.head() {
            "data" => {
                let name = form.list()[1].atom();
                declared.insert(Name::new(name), vec![0; form.list()[2].number()]);
            }
            "entry" => entry = Some(form.list()[1].atom().to_owned()),
            "private" => {
                builder.item(&form.list()[1]);
                builder.module.items.last_mut().expect("just added").public = false;
            }
            _ => builder.item(&form),
        }
    }
    builder.module.type_defs = type_defs(&builder.module, declared);
    let index = |name: String| builder.module.items.iter().position(|it| it.name == name);
    builder.module.entry =
        entry.map(|name| index(name).expect("the entry is an item of the module") as u32);
    (builder.module, builder.positions)
}

const TEXT_QUOTE: char = '"';
const INT: TyId = TyId(0);
const UNIT: TyId = TyId(1);
/// What may be a function or not.
const ANY: TyId = TyId(2);

struct Form {
    range: TextRange,
    kind: FormKind,
}

enum FormKind {
    Atom(String),
    Text(String),
    List(Vec<Form>),
}

impl Form {
    fn list(&self) -> &[Form] {
        match &self.kind {
            FormKind::List(forms) => forms,
            _ => panic!("a list is expected at {:?}", self.range),
        }
    }

    fn atom(&self) -> &str {
        match &self.kind {
            FormKind::Atom(atom) => atom,
            _ => panic!("a word is expected at {:?}", self.range),
        }
    }

    /// The first word of a list.
    fn head(&self) -> &str {
        match &self.list()[0].kind {
            FormKind::Atom(atom) => atom,
            _ => "",
        }
    }

    fn number<T: std::str::FromStr<Err: std::fmt::Debug>>(&self) -> T {
        self.atom().parse().expect("a number")
    }
}

struct Reader<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
}

impl Reader<'_> {
    fn at(&mut self) -> usize {
        self.chars.peek().map_or(self.text.len(), |(at, _)| *at)
    }

    fn form(&mut self) -> Option<Form> {
        while let Some((_, c)) = self.chars.peek() {
            if *c == ';' {
                while self.chars.next_if(|(_, c)| *c != '\n').is_some() {}
            } else if c.is_whitespace() {
                self.chars.next();
            } else {
                break;
            }
        }
        let start = self.at();
        let kind = match self.chars.next()?.1 {
            '(' => FormKind::List(std::iter::from_fn(|| self.form()).collect()),
            ')' => return None,
            TEXT_QUOTE => FormKind::Text(self.quoted()),
            first => {
                let mut atom = String::from(first);
                let more = |c: char| !c.is_whitespace() && !"()".contains(c);
                while let Some((_, c)) = self.chars.next_if(|(_, c)| more(*c)) {
                    atom.push(c);
                }
                FormKind::Atom(atom)
            }
        };
        Some(Form { range: TextRange::new(start, self.at()), kind })
    }

    fn quoted(&mut self) -> String {
        let mut text = String::new();
        loop {
            match self.chars.next().expect("a closing quote").1 {
                TEXT_QUOTE => return text,
                '\\' => match self.chars.next().expect("an escaped character").1 {
                    'n' => text.push('\n'),
                    '0' => text.push('\0'),
                    other => text.push(other),
                },
                other => text.push(other),
            }
        }
    }
}

struct Builder {
    module: Module,
    positions: Positions,
    body: Body,
    ranges: Vec<TextRange>,
    scope: Vec<(String, LocalId)>,
}

impl Builder {
    fn item(&mut self, form: &Form) {
        let parts = form.list();
        let name = &parts[1];
        let (kind, params) = match form.head() {
            "fun" => (ItemKind::Function, self.bind_all(&parts[2])),
            "const" => (ItemKind::Constant, Vec::new()),
            other => panic!("`{other}` begins no item"),
        };
        let body = parts.last().expect("an item has a body");
        self.body.root = self.expr(body);
        self.scope.clear();
        self.module.items.push(Item {
            name: Name::new(name.atom()),
            public: true,
            kind,
            type_params: 0,
            params,
            body: std::mem::replace(&mut self.body, empty_body()),
        });
        let exprs = std::mem::take(&mut self.ranges);
        self.positions.items.push(ItemPositions { name: name.range, exprs });
    }

    fn add(&mut self, form: &Form, expr: Expr, ty: TyId) -> ExprId {
        self.body.exprs.push(expr);
        self.body.types.push(ty);
        self.ranges.push(form.range);
        ExprId(self.body.exprs.len() as u32 - 1)
    }

    fn exprs(&mut self, forms: &[Form]) -> Vec<ExprId> {
        forms.iter().map(|it| self.expr(it)).collect()
    }

    fn expr(&mut self, form: &Form) -> ExprId {
        match &form.kind {
            FormKind::Text(text) => {
                self.add(form, Expr::Literal(Literal::Text(Name::new(text))), INT)
            }
            FormKind::Atom(atom) => {
                let (expr, ty) = self.word(atom);
                self.add(form, expr, ty)
            }
            FormKind::List(parts) => {
                let (expr, ty) = match form.head() {
                    "fn" | "let" | "var" | "rec" | "match" => self.binder(form.head(), parts),
                    head => self.compound(head, parts),
                };
                self.add(form, expr, ty)
            }
        }
    }

    fn word(&mut self, atom: &str) -> (Expr, TyId) {
        if let Some(literal) = literal(atom) {
            let ty = if literal == Literal::Unit { UNIT } else { INT };
            return (Expr::Literal(literal), ty);
        }
        match self.local(atom) {
            Some(local) => (Expr::Local(local), INT),
            None => (Expr::Global(self.item_ref(atom)), ANY),
        }
    }

    fn local(&self, name: &str) -> Option<LocalId> {
        self.scope.iter().rev().find(|(it, _)| it == name).map(|(_, local)| *local)
    }

    fn binder(&mut self, head: &str, parts: &[Form]) -> (Expr, TyId) {
        let depth = self.scope.len();
        let (expr, ty) = match head {
            "fn" => {
                let params = self.bind_all(&parts[1]);
                (Expr::Lambda { params, body: self.expr(&parts[2]) }, INT)
            }
            "let" | "var" => {
                let value = self.expr(&parts[2]);
                let local = self.bind(parts[1].atom(), head == "var");
                let body = self.expr(&parts[3]);
                (Expr::Let { local, value, body }, self.body.ty(body))
            }
            "rec" => {
                let pairs = parts[1].list().iter().map(Form::list);
                let locals: Vec<LocalId> =
                    pairs.clone().map(|it| self.bind(it[0].atom(), false)).collect();
                let values: Vec<ExprId> = pairs.map(|it| self.expr(&it[1])).collect();
                let body = self.expr(&parts[2]);
                let bindings = locals.into_iter().zip(values).collect();
                (Expr::LetRec { bindings, body }, self.body.ty(body))
            }
            _ => {
                let scrutinee = self.expr(&parts[1]);
                let arms: Vec<Arm> = parts[2..].iter().map(|it| self.arm(it.list())).collect();
                let ty = self.body.ty(arms[0].body);
                (Expr::Match { scrutinee, arms }, ty)
            }
        };
        self.scope.truncate(depth);
        (expr, ty)
    }

    fn arm(&mut self, parts: &[Form]) -> Arm {
        let depth = self.scope.len();
        let pattern = self.pattern(&parts[0]);
        let guarded = matches!(&parts[1].kind, FormKind::Atom(word) if word == "when");
        let guard = guarded.then(|| self.expr(&parts[2]));
        let body = self.expr(parts.last().expect("an arm has a body"));
        self.scope.truncate(depth);
        Arm { pattern, guard, body }
    }

    fn pattern(&mut self, form: &Form) -> Pattern {
        match &form.kind {
            FormKind::Text(text) => Pattern::Literal(Literal::Text(Name::new(text))),
            FormKind::Atom(atom) => match (atom.as_str(), literal(atom)) {
                ("_", _) => Pattern::Wildcard,
                (_, Some(literal)) => Pattern::Literal(literal),
                (name, None) => Pattern::Bind(self.bind(name, false)),
            },
            FormKind::List(parts) if form.head() == "record" => {
                let field = |it: &Form| (it.list()[0].number(), self.pattern(&it.list()[1]));
                Pattern::Record(parts[1..].iter().map(field).collect())
            }
            FormKind::List(parts) => {
                let (ty, constructor) = self.constructor(form.head());
                let fields = parts[1..].iter().map(|it| self.pattern(it)).collect();
                Pattern::Constructor { ty, constructor, fields }
            }
        }
    }

    fn compound(&mut self, head: &str, parts: &[Form]) -> (Expr, TyId) {
        let rest = &parts[1..];
        match head {
            "set" => {
                let local = self.local(rest[0].atom()).expect("a local to set");
                (Expr::Assign { local, value: self.expr(&rest[1]) }, UNIT)
            }
            "do" => {
                let all = self.exprs(rest);
                let ty = all.last().map_or(UNIT, |it| self.body.ty(*it));
                (Expr::Sequence(all), ty)
            }
            "if" => {
                let [condition, then, otherwise] = [0, 1, 2].map(|n| self.expr(&rest[n]));
                (Expr::If { condition, then, otherwise }, self.body.ty(then))
            }
            "loop" => (Expr::Loop(self.expr(&rest[0])), UNIT),
            "break" => (Expr::Break(rest[0].number()), UNIT),
            "continue" => (Expr::Continue(rest[0].number()), UNIT),
            "return" => (Expr::Return(self.expr(&rest[0])), UNIT),
            "new" => {
                let (ty, constructor) = self.constructor(rest[0].atom());
                (Expr::Construct { ty, constructor, fields: self.exprs(&rest[1..]) }, INT)
            }
            "array" => (Expr::Array(self.exprs(rest)), INT),
            "record" => {
                let fields = self.exprs(rest);
                let order = (0..fields.len() as u32).collect();
                (Expr::Record { fields, order }, INT)
            }
            "record-order" => {
                let order = rest[0].list().iter().map(Form::number).collect();
                (Expr::Record { fields: self.exprs(&rest[1..]), order }, INT)
            }
            "field" => {
                let base = self.expr(&rest[0]);
                self.body.types[base.0 as usize] = self.ty(Ty::Record(Vec::new()));
                (Expr::Field { base, field: rest[1].number() }, INT)
            }
            "get" => (Expr::Field { base: self.object(&rest[0]), field: rest[1].number() }, INT),
            "put" => {
                let base = self.object(&rest[0]);
                let value = self.expr(&rest[2]);
                (Expr::SetField { base, field: rest[1].number(), value }, UNIT)
            }
            "apply" => {
                let callee = self.expr(&rest[0]);
                (Expr::Apply { callee, arguments: self.exprs(&rest[1..]) }, INT)
            }
            _ => self.call(&parts[0], rest),
        }
    }

    fn call(&mut self, callee: &Form, rest: &[Form]) -> (Expr, TyId) {
        let name = callee.atom();
        if let Some(prim) = prim(name) {
            let ty = if prim.yields_nothing() { UNIT } else { INT };
            return (Expr::Prim { prim, operands: self.exprs(rest) }, ty);
        }
        if self.local(name).is_some() {
            let callee = self.expr(callee);
            return (Expr::Apply { callee, arguments: self.exprs(rest) }, INT);
        }
        let callee = self.item_ref(name);
        (Expr::Call { callee, arguments: self.exprs(rest) }, INT)
    }

    fn object(&mut self, form: &Form) -> ExprId {
        let base = self.expr(form);
        let class = ItemRef { module: self.module.path.clone(), name: Name::new("Class") };
        self.body.types[base.0 as usize] = self.ty(Ty::Named(class, Vec::new()));
        base
    }

    fn bind(&mut self, name: &str, mutable: bool) -> LocalId {
        let local = LocalId(self.body.locals.len() as u32);
        self.body.locals.push(Local { name: Name::new(name), ty: INT, mutable });
        self.scope.push((name.to_owned(), local));
        local
    }

    fn bind_all(&mut self, names: &Form) -> Vec<LocalId> {
        names.list().iter().map(|it| self.bind(it.atom(), false)).collect()
    }

    fn constructor(&mut self, word: &str) -> (RefId, u32) {
        let (ty, index) = word.split_once('#').expect("a constructor is `Type#index`");
        (self.item_ref(ty), index.parse().expect("an index"))
    }

    fn item_ref(&mut self, word: &str) -> RefId {
        let item = match word.rsplit_once('/') {
            Some((module, name)) => {
                ItemRef { module: ModulePath::new(module), name: Name::new(name) }
            }
            None => ItemRef { module: self.module.path.clone(), name: Name::new(word) },
        };
        RefId(index_of(&mut self.module.refs, item))
    }

    fn ty(&mut self, ty: Ty) -> TyId {
        TyId(index_of(&mut self.module.types, ty))
    }
}

/// The own types, with as many constructors and fields as are declared or used.
fn type_defs(module: &Module, declared: BTreeMap<Name, Vec<usize>>) -> Vec<TypeDef> {
    let mut counts = declared;
    let mut note = |ty: RefId, constructor: u32, fields: usize| {
        let item = &module.refs[ty.0 as usize];
        if item.module == module.path {
            let counts = counts.entry(item.name.clone()).or_default();
            counts.resize(counts.len().max(constructor as usize + 1), 0);
            counts[constructor as usize] = fields;
        }
    };
    for expr in module.items.iter().flat_map(|it| &it.body.exprs) {
        match expr {
            Expr::Construct { ty, constructor, fields } => note(*ty, *constructor, fields.len()),
            Expr::Match { arms, .. } => {
                for arm in arms {
                    constructors(&arm.pattern, &mut note);
                }
            }
            _ => (),
        }
    }
    counts.into_iter().map(|(name, counts)| type_def(name, &counts)).collect()
}

fn constructors(pattern: &Pattern, note: &mut dyn FnMut(RefId, u32, usize)) {
    match pattern {
        Pattern::Wildcard | Pattern::Bind(_) | Pattern::Literal(_) => (),
        Pattern::Constructor { ty, constructor, fields } => {
            note(*ty, *constructor, fields.len());
            for field in fields {
                constructors(field, note);
            }
        }
        Pattern::Record(fields) => {
            for (_, field) in fields {
                constructors(field, note);
            }
        }
    }
}

fn type_def(name: Name, counts: &[usize]) -> TypeDef {
    let constructor = |(n, count): (usize, &usize)| Constructor {
        name: Name::new(format!("{name}{n}")),
        fields: vec![Ty::Int; *count],
    };
    let kind = TypeKind::Variant(counts.iter().enumerate().map(constructor).collect());
    TypeDef { name, public: true, params: 0, kind }
}

/// The index of `value` in `all`, to which it is added where it is missing.
fn index_of<T: PartialEq>(all: &mut Vec<T>, value: T) -> u32 {
    let index = all.iter().position(|it| *it == value).unwrap_or_else(|| {
        all.push(value);
        all.len() - 1
    });
    index as u32
}

fn empty_body() -> Body {
    Body { exprs: Vec::new(), types: Vec::new(), locals: Vec::new(), root: ExprId(0) }
}

fn literal(atom: &str) -> Option<Literal> {
    match atom {
        "unit" => Some(Literal::Unit),
        "true" => Some(Literal::Bool(true)),
        "false" => Some(Literal::Bool(false)),
        _ if !atom.starts_with(|c: char| c.is_ascii_digit() || c == '-') => None,
        _ => match atom.parse::<i64>() {
            Ok(value) => Some(Literal::Int(value)),
            Err(_) => atom.parse::<f64>().ok().map(|value| Literal::Float(value.to_bits())),
        },
    }
}

/// The operation with this name.
fn prim(name: &str) -> Option<Prim> {
    let quoted = serde_json::Value::String(name.to_owned());
    serde_json::from_value(quoted).ok()
}
