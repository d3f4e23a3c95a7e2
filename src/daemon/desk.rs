//! The desk: answers what comes over the control socket. Reads the board, the capture counters and
//! the index (through connections of its own); changes nothing itself: a reload is asked for, the
//! procedure is the registrar's (`procedure_desk`).

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::capture::{CaptureSnapshot, CaptureStatus};
use crate::control::{Body, CallsQuery, GroupIds, Handler, Peer, Refusal, RefusalKind, Request};
use crate::index::{Announced, IndexError, Query, Reader};
use crate::register::Letterhead;
use crate::rules::{Action, Role, Standing, may};
use crate::words::RecordingId;

use super::board::Boards;
use super::call_json::{self, Found};
use super::clock::Clock;
use super::completeness::Wired;
use super::janitor::RetentionView;
use super::ledger::Ledger;
use super::registrar::Registrar;
use super::rules_in_force::Rules;
use super::tags::LineLabel;
use super::tally::CallTally;
use super::watch::Watch;

/// Most calls of one answer.
const MOST_CALLS: u32 = 10_000;

/// One card as the desk knows it.
pub(crate) struct CardDesk {
    /// Name from the configuration.
    pub(crate) name: String,
    /// Its capture thread's counters.
    pub(crate) capture: Arc<CaptureStatus>,
}

/// What does not change while the recorder runs.
pub(crate) struct DeskSettings {
    /// The index.
    pub(crate) index: PathBuf,
    /// Folder whose file system holds the recordings.
    pub(crate) state: PathBuf,
    /// The office's zone.
    pub(crate) zone: TimeZone,
    /// Name of the office and of this site.
    pub(crate) office: (String, String),
    /// The head of letters; its day is filled in when one is written.
    pub(crate) letterhead: Letterhead,
    /// Whether recordings are sealed.
    pub(crate) sealed: bool,
    /// The daemon's own user, who acts as asi.
    pub(crate) own_uid: u32,
    /// Groups that stand for roles.
    pub(crate) groups: GroupIds,
    /// Lines with our number on each.
    pub(crate) lines: Vec<LineLabel>,
    /// File for a textfile collector.
    pub(crate) metrics: Option<PathBuf>,
    /// Each line and its card.
    pub(crate) wired: Vec<Wired>,
    /// What is wrong with the files of announcements.
    pub(crate) announcement_troubles: Vec<String>,
}

/// See the module.
pub(crate) struct Desk {
    /// Settings.
    pub(crate) settings: DeskSettings,
    /// What the workers show.
    pub(crate) boards: Boards,
    /// Cards in the order of the configuration.
    pub(crate) cards: Vec<CardDesk>,
    /// The clock in force.
    pub(crate) clock: Clock,
    /// What retention shows.
    pub(crate) retention: Arc<RetentionView>,
    /// Set to ask the main thread for a reload.
    pub(crate) reload: Arc<AtomicBool>,
    /// When the watchdog was last fed.
    pub(crate) fed_ms: Arc<AtomicU64>,
    /// The rules in force.
    pub(crate) rules: Arc<Rules>,
    /// The register.
    pub(crate) registrar: Arc<Registrar>,
    /// Calls counted since the start.
    pub(crate) tally: Arc<CallTally>,
    /// What the watch remembers.
    pub(crate) watch: Mutex<Watch>,
    /// The alarms that stood at its last look, so that no asker waits for one.
    pub(crate) standing: Mutex<Vec<Standing>>,
    /// What it read in the index.
    pub(crate) ledger: Mutex<Option<Ledger>>,
}

impl Handler for Desk {
    fn answer(&self, peer: &Peer, request: Request) -> Result<Body, Refusal> {
        match request {
            Request::Status {} => {
                self.allow(peer, Action::SeeStatus)?;
                Ok(Body::Text(self.status()))
            }
            other => self.tree(peer, other).map(Body::Tree),
        }
    }
}

impl Desk {
    fn tree(&self, peer: &Peer, request: Request) -> Result<Value, Refusal> {
        match request {
            Request::Wiring {} => {
                self.allow(peer, Action::SeeWiring)?;
                Ok(self.wiring())
            }
            Request::Calls(query) => {
                self.allow(peer, Action::SeeCalls)?;
                self.calls(&query)
            }
            Request::Call { id } => {
                self.allow(peer, Action::SeeCalls)?;
                self.call(&id)
            }
            Request::Metrics {} => {
                self.allow(peer, Action::SeeMetrics)?;
                Ok(json!({"metrics": self.metrics()}))
            }
            Request::Acknowledge { alarm } => {
                self.allow(peer, Action::Acknowledge)?;
                self.acknowledge(peer, alarm)
            }
            Request::Reload {} => {
                self.allow(peer, Action::Configure)?;
                self.reload.store(true, Ordering::Release);
                Ok(json!({"reload": "asked"}))
            }
            Request::Rewrapped { recordings } => {
                self.allow(peer, Action::Configure)?;
                self.rewrapped(&recordings)
            }
            procedure => self.procedure(peer, procedure),
        }
    }

