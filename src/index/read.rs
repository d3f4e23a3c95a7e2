//! Looking things up.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};

use super::convert::{direction, ms, presentation, state, time};
use super::{CallRow, GapRow, IndexError, RecordingRow, connect, sqlite};
use crate::words::{CallId, Digits, RecordingId};

/// A connection that reads. It sees each commit of the writer and never blocks it.
#[derive(Debug)]
pub struct Reader {
    pub(super) db: Connection,
    pub(super) path: PathBuf,
}

/// The columns of a call, in the order [`call_of`] takes them.
pub(super) const CALL_COLUMNS: &str = "c.seq, c.id, l.name, c.start_ms, c.zone, c.answered_ms, \
    c.end_ms, c.direction, c.caller_name, c.presentation, c.external, c.recorded, c.reason, \
    c.end_reason, c.cause, c.timeslot, c.audio, c.rules_version, c.announced_ms, \
    c.announced_how_sure, c.hung_up_at_announcement, c.clock_synced, c.announcement_expected, \
    c.basis";

const RECORDING_COLUMNS: &str = "r.id, c.id, r.segment, r.place, r.state, r.sealed, r.channels, \
    r.start_ms, r.samples, r.lost, r.bytes, r.sha256, r.key_sha256, r.due_ms, r.deleted_ms, \
    r.clock_synced, r.muted";

/// A call without its numbers, and its `seq`.
pub(super) fn call_of(row: &Row<'_>) -> rusqlite::Result<(i64, CallRow)> {
    let at = |index| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(index)?.map(time));
    let mut call = CallRow::begun(
        CallId(row.get(1)?),
        "",
        time(row.get(3)?),
        row.get_ref(4)?.as_str()?,
    );
    call.line = row.get(2)?;
    call.answered = at(5)?;
    call.end = at(6)?;
    call.direction = direction(row.get(7)?);
    call.caller_name = row.get(8)?;
    call.presentation = row.get::<_, Option<i64>>(9)?.map(presentation);
    call.external = row.get(10)?;
    call.recorded = row.get(11)?;
    call.reason = row.get(12)?;
    call.end_reason = row.get(13)?;
    call.cause = row.get(14)?;
    call.timeslot = row.get(15)?;
    call.audio = row.get(16)?;
    call.rules_version = row.get(17)?;
    call.announcement = at(18)?.zip(row.get(19)?);
    call.hung_up_at_announcement = row.get(20)?;
    call.clock_synced = row.get(21)?;
    call.announcement_expected = row.get(22)?;
    call.basis = row.get(23)?;
    Ok((row.get(0)?, call))
}

fn recording_of(row: &Row<'_>) -> rusqlite::Result<RecordingRow> {
    let number =
        |index| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(index)?.map(|n| n as u64));
    Ok(RecordingRow {
        id: RecordingId(row.get(0)?),
        call: row.get::<_, Option<uuid::Uuid>>(1)?.map(CallId),
        segment: row.get(2)?,
        place: row.get(3)?,
        state: state(row.get(4)?),
        sealed: row.get(5)?,
        channels: row.get(6)?,
        start: time(row.get(7)?),
        samples: number(8)?,
        lost: row.get::<_, i64>(9)? as u64,
        bytes: number(10)?,
        sha256: row.get(11)?,
        key_sha256: row.get(12)?,
        due: time(row.get(13)?),
        deleted: row.get::<_, Option<i64>>(14)?.map(time),
        clock_synced: row.get(15)?,
        muted: spans(row.get_ref(16)?.as_str_or_null()?),
    })
}

/// `800-1600,2400-3000` as pairs.
fn spans(text: Option<&str>) -> Vec<(u64, u64)> {
    let pair = |text: &str| {
        let (from, to) = text.split_once('-')?;
        Some((from.parse().ok()?, to.parse().ok()?))
    };
    text.map_or(Vec::new(), |text| {
        text.split(',').filter_map(pair).collect()
    })
}

