//! What one file tells the index, where the index does not know its recording: it was damaged, or a crash came
//! before the recording was entered.

use jiff::{SignedDuration, Timestamp};

use crate::index::{CallRow, Entry, RecordingRow};
use crate::rules::due;
use crate::vault::{Found, Tags};
use crate::words::{Digits, Direction, EndReason, RATE_HZ};

use super::recovery::{Term, as_found, id_time};
use super::tags::typed_samples;

/// The rows of one file: its call as far as the tags tell, and the recording.
pub(super) fn told(term: &Term, found: &Found) -> Vec<Entry> {
    let id = found.place.id();
    let start = found.started.unwrap_or_else(|| id_time(id.0));
    // A call bears the time of its start, which decides the term; a recording may begin before or after.
    let began = found.call.map_or(start, |call| id_time(call.0));
    let length = i64::try_from(found.samples * 1_000 / u64::from(RATE_HZ)).unwrap_or(0);
    let tag = |key| found.tags.get(key).unwrap_or_default();
    let clock_synced = tag(Tags::CLOCK) == "synchronised";
    let call = found.call.map(|call| CallRow {
        end: start.checked_add(SignedDuration::from_millis(length)).ok(),
        end_reason: Some(EndReason::SignallingLost.word().to_owned()),
        direction: match tag(Tags::DIRECTION) {
            "incoming" => Direction::Incoming,
            "outgoing" => Direction::Outgoing,
            _ => Direction::Unknown,
        },
        dialled: Digits::from_text(tag(Tags::DIALLED)),
        caller: Digits::from_text(tag(Tags::CALLER)),
        external: Some(true),
        recorded: true,
        rules_version: tag(Tags::RULES).to_owned(),
        clock_synced,
        ..CallRow::begun(call, tag(Tags::LINE), began, &term.zone_name)
    });
    let row = RecordingRow {
        call: found.call,
        place: Some(found.place.to_string()),
        sealed: found.place.sealed(),
        clock_synced,
        due: due(began, term.months, &term.zone).unwrap_or(Timestamp::MAX),
        ..RecordingRow::begun(id, found.channels, start)
    };
    let recording = as_found(row, found);
    let muted = typed_samples(tag(Tags::MUTED)).into_iter();
    let muted = muted.map(|(from, to)| Entry::Muted {
        recording: id,
        from,
        to,
    });
    call.map(Entry::Call)
        .into_iter()
        .chain([Entry::Recording(recording)])
        .chain(muted)
        .collect()
}
