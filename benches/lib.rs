//! Nothing lives here: this package is its benches.
