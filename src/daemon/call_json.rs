//! A call of the index as JSON: the fields of the `call` event with wall-clock times, and what the
//! rules made of it. Used by the control socket and by commands that read the index themselves.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::index::{CallRow, IndexError, NumberMatch, Query, Reader, RecordingRow, State};
use crate::words::{CallId, Digits, Direction, Presentation, SampleTime, hex};

/// RFC 3339 with the offset of the office's zone, to the millisecond.
pub(crate) fn local(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone())
        .strftime("%Y-%m-%dT%H:%M:%S%.3f%:z")
        .to_string()
}

/// One call with its recordings.
pub(crate) fn call(row: &CallRow, recordings: &[RecordingRow], zone: &TimeZone) -> Value {
    let time = |at: Option<Timestamp>| at.map(|at| local(at, zone));
    let withheld = row.presentation == Some(Presentation::Restricted);
    json!({
        "id": row.id.to_string(),
        "line": row.line,
        "start": local(row.start, zone),
        "end": time(row.end),
        "answered": time(row.answered),
        "direction": row.direction.word(),
        "dialled": digits(&row.dialled),
        "caller": if withheld { Value::Null } else { digits(&row.caller) },
        "caller_name": if withheld { None } else { row.caller_name.clone() },
        "presentation": row.presentation.map(Presentation::word),
        "connected": digits(&row.connected),
        "redirecting": digits(&row.redirecting),
        "consultation": digits(&row.consultation),
        "external": row.external,
        "end_reason": row.end_reason,
        "cause": row.cause,
        "timeslot": row.timeslot,
        "recorded": row.recorded,
        "not_recorded": (!row.reason.is_empty()).then_some(&row.reason),
        "rules_version": row.rules_version,
        "clock_synchronised": row.clock_synced,
        "basis": (!row.basis.is_empty()).then_some(&row.basis),
        "announcement": announcement(row, zone),
        "party_to_be_informed": row.external == Some(true) && row.direction == Direction::Outgoing,
        "recordings": recordings.iter().map(|r| recording(r, zone)).collect::<Vec<_>>(),
    })
}

/// What is known of the announcement (§4.1): `null` where it was not listened for.
fn announcement(row: &CallRow, zone: &TimeZone) -> Value {
    if !row.announcement_expected {
        return Value::Null;
    }
    let how_sure = row
        .announcement
        .map(|(_, sure)| (sure * 1_000.0).round() / 1_000.0);
    json!({
        "heard": row.announcement.map(|(at, _)| local(at, zone)),
        "how_sure": how_sure,
        "left": row.hung_up_at_announcement,
    })
}

fn recording(row: &RecordingRow, zone: &TimeZone) -> Value {
    json!({
        "id": row.id.to_string(),
        "file": row.place.as_ref().map(|place| format!("recordings/{place}")),
        "state": match row.state {
            State::Open => "open",
            State::Closed => "closed",
            State::Recovered => "recovered",
            State::Deleted => "deleted",
        },
        "sealed": row.sealed,
        "channels": row.channels,
        "start": local(row.start, zone),
        "samples": row.samples,
        "lost_samples": row.lost,
        "clock_synchronised": row.clock_synced,
        "muted": row.muted.iter().map(muted).collect::<Vec<_>>(),
        "bytes": row.bytes,
        "sha256": row.sha256.map(|hash| hex(&hash)),
        "due": local(row.due, zone),
    })
}

/// Where digits were silenced, in seconds from the start of the recording; never which.
fn muted(&(from, to): &(u64, u64)) -> Value {
    let seconds = |sample: u64| SampleTime(sample).seconds();
    json!({"from": seconds(from), "to": seconds(to)})
}

fn digits(digits: &Digits) -> Value {
    if digits.is_empty() {
        Value::Null
    } else {
        digits.as_str().into()
    }
}

