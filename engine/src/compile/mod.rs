//! The queries of one module: imports, interface, meaning, positions.
