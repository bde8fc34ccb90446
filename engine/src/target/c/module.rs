//! The file of a module.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use crate::base::Name;
use crate::ir::{Item, ItemKind, Module, RefId};
use crate::target::c::function::FunctionPrinter;
use crate::target::c::literal::string;
use crate::target::c::symbol::{Kind, positions_symbol, symbol};
use crate::target::linear::{self, FunctionId, Language, linearize};

const LANGUAGE: Language = Language { ordered_operands: false, labelled_jumps: true };

/// How many parameters a closure's code takes one by one.
const DIRECT: usize = 4;

/// The C of a module.
pub(crate) fn module_file(module: &Module) -> String {
    let items = linearize(module, LANGUAGE);
    let mut uses = Uses::new(module);
    let mut bodies = String::new();
    for (index, item) in items.iter().enumerate() {
        for (id, function) in functions(item) {
            FunctionPrinter::new(&mut uses, index, item, id).print(function, &mut bodies);
        }
    }
    let mut out = String::from("#include \"oast_runtime.h\"\n\n");
    uses.write_declarations(&mut out);
    for (index, item) in items.iter().enumerate() {
        write_prototypes(&mut out, &uses, index, item);
    }
    for (index, item) in items.iter().enumerate() {
        write_closures(&mut out, &uses, index, item);
    }
    out.push_str(&bodies);
    out
}

/// The functions of an item that exist.
fn functions(item: &linear::Item) -> impl Iterator<Item = (FunctionId, &linear::Function)> {
    let all = item.functions.iter().enumerate();
    all.filter(|(_, it)| !it.body.is_empty()).map(|(n, it)| (FunctionId(n as u32), it))
}

/// What a module's code turned out to use.
pub(crate) struct Uses<'a> {
    pub(crate) module: &'a Module,
    own: FxHashMap<&'a Name, usize>,
    /// The functions of other modules, with how many arguments they take.
    functions: BTreeMap<String, usize>,
    /// The values of other modules.
    globals: BTreeSet<String>,
    /// The own functions that are used as values.
    values: BTreeSet<usize>,
    texts: FxHashMap<Name, usize>,
    texts_in_order: Vec<Name>,
    /// The names of the properties at each place that reads, sets or calls one.
    properties: Vec<Name>,
    positions: bool,
}

