//! Calls that have ended since the start, counted by what became of them. No numbers of people.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Direction, recorded, reason: words of the index.
type Kind = (&'static str, bool, String);

/// Shared by the store, which counts, and the desk, which shows. Locked for one step alone.
#[derive(Debug, Default)]
pub(crate) struct CallTally {
    kinds: Mutex<BTreeMap<Kind, u64>>,
    /// By line: the last calls in a row that should have had the announcement and had not.
    unannounced: Mutex<BTreeMap<String, u32>>,
}

impl CallTally {
    /// A call has ended.
    pub(crate) fn ended(&self, direction: &'static str, recorded: bool, reason: &str) {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = (direction, recorded, reason.to_owned());
        *kinds.entry(kind).or_default() += 1;
    }

    /// Whether a call that was to have the announcement had it.
    pub(crate) fn announced(&self, line: &str, heard: bool) {
        let mut lines = self
            .unannounced
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let row = lines.entry(line.to_owned()).or_default();
        *row = if heard { 0 } else { row.saturating_add(1) };
    }

    /// By line: calls in a row without it.
    pub(crate) fn unannounced(&self) -> BTreeMap<String, u32> {
        let lines = self
            .unannounced
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        lines.clone()
    }

    /// A copy of the counts.
    pub(crate) fn read(&self) -> BTreeMap<Kind, u64> {
        let kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        kinds.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_without_the_announcement_are_counted_until_one_has_it() {
        let tally = CallTally::default();
        for heard in [false, false, true, false] {
            tally.announced("Centrala", heard);
        }
        tally.announced("Fax", false);
        let counts = tally.unannounced();
        assert_eq!((counts["Centrala"], counts["Fax"]), (1, 1));
        tally.announced("Centrala", false);
        assert_eq!(tally.unannounced()["Centrala"], 2);
    }
}
