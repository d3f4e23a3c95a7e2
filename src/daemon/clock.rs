//! The one reader of the clock. Everything else is told what time it is.
//!
//! In virtual time (a replay with `start`, the demo) "now" is what the slowest card has reached;
//! every rule, retention included, follows it. Reading never blocks and never fails.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering};

use jiff::Timestamp;

use crate::hardware::time_sync::TimeSync;

/// Milliseconds between two questions whether the clock is synchronised.
const ASK_EVERY: u64 = 10_000;

/// Wall time, or the virtual time of a replay. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    virtual_ms: Option<Arc<AtomicI64>>,
    /// `CLOCK_BOOTTIME` when it was made, milliseconds.
    origin: i64,
    sync: Arc<SyncSeen>,
    /// A test's wall clock that can be set, and its time elapsed.
    #[cfg(test)]
    script: Option<Arc<Script>>,
}

/// A machine's clocks in a test.
#[cfg(test)]
#[derive(Debug, Default)]
pub(crate) struct Script {
    /// Unix milliseconds that the wall clock shows.
    pub(crate) wall_ms: AtomicI64,
    /// Milliseconds elapsed since the machine started.
    pub(crate) elapsed_ms: AtomicU64,
}

/// What was heard last about synchronisation.
#[derive(Debug)]
struct SyncSeen {
    /// A place in [`SYNCS`].
    said: AtomicU8,
    /// When to ask again, in milliseconds since the clock was made.
    ask_at: AtomicU64,
}

const SYNCS: [TimeSync; 3] = [TimeSync::Nobody, TimeSync::Kernel, TimeSync::TimeService];

impl Clock {
    /// The machine's own clock.
    pub(crate) fn real() -> Self {
        let clock = Self::made(None);
        clock.look();
        clock
    }

    /// A clock that stands at `start` until [`Clock::advance`].
    pub(crate) fn virtual_from(start: Timestamp) -> Self {
        let at = Arc::new(AtomicI64::new(start.as_millisecond()));
        Self::made(Some(at))
    }

    fn made(virtual_ms: Option<Arc<AtomicI64>>) -> Self {
        Self {
            virtual_ms,
            origin: boot_ms(),
            sync: Arc::new(SyncSeen {
                said: AtomicU8::new(0),
                ask_at: AtomicU64::new(0),
            }),
            #[cfg(test)]
            script: None,
        }
    }

    /// A wall clock that a test moves, and sets.
    #[cfg(test)]
    pub(crate) fn scripted(script: &Arc<Script>) -> Self {
        Self {
            script: Some(Arc::clone(script)),
            ..Self::made(None)
        }
    }

    /// Asks whether the clock is synchronised, if it is time to. For a thread that may look at
    /// files; the others read [`Clock::is_synchronised`].
    pub(crate) fn look(&self) {
        let now = self.elapsed_ms();
        if self.is_virtual() || now < self.sync.ask_at.load(Ordering::Acquire) {
            return;
        }
        self.sync.ask_at.store(now + ASK_EVERY, Ordering::Release);
        let said = TimeSync::read(Path::new("/"));
        let place = SYNCS.iter().position(|known| *known == said).unwrap_or(0);
        self.sync.said.store(place as u8, Ordering::Release);
    }

    /// Whether the clock is kept right, as far as anybody says so. Virtual time is right.
    pub(crate) fn is_synchronised(&self) -> bool {
        self.is_virtual() || self.said().is_synchronised()
    }

    /// Who says so, for the status.
    pub(crate) fn synchronised_by(&self) -> &'static str {
        if self.is_virtual() {
            "virtual time"
        } else {
            self.said().word()
        }
    }

    fn said(&self) -> TimeSync {
        SYNCS[usize::from(self.sync.said.load(Ordering::Acquire)) % SYNCS.len()]
    }

    /// Whether time is virtual.
    pub(crate) fn is_virtual(&self) -> bool {
        self.virtual_ms.is_some()
    }

    /// The time now, to the millisecond.
    pub(crate) fn now(&self) -> Timestamp {
        #[cfg(test)]
        if let Some(script) = &self.script {
            let ms = script.wall_ms.load(Ordering::Acquire);
            return Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
        }
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

    /// Milliseconds that have really passed since this clock was made, a suspended machine's sleep
    /// included: no one can set this one.
    pub(crate) fn elapsed_ms(&self) -> u64 {
        #[cfg(test)]
        if let Some(script) = &self.script {
            return script.elapsed_ms.load(Ordering::Acquire);
        }
        u64::try_from(boot_ms() - self.origin).unwrap_or(0)
    }
}

fn boot_ms() -> i64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    now.tv_sec * 1_000 + now.tv_nsec / 1_000_000
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
        assert!(clock.is_synchronised(), "virtual time is right");
        assert!(Clock::real().now() > start - jiff::SignedDuration::from_hours(24 * 365 * 5));
    }
}
