//! Sums for the daily report: what was recorded, what not and why, what was lost.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::params;

use super::convert::{ms, time};
use super::{IndexError, Reader};

/// Sums over one line and a period.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineTotals {
    /// The line's name.
    pub line: String,
    /// Calls that began in the period.
    pub calls: u64,
    /// Those of which audio was kept.
    pub recorded_calls: u64,
    /// Samples per channel in recordings that began in the period.
    pub samples: u64,
    /// Samples missing in the gap ledger for this line, and lost in writing.
    pub lost: u64,
}

impl Reader {
    /// Sums per line for `since..until`, by name; lines without a call or a gap are left out.
    /// Completeness is `samples / (samples + lost)`.
    ///
    /// # Errors
    /// SQLite's.
    pub fn totals(
        &self,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<LineTotals>, IndexError> {
        let sums = || {
            let mut select = self.db.prepare_cached(
                "SELECT l.name, sum(calls), sum(recorded), sum(samples), sum(lost) FROM (
                    SELECT line, count(*) AS calls, sum(recorded) AS recorded, 0 AS samples, 0 AS lost
                    FROM calls WHERE start_ms >= ?1 AND start_ms < ?2 GROUP BY line
                    UNION ALL
                    SELECT c.line, 0, 0, sum(r.samples), sum(r.lost)
                    FROM calls c JOIN recordings r ON r.call = c.seq
                    WHERE c.start_ms >= ?1 AND c.start_ms < ?2 GROUP BY c.line
                    UNION ALL
                    SELECT line, 0, 0, 0, sum(samples)
                    FROM gaps WHERE at_ms >= ?1 AND at_ms < ?2 AND line IS NOT NULL GROUP BY line
                 ) JOIN lines l ON l.id = line GROUP BY l.name ORDER BY l.name",
            )?;
            let count = |row: &rusqlite::Row<'_>, column| {
                row.get::<_, Option<i64>>(column)
                    .map(|n| n.unwrap_or(0) as u64)
            };
            let rows = select.query_map(params![ms(since), ms(until)], |row| {
                Ok(LineTotals {
                    line: row.get(0)?,
                    calls: count(row, 1)?,
                    recorded_calls: count(row, 2)?,
                    samples: count(row, 3)?,
                    lost: count(row, 4)?,
                })
            })?;
            rows.collect()
        };
        self.tell("sum up", sums())
    }

    /// Why calls that began in `since..until` were recorded or not: reason, recorded, how many.
    ///
    /// # Errors
    /// SQLite's.
    pub fn reasons(
        &self,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(String, bool, u64)>, IndexError> {
        let sums = || {
            let mut select = self.db.prepare_cached(
                "SELECT reason, recorded, count(*) FROM calls
                 WHERE start_ms >= ?1 AND start_ms < ?2
                 GROUP BY reason, recorded ORDER BY recorded, reason",
            )?;
            let get = |row: &rusqlite::Row<'_>| {
                Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)? as u64))
            };
            select
                .query_map(params![ms(since), ms(until)], get)?
                .collect()
        };
        self.tell("sum up the reasons", sums())
    }

    /// Calls of which only a count was kept (internal ones), on a local day: reason and how many.
    ///
    /// # Errors
    /// SQLite's.
    pub fn counted(&self, day: &str) -> Result<Vec<(String, u64)>, IndexError> {
        let sums = || {
            let mut select = self.db.prepare_cached(
                "SELECT what, sum(count) FROM counts WHERE day = ?1 GROUP BY what ORDER BY what",
            )?;
            let get = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64));
            select.query_map([day], get)?.collect()
        };
        self.tell("sum up what was counted", sums())
    }

    /// Calls without a recording whose numbers and times are still there: how many, and when the
    /// oldest began.
    ///
    /// # Errors
    /// SQLite's.
    pub fn unrecorded(&self) -> Result<(u64, Option<Timestamp>), IndexError> {
        let found = self.db.query_row(
            "SELECT count(*), min(start_ms) FROM calls
             WHERE NOT EXISTS (SELECT 1 FROM recordings r WHERE r.call = calls.seq)",
            [],
            |row| Ok((row.get::<_, i64>(0)? as u64, row.get::<_, Option<i64>>(1)?)),
        );
        let (calls, oldest) = self.tell("count calls not recorded", found)?;
        Ok((calls, oldest.map(time)))
    }

    /// What SQLite finds wrong with the whole file, structure and rows; `None` if it is sound.
    ///
    /// # Errors
    /// SQLite's.
    pub fn unsound(&self) -> Result<Option<String>, IndexError> {
        let said = self
            .db
            .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0));
        let said: String = self.tell("check it", said)?;
        Ok((said != "ok").then_some(said))
    }

    /// Copies the index, as it stands, to a new file `to` while the recorder goes on. After it is
    /// restored, every deletion in the log has to be done again: a backup remembers.
    ///
    /// # Errors
    /// SQLite's, or a file that is there already.
    pub fn back_up(&self, to: &Path) -> Result<(), IndexError> {
        use std::os::unix::fs::OpenOptionsExt;
        let made = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(to);
        made.map_err(|source| IndexError::Io {
            path: to.to_owned(),
            doing: "create",
            source,
        })?;
        self.tell("back it up", self.db.backup("main", to, None::<fn(_)>))
    }
}
