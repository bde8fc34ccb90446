//! A package, or what is made of it, is somewhere else than before, and what was in the old place is still there.

use crate::command_line::place::Place;

fn run(place: &Place, arguments: &[&str], expected: &str) {
    let outcome = place.oast(arguments);
    assert_eq!((outcome.code, &*outcome.stdout), (Some(0), expected), "{arguments:?}: {outcome:?}");
}

#[test]
fn another_directory_with_a_package_of_the_same_name_is_another_package() {
    let place = Place::new();
    for directory in ["one", "two"] {
        let manifest = "[package]\nname = \"B\"\nversion = \"0.1.0\"\nmain = \"Main\"\n";
        place.write(&format!("{directory}/BPackage.toml"), manifest);
        let text = format!("public main : Text = \"{directory}\";");
        place.write(&format!("{directory}/src/Main.oct"), &text);
    }
    for directory in ["one", "two", "one", "two"] {
        let packages = format!("[packages]\nB = {{ path = \"{directory}\" }}\n");
        place.write("project.toml", &packages);
        run(&place, &["run"], &format!("{directory}\n"));
        run(&place, &["run"], &format!("{directory}\n"));
    }
    place.write("one/src/Main.oct", "a mistake");
    run(&place, &["run"], "two\n");
    place.write("project.toml", "[packages]\nB = { path = \"one\" }\n");
    for command in ["build", "check"] {
        let outcome = place.oast(&[command]);
        assert_eq!(outcome.code, Some(1), "{command}: {outcome:?}");
    }
}

#[test]
fn a_dependency_in_another_directory_is_another_one() {
    let place = Place::new();
    let package = |name: &str, rest: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nentry = \"main.oats\"\n{rest}")
    };
    for directory in ["one", "two"] {
        place.write(&format!("{directory}/Oats.toml"), &package("lib", ""));
        let text = format!("export function name(): string {{ return \"{directory}\"; }}\n");
        place.write(&format!("{directory}/main.oats"), &text);
    }
    let text = "import { name } from \"lib\";\nexport function main(): number { println(name()); return 0; }\n";
    place.write("app/main.oats", text);
    for directory in ["one", "two", "one"] {
        let depends = format!("[dependencies]\nlib = {{ path = \"../{directory}\" }}\n");
        place.write("app/Oats.toml", &package("app", &depends));
        run(&place, &["-C", "app", "run"], &format!("{directory}\n"));
        run(&place, &["-C", "app", "run"], &format!("{directory}\n"));
    }
}

#[test]
fn two_dialects_in_one_directory_have_packages_of_their_own() {
    let place = Place::new();
    place.write("project.toml", "[packages]\nP = { path = \"P\" }\n");
    let package = "[package]\nname = \"P\"\nversion = \"0.1.0\"\n";
    place.write("P/PPackage.toml", &format!("{package}main = \"Main\"\n"));
    place.write("P/src/Main.oct", "public main : Text = \"octizys\";");
    place.write("Oats.toml", &format!("{package}entry = \"src/main.oats\"\n"));
    let text = "export function main(): number { println(\"oats\"); return 0; }\n";
    place.write("src/main.oats", text);
    for target in ["python-3", "c-11"] {
        for dialect in ["octizys", "oats", "octizys", "oats"] {
            let arguments = ["--dialect", dialect, "run", "--target", target];
            run(&place, &arguments, &format!("{dialect}\n"));
        }
    }
    run(&place, &["--dialect", "octizys", "run"], "octizys\n");
    place.write("src/main.oats", "a mistake");
    for command in ["check", "build"] {
        let outcome = place.oast(&["--dialect", "oats", command]);
        assert_eq!(outcome.code, Some(1), "{command}: {outcome:?}");
    }
}

#[test]
fn outputs_in_another_directory_are_made_there() {
    for target in ["python-3", "c-11"] {
        let place = Place::new();
        let package = "[package]\nname = \"foo\"\nversion = \"0.1.0\"\nentry = \"main.oats\"\n";
        let build = |rest: &str| {
            place
                .write("Oats.toml", &format!("{package}[build]\ntargets = [\"{target}\"]\n{rest}"));
        };
        let say = |text: &str| {
            let text =
                format!("export function main(): number {{ println(\"{text}\"); return 0; }}\n");
            place.write("main.oats", &text);
        };
        let (here, there) = ("", "target-dir = \"out\"\n");
        let steps = [
            (here, "one"),
            (there, "one"),
            (there, "two"),
            (here, "two"),
            (there, "two"),
            (here, "one"),
        ];
        for (directory, text) in steps {
            build(directory);
            say(text);
            run(&place, &["run"], &format!("{text}\n"));
            run(&place, &["run"], &format!("{text}\n"));
        }
    }
}
