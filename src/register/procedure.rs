//! The state of the procedure: what the entries so far add up to. Pure; time is an argument.
//!
//! Numbers: `D-1` designations, `R-1` reports, `O-1` orders, `P-1` playbacks (rows), `H-1` holds,
//! `X-1` disclosures, `S-1` suspensions, `C-1` decisions, `A-1` accounts, counted by kind, erased entries included.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::account::AccountState;
use super::act::{
    AskDisclosure, AskHold, Capacity, Decide, Designate, Finding, Gone, Notice, Order, Report,
    Suspend,
};
use super::rows::Row;
use crate::rules::Role;

/// Who acts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Who {
    /// The recorder itself.
    Recorder,
    /// A person's account, with the roles of its groups.
    Person {
        /// User number.
        uid: u32,
        /// Roles by group; a deputy's comes from the designation.
        roles: Vec<Role>,
    },
}

/// Somebody at a moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Actor {
    /// Who.
    pub who: Who,
    /// Now, of a trusted clock.
    pub now: Timestamp,
}

impl Actor {
    /// A person.
    pub fn person(uid: u32, roles: &[Role], now: Timestamp) -> Self {
        let roles = roles.to_vec();
        let who = Who::Person { uid, roles };
        Self { who, now }
    }

    /// The recorder.
    pub fn recorder(now: Timestamp) -> Self {
        let who = Who::Recorder;
        Self { who, now }
    }

    /// The user number of a person.
    pub fn uid(&self) -> Option<u32> {
        match self.who {
            Who::Recorder => None,
            Who::Person { uid, .. } => Some(uid),
        }
    }

    /// How the log names it.
    pub fn word(&self) -> String {
        self.uid()
            .map_or_else(|| "recorder".to_owned(), |uid| format!("uid:{uid}"))
    }
}

/// A designation and its end.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Designation {
    /// What was written.
    #[serde(flatten)]
    pub document: Designate,
    /// Why it ended early.
    pub ended: Option<String>,
}

impl Designation {
    /// Whether it is in force at `now`, by local days.
    pub fn valid(&self, now: Timestamp, zone: &TimeZone) -> bool {
        let today = zone.to_datetime(now).date();
        let document = &self.document;
        self.ended.is_none()
            && document.valid_from <= today
            && document.valid_to.is_none_or(|last| today <= last)
    }

    /// Whether it makes a director.
    pub fn directs(&self) -> bool {
        matches!(
            self.document.capacity,
            Capacity::Director | Capacity::Deputy
        )
    }
}

/// A report and what came of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ReportState {
    /// What was reported.
    #[serde(flatten)]
    pub report: Report,
    /// When.
    pub at: Timestamp,
    /// Orders that followed.
    pub orders: Vec<String>,
    /// Why none follows.
    pub refused: Option<String>,
    /// When that was said.
    pub refused_at: Option<Timestamp>,
}

/// An order and how far it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OrderState {
    /// What was ordered.
    #[serde(flatten)]
    pub order: Order,
    /// When it was entered.
    pub at: Option<Timestamp>,
    /// Whether the employee knows; the newest statement.
    pub notice: Option<Notice>,
    /// Keys are with the listener.
    pub released: bool,
    /// Why it ended early.
    pub revoked: Option<String>,
    /// Rows of the register.
    pub playbacks: Vec<String>,
    /// What was found.
    pub finding: Option<Finding>,
}

/// A row under way or ended, as the log has it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PlaybackState {
    /// The row as it stands after corrections.
    pub row: Row,
    /// Whose account listens.
    pub uid: u32,
    /// Whether it ended.
    pub ended: bool,
}

/// A hold.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct HoldState {
    /// What was asked for.
    #[serde(flatten)]
    pub asked: AskHold,
    /// Granted or refused, and why; none: not judged.
    pub judged: Option<(bool, String)>,
    /// When it was released or refused.
    pub ended: Option<Timestamp>,
}

/// A disclosure.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DisclosureState {
    /// What was asked for.
    #[serde(flatten)]
    pub asked: AskDisclosure,
    /// When.
    pub at: Timestamp,
    /// Granted or refused, and why.
    pub judged: Option<(bool, String)>,
    /// How often it was exported.
    pub exports: u32,
    /// When it was exported last.
    #[serde(default)]
    pub exported_at: Option<Timestamp>,
    /// To whom it went, and the hash of its sums.
    pub handed_over: Option<(String, String)>,
    /// When it was refused or handed over.
    pub ended: Option<Timestamp>,
}

/// A suspension of recording.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SuspensionState {
    /// What is suspended.
    #[serde(flatten)]
    pub suspended: Suspend,
    /// Why it goes on.
    pub resumed: Option<String>,
}

