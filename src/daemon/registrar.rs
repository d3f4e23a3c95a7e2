//! The register as the threads share it: one lock, one writer.
//!
//! A log that cannot be opened allows nothing: no listening, no hold, and no deletion either, since
//! the holds are not known. Recording goes on, and the status says what is wrong.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::{fs, io};

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::config::Config;
use crate::register::{Act, Actor, Gate, Register, RegisterError, Started, checkpoint_html};
use crate::vault::keys::Recipient;

use super::clock::Clock;
use super::rules_in_force::Rules;
use super::watch::write_whole;

/// Checkpoints that the socket shows; all are kept on disk.
const DAYS: usize = 100;

/// A gate and the session through which it was opened, if it was through one: nobody else's pieces.
pub(super) struct Opened {
    pub(super) gate: Gate,
    pub(super) session: Option<String>,
}

/// See the module.
pub(crate) struct Registrar {
    register: Mutex<Result<Register, String>>,
    /// Gates that are open, by number of their row or disclosure. A restart shuts them all.
    pub(super) gates: Mutex<HashMap<String, Opened>>,
    /// Names of the lines, in the order of the configuration.
    lines: Vec<String>,
    /// Where the log lies.
    pub(super) dir: PathBuf,
}

impl Registrar {
    /// Opens the log and enters that the recorder has started.
    pub(crate) fn open(config: &Config, clock: &Clock) -> Self {
        let dir = config.paths.state.join("register");
        let origin = format!(
            "linetap/{}",
            config.office.site.replace(char::is_whitespace, "-")
        );
        let register = Register::open(&dir, &origin, config.office.zone.clone())
            .and_then(|mut register| started(&mut register, config, clock).map(|()| register))
            .map_err(|error| error.to_string());
        if let Err(error) = &register {
            log::error!("register: {error}; listening and deletion are stopped");
        }
        Self {
            register: Mutex::new(register),
            gates: Mutex::new(HashMap::new()),
            lines: config.lines.iter().map(|line| line.name.clone()).collect(),
            dir,
        }
    }

    /// Works with the register alone.
    pub(crate) fn with<T>(
        &self,
        work: impl FnOnce(&mut Register) -> Result<T, RegisterError>,
    ) -> Result<T, RegistrarError> {
        let mut register = self.register.lock().unwrap_or_else(PoisonError::into_inner);
        match register.as_mut() {
            Ok(register) => work(register).map_err(RegistrarError::Register),
            Err(why) => Err(RegistrarError::Shut(why.clone())),
        }
    }

    /// Writes the day's checkpoint, once: `checkpoints/2026-11-26.note`, and a page to print.
    pub(super) fn keep_checkpoint(&self, day: Date, office: &str) -> io::Result<()> {
        let dir = self.dir.join("checkpoints");
        let path = dir.join(format!("{day}.note"));
        if path.exists() {
            return Ok(());
        }
        let note = self.with(|register| Ok(register.log().signed_checkpoint()));
        let note = note.map_err(io::Error::other)?;
        fs::create_dir_all(&dir)?;
        let page = checkpoint_html(office, &day.to_string(), &note);
        write_whole(&path.with_extension("html"), &page)?;
        write_whole(&path, &note)
    }

    /// The checkpoints kept, by day, the last [`DAYS`].
    pub(super) fn checkpoints(&self) -> Value {
        let files = fs::read_dir(self.dir.join("checkpoints"));
        let note = |file: fs::DirEntry| {
            let path = file.path();
            let is_note = path.extension().is_some_and(|end| end == "note");
            let day = path.file_stem()?.to_str()?.to_owned();
            Some((day, fs::read_to_string(&path).ok().filter(|_| is_note)?))
        };
        let mut all: BTreeMap<String, String> = files
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(note)
            .collect();
        while all.len() > DAYS {
            all.pop_first();
        }
        json!(all)
    }

    /// What the status is to warn of.
    pub(crate) fn trouble(&self) -> Option<String> {
        let register = self.register.lock().unwrap_or_else(PoisonError::into_inner);
        let why = register.as_ref().err()?;
        Some(format!(
            "register: {why}; listening and deletion are stopped"
        ))
    }

    /// When the recipients of recordings last changed; `None` also while the register is shut.
    pub(crate) fn keys_changed(&self) -> Option<jiff::Timestamp> {
        let changed = self.with(|register| Ok(register.procedure().keys_changed()));
        changed.ok().flatten()
    }

    /// Puts the suspensions in force, at once.
    pub(crate) fn suspend_lines(&self, rules: &Rules) {
        let suspended = self.with(|register| {
            let procedure = register.procedure();
            Ok(self
                .lines
                .iter()
                .map(|line| procedure.suspended(line))
                .collect::<Vec<_>>())
        });
        let Ok(suspended) = suspended else {
            return;
        };
        let policy = rules.policy();
        for (line, suspended) in policy.lines.iter().zip(suspended) {
            line.suspended.store(suspended, Ordering::Release);
        }
        rules.judge_anew();
    }
}

/// Why the register did not do it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RegistrarError {
    /// It was not opened.
    #[error("the register is shut: {0}")]
    Shut(String),
    /// It refused or failed.
    #[error(transparent)]
    Register(RegisterError),
}

/// Notes on every checkpoint what is in force: a changed director's key must show on paper.
fn started(register: &mut Register, config: &Config, clock: &Clock) -> Result<(), RegisterError> {
    let recipients: Vec<String> = config
        .vault
        .recipients
        .iter()
        .filter_map(|text| Some(text.parse::<Recipient>().ok()?.fingerprint()))
        .collect();
    let started = Started {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        rules: config.version(),
        recipients: recipients.clone(),
    };
    let mut notes = vec![format!("rules {}", started.rules)];
    notes.extend(
        recipients
            .iter()
            .map(|fingerprint| format!("recipient {fingerprint}")),
    );
    register.set_notes(notes);
    register
        .enter(&Actor::recorder(clock.now()), &Act::Started(started))
        .map(drop)
}
