//! Retention: deletes what is due, through the vault's one deletion, and forgets calls that were
//! never recorded at the same term. Runs in the store thread, at start-up and once a minute of the
//! clock it follows, so that no recording outlives its term by a day.
//!
//! A wall clock that has jumped stops it (see `rules::ClockGuard`): nothing is deleted early
//! because somebody set a clock. What fails is told and tried again a minute later. A clock that
//! was set is a row of the gap ledger.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use std::{fs, io};

use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::index::{GapRow, Index, RecordingRow};
use crate::register::Gone;
use crate::rules::{ClockGuard, ClockVerdict};
use crate::vault::Place;
use crate::words::RecordingId;

use super::clock::Clock;
use super::deletion::Deletion;
use super::procedure_keeping::{Keeping, gone};
use super::rules_in_force::Rules;

/// Time between two rounds.
const EVERY: SignedDuration = SignedDuration::from_secs(60);

/// Recordings deleted in one round; the next follows at once if there are more.
const BATCH: u32 = 200;

/// A wall clock that moved by so much more than time has passed was set by someone: two looks at
/// it are a minute apart, NTP slews 30 ms in that time.
const STEP: SignedDuration = SignedDuration::from_secs(1);

/// Samples of a millisecond in the ledger.
const PER_MS: u64 = crate::words::RATE_HZ as u64 / 1_000;

/// What retention shows to the status, and what it is asked.
#[derive(Debug, Default)]
pub(crate) struct RetentionView {
    /// Recordings deleted since the start.
    pub(crate) deleted: AtomicU64,
    /// Deletions that failed and are tried again.
    pub(crate) failing: AtomicU64,
    /// The clock jumped: deletion is stopped.
    pub(crate) stopped_by_clock: AtomicBool,
    /// What failed in the last round.
    pub(crate) trouble: Mutex<Option<String>>,
    /// Recordings whose keys were wrapped anew: the index is to be told.
    pub(crate) rewrapped: Mutex<Vec<RecordingId>>,
}

/// The retention part of the store thread.
pub(crate) struct Janitor {
    deletion: Deletion,
    clock: Clock,
    guard: ClockGuard,
    observed: Instant,
    /// The wall clock when it was last looked at.
    seen: Option<Timestamp>,
    last: Option<Timestamp>,
    rules: Arc<Rules>,
    note: PathBuf,
    keeping: Keeping,
    view: Arc<RetentionView>,
}

