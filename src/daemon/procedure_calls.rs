//! From calls of the index to what an order or a row says of them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::control::{Refusal, RefusalKind};
use crate::index::{CallRow, Reader, RecordingRow, State};
use crate::register::{CallRef, RowFacts};
use crate::words::{CallId, Digits, Direction, Presentation, RecordingId, hex};

use super::call_json::local;

fn refusal(kind: RefusalKind, error: impl Into<String>) -> Refusal {
    Refusal::new(kind, error, "`linetap calls` lists the calls")
}

/// The call of an id or of its first characters.
fn find(reader: &Reader, id: &str) -> Result<CallRow, Refusal> {
    let failed = |error: &dyn std::fmt::Display| refusal(RefusalKind::Failed, error.to_string());
    let id = id.trim().to_ascii_lowercase();
    let mut rows: Vec<CallRow> = match id.parse::<CallId>() {
        Ok(id) => reader
            .call(id)
            .map_err(|e| failed(&e))?
            .into_iter()
            .collect(),
        Err(_) if id.len() < 4 => Vec::new(),
        Err(_) => reader.by_prefix(&id, 2).map_err(|e| failed(&e))?,
    };
    match (rows.pop(), rows.is_empty()) {
        (Some(row), true) => Ok(row),
        (Some(_), false) => Err(refusal(
            RefusalKind::Invalid,
            format!("more than one call begins with {id}"),
        )),
        (None, _) => Err(refusal(
            RefusalKind::NotFound,
            format!("there is no call {id}"),
        )),
    }
}

/// The recordings of a call that are whole and there.
fn present(reader: &Reader, call: CallId) -> Result<Vec<RecordingRow>, Refusal> {
    let rows = reader
        .recordings_of(call)
        .map_err(|error| refusal(RefusalKind::Failed, error.to_string()))?;
    let whole = |row: &RecordingRow| {
        matches!(row.state, State::Closed | State::Recovered) && row.place.is_some()
    };
    Ok(rows.into_iter().filter(whole).collect())
}

/// A call as an order names it. `own` gives our number on a line.
pub(super) fn call_ref(
    reader: &Reader,
    id: &str,
    zone: &TimeZone,
    own: &dyn Fn(&str) -> String,
) -> Result<CallRef, Refusal> {
    let row = find(reader, id)?;
    let recordings = present(reader, row.id)?;
    if recordings.is_empty() {
        let error = format!("call {} has no closed recording", row.id);
        return Err(refusal(RefusalKind::Invalid, error));
    }
    let or = |digits: &Digits, other: String| match digits.is_empty() {
        true => other,
        false => digits.as_str().to_owned(),
    };
    let ours = own(&row.line);
    let ours = if ours.is_empty() {
        row.line.clone()
    } else {
        ours
    };
    let (called, calling) = match row.direction {
        Direction::Outgoing => (or(&row.dialled, "nieustalony".into()), ours),
        _ if row.presentation == Some(Presentation::Restricted) => {
            (or(&row.connected, ours), "numer zastrzeżony".into())
        }
        _ => (
            or(&row.connected, ours),
            or(&row.caller, "nieustalony".into()),
        ),
    };
    Ok(CallRef {
        call: row.id.to_string(),
        recordings: recordings.iter().map(|row| row.id.to_string()).collect(),
        line: row.line.clone(),
        direction: row.direction.word().to_owned(),
        called,
        calling,
        start: local(row.start, zone),
        end: row.end.map(|end| local(end, zone)).unwrap_or_default(),
    })
}

/// The row of a recording that is there.
pub(super) fn recording(reader: &Reader, id: &str) -> Result<RecordingRow, Refusal> {
    let missing = || refusal(RefusalKind::NotFound, format!("there is no recording {id}"));
    let id: RecordingId = id.parse().map_err(|_| missing())?;
    let row = reader
        .recording(id)
        .map_err(|error| refusal(RefusalKind::Failed, error.to_string()))?;
    row.filter(|row| row.place.is_some() && row.state != State::Open)
        .ok_or_else(missing)
}

/// Fields a-e and h of the row (§6.2).
pub(super) fn facts(
    call: &CallRef,
    recording: &RecordingRow,
    now: Timestamp,
    zone: &TimeZone,
) -> RowFacts {
    let part = |text: &str, from: usize, to: usize| text.get(from..to).unwrap_or("").to_owned();
    let hash = recording.sha256.unwrap_or_default();
    RowFacts {
        called: call.called.clone(),
        calling: call.calling.clone(),
        date: part(&call.start, 0, 10),
        start: part(&call.start, 11, 19),
        end: part(&call.end, 11, 19),
        heard_on: zone.to_datetime(now).date().to_string(),
        sha256: hex(&hash),
    }
}
