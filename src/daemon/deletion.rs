//! The steps of the one deletion behind the register's leave: the vault (keys, then file), the
//! tombstones, the index row, the WAL. Each may fail and may be repeated.
//!
//! Nothing here decides what goes: the janitor asks the register. The file of tombstones is what
//! `verify` and a restored backup read; it names every recording before the index forgets it.
//! Runs on the store thread; blocks for the disk.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::index::{Index, RecordingRow};
use crate::vault::{Place, Vault, VaultError};
use crate::words::RecordingId;

use super::rebuild;

/// Bytes held back so that deletion is possible on a full disk.
const BALLAST: u64 = 16 << 20;

/// Name of the file of tombstones in the state directory.
pub(crate) const TOMBSTONES: &str = "tombstones";

/// Tombstones in a file of their own.
pub(crate) struct TombstoneFile {
    path: PathBuf,
    /// What it holds, once it was read.
    known: Option<HashSet<RecordingId>>,
}

/// The recordings a file of tombstones names; none if there is no file. A torn last line (power
/// cut) is left out: the index still has it, and it is written again.
pub(crate) fn read_tombstones(path: &Path) -> io::Result<Vec<RecordingId>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        opened => opened?,
    };
    let mut ids = Vec::new();
    for line in BufReader::new(file).lines() {
        let line = line?;
        ids.extend(
            line.split('\t')
                .nth(1)
                .and_then(|id| id.parse::<RecordingId>().ok()),
        );
    }
    Ok(ids)
}

impl TombstoneFile {
    /// The tombstones in the state directory `state`; read when the first is written.
    pub(crate) fn new(state: &Path) -> Self {
        Self {
            path: state.join(TOMBSTONES),
            known: None,
        }
    }

    /// Writes tombstones, durable on return; those already there are left out.
    ///
    /// # Errors
    /// The disk's; some may have been written.
    pub(crate) fn record(&mut self, gone: &[(RecordingId, Timestamp)]) -> io::Result<()> {
        let known = match self.known.take() {
            Some(known) => known,
            None => read_tombstones(&self.path)?.into_iter().collect(),
        };
        let known = self.known.insert(known);
        let fresh: Vec<_> = gone.iter().filter(|(id, _)| !known.contains(id)).collect();
        if fresh.is_empty() {
            return Ok(());
        }
        let mut text = String::from("\n"); // ends a line that a power cut has torn
        for (id, at) in &fresh {
            text.push_str(&format!("{at}\t{id}\n"));
        }
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&self.path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        known.extend(fresh.iter().map(|(id, _)| *id));
        Ok(())
    }
}

/// The steps and what is left of them to do.
pub(crate) struct Deletion {
    vault: Arc<Vault>,
    /// The index's file.
    index: PathBuf,
    tombstones: TombstoneFile,
    /// In the index as deleted, perhaps not yet in the file (of a restored or older state).
    unlogged: Vec<(RecordingId, Timestamp)>,
    /// A reader was in the way when the WAL was to be emptied.
    unscrubbed: bool,
}

impl Deletion {
    /// Over `vault`, with the tombstones in `state`. What `index` says is deleted and the file does
    /// not have is entered in the first round.
    pub(crate) fn new(vault: Arc<Vault>, state: &Path, index: &Index) -> Self {
        let deleted = index.read().deleted(Timestamp::MIN, Timestamp::MAX);
        let deleted = deleted.unwrap_or_else(|error| {
            log::error!("retention: {error}");
            Vec::new()
        });
        let unlogged = deleted
            .iter()
            .filter_map(|row| Some((row.id, row.deleted?)));
        Self {
            vault,
            index: index.read().path().to_owned(),
            tombstones: TombstoneFile::new(state),
            unlogged: unlogged.collect(),
            unscrubbed: true,
        }
    }

    /// Destroys keys and file.
    ///
    /// # Errors
    /// The vault's; what is gone counts as done when this is repeated.
    pub(crate) fn destroy(&self, row: &RecordingRow) -> Result<(), VaultError> {
        match &row.place {
            Some(place) => self.vault.delete(&place.parse::<Place>()?).map(drop),
            None => Ok(()),
        }
    }

