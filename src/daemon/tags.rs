//! From a call's facts to what its file and its row in the index say.

use jiff::Timestamp;

use crate::index::{CallRow, RecordingRow, State};
use crate::signal::mute::Muted;
use crate::vault::{Begin, Closed, Tags};
use crate::words::{CallFacts, Caller, Presentation, SampleTime, ms};

use super::outputs::{CallNote, OpenRecording};

/// What the assembly knows of a line that tags and rows need.
#[derive(Clone, Debug)]
pub(crate) struct LineLabel {
    /// Name from the configuration.
    pub(crate) name: String,
    /// Our own number on it, empty if not configured.
    pub(crate) number: String,
    /// What the office holds to be its legal basis on it, empty if not configured.
    pub(crate) basis: String,
}

/// What the vault needs to begin a recording.
pub(crate) fn begin(open: &OpenRecording, line: &LineLabel, rules_version: &str) -> Begin {
    let mut tags = tags(&open.call.facts, line);
    tags.set(Tags::CLOCK, clock_word(open.call.anchor.is_synchronised()));
    Begin {
        id: open.recording,
        call: open.call.id,
        line: line.name.clone(),
        started: open.call.anchor.utc(open.from),
        channels: open.channels,
        rules_version: rules_version.to_owned(),
        tags,
    }
}

/// What a file says of the clock its start was told by.
fn clock_word(synchronised: bool) -> &'static str {
    if synchronised {
        "synchronised"
    } else {
        "unsynchronised"
    }
}

/// Direction and numbers as they are known now. A withheld number stays out of the file's tags.
pub(crate) fn tags(facts: &CallFacts, line: &LineLabel) -> Tags {
    let mut tags = Tags::new();
    tags.set(Tags::DIRECTION, facts.direction.word());
    tags.set(Tags::NUMBER, &line.number);
    tags.set(Tags::DIALLED, facts.dialled.as_str());
    tags.set(Tags::BASIS, &line.basis);
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

/// The tags at the end: numbers as they are known then, and where digits were silenced.
pub(crate) fn closing_tags(facts: &CallFacts, line: &LineLabel, muted: &[Muted]) -> Tags {
    let mut tags = tags(facts, line);
    tags.set(Tags::MUTED, &typed(muted));
    tags
}

/// Silenced digits closer together than this are one stretch in a file's tag.
const TYPED_TOGETHER: u64 = ms(2_000);

/// `12.300-15.125,40.000-40.100`: from the first to the last digit of what was typed together, in
/// seconds from the start of the recording. The index has each digit's span; a tag has little room,
/// so what no longer fits is left out.
fn typed(muted: &[Muted]) -> String {
    let mut stretches: Vec<Muted> = Vec::new();
    for span in muted {
        match stretches.last_mut() {
            Some(last) if span.from - last.to < TYPED_TOGETHER => last.to = span.to,
            _ => stretches.push(*span),
        }
    }
    let mut text = String::new();
    for stretch in stretches {
        let comma = if text.is_empty() { "" } else { "," };
        let (from, to) = (stretch.from.seconds(), stretch.to.seconds());
        let next = format!("{comma}{from:.3}-{to:.3}");
        if text.len() + next.len() <= Tags::MAX_VALUE {
            text += &next;
        }
    }
    text
}

/// The samples of what [`typed`] wrote.
pub(crate) fn typed_samples(text: &str) -> Vec<(u64, u64)> {
    let sample = |text: &str| text.parse().ok().map(SampleTime::from_seconds);
    text.split(',')
        .filter_map(|stretch| stretch.split_once('-'))
        .filter_map(|(from, to)| Some((sample(from)?.0, sample(to)?.0)))
        .collect()
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
    let utc = |at: SampleTime| -> Timestamp { note.anchor.utc(at) };
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
        announcement_expected: note.announcement.expected,
        announcement: note
            .announcement
            .heard
            .map(|(at, score)| (utc(at), f64::from(score))),
        hung_up_at_announcement: note.announcement.left,
        basis: line.basis.clone(),
        rules_version: rules_version.to_owned(),
        clock_synced: note.clock_synced,
        ..CallRow::begun(note.id, &line.name, utc(facts.start), zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_together_is_one_stretch_and_can_be_read_back() {
        let span = |from: f64, to: f64| Muted {
            from: SampleTime::from_seconds(from),
            to: SampleTime::from_seconds(to),
        };
        let pin = [
            span(3.0, 3.1),
            span(3.4, 3.5),
            span(4.9, 5.0),
            span(60.0, 60.125),
        ];
        assert_eq!(typed(&pin), "3.000-5.000,60.000-60.125");
        assert_eq!(
            typed_samples(&typed(&pin)),
            [(24_000, 40_000), (480_000, 481_000)]
        );
        let many: Vec<Muted> = (0..99)
            .map(|n| span(f64::from(n) * 9.0, f64::from(n) * 9.0 + 0.1))
            .collect();
        assert!(typed(&many).len() <= Tags::MAX_VALUE);
        assert!(typed_samples(&typed(&many)).len() > 5);
        assert!(typed_samples("rubbish,1-x,").is_empty());
    }
}
