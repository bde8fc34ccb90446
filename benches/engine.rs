//! Speed of the engine on generated workspaces.
fn main() {}
