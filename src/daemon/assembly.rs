//! From a checked configuration to running threads, in one place and by name:
//!
//! | thread | one for | ends when |
//! | --- | --- | --- |
//! | `cap-<card>` | each card | told to stop, or its input is at its end |
//! | `line-<card>` | each card | its capture thread has ended and the ring is empty |
//! | `write-<n>` | each of [`WRITERS`] | every worker has ended |
//! | `store` | the recorder | every writer and worker has ended |
//! | `control`, `client` | the socket, each client | the recorder is dropped |

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, bounded, unbounded};
use jiff::Timestamp;
use thiserror::Error;

use crate::capture::ring::ring;
use crate::capture::thread::{CaptureHandle, spawn};
use crate::capture::{OpenError, realtime};
use crate::config::{Config, LineConfig, NoHours};
use crate::control::{Server, ServerError};
use crate::index::{Index, IndexError};
use crate::vault::{Vault, VaultError};
use crate::words::LineIndex;

use super::board::{Boards, CardBoard, LineView};
use super::card_worker::{CardWorker, TimeSource};
use super::clock::Clock;
use super::desk::{CardDesk, Desk, DeskSettings};
use super::ids::TimeIds;
use super::janitor::{Janitor, RetentionView};
use super::line_chain::LineChain;
use super::line_recorder::LineRecorder;
use super::policy::{LineRules, Policy};
use super::recovery::{self, RecoveryError, Term};
use super::router::{QUEUE, Router};
use super::setup;
use super::sources::{Prepared, prepare};
use super::store::{Store, StoreCommand, StoreSettings};
use super::tags::LineLabel;
use super::timeline::Timeline;
use super::writer::{Writer, WriterCommand};

/// Writer threads: encoding is the heaviest step behind the detectors.
const WRITERS: usize = 2;

/// Bytes of a card's ring: a second of 64 channels of 16 bit at 48 kHz.
const RING_BYTES: usize = 6 << 20;

/// Why a recorder does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// No office hours: recording without them would mean recording always.
    #[error(transparent)]
    NoHours(#[from] NoHours),
    /// A card cannot be opened, or a line names a channel it does not have.
    #[error("{0}")]
    Device(String),
    /// The recordings.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The index.
    #[error(transparent)]
    Index(#[from] IndexError),
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
        }
    }
}

/// A running recorder. Dropping it without [`Recorder::stop`] leaves recordings as a crash would.
pub(crate) struct Recorder {
    captures: Vec<CaptureHandle>,
    workers: Vec<JoinHandle<()>>,
    writers: Vec<JoinHandle<()>>,
    store: Option<JoinHandle<()>>,
    server: Option<Server>,
    /// Set by the socket: somebody asks for a reload.
    pub(crate) reload: Arc<AtomicBool>,
    /// The clock in force.
    pub(crate) clock: Clock,
    /// What the workers show.
    pub(crate) boards: Boards,
}

/// What is shared while the threads are put together.
struct Shared {
    policy: Arc<Policy>,
    timeline: Arc<Timeline>,
    router: Router,
}

impl Recorder {
    /// Puts everything together and starts it. `folder` is the configuration file's; relative
    /// replay paths start there. Before anything is recorded, what a crash left is put right.
    pub(crate) fn start(config: &Config, folder: &Path) -> Result<Self, StartError> {
        let hours = config.require_hours()?.clone();
        let prepared = prepare_cards(config, folder)?;
        let clock = clock(config);
        let vault = Arc::new(Vault::open(&config.paths.state, &config.vault.recipients)?);
        let path = index_path(config);
        let mut index = Index::open(&path)?;
        recovery::recover(&vault, &mut index, &term(config))?;
        if let Err(warning) = realtime::lock_memory() {
            log::warn!("{warning}");
        }
        let policy = Arc::new(policy(config, hours));
        let retention = Arc::new(RetentionView::default());
        let janitor = Janitor::new(
            Arc::clone(&vault),
            clock.clone(),
            (config.retention.months, config.office.zone.clone()),
            config.paths.state.join("clock"),
            Arc::clone(&retention),
        );
        let labels = Arc::new(setup::labels(config));
        let (to_store, from_all) = unbounded();
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..WRITERS).map(|_| bounded(QUEUE)).unzip();
        let store = start_store(config, index, from_all, &labels, janitor)?;
        let mut writers = Vec::new();
        for (at, receiver) in receivers.into_iter().enumerate() {
            let to_store = to_store.clone();
            let writer = Writer::new(
                Arc::clone(&vault),
                Arc::clone(&labels),
                receiver,
                to_store,
                config.version(),
            );
            writers.push(named(format!("write-{at}"), move || writer.run())?);
        }
        let shared = Shared {
            policy: Arc::clone(&policy),
            timeline: Arc::new(Timeline::new(clock.clone(), config.cards.len())),
            router: Router::new(senders, to_store),
        };
        let mut recorder = Self {
            captures: Vec::new(),
            workers: Vec::new(),
            writers,
            store: Some(store),
            server: None,
            reload: Arc::new(AtomicBool::new(false)),
            clock,
            boards: Vec::new(),
        };
        for (at, prepared) in prepared.into_iter().enumerate() {
            recorder.start_card(config, at, prepared, &shared)?;
        }
        recorder.open_socket(config, policy, retention)?;
        Ok(recorder)
    }
}