/// The calls that a query finds, and where the next answer goes on if there may be more.
pub(crate) fn calls(
    reader: &Reader,
    query: &Query,
    zone: &TimeZone,
) -> Result<(Vec<Value>, Option<String>), IndexError> {
    let rows = reader.search(query)?;
    let full = rows.len() == query.limit as usize;
    let last = rows.last().filter(|_| full);
    let next = last.map(|row| format!("{}.{}", row.start.as_millisecond(), row.id));
    let calls = rows
        .iter()
        .map(|row| Ok(call(row, &reader.recordings_of(row.id)?, zone)))
        .collect::<Result<_, IndexError>>()?;
    Ok((calls, next))
}

/// One call by its whole id, or by its first characters if they name one call only.
pub(crate) fn one(reader: &Reader, id: &str, zone: &TimeZone) -> Result<Found, IndexError> {
    let id = id.trim().to_ascii_lowercase();
    let mut matching: Vec<CallRow> = match id.parse::<CallId>() {
        Ok(id) => reader.call(id)?.into_iter().collect(),
        Err(_) if id.len() < 4 => return Ok(Found::TooShort),
        Err(_) => reader.by_prefix(&id, 2)?,
    };
    if matching.len() > 1 {
        return Ok(Found::Several);
    }
    let Some(row) = matching.pop() else {
        return Ok(Found::None);
    };
    Ok(Found::One(call(&row, &reader.recordings_of(row.id)?, zone)))
}

/// What an id led to.
pub(crate) enum Found {
    /// This call.
    One(Value),
    /// No call.
    None,
    /// More than one.
    Several,
    /// Fewer than four characters were given.
    TooShort,
}

/// How a number given by a person is compared: by the digits in which all its spellings end, with and
/// without the country code.
pub(crate) fn number_match(text: &str) -> Option<NumberMatch> {
    let digits = Digits::from_text(text.trim());
    let keys = digits.as_str().trim_start_matches('+');
    let number = keys.bytes().all(|key| key.is_ascii_digit());
    let ending = Digits::ending(keys);
    let last = match number && !ending.is_empty() {
        true => ending,
        false => keys.to_owned(),
    };
    (!last.is_empty()).then_some(NumberMatch::Suffix(last))
}

/// A time given by a person: RFC 3339, or local `YYYY-MM-DD[ HH:MM[:SS]]`.
pub(crate) fn time(text: &str, zone: &TimeZone) -> Result<Timestamp, String> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let civil = text.parse::<jiff::civil::DateTime>().or_else(|_| {
        text.parse::<jiff::civil::Date>()
            .map(|date| date.at(0, 0, 0, 0))
    });
    civil
        .ok()
        .and_then(|civil| zone.to_timestamp(civil).ok())
        .ok_or_else(|| format!("{text:?} is no time: write 2026-11-23 or \"2026-11-23 14:30\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_write_times_in_the_offices_zone() {
        let zone = TimeZone::get("Europe/Warsaw").expect("bundled");
        let utc = |text: &str| time(text, &zone).expect("a time").to_string();
        assert_eq!(utc("2026-11-23"), "2026-11-22T23:00:00Z");
        assert_eq!(utc("2026-07-01 14:30"), "2026-07-01T12:30:00Z");
        assert_eq!(utc("2026-07-01T14:30:00Z"), "2026-07-01T14:30:00Z");
        assert!(time("yesterday", &zone).is_err());
    }

    #[test]
    fn a_number_is_found_by_its_last_digits() {
        for (written, last) in [
            ("52 555-01-02", "525550102"),
            ("+48 52 555 01 02", "525550102"),
            ("0048 525550102", "525550102"),
            (" 01-02", "0102"),
            ("*21#", "*21#"),
            ("00", "00"),
        ] {
            let last = Some(NumberMatch::Suffix(last.into()));
            assert_eq!(number_match(written), last, "{written}");
        }
        assert_eq!(number_match("abc"), None);
    }
}
