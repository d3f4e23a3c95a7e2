//! What the procedure says about keeping and deleting a recording; `rules::fate` decides.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::act::DisclosureKind;
use super::procedure::Procedure;
use crate::rules::{Hold, HoldKind};

impl Procedure {
    /// The holds on a recording, ended ones included. One that is not judged yet stands, and so does
    /// a request for disclosure until it is refused or handed over.
    pub fn holds_on(&self, recording: &str) -> Vec<Hold> {
        let asked = self.holds.values().filter_map(|hold| {
            let named = hold.asked.recordings.iter().any(|id| id == recording);
            let kind = HoldKind::from_word(&hold.asked.kind).unwrap_or(HoldKind::Evidence);
            // A refused one is over as if it had never been: it does not prolong the term.
            let refused = matches!(hold.judged, Some((false, _)));
            (named && !refused).then_some(Hold {
                kind,
                released: hold.ended,
            })
        });
        let disclosed = self.disclosures.values().filter_map(|disclosure| {
            let calls = &disclosure.asked.calls;
            let named = calls
                .iter()
                .any(|call| call.recordings.iter().any(|id| id == recording));
            let kind = match disclosure.asked.kind {
                DisclosureKind::Institution | DisclosureKind::Person => HoldKind::Evidence,
            };
            named.then_some(Hold {
                kind,
                released: disclosure.ended,
            })
        });
        asked.chain(disclosed).collect()
    }

    /// Whether the keeping of a recording was found unjustified (§3.5).
    pub fn is_listed(&self, recording: &str) -> bool {
        self.listed.contains(recording)
    }

    /// Whether a restriction forbids playing it.
    pub(super) fn is_restricted(&self, recording: &str, now: Timestamp) -> bool {
        let holds = self.holds_on(recording);
        holds
            .iter()
            .any(|hold| hold.kind.forbids_playback() && hold.released.is_none_or(|at| at > now))
    }

    fn stands(&self, recording: &str) -> bool {
        self.holds_on(recording)
            .iter()
            .any(|hold| hold.released.is_none())
    }

    /// Recordings on which a hold stands.
    pub fn held(&self) -> BTreeSet<String> {
        let holds = self
            .holds
            .values()
            .flat_map(|hold| hold.asked.recordings.iter());
        let calls = self
            .disclosures
            .values()
            .flat_map(|disclosure| &disclosure.asked.calls);
        let disclosed = calls.flat_map(|call| call.recordings.iter());
        holds
            .chain(disclosed)
            .filter(|id| !self.gone.contains(*id) && self.stands(id))
            .cloned()
            .collect()
    }

    /// What the administrator is to delete (§3.5): nothing that is held.
    pub fn delete_list(&self) -> BTreeSet<String> {
        self.listed
            .iter()
            .filter(|id| !self.gone.contains(*id) && !self.stands(id))
            .cloned()
            .collect()
    }
}
