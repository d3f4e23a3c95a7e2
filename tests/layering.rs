//! The floors of the house (see `src/lib.rs`), held by reading the sources.
//!
//! A file imports only from its own folder and from lower floors. Edges (floor 2) never import each
//! other. Floor 1 has no clock, file, socket, thread or log. Functions have at most 60 lines.

use std::fs;
use std::path::{Path, PathBuf};

const FLOORS: &[(&str, u8)] = &[
    ("words", 0),
    ("signal", 1),
    ("isdn", 1),
    ("call", 1),
    ("rules", 1),
    ("config", 1),
    ("capture", 2),
    ("vault", 2),
    ("index", 2),
    ("register", 2),
    ("control", 2),
    ("hardware", 2),
    ("daemon", 3),
    ("console", 3),
    ("cli", 3),
];

/// What pure thought does not know. `std::io` without `Read`/`Write` on memory is not listed:
/// formatting is allowed.
const ABSENT_IN_THOUGHT: &[&str] = &[
    "std::fs",
    "std::net",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "std::process",
    "std::env",
    "Timestamp::now",
    "Zoned::now",
    "log::",
    "rusqlite::",
    "rustix::",
    "crossbeam_channel::",
];

const MAX_FUNCTION_LINES: usize = 60;
const MAX_FILE_LINES: usize = 500;

struct SourceFile {
    path: PathBuf,
    module: String,
    text: String,
}

fn sources() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    collect(&root, &root, &mut found);
    assert!(
        found.len() > 20,
        "the sources were not found under {}",
        root.display()
    );
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<SourceFile>) {
    for entry in fs::read_dir(folder).expect("src is readable") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            collect(root, &path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let relative = path.strip_prefix(root).expect("below src");
            let module = match relative.components().count() {
                1 => String::new(),
                _ => relative
                    .iter()
                    .next()
                    .expect("folder")
                    .to_string_lossy()
                    .into_owned(),
            };
            let text = fs::read_to_string(&path).expect("UTF-8 source");
            found.push(SourceFile { path, module, text });
        }
    }
}

fn floor(module: &str) -> Option<u8> {
    FLOORS
        .iter()
        .find(|(name, _)| *name == module)
        .map(|(_, floor)| *floor)
}

/// Code lines with their numbers; comment lines are left out.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Modules named by `crate::x`, one-line and nested `use crate::{a::..., b}` alike.
fn imported(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in code(text) {
        for rest in line.split("crate::").skip(1) {
            let names: Vec<&str> = match rest.strip_prefix('{') {
                Some(list) => list.split(',').map(str::trim).collect(),
                None => vec![rest],
            };
            for name in names {
                let word: String = name
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                if floor(&word).is_some() {
                    found.push((number, word));
                }
            }
        }
    }
    found
}

fn may_import(from: &str, to: &str) -> bool {
    if from == to {
        return true;
    }
    let (Some(upper), Some(lower)) = (floor(from), floor(to)) else {
        return true;
    };
    match (upper, lower) {
        // Detectors and the D channel know only words; the other thoughts know each other's types.
        (1, 1) => !matches!(from, "signal" | "isdn"),
        (2, 2) => false,
        (3, 3) => from == "cli",
        (upper, lower) => upper > lower,
    }
}

#[test]
fn every_file_imports_only_from_lower_floors() {
    let mut broken = Vec::new();
    for file in sources() {
        for (line, to) in imported(&file.text) {
            if !may_import(&file.module, &to) {
                broken.push(format!(
                    "{}:{line}: {} imports {to}",
                    file.path.display(),
                    file.module
                ));
            }
        }
    }
    assert!(
        broken.is_empty(),
        "imports against the floors:\n{}",
        broken.join("\n")
    );
}

#[test]
fn pure_thought_knows_no_clock_file_socket_thread_or_log() {
    let mut broken = Vec::new();
    for file in sources()
        .iter()
        .filter(|f| floor(&f.module).is_some_and(|floor| floor <= 1))
    {
        if file.path.file_stem().is_some_and(|stem| stem == "tests") {
            continue; // a module of tests in a file of its own
        }
        let product = file.text.split("#[cfg(test)]").next().unwrap_or_default();
        for (line, text) in code(product) {
            for absent in ABSENT_IN_THOUGHT {
                let mut at = text.match_indices(absent);
                if at.any(|(i, _)| !text[..i].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
                {
                    broken.push(format!("{}:{line}: {absent}", file.path.display()));
                }
            }
        }
    }
    assert!(
        broken.is_empty(),
        "pure floors reach outside:\n{}",
        broken.join("\n")
    );
}

#[test]
fn functions_are_short() {
    let mut long = Vec::new();
    for file in sources() {
        for (name, start, lines) in functions(&file.text) {
            if lines > MAX_FUNCTION_LINES {
                long.push(format!(
                    "{}:{start}: {name} has {lines} lines",
                    file.path.display()
                ));
            }
        }
    }
    assert!(
        long.is_empty(),
        "functions over {MAX_FUNCTION_LINES} lines:\n{}",
        long.join("\n")
    );
}

#[test]
fn files_hold_one_concept() {
    let long: Vec<String> = sources()
        .iter()
        .map(|file| (file.path.display().to_string(), file.text.lines().count()))
        .filter(|(_, lines)| *lines > MAX_FILE_LINES)
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect();
    assert!(
        long.is_empty(),
        "files over {MAX_FILE_LINES} lines:\n{}",
        long.join("\n")
    );
}

/// Name, first line and length of each function, by the indentation rustfmt gives.
fn functions(text: &str) -> Vec<(String, usize, usize)> {
    let mut found = Vec::new();
    let mut open: Option<(String, usize, usize)> = None;
    for (number, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line)) {
        let indent = line.len() - line.trim_start().len();
        match &open {
            None if is_function(line) && !line.trim_end().ends_with([';', '}']) => {
                open = Some((line.trim().to_owned(), number, indent));
            }
            Some((name, start, depth))
                if indent == *depth && line.trim_start().starts_with('}') =>
            {
                found.push((name.clone(), *start, number - start + 1));
                open = None;
            }
            Some((_, start, depth))
                if indent == *depth && number > *start && line.trim_end().ends_with(';') =>
            {
                open = None; // a declaration in a trait, broken over several lines
            }
            _ => {}
        }
    }
    found
}

fn is_function(line: &str) -> bool {
    let mut words = line.trim_start();
    for prefix in [
        "pub(crate) ",
        "pub(super) ",
        "pub ",
        "async ",
        "const ",
        "unsafe ",
    ] {
        words = words.strip_prefix(prefix).unwrap_or(words);
    }
    words.starts_with("fn ")
}

#[test]
fn the_checker_sees_what_it_must() {
    assert_eq!(imported("use crate::{vault::Vault, words::ms};").len(), 2);
    assert!(!may_import("vault", "index"));
    assert!(!may_import("signal", "call"));
    assert!(may_import("daemon", "vault") && !may_import("vault", "daemon"));
    assert!(may_import("call", "rules") && !may_import("words", "signal"));
    let text = format!("    fn long(\n{}    }}\n", "        x();\n".repeat(70));
    assert_eq!(functions(&text)[0].2, 72);
}
