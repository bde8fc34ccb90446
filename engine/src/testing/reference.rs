//! Reference workspaces: as many ordinary Octizys modules as one likes, the same ones every time.
//!
//! Packages lie in ten layers and depend on packages of lower layers only. Every module has about 2 KB and seven imports,
//! three quarters of them from other packages, and uses all that it imports. The last module of the last package is a
//! program's `Main`. There are no errors and no warnings in it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use camino::Utf8PathBuf;

use crate::testing::Random;

/// How many imports a module has, where there are so many modules that it can import.
pub const IMPORTS: usize = 7;

const LAYERS: usize = 10;
const DEPENDENCIES: usize = 5;
const MODULES_IN_A_FOLDER: usize = 10;

/// A module of a reference workspace, by the numbers of its package and of itself in the package, both from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleId {
    /// The package.
    pub package: usize,
    /// The module in the package.
    pub module: usize,
}

/// Which reference workspace: equal values yield equal texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// How many packages it has, at least 1.
    pub packages: usize,
    /// How many modules each package has, at least 1.
    pub modules_per_package: usize,
    /// What the choice of imports and words depends on.
    pub seed: u64,
}

/// All files of the workspace with so many packages and modules, relative to its root: the project's manifest, then package
/// by package the manifest and the modules.
pub fn reference(packages: usize, modules_per_package: usize) -> Vec<(Utf8PathBuf, String)> {
    Reference { packages, modules_per_package, seed: 0 }.files()
}

/// The module's text with another body of a private constant: no other module is concerned. Each call changes it again.
pub fn body_edit(text: &str) -> String {
    increased(text, LIMIT)
}

/// The module's text with a number greater by one behind `definition`, up to a semicolon.
pub(super) fn increased(text: &str, definition: &str) -> String {
    let (before, rest) = text.split_once(definition).expect("a module of a reference workspace");
    let (number, after) = rest.split_once(';').expect("a definition ends with a semicolon");
    let number: u64 = number.parse().expect("the definition's value is a number");
    format!("{before}{definition}{};{after}", number + 1)
}

/// The module's text with another type of the public function `pick`, under which all its uses stay correct: it becomes
/// polymorphic, and with a second call what it was before.
pub fn interface_edit(text: &str) -> String {
    if text.contains(PICK_INTEGERS) {
        text.replace(PICK_INTEGERS, PICK_ANYTHING)
    } else {
        text.replace(PICK_ANYTHING, PICK_INTEGERS)
    }
}

const LIMIT: &str = "limit : Int = ";
const PICK_INTEGERS: &str = "pick : first : Bool, left : Int, right : Int |- Int =";
const PICK_ANYTHING: &str = "pick : forall a . first : Bool, left : a, right : a |- a =";

impl Reference {
    /// All files, as [`reference()`] yields them.
    pub fn files(&self) -> Vec<(Utf8PathBuf, String)> {
        let mut files = vec![("project.toml".into(), self.project())];
        for package in 0..self.packages {
            let name = package_name(package);
            let modules: Vec<ModuleId> =
                (0..self.modules_per_package).map(|module| ModuleId { package, module }).collect();
            let imports: Vec<Vec<ModuleId>> = modules.iter().map(|it| self.imports(*it)).collect();
            let manifest = self.manifest(package, &imports);
            files.push((format!("{name}/{name}Package.toml").into(), manifest));
            for (id, imports) in modules.into_iter().zip(imports) {
                files.push((self.file(id), self.text(id, &imports)));
            }
        }
        files
    }

    /// Where the module's text is, relative to the root.
    pub fn file(&self, id: ModuleId) -> Utf8PathBuf {
        let (package, module) = (package_name(id.package), self.path_in_package(id));
        format!("{package}/src/{module}.oct").into()
    }

    /// The module's logical name.
    pub fn module_path(&self, id: ModuleId) -> String {
        format!("{}/{}", package_name(id.package), self.path_in_package(id))
    }

