//! Whether a type is an instance of another.

use crate::ir::Ty;

/// What the type variables of a scheme stand for, as far as it is known.
#[derive(Debug)]
pub(super) struct Instance {
    arguments: Vec<Option<Ty>>,
}

impl Instance {
    /// Nothing known of `params` variables.
    pub(super) fn new(params: u32) -> Instance {
        Instance { arguments: vec![None; params as usize] }
    }

    /// Whether `pattern`, a type over the scheme's variables, can be `ty`, given what is known; learns from it.
    pub(super) fn fits(&mut self, pattern: &Ty, ty: &Ty) -> bool {
        match (pattern, ty) {
            (Ty::Param(n), _) => match self.arguments.get_mut(*n as usize) {
                Some(Some(known)) => known == ty,
                Some(unknown) => {
                    *unknown = Some(ty.clone());
                    true
                }
                None => false,
            },
            (Ty::Function(from, to), Ty::Function(other_from, other_to)) => {
                self.fits_function(from, to, other_from, other_to)
            }
            (Ty::Named(item, arguments), Ty::Named(other, others)) => {
                item == other && self.all_fit(arguments, others)
            }
            (Ty::Record(fields), Ty::Record(others)) => {
                fields.len() == others.len()
                    && fields.iter().zip(others).all(|((name, ty), (other, other_ty))| {
                        name == other && self.fits(ty, other_ty)
                    })
            }
            (Ty::Array(element), Ty::Array(other)) => self.fits(element, other),
            _ => pattern == ty,
        }
    }

    fn all_fit(&mut self, patterns: &[Ty], tys: &[Ty]) -> bool {
        patterns.len() == tys.len() && patterns.iter().zip(tys).all(|(it, ty)| self.fits(it, ty))
    }

    /// The result of the pattern may be a variable that stands for a function, whose parameters were joined to its own.
    fn fits_function(&mut self, from: &[Ty], to: &Ty, other_from: &[Ty], other_to: &Ty) -> bool {
        let Some((same, more)) = other_from.split_at_checked(from.len()) else { return false };
        if more.is_empty() {
            self.all_fit(from, same) && self.fits(to, other_to)
        } else {
            let rest = Ty::Function(more.to_vec(), Box::new(other_to.clone()));
            !from.is_empty() && self.all_fit(from, same) && self.fits(to, &rest)
        }
    }
}

/// The type of what is left after the first `count` arguments of a function type; `None` if it does not take so many. Taking
/// none is calling a function without parameters.
pub(super) fn after_arguments(ty: &Ty, count: usize) -> Option<Ty> {
    match ty {
        Ty::Function(params, result) if params.len() == count => Some((**result).clone()),
        Ty::Function(params, result) if 0 < count && count < params.len() => {
            Some(Ty::Function(params[count..].to_vec(), result.clone()))
        }
        _ => None,
    }
}
