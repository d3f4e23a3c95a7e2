//! How a recording ends: nothing more is added to it, it is made durable, it gets its final name, the name is
//! made durable. A crash between any two of these steps leaves what [`recover`](super::Vault::recover) puts right.

use std::fs::File;
use std::os::unix::fs::FileExt;

use sha2::{Digest, Sha256};

use super::flacfile::{self, HEADER, Totals};
use super::shelf::{Dir, Held, Place};
use super::{Tags, VaultError};

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

/// A recording that is complete, under its `.part` name still.
///
/// Dropped, it is left for recovery.
#[derive(Debug)]
pub struct Ended {
    pub(super) dir: Dir,
    pub(super) file: Held,
    pub(super) closed: Closed,
}

impl Ended {
    /// Makes it durable. Blocks for one disk flush; a later [`Vault::sync`](super::Vault::sync) does the same.
    ///
    /// # Errors
    /// The kernel's; then it is to be left for recovery.
    pub fn sync(&self) -> Result<(), VaultError> {
        sync(&self.dir, &self.closed.place, &self.file)
    }

    /// Gives it its final name. It must be durable: the power may fail now.
    ///
    /// # Errors
    /// The kernel's; the file is left under its `.part` name.
    pub fn name(self) -> Result<Named, VaultError> {
        let Self { dir, closed, .. } = self;
        name(&dir, &closed.place)?;
        Ok(Named { dir, closed })
    }

    /// All that is left to be done, one recording by itself. Blocks for two disk flushes.
    ///
    /// # Errors
    /// As [`Ended::sync`] and [`Ended::name`].
    pub fn close(self) -> Result<Closed, VaultError> {
        self.sync()?;
        self.name()?.close()
    }
}

/// A recording under its final name, which the power may still take back.
#[derive(Debug)]
pub struct Named {
    dir: Dir,
    closed: Closed,
}

impl Named {
    /// Makes the name durable. Blocks for one disk flush.
    ///
    /// # Errors
    /// The kernel's.
    pub fn close(self) -> Result<Closed, VaultError> {
        self.dir.sync()?;
        Ok(self.closed)
    }

    /// What it is, once a [`Vault::sync`](super::Vault::sync) has made the name durable.
    pub fn synced(self) -> Closed {
        self.closed
    }
}

/// Gives a `.part` file of FLAC its last header and its end; gives its SHA-256.
pub(super) fn end_plain(
    dir: &Dir,
    place: &Place,
    file: &File,
    (totals, tags): (&Totals, &Tags),
    end: u64,
) -> Result<[u8; 32], VaultError> {
    file.write_all_at(&flacfile::header(totals, tags, true), 0)
        .map_err(VaultError::io(
            "write the header of",
            dir.path(&place.part_name()),
        ))?;
    end_at(dir, place, file, end)
}

/// Where a FLAC file ends whose frames end at `frames`: behind its header at least.
pub(super) fn plain_end(frames: u64) -> u64 {
    frames.max(HEADER as u64)
}

/// Cuts a `.part` file at `end`; gives its SHA-256.
pub(super) fn end_at(
    dir: &Dir,
    place: &Place,
    file: &File,
    end: u64,
) -> Result<[u8; 32], VaultError> {
    let part = || dir.path(&place.part_name());
    // Where nothing is behind the end, cutting would still make the file system look for it.
    let length = file.metadata().map(|of| of.len());
    if length.map_err(VaultError::io("measure", part()))? != end {
        file.set_len(end)
            .map_err(VaultError::io("truncate", part()))?;
    }
    sha256(file).map_err(VaultError::io("read", part()))
}

/// Makes a `.part` file that has ended durable under its final name.
pub(super) fn publish(dir: &Dir, place: &Place, file: &File) -> Result<(), VaultError> {
    sync(dir, place, file)?;
    name(dir, place)?;
    dir.sync()
}

fn sync(dir: &Dir, place: &Place, file: &File) -> Result<(), VaultError> {
    file.sync_all()
        .map_err(VaultError::io("sync", dir.path(&place.part_name())))
}

fn name(dir: &Dir, place: &Place) -> Result<(), VaultError> {
    dir.rename(&place.part_name(), &place.file_name())
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
