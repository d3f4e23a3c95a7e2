//! Forgetting: the index's part of the one deletion, and calls whose term is over.

use jiff::Timestamp;
use rusqlite::params;

use super::convert::ms;
use super::{Index, IndexError, sqlite};
use crate::words::RecordingId;

/// What was erased.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Forgotten {
    /// Calls whose rows (numbers, names, times) are gone.
    pub calls: u64,
    /// Whether every trace in the WAL is gone too. False if a reader was in the way: call
    /// [`Index::scrub`] again.
    pub scrubbed: bool,
}

impl Index {
    /// After the vault destroyed these recordings: leaves of each only its id, size and the time
    /// of deletion, and erases their calls once no recording of the call is left. Repeatable.
    ///
    /// # Errors
    /// SQLite's; nothing is changed then.
    pub fn recordings_deleted(
        &mut self,
        ids: &[RecordingId],
        at: Timestamp,
    ) -> Result<Forgotten, IndexError> {
        let calls = self.transaction("erase recordings", |tx| {
            let mut calls = 0;
            for id in ids {
                let of: Option<Option<i64>> = tx
                    .prepare_cached("SELECT call FROM recordings WHERE id = ?1")?
                    .query_map([id.0], |row| row.get(0))?
                    .next()
                    .transpose()?;
                tx.prepare_cached(
                    "UPDATE recordings SET state = 3, place = NULL, sha256 = NULL,
                     key_sha256 = NULL, call = NULL, muted = NULL,
                     bytes = NULL, deleted_ms = coalesce(deleted_ms, ?2) WHERE id = ?1",
                )?
                .execute(params![id.0, ms(at)])?;
                if let Some(Some(call)) = of {
                    calls += tx
                        .prepare_cached(
                            "DELETE FROM calls WHERE seq = ?1
                             AND NOT EXISTS (SELECT 1 FROM recordings WHERE call = ?1)",
                        )?
                        .execute([call])? as u64;
                }
            }
            Ok(calls)
        })?;
        Ok(Forgotten {
            calls,
            scrubbed: self.scrub()?,
        })
    }

    /// Erases every call that began before `time` and has no recording: numbers and times of
    /// calls that were not recorded are personal data too, with the same term.
    ///
    /// # Errors
    /// SQLite's; nothing is changed then.
    pub fn forget_calls_before(&mut self, time: Timestamp) -> Result<Forgotten, IndexError> {
        let calls = self.transaction("forget calls", |tx| {
            tx.prepare_cached(
                "DELETE FROM calls WHERE start_ms < ?1 AND end_ms IS NOT NULL
                 AND NOT EXISTS (SELECT 1 FROM recordings r WHERE r.call = calls.seq)",
            )?
            .execute([ms(time)])
        })? as u64;
        let scrubbed = if calls > 0 { self.scrub()? } else { true };
        Ok(Forgotten { calls, scrubbed })
    }

    /// Empties the WAL into the database, so that nothing deleted survives in it. False if a
    /// reader held it; deletion stands, only its traces are still in the WAL.
    ///
    /// # Errors
    /// SQLite's.
    pub fn scrub(&mut self) -> Result<bool, IndexError> {
        let busy: i64 = self
            .reader
            .db
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
            .map_err(|error| sqlite(&self.reader.path, "empty the WAL", error))?;
        Ok(busy == 0)
    }
}
