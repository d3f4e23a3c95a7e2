//! What a crash left behind, put right before anything new is recorded: files closed as they
//! stand, their rows agreeing, calls under way ended, the time without a recorder in the ledger.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use log::{error, info, warn};
use uuid::Uuid;

use crate::index::{CallRow, Entry, GapRow, Index, IndexError, RecordingRow, State};
use crate::rules::due;
use crate::vault::{Found, Recovered, Vault, VaultError};
use crate::words::{CallId, EndReason, GapCause, RATE_HZ};

use super::file_rows;
use super::tags::closed_row;

/// Why the state could not be put right.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecoveryError {
    /// The recordings.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The index.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// What was deleted, without which nothing may be entered anew.
    #[error("the tombstones cannot be read: {0}")]
    Tombstones(#[from] std::io::Error),
}

/// The term recordings are kept.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    /// Calendar months.
    pub(crate) months: u16,
    /// In whose days they are counted.
    pub(crate) zone: TimeZone,
    /// Its name, stored with each call.
    pub(crate) zone_name: String,
}

/// Closes what is open on disk and in the index; returns how many recordings it closed.
pub(crate) fn recover(
    vault: &Vault,
    index: &mut Index,
    term: &Term,
) -> Result<usize, RecoveryError> {
    let mut entries = Vec::new();
    let recovered = vault.recover()?;
    let mut open = index.read().open_recordings()?;
    let mut closed = 0;
    for file in &recovered {
        let known = open.iter().position(|row| row.id == file.place.id());
        let row = known.map(|at| open.swap_remove(at));
        let unknown = row.is_none();
        match close(file, row, term) {
            Some(row) => {
                closed += 1;
                let told = unknown.then(|| never_entered(vault, index, file, term));
                let told = told.transpose()?.flatten();
                entries.extend(told.unwrap_or_else(|| vec![Entry::Recording(row)]));
            }
            None => warn!("{}: stays as it is until the next start", file.place),
        }
    }
    for row in open {
        entries.push(Entry::Recording(as_its_file(vault, row)));
    }
    let calls = end_calls(index, &entries)?;
    entries.extend(calls);
    if !entries.is_empty() {
        index.write(&entries)?;
        info!("closed {closed} recordings that the last run left open");
    }
    Ok(closed)
}

/// The rows of a recording that the crash kept from the index, from its file; its call's only where the index does
/// not know that either. `None` if the file tells nothing.
fn never_entered(
    vault: &Vault,
    index: &Index,
    file: &Recovered,
    term: &Term,
) -> Result<Option<Vec<Entry>>, IndexError> {
    let found = match vault.archive().found(&file.place) {
        Ok(found) => found,
        Err(error) => {
            error!("{}: does not tell what it is: {error}", file.place);
            return Ok(None);
        }
    };
    let mut entries = file_rows::told(term, &found);
    if let Some(call) = found.call
        && index.read().call(call)?.is_some()
    {
        entries.retain(|entry| !matches!(entry, Entry::Call(_)));
    }
    Ok(Some(entries))
}

/// A recording whose file is closed while the index has it open: the crash, or the disk, came
/// between the two.
fn as_its_file(vault: &Vault, row: RecordingRow) -> RecordingRow {
    let place = row.place.as_ref().and_then(|place| place.parse().ok());
    let found = place.map(|place| vault.archive().found(&place));
    match found {
        Some(Ok(found)) => as_found(row, &found),
        other => {
            let why = match other {
                Some(Err(error)) => error.to_string(),
                _ => "no place is noted".to_owned(),
            };
            error!(
                "recording {}: the index has it open, but there is no file: {why}",
                row.id
            );
            RecordingRow {
                samples: Some(0),
                bytes: Some(0),
                state: State::Recovered,
                ..row
            }
        }
    }
}

/// The row with what its closed file tells.
pub(super) fn as_found(row: RecordingRow, found: &Found) -> RecordingRow {
    RecordingRow {
        channels: found.channels,
        samples: Some(found.samples),
        bytes: Some(found.bytes),
        sha256: Some(found.sha256),
        key_sha256: found.key_sha256,
        state: if found.complete {
            State::Closed
        } else {
            State::Recovered
        },
        ..row
    }
}

fn close(file: &Recovered, row: Option<RecordingRow>, term: &Term) -> Option<RecordingRow> {
    let closed = match &file.outcome {
        Ok(closed) => closed,
        Err(error) => {
            error!("{}: cannot be closed: {error}", file.place);
            return None;
        }
    };
    let start = id_time(file.place.id().0);
    let row = row.unwrap_or_else(|| RecordingRow {
        sealed: file.place.sealed(),
        due: due(start, term.months, &term.zone).unwrap_or(Timestamp::MAX),
        ..RecordingRow::begun(file.place.id(), closed.channels, start)
    });
    let state = match file.complete {
        true => State::Closed, // the crash came between its end and its name
        false => State::Recovered,
    };
    Some(closed_row(row, closed, state))
}

