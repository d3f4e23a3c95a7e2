//! Whether the index says of each recording what its file says, and whether the log is whole: the
//! parts of `linetap verify` that a checksum of the file cannot tell.
//!
//! Compared are, of each closed recording: its call, line, start, length and channels, the end of its
//! term, and of an unsealed one direction and numbers too (of a sealed one they are inside the seal).
//! Times of answer and end, holds and names stand in the index or the log alone.

use std::thread;
use std::time::Duration;

use crate::config::Config;
use crate::index::{CallRow, IndexError, Reader, RecordingRow, State};
use crate::register::{SecretKey, check};
use crate::rules::due;
use crate::vault::{Archive, Place, Tags};
use crate::words::Presentation;

use super::exit::{Exit, Failure};

/// Rows read at a time.
const PAGE: u32 = 1_000;

/// Looks at a log that is being written: an entry cut short may be one under way.
const LOOKS: u32 = 4;

/// Something that does not agree.
pub(super) struct Discord {
    /// Where: a recording's path, `index`, `register/log` and so on.
    pub(super) path: String,
    /// What.
    pub(super) what: String,
    /// Whether something is lost or false, or only to be looked at.
    pub(super) red: bool,
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::message(Exit::Failed, error)
}

/// The register's log, byte by byte: how many entries, and what is wrong. `any`: there are recordings.
pub(super) fn log(config: &Config, any: bool) -> Result<(u64, Vec<Discord>), Failure> {
    let dir = config.paths.state.join("register");
    if !dir.join("log").exists() {
        let path = "register/log".to_owned();
        let what = "there is no log; the recorder makes it at its first start".to_owned();
        let red = any; // with recordings there was one
        return Ok((0, vec![Discord { path, what, red }]));
    }
    let public = SecretKey::read(&dir.join("key")).map_err(failed)?.public();
    for look in 1.. {
        let checked = check(&dir, &public, &[]).map_err(failed)?;
        if checked.problems.is_empty() || look == LOOKS {
            let discord = checked.problems.into_iter().map(|problem| Discord {
                path: format!("register/{}", problem.file),
                what: match problem.line {
                    0 => problem.what,
                    line => format!("line {line}: {}", problem.what),
                },
                red: true,
            });
            return Ok((checked.entries, discord.collect()));
        }
        thread::sleep(Duration::from_millis(250));
    }
    Ok((0, Vec::new()))
}

/// The index: whether it is whole, and says what the files say.
pub(super) fn index(
    config: &Config,
    archive: &Archive,
    reader: &Reader,
) -> Result<Vec<Discord>, Failure> {
    let mut found = Vec::new();
    if let Some(what) = reader.unsound().map_err(failed)? {
        let path = "index.sqlite".to_owned();
        let red = true;
        found.push(Discord { path, what, red });
    }
    let mut after = None;
    loop {
        let page = reader.present(after, PAGE).map_err(failed)?;
        let Some(last) = page.last() else {
            return Ok(found);
        };
        after = Some(last.id);
        for row in &page {
            found.extend(compare(config, archive, reader, row).map_err(failed)?);
        }
    }
}

fn compare(
    config: &Config,
    archive: &Archive,
    reader: &Reader,
    row: &RecordingRow,
) -> Result<Vec<Discord>, IndexError> {
    let place: Option<Place> = row.place.as_deref().and_then(|place| place.parse().ok());
    let tags = place.as_ref().and_then(|place| archive.tags(place).ok());
    let (Some(place), Some(tags)) = (place, tags) else {
        return Ok(Vec::new()); // the comparison of the files has told
    };
    let call = row.call.map(|id| reader.call(id)).transpose()?.flatten();
    let last = match &call {
        Some(call) => reader.recordings_of(call.id)?.last().map(|row| row.id) == Some(row.id),
        None => false,
    };
    let tell = |(what, red): (&str, bool)| Discord {
        path: format!("recordings/{place}"),
        what: what.to_owned(),
        red,
    };
    let differs = differences(row, call.as_ref(), &tags, last, config);
    Ok(differs.into_iter().map(tell).collect())
}

/// Never says which numbers: only that they differ.
fn differences(
    row: &RecordingRow,
    call: Option<&CallRow>,
    tags: &Tags,
    last: bool,
    config: &Config,
) -> Vec<(&'static str, bool)> {
    let tag = |key| tags.get(key).unwrap_or_default();
    let started = tag(Tags::START).parse::<jiff::Timestamp>().ok();
    let moved = |at: jiff::Timestamp| at.as_millisecond() != row.start.as_millisecond();
    let other_id = tag(Tags::RECORDING) != row.id.to_string();
    let other_start = row.state != State::Open && started.is_some_and(moved);
    let mut facts = vec![
        (other_id, "the file bears another recording's id", true),
        (other_start, "index and file name different starts", true),
        (call.is_none(), "the index has no call for it", false),
    ];
    if let Some(call) = call {
        let other_call = tag(Tags::CALL) != call.id.to_string();
        let other_line = tag(Tags::LINE) != call.line;
        let term = due(call.start, config.retention.months, &config.office.zone);
        let other_term = term.is_some_and(|term| term != row.due);
        let is_final = last && row.state == State::Closed && !row.sealed;
        let other_parties = is_final && !same_parties(call, tags);
        let what = "the end of its term is not that of [retention] months from its call";
        facts.extend([
            (other_call, "index and file name different calls", true),
            (other_line, "index and file name different lines", true),
            (other_term, what, false),
            (
                other_parties,
                "index and file name different numbers or directions",
                true,
            ),
        ]);
    }
    let found = facts.into_iter().filter(|(is, ..)| *is);
    found.map(|(_, what, red)| (what, red)).collect()
}

fn same_parties(call: &CallRow, tags: &Tags) -> bool {
    let tag = |key| tags.get(key).unwrap_or_default();
    let shown = call.presentation != Some(Presentation::Restricted);
    let caller = if shown { call.caller.as_str() } else { "" };
    tag(Tags::DIRECTION) == call.direction.word()
        && tag(Tags::DIALLED) == call.dialled.as_str()
        && tag(Tags::CALLER) == caller
}
