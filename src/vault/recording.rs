//! One recording being written.

use std::collections::VecDeque;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use super::encode::{BLOCK, Encoder, encode};
use super::ending::{self, Closed, Ended};
use super::flacfile::{self, Totals};
use super::seal::Sealer;
use super::shelf::{Dir, Held, Place};
use super::sums::{AudioSum, add_to_all};
use super::{Tags, Tombstone, Vault, VaultError};

/// What a sealed recording begins with.
pub(super) struct NewSeal {
    pub(super) sealer: Sealer,
    /// The container's header.
    pub(super) header: Vec<u8>,
    pub(super) key_sha256: [u8; 32],
}

/// A recording being written; `Send`, used by one thread at a time.
///
/// Dropped without [`finish`](Self::finish) it is left as a crash would leave it, for
/// [`recover`](super::Vault::recover).
#[derive(Debug)]
pub struct Recording {
    pub(super) place: Place,
    pub(super) dir: Dir,
    pub(super) file: Held,
    pub(super) tags: Tags,
    encoder: Encoder,
    block: Vec<i16>,
    /// Of all frames; the sum lacks the blocks in `unsummed`.
    totals: Totals,
    /// The newest blocks, the oldest first.
    unsummed: VecDeque<Vec<i16>>,
    /// A block that may be used again.
    spare: Vec<i16>,
    seal: Option<Sealer>,
    key_sha256: Option<[u8; 32]>,
    /// Whether its name may be lost with the power: the next sync makes it durable.
    new: bool,
    /// Bytes of the file that are whole; writing goes on here.
    end: u64,
    /// What is not written yet: frames that gather, or that the disk refused.
    pending: Vec<u8>,
    /// The disk refused: it is tried again before anything else is taken.
    stuck: bool,
    lost: u64,
    /// The newest block boundaries, the oldest first.
    marks: VecDeque<Mark>,
}

/// Block boundaries to which a recording can still be cut: twelve seconds.
const MARKS: usize = 48;

/// Bytes of frames that gather for one write at most.
const MOST_PENDING: usize = 64 << 10;

/// Most blocks that wait to be summed with other recordings': two seconds.
const MOST_UNSUMMED: usize = 8;

/// A boundary between two blocks on disk.
#[derive(Clone, Debug)]
struct Mark {
    totals: Totals,
    end: u64,
    position: u32,
}

impl Recording {
    /// Without `sealed` a FLAC file begins.
    pub(super) fn start(
        place: Place,
        dir: Dir,
        (channels, encoder): (u8, Encoder),
        tags: Tags,
        sealed: Option<NewSeal>,
    ) -> Result<Self, VaultError> {
        let totals = Totals::new(channels);
        let (seal, key_sha256, pending) = match sealed {
            Some(NewSeal {
                mut sealer,
                mut header,
                key_sha256,
            }) => {
                header.extend(sealer.tags(&tags)?);
                (Some(sealer), Some(key_sha256), header)
            }
            None => (None, None, flacfile::header(&totals, &tags, false)),
        };
        let busy = || VaultError::Busy {
            path: dir.path(&place.part_name()),
        };
        let file = Held::take(dir.create(&place.part_name())?).ok_or_else(busy)?;
        let mut recording = Self {
            place,
            dir,
            file,
            tags,
            encoder,
            block: Vec::with_capacity(BLOCK * usize::from(channels)),
            totals,
            unsummed: VecDeque::new(),
            spare: Vec::new(),
            seal,
            key_sha256,
            new: true,
            end: 0,
            pending,
            stuck: false,
            lost: 0,
            marks: VecDeque::with_capacity(MARKS),
        };
        recording.flush()?;
        Ok(recording)
    }

    /// Which recording.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Samples per channel taken so far, the lost ones not counted.
    pub fn samples(&self) -> u64 {
        self.totals.samples + (self.block.len() / usize::from(self.totals.channels)) as u64
    }

    /// Samples per channel that were lost because the disk did not take them.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Takes interleaved samples, any number of whole frames, and writes every block that is full: 0.25 s.
    /// Blocks for that write.
    ///
    /// # Errors
    /// When the disk refuses. The blocks in hand are kept and retried by the next call; blocks that
    /// come meanwhile are dropped and counted in [`lost`](Self::lost). What is on disk stays whole.
    pub fn write(&mut self, pcm: &[i16]) -> Result<(), VaultError> {
        self.take(pcm).and_then(|()| self.flush())
    }