/// Everything the log says.
#[derive(Clone, Debug)]
pub struct Procedure {
    pub(super) zone: TimeZone,
    /// When the first entry was written.
    pub(super) begun: Option<Timestamp>,
    pub(super) counts: HashMap<char, u32>,
    pub(super) designations: BTreeMap<String, Designation>,
    pub(super) reports: BTreeMap<String, ReportState>,
    pub(super) orders: BTreeMap<String, OrderState>,
    pub(super) playbacks: BTreeMap<String, PlaybackState>,
    pub(super) holds: BTreeMap<String, HoldState>,
    pub(super) disclosures: BTreeMap<String, DisclosureState>,
    pub(super) suspensions: BTreeMap<String, SuspensionState>,
    pub(super) decisions: BTreeMap<String, Decide>,
    /// Recordings whose keeping was found unjustified (§3.5).
    pub(super) listed: HashSet<String>,
    /// Of them, those the administrator has ordered deleted.
    pub(super) to_delete: HashSet<String>,
    pub(super) gone: HashSet<String>,
    /// What was deleted, and when.
    pub(super) deletions: Vec<(Timestamp, Gone)>,
    pub(super) reported: Option<Date>,
    /// To whom recordings are sealed, as the newest start says.
    pub(super) recipients: Option<Vec<String>>,
    pub(super) keys_changed: Option<Timestamp>,
    /// The newest hashes: a signature must carry one of them.
    pub(super) heads: VecDeque<String>,
    /// Signatures of the newest signed acts: each counts once.
    pub(super) signatures: VecDeque<String>,
    pub(super) accounts: BTreeMap<String, AccountState>,
}

/// Heads that a signature may carry.
pub(super) const HEADS: usize = 1_000;

macro_rules! views {
    ($($(#[doc = $doc:literal])* $name:ident: $kind:ty;)*) => {
        $($(#[doc = $doc])*
        pub fn $name(&self) -> &BTreeMap<String, $kind> { &self.$name })*
    };
}

impl Procedure {
    /// Before the first entry; days are those of `zone`.
    pub fn new(zone: TimeZone) -> Self {
        Self {
            zone,
            begun: None,
            counts: HashMap::new(),
            designations: BTreeMap::new(),
            reports: BTreeMap::new(),
            orders: BTreeMap::new(),
            playbacks: BTreeMap::new(),
            holds: BTreeMap::new(),
            disclosures: BTreeMap::new(),
            suspensions: BTreeMap::new(),
            decisions: BTreeMap::new(),
            listed: HashSet::new(),
            to_delete: HashSet::new(),
            gone: HashSet::new(),
            deletions: Vec::new(),
            reported: None,
            recipients: None,
            keys_changed: None,
            heads: VecDeque::new(),
            signatures: VecDeque::new(),
            accounts: BTreeMap::new(),
        }
    }

    views! {
        /// By number.
        designations: Designation;
        /// By number.
        reports: ReportState;
        /// By number.
        orders: OrderState;
        /// By number.
        playbacks: PlaybackState;
        /// By number.
        holds: HoldState;
        /// By number.
        disclosures: DisclosureState;
        /// By number.
        suspensions: SuspensionState;
        /// By number.
        decisions: Decide;
    }

    /// The roles of an actor: those of the groups, and the director's for a deputy in term.
    pub fn roles(&self, actor: &Actor) -> Vec<Role> {
        let Who::Person { uid, roles } = &actor.who else {
            return Vec::new();
        };
        let mut roles = roles.clone();
        let deputises = self.designations.values().any(|designation| {
            designation.document.uid == *uid
                && designation.document.capacity == Capacity::Deputy
                && designation.valid(actor.now, &self.zone)
        });
        if deputises && !roles.contains(&Role::Director) {
            roles.push(Role::Director);
        }
        roles
    }

    /// Whether recording on a line is suspended.
    pub fn suspended(&self, line: &str) -> bool {
        self.suspensions.values().any(|suspension| {
            let lines = &suspension.suspended.lines;
            suspension.resumed.is_none()
                && (lines.is_empty() || lines.iter().any(|name| name == line))
        })
    }

    /// What was deleted, oldest first.
    pub fn deletions(&self) -> &[(Timestamp, Gone)] {
        &self.deletions
    }

    /// The last day with a report on deletion.
    pub fn reported(&self) -> Option<Date> {
        self.reported
    }

    /// When a start last named other recipients than the start before it; the first is no change.
    pub fn keys_changed(&self) -> Option<Timestamp> {
        self.keys_changed
    }

    /// When the first entry was written: before, there was no recorder.
    pub fn begun(&self) -> Option<Timestamp> {
        self.begun
    }

    /// The office's zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The recordings whose deletion the administrator has ordered and that are still there.
    pub fn to_delete(&self) -> Vec<String> {
        self.to_delete.difference(&self.gone).cloned().collect()
    }
}

impl Procedure {
    /// Drops from memory the orders and reports that ended before `before`; their bodies are erased.
    pub(super) fn forget(&mut self, before: Timestamp) {
        self.reports.retain(|_, report| report.at >= before);
        let old = |order: &OrderState| order.order.until < before;
        let gone: HashSet<String> = self
            .orders
            .iter()
            .filter(|(_, order)| old(order))
            .map(|(number, _)| number.clone())
            .collect();
        self.playbacks
            .retain(|_, playback| !gone.contains(&playback.row.order));
        self.orders.retain(|number, _| !gone.contains(number));
    }
}
