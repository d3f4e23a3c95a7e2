//! What the status tells from the index and the register: which recording is due next, how many are
//! kept or to be deleted out of turn, and how complete today is.
//!
//! The watch reads it at each look, so that nobody who asks for the status waits for SQLite or its
//! disk; what the status tells of it is a second old at most. Only who asks before the first look
//! waits.

use std::sync::PoisonError;

use serde_json::{Value, json};

use crate::index::{IndexError, Reader};

use super::desk::Desk;
use super::{call_json, completeness, outlook};

/// As it is written into the status.
#[derive(Clone)]
pub(crate) struct Ledger {
    /// When the next recording is due for deletion; `null` if none is.
    pub(super) next_due: Value,
    /// Recordings on hold.
    pub(super) held: usize,
    /// Recordings on the administrator's list to delete.
    pub(super) on_delete_list: usize,
    /// How complete today is so far; `null` where nothing was due, with `error` where the ledger
    /// cannot be read.
    pub(super) today: Value,
}

impl Desk {
    /// What the watch read last.
    pub(super) fn ledger(&self) -> Ledger {
        // The lock must be free again when it is read anew.
        let known = {
            let ledger = self.ledger.lock();
            ledger.unwrap_or_else(PoisonError::into_inner).clone()
        };
        known.unwrap_or_else(|| self.read_ledger())
    }

    /// Reads it anew.
    pub(super) fn read_ledger(&self) -> Ledger {
        let reader = self.reader();
        let asked = reader.as_ref().ok().map(|reader| {
            self.registrar.with(|register| {
                let procedure = register.procedure();
                let next = outlook::next(reader, procedure, self.clock.now());
                let counts = (procedure.held().len(), procedure.delete_list().len());
                Ok((next.ok().flatten(), counts))
            })
        });
        let (next, (held, on_delete_list)) = asked.and_then(Result::ok).unwrap_or_default();
        let next = next.map(|at| call_json::local(at, &self.settings.zone));
        let ledger = Ledger {
            next_due: json!(next),
            held,
            on_delete_list,
            today: self.today(reader.as_ref()),
        };
        let mut known = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some(ledger.clone());
        ledger
    }

    fn today(&self, reader: Result<&Reader, &IndexError>) -> Value {
        let now = self.clock.now();
        let day = self.settings.zone.to_datetime(now).date();
        let policy = self.rules.policy();
        let figures = reader.map_err(ToString::to_string).and_then(|reader| {
            completeness::of_day(reader, &policy.hours, &self.settings.wired, day, now)
                .map_err(|error| error.to_string())
        });
        match figures {
            Ok(figures) => json!({
                "day": day.to_string(),
                "due_line_seconds": figures.due_s,
                "missing_line_seconds": figures.missing_s,
                "completeness": figures.share(),
            }),
            Err(error) => json!({"day": day.to_string(), "error": error}),
        }
    }
}