impl Reader {
    /// Opens the index at `path` for reading; it must exist.
    ///
    /// # Errors
    /// SQLite's, [`IndexError::Damaged`] among them.
    pub fn open(path: &Path) -> Result<Self, IndexError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Ok(Self {
            db: connect(path, flags)?,
            path: path.to_owned(),
        })
    }

    /// The file it reads.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn tell<T>(
        &self,
        doing: &'static str,
        outcome: rusqlite::Result<T>,
    ) -> Result<T, IndexError> {
        outcome.map_err(|error| sqlite(&self.path, doing, error))
    }

    pub(super) fn numbers(&self, seq: i64, call: &mut CallRow) -> rusqlite::Result<()> {
        let mut numbers = self
            .db
            .prepare_cached("SELECT role, digits FROM numbers WHERE call = ?1")?;
        let mut rows = numbers.query([seq])?;
        while let Some(row) = rows.next()? {
            let digits = Digits::from_text(row.get_ref(1)?.as_str()?);
            match row.get::<_, i64>(0)? {
                0 => call.dialled = digits,
                1 => call.caller = digits,
                2 => call.connected = digits,
                3 => call.redirecting = digits,
                _ => call.consultation = digits,
            }
        }
        Ok(())
    }

    /// One call.
    ///
    /// # Errors
    /// SQLite's.
    pub fn call(&self, id: CallId) -> Result<Option<CallRow>, IndexError> {
        let find = || {
            let sql = format!(
                "SELECT {CALL_COLUMNS} FROM calls c JOIN lines l ON l.id = c.line WHERE c.id = ?1"
            );
            let found = self
                .db
                .prepare_cached(&sql)?
                .query_row([id.0], call_of)
                .optional()?;
            found
                .map(|(seq, mut call)| self.numbers(seq, &mut call).map(|()| call))
                .transpose()
        };
        self.tell("find a call", find())
    }

    /// Calls without an end, the oldest first: after a crash, those that were under way.
    ///
    /// # Errors
    /// SQLite's.
    pub fn open_calls(&self) -> Result<Vec<CallRow>, IndexError> {
        let find = || {
            let sql = format!(
                "SELECT {CALL_COLUMNS} FROM calls c JOIN lines l ON l.id = c.line
                 WHERE c.end_ms IS NULL ORDER BY c.seq"
            );
            let mut select = self.db.prepare_cached(&sql)?;
            let calls: Vec<_> = select.query_map([], call_of)?.collect::<Result<_, _>>()?;
            calls
                .into_iter()
                .map(|(seq, mut call)| self.numbers(seq, &mut call).map(|()| call))
                .collect()
        };
        self.tell("find open calls", find())
    }

    fn recordings(
        &self,
        condition: &str,
        params: impl rusqlite::Params,
    ) -> Result<Vec<RecordingRow>, IndexError> {
        let find = || {
            let sql = format!(
                "SELECT {RECORDING_COLUMNS} FROM recordings r LEFT JOIN calls c ON c.seq = r.call
                 WHERE {condition}"
            );
            self.db
                .prepare_cached(&sql)?
                .query_map(params, recording_of)?
                .collect()
        };
        self.tell("find recordings", find())
    }

    /// One recording, deleted ones too.
    ///
    /// # Errors
    /// SQLite's.
    pub fn recording(&self, id: RecordingId) -> Result<Option<RecordingRow>, IndexError> {
        Ok(self.recordings("r.id = ?1", [id.0])?.pop())
    }

    /// The recordings of a call in order.
    ///
    /// # Errors
    /// SQLite's.
    pub fn recordings_of(&self, call: CallId) -> Result<Vec<RecordingRow>, IndexError> {
        let of_call = "r.call = (SELECT seq FROM calls WHERE id = ?1) ORDER BY r.segment";
        self.recordings(of_call, [call.0])
    }

    /// Recordings whose file should be there, `limit` at a time in the order of their ids, behind
    /// `after`. For `verify`.
    ///
    /// # Errors
    /// SQLite's.
    pub fn present(
        &self,
        after: Option<RecordingId>,
        limit: u32,
    ) -> Result<Vec<RecordingRow>, IndexError> {
        let after = after.map_or(uuid::Uuid::nil(), |id| id.0);
        self.recordings(
            "r.state <> 3 AND r.id > ?1 ORDER BY r.id LIMIT ?2",
            params![after, limit],
        )
    }

    /// Closed recordings whose term ended at `now` or before, the longest due first.
    ///
    /// # Errors
    /// SQLite's.
    pub fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<RecordingRow>, IndexError> {
        let due = "r.state <> 3 AND r.due_ms <= ?1 AND r.state <> 0 ORDER BY r.due_ms LIMIT ?2";
        self.recordings(due, params![ms(now), limit])
    }

    /// Tombstones of `since..until`, in the order of deletion.
    ///
    /// # Errors
    /// SQLite's.
    pub fn deleted(
        &self,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<RecordingRow>, IndexError> {
        let gone = "r.state = 3 AND r.deleted_ms >= ?1 AND r.deleted_ms < ?2 ORDER BY r.deleted_ms";
        self.recordings(gone, params![ms(since), ms(until)])
    }

    /// When the newest call that is known began.
    ///
    /// # Errors
    /// SQLite's.
    pub fn newest_call(&self) -> Result<Option<Timestamp>, IndexError> {
        let sql = "SELECT max(start_ms) FROM calls";
        let found = self
            .db
            .query_row(sql, [], |row| row.get::<_, Option<i64>>(0));
        Ok(self.tell("find the newest call", found)?.map(time))
    }

    /// When the next recording is due, if there is any.
    ///
    /// # Errors
    /// SQLite's.
    pub fn next_due(&self) -> Result<Option<Timestamp>, IndexError> {
        let sql = "SELECT min(due_ms) FROM recordings WHERE state <> 3";
        let found = self
            .db
            .query_row(sql, [], |row| row.get::<_, Option<i64>>(0));
        Ok(self.tell("find the next due date", found)?.map(time))
    }

    /// Recordings still open: at start-up, those that recovery has to close.
    ///
    /// # Errors
    /// SQLite's.
    pub fn open_recordings(&self) -> Result<Vec<RecordingRow>, IndexError> {
        self.recordings("r.state = 0 ORDER BY r.id", [])
    }

    /// Gaps that began in `since..until`, in order.
    ///
    /// # Errors
    /// SQLite's.
    pub fn gaps(&self, since: Timestamp, until: Timestamp) -> Result<Vec<GapRow>, IndexError> {
        let find = || {
            let mut select = self.db.prepare_cached(
                "SELECT l.name, g.card, g.at_ms, g.samples, g.cause, g.recording
                 FROM gaps g LEFT JOIN lines l ON l.id = g.line
                 WHERE g.at_ms >= ?1 AND g.at_ms < ?2 ORDER BY g.at_ms, g.seq",
            )?;
            let gaps = select.query_map(params![ms(since), ms(until)], |row| {
                Ok(GapRow {
                    line: row.get(0)?,
                    card: row.get(1)?,
                    at: time(row.get(2)?),
                    samples: row.get::<_, i64>(3)? as u64,
                    cause: row.get(4)?,
                    recording: row.get::<_, Option<uuid::Uuid>>(5)?.map(RecordingId),
                })
            })?;
            gaps.collect()
        };
        self.tell("read the gap ledger", find())
    }

    /// What was only counted on a local day: line, what, how often.
    ///
    /// # Errors
    /// SQLite's.
    pub fn counts(&self, day: &str) -> Result<Vec<(String, String, u64)>, IndexError> {
        let find = || {
            let mut select = self.db.prepare_cached(
                "SELECT l.name, k.what, k.count FROM counts k JOIN lines l ON l.id = k.line
                 WHERE k.day = ?1 ORDER BY l.name, k.what",
            )?;
            let get = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)? as u64));
            select.query_map([day], get)?.collect()
        };
        self.tell("read the counts", find())
    }
}
