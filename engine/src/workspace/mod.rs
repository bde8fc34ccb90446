//! Which packages are built together: discovery upward, members, globs.