/// UUIDv7 carries the time of what it names.
pub(crate) fn id_time(id: Uuid) -> Timestamp {
    let ms = id.get_timestamp().map_or(0, |at| {
        let (seconds, nanos) = at.to_unix();
        seconds.saturating_mul(1_000) + u64::from(nanos / 1_000_000)
    });
    Timestamp::from_millisecond(i64::try_from(ms).unwrap_or(0)).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Calls that were under way end where their last recording ends, or where they began.
fn end_calls(index: &Index, recordings: &[Entry]) -> Result<Vec<Entry>, IndexError> {
    let mut ended = Vec::new();
    for call in index.read().open_calls()? {
        let end = recordings
            .iter()
            .filter_map(|entry| last_sample(entry, call.id))
            .fold(call.answered.unwrap_or(call.start), Timestamp::max);
        let reason = EndReason::SignallingLost.word().to_owned();
        ended.push(Entry::Call(CallRow {
            end: Some(end),
            end_reason: Some(reason),
            ..call
        }));
    }
    Ok(ended)
}

fn last_sample(entry: &Entry, call: CallId) -> Option<Timestamp> {
    let Entry::Recording(row) = entry else {
        return None;
    };
    let samples = i64::try_from(row.samples?).ok()?;
    let length = SignedDuration::from_millis(samples * 1_000 / i64::from(RATE_HZ));
    (row.call == Some(call)).then(|| row.start.saturating_add(length).unwrap_or(row.start))
}

/// The time in which no recorder ran, for each card: from the last sign of life to `now`.
pub(crate) fn not_running(cards: &[String], last: Timestamp, now: Timestamp) -> Vec<Entry> {
    let missing = now.duration_since(last).as_millis().max(0);
    let samples = u64::try_from(missing * i128::from(RATE_HZ) / 1_000).unwrap_or(u64::MAX);
    cards
        .iter()
        .filter(|_| samples > 0)
        .map(|card| Entry::Gap(GapRow::of_card(card, last, samples, GapCause::NotRunning)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_recording_tells_its_time() {
        let at = uuid::Timestamp::from_unix(uuid::NoContext, 1_700_000_000, 250_000_000);
        let id = crate::words::RecordingId(Uuid::new_v7(at));
        assert_eq!(id_time(id.0).as_millisecond(), 1_700_000_000_250);
    }

    #[test]
    fn what_a_crash_kept_from_the_index_is_entered_from_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let vault = Vault::open(&folder.path().join("state"), &[]).expect("a vault");
        let mut index = Index::open(&folder.path().join("index.sqlite")).expect("an index");
        let start = Timestamp::from_second(1_790_000_000).expect("timestamp");
        let at = uuid::Timestamp::from_unix(uuid::NoContext, 1_790_000_000, 0);
        let base = Uuid::new_v7(at).as_u128() & !0xFF;
        let id = |n: u128| Uuid::from_u128(base | n);
        let known = CallRow {
            dialled: crate::words::Digits::from_text("600100200"),
            ..CallRow::begun(CallId(id(1)), "L", start, "UTC")
        };
        index.call_began(&known).expect("written");
        for n in [1, 2] {
            let mut tags = crate::vault::Tags::new();
            tags.set(crate::vault::Tags::DIRECTION, "outgoing");
            let begin = crate::vault::Begin {
                id: crate::words::RecordingId(id(10 + n)),
                call: CallId(id(n)),
                line: "L".into(),
                started: start,
                channels: 1,
                rules_version: "r1".into(),
                tags,
            };
            let mut recording = vault.begin(&begin).expect("begun");
            recording.write(&[1; 4_000]).expect("written");
        }
        let term = Term {
            months: 3,
            zone: TimeZone::UTC,
            zone_name: "UTC".into(),
        };
        assert_eq!(recover(&vault, &mut index, &term).expect("put right"), 2);
        let call = |n| index.read().call(CallId(id(n))).expect("readable");
        let entered = call(2).expect("from its file");
        assert_eq!((entered.line.as_str(), entered.recorded), ("L", true));
        assert_eq!(entered.direction, crate::words::Direction::Outgoing);
        assert_eq!(call(1).expect("as before").dialled, known.dialled);
        assert!(index.read().open_recordings().expect("readable").is_empty());
    }

    #[test]
    fn time_without_a_recorder_is_told_for_each_card() {
        let from = Timestamp::from_second(1_000).expect("timestamp");
        let to = Timestamp::from_second(1_010).expect("timestamp");
        let gaps = not_running(&["a".into(), "b".into()], from, to);
        assert_eq!(gaps.len(), 2);
        assert!(matches!(&gaps[0], Entry::Gap(gap) if gap.samples == 80_000));
        assert!(not_running(&["a".into()], to, from).is_empty());
    }
}
