//! Whether the wall clock may be believed for deletion, looked at once a second: the guard of
//! `rules::ClockGuard` with its note on disk, the ledger's rows for a clock that was set, and the
//! doubt that recordings begun meanwhile are entered under.
//!
//! Belongs to the store thread. Blocks for the disk once a minute.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::index::{GapRow, Index};
use crate::rules::{ClockGuard, ClockVerdict, due};
use crate::words::RecordingId;

use super::clock::Clock;
use super::janitor::RetentionView;
use super::rules_in_force::Rules;

/// Milliseconds between two looks at the wall clock.
const LOOK_MS: u64 = 1_000;

/// Milliseconds between two notes of the trusted time.
const NOTE_MS: u64 = 60_000;

/// A wall clock that moved by so much more than time has passed was set by someone: NTP slews
/// 0.5 ms in a second.
const STEP: SignedDuration = SignedDuration::from_secs(1);

/// Samples of a millisecond in the ledger.
const PER_MS: u64 = crate::words::RATE_HZ as u64 / 1_000;

/// A clock that cannot be believed. What is recorded meanwhile bears its times; so that nothing is
/// deleted early, its term has no end until the clock is believed again.
#[derive(Debug)]
pub(crate) struct Doubt {
    /// Where the clock should be by what was known when it went wrong: behind the truth by as long as
    /// the machine had stood still. As of the last look.
    pub(crate) expected: Timestamp,
    /// What it showed then.
    pub(crate) wall: Timestamp,
    /// Recordings begun meanwhile.
    pub(crate) begun: Vec<Doubtful>,
}

/// A recording begun under a clock in doubt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Doubtful {
    /// Which.
    pub(crate) id: RecordingId,
    /// When its call began, reckoned as [`Doubt::expected`] is.
    pub(crate) start: Timestamp,
}

impl Doubt {
    /// Notes a recording whose call began when the clock showed `start`.
    pub(crate) fn note(&mut self, id: RecordingId, start: Timestamp) {
        let since = start.duration_since(self.wall);
        // Further away the clock was set once more within the second: the look before it counts.
        let known = since.abs() < SignedDuration::from_hours(24);
        let since = if known { since } else { SignedDuration::ZERO };
        let start = self.expected.checked_add(since).unwrap_or(self.expected);
        self.begun.push(Doubtful { id, start });
    }
}

/// See the module.
pub(crate) struct Trust {
    clock: Clock,
    guard: ClockGuard,
    note: PathBuf,
    view: Arc<RetentionView>,
    rules: Arc<Rules>,
    /// When it was last looked at, by the clock that no one sets.
    looked: Option<u64>,
    noted: Option<u64>,
    /// The wall clock then.
    seen: Option<Timestamp>,
    trusted: Option<Timestamp>,
}

impl Trust {
    /// Over `clock`; the file `note` carries the last trusted time over a restart.
    pub(crate) fn new(
        clock: Clock,
        note: PathBuf,
        view: Arc<RetentionView>,
        rules: Arc<Rules>,
    ) -> Self {
        let last = fs::read_to_string(&note)
            .ok()
            .and_then(|text| text.trim().parse().ok());
        Self {
            guard: ClockGuard::resume(last),
            clock,
            note,
            view,
            rules,
            looked: None,
            noted: None,
            seen: None,
            trusted: None,
        }
    }

    /// The instant that deletion may reckon with; `None` while the clock is in doubt. Virtual time
    /// is always believed.
    pub(crate) fn now(&mut self, index: &mut Index) -> Option<Timestamp> {
        let wall = self.clock.now();
        if self.clock.is_virtual() {
            return Some(wall);
        }
        let elapsed = self.clock.elapsed_ms();
        let soon = |looked: u64| elapsed.saturating_sub(looked) < LOOK_MS;
        let asked = self.view.clock_confirmed.load(Ordering::Acquire);
        if asked || !self.looked.is_some_and(soon) {
            self.look(index, wall, elapsed);
        }
        self.trusted
    }

