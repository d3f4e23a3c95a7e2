//! The desk: answers what comes over the control socket. Reads the board, the capture counters and
//! the index (through connections of its own); changes nothing itself: a reload is asked for, the
//! procedure is the registrar's (`procedure_desk`).

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::ToSpan;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::capture::CaptureStatus;
use crate::control::{Body, CallsQuery, GroupIds, Handler, Peer, Refusal, RefusalKind, Request};
use crate::index::{Announced, IndexError, Query, Reader};
use crate::register::Letterhead;
use crate::rules::{Action, Standing};
use crate::words::RecordingId;

use super::accounts_desk::{AccountBook, SignIn};
use super::asker::Asker;
use super::board::Boards;
use super::call_json::{self, Found};
use super::calls_desk::{behind, direction};
use super::clock::Clock;
use super::completeness::{self, Wired};
use super::disk_health::DiskHealth;
use super::janitor::RetentionView;
use super::ledger::Ledger;
use super::registrar::Registrar;
use super::rules_in_force::Rules;
use super::tags::LineLabel;
use super::tally::CallTally;
use super::watch::Watch;

/// Most days of one answer.
const MOST_DAYS: u16 = 100;

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
    /// Whether the disk takes what is written.
    pub(crate) health: Arc<DiskHealth>,
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
    /// Accounts of the console and who is in.
    pub(crate) accounts: Mutex<AccountBook>,
}

impl Handler for Desk {
    fn answer(
        &self,
        peer: &Peer,
        session: Option<&str>,
        request: Request,
    ) -> Result<Body, Refusal> {
        if let Request::SignIn {
            login,
            password,
            totp,
        } = request
        {
            let given = SignIn {
                login,
                password,
                totp,
            };
            return self.sign_in(peer, &given).map(Body::Tree);
        }
        let asker = self.asker(peer, session, &request)?;
        match request {
            Request::Status {} => {
                self.allow(&asker, Action::SeeStatus)?;
                Ok(Body::Text(self.status()))
            }
            other => self.tree(&asker, other).map(Body::Tree),
        }
    }
}

impl Desk {
    fn tree(&self, asker: &Asker, request: Request) -> Result<Value, Refusal> {
        match request {
            Request::Wiring {} => {
                self.allow(asker, Action::SeeWiring)?;
                Ok(self.wiring())
            }
            Request::Calls(query) => {
                self.allow(asker, Action::SeeCalls)?;
                self.calls(&query)
            }
            Request::Call { id } => {
                self.allow(asker, Action::SeeCalls)?;
                self.call(&id)
            }
            Request::Metrics {} => {
                self.allow(asker, Action::SeeMetrics)?;
                Ok(json!({"metrics": self.metrics()}))
            }
            Request::Acknowledge { alarm } => {
                self.allow(asker, Action::Acknowledge)?;
                self.acknowledge(asker, alarm)
            }
            Request::Reload {} => {
                self.allow(asker, Action::Configure)?;
                self.reload.store(true, Ordering::Release);
                Ok(json!({"reload": "asked"}))
            }
            Request::Rewrapped { recordings } => {
                self.allow(asker, Action::Configure)?;
                self.rewrapped(&recordings)
            }
            procedure => self.procedure(asker, procedure),
        }
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

    /// How complete each of the last days was, today last; see `completeness`.
    pub(super) fn days(&self, asker: &Asker, days: u16) -> Result<Value, Refusal> {
        self.allow(asker, Action::SeeStatus)?;
        let reader = self.reader().map_err(|error| failed(&error))?;
        let now = self.clock.now();
        let today = self.settings.zone.to_datetime(now).date();
        let policy = self.rules.policy();
        let begun = self
            .registrar
            .with(|register| Ok(register.procedure().begun()));
        let begun = begun.ok().flatten();
        let begun = begun.map(|at| self.settings.zone.to_datetime(at).date());
        let mut list = Vec::new();
        for back in (0..i64::from(days.min(MOST_DAYS))).rev() {
            let Ok(day) = today.checked_sub(back.days()) else {
                continue;
            };
            let wired = &self.settings.wired;
            let figures = completeness::of_day(&reader, &policy.hours, wired, day, now);
            let figures = figures.map_err(|error| failed(&error))?;
            let before = begun.is_some_and(|first| day < first);
            list.push(json!({
                "day": day.to_string(),
                "before_first_start": before,
                "due_line_seconds": figures.due_s,
                "missing_line_seconds": figures.missing_s,
                "completeness": figures.share().filter(|_| !before),
            }));
        }
        Ok(json!({"days": list}))
    }

    pub(super) fn reader(&self) -> Result<Reader, IndexError> {
        Reader::open(&self.settings.index)
    }

    fn calls(&self, asked: &CallsQuery) -> Result<Value, Refusal> {
        let query = query(asked, &self.settings.zone).map_err(invalid)?;
        let reader = self.reader().map_err(|error| failed(&error))?;
        let found = call_json::calls(&reader, &query, &self.settings.zone);
        let (calls, next) = found.map_err(|error| failed(&error))?;
        Ok(json!({"calls": calls, "next": next}))
    }

    fn call(&self, id: &str) -> Result<Value, Refusal> {
        let reader = self.reader().map_err(|error| failed(&error))?;
        let found = call_json::one(&reader, id, &self.settings.zone);
        match found.map_err(|error| failed(&error))? {
            Found::One(mut call) => {
                call["holds"] = self.holds_on(&call);
                Ok(json!({"call": call}))
            }
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
        direction: direction(asked.direction.as_deref())?,
        recorded: asked.recorded,
        reason: asked.reason.clone(),
        length_ms: (asked.min_s.is_some() || asked.max_s.is_some()).then(|| {
            let ms = |seconds: u32| i64::from(seconds) * 1_000;
            // A length is shown in whole seconds: up to and with 30 s means below 31.
            let most = asked.max_s.map_or(i64::MAX, |most| ms(most) + 999);
            (ms(asked.min_s.unwrap_or(0)), most)
        }),
        after: asked.after.as_deref().map(behind).transpose()?,
        limit: asked.limit.unwrap_or(100).min(MOST_CALLS),
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