impl Janitor {
    /// Retention by `deletion`. A file in the state carries the last trusted time over a restart.
    pub(crate) fn new(
        deletion: Deletion,
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
            deletion,
            clock,
            guard,
            observed,
            seen: None,
            last: None,
            rules,
            note,
            keeping,
            view,
        }
    }

    /// One round, if it is time for one.
    pub(crate) fn work(&mut self, index: &mut Index) {
        self.note_rewrapped(index);
        let now = self.clock.now();
        let recent = |last| now.duration_since(last).abs() < EVERY;
        if self.last.is_some_and(recent) && !self.keeping.is_asked() {
            return;
        }
        let Some(trusted) = self.trusted(index, now) else {
            return;
        };
        self.last = Some(now);
        self.delete_due(index, trusted);
        let failed = self.deletion.finish(index).err();
        if let Some(error) = failed {
            self.fails(&error);
        }
        self.forget_unrecorded(index, trusted);
        let failing = self.view.failing.load(Ordering::Acquire);
        self.keeping.daily(index, failing, trusted);
    }

    fn trusted(&mut self, index: &mut Index, now: Timestamp) -> Option<Timestamp> {
        if self.clock.is_virtual() {
            return Some(now);
        }
        let elapsed = SignedDuration::try_from(self.observed.elapsed()).unwrap_or_default();
        self.observed = Instant::now();
        if let Some(seen) = self.seen.replace(now)
            && let Some(step) = clock_step(seen, elapsed, now)
            && let Err(error) = index.gap(&step)
        {
            log::error!("the clock was set; the ledger cannot be told: {error}");
        }
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

    /// Shown until a round in which nothing fails.
    fn fails(&self, why: &str) {
        log::error!("retention: {why}; tried again in a minute");
        let mut trouble = self
            .view
            .trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *trouble = Some(why.to_owned());
    }

    fn delete_due(&mut self, index: &mut Index, now: Timestamp) {
        *self
            .view
            .trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = None;
        let due = match self.keeping.deletable(index, now, BATCH) {
            Ok(due) => due,
            Err(error) => return self.fails(&error),
        };
        if due.is_empty() {
            self.view.failing.store(0, Ordering::Release);
            return;
        }
        let full = due.len() >= BATCH as usize;
        let mut done: Vec<(RecordingRow, Gone)> = Vec::new();
        let mut failing = 0;
        for (row, why) in due {
            match self.deletion.destroy(&row) {
                Ok(()) => done.push((row.clone(), gone(&row, why))),
                Err(error) => {
                    failing += 1;
                    self.fails(&format!("recording {} cannot be deleted: {error}", row.id));
                }
            }
        }
        let destroyed = done.len() as u64;
        if let Err(error) = self.enter_deleted(index, done, now) {
            failing += destroyed;
            self.fails(&error);
        }
        self.view.failing.store(failing, Ordering::Release);
        if full && failing == 0 {
            self.last = None;
        }
    }

    /// The tombstones: first in their file and in the log, then in the index. Where one of them
    /// cannot be written the rows stay, and the next round enters them.
    fn enter_deleted(
        &mut self,
        index: &mut Index,
        done: Vec<(RecordingRow, Gone)>,
        now: Timestamp,
    ) -> Result<(), String> {
        let (rows, gone): (Vec<RecordingRow>, Vec<Gone>) = done.into_iter().unzip();
        let count = rows.len();
        if count == 0 {
            return Ok(());
        }
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        self.deletion.entomb(&ids, now)?;
        let keeping = &self.keeping;
        self.deletion.with_room(|| {
            keeping
                .deleted(gone.clone(), now)
                .map_err(|error| format!("the log: {error}"))
        })?;
        self.deletion.erase(index, &ids, now)?;
        self.view.deleted.fetch_add(count as u64, Ordering::AcqRel);
        log::info!("retention: {count} recordings deleted");
        Ok(())
    }

    /// Tells the index the new wrappings of keys, as they lie on disk.
    fn note_rewrapped(&self, index: &mut Index) {
        let mut asked = self
            .view
            .rewrapped
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if asked.is_empty() {
            return;
        }
        let archive = self.deletion.vault().archive();
        let wrapping = |id: &RecordingId| {
            let row = index.read().recording(*id).ok()??;
            let place: Place = row.place?.parse().ok()?;
            Some((*id, archive.key_sha256(&place).ok()?))
        };
        let keys: Vec<_> = asked.iter().filter_map(wrapping).collect();
        match index.rewrapped(&keys) {
            Ok(()) => asked.clear(),
            Err(error) => log::error!("new wrappings of keys: {error}; tried again"),
        }
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

/// The row for a wall clock that moved from `seen` to `now` while `elapsed` passed, if it was set.
/// `samples` is how far, `at` where it would have been.
fn clock_step(seen: Timestamp, elapsed: SignedDuration, now: Timestamp) -> Option<GapRow> {
    let expected = seen.checked_add(elapsed).ok()?;
    let step = now.duration_since(expected);
    let cause = if step.is_negative() {
        "clock_step_back"
    } else {
        "clock_step"
    };
    (step.abs() > STEP).then(|| GapRow {
        line: None,
        card: "clock".into(),
        at: expected,
        samples: u64::try_from(step.abs().as_millis())
            .unwrap_or(0)
            .saturating_mul(PER_MS),
        cause: cause.into(),
        recording: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_is_a_row_and_a_slewed_one_is_none() {
        let noon: Timestamp = "2026-11-23T12:00:00Z".parse().expect("timestamp");
        let five = SignedDuration::from_secs(5);
        let at = |seconds: i64| noon + SignedDuration::from_secs(seconds);
        assert_eq!(clock_step(noon, five, at(5)), None);
        let ahead = clock_step(noon, five, at(65)).expect("a step");
        assert_eq!(
            (ahead.samples, ahead.cause.as_str()),
            (480_000, "clock_step")
        );
        let back = clock_step(noon, five, at(-55)).expect("a step");
        assert_eq!((back.at, back.cause.as_str()), (at(5), "clock_step_back"));
    }
}
