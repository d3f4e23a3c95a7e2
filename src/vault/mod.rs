//! Floor 2, vault: recordings on disk, from the first sample to the one deletion.
//!
//! * Units: interleaved 16-bit samples at 8 kHz, one or two channels; counts are per channel.
//! * Reads no clock and starts no thread: times are arguments, the daemon owns the writer threads.
//! * Blocks: [`Recording::write`] for a file write each 0.25 s of audio, [`Recording::sync`] and
//!   [`Recording::finish`] for the disk. Memory is bounded: one block per recording, one encoder
//!   per thread, whatever the length of a call.
//! * Loss: at a crash at most the block in hand (0.25 s); at a power cut besides what was written
//!   since the last [`Recording::sync`].
//! * [`sum()`] makes the MD5 of many recordings' audio side by side, for an eighth of what it costs
//!   one by one; who never calls it pays that.
//! * Full disk: what is on disk stays whole, the block in hand is retried, later ones are dropped
//!   and counted.
//! * Files are closed under another name than they are written, so that `.flac` and `.rec` are
//!   always whole and never change again.

mod archive;
mod ballast;
mod coder;
mod delete;
mod encode;
mod ending;
mod error;
mod flacfile;
mod flush;
mod frame;
pub mod keys;
mod recording;
mod recover;
mod rewrap;
mod scan;
mod seal;
mod shelf;
mod sound;
mod sums;
mod tags;
mod unseal;
mod verify;

use std::io::Write;
use std::path::Path;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

pub use archive::Archive;
pub use delete::Tombstone;
pub use encode::{BLOCK, Encoder};
pub use ending::{Closed, Ended, Named};
pub use error::VaultError;
pub use flush::Moment;
pub use recording::{Recording, Unsummed, sum};
pub use recover::Recovered;
pub use rewrap::Rewrapped;
pub use scan::Found;
pub use seal::SealedHeader;
pub use shelf::Place;
pub use sound::{Exported, Sound};
pub use tags::Tags;
pub use verify::{Depth, Expected, Finding, Grade, Trouble, Verdict};

use crate::words::{CallId, RecordingId};
use flush::Flushes;
use keys::{Dek, Recipient};
use recording::NewSeal;
use seal::Sealer;
use shelf::{Dir, Held, KEYS, RECORDINGS};

/// What is known when a recording begins.
#[derive(Clone, Debug)]
pub struct Begin {
    /// Its id, UUIDv7.
    pub id: RecordingId,
    /// The call it belongs to.
    pub call: CallId,
    /// The line's configured name.
    pub line: String,
    /// Time of the first sample.
    pub started: Timestamp,
    /// 1, or 2: our side, their side.
    pub channels: u8,
    /// Version of the recording rules in force.
    pub rules_version: String,
    /// What else is known: direction, numbers.
    pub tags: Tags,
}

/// The recorder's hold on its recordings: one per state directory.
#[derive(Debug)]
pub struct Vault {
    archive: Archive,
    recipients: Vec<Recipient>,
    encoder: Encoder,
    flushes: Flushes,
    _lock: Held,
}

impl Vault {
    /// Opens the vault in the directory `root`, making it (0700) if it is not there, and locks it.
    ///
    /// `recipients` are age public keys; with none, recordings are left unsealed.
    ///
    /// # Errors
    /// [`VaultError::Busy`] if another recorder has it, [`VaultError::Symlink`] if `root` or a
    /// directory in it is a link.
    pub fn open(root: &Path, recipients: &[String]) -> Result<Self, VaultError> {
        use std::os::unix::fs::DirBuilderExt;
        if root.symlink_metadata().is_err() {
            std::fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(root)
                .map_err(VaultError::io("make the state directory", root))?;
        }
        let recipients = recipients
            .iter()
            .map(|text| text.parse())
            .collect::<Result<_, _>>()?;
        let root = Dir::root(root)?;
        let lock = root.lock("lock")?;
        root.make(RECORDINGS)?;
        root.make(KEYS)?;
        Ok(Self {
            archive: Archive { root },
            recipients,
            encoder: Encoder::Own,
            flushes: Flushes::default(),
            _lock: lock,
        })
    }

    /// Recordings begun from now on are encoded by `encoder`.
    #[must_use]
    pub fn encoded_by(mut self, encoder: Encoder) -> Self {
        self.encoder = encoder;
        self
    }

