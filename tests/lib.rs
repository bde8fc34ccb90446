//! Nothing lives here: this package is its integration tests, `it/`.
