//! From a checked configuration to running threads, in one place and by name:
//!
//! | thread | one for | ends when |
//! | --- | --- | --- |
//! | `cap-<card>` | each card | told to stop, or its input is at its end |
//! | `line-<card>` | each card | its capture thread has ended and the ring is empty |
//! | `write-<n>` | each [`LINES_PER_WRITER`] lines, up to [`MOST_WRITERS`] | every worker has ended |
//! | `store` | the recorder | every writer and worker has ended |
//! | `watch` | the alarms and the metrics file | the recorder is dropped |
//! | `control`, `client` | the socket, each client | the recorder is dropped |

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{bounded, unbounded};
use thiserror::Error;

use crate::capture::ring::ring;
use crate::capture::thread::{CaptureHandle, spawn, thread_name};
use crate::capture::{CaptureState, realtime};
use crate::config::{Config, NoHours};
use crate::control::{Server, ServerError};
use crate::index::{Index, IndexError};
use crate::signal::announcement::Announcement;
use crate::vault::{Vault, VaultError};
use crate::words::LineIndex;

use super::accounts_desk::AccountBook;
use super::announcement_file::Announcements;
use super::board::{Boards, CardBoard};
use super::card_worker::CardWorker;
use super::clock::Clock;
use super::deletion::Deletion;
use super::desk::{CardDesk, Desk, DeskSettings};
use super::disk_health::DiskHealth;
use super::ids::TimeIds;
use super::janitor::{Janitor, RetentionView};
use super::procedure_keeping::Keeping;
use super::pulse::Pulse;
use super::rebuild;
use super::recovery::{self, RecoveryError};
use super::registrar::Registrar;
use super::router::{self, Router};
use super::rules_in_force::Rules;
use super::setup;
use super::sources::{self, Prepared};
use super::store::Store;
use super::tally::CallTally;
use super::timeline::Timeline;
use super::watch::Watcher;
use super::writer::Writer;

/// Writer threads at most: one core encodes for thousands of lines.
const MOST_WRITERS: usize = 2;

/// So many lines share a writer before there is a second: the more recordings a writer has, the more
/// it sums side by side.
const LINES_PER_WRITER: usize = 128;

