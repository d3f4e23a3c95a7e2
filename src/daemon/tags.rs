//! From a call's facts to what its file and its row in the index say.

use jiff::Timestamp;

use crate::index::{CallRow, RecordingRow, State};
use crate::vault::{Begin, Closed, Tags};
use crate::words::{CallFacts, Caller, Presentation};

use super::outputs::{CallNote, OpenRecording};

/// What the assembly knows of a line that tags and rows need.
#[derive(Clone, Debug)]
pub(crate) struct LineLabel {
    /// Name from the configuration.
    pub(crate) name: String,
    /// Our own number on it, empty if not configured.
    pub(crate) number: String,
}

/// What the vault needs to begin a recording.
pub(crate) fn begin(open: &OpenRecording, line: &LineLabel, rules_version: &str) -> Begin {
    Begin {
        id: open.recording,
        call: open.call.id,
        line: line.name.clone(),
        started: open.call.anchor.utc(open.from),
        channels: open.channels,
        rules_version: rules_version.to_owned(),
        tags: tags(&open.call.facts, line),
    }
}

/// Direction and numbers as they are known now. A withheld number stays out of the file's tags.
pub(crate) fn tags(facts: &CallFacts, line: &LineLabel) -> Tags {
    let mut tags = Tags::new();
    tags.set(Tags::DIRECTION, facts.direction.word());
    tags.set(Tags::NUMBER, &line.number);
    tags.set(Tags::DIALLED, facts.dialled.as_str());
    if let Some(Caller {
        number: Some(number),
        presentation,
        ..
    }) = &facts.caller
        && *presentation != Presentation::Restricted
    {
        tags.set(Tags::CALLER, number.as_str());
    }
    tags
}

/// `row` once the vault has closed its file.
pub(crate) fn closed_row(mut row: RecordingRow, closed: &Closed, state: State) -> RecordingRow {
    row.state = state;
    row.place = Some(closed.place.to_string());
    row.channels = closed.channels;
    row.samples = Some(closed.samples);
    row.lost = closed.lost;
    row.bytes = Some(closed.bytes);
    row.sha256 = Some(closed.sha256);
    row.key_sha256 = closed.key_sha256;
    row
}

/// The row of a call in the index.
pub(crate) fn row(note: &CallNote, line: &LineLabel, zone: &str, rules_version: &str) -> CallRow {
    let facts = &note.facts;
    let utc = |at: crate::words::SampleTime| -> Timestamp { note.anchor.utc(at) };
    let caller = facts.caller.as_ref();
    CallRow {
        answered: facts.answered.map(utc),
        end: facts.end.map(utc),
        direction: facts.direction,
        dialled: facts.dialled.clone(),
        caller: caller
            .and_then(|caller| caller.number.clone())
            .unwrap_or_default(),
        connected: facts.connected.clone().unwrap_or_default(),
        redirecting: facts.redirecting.clone().unwrap_or_default(),
        consultation: facts.consultation.clone().unwrap_or_default(),
        caller_name: caller.and_then(|caller| caller.name.clone()),
        presentation: caller.map(|caller| caller.presentation),
        external: note.external,
        recorded: note.recorded,
        reason: note
            .not_recorded
            .map(|reason| reason.word().to_owned())
            .unwrap_or_default(),
        end_reason: facts.end_reason.map(|reason| reason.word().to_owned()),
        cause: facts.cause,
        timeslot: facts.segments.last().map(|segment| segment.timeslot),
        audio: facts.audio,
        rules_version: rules_version.to_owned(),
        ..CallRow::begun(note.id, &line.name, utc(facts.start), zone)
    }
}
