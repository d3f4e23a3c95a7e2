//! The one reader of the clock. Everything else is told what time it is.
//!
//! In virtual time (a replay with `start`, the demo) "now" is what the slowest card has reached;
//! every rule, retention included, follows it. Reading never blocks and never fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use jiff::Timestamp;

/// Wall time, or the virtual time of a replay. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    virtual_ms: Option<Arc<AtomicI64>>,
    origin: Instant,
}

impl Clock {
    /// The machine's own clock.
    pub(crate) fn real() -> Self {
        Self {
            virtual_ms: None,
            origin: Instant::now(),
        }
    }

    /// A clock that stands at `start` until [`Clock::advance`].
    pub(crate) fn virtual_from(start: Timestamp) -> Self {
        let at = Arc::new(AtomicI64::new(start.as_millisecond()));
        Self {
            virtual_ms: Some(at),
            origin: Instant::now(),
        }
    }

    /// Whether time is virtual.
    pub(crate) fn is_virtual(&self) -> bool {
        self.virtual_ms.is_some()
    }

    /// The time now, to the millisecond.
    pub(crate) fn now(&self) -> Timestamp {
        match &self.virtual_ms {
            Some(at) => Timestamp::from_millisecond(at.load(Ordering::Acquire))
                .unwrap_or(Timestamp::UNIX_EPOCH),
            None => Timestamp::now(),
        }
    }

    /// Moves a virtual clock to `to`, never backwards. A real clock is left alone.
    pub(crate) fn advance(&self, to: Timestamp) {
        if let Some(at) = &self.virtual_ms {
            at.fetch_max(to.as_millisecond(), Ordering::AcqRel);
        }
    }

    /// `CLOCK_MONOTONIC` in microseconds, as systemd wants it with a reload.
    pub(crate) fn monotonic_usec() -> i128 {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        i128::from(now.tv_sec) * 1_000_000 + i128::from(now.tv_nsec) / 1_000
    }

    /// UTC of an instant of `CLOCK_MONOTONIC`, by the offset between the two clocks now.
    pub(crate) fn utc_of(&self, monotonic_ns: i64) -> Timestamp {
        let monotonic = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        let ago = monotonic.tv_sec * 1_000_000_000 + monotonic.tv_nsec - monotonic_ns;
        let now = self.now();
        now.saturating_sub(jiff::SignedDuration::from_nanos(ago))
            .unwrap_or(now)
    }

    /// Milliseconds that have really passed since this clock was made.
    pub(crate) fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn virtual_time_stands_until_moved_and_never_goes_back() {
        let start: Timestamp = "2026-11-23T08:00:00Z".parse().expect("timestamp");
        let clock = Clock::virtual_from(start);
        assert_eq!(clock.now(), start);
        let later = start + jiff::SignedDuration::from_secs(60);
        clock.advance(later);
        clock.advance(start);
        assert_eq!(clock.clone().now(), later);
        assert!(Clock::real().now() > start - jiff::SignedDuration::from_hours(24 * 365 * 5));
    }
}
