//! The target `c-11`.
