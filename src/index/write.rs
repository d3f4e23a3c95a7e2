//! Writing: facts in, one commit.

use rusqlite::{Transaction, TransactionBehavior, named_params, params};

use super::convert::{backwards, direction_code, ms, presentation_code, state_code};
use super::{CallRow, Entry, GapRow, Index, IndexError, RecordingRow, sqlite};
use crate::words::{CallId, Digits, RecordingId};

impl Index {
    /// Writes all `entries` in one commit: all of them or, on an error, none. Durable on return.
    ///
    /// # Errors
    /// SQLite's; [`IndexError::is_full`] on a full disk.
    pub fn write(&mut self, entries: &[Entry]) -> Result<(), IndexError> {
        self.transaction("write", |tx| {
            entries.iter().try_for_each(|entry| match entry {
                Entry::Call(call) => put_call(tx, call),
                Entry::CallWithdrawn(id) => withdraw(tx, *id),
                Entry::Recording(recording) => put_recording(tx, recording),
                Entry::Muted {
                    recording,
                    from,
                    to,
                } => put_muted(tx, *recording, (*from, *to)),
                Entry::Gap(gap) => put_gap(tx, gap),
                Entry::Count { day, line, what } => count(tx, day, line, what),
            })
        })
    }

    /// A call began.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn call_began(&mut self, call: &CallRow) -> Result<(), IndexError> {
        self.transaction("write a call", |tx| put_call(tx, call))
    }

    /// Something was learnt of a call; `call` is all that is known.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn call_changed(&mut self, call: &CallRow) -> Result<(), IndexError> {
        self.transaction("write a call", |tx| put_call(tx, call))
    }

    /// A call ended; `call` is all that is known.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn call_ended(&mut self, call: &CallRow) -> Result<(), IndexError> {
        self.transaction("write a call", |tx| put_call(tx, call))
    }

    /// A recording began, was closed or recovered; `recording` is all that is known. Write it
    /// `Open` before the first sound and `Closed` after the file is closed: what a crash leaves
    /// open here is what recovery looks for.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn recording(&mut self, recording: &RecordingRow) -> Result<(), IndexError> {
        self.transaction("write a recording", |tx| put_recording(tx, recording))
    }

    /// Frames were lost.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn gap(&mut self, gap: &GapRow) -> Result<(), IndexError> {
        self.transaction("write a gap", |tx| put_gap(tx, gap))
    }

    /// Sets a recording's due date (the term changed, or a hold ended).
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn set_due(&mut self, id: RecordingId, due: jiff::Timestamp) -> Result<(), IndexError> {
        self.transaction("set a due date", |tx| {
            let sql = "UPDATE recordings SET due_ms = ?2 WHERE id = ?1 AND state <> 3";
            tx.prepare_cached(sql)?
                .execute(params![id.0, ms(due)])
                .map(drop)
        })
    }

    /// Gives every recording whose term is not known ([`Timestamp::MAX`](jiff::Timestamp::MAX)) this end.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn settle_dues(&mut self, due: jiff::Timestamp) -> Result<usize, IndexError> {
        self.transaction("settle due dates", |tx| {
            let sql = "UPDATE recordings SET due_ms = ?1 WHERE due_ms = ?2 AND state <> 3";
            tx.prepare_cached(sql)?
                .execute(params![ms(due), ms(jiff::Timestamp::MAX)])
        })
    }

    /// Notes that a recording's key was wrapped anew.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn rewrapped(&mut self, keys: &[(RecordingId, [u8; 32])]) -> Result<(), IndexError> {
        self.transaction("note new wrappings", |tx| {
            let sql = "UPDATE recordings SET key_sha256 = ?2 WHERE id = ?1 AND state <> 3";
            let mut update = tx.prepare_cached(sql)?;
            keys.iter()
                .try_for_each(|(id, sha256)| update.execute(params![id.0, sha256]).map(drop))
        })
    }

    pub(super) fn transaction<T>(
        &mut self,
        doing: &'static str,
        body: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, IndexError> {
        let path = self.reader.path.clone();
        let run = || {
            let db = &mut self.reader.db;
            let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = body(&tx)?;
            tx.commit()?;
            Ok(value)
        };
        run().map_err(|error| sqlite(&path, doing, error))
    }
}

