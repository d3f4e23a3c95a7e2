//! What is wrong with a file, all of it at once.

use std::fmt;

/// One thing that is wrong.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Problem {
    /// Line in the file, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

/// Everything that is wrong with one file, in the order of its lines. Never empty.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub struct Problems {
    /// The file's name.
    pub file: String,
    /// What is wrong with it.
    pub list: Vec<Problem>,
}

/// One line each: `file:line: what; remedy`.
impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.list.iter().enumerate() {
            let newline = if at == 0 { "" } else { "\n" };
            let Problem { line, what, remedy } = problem;
            write!(f, "{newline}{}:{line}: {what}; {remedy}", self.file)?;
        }
        Ok(())
    }
}

/// The file has no `[hours]`.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "{file}: no [hours]: recording takes place in office hours only (§3.2), and a file that does \
     not say when they are never means \"always\"; add for example [hours] with \
     mon = [\"07:30-15:30\"]"
)]
pub struct NoHours {
    /// The file's name.
    pub file: String,
}

/// The entry of `known` that was probably meant by `word`, if one is near enough.
pub(super) fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let scored = known
        .iter()
        .map(|&candidate| (distance(word, candidate), candidate));
    let limit = (word.chars().count() / 3).max(1) + 1;
    scored
        .min()
        .filter(|&(distance, _)| distance <= limit)
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions and replacements that lead from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &cb) in b.iter().enumerate() {
            let replace = diagonal + usize::from(ca != cb);
            diagonal = row[j + 1];
            row[j + 1] = replace.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_key() {
        let keys = ["channels", "card", "role", "number"];
        assert_eq!(nearest("chanels", &keys), Some("channels"));
        assert_eq!(nearest("roel", &keys), Some("role"));
        assert_eq!(nearest("colour_of_the_box", &keys), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
