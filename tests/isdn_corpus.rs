//! Replays the corpora of the fuzz targets: what once found a fault finds it again.

#[path = "../fuzz/entries.rs"]
mod entries;

use std::fs;
use std::path::Path;

fn replay(target: &str, entry: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut inputs = 0;
    for file in fs::read_dir(&folder).expect("the corpus") {
        let input = fs::read(file.expect("an entry").path()).expect("an input");
        entry(&input);
        inputs += 1;
    }
    assert!(inputs >= 3, "{}: {inputs} inputs", folder.display());
}

#[test]
fn hdlc() {
    replay("hdlc", entries::hdlc);
}

#[test]
fn lapd() {
    replay("lapd", entries::lapd);
}

#[test]
fn q931() {
    replay("q931", entries::q931);
}
