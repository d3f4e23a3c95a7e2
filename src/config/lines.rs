//! `[numbering]`, and the part of a file that `analyze --line-config` reads.

use super::line::{self, LineConfig};
use super::problems::Problems;
use super::section::{Book, Section};
use crate::call::{NumberingPlan, Pattern};

/// `[numbering]` and `[[line]]` alone; the rest of the file is not looked at, and no card need be
/// there.
#[derive(Clone, PartialEq, Debug)]
pub struct Lines {
    /// What makes a number internal.
    pub numbering: NumberingPlan,
    /// Lines in the order of the file.
    pub lines: Vec<LineConfig>,
}

impl Lines {
    /// Reads these two from a configuration. `name` is the file's name for messages.
    pub fn parse(text: &str, name: &str) -> Result<Self, Problems> {
        let (book, root) = Book::open(text, name)?;
        let root = book.root(&root);
        let numbering = read_numbering(&root);
        let lines = line::read_all(&root, None);
        book.close(Self { numbering, lines })
    }
}

impl Default for Lines {
    /// No lines, and the numbering plan of a file that does not speak of it.
    fn default() -> Self {
        Self {
            numbering: default_numbering(),
            lines: Vec::new(),
        }
    }
}

const INTERNAL: &str = "[2-4]XX";
const OUTSIDE_PREFIX: &str = "0";
const COUNTRY: &str = "48";

fn default_numbering() -> NumberingPlan {
    let internal = Pattern::parse(INTERNAL).into_iter().collect();
    NumberingPlan::new(internal, OUTSIDE_PREFIX, COUNTRY)
}

pub(super) fn read_numbering(root: &Section<'_>) -> NumberingPlan {
    let Some(section) = root.section("numbering") else {
        return default_numbering();
    };
    let prefix = digits(&section, "outside_prefix", OUTSIDE_PREFIX, true);
    let country = digits(&section, "country", COUNTRY, false);
    let internal = match section.texts("internal") {
        None => Pattern::parse(INTERNAL).into_iter().collect(),
        Some(texts) => {
            let pattern = |text| pattern(&section, text, &prefix);
            texts.value.iter().filter_map(pattern).collect()
        }
    };
    section.finish();
    NumberingPlan::new(internal, &prefix, &country)
}

fn pattern(
    section: &Section<'_>,
    text: &super::section::Placed<&str>,
    prefix: &str,
) -> Option<Pattern> {
    match Pattern::parse(text.value) {
        Err(error) => {
            let what = format!("[numbering] internal: \"{}\" {error}", text.value);
            section.problem(
                &text.place,
                what,
                "three digits beginning with 2 to 4 are \"[2-4]XX\"",
            );
            None
        }
        Ok(pattern) if !prefix.is_empty() && pattern.may_begin_with(prefix) => {
            let what = format!(
                "[numbering] internal: \"{}\" covers numbers that begin with outside_prefix \"{prefix}\"",
                text.value
            );
            let remedy = "no call could be told from an outside one; narrow the pattern";
            section.problem(&text.place, what, remedy);
            None
        }
        Ok(pattern) => Some(pattern),
    }
}

fn digits(section: &Section<'_>, key: &'static str, default: &str, may_be_empty: bool) -> String {
    let Some(text) = section.text(key) else {
        return default.to_owned();
    };
    let fits = text.value.len() <= 3 && text.value.bytes().all(|b| b.is_ascii_digit());
    if fits && (may_be_empty || !text.value.is_empty()) {
        return text.value.to_owned();
    }
    let what = format!(
        "[numbering] {key} = \"{}\" is not one to three digits",
        text.value
    );
    section.problem(
        &text.place,
        what,
        format!("write for example \"{default}\""),
    );
    default.to_owned()
}