    /// The recordings that are there.
    pub fn archive(&self) -> &Archive {
        &self.archive
    }

    /// Whether recordings are sealed.
    pub fn sealed(&self) -> bool {
        !self.recipients.is_empty()
    }

    /// Begins a recording. Its key, if it has one, is durable when this returns; its file is there, and durable
    /// with its first sync: until then nobody should be told of it.
    ///
    /// # Errors
    /// The disk's, or an id that is there already.
    pub fn begin(&self, begin: &Begin) -> Result<Recording, VaultError> {
        if !(1..=2).contains(&begin.channels) {
            return Err(VaultError::Channels {
                channels: begin.channels,
            });
        }
        let place = Place::new(begin.id, begin.started, self.sealed());
        let [year, month, day] = place.day();
        let dir = self
            .archive
            .root
            .make_all(&[RECORDINGS, year, month, day])?;
        for name in [place.file_name(), place.part_name()] {
            if dir.open(&name, false)?.is_some() {
                return Err(VaultError::Name {
                    name: place.to_string(),
                });
            }
        }
        let started = self.start(begin, place.clone(), dir);
        if started.is_err() {
            let _ = self.delete(&place); // the id may be tried again: nothing of it is left
        }
        started
    }

    fn start(&self, begin: &Begin, place: Place, dir: Dir) -> Result<Recording, VaultError> {
        let sealed = self
            .sealed()
            .then(|| self.new_key(begin, &place))
            .transpose()?;
        Recording::start(
            place,
            dir,
            (begin.channels, self.encoder),
            begin.all_tags(),
            sealed,
        )
    }

    /// Makes all that was written before `since` durable at once, of all recordings (`syncfs`): cheaper than
    /// [`Recording::sync`] for each when many are open. Blocks for the file system's flush, unless another
    /// thread's that began after `since` has done it.
    ///
    /// # Errors
    /// As [`Recording::sync`]. The kernel tells a failure once: see [`last_failed_sync`](Self::last_failed_sync).
    pub fn sync(&self, since: Moment) -> Result<(), VaultError> {
        let root = &self.archive.root;
        self.flushes.run(since, || root.sync_file_system())
    }

    /// Now: what is written later is not covered by the sync that may be under way.
    pub fn moment(&self) -> Moment {
        self.flushes.now()
    }

    /// Whether what was written before `moment` was made durable by [`sync`](Self::sync), as far as no sync
    /// has failed meanwhile.
    pub fn is_durable(&self, moment: Moment) -> bool {
        self.flushes.cover(moment)
    }

    /// Whether a [`sync`](Self::sync) is under way.
    pub fn is_syncing(&self) -> bool {
        self.flushes.under_way()
    }

    /// The number of the last [`sync`](Self::sync) that failed, 0 before the first. What was written before may
    /// be lost whatever a later one says: each recording is then to be asked by itself.
    pub fn last_failed_sync(&self) -> u64 {
        self.flushes.last_failure()
    }

    /// A key of its own for this recording: wrapped and durable before there is a file.
    fn new_key(&self, begin: &Begin, place: &Place) -> Result<NewSeal, VaultError> {
        let dek = Dek::generate()?;
        let blob = keys::wrap(&dek, begin.id, &self.recipients)?;
        let [year, month, day] = place.day();
        let dir = self.archive.root.make_all(&[KEYS, year, month, day])?;
        let name = place.key_name();
        let mut file = dir.create(&name)?;
        file.write_all(&blob)
            .and_then(|()| file.sync_all())
            .map_err(VaultError::io("write the key", dir.path(&name)))?;
        dir.sync()?;
        let (sealer, header) = Sealer::new(&dek, begin, &self.recipients)?;
        Ok(NewSeal {
            sealer,
            header,
            key_sha256: Sha256::digest(&blob).into(),
        })
    }
}

impl Begin {
    fn all_tags(&self) -> Tags {
        let mut tags = Tags::new();
        tags.set(Tags::LINE, &self.line);
        tags.set(Tags::START, &self.started.to_string());
        tags.set(Tags::CALL, &self.call.to_string());
        tags.set(Tags::RECORDING, &self.id.to_string());
        tags.set(Tags::RULES, &self.rules_version);
        tags.set(
            Tags::ENCODER,
            concat!("linetap ", env!("CARGO_PKG_VERSION")),
        );
        tags.updated(&self.tags)
    }
}