    fn look(&mut self, index: &mut Index, wall: Timestamp, elapsed_ms: u64) {
        let since = elapsed_ms - self.looked.replace(elapsed_ms).unwrap_or(0);
        let elapsed = SignedDuration::from_millis(i64::try_from(since).unwrap_or(i64::MAX));
        if let Some(seen) = self.seen.replace(wall)
            && let Some(step) = clock_step(seen, elapsed, wall)
            && let Err(error) = index.gap(&step)
        {
            log::error!("the clock was set; the ledger cannot be told: {error}");
        }
        if self.guard.last_trusted().is_none() {
            // The note is lost, or it is a new machine: what was recorded last has certainly passed.
            let newest = index.read().newest_call().unwrap_or_default();
            self.guard = ClockGuard::resume(newest);
        }
        let confirmed = self.view.clock_confirmed.swap(false, Ordering::AcqRel);
        if confirmed {
            self.guard.confirm(wall);
        }
        let verdict = self.guard.observe(elapsed, wall);
        self.trusted = verdict.trusted();
        match verdict {
            ClockVerdict::Trusted { now } => {
                let noted = self.note(now, elapsed_ms);
                let was_doubted = self.believe(index, elapsed, wall);
                if noted || was_doubted {
                    self.settle(index, wall);
                }
            }
            ClockVerdict::Implausible { expected, wall } => self.doubt(expected, wall),
        }
    }

    /// Notes the trusted time for the next start; false if that was done less than a minute ago.
    fn note(&mut self, now: Timestamp, elapsed_ms: u64) -> bool {
        let soon = |noted: u64| elapsed_ms.saturating_sub(noted) < NOTE_MS;
        if self.noted.is_some_and(soon) {
            return false;
        }
        self.noted = Some(elapsed_ms);
        if let Err(error) = self.write(now) {
            log::warn!("{}: cannot note the time: {error}", self.note.display());
        }
        true
    }

    fn write(&self, now: Timestamp) -> io::Result<()> {
        let fresh = self.note.with_extension("new");
        let mut file = fs::File::create(&fresh)?;
        file.write_all(now.to_string().as_bytes())?;
        file.sync_all()?; // an empty note after a power cut would be a clock believed blindly
        fs::rename(&fresh, &self.note)
    }

    fn doubt(&self, expected: Timestamp, wall: Timestamp) {
        self.view.stopped_by_clock.store(true, Ordering::Release);
        let mut doubt = self
            .view
            .doubt
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match &mut *doubt {
            Some(doubt) => (doubt.expected, doubt.wall) = (expected, wall),
            None => {
                log::error!("the clock shows {wall} but {expected} is due; deletion is stopped");
                let begun = Vec::new();
                *doubt = Some(Doubt {
                    expected,
                    wall,
                    begun,
                });
            }
        }
    }

    /// When the term of a recording ends whose call began at `start`; `None` beyond the calendar.
    fn due(&self, start: Timestamp) -> Option<Timestamp> {
        let policy = self.rules.policy();
        let zone = &policy.hours.schedule().zone;
        due(start, self.rules.terms().months, zone)
    }

    /// A crash may have taken what was known of recordings begun under a doubt: all that is certain of
    /// them is that they are older than now.
    fn settle(&self, index: &mut Index, wall: Timestamp) {
        let Some(due) = self.due(wall) else {
            return;
        };
        match index.settle_dues(due) {
            Ok(0) => {}
            Ok(count) => {
                log::warn!("{count} recordings begun under a wrong clock are kept as if begun now");
            }
            Err(error) => {
                log::error!("terms of recordings begun under a wrong clock: {error}; tried again");
            }
        }
    }

    /// The clock is right again, or was right all the time: what was recorded meanwhile gets its one
    /// term. `elapsed` has passed since the last look, so that the error of what was expected, and of
    /// the starts reckoned by it, is known now. Whether it was in doubt.
    fn believe(&self, index: &mut Index, elapsed: SignedDuration, wall: Timestamp) -> bool {
        self.view.stopped_by_clock.store(false, Ordering::Release);
        let mut doubt = self
            .view
            .doubt
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let Some(over) = doubt.take() else {
            return false;
        };
        log::warn!("the clock is believed again; deletion goes on");
        let expected = over.expected.checked_add(elapsed).unwrap_or(over.expected);
        let behind = wall.duration_since(expected);
        for one in over.begun {
            let start = one.start.checked_add(behind).ok();
            let Some(due) = start.and_then(|start| self.due(start)) else {
                continue; // beyond the calendar
            };
            if let Err(error) = index.set_due(one.id, due) {
                log::error!("recording {}: its term is not known yet: {error}", one.id);
            }
        }
        true
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