    /// The roles of a peer. root and the daemon's own user act as asi.
    pub(super) fn roles(&self, peer: &Peer) -> Vec<Role> {
        let groups = &self.settings.groups;
        let asi = peer.uid == 0 || peer.uid == self.settings.own_uid || peer.is_in(groups.asi);
        [
            (Role::Director, peer.is_in(groups.director)),
            (Role::Gestor, peer.is_in(groups.gestor)),
            (Role::Asi, asi),
            (Role::Listener, peer.is_in(groups.listener)),
        ]
        .into_iter()
        .filter_map(|(role, is)| is.then_some(role))
        .collect()
    }

    pub(super) fn allow(&self, peer: &Peer, action: Action) -> Result<(), Refusal> {
        let roles = self.roles(peer);
        if roles.iter().any(|role| may(*role, action).allowed()) {
            return Ok(());
        }
        let nobody = "you are in none of linetap's groups";
        let why = roles
            .first()
            .map_or(nobody, |role| may(*role, action).why());
        let remedy = "the administrator puts people into the groups linetap-director, \
                      linetap-gestor, linetap-asi, linetap-listener";
        Err(Refusal::new(
            RefusalKind::NotAllowed,
            format!("not allowed: {why}"),
            remedy,
        ))
    }

    /// The text of the whole status: the lines are written without a tree of their own.
    fn status(&self) -> String {
        let now = self.clock.now();
        let mut lines = Vec::new();
        let mut cards = Vec::new();
        for (card, board) in self.cards.iter().zip(&self.boards) {
            let (views, utc, drift) = board.read(&self.clock);
            lines.extend(views);
            cards.push(card_json(&card.name, &card.capture.snapshot(), utc, drift));
        }
        let settings = &self.settings;
        let ledger = self.ledger();
        let rest = json!({
            "office": settings.office.0,
            "site": settings.office.1,
            "version": env!("CARGO_PKG_VERSION"),
            "pid": std::process::id(),
            "time": call_json::local(now, &settings.zone),
            "virtual_time": self.clock.is_virtual(),
            "clock": {
                "synchronised": self.clock.is_synchronised(),
                "by": self.clock.synchronised_by(),
            },
            "open": self.rules.policy().hours.open_at(now),
            "rules_version": self.rules.terms().version,
            "cards": cards,
            "disk": self.disk(),
            "vault": {
                "sealed": settings.sealed,
                "warning": (!settings.sealed).then_some("recordings are unsealed"),
            },
            "retention": self.retention(&ledger),
            "alarms": self.alarms(),
            "today": ledger.today,
            "warnings": self.warnings(),
        });
        let lines = serde_json::to_string(&lines).expect("strings and numbers always serialise");
        let rest = rest.to_string();
        format!(
            "{{\"lines\":{lines},{}",
            rest.strip_prefix('{').unwrap_or(&rest)
        )
    }

    /// Meters and detected signals of every line; see [`super::wiring`].
    fn wiring(&self) -> Value {
        let lines = self
            .boards
            .iter()
            .flat_map(|board| board.wiring(&self.clock));
        json!({
            "office": self.settings.office.0,
            "site": self.settings.office.1,
            "time": call_json::local(self.clock.now(), &self.settings.zone),
            "lines": lines.collect::<Vec<_>>(),
        })
    }

    fn rewrapped(&self, recordings: &[String]) -> Result<Value, Refusal> {
        let ids: Result<Vec<RecordingId>, _> = recordings.iter().map(|id| id.parse()).collect();
        let ids = ids.map_err(|error| invalid(format!("no id of a recording: {error}")))?;
        let count = ids.len();
        let asked = self.retention.rewrapped.lock();
        asked.unwrap_or_else(PoisonError::into_inner).extend(ids);
        Ok(json!({"rewrapped": count}))
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> = self
            .settings
            .groups
            .missing()
            .into_iter()
            .map(|group| format!("the group {group} does not exist; its role is nobody's"))
            .chain(self.registrar.trouble())
            .chain(self.settings.announcement_troubles.clone())
            .collect();
        let snapshots = self
            .cards
            .iter()
            .map(|card| (card, card.capture.snapshot()));
        for (card, snapshot) in snapshots {
            warnings.extend(
                snapshot
                    .realtime
                    .map(|why| format!("card {}: {why}", card.name)),
            );
            warnings.extend(
                snapshot
                    .trouble
                    .map(|why| format!("card {}: {why}", card.name)),
            );
        }
        let trouble = &self.retention.trouble;
        if let Some(why) = &*trouble.lock().unwrap_or_else(PoisonError::into_inner) {
            warnings.push(format!("deletion: {why}; tried again every minute"));
        }
        warnings
    }