    /// Writes the tombstones of recordings that were destroyed.
    ///
    /// # Errors
    /// The disk's, in words.
    pub(crate) fn entomb(&mut self, ids: &[RecordingId], now: Timestamp) -> Result<(), String> {
        let gone: Vec<_> = ids.iter().map(|id| (*id, now)).collect();
        let (vault, tombstones) = (&self.vault, &mut self.tombstones);
        with_room(vault, || {
            tombstones.record(&gone).map_err(|error| unwritten(&error))
        })
    }

    /// A step that needs disk space: where it fails the ballast makes room and it is repeated once.
    ///
    /// # Errors
    /// The step's.
    pub(crate) fn with_room(&self, step: impl FnMut() -> Result<(), String>) -> Result<(), String> {
        with_room(&self.vault, step)
    }

    /// Leaves of these recordings only the tombstones in the index.
    ///
    /// # Errors
    /// The index's, in words; nothing is changed then.
    pub(crate) fn erase(
        &mut self,
        index: &mut Index,
        ids: &[RecordingId],
        now: Timestamp,
    ) -> Result<(), String> {
        let unscrubbed = &mut self.unscrubbed;
        with_room(&self.vault, || {
            let erased = index.recordings_deleted(ids, now);
            let forgotten = erased.map_err(|error| error.to_string())?;
            *unscrubbed |= !forgotten.scrubbed;
            Ok(())
        })
    }

    /// Forgets calls without a recording that began before `time`: numbers and times of what was not
    /// recorded are personal data with the same term.
    ///
    /// # Errors
    /// The index's, in words; nothing is changed then.
    pub(crate) fn forget_calls(
        &mut self,
        index: &mut Index,
        time: Timestamp,
    ) -> Result<(), String> {
        let unscrubbed = &mut self.unscrubbed;
        with_room(&self.vault, || {
            let forgotten = index.forget_calls_before(time);
            let forgotten = forgotten.map_err(|error| error.to_string())?;
            *unscrubbed |= !forgotten.scrubbed;
            if forgotten.calls > 0 {
                let calls = forgotten.calls;
                log::info!("retention: {calls} calls without recording forgotten");
            }
            Ok(())
        })
    }

    /// Removes indexes that were damaged and set aside before the day `since`: the numbers and times in
    /// them have the same term as the calls.
    ///
    /// # Errors
    /// The disk's, in words; it is tried again in the next round.
    pub(crate) fn forget_set_aside(&self, since: Date) -> Result<(), String> {
        let aside = rebuild::set_aside(&self.index).map_err(|error| error.to_string())?;
        for (path, _) in aside.iter().filter(|(_, day)| *day < since) {
            fs::remove_file(path).map_err(|error| format!("{}: {error}", path.display()))?;
            log::info!("retention: {} removed, its term has ended", path.display());
        }
        Ok(())
    }

    /// What an earlier round or run left: WAL, tombstones, ballast.
    ///
    /// # Errors
    /// The last step that failed; it is tried again in the next round.
    pub(crate) fn finish(&mut self, index: &mut Index) -> Result<(), String> {
        let mut result = Ok(());
        if self.unscrubbed {
            match index.scrub() {
                Ok(done) => self.unscrubbed = !done,
                Err(error) => result = Err(error.to_string()),
            }
        }
        if !self.unlogged.is_empty() {
            match self.tombstones.record(&self.unlogged) {
                Ok(()) => self.unlogged.clear(),
                Err(error) => result = Err(unwritten(&error)),
            }
        }
        if let Err(error) = self.vault.keep_ballast(BALLAST) {
            result = Err(error.to_string());
        }
        result
    }

    /// The vault deleted from.
    pub(crate) fn vault(&self) -> &Vault {
        &self.vault
    }
}

fn unwritten(error: &io::Error) -> String {
    format!("the tombstones cannot be written: {error}")
}

fn with_room(vault: &Vault, mut step: impl FnMut() -> Result<(), String>) -> Result<(), String> {
    let Err(error) = step() else {
        return Ok(());
    };
    log::warn!("retention: {error}; the ballast is given up and it is tried again");
    vault.drop_ballast().map_err(|error| error.to_string())?;
    step()
}
