//! Calls that have ended since the start, counted by what became of them. No numbers of people.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Direction, recorded, reason: words of the index.
type Kind = (&'static str, bool, String);

/// Shared by the store, which counts, and the desk, which shows. Locked for one step alone.
#[derive(Debug, Default)]
pub(crate) struct CallTally(Mutex<BTreeMap<Kind, u64>>);

impl CallTally {
    /// A call has ended.
    pub(crate) fn ended(&self, direction: &'static str, recorded: bool, reason: &str) {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = (direction, recorded, reason.to_owned());
        *kinds.entry(kind).or_default() += 1;
    }

    /// A copy of the counts.
    pub(crate) fn read(&self) -> BTreeMap<Kind, u64> {
        let kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kinds.clone()
    }
}
