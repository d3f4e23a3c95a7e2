//! What the doctor says: one finding a line, with what to do.

use std::fmt::{Display, Write};

use serde_json::{Value, json};

/// How serious.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Level {
    /// In order.
    Well,
    /// To know; nothing need be done.
    Note,
    /// Something is wrong.
    Problem,
}

impl Level {
    const fn word(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Note => "note",
            Self::Problem => "problem",
        }
    }

    const fn mark(self) -> &'static str {
        match self {
            Self::Well => "ok",
            Self::Note => "--",
            Self::Problem => "!!",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Finding {
    /// What was looked at.
    pub(super) subject: String,
    /// How serious it is.
    pub(super) level: Level,
    /// What was found.
    pub(super) what: String,
    /// What to do; empty where nothing need be done.
    pub(super) remedy: String,
}

impl Finding {
    /// In order.
    pub(super) fn well(subject: impl Display, what: impl Display) -> Self {
        Self::new(subject, Level::Well, what, "")
    }

    /// To know.
    pub(super) fn note(subject: impl Display, what: impl Display, remedy: impl Display) -> Self {
        Self::new(subject, Level::Note, what, remedy)
    }

    /// Wrong.
    pub(super) fn problem(subject: impl Display, what: impl Display, remedy: impl Display) -> Self {
        Self::new(subject, Level::Problem, what, remedy)
    }

    fn new(subject: impl Display, level: Level, what: impl Display, remedy: impl Display) -> Self {
        Self {
            subject: subject.to_string(),
            level,
            what: what.to_string(),
            remedy: remedy.to_string(),
        }
    }

    /// As JSON.
    pub(super) fn json(&self) -> Value {
        json!({
            "subject": self.subject, "level": self.level.word(),
            "what": self.what, "remedy": self.remedy,
        })
    }
}

/// The morning line: how many problems and which, or that there are none. Always one line.
pub(super) fn morning_line(findings: &[Finding]) -> String {
    let count = |level| findings.iter().filter(|f| f.level == level).count();
    let (problems, notes) = (count(Level::Problem), count(Level::Note));
    if problems == 0 {
        let well = count(Level::Well);
        return format!("linetap: all is well ({well} checks in order, {notes} to know)\n");
    }
    let named = findings.iter().filter(|f| f.level == Level::Problem);
    let named: Vec<String> = named
        .map(|f| {
            format!(
                "{}: {}",
                f.subject,
                f.what.lines().next().unwrap_or_default()
            )
        })
        .collect();
    let word = if problems == 1 { "problem" } else { "problems" };
    format!("linetap: {problems} {word}: {}\n", named.join("; "))
}

/// The page.
pub(super) fn page(findings: &[Finding]) -> String {
    let mut text = String::new();
    let lengths = findings
        .iter()
        .map(|finding| finding.subject.chars().count());
    let wide = lengths.max().unwrap_or(0);
    for finding in findings {
        let indent = format!("\n{}", " ".repeat(wide + 6));
        let what = finding.what.replace('\n', &indent);
        let (mark, subject) = (finding.level.mark(), &finding.subject);
        let _ = write!(text, "{mark}  {subject:<wide$}  {what}");
        if !finding.remedy.is_empty() {
            let _ = write!(text, "{indent}do: {}", finding.remedy);
        }
        text.push('\n');
    }
    text
}
