//! The `linetap` program: a table of contents. Everything it does stands in the library.

fn main() {}