impl<'a> Uses<'a> {
    fn new(module: &'a Module) -> Uses<'a> {
        Uses {
            module,
            own: module.items.iter().enumerate().map(|(n, it)| (&it.name, n)).collect(),
            functions: BTreeMap::new(),
            globals: BTreeSet::new(),
            values: BTreeSet::new(),
            texts: FxHashMap::default(),
            texts_in_order: Vec::new(),
            properties: Vec::new(),
            positions: false,
        }
    }

    fn own_item(&self, item: RefId) -> Option<usize> {
        let item = &self.module.refs[item.0 as usize];
        (item.module == self.module.path).then(|| self.own.get(&item.name).copied())?
    }

    /// The name of a function that is called.
    pub(crate) fn callee(&mut self, item: RefId, arguments: usize) -> String {
        if let Some(index) = self.own_item(item) {
            return self.function_name(index);
        }
        let item = &self.module.refs[item.0 as usize];
        let name = symbol(Kind::Function, &item.module, &item.name);
        self.functions.insert(name.clone(), arguments);
        name
    }

    /// The value of an item.
    pub(crate) fn value(&mut self, item: RefId) -> String {
        let Some(index) = self.own_item(item) else {
            let item = &self.module.refs[item.0 as usize];
            let name = symbol(Kind::Global, &item.module, &item.name);
            self.globals.insert(name.clone());
            return format!("oast_get(&{name})");
        };
        if self.module.items[index].kind == ItemKind::Function {
            self.values.insert(index);
            return format!("OAST_VALUE(&c{index})");
        }
        format!("oast_get(&{})", self.global_name(index))
    }

    /// A text.
    pub(crate) fn text(&mut self, text: &Name) -> String {
        let index = *self.texts.entry(text.clone()).or_insert_with(|| {
            self.texts_in_order.push(text.clone());
            self.texts_in_order.len() - 1
        });
        format!("OAST_VALUE(&t{index})")
    }

    /// A new place at which a property is looked for.
    pub(crate) fn property(&mut self, name: &Name) -> String {
        self.properties.push(name.clone());
        format!("&p{}", self.properties.len() - 1)
    }

    /// The arguments that say where an operation stands.
    pub(crate) fn site(&mut self, item: usize, expr: crate::ir::ExprId) -> String {
        self.positions = true;
        format!("AT({item}, {})", expr.0)
    }

    /// The C name of an own function, or of the function that computes an own constant.
    pub(crate) fn function_name(&self, index: usize) -> String {
        let item = &self.module.items[index];
        if item.kind == ItemKind::Function && self.is_exported(index) {
            symbol(Kind::Function, &self.module.path, &item.name)
        } else {
            format!("f{index}")
        }
    }

    fn global_name(&self, index: usize) -> String {
        let item = &self.module.items[index];
        if item.public {
            symbol(Kind::Global, &self.module.path, &item.name)
        } else {
            format!("g{index}")
        }
    }

    fn is_exported(&self, index: usize) -> bool {
        self.module.items[index].public || self.module.entry == Some(index as u32)
    }

    fn is_value(&self, index: usize) -> bool {
        self.module.items[index].public || self.values.contains(&index)
    }

    fn write_declarations(&self, out: &mut String) {
        let constants = self.module.items.iter().any(|it| it.kind == ItemKind::Constant);
        let mut lines = Vec::new();
        if self.positions || constants {
            let name = positions_symbol(&self.module.path);
            lines.push(format!("extern const oast_positions {name};"));
            if self.positions {
                lines.push(format!("#define AT(item, expr) &{name}, item, expr"));
            }
        }
        for (name, arity) in &self.functions {
            lines.push(format!("oast_value {name}({});", types(*arity)));
        }
        lines.extend(self.globals.iter().map(|name| format!("extern oast_global {name};")));
        lines.extend(self.texts_in_order.iter().enumerate().map(|(n, it)| text_line(n, it)));
        lines.extend(self.properties.iter().enumerate().map(|(n, name)| {
            let fields = format!(".name = {}, .bytes = {}", string(name), name.len());
            format!("static oast_property p{n} = {{{fields}}};")
        }));
        for line in lines {
            push_line(out, &line);
        }
    }
}

fn text_line(n: usize, text: &Name) -> String {
    let (bytes, scalars) = (text.len(), text.chars().count());
    let data = string(text);
    format!(
        "static const struct {{ int64_t bytes, scalars; char data[{}]; }} t{n} = \
         {{{bytes}, {scalars}, {data}}};",
        bytes + 1
    )
}

/// The name of a function: of the item itself, or of one of its lambdas.
pub(crate) fn code_name(uses: &Uses<'_>, item: usize, id: FunctionId) -> String {
    if id == FunctionId(0) { uses.function_name(item) } else { format!("l{item}x{}", id.0) }
}

/// The name of the closure that needs not be made at run time.
pub(crate) fn closure_name(item: usize, id: FunctionId) -> String {
    if id == FunctionId(0) { format!("c{item}") } else { format!("c{item}x{}", id.0) }
}

/// What a closure of a lambda has as its code.
pub(crate) fn closure_code(uses: &Uses<'_>, item: usize, id: FunctionId, arity: usize) -> String {
    if id == FunctionId(0) || arity > DIRECT {
        format!("w{}", &closure_name(item, id)[1..])
    } else {
        code_name(uses, item, id)
    }
}

/// The type and name of each parameter.
pub(crate) fn parameters(names: impl Iterator<Item = String>, word: &str) -> String {
    let all: Vec<String> = names.map(|name| format!("{word} {name}")).collect();
    if all.is_empty() { "void".to_owned() } else { all.join(", ") }
}

fn types(count: usize) -> String {
    if count == 0 { "void".to_owned() } else { vec!["oast_value"; count].join(", ") }
}

fn write_prototypes(out: &mut String, uses: &Uses<'_>, index: usize, item: &linear::Item) {
    for (id, function) in functions(item) {
        let exported = id == FunctionId(0)
            && uses.module.items[index].kind == ItemKind::Function
            && uses.is_exported(index);
        let linkage = if exported { "" } else { "OAST_UNUSED static " };
        let count = function.params.len() + usize::from(id != FunctionId(0));
        let name = code_name(uses, index, id);
        push_line(out, &format!("{linkage}oast_value {name}({});", types(count)));
    }
}

fn write_closures(out: &mut String, uses: &Uses<'_>, index: usize, item: &linear::Item) {
    for (id, function) in functions(item) {
        let arity = function.params.len();
        let is_item = id == FunctionId(0);
        if is_item && (uses.module.items[index].kind == ItemKind::Constant || !uses.is_value(index))
        {
            continue;
        }
        if is_item || arity > DIRECT {
            write_wrapper(out, uses, index, id, arity);
        }
        if is_item || function.captures.is_empty() {
            let name = closure_name(index, id);
            let code = closure_code(uses, index, id, arity);
            let fields = format!(".arity = {arity}, .code = (oast_code){code}");
            push_line(out, &format!("static const oast_closure {name} = {{{fields}}};"));
        }
    }
    write_global(out, uses, index, &uses.module.items[index]);
}

/// Writes the function that a closure calls, where its parameters are not those of the code.
fn write_wrapper(out: &mut String, uses: &Uses<'_>, index: usize, id: FunctionId, arity: usize) {
    let wrapper = closure_code(uses, index, id, arity);
    let code = code_name(uses, index, id);
    let mut params = vec!["oast_value self".to_owned()];
    let mut arguments: Vec<String>;
    if arity > DIRECT {
        params.push("const oast_value *all".to_owned());
        arguments = (0..arity).map(|n| format!("all[{n}]")).collect();
    } else {
        arguments = (0..arity).map(|n| format!("a{n}")).collect();
        params.extend(arguments.iter().map(|it| format!("oast_value {it}")));
    }
    let mut discard = "(void)self; ";
    if id != FunctionId(0) {
        arguments.insert(0, "self".to_owned());
        discard = "";
    }
    let (params, arguments) = (params.join(", "), arguments.join(", "));
    let head = format!("static oast_value {wrapper}({params})");
    push_line(out, &format!("{head} {{ {discard}return {code}({arguments}); }}"));
}

/// Writes that through which the item is reached as a value.
fn write_global(out: &mut String, uses: &Uses<'_>, index: usize, item: &Item) {
    let name = uses.global_name(index);
    let linkage = if item.public {
        format!("extern oast_global {name};\n")
    } else {
        "OAST_UNUSED static ".to_owned()
    };
    let fields = match item.kind {
        ItemKind::Function if item.public => format!(".function = &c{index}"),
        ItemKind::Function => return,
        ItemKind::Constant => format!(
            ".compute = f{index}, .name = {}, .item = {index}, .module = &{}",
            string(&item.name),
            positions_symbol(&uses.module.path)
        ),
    };
    push_line(out, &format!("{linkage}oast_global {name} = {{{fields}}};"));
}

fn push_line(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}