    /// What the module imports, in the order of its text.
    pub fn imports(&self, id: ModuleId) -> Vec<ModuleId> {
        let mut random = self.random(id, 1);
        let dependencies = self.dependencies(id.package);
        let across = match (dependencies.is_empty(), id.module) {
            (true, _) => 0,
            (false, 0) => IMPORTS,
            // With the modules of the lowest layer, which import nothing from elsewhere, that makes three quarters.
            (false, module) => IMPORTS - 1 - usize::from(module % 6 == 0),
        };
        let across = across.min(dependencies.len() * self.modules_per_package);
        let within = (IMPORTS - across).min(id.module);
        let mut chosen = Vec::new();
        while chosen.len() < across + within {
            let candidate = if chosen.len() < across {
                let package = dependencies[random.below(dependencies.len())];
                ModuleId { package, module: random.below(self.modules_per_package) }
            } else {
                ModuleId { package: id.package, module: random.below(id.module) }
            };
            if !chosen.contains(&candidate) {
                chosen.push(candidate);
            }
        }
        chosen
    }

    /// The packages that the package may use, all in lower layers and most in the next one.
    fn dependencies(&self, package: usize) -> Vec<usize> {
        let below = self.first_of_layer(self.layer(package));
        let near = self.first_of_layer(self.layer(below.saturating_sub(1)));
        let mut random = self.random(ModuleId { package, module: 0 }, 2);
        let mut chosen = BTreeSet::new();
        while chosen.len() < DEPENDENCIES.min(below) {
            let from =
                if chosen.len() < (below - near).min(DEPENDENCIES / 2 + 1) { near } else { 0 };
            chosen.insert(from + random.below(below - from));
        }
        chosen.into_iter().collect()
    }

    fn layer(&self, package: usize) -> usize {
        package * LAYERS / self.packages
    }

    fn first_of_layer(&self, layer: usize) -> usize {
        (layer * self.packages).div_ceil(LAYERS)
    }

    fn main(&self) -> ModuleId {
        ModuleId { package: self.packages - 1, module: self.modules_per_package - 1 }
    }

    fn path_in_package(&self, id: ModuleId) -> String {
        if id == self.main() {
            return "Main".to_owned();
        }
        format!("Part{}/Module{:02}", id.module / MODULES_IN_A_FOLDER, id.module)
    }

    fn random(&self, id: ModuleId, purpose: u64) -> Random {
        let place = (id.package as u64) << 32 | (id.module as u64) << 8 | purpose;
        Random(self.seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ place)
    }

    fn theme(&self, id: ModuleId) -> &'static Theme {
        &THEMES[self.random(id, 3).below(THEMES.len())]
    }
}

/// The manifests.
impl Reference {
    fn project(&self) -> String {
        let mut text = "[project]\nname = \"Reference\"\n\n[packages]\n".to_owned();
        for name in (0..self.packages).map(package_name) {
            let _ = writeln!(text, "{name} = {{ path = \"{name}\" }}");
        }
        text
    }

    fn manifest(&self, package: usize, imports: &[Vec<ModuleId>]) -> String {
        let name = package_name(package);
        let mut text = format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n");
        if package == self.main().package {
            text += "main = \"Main\"\n";
        }
        text += "\n[dependencies]\n";
        let used: BTreeSet<usize> = imports.iter().flatten().map(|it| it.package).collect();
        for name in used.into_iter().filter(|it| *it != package).map(package_name) {
            let _ = writeln!(text, "{name} = \"0.1\"");
        }
        text
    }
}

/// The modules.
impl Reference {
    fn text(&self, id: ModuleId, imports: &[ModuleId]) -> String {
        let theme = self.theme(id);
        let uses: Vec<Use> =
            imports.iter().zip(USES).map(|(it, form)| self.used(*it, form)).collect();
        let mut text = format!("-- The {} of {}.\n\n", theme.many, self.module_path(id));
        text.extend(uses.iter().map(|it| format!("{}\n", it.import)));
        text += &own_part(theme, 10 + self.random(id, 4).below(90));
        text.extend(uses.iter().map(|it| it.definition.as_str()));
        text += &estimate(id, &uses);
        text += &summary(theme, &uses);
        if id == self.main() {
            let estimate = estimate_name(id);
            let _ =
                write!(text, "\n-- The program's result.\npublic main : Int = {estimate} 2 7;\n");
        }
        text
    }

    fn import(&self, id: ModuleId, form: Form) -> String {
        let path = self.module_path(id);
        match form {
            Form::Unqualified | Form::Partial => {
                format!("import unqualified {path} ({});", estimate_name(id))
            }
            Form::Estimate(alias)
            | Form::Text(alias)
            | Form::Case(alias)
            | Form::Lambda(alias)
            | Form::Record(alias) => format!("import {path} as {alias};"),
        }
    }

