//! UUIDv7 ids: sorted by the time of what they name, unique across sites.

use uuid::{NoContext, Timestamp, Uuid};

use super::outputs::Ids;

/// Ids from the time given and the kernel's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TimeIds;

impl Ids for TimeIds {
    fn next(&mut self, unix_ms: i64) -> Uuid {
        let ms = u64::try_from(unix_ms).unwrap_or(0);
        let nanos = u32::try_from(ms % 1_000).unwrap_or(0) * 1_000_000;
        Uuid::new_v7(Timestamp::from_unix(NoContext, ms / 1_000, nanos))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_the_time_they_name() {
        let mut ids = TimeIds;
        let (early, late) = (ids.next(1_700_000_000_123), ids.next(1_700_000_000_124));
        assert!(early < late);
        assert_ne!(ids.next(5), ids.next(5));
        assert_eq!(early.get_version_num(), 7);
    }
}
