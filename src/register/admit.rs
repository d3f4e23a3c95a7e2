//! Who may enter what, and when: asked before anything is written. Changes nothing.

use thiserror::Error;

use super::act::{Act, Begin, CallRef, Capacity, Correct, Designate, Finding, Notice, Order};
use super::ground::Ground;
use super::key;
use super::procedure::{Actor, Designation, OrderState, Procedure, Who};
use super::signing::{order_text, row_text};
use crate::rules::{Action, Role, may};

/// Why an act is not entered.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Refused {
    /// The role does not allow it.
    #[error("not allowed: {0}")]
    Role(String),
    /// There is no such thing.
    #[error("there is no {0}")]
    Unknown(String),
    /// Not in this state.
    #[error("{what}; {remedy}")]
    State {
        /// What stands in the way.
        what: String,
        /// What to do.
        remedy: String,
    },
}

pub(super) type Answer = Result<(), Refused>;

pub(super) fn state<T>(what: impl Into<String>, remedy: impl Into<String>) -> Result<T, Refused> {
    let (what, remedy) = (what.into(), remedy.into());
    Err(Refused::State { what, remedy })
}

pub(super) fn written(text: &str, what: &str) -> Answer {
    if text.trim().is_empty() {
        return state(format!("{what} is empty"), "it must be written down");
    }
    Ok(())
}

/// Most calls of one order or disclosure: the released keys must fit one message.
pub const MOST_CALLS: usize = 50;

impl Procedure {
    /// Whether `actor` may enter `act` now.
    ///
    /// # Errors
    /// Why not, and what to do.
    pub fn admit(&self, actor: &Actor, act: &Act) -> Answer {
        self.role_for(actor, act)?;
        match act {
            Act::Designate(designate) => self.admit_designation(actor, designate),
            Act::EndDesignation {
                designation,
                reason,
            } => {
                self.find(&self.designations, designation)?;
                written(reason, "the reason")
            }
            Act::Report(report) => {
                written(&report.by, "who reports")?;
                written(&report.text, "what is reported")
            }
            Act::Order(order) => self.admit_order(actor, order),
            Act::RefuseReport { report, reason } => {
                self.find(&self.reports, report)?;
                written(reason, "the reason")
            }
            Act::Revoke { order, reason } => {
                self.standing_order(order)?;
                written(reason, "the reason")
            }
            Act::Notice { order, notice } => self.admit_notice(order, notice),
            Act::Release { order } => self.settled(self.standing_order(order)?),
            Act::Begin(begin) => self.admit_begin(actor, begin),
            Act::End(end) => self.own_row(actor, &end.playback).map(drop),
            Act::Parties { playback, parties } => {
                self.own_row(actor, playback)?;
                written(parties, "who the parties are")
            }
            Act::Correct(correct) => self.admit_correction(correct),
            Act::Sign {
                playback,
                head,
                signature,
            } => self.admit_signature(actor, playback, head, signature),
            Act::SignedOnPaper { playback, .. } => self.find(&self.playbacks, playback).map(drop),
            Act::Finding(finding) => self.admit_finding(actor, finding),
            Act::AddAccount(_)
            | Act::AccountKey { .. }
            | Act::ConfirmAccount(_)
            | Act::EndAccount { .. }
            | Act::ResetAccount { .. }
            | Act::UnlockAccount { .. } => self.admit_account(actor, act),
            other => self.admit_keeping(other, actor.now),
        }
    }

