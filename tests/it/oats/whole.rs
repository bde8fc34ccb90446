//! Longer programs. What they show was compared with what node shows for the same text without `mut`, printing aside.

use expect_test::{ExpectFile, expect_file};

use crate::oats::world::run_main;

fn check(text: &str, expected: ExpectFile) {
    expected.assert_eq(&run_main(text));
}

/// A test for each program, which is a file with what it shows beside it.
macro_rules! programs {
    ($($name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                let text = include_str!(concat!("programs/", stringify!($name), ".oats"));
                check(text, expect_file![concat!("programs/", stringify!($name), ".out")]);
            }
        )*
    };
}

programs! {
    abstract_classes,
    accessors,
    accessors_of_classes,
    algorithms,
    arrays,
    classes,
    closures,
    collections,
    destructuring,
    enums,
    finally,
    generics,
    inheritance,
    labels,
    maps_and_sets,
    module_order,
    numbers,
    order,
    pattern_assignment,
    promises,
    records,
    recursive_types,
    strings,
    switches,
    tokenizer,
    too_early,
    unions,
}