    /// The text that uses `id` in a certain form.
    fn used(&self, id: ModuleId, form: Form) -> Use {
        let estimate = estimate_name(id);
        let Theme { variant, constructors: [none, one, two], .. } = self.theme(id);
        let mut made = Use { import: self.import(id, form), ..Use::default() };
        match form {
            Form::Estimate(alias) => {
                made.part = format!(
                    "{alias}/pick (lt value 5) value ({alias}/{estimate} (minus depth 1) (add value 3))"
                );
            }
            Form::Text(alias) => {
                made.line = format!("{alias}/describe ({alias}/make value \"{alias}\")");
            }
            Form::Case(alias) => {
                made.definition = format!(
                    "rank : it : {alias}/{variant} |- Int =\n  case it of {{\n    {alias}/{none} |- 0;\n    \
                     {alias}/{one} days |- days;\n    \
                     {alias}/{two} _ number |- number;\n  }};\n\n"
                );
                made.part = format!("rank ({alias}/{one} value)");
            }
            Form::Lambda(alias) => {
                made.part = format!(
                    "total (map (\\ n |- {alias}/{estimate} (minus depth 1) (add n value)) numbers) 0"
                );
            }
            Form::Record(alias) => {
                made.part = format!("mod ({alias}/make value \"heavy\").weight limit");
            }
            Form::Unqualified => made.part = format!("{estimate} (minus depth 1) (mul value 2)"),
            Form::Partial => {
                made.part = format!("total (map ({estimate} (minus depth 1)) numbers) 0");
            }
        }
        made
    }
}