    fn role_for(&self, actor: &Actor, act: &Act) -> Answer {
        let actions: &[Action] = match act {
            Act::Designate(_) | Act::EndDesignation { .. } => &[Action::Designate],
            Act::Report(_) => &[Action::Report],
            Act::Order(_) | Act::RefuseReport { .. } | Act::Revoke { .. } | Act::Release { .. } => {
                &[Action::Order]
            }
            Act::Notice { .. } => &[Action::Notice],
            Act::Begin(_) | Act::End(_) => &[Action::Listen],
            Act::Parties { .. } | Act::Sign { .. } => &[Action::SignRow],
            Act::Correct(_) | Act::SignedOnPaper { .. } => &[Action::KeepRegister],
            Act::Finding(_) => &[Action::Finding],
            Act::AskHold(_) => &[Action::AskHold],
            Act::JudgeHold { .. } | Act::ReleaseHold { .. } => &[Action::JudgeHold],
            Act::DeleteListed { .. } => &[Action::DeleteListed],
            Act::AskDisclosure(_) => &[Action::KeepRegister, Action::Disclose],
            Act::JudgeDisclosure { .. } => &[Action::Disclose],
            Act::Export { .. } | Act::HandedOver(_) => &[Action::Export],
            Act::Decide(_) => &[Action::Decide],
            Act::Suspend(_) | Act::Resume { .. } => &[Action::Suspend],
            Act::ConfirmClock { .. } => &[Action::ConfirmClock],
            Act::AddAccount(_) | Act::ResetAccount { .. } | Act::UnlockAccount { .. } => {
                &[Action::ManageAccounts]
            }
            Act::EndAccount { .. } => &[Action::ManageAccounts, Action::ConfirmAccount],
            Act::ConfirmAccount(_) => &[Action::ConfirmAccount],
            Act::AccountKey { .. } => &[Action::Report],
            Act::Deleted { .. }
            | Act::DeletionReport { .. }
            | Act::Erased { .. }
            | Act::Started(_)
            | Act::Announcements { .. }
            | Act::PasswordSet { .. }
            | Act::SignedIn { .. }
            | Act::SignedOut { .. }
            | Act::SignInRefused { .. }
            | Act::AccountLocked { .. } => &[],
        };
        if actor.who == Who::Recorder {
            let own = actions.is_empty() || matches!(act, Act::End(_));
            let why = "the recorder decides nothing by itself";
            return if own {
                Ok(())
            } else {
                Err(Refused::Role(why.into()))
            };
        }
        self.any_role(actor, actions).map(drop)
    }

    /// The role by which an actor may do one of these.
    pub(super) fn any_role(&self, actor: &Actor, actions: &[Action]) -> Result<Role, Refused> {
        let roles = self.roles(actor);
        let mut roles = if roles.is_empty() {
            vec![Role::Employee]
        } else {
            roles
        };
        roles.push(Role::Employee);
        let allows = |role: &Role| actions.iter().any(|action| may(*role, *action).allowed());
        let why = |role: Role| {
            actions
                .first()
                .map_or("the recorder enters this itself", |action| {
                    may(role, *action).why()
                })
        };
        roles
            .iter()
            .copied()
            .find(|role| allows(role))
            .ok_or_else(|| Refused::Role(why(roles[0]).to_owned()))
    }

