//! The end of a recording: when all of it is written, it becomes durable and gets its final name.
//!
//! Content first, then the name: under a final name there is always a whole file.

use std::fs::File;
use std::os::unix::fs::FileExt;

use sha2::{Digest, Sha256};

use super::flacfile::{self, HEADER, Totals};
use super::shelf::{Dir, Held, Place};
use super::{Tags, Vault, VaultError};

/// From so many recordings that end together on, two flushes of the file system are cheaper than two for
/// each.
const MANY: usize = 8;

/// What a recording is called once it is closed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Closed {
    /// Where it lies; its text goes into the index.
    pub place: Place,
    /// 1 or 2.
    pub channels: u8,
    /// Samples per channel at 8 kHz.
    pub samples: u64,
    /// Samples per channel that could not be written (disk full or failing): a gap at the end.
    pub lost: u64,
    /// Size of the file.
    pub bytes: u64,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// SHA-256 of the wrapped key; `None` if unsealed.
    pub key_sha256: Option<[u8; 32]>,
    /// MD5 of the audio, as in STREAMINFO; `None` where only a key could tell.
    pub md5: Option<[u8; 16]>,
}

impl Closed {
    /// Of a recording whose file is not hashed yet and has no key.
    pub(super) fn of(place: Place, totals: &Totals, bytes: u64) -> Self {
        Self {
            place,
            channels: totals.channels,
            samples: totals.samples,
            lost: 0,
            bytes,
            sha256: [0; 32],
            key_sha256: None,
            md5: Some(totals.md5()),
        }
    }
}

/// A recording that is wholly written and waits for its name. Dropped before, it is left as a crash would
/// leave it.
#[derive(Debug)]
pub struct Ending {
    dir: Dir,
    file: Held,
    closed: Closed,
}

impl Ending {
    /// Cuts the file where the recording ends.
    pub(super) fn new(dir: Dir, file: Held, closed: Closed) -> Result<Self, VaultError> {
        let part = closed.place.part_name();
        file.set_len(closed.bytes)
            .map_err(VaultError::io("truncate", dir.path(&part)))?;
        Ok(Self { dir, file, closed })
    }

    /// Makes it durable under its final name. Blocks for two flushes of the disk, and reads the file once for
    /// its hash.
    ///
    /// # Errors
    /// As [`Recording::finish`](super::Recording::finish).
    pub fn close(self) -> Result<Closed, VaultError> {
        sync(&self.dir, &self.closed.place, &self.file)?;
        self.name()?;
        self.dir.sync()?;
        self.hashed()
    }

    fn name(&self) -> Result<(), VaultError> {
        let place = &self.closed.place;
        self.dir.rename(&place.part_name(), &place.file_name())
    }

    fn hashed(self) -> Result<Closed, VaultError> {
        let path = || self.dir.path(&self.closed.place.file_name());
        let sha256 = sha256(&self.file).map_err(|error| VaultError::io("read", path())(error))?;
        Ok(Closed {
            sha256,
            ..self.closed
        })
    }
}

impl Vault {
    /// [`Ending::close`] for several recordings; many share the flushes. In their order.
    pub fn close(&self, endings: Vec<Ending>) -> Vec<Result<Closed, VaultError>> {
        // Where the disk refuses, each learns for itself whether it is meant.
        if endings.len() < MANY || self.sync().is_err() {
            return endings.into_iter().map(Ending::close).collect();
        }
        let named: Vec<_> = endings
            .into_iter()
            .map(|ending| ending.name().map(|()| ending))
            .collect();
        let durable = self.sync();
        let each = named.into_iter().map(|named| {
            let ending = named?;
            if durable.is_err() {
                ending.dir.sync()?;
            }
            ending.hashed()
        });
        each.collect()
    }
}

/// Gives an unsealed file that a crash has left its end, its header and its name.
pub(super) fn close(
    dir: &Dir,
    place: &Place,
    file: &File,
    totals: &Totals,
    tags: &Tags,
    end: u64,
) -> Result<Closed, VaultError> {
    let path = dir.path(&place.part_name());
    let end = end.max(HEADER as u64);
    file.write_all_at(&flacfile::header(totals, tags, true), 0)
        .map_err(VaultError::io("write the header of", path))?;
    let sha256 = publish(dir, place, file, end)?;
    Ok(Closed {
        sha256,
        ..Closed::of(place.clone(), totals, end)
    })
}

/// Cuts a `.part` file at `end` and makes it durable under its final name; gives its SHA-256.
pub(super) fn publish(
    dir: &Dir,
    place: &Place,
    file: &File,
    end: u64,
) -> Result<[u8; 32], VaultError> {
    let part = place.part_name();
    file.set_len(end)
        .map_err(VaultError::io("truncate", dir.path(&part)))?;
    sync(dir, place, file)?;
    dir.rename(&part, &place.file_name())?;
    dir.sync()?;
    sha256(file).map_err(VaultError::io("read", dir.path(&place.file_name())))
}

fn sync(dir: &Dir, place: &Place, file: &File) -> Result<(), VaultError> {
    let path = || dir.path(&place.part_name());
    file.sync_all()
        .map_err(|error| VaultError::io("sync", path())(error))
}

/// SHA-256 of a whole file.
pub(super) fn sha256(file: &File) -> std::io::Result<[u8; 32]> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    let mut at = 0;
    loop {
        match file.read_at(&mut buffer, at)? {
            0 => return Ok(hash.finalize().into()),
            n => {
                hash.update(&buffer[..n]);
                at += n as u64;
            }
        }
    }
}
