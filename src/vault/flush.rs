//! Flushes of the whole file system, numbered, so that the flush of one writer serves the others too.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// A point in the order of flushes. What was written before it is durable once a later flush has succeeded.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Moment(u64);

/// Numbers from 1; at most one flush runs at a time.
#[derive(Debug, Default)]
pub(super) struct Flushes {
    one: Mutex<()>,
    begun: AtomicU64,
    ended: AtomicU64,
    succeeded: AtomicU64,
    failed: AtomicU64,
}

impl Flushes {
    /// Now: behind all flushes that have begun.
    pub(super) fn now(&self) -> Moment {
        Moment(self.begun.load(Ordering::SeqCst))
    }

    /// Whether one is under way.
    pub(super) fn under_way(&self) -> bool {
        self.begun.load(Ordering::SeqCst) != self.ended.load(Ordering::SeqCst)
    }

    /// Whether a flush that began after `since` has succeeded.
    pub(super) fn cover(&self, since: Moment) -> bool {
        self.succeeded.load(Ordering::SeqCst) > since.0
    }

    /// The number of the last that failed; 0 if none did.
    pub(super) fn last_failure(&self) -> u64 {
        self.failed.load(Ordering::SeqCst)
    }

    /// Flushes, after the one under way; not if that one began after `since` and succeeds.
    pub(super) fn run<E>(
        &self,
        since: Moment,
        flush: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        let _one = self.one.lock().unwrap_or_else(PoisonError::into_inner);
        if self.cover(since) {
            return Ok(());
        }
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let outcome = flush();
        let side = match outcome {
            Ok(()) => &self.succeeded,
            Err(_) => &self.failed,
        };
        side.store(number, Ordering::SeqCst);
        self.ended.store(number, Ordering::SeqCst);
        outcome
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_flush_serves_what_was_written_before_it_began() {
        let flushes = Flushes::default();
        let before = flushes.now();
        assert!(!flushes.cover(before));
        let inside = Cell::new(before);
        let outcome: Result<(), ()> = flushes.run(before, || {
            assert!(flushes.under_way());
            inside.set(flushes.now());
            Ok(())
        });
        assert_eq!(outcome, Ok(()));
        assert!(!flushes.under_way());
        assert!(flushes.cover(before));
        assert!(!flushes.cover(inside.get()), "written while it ran");
        assert!(!flushes.cover(flushes.now()));
    }

    #[test]
    fn what_a_flush_has_covered_is_not_flushed_again() {
        let flushes = Flushes::default();
        let (before, runs) = (flushes.now(), Cell::new(0));
        let flush = || {
            runs.set(runs.get() + 1);
            Ok::<(), ()>(())
        };
        assert_eq!(flushes.run(before, flush), Ok(()));
        assert_eq!(flushes.run(before, flush), Ok(()));
        assert_eq!(runs.get(), 1);
        assert_eq!(flushes.run(flushes.now(), flush), Ok(()));
        assert_eq!(runs.get(), 2);
    }

    #[test]
    fn a_failure_covers_nothing_and_is_told_to_all() {
        let flushes = Flushes::default();
        let before = flushes.now();
        assert_eq!(flushes.run(before, || Err("no")), Err("no"));
        assert!(!flushes.cover(before) && !flushes.under_way());
        assert_eq!(flushes.last_failure(), 1);
        assert_eq!(flushes.run(before, || Ok::<(), ()>(())), Ok(()));
        assert!(flushes.cover(before));
        assert_eq!(flushes.last_failure(), 1);
    }
}