    fn disk(&self) -> Value {
        match rustix::fs::statvfs(&self.settings.state) {
            Ok(disk) => json!({
                "path": self.settings.state,
                "free_bytes": disk.f_bavail.saturating_mul(disk.f_frsize),
                "total_bytes": disk.f_blocks.saturating_mul(disk.f_frsize),
            }),
            Err(error) => json!({"path": self.settings.state, "error": error.to_string()}),
        }
    }

    fn retention(&self, ledger: &Ledger) -> Value {
        json!({
            "months": self.rules.terms().months,
            "next_due": ledger.next_due,
            "held": ledger.held,
            "on_delete_list": ledger.on_delete_list,
            "deleted_since_start": self.retention.deleted.load(Ordering::Acquire),
            "failing": self.retention.failing.load(Ordering::Acquire),
            "stopped_by_clock": self.retention.stopped_by_clock.load(Ordering::Acquire),
        })
    }

    pub(super) fn reader(&self) -> Result<Reader, IndexError> {
        Reader::open(&self.settings.index)
    }

    fn calls(&self, asked: &CallsQuery) -> Result<Value, Refusal> {
        let query = query(asked, &self.settings.zone).map_err(invalid)?;
        let reader = self.reader().map_err(|error| failed(&error))?;
        let calls = call_json::calls(&reader, &query, &self.settings.zone);
        Ok(json!({"calls": calls.map_err(|error| failed(&error))?}))
    }

    fn call(&self, id: &str) -> Result<Value, Refusal> {
        let reader = self.reader().map_err(|error| failed(&error))?;
        let found = call_json::one(&reader, id, &self.settings.zone);
        match found.map_err(|error| failed(&error))? {
            Found::One(call) => Ok(json!({"call": call})),
            none => Err(not_one(id, &none)),
        }
    }
}

/// What to say when an id does not lead to one call.
pub(crate) fn not_one(id: &str, found: &Found) -> Refusal {
    let (error, remedy) = match found {
        Found::Several => (
            format!("more than one call begins with {id}"),
            "give more of the id",
        ),
        Found::TooShort => (
            format!("{id:?} is too short"),
            "give at least four characters",
        ),
        Found::None | Found::One(_) => (
            format!("there is no call {id}"),
            "`linetap calls` lists them",
        ),
    };
    Refusal::new(RefusalKind::NotFound, error, remedy)
}

/// The question of the socket or the command line as the index takes it.
pub(crate) fn query(asked: &CallsQuery, zone: &TimeZone) -> Result<Query, String> {
    let time = |text: &Option<String>| {
        text.as_deref()
            .map(|text| call_json::time(text, zone))
            .transpose()
    };
    let number = match asked.number.as_deref() {
        None => None,
        Some(text) => match call_json::number_match(text) {
            Some(number) => Some(number),
            None => return Err(format!("{text:?} holds no digits")),
        },
    };
    let announcement = match asked.announcement.as_deref() {
        None => None,
        Some("missing") => Some(Announced::Missing),
        Some("left") => Some(Announced::Left),
        Some(other) => return Err(format!("announcement is missing or left, not {other:?}")),
    };
    Ok(Query {
        announcement,
        since: time(&asked.since)?,
        until: time(&asked.until)?,
        line: asked.line.clone(),
        number,
        limit: asked.limit.unwrap_or(100).min(MOST_CALLS),
        ..Query::default()
    })
}

fn invalid(error: String) -> Refusal {
    Refusal::new(
        RefusalKind::Invalid,
        error,
        "`linetap calls --help` shows how it is written",
    )
}

fn failed(error: &IndexError) -> Refusal {
    let remedy = "the log of the recorder says more; nothing recorded is lost";
    Refusal::new(RefusalKind::Failed, error.to_string(), remedy)
}

fn card_json(
    name: &str,
    capture: &CaptureSnapshot,
    utc: Option<Timestamp>,
    drift: Option<f64>,
) -> Value {
    json!({
        "card": name,
        "state": capture.state.word(),
        "source": capture.source,
        "frames": capture.frames,
        "lost_frames": capture.lost_frames,
        "ring_full_frames": capture.ring_full_frames,
        "xruns": capture.xruns,
        "reopenings": capture.reopenings,
        "drift_ppm": drift.map(|ppm| (ppm * 10.0).round() / 10.0),
        "newest_sample": utc.map(|utc| utc.to_string()),
        "trouble": capture.trouble,
    })
}
