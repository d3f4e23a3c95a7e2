//! Tags of a recording: what a file says about itself.

/// Ordered key/value pairs, written as Vorbis comments (FLAC) or inside the seal (`.rec`).
///
/// Keys are upper-case ASCII. Values lose control characters (a hostile line may send them as a
/// caller's name) and are cut at [`Tags::MAX_VALUE`] bytes; at most [`Tags::MAX`] pairs are kept.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Tags(Vec<(String, String)>);

impl Tags {
    /// Most pairs kept.
    pub const MAX: usize = 20;
    /// Longest value in bytes.
    pub const MAX_VALUE: usize = 120;

    /// The line's configured name.
    pub const LINE: &'static str = "LINE";
    /// Start in UTC, RFC 3339.
    pub const START: &'static str = "DATE";
    /// `incoming`, `outgoing`, `unknown`.
    pub const DIRECTION: &'static str = "DIRECTION";
    /// Digits that set the call up.
    pub const DIALLED: &'static str = "DIALLED";
    /// The number the line claims for the caller.
    pub const CALLER: &'static str = "CALLER";
    /// Our own number on this line.
    pub const NUMBER: &'static str = "NUMBER";
    /// Id of the call.
    pub const CALL: &'static str = "CALL";
    /// Id of the recording.
    pub const RECORDING: &'static str = "RECORDING";
    /// Version of the recording rules in force.
    pub const RULES: &'static str = "RULES";
    /// Whether the clock was kept right by a time service at the start: `synchronised`,
    /// `unsynchronised`.
    pub const CLOCK: &'static str = "CLOCK";
    /// Where digits were silenced: `from-to` in seconds from the start, separated by commas.
    pub const MUTED: &'static str = "MUTED";
    /// What the office holds to be its legal basis.
    pub const BASIS: &'static str = "BASIS";
    /// Program and version.
    pub const ENCODER: &'static str = "ENCODED-BY";
    /// Present when the file was closed after a crash.
    pub const RECOVERED: &'static str = "RECOVERED";

    /// No tags.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `key` to `value`, replacing what was there; an empty value removes it.
    pub fn set(&mut self, key: &str, value: &str) {
        let key: String = key
            .chars()
            .filter(|c| matches!(c, ' '..='}') && *c != '=')
            .take(24)
            .collect::<String>()
            .to_ascii_uppercase();
        let mut clean: String = value.chars().filter(|c| !c.is_control()).collect();
        while clean.len() > Self::MAX_VALUE {
            clean.pop();
        }
        self.0.retain(|(have, _)| *have != key);
        if !clean.is_empty() && self.0.len() < Self::MAX {
            self.0.push((key, clean));
        }
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(have, _)| have == key)
            .map(|(_, value)| value.as_str())
    }

    /// All pairs in the order they were set.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// These tags, overlaid with `newer`.
    pub(super) fn updated(mut self, newer: &Self) -> Self {
        for (key, value) in newer.iter() {
            self.set(key, value);
        }
        self
    }
}

/// Shows keys only: values are personal data and stay out of logs.
impl std::fmt::Debug for Tags {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(key, _)| key))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_values_are_tamed() {
        let mut tags = Tags::new();
        tags.set(Tags::CALLER, "52\u{1b}[31m3\n7");
        tags.set("ev=il", &"ą".repeat(999));
        assert_eq!(tags.get(Tags::CALLER), Some("52[31m37"));
        assert!(tags.get("EVIL").is_some_and(|v| v.len() <= Tags::MAX_VALUE));
        for n in 0..99 {
            tags.set(&format!("K{n}"), "v");
        }
        assert_eq!(tags.iter().count(), Tags::MAX);
        assert!(!format!("{tags:?}").contains("37"));
    }
}