    pub(super) fn find<'a, T>(
        &self,
        among: &'a std::collections::BTreeMap<String, T>,
        number: &str,
    ) -> Result<&'a T, Refused> {
        among
            .get(number)
            .ok_or_else(|| Refused::Unknown(number.to_owned()))
    }

    fn admit_designation(&self, actor: &Actor, new: &Designate) -> Answer {
        for (text, what) in [
            (&new.number, "the number of the document"),
            (&new.name, "the name"),
            (&new.post, "the post"),
            (
                &new.authorisation,
                "the authorisation to process personal data",
            ),
        ] {
            written(text, what)?;
        }
        if new.valid_to.is_some_and(|last| last < new.valid_from) {
            return state("the term ends before it begins", "correct --from or --to");
        }
        let by_group =
            matches!(&actor.who, Who::Person { roles, .. } if roles.contains(&Role::Director));
        if new.capacity != Capacity::Listener && !by_group {
            return state(
                "a deputy designates no deputy and no director",
                "the director does",
            );
        }
        if new.capacity != Capacity::Listener && new.key.is_none() {
            return state(
                "a director's orders are signed",
                "give --key (`linetap designate keys`)",
            );
        }
        if new
            .key
            .as_deref()
            .is_some_and(|public| !key::is_public(public))
        {
            return state(
                "the key is no ed25519 public key",
                "give its 64 hexadecimal digits",
            );
        }
        Ok(())
    }

    /// The designation by which an actor acts as director.
    fn directing(&self, actor: &Actor) -> Option<&Designation> {
        self.designations.values().find(|designation| {
            Some(designation.document.uid) == actor.uid()
                && designation.directs()
                && designation.valid(actor.now, &self.zone)
        })
    }

    fn admit_order(&self, actor: &Actor, order: &Order) -> Answer {
        named(&order.calls)?;
        written(&order.employee, "the employee who handled the calls")?;
        if order.ground == Ground::Other {
            written(&order.reason, "the reason for a ground beyond a-g")?;
        }
        if order.from >= order.until {
            return state(
                "the window ends before it begins",
                "correct --from or --until",
            );
        }
        if let Some(report) = &order.report {
            let report = self.find(&self.reports, report)?;
            if report.refused.is_some() {
                return state("the report was refused", "enter a new one");
            }
        }
        let listener = self.find(&self.designations, &order.listener)?;
        if !listener.valid(actor.now, &self.zone) {
            return state(
                format!("designation {} is not in force", order.listener),
                "designate the listener first (§5.3)",
            );
        }
        let key = self
            .directing(actor)
            .and_then(|own| own.document.key.as_deref());
        let Some(key) = key else {
            return state(
                "you have no designation with a signing key as director or deputy",
                "`linetap designate add --as director` enters it",
            );
        };
        self.fresh(&order.head)?;
        let again = self
            .orders
            .values()
            .any(|known| known.order.signature == order.signature);
        if again || !key::verify(key, &order_text(order), &order.signature) {
            return state("the signature is not yours over this order", "sign it anew");
        }
        Ok(())
    }

    /// Whether a signature's head is of this log and recent.
    pub(super) fn fresh(&self, head: &str) -> Answer {
        if self.heads.iter().any(|known| known == head) {
            return Ok(());
        }
        state(
            "the head signed is not one of this log's recent ones",
            "sign it anew",
        )
    }

    fn standing_order(&self, number: &str) -> Result<&OrderState, Refused> {
        let order = self.find(&self.orders, number)?;
        match &order.revoked {
            Some(why) => state(
                format!("{number} was revoked: {why}"),
                "a new order is needed",
            ),
            None => Ok(order),
        }
    }

    fn admit_notice(&self, number: &str, notice: &Notice) -> Answer {
        let order = self.standing_order(number)?;
        let (Notice::Given { note } | Notice::Absent { note }) = notice;
        if matches!(order.notice, Some(Notice::Given { .. })) {
            return state(
                format!("for {number} the employee was told already"),
                "nothing is to do",
            );
        }
        written(note, "how, when and by whom")
    }

    fn settled(&self, order: &OrderState) -> Answer {
        if order.notice.is_none() {
            return state(
                format!("{} has not been told (§5.7)", order.order.employee),
                "`linetap notice` enters that it was, or that the employee is absent",
            );
        }
        Ok(())
    }

    fn admit_begin(&self, actor: &Actor, begin: &Begin) -> Answer {
        self.may_listen(actor, &begin.order, &begin.recording)?;
        let order = self.find(&self.orders, &begin.order)?;
        let named = order
            .order
            .calls
            .iter()
            .any(|call| call.call == begin.call && call.recordings.contains(&begin.recording));
        if !named {
            return Err(Refused::Unknown(format!(
                "such recording in {}",
                begin.order
            )));
        }
        Ok(())
    }

    /// Everything that must hold at every moment in which sound of a recording leaves under an order.
    pub(super) fn may_listen(&self, actor: &Actor, number: &str, recording: &str) -> Answer {
        self.any_role(actor, &[Action::Listen])?;
        let order = self.standing_order(number)?;
        let designation = self.find(&self.designations, &order.order.listener)?;
        if Some(designation.document.uid) != actor.uid() {
            let why = format!("{number} names another listener (§5.5)");
            return Err(Refused::Role(why));
        }
        if !designation.valid(actor.now, &self.zone) {
            return state(
                format!("designation {} is not in force", order.order.listener),
                "the director designates anew (§5.3)",
            );
        }
        self.settled(order)?;
        if !order.released {
            return state(
                format!("{number} is not released"),
                "the director releases it: `linetap order release`",
            );
        }
        if actor.now < order.order.from || actor.now >= order.order.until {
            return state(
                format!(
                    "{number} is open from {} until {}",
                    order.order.from, order.order.until
                ),
                "outside it nothing is played",
            );
        }
        if self.gone.contains(recording) {
            return state("the recording was deleted", "nothing of it is left");
        }
        if self.is_restricted(recording, actor.now) {
            return state(
                "its processing is restricted (GDPR art. 18)",
                "release the hold first",
            );
        }
        Ok(())
    }

    fn own_row(&self, actor: &Actor, number: &str) -> Result<&super::PlaybackState, Refused> {
        let row = self.find(&self.playbacks, number)?;
        if actor.who != Who::Recorder && Some(row.uid) != actor.uid() {
            return Err(Refused::Role(format!("{number} is another listener's row")));
        }
        Ok(row)
    }

    fn admit_correction(&self, correct: &Correct) -> Answer {
        let mut row = self.find(&self.playbacks, &correct.playback)?.row.clone();
        if row.field(&correct.field).is_none() {
            let fields = "called, calling, date, start, end, parties, heard_on";
            return state(
                format!("a row has no field {}", correct.field),
                format!("use {fields}"),
            );
        }
        written(&correct.value, "the new value")?;
        written(&correct.reason, "the reason")
    }

    fn admit_signature(&self, actor: &Actor, number: &str, head: &str, signature: &str) -> Answer {
        let playback = self.own_row(actor, number)?;
        self.fresh(head)?;
        let missing: Vec<_> = playback.row.missing();
        if let Some(letter) = missing.iter().find(|letter| **letter != "i") {
            return state(
                format!("field {letter} of {number} is empty"),
                "complete the row first",
            );
        }
        let order = self.find(&self.orders, &playback.row.order)?;
        let designation = self.find(&self.designations, &order.order.listener)?;
        let text = row_text(&playback.row, head);
        let key = designation.document.key.as_deref();
        if !key.is_some_and(|key| key::verify(key, &text, signature)) {
            return state(
                "the signature is not that of the designated key over this row",
                "sign with the key of the designation, or sign on paper",
            );
        }
        Ok(())
    }

    fn admit_finding(&self, actor: &Actor, finding: &Finding) -> Answer {
        let order = self.find(&self.orders, &finding.order)?;
        let listener = self.find(&self.designations, &order.order.listener)?;
        let directs = self.roles(actor).contains(&Role::Director);
        if Some(listener.document.uid) != actor.uid() && !directs {
            let why = format!(
                "who listened under {} says what was found (§7.1)",
                finding.order
            );
            return Err(Refused::Role(why));
        }
        if order.playbacks.is_empty() {
            return state(
                "nothing was listened to yet",
                "the finding follows the listening",
            );
        }
        written(&finding.text, "what was found")
    }
}

pub(super) fn named(calls: &[CallRef]) -> Answer {
    if calls.is_empty() || calls.iter().any(|call| call.recordings.is_empty()) {
        return state(
            "a call without a recording",
            "name calls that were recorded",
        );
    }
    if calls.len() > MOST_CALLS {
        return state(
            format!("more than {MOST_CALLS} calls"),
            "make several of it",
        );
    }
    Ok(())
}
