//! The index's row of a recording that a test has put into the vault itself.

use jiff::SignedDuration;
use linetap::index::{RecordingRow, State};
use linetap::vault::{Begin, Closed};

/// The row of the recording that was begun and closed so; it is kept for 90 days.
pub(crate) fn closed_row(begin: &Begin, closed: &Closed) -> RecordingRow {
    RecordingRow {
        call: Some(begin.call),
        place: Some(closed.place.to_string()),
        state: State::Closed,
        sealed: closed.place.sealed(),
        samples: Some(closed.samples),
        bytes: Some(closed.bytes),
        sha256: Some(closed.sha256),
        key_sha256: closed.key_sha256,
        due: begin.started + SignedDuration::from_hours(24 * 90),
        ..RecordingRow::begun(begin.id, begin.channels, begin.started)
    }
}
