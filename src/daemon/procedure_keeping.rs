//! What the register says about keeping and deleting, for the janitor.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::{Timestamp, ToSpan};

use crate::config::Config;
use crate::index::{Announced, Index, Query, RecordingRow, State};
use crate::register::{Act, Actor, Gone};
use crate::rules::{Fate, fate};
use crate::words::RecordingId;

use super::registrar::{Registrar, RegistrarError};

/// Why a recording is deleted, in the log's words.
pub(super) const TERM: &str = "term";
/// Left without justification (§3.5).
pub(super) const LISTED: &str = "listed";

/// See the module.
pub(crate) struct Keeping {
    registrar: Arc<Registrar>,
    register_months: u16,
    state: PathBuf,
    office: String,
}

/// A recording's line in the log of deletions.
pub(super) fn gone(row: &RecordingRow, why: &str) -> Gone {
    Gone {
        recording: row.id.to_string(),
        due: row.due,
        why: why.to_owned(),
    }
}

impl Keeping {
    /// Over the register of this configuration.
    pub(crate) fn new(config: &Config, registrar: &Arc<Registrar>) -> Self {
        Self {
            registrar: Arc::clone(registrar),
            register_months: config.retention.register_months,
            state: config.paths.state.clone(),
            office: config.office.name.clone(),
        }
    }

    /// The file with the last trusted time.
    pub(super) fn clock_note(&self) -> PathBuf {
        self.state.join("clock")
    }

    /// Whether the administrator has ordered a deletion that is still to be done.
    pub(super) fn is_asked(&self) -> bool {
        let asked = self
            .registrar
            .with(|register| Ok(!register.procedure().to_delete().is_empty()));
        asked.unwrap_or(false)
    }

    /// What is to be deleted now, and why; nothing that a hold keeps. Without the register nothing.
    pub(super) fn deletable(
        &self,
        index: &Index,
        now: Timestamp,
        most: u32,
    ) -> Result<Vec<(RecordingRow, &'static str)>, String> {
        let ask = |register: &mut crate::register::Register| {
            let procedure = register.procedure();
            Ok((procedure.held().len(), procedure.to_delete()))
        };
        let (held, listed) = self
            .registrar
            .with(ask)
            .map_err(|error| error.to_string())?;
        let most = most.saturating_add(u32::try_from(held).unwrap_or(u32::MAX));
        let due = index
            .read()
            .due(now, most)
            .map_err(|error| error.to_string())?;
        let mut rows = self.of_fate(due, now, TERM)?;
        for id in listed {
            let row = id
                .parse::<RecordingId>()
                .ok()
                .map(|id| index.read().recording(id));
            let row = row
                .transpose()
                .map_err(|error| error.to_string())?
                .flatten();
            let known = |row: &RecordingRow| rows.iter().any(|(other, _)| other.id == row.id);
            match row {
                Some(row) if row.state != State::Open && !known(&row) => {
                    rows.extend(self.of_fate(vec![row], now, LISTED)?);
                }
                _ => {}
            }
        }
        Ok(rows)
    }

    fn of_fate(
        &self,
        rows: Vec<RecordingRow>,
        now: Timestamp,
        why: &'static str,
    ) -> Result<Vec<(RecordingRow, &'static str)>, String> {
        let judged = self.registrar.with(|register| {
            let procedure = register.procedure();
            let goes = |row: &RecordingRow| {
                let id = row.id.to_string();
                match fate(
                    row.due,
                    &procedure.holds_on(&id),
                    procedure.is_listed(&id),
                    now,
                ) {
                    Fate::DueSince(_) => true,
                    Fate::DeleteList => why == LISTED,
                    Fate::Keep { .. } | Fate::Held { .. } => false,
                }
            };
            let rows = rows.into_iter().filter(goes).map(|row| (row, why));
            Ok(rows.collect())
        });
        judged.map_err(|error| error.to_string())
    }

    /// Enters what was deleted.
    pub(super) fn deleted(&self, gone: Vec<Gone>, now: Timestamp) -> Result<(), RegistrarError> {
        let act = Act::Deleted { gone };
        self.registrar
            .with(|register| register.enter(&Actor::recorder(now), &act).map(drop))
    }

    /// Once a local day: the report on deletion, and the register's own term.
    pub(super) fn daily(&self, index: &Index, failing: u64, now: Timestamp) {
        let oldest = oldest(index);
        let unannounced = self.announcements(index, now);
        let done = self.registrar.with(|register| {
            let procedure = register.procedure();
            let zone = procedure.zone().clone();
            let today = zone.to_datetime(now).date();
            if procedure.reported().is_some_and(|day| day >= today) {
                return Ok(());
            }
            let since = procedure.reported();
            let day_of = |at: Timestamp| zone.to_datetime(at).date();
            let deleted = procedure
                .deletions()
                .iter()
                .filter(|(at, _)| since.is_none_or(|since| day_of(*at) >= since))
                .count() as u64;
            let held = procedure.held().len() as u64;
            let act = Act::DeletionReport {
                day: today,
                deleted,
                failing,
                held,
                oldest,
            };
            register.enter(&Actor::recorder(now), &act)?;
            if let Some(act) = unannounced {
                register.enter(&Actor::recorder(now), &act)?;
            }
            let months = i64::from(self.register_months).months();
            let before = today.checked_sub(months).ok();
            if let Some(before) = before.and_then(|day| zone.to_timestamp(day.into()).ok()) {
                let erased = register.erase_before(before, now)?;
                if erased > 0 {
                    log::info!("register: {erased} entries erased, their term had ended");
                }
            }
            Ok(())
        });
        if let Err(error) = done {
            log::error!("register: {error}");
        }
        self.checkpoint(now);
    }

    fn checkpoint(&self, now: Timestamp) {
        let zone = self
            .registrar
            .with(|register| Ok(register.procedure().zone().clone()));
        let Ok(zone) = zone else { return };
        let day = zone.to_datetime(now).date();
        if let Err(error) = self.registrar.keep_checkpoint(day, &self.office) {
            log::error!("register: the day's checkpoint cannot be written: {error}");
        }
    }

    /// What became of the announcement on the calls of the day before `now` (§4.1, §4.3); nothing
    /// where it was not listened for.
    fn announcements(&self, index: &Index, now: Timestamp) -> Option<Act> {
        let zone = self
            .registrar
            .with(|register| Ok(register.procedure().zone().clone()))
            .ok()?;
        let today = zone.to_datetime(now).date();
        let day = today.yesterday().ok()?;
        let of_day = |announcement| Query {
            since: zone.to_timestamp(day.into()).ok(),
            until: zone.to_timestamp(today.into()).ok(),
            announcement: Some(announcement),
            limit: u32::MAX,
            ..Query::default()
        };
        let ids = |announcement| -> Option<Vec<String>> {
            let calls = index.read().search(&of_day(announcement)).ok()?;
            Some(calls.iter().map(|call| call.id.to_string()).collect())
        };
        let (missing, left) = (ids(Announced::Missing)?, ids(Announced::Left)?);
        let empty = missing.is_empty() && left.is_empty();
        (!empty).then_some(Act::Announcements { day, missing, left })
    }
}

/// When the oldest recording that is there began.
fn oldest(index: &Index) -> Option<Timestamp> {
    let rows = index.read().due(Timestamp::MAX, 1).ok()?;
    rows.first().map(|row| row.start)
}
