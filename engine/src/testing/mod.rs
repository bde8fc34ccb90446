//! The fixture language of the tests: a small world in one string, and helpers that check what the engine says of it.
//!
//! ```text
//! //- /project.toml
//! [packages]
//! A = { paht = "A" }
//!     # ^^^^ unknown-key
//! //- /A/APackage.toml
//! …
//! ```
//!
//! A line `//- /path` begins each file; what the lines of the whole string are indented by in common is taken away.
//!
//! Below a line, a comment of the file's language (`#` in manifests, `--` in `.oct`, `//` else) that holds carets and the code of
//! a diagnostic says that the diagnostic is expected on exactly the characters above the carets. `<` in place of the first caret
//! reaches to the beginning of the line, which the comment's own marker covers (`#<^^^ code`); what is too short for that is written
//! in numbers, from column 0 to before column 2: `--<0-2 code`. `>` after the last caret says that
//! the place goes on in the following lines. An empty place is shown as one caret. These lines are no part of the file.

mod annotation;
mod fixture;
mod ir;
pub mod oats_reference;
mod random;
pub mod reference;
mod world;

pub use crate::testing::annotation::Expected;
pub use crate::testing::fixture::{Fixture, FixtureFile, cursor};
pub use crate::testing::ir::ir_module;
pub use crate::testing::random::Random;
pub use crate::testing::world::{World, check_diagnostics};
