//! Reference workspaces of Oats: as many ordinary modules as one likes, the same ones every time.
//!
//! Packages lie in layers as in [`Reference`]. Every module has two to three KB and up to seven imports, three of them of other packages, of
//! which Oats imports the entry alone; so each package's entry is its last module, and reaches all the others. At the root is a program
//! that uses all packages. There are no errors and no warnings in it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use camino::Utf8PathBuf;

use crate::testing::reference::{IMPORTS, ModuleId, Reference, increased};

/// How many imports of a module lead to other packages, where there are so many that it can import.
const ACROSS: usize = 3;

const LIMIT: &str = "const LIMIT = ";
const PICK: &str = "export function pick(first: boolean, left: number, right: number): number {";
const PICK_MORE: &str =
    "export function pick(first: boolean, left: number, right: number, more?: number): number {";

/// What modules are about.
const THEMES: [[&str; 2]; 6] = [
    ["orders", "Order"],
    ["parcels", "Parcel"],
    ["invoices", "Invoice"],
    ["lessons", "Lesson"],
    ["harvests", "Harvest"],
    ["journeys", "Journey"],
];

/// The Oats workspace with the packages of a reference workspace: equal values yield equal texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OatsReference(pub Reference);

/// The module's text with another body of a private constant: no other module is concerned. Each call changes it again.
pub fn body_edit(text: &str) -> String {
    increased(text, LIMIT)
}

/// The module's text with another type of the exported function `pick`, under which all its uses stay correct: it takes one more
/// argument, which may be left out, and with a second call what it took before.
pub fn interface_edit(text: &str) -> String {
    if text.contains(PICK) { text.replace(PICK, PICK_MORE) } else { text.replace(PICK_MORE, PICK) }
}

impl OatsReference {
    /// All files, relative to the root: the program's manifest and module, then package by package the manifest and the modules.
    pub fn files(&self) -> Vec<(Utf8PathBuf, String)> {
        let Reference { packages, modules_per_package, .. } = self.0;
        let all: BTreeSet<usize> = (0..packages).collect();
        let mut files = vec![
            ("Oats.toml".into(), manifest("reference", "src/main", &all, "")),
            ("src/main.oats".into(), program(packages)),
        ];
        for package in 0..packages {
            let ids = (0..modules_per_package).map(|module| ModuleId { package, module });
            let ids: Vec<ModuleId> = ids.collect();
            let used = ids.iter().flat_map(|id| self.imports(*id)).map(|it| it.package);
            let used: BTreeSet<usize> = used.filter(|it| *it != package).collect();
            let name = package_name(package);
            let entry = module_name(modules_per_package - 1);
            files.push((format!("{name}/Oats.toml").into(), manifest(&name, &entry, &used, "../")));
            files.extend(ids.into_iter().map(|id| (self.file(id), self.text(id))));
        }
        files
    }

    /// Where the module's text is, relative to the root.
    pub fn file(&self, id: ModuleId) -> Utf8PathBuf {
        format!("{}/{}.oats", package_name(id.package), module_name(id.module)).into()
    }

    /// What the module imports, in the order of its text: two modules of its package so that the last reaches all, others of it, and
    /// the last modules of other packages.
    pub fn imports(&self, id: ModuleId) -> Vec<ModuleId> {
        let last = self.0.modules_per_package - 1;
        let place = last - id.module;
        let below = [2 * place + 1, 2 * place + 2].into_iter().filter(|it| *it <= last);
        let mut chosen: Vec<ModuleId> =
            below.map(|it| ModuleId { module: last - it, ..id }).collect();
        let wished = self.0.imports(id).into_iter();
        let (own, other): (Vec<_>, Vec<_>) = wished.partition(|it| it.package == id.package);
        let mut across: Vec<ModuleId> = Vec::new();
        for import in other.into_iter().map(|it| ModuleId { module: last, ..it }) {
            if !across.contains(&import) && across.len() < ACROSS {
                across.push(import);
            }
        }
        let more = (0..id.module).rev().step_by(7).map(|module| ModuleId { module, ..id });
        for import in own.into_iter().chain(more) {
            if !chosen.contains(&import) && chosen.len() < IMPORTS - across.len() {
                chosen.push(import);
            }
        }
        chosen.extend(across);
        chosen
    }

    fn theme(&self, id: ModuleId) -> [&'static str; 2] {
        THEMES[(id.package * 31 + id.module * 7 + self.0.seed as usize) % THEMES.len()]
    }

    fn text(&self, id: ModuleId) -> String {
        let [many, record] = self.theme(id);
        let imports = self.imports(id);
        let mut text = format!(
            "// The {many} of {}/{}.\n\n",
            package_name(id.package),
            module_name(id.module)
        );
        for (index, import) in imports.iter().enumerate() {
            let from = if import.package == id.package {
                let name = module_name(import.module);
                format!("./{}", name.rsplit('/').next().unwrap_or_default())
            } else {
                package_name(import.package)
            };
            let names = used_names(index, self.theme(*import)[1]);
            let _ = writeln!(text, "import {{ {names} }} from \"{from}\";");
        }
        text += &own_part(many, record, 10 + (id.package * 7 + id.module * 3) % 90);
        text + &uses(record, imports.len())
    }
}

/// What a module imports from the `index`th of those that it imports, whose record has this name.
fn used_names(index: usize, record: &str) -> String {
    match index % 4 {
        0 => format!("estimate as estimate{index}, pick as pick{index}"),
        1 => format!("describe as describe{index}, make as make{index}"),
        2 => format!("{record}Shelf as Shelf{index}"),
        _ => format!("estimate as estimate{index}, State as State{index}"),
    }
}

