//! The one deletion. Every recording that goes, goes through here.
//!
//! Order: the wrappings of the key first (each overwritten, synced, removed), then the file, then
//! its directory entries made durable. Once the key is gone the audio of a sealed recording is
//! gone, whatever happens next. Each step is tried again at once if it fails, and the whole may be
//! repeated at any time: what is gone already counts as done. The index row and the entry in the
//! log are the caller's next two steps; [`Tombstone`] is what they need.
//!
//! Overwriting is best effort on flash and copy-on-write file systems; the state directory belongs
//! on an encrypted disk.

use std::fs::File;
use std::os::unix::fs::FileExt;

use super::flacfile::HEADER;
use super::shelf::{Dir, KEYS, Place, RECORDINGS};
use super::{Vault, VaultError};
use crate::words::RecordingId;

/// How often one step is tried before it is reported as failed.
const ATTEMPTS: u32 = 3;

/// What was destroyed; for the index and for the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tombstone {
    /// Which recording.
    pub id: RecordingId,
    /// Where it lay.
    pub place: Place,
    /// Wrappings of its key that were destroyed now.
    pub keys: u32,
    /// Whether a file was there to remove; false when an earlier attempt had removed it.
    pub file: bool,
}

impl Vault {
    /// Destroys a recording: every wrapping of its key, its file, open (`.part`) or closed.
    ///
    /// # Errors
    /// The step that failed [`ATTEMPTS`] times. What was done stays done; repeat the call.
    pub fn delete(&self, place: &Place) -> Result<Tombstone, VaultError> {
        let [year, month, day] = place.day();
        let mut tombstone = Tombstone {
            id: place.id(),
            place: place.clone(),
            keys: 0,
            file: false,
        };
        if let Some(dir) = self.archive.root.get_all(&[KEYS, year, month, day])? {
            let prefix = format!("{}.", place.id());
            let names = again(|| dir.list())?;
            for (name, _) in names.iter().filter(|(name, _)| name.starts_with(&prefix)) {
                tombstone.keys += u32::from(again(|| destroy(&dir, name))?);
            }
            again(|| dir.sync())?;
        }
        if let Some(dir) = self.archive.root.get_all(&[RECORDINGS, year, month, day])? {
            for name in [place.part_name(), place.file_name()] {
                tombstone.file |= again(|| destroy(&dir, &name))?;
            }
            again(|| dir.sync())?;
        }
        Ok(tombstone)
    }
}

fn again<T>(step: impl Fn() -> Result<T, VaultError>) -> Result<T, VaultError> {
    let mut outcome = step();
    for _ in 1..ATTEMPTS {
        if outcome.is_ok() {
            break;
        }
        outcome = step();
    }
    outcome
}

/// Overwrites the first page (a key blob is smaller; a FLAC file has its tags there) and removes.
///
/// A file that cannot be overwritten (read-only disk, bad block) is removed all the same.
fn destroy(dir: &Dir, name: &str) -> Result<bool, VaultError> {
    if let Ok(Some(file)) = dir.open(name, true) {
        let _ = overwrite(&file);
    }
    dir.remove(name)
}

pub(super) fn overwrite(file: &File) -> std::io::Result<()> {
    let length = file.metadata()?.len().min(HEADER as u64);
    file.write_all_at(&vec![0; length as usize], 0)?;
    file.sync_data()
}
