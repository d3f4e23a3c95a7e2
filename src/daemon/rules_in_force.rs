//! The rules in force, which a reload or a suspension replaces as a whole while calls go on.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::policy::Policy;

/// How long things are kept, and under which version of the rules.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// Calendar months recordings are kept.
    pub(crate) months: u16,
    /// Version stored with each recording (§8.2).
    pub(crate) version: String,
}

/// Shared by workers, writers, store and desk. Reading takes a lock for a pointer's copy.
pub(crate) struct Rules {
    current: RwLock<(Arc<Policy>, Arc<Terms>)>,
    generation: AtomicU64,
}

impl Rules {
    /// The first rules: generation 1.
    pub(crate) fn new(policy: Policy, terms: Terms) -> Self {
        Self {
            current: RwLock::new((Arc::new(policy), Arc::new(terms))),
            generation: AtomicU64::new(1),
        }
    }

    /// Puts others in force.
    pub(crate) fn replace(&self, policy: Policy, terms: Terms) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        *current = (Arc::new(policy), Arc::new(terms));
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// Makes every worker judge anew: a line was suspended, or goes on.
    pub(crate) fn judge_anew(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// What may be recorded.
    pub(crate) fn policy(&self) -> Arc<Policy> {
        Arc::clone(
            &self
                .current
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .0,
        )
    }

    /// How long it is kept.
    pub(crate) fn terms(&self) -> Arc<Terms> {
        Arc::clone(
            &self
                .current
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .1,
        )
    }

    /// The policy, if it is newer than `seen`, which is moved on. One atomic read otherwise.
    pub(crate) fn newer(&self, seen: &mut u64) -> Option<Arc<Policy>> {
        let generation = self.generation.load(Ordering::Acquire);
        (generation != *seen).then(|| {
            *seen = generation;
            self.policy()
        })
    }
}
