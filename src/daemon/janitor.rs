//! Retention: deletes what is due, through the vault's one deletion, and forgets calls that were
//! never recorded at the same term. Runs in the store thread, at start-up and once a minute of the
//! clock it follows, so that no recording outlives its term by a day.
//!
//! A wall clock that has jumped stops it (see `rules::ClockGuard`): nothing is deleted early
//! because somebody set a clock. What fails is told and tried again a minute later. A clock that
//! was set is a row of the gap ledger.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::index::{Index, RecordingRow};
use crate::register::Gone;
use crate::rules::kept_since;
use crate::vault::Place;
use crate::words::RecordingId;

use super::clock::Clock;
use super::deletion::Deletion;
use super::procedure_keeping::{Keeping, gone};
use super::rules_in_force::Rules;
use super::trust::{Doubt, Trust};

/// Time between two rounds.
const EVERY: SignedDuration = SignedDuration::from_secs(60);

/// Recordings deleted in one round; the next follows at once if there are more.
const BATCH: u32 = 200;

/// What retention shows to the status, and what it is asked.
#[derive(Debug, Default)]
pub(crate) struct RetentionView {
    /// Recordings deleted since the start.
    pub(crate) deleted: AtomicU64,
    /// Deletions that failed and are tried again.
    pub(crate) failing: AtomicU64,
    /// The clock jumped: deletion is stopped.
    pub(crate) stopped_by_clock: AtomicBool,
    /// The clock jumped: recordings begun meanwhile.
    pub(crate) doubt: Mutex<Option<Doubt>>,
    /// The administrator has confirmed that the clock is right.
    pub(crate) clock_confirmed: AtomicBool,
    /// What failed in the last round.
    pub(crate) trouble: Mutex<Option<String>>,
    /// Recordings whose keys were wrapped anew: the index is to be told.
    pub(crate) rewrapped: Mutex<Vec<RecordingId>>,
}

/// The retention part of the store thread.
pub(crate) struct Janitor {
    deletion: Deletion,
    clock: Clock,
    trust: Trust,
    last: Option<Timestamp>,
    rules: Arc<Rules>,
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
        let trust = Trust::new(
            clock.clone(),
            keeping.clock_note(),
            Arc::clone(&view),
            Arc::clone(&rules),
        );
        Self {
            deletion,
            clock,
            trust,
            last: None,
            rules,
            keeping,
            view,
        }
    }

    /// A look at the clock, and one round if it is time for one.
    pub(crate) fn work(&mut self, index: &mut Index) {
        self.clock.look();
        self.note_rewrapped(index);
        let now = self.clock.now();
        let trusted = self.trust.now(index);
        let recent = |last| now.duration_since(last).abs() < EVERY;
        if self.last.is_some_and(recent) && !self.keeping.is_asked() {
            return;
        }
        let Some(trusted) = trusted else {
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

    /// Calls without a recording have the same term: a call of day D goes when D's term ends. So has a
    /// damaged index that was set aside.
    fn forget_unrecorded(&mut self, index: &mut Index, now: Timestamp) {
        let policy = self.rules.policy();
        let zone = &policy.hours.schedule().zone;
        let today = zone.to_datetime(now).date();
        let Some(day) = kept_since(today, self.rules.terms().months) else {
            return;
        };
        let Ok(before) = zone.to_timestamp(day.into()) else {
            return;
        };
        let calls = self.deletion.forget_calls(index, before);
        // It is named after the day in UTC, a day apart at most.
        let aside = self
            .deletion
            .forget_set_aside(day.yesterday().unwrap_or(day));
        for error in [calls.err(), aside.err()].into_iter().flatten() {
            self.fails(&error);
        }
    }
}