/// What a module declares whatever it imports.
fn own_part(many: &str, record: &str, limit: usize) -> String {
    format!(
        r#"
/** How far one of the {many} has come. */
export type State =
    | {{ kind: "open" }}
    | {{ kind: "waiting", days: number }}
    | {{ kind: "done", by: string, number: number }};

export interface {record} {{
    id: number;
    label: string;
    weight: number;
}}

{LIMIT}{limit};

export function make(id: number, label: string): {record} {{
    return {{ id, label, weight: (id * 31) % LIMIT }};
}}

export function describe(it: {record}): string {{
    return `${{it.label}} weighs ${{it.weight}}`;
}}

{PICK}
    return first ? left : right;
}}

/** Some {many}, and what can be asked of them. */
export class {record}Shelf {{
    private all: {record}[] = [];

    constructor(readonly name: string) {{}}

    add(id: number): void {{
        this.all.push(make(id, this.name));
    }}

    total(): number {{
        return this.all.reduce((sum, it) => sum + it.weight, 0);
    }}

    heaviest(): {record} | undefined {{
        let mut best: {record} | undefined = undefined;
        for (const it of this.all) {{
            if (best === undefined || best.weight < it.weight) {{
                best = it;
            }}
        }}
        return best;
    }}
}}

export function rank(state: State): number {{
    switch (state.kind) {{
        case "open":
            return 0;
        case "waiting":
            return state.days;
        case "done":
            return state.number;
    }}
}}
"#
    )
}

/// The functions that use what a module has imported.
fn uses(record: &str, imports: usize) -> String {
    let (mut parts, mut lines, mut functions) = (String::new(), String::new(), String::new());
    for index in 0..imports {
        let _ = match index % 4 {
            0 => writeln!(
                parts,
                "        pick{index}(value < 5, value, estimate{index}(depth - 1, value + 3)),"
            ),
            1 => writeln!(lines, "        describe{index}(make{index}(value, \"{record}\")),"),
            2 => writeln!(
                functions,
                "\nfunction shelf{index}(): number {{\n    const shelf = new Shelf{index}(\"{record}\");\n    \
                 shelf.add(7);\n    return shelf.total();\n}}"
            )
            .and_then(|()| writeln!(parts, "        shelf{index}(),")),
            _ => writeln!(
                functions,
                "\nfunction days{index}(state: State{index}): number {{\n    \
                 return state.kind === \"waiting\" ? state.days : 0;\n}}"
            )
            .and_then(|()| {
                writeln!(
                    parts,
                    "        days{index}({{ kind: \"waiting\", days: value }}),\n        \
                     ...numbers.map(n => estimate{index}(depth - 1, n)),"
                )
            }),
        };
    }
    format!(
        "{functions}\nexport function estimate(depth: number, value: number): number {{\n    if (depth <= 0) {{\n        \
         return value % LIMIT;\n    }}\n    const numbers = [value, 2];\n    const parts: number[] = [\n        ...numbers,\n\
         {parts}    ];\n    return parts.reduce((sum, it) => sum + it, 0) % 1000;\n}}\n\n\
         export function summary(value: number): string[] {{\n    return [\n        describe(make(value, \"{record}\")),\n\
         {lines}    ];\n}}\n"
    )
}

fn manifest(name: &str, entry: &str, dependencies: &BTreeSet<usize>, up: &str) -> String {
    let mut text = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nentry = \"{entry}.oats\"\n\n[dependencies]\n"
    );
    for dependency in dependencies.iter().map(|it| package_name(*it)) {
        let _ = writeln!(text, "{dependency} = {{ path = \"{up}{dependency}\" }}");
    }
    text
}

/// The module at the root, which uses all packages.
fn program(packages: usize) -> String {
    let mut text = String::new();
    for name in (0..packages).map(package_name) {
        let _ = writeln!(text, "import {{ estimate as {name} }} from \"{name}\";");
    }
    let parts: Vec<String> =
        (0..packages).map(|it| format!("{}(1, 7)", package_name(it))).collect();
    let parts = parts.join(" +\n        ");
    text + &format!(
        "\nexport function main(): void {{\n    println(\n        {parts}\n    );\n}}\n"
    )
}

fn package_name(package: usize) -> String {
    format!("package{package:03}")
}

fn module_name(module: usize) -> String {
    format!("src/module{module:03}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{OatsReference, body_edit, interface_edit};
    use crate::testing::reference::{ModuleId, Reference};

    const SMALL: OatsReference =
        OatsReference(Reference { packages: 20, modules_per_package: 12, seed: 1 });

    #[test]
    fn the_last_module_of_a_package_reaches_the_others() {
        let mut reached = BTreeSet::new();
        let mut pending = vec![ModuleId { package: 7, module: 11 }];
        while let Some(id) = pending.pop() {
            if reached.insert(id.module) {
                pending.extend(SMALL.imports(id).into_iter().filter(|it| it.package == 7));
            }
        }
        assert_eq!(reached.len(), 12);
    }

    #[test]
    fn modules_have_two_to_three_kilobytes() {
        let files = SMALL.files();
        let texts = files.iter().filter(|(path, _)| path.as_str().contains("/src/"));
        let lengths: Vec<usize> = texts.map(|it| it.1.len()).collect();
        let mean = lengths.iter().sum::<usize>() / lengths.len();
        assert!((2000..=3000).contains(&mean), "{mean}");
    }

    #[test]
    fn edits_change_the_text() {
        let text = &SMALL.files()[5].1;
        assert_ne!(body_edit(text), *text);
        assert_ne!(interface_edit(text), *text);
        assert_eq!(interface_edit(&interface_edit(text)), *text);
    }
}
