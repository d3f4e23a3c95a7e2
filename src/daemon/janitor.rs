//! Retention: deletes what is due, through the vault's one deletion, and forgets calls that were
//! never recorded at the same term. Runs in the store thread, at start-up and once a minute of the
//! clock it follows, so that no recording outlives its term by a day.
//!
//! A wall clock that has jumped stops it (see `rules::ClockGuard`): nothing is deleted early
//! because somebody set a clock. What fails is told and tried again a minute later.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;
use std::{fs, io};

use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::index::{Index, RecordingRow};
use crate::register::Gone;
use crate::rules::{ClockGuard, ClockVerdict};
use crate::vault::{Place, Vault};

use super::clock::Clock;
use super::procedure_keeping::{Keeping, gone};
use super::rules_in_force::Rules;

/// Time between two rounds.
const EVERY: SignedDuration = SignedDuration::from_secs(60);

/// Recordings deleted in one round; the next follows at once if there are more.
const BATCH: u32 = 200;

/// What retention shows to the status.
#[derive(Debug, Default)]
pub(crate) struct RetentionView {
    /// Recordings deleted since the start.
    pub(crate) deleted: AtomicU64,
    /// Deletions that failed and are tried again.
    pub(crate) failing: AtomicU64,
    /// The clock jumped: deletion is stopped.
    pub(crate) stopped_by_clock: AtomicBool,
}

/// The retention part of the store thread.
pub(crate) struct Janitor {
    vault: Arc<Vault>,
    clock: Clock,
    guard: ClockGuard,
    observed: Instant,
    last: Option<Timestamp>,
    rules: Arc<Rules>,
    note: PathBuf,
    keeping: Keeping,
    view: Arc<RetentionView>,
}

impl Janitor {
    /// Retention over `vault`. A file beside it carries the last trusted time over a restart.
    pub(crate) fn new(
        vault: Arc<Vault>,
        clock: Clock,
        rules: Arc<Rules>,
        keeping: Keeping,
        view: Arc<RetentionView>,
    ) -> Self {
        let note = keeping.clock_note();
        let last = fs::read_to_string(&note)
            .ok()
            .and_then(|text| text.trim().parse().ok());
        let guard = ClockGuard::resume(last.filter(|_| !clock.is_virtual()));
        let observed = Instant::now();
        Self {
            vault,
            clock,
            guard,
            observed,
            last: None,
            rules,
            note,
            keeping,
            view,
        }
    }

    /// One round, if it is time for one.
    pub(crate) fn work(&mut self, index: &mut Index) {
        let now = self.clock.now();
        let recent = |last| now.duration_since(last).abs() < EVERY;
        if self.last.is_some_and(recent) && !self.keeping.is_asked() {
            return;
        }
        let Some(trusted) = self.trusted(now) else {
            return;
        };
        self.last = Some(now);
        self.delete_due(index, trusted);
        self.forget_unrecorded(index, trusted);
        let failing = self.view.failing.load(Ordering::Acquire);
        self.keeping.daily(index, failing, trusted);
    }

    fn trusted(&mut self, now: Timestamp) -> Option<Timestamp> {
        if self.clock.is_virtual() {
            return Some(now);
        }
        let elapsed = SignedDuration::try_from(self.observed.elapsed()).unwrap_or_default();
        self.observed = Instant::now();
        let verdict = self.guard.observe(elapsed, now);
        let stopped = match verdict {
            ClockVerdict::Trusted { now } => {
                if let Err(error) = self.carry_over(now) {
                    log::warn!("{}: cannot note the time: {error}", self.note.display());
                }
                false
            }
            ClockVerdict::Implausible { expected, wall } => {
                log::error!("the clock shows {wall} but {expected} is due; deletion is stopped");
                true
            }
        };
        self.view.stopped_by_clock.store(stopped, Ordering::Release);
        verdict.trusted()
    }

    fn carry_over(&self, now: Timestamp) -> io::Result<()> {
        let fresh = self.note.with_extension("new");
        fs::write(&fresh, now.to_string())?;
        fs::rename(&fresh, &self.note)
    }

    fn delete_due(&mut self, index: &mut Index, now: Timestamp) {
        let due = match self.keeping.deletable(index, now, BATCH) {
            Ok(due) => due,
            Err(error) => return log::error!("retention: {error}"),
        };
        if due.is_empty() {
            return;
        }
        let full = due.len() >= BATCH as usize;
        let mut done: Vec<(RecordingRow, Gone)> = Vec::new();
        let mut failing = 0;
        for (row, why) in due {
            match self.delete(&row) {
                Ok(()) => done.push((row.clone(), gone(&row, why))),
                Err(error) => {
                    failing += 1;
                    log::error!("retention: recording {} cannot be deleted: {error}", row.id);
                }
            }
        }
        self.view.failing.store(failing, Ordering::Release);
        self.enter_deleted(index, done, now);
        if full && failing == 0 {
            self.last = None;
        }
    }

    /// The tombstones: first in the log, then in the index. Where the log cannot be written the
    /// rows stay, and the next round enters them.
    fn enter_deleted(&self, index: &mut Index, done: Vec<(RecordingRow, Gone)>, now: Timestamp) {
        let (rows, gone): (Vec<RecordingRow>, Vec<Gone>) = done.into_iter().unzip();
        let count = rows.len();
        if count == 0 {
            return;
        }
        if let Err(error) = self.keeping.deleted(gone, now) {
            return log::error!("retention: the log: {error}");
        }
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        match index.recordings_deleted(&ids, now) {
            Ok(_) => {
                self.view.deleted.fetch_add(count as u64, Ordering::AcqRel);
                log::info!("retention: {count} recordings deleted");
            }
            Err(error) => log::error!("retention: {error}"),
        }
    }

    fn delete(&self, row: &RecordingRow) -> Result<(), Box<dyn std::error::Error>> {
        if let Some(place) = &row.place {
            self.vault.delete(&place.parse::<Place>()?)?;
        }
        Ok(())
    }

    /// Calls without a recording have the same term: a call of day D goes when D's term ends.
    fn forget_unrecorded(&self, index: &mut Index, now: Timestamp) {
        let policy = self.rules.policy();
        let zone = &policy.hours.schedule().zone;
        let today = zone.to_datetime(now).date();
        let oldest = today
            .checked_sub(i64::from(self.rules.terms().months).months())
            .ok();
        let Some(before) = oldest.and_then(|day| zone.to_timestamp(day.into()).ok()) else {
            return;
        };
        match index.forget_calls_before(before) {
            Ok(forgotten) if forgotten.calls > 0 => {
                log::info!(
                    "retention: {} calls without recording forgotten",
                    forgotten.calls
                );
            }
            Ok(_) => {}
            Err(error) => log::error!("retention: {error}"),
        }
    }
}
