//! A row of the playback register (§6.2 a-i).

use serde::{Deserialize, Serialize};

/// One listening. Empty text: not entered yet.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Row {
    /// Its number, `P-1`.
    pub playback: String,
    /// The order.
    pub order: String,
    /// UUID of the recording.
    pub recording: String,
    /// SHA-256 of its file.
    pub sha256: String,
    /// a) Number called.
    pub called: String,
    /// b) Number calling.
    pub calling: String,
    /// c) Date of the call.
    pub date: String,
    /// d) Start of the call.
    pub start: String,
    /// e) End of the call.
    pub end: String,
    /// f) Who the parties are.
    pub parties: String,
    /// g) First name and surname of who listened.
    pub listener: String,
    /// g) Post.
    pub post: String,
    /// h) Date of the listening.
    pub heard_on: String,
    /// i) Signature: key or paper.
    pub signed: String,
    /// When it was signed by key, RFC 3339.
    #[serde(default)]
    pub signed_at: String,
    /// The row was corrected after it was signed.
    pub signature_stale: bool,
    /// Spans played, milliseconds.
    pub played: Vec<(u64, u64)>,
    /// Why it ended; empty while it lasts or if it was cut off.
    pub ended: String,
    /// Corrections: field, old value, new value, reason.
    pub corrections: Vec<[String; 4]>,
    /// Hash of the entry that began it.
    pub hash: String,
}

impl Row {
    /// What §6.2 still wants, by letter; empty if the row is complete.
    pub fn missing(&self) -> Vec<&'static str> {
        let fields: [(&'static str, &str); 9] = [
            ("a", &self.called),
            ("b", &self.calling),
            ("c", &self.date),
            ("d", &self.start),
            ("e", &self.end),
            ("f", &self.parties),
            ("g", &self.listener),
            ("h", &self.heard_on),
            ("i", &self.signed),
        ];
        let mut missing: Vec<&str> = fields
            .into_iter()
            .filter_map(|(letter, text)| text.trim().is_empty().then_some(letter))
            .collect();
        if self.signature_stale && !missing.contains(&"i") {
            missing.push("i");
        }
        missing
    }

    /// The field a correction names.
    pub(super) fn field(&mut self, name: &str) -> Option<&mut String> {
        Some(match name {
            "called" => &mut self.called,
            "calling" => &mut self.calling,
            "date" => &mut self.date,
            "start" => &mut self.start,
            "end" => &mut self.end,
            "parties" => &mut self.parties,
            "heard_on" => &mut self.heard_on,
            _ => return None,
        })
    }
}
