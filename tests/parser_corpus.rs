//! Replays the corpora of the fuzz targets for files and words: what once found a fault finds it again.

#![expect(clippy::print_stdout, reason = "names the input that finds a fault")]

#[path = "../fuzz/parsers.rs"]
mod parsers;

use std::fs;
use std::path::Path;

fn tried(target: &str, entry: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut inputs = 0;
    for file in fs::read_dir(&folder).expect("the corpus") {
        let path = file.expect("an entry").path();
        let input = fs::read(&path).expect("an input");
        println!("{}", path.display()); // shown only where the input finds a fault
        entry(&input);
        inputs += 1;
    }
    assert!(inputs >= 3, "{}: {inputs} inputs", folder.display());
}

#[test]
fn config() {
    tried("config", parsers::config);
}

#[test]
fn profile() {
    tried("profile", parsers::profile);
}

#[test]
fn wire() {
    tried("wire", parsers::wire);
}

#[test]
fn replay() {
    tried("replay", parsers::replay);
}

#[test]
fn caller_id() {
    tried("caller_id", parsers::caller_id);
}

#[test]
fn vault() {
    tried("vault", parsers::vault);
}

#[test]
fn log() {
    tried("log", parsers::log);
}

#[test]
fn note() {
    tried("note", parsers::note);
}

#[test]
fn wrapping() {
    tried("wrapping", parsers::wrapping);
}
