//! The package graph and the module graph.
