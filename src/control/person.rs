//! The calls of a person who asks for access (GDPR art. 15): found by the whole number, as far as
//! something of them is still kept.

use serde_json::Value;

use super::{CallsQuery, Request};

/// Digits of a number in Poland: with fewer, other people's calls would be found, too.
const WHOLE_NUMBER: usize = 9;

/// The country code of Poland: calls at home come without it.
const HOME: &str = "48";

/// More than anybody has within the term; the recorder gives no more at once.
const MOST: u32 = 10_000;

/// Why a person's number names no calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PersonError {
    /// The end of a number is many people's.
    #[error("a person's request is answered by the whole number, nine digits")]
    NotWhole,
    /// Nothing is kept.
    #[error("no recorded call has this number")]
    NothingKept,
}

/// The digits in which every spelling of a number ends, as lines signal it and as people write it:
/// without the prefix of calls abroad, at home without country code and trunk prefix.
fn ending(number: &str) -> String {
    let all: String = number.chars().filter(char::is_ascii_digit).collect();
    let digits = all.strip_prefix("00").unwrap_or(&all);
    let at_home = [HOME, "0"].into_iter().find_map(|prefix| {
        let rest = digits.strip_prefix(prefix)?;
        (rest.len() == WHOLE_NUMBER).then_some(rest)
    });
    at_home.unwrap_or(digits).to_owned()
}

/// The question for every call with a person's number, however it is written.
///
/// # Errors
/// If the number is not whole.
pub fn calls_of_person(number: &str) -> Result<Request, PersonError> {
    let digits = ending(number);
    if digits.len() < WHOLE_NUMBER {
        return Err(PersonError::NotWhole);
    }
    Ok(Request::Calls(CallsQuery {
        number: Some(digits),
        limit: Some(MOST),
        ..CallsQuery::default()
    }))
}

/// Ids of the calls in the answer of which a recording is still kept.
///
/// # Errors
/// If there is none.
pub fn kept_calls(answer: &Value) -> Result<Vec<String>, PersonError> {
    let calls = answer["calls"].as_array().into_iter().flatten();
    let kept = calls.filter(|call| {
        let recordings = call["recordings"].as_array();
        recordings.is_some_and(|all| all.iter().any(|one| one["file"].is_string()))
    });
    let ids: Vec<String> = kept
        .filter_map(|call| Some(call["id"].as_str()?.to_owned()))
        .collect();
    match ids.is_empty() {
        true => Err(PersonError::NothingKept),
        false => Ok(ids),
    }
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
        for (written, asked) in [
            ("52 555 01 99", "525550199"),
            ("+48 52 555 01 99", "525550199"),
            ("0048525550199", "525550199"),
            ("0 52 555-01-99", "525550199"),
            ("480550199", "480550199"),
            ("+49 30 5550199", "49305550199"),
        ] {
            let Ok(Request::Calls(query)) = calls_of_person(written) else {
                panic!("{written} is whole");
            };
            assert_eq!(query.number.as_deref(), Some(asked), "{written}");
        }
    }

    #[test]
    fn only_calls_of_which_something_is_kept_count() {
        let call = |id: &str, file: Value| json!({"id": id, "recordings": [{"file": file}]});
        let answer = json!({"calls": [
            call("a", json!("audio/a.rec")),
            call("b", Value::Null),
            {"id": "c", "recordings": []},
        ]});
        assert_eq!(kept_calls(&answer), Ok(vec!["a".to_owned()]));
        assert_eq!(
            kept_calls(&json!({"calls": [call("b", Value::Null)]})),
            Err(PersonError::NothingKept)
        );
    }
}
