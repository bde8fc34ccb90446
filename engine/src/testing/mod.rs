//! The fixture language of the tests, and generated workspaces.

pub mod reference;
