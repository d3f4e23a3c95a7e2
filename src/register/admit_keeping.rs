//! Who may enter what about keeping, handing over, deciding and suspending, and when.

use jiff::Timestamp;

use super::act::{Act, AskHold, DisclosureKind};
use super::admit::{Answer, Refused, named, state, written};
use super::procedure::{Actor, DisclosureState, Procedure};
use crate::rules::{HoldKind, Role};
use crate::words::Digits;

impl Procedure {
    /// Acts about keeping, handing over and running; the recorder's own are always right.
    pub(super) fn admit_keeping(&self, act: &Act, now: Timestamp) -> Answer {
        match act {
            Act::AskHold(hold) => self.admit_hold(hold),
            Act::JudgeHold { hold, reason, .. } => {
                let found = self.find(&self.holds, hold)?;
                if found.judged.is_some() || found.ended.is_some() {
                    return state(
                        format!("{hold} is judged already"),
                        "see `linetap hold list`",
                    );
                }
                written(reason, "the justification")
            }
            Act::ReleaseHold { hold, reason } => {
                let found = self.find(&self.holds, hold)?;
                if found.ended.is_some() {
                    return state(
                        format!("{hold} has ended already"),
                        "see `linetap hold list`",
                    );
                }
                written(reason, "the reason")
            }
            Act::DeleteListed { recordings } => self.admit_deletion(recordings),
            Act::AskDisclosure(_)
            | Act::JudgeDisclosure { .. }
            | Act::Export { .. }
            | Act::HandedOver(_) => self.admit_disclosure(act, now),
            Act::Decide(decide) => {
                written(&decide.number, "the number")?;
                written(&decide.text, "the decision")
            }
            Act::Suspend(suspend) => written(&suspend.reason, "the reason"),
            Act::Resume { suspension, reason } => {
                if self.find(&self.suspensions, suspension)?.resumed.is_some() {
                    return state(
                        format!("{suspension} has ended"),
                        "nothing is left to resume",
                    );
                }
                written(reason, "the reason")
            }
            _ => Ok(()),
        }
    }

    fn admit_disclosure(&self, act: &Act, now: Timestamp) -> Answer {
        match act {
            Act::AskDisclosure(asked) => {
                written(&asked.who, "who asks")?;
                written(&asked.request, "the written request")?;
                written(&asked.basis, "the legal basis")?;
                match (asked.kind, asked.calls.is_empty()) {
                    // The person is answered that nothing is kept.
                    (DisclosureKind::Person, true) => whole(asked.asked_number.as_deref()),
                    (_, false) if asked.asked_number.is_some() => state(
                        "a number beside the calls that were found by it",
                        "the calls say whose they are",
                    ),
                    _ => named(&asked.calls),
                }
            }
            Act::JudgeDisclosure {
                disclosure, reason, ..
            } => {
                let found = self.find(&self.disclosures, disclosure)?;
                if found.judged.is_some() {
                    return state(
                        format!("{disclosure} is decided already"),
                        "enter a new request",
                    );
                }
                written(reason, "the reason")
            }
            Act::Export { disclosure } => {
                self.has_recordings(disclosure)?;
                self.may_leave(disclosure, now)
            }
            Act::HandedOver(handed) => {
                let found = self.granted(&handed.disclosure)?;
                let answered = found.asked.calls.is_empty();
                if !answered && found.exports == 0 {
                    return state(
                        format!("{} was never exported", handed.disclosure),
                        "`linetap export` makes the medium first",
                    );
                }
                if !answered {
                    written(&handed.sums, "the hash of the medium's SHA256SUMS")?;
                }
                written(&handed.to, "to whom it was handed over")
            }
            _ => Ok(()),
        }
    }

    /// A request that found nothing is answered by a letter alone.
    fn has_recordings(&self, number: &str) -> Answer {
        match self.granted(number)?.asked.calls.is_empty() {
            true => state(
                format!("{number} found no recording"),
                "print the answer and hand that over",
            ),
            false => Ok(()),
        }
    }

    fn admit_hold(&self, hold: &AskHold) -> Answer {
        written(&hold.justification, "the justification (§3.5)")?;
        written(&hold.case, "the case number")?;
        written(&hold.basis, "the legal basis")?;
        if HoldKind::from_word(&hold.kind).is_none() {
            return state(
                format!("no hold of kind {:?}", hold.kind),
                "use evidence or restriction",
            );
        }
        if hold.recordings.is_empty() {
            return state("no recording is named", "name a call that was recorded");
        }
        match hold.recordings.iter().find(|id| self.gone.contains(*id)) {
            Some(id) => state(
                format!("recording {id} was deleted"),
                "nothing of it is left",
            ),
            None => Ok(()),
        }
    }

    fn admit_deletion(&self, recordings: &[String]) -> Answer {
        let listed = self.delete_list();
        match recordings.iter().find(|id| !listed.contains(*id)) {
            Some(id) => state(
                format!("recording {id} is not on the delete list"),
                "only what was left without justification is deleted early (§3.5)",
            ),
            None => Ok(()),
        }
    }

    /// Everything that must hold at every moment in which a recording leaves for a medium that is made in
    /// the browser.
    ///
    /// # Errors
    /// What does not hold.
    pub fn may_copy(&self, actor: &Actor, number: &str) -> Result<(), Refused> {
        if !self.roles(actor).contains(&Role::Director) {
            let why = "in the browser the director alone makes a medium (§7.2-3)".to_owned();
            return Err(Refused::Role(why));
        }
        let calls = &self.granted(number)?.asked.calls;
        let mut all = calls.iter().flat_map(|call| &call.recordings);
        if all.any(|id| self.gone.contains(id)) {
            return state("the recording was deleted", "nothing of it is left");
        }
        self.may_leave(number, actor.now)
    }

    /// What must hold wherever the medium is made: consent, and no restriction on any of its recordings.
    ///
    /// # Errors
    /// What does not hold.
    pub(super) fn may_leave(&self, number: &str, now: Timestamp) -> Answer {
        let calls = &self.granted(number)?.asked.calls;
        let mut all = calls.iter().flat_map(|call| &call.recordings);
        if all.any(|id| self.is_restricted(id, now)) {
            return state(
                "its processing is restricted (GDPR art. 18)",
                "release the hold first",
            );
        }
        Ok(())
    }

    pub(super) fn granted(&self, number: &str) -> Result<&DisclosureState, Refused> {
        let found = self.find(&self.disclosures, number)?;
        match &found.judged {
            Some((true, _)) if found.ended.is_none() => Ok(found),
            Some((true, _)) => state(format!("{number} was handed over"), "enter a new request"),
            _ => state(
                format!("{number} has no director's order"),
                "disclosure only with the director's knowledge (§7.2)",
            ),
        }
    }
}

/// A number with others' in its ending tells nothing of whose recordings went to whom.
fn whole(number: Option<&str>) -> Answer {
    match number {
        Some(number) if Digits::whole_ending(number).is_none() => state(
            "a person's request is answered by the whole number, nine digits",
            "give the whole number, or the calls if it was withheld",
        ),
        _ => Ok(()),
    }
}
