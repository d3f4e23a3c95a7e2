//! The calls of a person who asks for access (GDPR art. 15): found by the whole number, as far as
//! something of them is still kept.

use serde_json::Value;

use super::{CallsQuery, Request};
use crate::words::Digits;

/// More than anybody has within the term; the recorder gives no more at once.
const MOST: u32 = 10_000;

/// Why a person's number names no calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PersonError {
    /// The end of a number is many people's.
    #[error("a person's request is answered by the whole number, nine digits")]
    NotWhole,
}

/// The question for every call with a person's number, however it is written.
///
/// # Errors
/// If the number is not whole.
pub fn calls_of_person(number: &str) -> Result<Request, PersonError> {
    let digits = Digits::whole_ending(number).ok_or(PersonError::NotWhole)?;
    Ok(Request::Calls(CallsQuery {
        number: Some(digits),
        limit: Some(MOST),
        ..CallsQuery::default()
    }))
}

/// Ids of the calls in the answer of which a recording is still kept.
pub fn kept_calls(answer: &Value) -> Vec<String> {
    let calls = answer["calls"].as_array().into_iter().flatten();
    let kept = calls.filter(|call| {
        let recordings = call["recordings"].as_array();
        recordings.is_some_and(|all| all.iter().any(|one| one["file"].is_string()))
    });
    kept.filter_map(|call| Some(call["id"].as_str()?.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_end_of_a_number_is_no_person() {
        assert_eq!(calls_of_person("550 199"), Err(PersonError::NotWhole));
        assert_eq!(calls_of_person("+48 550 199"), Err(PersonError::NotWhole));
    }

    #[test]
    fn every_spelling_of_a_number_finds_it() {
        let Ok(Request::Calls(query)) = calls_of_person("+48 52 555-01-99") else {
            panic!("it is whole");
        };
        assert_eq!(query.number.as_deref(), Some("525550199"));
    }

    #[test]
    fn only_calls_of_which_something_is_kept_count() {
        let call = |id: &str, file: Value| json!({"id": id, "recordings": [{"file": file}]});
        let answer = json!({"calls": [
            call("a", json!("audio/a.rec")),
            call("b", Value::Null),
            {"id": "c", "recordings": []},
        ]});
        assert_eq!(kept_calls(&answer), ["a"]);
    }
}