/// In which way an import is used, under which alias.
#[derive(Clone, Copy)]
enum Form {
    Estimate(&'static str),
    Text(&'static str),
    Case(&'static str),
    Lambda(&'static str),
    Record(&'static str),
    Unqualified,
    Partial,
}

const USES: [Form; IMPORTS] = [
    Form::Estimate("Stock"),
    Form::Text("Journal"),
    Form::Case("Progress"),
    Form::Lambda("Forecast"),
    Form::Record("Cargo"),
    Form::Unqualified,
    Form::Partial,
];

/// What the use of an import adds to a module; what it doesn't add is empty.
#[derive(Default)]
struct Use {
    import: String,
    definition: String,
    part: String,
    line: String,
}

/// The words of a module.
struct Theme {
    many: &'static str,
    record: &'static str,
    variant: &'static str,
    constructors: [&'static str; 3],
}

const THEMES: [Theme; 6] = [
    Theme {
        many: "orders",
        record: "Order",
        variant: "Status",
        constructors: ["Open", "Waiting", "Delivered"],
    },
    Theme {
        many: "parcels",
        record: "Parcel",
        variant: "Place",
        constructors: ["Depot", "Road", "Doorstep"],
    },
    Theme {
        many: "invoices",
        record: "Invoice",
        variant: "Payment",
        constructors: ["Unpaid", "Overdue", "Paid"],
    },
    Theme {
        many: "lessons",
        record: "Lesson",
        variant: "Attendance",
        constructors: ["Absent", "Late", "Present"],
    },
    Theme {
        many: "harvests",
        record: "Harvest",
        variant: "Season",
        constructors: ["Fallow", "Growing", "Ripe"],
    },
    Theme {
        many: "journeys",
        record: "Journey",
        variant: "Leg",
        constructors: ["Home", "Abroad", "Stopover"],
    },
];

/// What a module defines whatever it imports.
fn own_part(theme: &Theme, limit: usize) -> String {
    let Theme { many, record, variant, constructors: [none, one, two] } = theme;
    format!(
        r#"
-- How far one of the {many} has come.
public data {variant} = {none} | {one} Int | {two} Text Int;

public alias {record} = {{ id : Int, label : Text, weight : Int }};

{LIMIT}{limit};

public make : id : Int, label : Text |- {record} =
  {{ id = id, label = label, weight = mod (mul id 31) limit }};

public describe : it : {record} |- Text =
  textAppend it.label (textAppend " weighs " (intToText it.weight));

public {PICK_INTEGERS}
  if first then left else right;

total : numbers : List Int, sum : Int |- Int =
  case numbers of {{
    Nil |- sum;
    Cons first rest |- total rest (add sum first);
  }};

map : forall a b . f : a -> b, list : List a |- List b =
  case list of {{
    Nil |- Nil;
    Cons first rest |- Cons (f first) (map f rest);
  }};

"#
    )
}

/// The function that asks the imported modules, no deeper than `depth`.
fn estimate(id: ModuleId, uses: &[Use]) -> String {
    let name = estimate_name(id);
    let mut text = format!(
        "public {name} : depth : Int, value : Int |- Int =\n  if le depth 0\n  then mod value limit\n  else \
         let numbers = Cons value (Cons 2 Nil);\n      parts = Cons value"
    );
    let parts = uses.iter().map(|it| &it.part).filter(|it| !it.is_empty());
    let count = parts.clone().count();
    parts.for_each(|part| {
        let _ = write!(text, "\n        (Cons ({part})");
    });
    let _ = writeln!(text, " (map (mul depth) numbers){};", ")".repeat(count));
    text + "  in mod (total parts 0) 1000;\n"
}

/// The function that shows what it and an imported module make.
fn summary(theme: &Theme, uses: &[Use]) -> String {
    let lines: Vec<&str> = uses.iter().map(|it| &*it.line).filter(|it| !it.is_empty()).collect();
    let mut text = format!(
        "\npublic summary : value : Int |- List Text =\n  Cons (describe (make value \"{}\"))",
        theme.many
    );
    for line in &lines {
        let _ = write!(text, "\n  (Cons ({line})");
    }
    text + " Nil" + &")".repeat(lines.len()) + ";\n"
}

fn package_name(package: usize) -> String {
    format!("Package{package:03}")
}

fn estimate_name(id: ModuleId) -> String {
    format!("estimate{:03}x{:02}", id.package, id.module)
}

#[cfg(test)]
mod tests {
    use super::{IMPORTS, ModuleId, Reference, body_edit, interface_edit, reference};

    const SMALL: Reference = Reference { packages: 20, modules_per_package: 12, seed: 1 };

    fn ids() -> impl Iterator<Item = ModuleId> {
        (0..20).flat_map(|package| (0..12).map(move |module| ModuleId { package, module }))
    }

    #[test]
    fn the_same_seed_gives_the_same_workspace() {
        assert_eq!(SMALL.files(), SMALL.files());
        assert_ne!(SMALL.files(), Reference { seed: 2, ..SMALL }.files());
        assert_eq!(reference(2, 3).len(), 1 + 2 + 2 * 3);
    }

    #[test]
    fn imports_lead_down() {
        for id in ids() {
            for import in SMALL.imports(id) {
                assert!(import < id, "{id:?} imports {import:?}");
                assert!(
                    import.package == id.package
                        || SMALL.layer(import.package) < SMALL.layer(id.package)
                );
            }
        }
    }

    #[test]
    fn three_quarters_of_seven_imports_cross_a_border() {
        let large = Reference { packages: 100, modules_per_package: 100, seed: 0 };
        let all = |id: ModuleId| large.imports(id);
        let ids = (0..100).flat_map(|p| (0..100).map(move |m| ModuleId { package: p, module: m }));
        let (mut imports, mut across) = (0, 0);
        for id in ids {
            imports += all(id).len();
            across += all(id).iter().filter(|it| it.package != id.package).count();
        }
        assert!((10_000 * IMPORTS - 500..=10_000 * IMPORTS).contains(&imports), "{imports}");
        assert!((740..=760).contains(&(across * 1000 / imports)), "{across} of {imports}");
    }

    #[test]
    fn modules_have_about_two_kilobytes() {
        let files = SMALL.files();
        let modules: Vec<usize> = files
            .iter()
            .filter(|(path, _)| path.extension() == Some("oct"))
            .map(|it| it.1.len())
            .collect();
        let mean = modules.iter().sum::<usize>() / modules.len();
        assert!((1900..=2200).contains(&mean), "{mean}");
    }

    #[test]
    fn edits_change_the_text() {
        let text = &SMALL.files()[5].1;
        assert_ne!(body_edit(text), *text);
        assert_ne!(body_edit(&body_edit(text)), body_edit(text));
        assert_ne!(interface_edit(text), *text);
        assert_eq!(interface_edit(&interface_edit(text)), *text);
    }
}
