//! The text form of types and names.

use crate::ir::{ItemRef, Module, Ty};

/// A type as it reads in `module`.
pub(super) fn ty(module: &Module, it: &Ty) -> String {
    let list = |tys: &[Ty]| tys.iter().map(|it| ty(module, it)).collect::<Vec<_>>().join(", ");
    match it {
        Ty::Unit => "Unit".to_owned(),
        Ty::Bool => "Bool".to_owned(),
        Ty::Int => "Int".to_owned(),
        Ty::Float => "Float".to_owned(),
        Ty::Text => "Text".to_owned(),
        Ty::Dynamic => "Dynamic".to_owned(),
        Ty::Param(n) => param(*n),
        Ty::Function(from, to) => format!("({}) -> {}", list(from), ty(module, to)),
        Ty::Named(item, arguments) if arguments.is_empty() => item_name(module, item),
        Ty::Named(item, arguments) => format!("{}[{}]", item_name(module, item), list(arguments)),
        Ty::Record(fields) => {
            let field = |(name, it): &(_, Ty)| format!("{name}: {}", ty(module, it));
            format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
        Ty::Array(element) => format!("Array[{}]", ty(module, element)),
    }
}

/// The type parameters of something that has `count` of them: `[a, b]`.
pub(super) fn params(count: u32) -> String {
    if count == 0 {
        return String::new();
    }
    format!("[{}]", (0..count).map(param).collect::<Vec<_>>().join(", "))
}

/// `a` to `z`, then `a1` to `z1` and so on.
fn param(n: u32) -> String {
    let letter = char::from(b'a' + (n % 26) as u8);
    if n < 26 { letter.to_string() } else { format!("{letter}{}", n / 26) }
}

/// The name of an item, with its module if that is another.
pub(super) fn item_name(module: &Module, item: &ItemRef) -> String {
    if item.module == module.path {
        item.name.to_string()
    } else {
        format!("{}/{}", item.module, item.name)
    }
}
