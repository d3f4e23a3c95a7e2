//! Whether the disk takes what is written: the writers and the store tell it, the watch asks.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct DiskHealth {
    /// Recordings under way whose last write or sync failed.
    recordings: AtomicU32,
    /// The last recording that was to begin could not.
    unopened: AtomicBool,
    /// The last commit of the index failed.
    index: AtomicBool,
}

impl DiskHealth {
    /// A recording's writes begin to fail.
    pub(super) fn recording_fails(&self) {
        self.recordings.fetch_add(1, Ordering::AcqRel);
    }

    /// A recording whose writes failed is written again, or has ended.
    pub(super) fn recording_is_over_it(&self) {
        self.recordings.fetch_sub(1, Ordering::AcqRel);
    }

    /// Whether the last recording could be begun.
    pub(super) fn opened(&self, it_was: bool) {
        self.unopened.store(!it_was, Ordering::Release);
    }

    /// Whether the last commit of the index went through.
    pub(super) fn committed(&self, it_was: bool) {
        self.index.store(!it_was, Ordering::Release);
    }

    /// How much is refused now: recordings, and one each for new recordings and for the index.
    pub(super) fn refused(&self) -> u32 {
        let more =
            [&self.unopened, &self.index].map(|flag| u32::from(flag.load(Ordering::Acquire)));
        self.recordings.load(Ordering::Acquire) + more[0] + more[1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_is_counted_until_it_is_over() {
        let health = DiskHealth::default();
        assert_eq!(health.refused(), 0);
        health.recording_fails();
        health.recording_fails();
        health.opened(false);
        health.committed(false);
        assert_eq!(health.refused(), 4);
        health.recording_is_over_it();
        health.opened(true);
        assert_eq!(health.refused(), 2);
        health.recording_is_over_it();
        health.committed(true);
        assert_eq!(health.refused(), 0);
    }
}
