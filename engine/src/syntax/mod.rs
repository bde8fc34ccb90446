//! Lossless syntax trees, whatever the language.