fn line_id(tx: &Transaction<'_>, name: &str) -> rusqlite::Result<i64> {
    tx.prepare_cached("INSERT INTO lines (name) VALUES (?1) ON CONFLICT (name) DO NOTHING")?
        .execute([name])?;
    tx.prepare_cached("SELECT id FROM lines WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
}

const PUT_CALL: &str = "
INSERT INTO calls (id, line, start_ms, zone, answered_ms, end_ms, direction, caller_name,
    presentation, external, recorded, reason, end_reason, cause, timeslot, audio, rules_version,
    announced_ms, announced_how_sure, hung_up_at_announcement, clock_synced,
    announcement_expected, basis)
VALUES (:id, :line, :start, :zone, :answered, :end, :direction, :caller_name, :presentation,
    :external, :recorded, :reason, :end_reason, :cause, :timeslot, :audio, :rules, :announced,
    :how_sure, :hung_up, :synced, :expected, :basis)
ON CONFLICT (id) DO UPDATE SET
    line = excluded.line, start_ms = excluded.start_ms, zone = excluded.zone,
    answered_ms = excluded.answered_ms, end_ms = excluded.end_ms,
    direction = excluded.direction, caller_name = excluded.caller_name,
    presentation = excluded.presentation, external = excluded.external,
    recorded = excluded.recorded, reason = excluded.reason, end_reason = excluded.end_reason,
    cause = excluded.cause, timeslot = excluded.timeslot, audio = excluded.audio,
    rules_version = excluded.rules_version, announced_ms = excluded.announced_ms,
    announced_how_sure = excluded.announced_how_sure,
    hung_up_at_announcement = excluded.hung_up_at_announcement,
    clock_synced = excluded.clock_synced,
    announcement_expected = excluded.announcement_expected, basis = excluded.basis
RETURNING seq";

fn put_call(tx: &Transaction<'_>, call: &CallRow) -> rusqlite::Result<()> {
    let line = line_id(tx, &call.line)?;
    let seq: i64 = tx.prepare_cached(PUT_CALL)?.query_row(
        named_params! {
            ":id": call.id.0,
            ":line": line,
            ":start": ms(call.start),
            ":zone": call.zone,
            ":answered": call.answered.map(ms),
            ":end": call.end.map(ms),
            ":direction": direction_code(call.direction),
            ":caller_name": call.caller_name,
            ":presentation": call.presentation.map(presentation_code),
            ":external": call.external,
            ":recorded": call.recorded,
            ":reason": call.reason,
            ":end_reason": call.end_reason,
            ":cause": call.cause,
            ":timeslot": call.timeslot,
            ":audio": call.audio,
            ":rules": call.rules_version,
            ":announced": call.announcement.map(|(at, _)| ms(at)),
            ":how_sure": call.announcement.map(|(_, how_sure)| how_sure),
            ":hung_up": call.hung_up_at_announcement,
            ":synced": call.clock_synced,
            ":expected": call.announcement_expected,
            ":basis": call.basis,
        },
        |row| row.get(0),
    )?;
    put_numbers(tx, seq, call)
}

/// Numbers by role, in the order of the codes 0 to 4.
fn put_numbers(tx: &Transaction<'_>, seq: i64, call: &CallRow) -> rusqlite::Result<()> {
    let roles: [&Digits; 5] = [
        &call.dialled,
        &call.caller,
        &call.connected,
        &call.redirecting,
        &call.consultation,
    ];
    tx.prepare_cached("DELETE FROM numbers WHERE call = ?1")?
        .execute([seq])?;
    let mut insert = tx.prepare_cached(
        "INSERT INTO numbers (call, role, digits, backwards) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (role, number) in roles
        .into_iter()
        .enumerate()
        .filter(|(_, number)| !number.is_empty())
    {
        let digits = number.as_str();
        insert.execute(params![seq, role as i64, digits, backwards(digits)])?;
    }
    Ok(())
}

fn withdraw(tx: &Transaction<'_>, id: CallId) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM calls WHERE id = ?1")?
        .execute([id.0])
        .map(drop)
}

const PUT_RECORDING: &str = "
INSERT INTO recordings (id, call, segment, place, state, sealed, channels, start_ms, samples, lost,
    bytes, sha256, key_sha256, due_ms, deleted_ms,
    clock_synced)
VALUES (:id, (SELECT seq FROM calls WHERE id = :call), :segment, :place, :state, :sealed, :channels,
    :start, :samples, :lost, :bytes, :sha256, :key_sha256, :due, :deleted, :synced)
ON CONFLICT (id) DO UPDATE SET
    call = excluded.call, segment = excluded.segment, place = excluded.place,
    state = excluded.state, sealed = excluded.sealed, channels = excluded.channels,
    start_ms = excluded.start_ms, samples = excluded.samples, lost = excluded.lost,
    bytes = excluded.bytes, sha256 = excluded.sha256,
    key_sha256 = excluded.key_sha256,
    deleted_ms = excluded.deleted_ms, clock_synced = excluded.clock_synced
WHERE recordings.state <> 3";

/// A tombstone is never written over, and the end of a term only by [`Index::set_due`].
fn put_recording(tx: &Transaction<'_>, row: &RecordingRow) -> rusqlite::Result<()> {
    tx.prepare_cached(PUT_RECORDING)?
        .execute(named_params! {
            ":id": row.id.0,
            ":call": row.call.map(|call| call.0),
            ":segment": row.segment,
            ":place": row.place,
            ":state": state_code(row.state),
            ":sealed": row.sealed,
            ":channels": row.channels,
            ":start": ms(row.start),
            ":samples": row.samples.map(|n| n as i64),
            ":lost": row.lost as i64,
            ":bytes": row.bytes.map(|n| n as i64),
            ":sha256": row.sha256,
            ":key_sha256": row.key_sha256,
            ":due": ms(row.due),
            ":deleted": row.deleted.map(ms),
            ":synced": row.clock_synced,
        })
        .map(drop)
}

fn put_muted(
    tx: &Transaction<'_>,
    recording: RecordingId,
    (from, to): (u64, u64),
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE recordings SET muted = coalesce(muted || ',', '') || ?2
         WHERE id = ?1 AND state <> 3",
    )?
    .execute(params![recording.0, format!("{from}-{to}")])
    .map(drop)
}

fn put_gap(tx: &Transaction<'_>, gap: &GapRow) -> rusqlite::Result<()> {
    let line = gap
        .line
        .as_deref()
        .map(|name| line_id(tx, name))
        .transpose()?;
    let sql = "INSERT INTO gaps (line, card, at_ms, samples, cause, recording)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let recording = gap.recording.map(|id| id.0);
    tx.prepare_cached(sql)?
        .execute(params![
            line,
            gap.card,
            ms(gap.at),
            gap.samples as i64,
            gap.cause,
            recording
        ])
        .map(drop)
}

fn count(tx: &Transaction<'_>, day: &str, line: &str, what: &str) -> rusqlite::Result<()> {
    let line = line_id(tx, line)?;
    let sql = "INSERT INTO counts (day, line, what, count) VALUES (?1, ?2, ?3, 1)
               ON CONFLICT (day, line, what) DO UPDATE SET count = count + 1";
    tx.prepare_cached(sql)?
        .execute(params![day, line, what])
        .map(drop)
}