/// Why a recorder does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// No office hours: recording without them would mean recording always.
    #[error(transparent)]
    NoHours(#[from] NoHours),
    /// There is nothing to record from.
    #[error(
        "the configuration names no [[card]]; add one with device, replay or exchange \
         (`linetap cards` shows the devices)"
    )]
    NoCards,
    /// A card cannot be opened, or a line names a channel it does not have.
    #[error("{0}")]
    Device(String),
    /// The recordings.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The index.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// What was deleted.
    #[error("{0}")]
    Tombstones(String),
    /// The socket.
    #[error(transparent)]
    Socket(#[from] ServerError),
    /// No thread could be started.
    #[error("cannot start a thread: {0}; the system's limit of tasks is too low")]
    Thread(#[from] io::Error),
}

impl From<RecoveryError> for StartError {
    fn from(error: RecoveryError) -> Self {
        match error {
            RecoveryError::Vault(error) => Self::Vault(error),
            RecoveryError::Index(error) => Self::Index(error),
            error @ RecoveryError::Tombstones(_) => Self::Tombstones(error.to_string()),
        }
    }
}

/// A running recorder. Dropping it without [`Recorder::stop`] leaves recordings as a crash would.
pub(crate) struct Recorder {
    captures: Vec<CaptureHandle>,
    workers: Vec<JoinHandle<()>>,
    /// Which of their cards have an end of their own.
    ending: Vec<bool>,
    writers: Vec<JoinHandle<()>>,
    store: Option<JoinHandle<()>>,
    server: Option<Server>,
    watcher: Option<Watcher>,
    rules: Arc<Rules>,
    registrar: Arc<Registrar>,
    /// Set by the socket: somebody asks for a reload.
    pub(crate) reload: Arc<AtomicBool>,
    /// When the watchdog was last fed, in the clock's elapsed milliseconds.
    pub(crate) fed_ms: Arc<AtomicU64>,
    /// The clock in force.
    pub(crate) clock: Clock,
    /// What the workers show.
    pub(crate) boards: Boards,
}

/// What is shared while the threads are put together.
struct Shared {
    rules: Arc<Rules>,
    timeline: Arc<Timeline>,
    router: Router,
    announcements: Announcements,
}

/// The writing side: writers and store with their queues.
struct Writing {
    router: Router,
    writers: Vec<JoinHandle<()>>,
    store: JoinHandle<()>,
    retention: Arc<RetentionView>,
    health: Arc<DiskHealth>,
    registrar: Arc<Registrar>,
    tally: Arc<CallTally>,
}

impl Shared {
    fn announcement(&self, line: LineIndex) -> Option<Arc<Announcement>> {
        self.announcements.lines[usize::from(line.0)].clone()
    }
}

impl Recorder {
    /// Puts everything together and starts it. `folder` is the configuration file's; relative
    /// replay paths start there. Before anything is recorded, what a crash left is put right.
    pub(crate) fn start(config: &Config, folder: &Path) -> Result<Self, StartError> {
        config.require_hours()?;
        Server::make_way(&config.paths.socket)?;
        let prepared = setup::cards(config, folder)?;
        let clock = setup::clock(config);
        let rules = Arc::new(Rules::new(setup::policy(config)?, setup::terms(config)));
        let writing = start_writing(config, &clock, &rules)?;
        if let Err(warning) = realtime::lock_memory() {
            log::warn!("{warning}");
        }
        let shared = Shared {
            rules: Arc::clone(&rules),
            timeline: Arc::new(Timeline::new(clock.clone(), config.cards.len())),
            router: writing.router,
            announcements: Announcements::read(config, folder),
        };
        shared
            .announcements
            .troubles
            .iter()
            .for_each(|trouble| log::error!("{trouble}"));
        let mut recorder = Self {
            captures: Vec::new(),
            workers: Vec::new(),
            ending: Vec::new(),
            writers: writing.writers,
            store: Some(writing.store),
            server: None,
            watcher: None,
            rules: Arc::clone(&rules),
            registrar: Arc::clone(&writing.registrar),
            reload: Arc::new(AtomicBool::new(false)),
            fed_ms: Arc::new(AtomicU64::new(clock.elapsed_ms())),
            clock,
            boards: Vec::new(),
        };
        let mut cards = prepared.into_iter().enumerate();
        let started = cards
            .try_for_each(|(at, card)| recorder.start_card(config, at, card, &shared))
            .and_then(|()| {
                let troubles = shared.announcements.troubles.clone();
                let seen = (writing.retention, writing.tally, writing.health);
                recorder.open_socket(setup::desk(config, troubles), config, rules, seen)
            });
        drop(shared);
        if let Err(error) = started {
            recorder.halt(); // what was recorded meanwhile is closed in order
            return Err(error);
        }
        Ok(recorder)
    }

    fn start_card(
        &mut self,
        config: &Config,
        card: usize,
        prepared: Prepared,
        shared: &Shared,
    ) -> Result<(), StartError> {
        let name = config.cards[card].name.clone();
        let lines = setup::analog_lines(config, card);
        let isdn = setup::isdn_lines(config, card);
        let views = lines
            .iter()
            .chain(&isdn)
            .map(|(_, line)| setup::view(line))
            .collect();
        let board = Arc::new(CardBoard::new(views));
        let policy = shared.rules.policy();
        let (writer, reader) = ring(prepared.ring_bytes());
        let worker = CardWorker {
            card,
            name: name.clone(),
            reader,
            setups: lines
                .iter()
                .map(|(_, line)| setup::line_setup(line))
                .collect(),
            lines: lines
                .iter()
                .map(|(at, line)| setup::chain(*at, line, &policy, shared.announcement(*at)))
                .collect(),
            rules: Arc::clone(&shared.rules),
            generation: 0,
            isdn: isdn
                .iter()
                .filter_map(|(at, line)| {
                    setup::isdn_chain(*at, line, &policy, shared.announcement(*at).as_ref())
                })
                .collect(),
            router: shared.router.clone(),
            board: Arc::clone(&board),
            timeline: Arc::clone(&shared.timeline),
            time: prepared.time,
            ids: TimeIds,
        };
        self.boards.push(board);
        self.workers
            .push(named(&format!("line-{name}"), move || worker.run())?);
        self.ending
            .push(sources::has_end(&config.cards[card].source));
        self.captures
            .push(spawn(&format!("cap-{name}"), prepared.opener, writer)?);
        Ok(())
    }

    fn open_socket(
        &mut self,
        settings: DeskSettings,
        config: &Config,
        rules: Arc<Rules>,
        (retention, tally, health): (Arc<RetentionView>, Arc<CallTally>, Arc<DiskHealth>),
    ) -> Result<(), StartError> {
        let cards = config.cards.iter().zip(&self.captures);
        let desk = Desk {
            settings,
            boards: self.boards.clone(),
            cards: cards
                .map(|(card, capture)| CardDesk {
                    name: card.name.clone(),
                    capture: capture.status(),
                })
                .collect(),
            clock: self.clock.clone(),
            retention,
            health,
            reload: Arc::clone(&self.reload),
            fed_ms: Arc::clone(&self.fed_ms),
            rules,
            registrar: Arc::clone(&self.registrar),
            tally,
            watch: Mutex::default(),
            standing: Mutex::default(),
            ledger: Mutex::default(),
            accounts: Mutex::new(AccountBook::open(&self.registrar.dir)),
        };
        let desk = Arc::new(desk);
        self.server = Some(Server::open(
            &config.paths.socket,
            Arc::<Desk>::clone(&desk),
        )?);
        self.watcher = Some(Watcher::start(desk)?);
        Ok(())
    }

    /// Puts new rules in force without touching cards, lines or recordings under way.
    pub(crate) fn new_rules(&self, config: &Config) -> Result<(), StartError> {
        self.rules
            .replace(setup::policy(config)?, setup::terms(config));
        self.registrar.suspend_lines(&self.rules);
        Ok(())
    }

    /// Stops everything and starts it anew with `new`; with `old` again if that does not work.
    /// Whether `new` is in force.
    pub(crate) fn restart(
        &mut self,
        old: &Config,
        new: &Config,
        folder: &Path,
    ) -> Result<bool, StartError> {
        self.halt();
        let (started, is_new) = match Self::start(new, folder) {
            Ok(started) => (started, true),
            Err(error) => {
                log::error!("reload: {error}; going on with the old configuration");
                (Self::start(old, folder)?, false)
            }
        };
        *self = started;
        Ok(is_new)
    }

    /// Whether every card that has brought frames still does, or is being reopened, and every
    /// thread behind them lives.
    pub(crate) fn is_well(&self, stuck_ms: u64) -> bool {
        let threads = self
            .writers
            .iter()
            .chain(&self.store)
            .any(JoinHandle::is_finished);
        let stuck = self
            .boards
            .iter()
            .zip(&self.captures)
            .any(|(board, capture)| {
                let running = capture.status().snapshot().state == CaptureState::Running;
                running && board.age_ms(&self.clock).is_some_and(|age| age > stuck_ms)
            });
        !threads && !stuck
    }

    /// Notes for the alarms that the watchdog was fed.
    pub(crate) fn note_fed(&self) {
        self.fed_ms
            .store(self.clock.elapsed_ms(), Ordering::Release);
    }

    /// Whether every input that has an end has come to it. A device has none and keeps nobody
    /// waiting; with devices alone there is no end.
    pub(crate) fn has_ended(&self) -> bool {
        let cards = self.workers.iter().zip(&self.ending);
        let mut inputs = cards.filter(|(_, ends)| **ends).peekable();
        inputs.peek().is_some() && inputs.all(|(worker, _)| worker.is_finished())
    }

    /// Ends every thread in order: captures, workers, writers, store. Everything recorded is
    /// closed and indexed when this returns. False if a thread had panicked.
    pub(crate) fn stop(mut self) -> bool {
        self.halt()
    }

    fn halt(&mut self) -> bool {
        drop(self.server.take());
        drop(self.watcher.take());
        let mut well = true;
        for capture in self.captures.drain(..) {
            well &= capture.join();
        }
        let behind = self
            .workers
            .drain(..)
            .chain(self.writers.drain(..))
            .chain(self.store.take());
        for thread in behind {
            well &= thread.join().is_ok();
        }
        well
    }
}

fn start_writing(
    config: &Config,
    clock: &Clock,
    rules: &Arc<Rules>,
) -> Result<Writing, StartError> {
    let vault = Vault::open(&config.paths.state, &config.vault.recipients)?;
    let vault = Arc::new(vault.encoded_by(setup::encoder(config)));
    let mut index = rebuild::ready(config, &vault, clock.now())?;
    let pulse = Pulse::new(config.paths.state.join("alive"), clock.clone());
    note_absence(config, clock, &pulse, &mut index)?;
    let retention = Arc::new(RetentionView::default());
    let registrar = Arc::new(Registrar::open(config, clock));
    registrar.suspend_lines(rules);
    let janitor = Janitor::new(
        Deletion::new(Arc::clone(&vault), &config.paths.state, &index),
        clock.clone(),
        Arc::clone(rules),
        Keeping::new(config, &registrar),
        Arc::clone(&retention),
    );
    let labels = Arc::new(setup::labels(config));
    let (to_store, commands) = unbounded();
    let settings = setup::store(
        config,
        Arc::clone(&labels),
        Arc::clone(rules),
        Arc::clone(&retention),
    );
    let (tally, health) = (Arc::clone(&settings.tally), Arc::clone(&settings.health));
    let store = Store::new(index, commands, settings, (janitor, pulse));
    let store = named("store", move || store.run())?;
    let mut senders = Vec::new();
    let mut writers = Vec::new();
    let count = config.lines.len().div_ceil(LINES_PER_WRITER);
    let (to_spares, spares) = bounded(config.lines.len());
    for at in 0..count.clamp(1, MOST_WRITERS) {
        let (sender, commands) = bounded(router::queue(config.lines.len()));
        let vault = Arc::clone(&vault);
        let labels = Arc::clone(&labels);
        let (rules, health) = (Arc::clone(rules), Arc::clone(&health));
        let ends = (commands, to_spares.clone());
        let writer = Writer::new(vault, labels, ends, to_store.clone(), rules, health);
        writers.push(named(&format!("write-{at}"), move || writer.run())?);
        senders.push(sender);
    }
    Ok(Writing {
        router: Router::new(senders, to_store, spares),
        writers,
        store,
        retention,
        health,
        registrar,
        tally,
    })
}

/// Enters the time in which no recorder ran into the ledger.
fn note_absence(
    config: &Config,
    clock: &Clock,
    pulse: &Pulse,
    index: &mut Index,
) -> Result<(), StartError> {
    if let Some(last) = pulse.before() {
        let cards: Vec<String> = config.cards.iter().map(|card| card.name.clone()).collect();
        index.write(&recovery::not_running(&cards, last, clock.now()))?;
    }
    Ok(())
}

/// Starts a thread whose name the kernel shows (15 bytes).
pub(super) fn named(
    name: &str,
    body: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name(thread_name(name)).spawn(body)
}
