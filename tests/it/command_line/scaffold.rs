//! `oast new` and `oast init`: what they write, and what they refuse.
#![expect(clippy::disallowed_methods, reason = "the subject is a program and what it writes")]

use std::fs;

use expect_test::expect;

use crate::command_line::place::Place;

#[test]
fn a_new_program() {
    let place = Place::new();
    place.oast(&["new", "Hello"]).check(
        0,
        expect![[r#"
            made the program `Hello` in `Hello`

            hint: `oast run` in `Hello` builds and runs it
        "#]],
    );
    place.check_files(expect![[r#"
        //- /Hello/.gitignore
        /build
        /.oast
        //- /Hello/Hello/HelloPackage.toml
        [package]
        name = "Hello"
        version = "0.1.0"
        main = "Main"
        //- /Hello/Hello/src/Main.oct
        -- The value of `main` is printed when the program runs.
        main : Text = "Hello, world!";
        //- /Hello/project.toml
        [project]
        name = "Hello"
        targets = ["python-3"]

        [packages]
        Hello = { path = "Hello" }
    "#]]);
}

#[test]
fn a_new_library() {
    let place = Place::new();
    let outcome = place.oast(&["new", "Shapes", "--lib", "--dialect", "octizys"]);
    outcome.check(
        0,
        expect![[r#"
            made the library `Shapes` in `Shapes`

            hint: `oast check` in `Shapes` checks it
        "#]],
    );
    place.check_files(expect![[r#"
        //- /Shapes/.gitignore
        /build
        /.oast
        //- /Shapes/Shapes/ShapesPackage.toml
        [package]
        name = "Shapes"
        version = "0.1.0"
        //- /Shapes/Shapes/src/Lib.oct
        -- What is `public` can be used elsewhere: `import Shapes/Lib as Shapes;`, then `Shapes/double 21`.
        public double : n : Int |- Int = mul n 2;
        //- /Shapes/project.toml
        [project]
        name = "Shapes"
        targets = ["python-3"]

        [packages]
        Shapes = { path = "Shapes" }
    "#]]);
}

#[test]
fn a_name_that_cannot_be() {
    let place = Place::new();
    place.oast(&["new", "my-app"]).check(
        2,
        expect![[r#"
            error: `my-app` cannot be a name: a name is a letter, then letters, digits and `_`

            hint: `MyApp` can
        "#]],
    );
    place.oast(&["new", "../Up"]).check(
        2,
        expect![[r#"
            error: `../Up` cannot be a name: a name is a letter, then letters, digits and `_`

            hint: `Up` can
        "#]],
    );
    place.oast(&["new", "let"]).check(
        2,
        expect![[r#"
            error: `let` cannot be a name: it is a word of the language

            hint: `Let` can
        "#]],
    );
    place.oast(&["new", ""]).check(
        2,
        expect![[r#"
            error: `` cannot be a name: a name is a letter, then letters, digits and `_`

            hint: `Demo` can
        "#]],
    );
    assert!(place.files().is_empty());
}

#[test]
fn nothing_is_overwritten() {
    let place = Place::new();
    place.oast(&["new", "Hello"]);
    let before = place.files();
    place.oast(&["new", "Hello", "--lib"]).check(
        2,
        expect![[r#"
            error: `[DIR]/Hello` exists already and is left as it is

            hint: `oast init`, run in a directory, makes a project there
        "#]],
    );
    place.oast(&["-C", "Hello", "init"]).check(
        2,
        expect![[r#"
            error: `[DIR]/Hello` is a project already: it has `project.toml`

            hint: `oast new NAME` makes a package in it
        "#]],
    );
    place.oast(&["-C", "Hello/Hello", "init"]).check(
        2,
        expect![[r#"
            error: `[DIR]/Hello/Hello` is a package already: it has `HelloPackage.toml`
        "#]],
    );
    assert_eq!(place.files(), before);

    let place = Place::new();
    fs::create_dir_all(place.path().join("Hello/src")).unwrap();
    fs::write(place.path().join("Hello/src/Main.oct"), "mine").unwrap();
    place.oast(&["init", "--name", "Hello"]).check(
        2,
        expect![[r#"
            error: `[DIR]/Hello/src/Main.oct` exists already and is left as it is
        "#]],
    );
    assert_eq!(place.files().len(), 1);
}

#[test]
fn a_second_package_is_no_member_until_the_user_says_so() {
    let place = Place::new();
    place.oast(&["new", "Hello"]);
    let manifest = place.files()["Hello/project.toml"].clone();
    fs::create_dir_all(place.path().join("Hello/libs/Geo")).unwrap();
    place.oast(&["-C", "Hello", "new", "Math", "--lib"]).check(
        0,
        expect![[r#"
            made the library `Math` in `Math`

            hint: to make it a member of the project, add this line to `[packages]` in `project.toml`:

                Math = { path = "Math" }
        "#]],
    );
    place.oast(&["-C", "Hello/libs", "new", "Text"]).check(0, expect![[r#"
        made the program `Text` in `Text`

        hint: to make it a member of the project, add this line to `[packages]` in `../project.toml`:

            Text = { path = "libs/Text" }
    "#]]);
    place.oast(&["-C", "Hello/libs/Geo", "init", "--lib"]).check(0, expect![[r#"
        made the library `Geo` in `[DIR]/Hello/libs/Geo`

        hint: to make it a member of the project, add this line to `[packages]` in `../../project.toml`:

            Geo = { path = "libs/Geo" }
    "#]]);
    let files = place.files();
    assert_eq!(files["Hello/project.toml"], manifest);
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    expect![[r#"
        Hello/.gitignore
        Hello/Hello/HelloPackage.toml
        Hello/Hello/src/Main.oct
        Hello/Math/MathPackage.toml
        Hello/Math/src/Lib.oct
        Hello/libs/Geo/GeoPackage.toml
        Hello/libs/Geo/src/Lib.oct
        Hello/libs/Text/TextPackage.toml
        Hello/libs/Text/src/Main.oct
        Hello/project.toml"#]]
    .assert_eq(&names.join("\n"));
}

#[test]
fn a_project_where_you_are() {
    let place = Place::new();
    fs::create_dir(place.path().join("Tools")).unwrap();
    fs::write(place.path().join("Tools/.gitignore"), "*.swp\n").unwrap();
    place.oast(&["-C", "Tools", "init", "--lib"]).check(
        0,
        expect![[r#"
            made the library `Tools` in `[DIR]/Tools`

            hint: `.gitignore` is left as it is; it should hold `/build` and `/.oast`
        "#]],
    );
    let files = place.files();
    assert_eq!(files["Tools/.gitignore"], "*.swp\n");
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    expect![[r#"
        Tools/.gitignore
        Tools/Tools/ToolsPackage.toml
        Tools/Tools/src/Lib.oct
        Tools/project.toml"#]]
    .assert_eq(&names.join("\n"));
}

#[test]
fn directories_with_spaces_and_other_letters() {
    let place = Place::new();
    let odd = "mes été's \"projets\"";
    fs::create_dir(place.path().join(odd)).unwrap();
    place.oast(&["-C", odd, "init"]).check(2, expect![[r#"
        error: `mes été's "projets"` cannot be a name: a name is a letter, then letters, digits and `_`

        hint: `MesÉtéSProjets` can
        hint: `--name NAME` gives another name than the directory's
    "#]]);
    place.oast(&["-C", odd, "init", "--name", "Été"]).check(
        0,
        expect![[r#"
            made the program `Été` in `[DIR]/mes été's "projets"`
        "#]],
    );
    let files = place.files();
    let manifest = &files[&format!("{odd}/project.toml")];
    assert!(manifest.ends_with("[packages]\n\"Été\" = { path = \"Été\" }\n"), "{manifest}");
    let again = place.oast(&["-C", odd, "init", "--name", "Été"]);
    assert_eq!(again.code, Some(2));
}
