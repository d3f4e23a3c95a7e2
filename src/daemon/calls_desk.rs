//! What a search for calls may name beside times and numbers, and what keeps a call's recordings.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::words::{CallId, Direction};

use super::desk::Desk;

/// Of the word of the wire.
pub(super) fn direction(word: Option<&str>) -> Result<Option<Direction>, String> {
    let Some(word) = word else { return Ok(None) };
    let all = [Direction::Incoming, Direction::Outgoing, Direction::Unknown];
    let found = all.into_iter().find(|direction| direction.word() == word);
    found
        .map(Some)
        .ok_or_else(|| format!("{word:?} is no direction: incoming, outgoing, unknown"))
}

/// Start and id of a call, as `next` has them.
pub(super) fn behind(cursor: &str) -> Result<(Timestamp, CallId), String> {
    let wrong = || format!("{cursor:?} is not the `next` of an answer");
    let (ms, id) = cursor.split_once('.').ok_or_else(wrong)?;
    let start = ms
        .parse()
        .ok()
        .and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let id = id.parse().ok();
    start.zip(id).ok_or_else(wrong)
}

impl Desk {
    /// Numbers of the holds and disclosures that keep a call's recordings.
    pub(super) fn holds_on(&self, call: &Value) -> Value {
        let recordings = call["recordings"].as_array().cloned().unwrap_or_default();
        let of = |id: &String| recordings.iter().any(|one| one["id"] == id.as_str());
        let standing = self.registrar.with(|register| {
            let procedure = register.procedure();
            let holds = procedure
                .holds()
                .iter()
                .filter(|(_, hold)| hold.ended.is_none() && hold.asked.recordings.iter().any(of));
            let disclosures = procedure.disclosures().iter().filter(|(_, found)| {
                let mut calls = found.asked.calls.iter();
                found.ended.is_none() && calls.any(|call| call.recordings.iter().any(of))
            });
            let numbers = holds.map(|(number, _)| number);
            Ok(numbers
                .chain(disclosures.map(|(number, _)| number))
                .map(|number| json!(number))
                .collect::<Value>())
        });
        standing.unwrap_or(Value::Null)
    }
}