    /// The same, but for writing: full blocks gather until [`flush`](Self::flush), or until they are worth
    /// a write of their own.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn take(&mut self, mut pcm: &[i16]) -> Result<(), VaultError> {
        let full = BLOCK * usize::from(self.totals.channels);
        let mut outcome = Ok(());
        while !pcm.is_empty() {
            let (now, later) = pcm.split_at(pcm.len().min(full - self.block.len()));
            self.block.extend_from_slice(now);
            pcm = later;
            if self.block.len() == full {
                outcome = outcome.and(self.take_block());
            }
        }
        outcome
    }

    /// Cuts off what follows the first `keep` samples per channel, up to the end of their block: it
    /// turned out to be after the call. Reaches back [`MARKS`] blocks at most; what lies further
    /// back stays.
    fn cut(&mut self, keep: u64) {
        self.sum_all();
        // Where the disk refuses, nothing is cut.
        let written = self.flush().is_ok();
        if self.totals.samples < keep {
            let rest = (keep - self.totals.samples) as usize * usize::from(self.totals.channels);
            self.block.truncate(rest);
            return;
        }
        self.block.clear();
        let Some(mark) = self.marks.iter().find(|mark| mark.totals.samples >= keep) else {
            return;
        };
        if written {
            self.totals = mark.totals.clone();
            self.end = mark.end;
            if let Some(seal) = &mut self.seal {
                seal.back_to(mark.position);
            }
        }
    }

    fn mark(&mut self) {
        if self.marks.len() == MARKS {
            self.marks.pop_front();
        }
        self.marks.push_back(Mark {
            totals: self.totals.clone(),
            end: self.end + self.pending.len() as u64,
            position: self.seal.as_ref().map_or(0, Sealer::position),
        });
    }

    /// Blocks that wait to be summed.
    pub fn unsummed(&self) -> usize {
        self.unsummed.len()
    }

    /// The oldest block that waits to be summed, to be given back to [`Recording::summed`] before
    /// anything else is done with the recording.
    pub fn take_unsummed(&mut self) -> Option<Unsummed> {
        let pcm = self.unsummed.pop_front()?;
        let sum = self.totals.sum.clone();
        Some(Unsummed { sum, pcm })
    }

    /// Takes back what [`sum`] has summed.
    pub fn summed(&mut self, summed: Unsummed) {
        let Unsummed { sum, mut pcm } = summed;
        let frames = self.totals.frames - self.unsummed.len() as u32;
        let mut marks = self.marks.iter_mut().rev();
        if let Some(mark) = marks.find(|mark| mark.totals.frames <= frames)
            && mark.totals.frames == frames
        {
            mark.totals.sum = sum.clone();
        }
        self.totals.sum = sum;
        pcm.clear();
        self.spare = pcm;
    }

    fn sum_all(&mut self) {
        while let Some(mut waiting) = self.take_unsummed() {
            waiting.sum.add(&waiting.pcm);
            self.summed(waiting);
        }
    }

    /// Encodes the block in hand.
    fn take_block(&mut self) -> Result<(), VaultError> {
        let room = match self.stuck {
            true => self.flush(),
            false => Ok(()),
        };
        let outcome = room.and_then(|()| {
            let channels = usize::from(self.totals.channels);
            let frames = self.totals.frames;
            let encode = |out| encode(self.encoder, &self.block, channels, frames, out);
            let length = match &mut self.seal {
                Some(seal) => {
                    let mut frame = Vec::new();
                    let length = encode(&mut frame)?;
                    let record = seal.frame(&frame, (self.block.len() / channels) as u32)?;
                    self.pending.extend_from_slice(&record);
                    length
                }
                None => encode(&mut self.pending)?,
            };
            self.totals.count(&self.block, length);
            Ok(())
        });
        if outcome.is_err() {
            self.lost += (self.block.len() / usize::from(self.totals.channels)) as u64;
            self.block.clear();
            return outcome;
        }
        let next = std::mem::take(&mut self.spare);
        self.unsummed
            .push_back(std::mem::replace(&mut self.block, next));
        if self.unsummed.len() > MOST_UNSUMMED {
            self.sum_all();
        }
        self.mark();
        if self.pending.len() < MOST_PENDING {
            return Ok(());
        }
        self.flush()
    }

    /// Writes the blocks that have gathered behind what is whole; a partial write is written over.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn flush(&mut self) -> Result<(), VaultError> {
        let outcome = self.file.write_all_at(&self.pending, self.end);
        self.stuck = outcome.is_err();
        outcome.map_err(|error| VaultError::io("write", self.part_path())(error))?;
        self.end += self.pending.len() as u64;
        self.pending.clear();
        Ok(())
    }

    fn part_path(&self) -> PathBuf {
        self.dir.path(&self.place.part_name())
    }

    /// Makes all blocks written so far durable (fdatasync), the first time the file's name too: call it at
    /// most 0.5 s apart. Blocks for one disk flush.
    ///
    /// # Errors
    /// The kernel's; after one, assume that everything since the last good sync may be lost.
    pub fn sync(&mut self) -> Result<(), VaultError> {
        self.file
            .sync_data()
            .map_err(VaultError::io("sync", self.part_path()))?;
        if self.new {
            self.dir.sync()?;
        }
        self.synced();
        Ok(())
    }

    /// Whether the disk refused the last write: what is in hand is tried again with the next.
    pub fn is_refused(&self) -> bool {
        self.stuck
    }

    /// All that was written was made durable by [`Vault::sync`].
    pub fn synced(&mut self) {
        self.new = false;
    }

    /// Gives the recording up (its call was withdrawn, or is not to be kept): it is deleted.
    ///
    /// # Errors
    /// As [`Vault::delete`].
    pub fn abandon(self, vault: &Vault) -> Result<Tombstone, VaultError> {
        let Self { place, file, .. } = self;
        drop(file);
        vault.delete(&place)
    }

    /// [`Recording::finish`] for a call that ended earlier than was known when its audio was
    /// written: of each channel, `keep` samples are kept, up to the end of their block of 0.25 s.
    ///
    /// # Errors
    /// As [`Recording::finish`].
    pub fn finish_at(self, keep: u64, tags: &Tags) -> Result<Closed, VaultError> {
        self.end_at(keep, tags)?.close()
    }

    /// Ends the recording: the last samples, tags and STREAMINFO are written, the file gets its
    /// final name, everything is durable. Reads the file once for its hash.
    ///
    /// # Errors
    /// The file is left under its `.part` name; recovery closes it later.
    pub fn finish(self, tags: &Tags) -> Result<Closed, VaultError> {
        self.end(tags)?.close()
    }

    /// [`Recording::finish_at`] up to where the disk is waited for.
    ///
    /// # Errors
    /// As [`Recording::finish`].
    pub fn end_at(mut self, keep: u64, tags: &Tags) -> Result<Ended, VaultError> {
        self.cut(keep);
        self.end(tags)
    }

    fn end(mut self, tags: &Tags) -> Result<Ended, VaultError> {
        if !self.block.is_empty() {
            self.take_block()?;
        }
        self.flush()?;
        self.sum_all();
        self.tags = std::mem::take(&mut self.tags).updated(tags);
        let sha256 = match &mut self.seal {
            Some(seal) => {
                self.pending = seal.end(&self.totals, &self.tags)?;
                self.flush()?;
                ending::end_at(&self.dir, &self.place, &self.file, self.end)?
            }
            None => {
                self.end = ending::plain_end(self.end);
                let told = (&self.totals, &self.tags);
                ending::end_plain(&self.dir, &self.place, &self.file, told, self.end)?
            }
        };
        let closed = Closed {
            place: self.place,
            channels: self.totals.channels,
            samples: self.totals.samples,
            lost: self.lost,
            bytes: self.end,
            sha256,
            key_sha256: self.key_sha256,
            md5: Some(self.totals.md5()),
        };
        Ok(Ended {
            dir: self.dir,
            file: self.file,
            closed,
        })
    }
}

/// A block of a recording that waits to be summed, with the sum of all before it.
#[derive(Debug)]
pub struct Unsummed {
    sum: AudioSum,
    pcm: Vec<i16>,
}

/// Sums the blocks of many recordings side by side: each recording's next one.
pub fn sum(blocks: &mut [Unsummed]) {
    let mut streams: Vec<(&mut AudioSum, &[i16])> = blocks
        .iter_mut()
        .map(|block| (&mut block.sum, &block.pcm[..]))
        .collect();
    add_to_all(&mut streams);
}
