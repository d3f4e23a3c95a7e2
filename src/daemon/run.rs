//! The main thread of `linetap run`: signals, readiness, watchdog, reload.
//!
//! SIGTERM and SIGINT end the recorder in order; SIGHUP (or a request over the socket) reads the
//! configuration again. A bad file leaves the old configuration in force and says so. New rules
//! (hours, numbering, terms) apply to calls under way; new cards, lines or paths restart the
//! threads, and a call under way goes on in a second recording.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};
use std::{fs, io};

use sd_notify::NotifyState;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use thiserror::Error;

use crate::config::{Card, Config, LineConfig, Problems};

use super::assembly::{Recorder, StartError};
use super::clock::Clock;

/// How often the main thread looks around.
const LOOK: Duration = Duration::from_millis(50);

/// How often systemd's watchdog is fed, if all is well.
const FEED: Duration = Duration::from_secs(2);

/// A card without progress for so long keeps the watchdog hungry, if it was running.
const STUCK_MS: u64 = 8_000;

/// Why the recorder ends without success.
#[derive(Debug, Error)]
pub enum RunError {
    /// The file is not there or may not be read.
    #[error("{path}: cannot be read ({error}); name another with --config")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The file is wrong.
    #[error("{0}")]
    Problems(#[from] Problems),
    /// It could not be started.
    #[error(transparent)]
    Start(#[from] StartError),
    /// No signals.
    #[error("cannot listen for signals: {0}")]
    Signals(io::Error),
    /// A thread panicked.
    #[error("a part of the recorder failed; the log says which. What was recorded is kept")]
    Failed,
}

/// Reads and checks a configuration file.
pub fn read_config(path: &Path) -> Result<Config, RunError> {
    let text = fs::read_to_string(path).map_err(|error| RunError::Unreadable {
        path: path.to_owned(),
        error,
    })?;
    Ok(Config::parse(&text, &path.display().to_string())?)
}

/// Runs the recorder until it is told to stop, or until its inputs end if `until_end`.
pub(crate) fn run(path: &Path, until_end: bool) -> Result<(), RunError> {
    let config = read_config(path)?;
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP]).map_err(RunError::Signals)?;
    let mut service = Service::start(path, config)?;
    log::info!("recording: {} lines", service.config.lines.len());
    notify(&[NotifyState::Ready]);
    loop {
        for signal in signals.pending() {
            match signal {
                SIGHUP => service.reload()?,
                _ => return service.stop(),
            }
        }
        if service.recorder.reload.swap(false, Ordering::AcqRel) {
            service.reload()?;
        }
        if until_end && service.recorder.has_ended() {
            return service.stop();
        }
        service.feed_watchdog();
        thread::sleep(LOOK);
    }
}

struct Service {
    path: PathBuf,
    folder: PathBuf,
    config: Config,
    recorder: Recorder,
    fed: Option<Instant>,
}

impl Service {
    fn start(path: &Path, config: Config) -> Result<Self, RunError> {
        let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        let recorder = Recorder::start(&config, &folder)?;
        Ok(Self {
            path: path.to_owned(),
            folder,
            config,
            recorder,
            fed: None,
        })
    }

    fn stop(self) -> Result<(), RunError> {
        notify(&[NotifyState::Stopping]);
        if self.recorder.stop() {
            Ok(())
        } else {
            Err(RunError::Failed)
        }
    }

    fn reload(&mut self) -> Result<(), RunError> {
        let usec = Clock::monotonic_usec();
        notify(&[NotifyState::Reloading, NotifyState::MonotonicUsec(usec)]);
        match read_config(&self.path).and_then(|config| {
            config.require_hours().map_err(StartError::from)?;
            Ok(config)
        }) {
            Err(error) => log::error!("reload: {error}; the old configuration stays in force"),
            Ok(config) => self.apply(config)?,
        }
        notify(&[NotifyState::Ready]);
        Ok(())
    }

    fn apply(&mut self, config: Config) -> Result<(), RunError> {
        if same_wiring(&self.config, &config) {
            self.recorder.new_rules(&config)?;
            log::info!("reload: the new rules are in force");
            self.config = config;
            return Ok(());
        }
        log::info!("reload: cards, lines or paths have changed; the recorder's threads restart");
        if self.recorder.restart(&self.config, &config, &self.folder)? {
            self.config = config;
        }
        Ok(())
    }

    /// Feeds the watchdog only while every card that runs makes progress and the writers live.
    fn feed_watchdog(&mut self) {
        if self.fed.is_none_or(|fed| fed.elapsed() >= FEED) && self.recorder.is_well(STUCK_MS) {
            self.fed = Some(Instant::now());
            self.recorder.note_fed();
            notify(&[NotifyState::Watchdog]);
        }
    }
}

/// Whether cards, lines and paths are the same, wherever they stand in the file.
fn same_wiring(old: &Config, new: &Config) -> bool {
    wiring(old) == wiring(new)
        && old.paths == new.paths
        && old.announcement == new.announcement
        && old.vault == new.vault
        && old.office.zone == new.office.zone
}

fn wiring(config: &Config) -> (Vec<Card>, Vec<LineConfig>) {
    let mut cards = config.cards.clone();
    let mut lines = config.lines.clone();
    cards.iter_mut().for_each(|card| card.file_line = 0);
    lines.iter_mut().for_each(|line| line.file_line = 0);
    (cards, lines)
}

fn notify(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        log::debug!("systemd cannot be told: {error}");
    }
}
