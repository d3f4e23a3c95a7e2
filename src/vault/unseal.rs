//! The sealed container read: without a key its records are counted, with the key opened.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use aead_stream::StreamPrimitive;
use zeroize::Zeroizing;

use super::flacfile::frame_at;
use super::keys::Dek;
use super::seal::{
    CHECKSUM, End, KIND_END, KIND_FRAMES, KIND_TAGS, LAST, MAGIC, PRELUDE, SealedHeader, Stream,
    associated, checksum, stream,
};
use super::{Tags, VaultError};

/// No header and no record of ours is longer; a length beyond is damage.
const LONGEST: u32 = 64 << 10;

/// A sealed file and its sound header.
#[derive(Debug)]
pub(super) struct SealedFile {
    pub(super) header: SealedHeader,
    file: File,
    path: PathBuf,
    nonce: [u8; 19],
    hash: [u8; 32],
    /// Offset of the next record.
    at: u64,
    /// Records read.
    count: u32,
}

/// One record as it stands in the file, its checksum right.
pub(super) struct Raw {
    sequence: u32,
    samples: u32,
    sealed: Vec<u8>,
}

/// What the records of a file add up to without the key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Counted {
    /// Samples per channel.
    pub(super) samples: u64,
    /// Offset behind the last sound record.
    pub(super) end: u64,
    /// Whether the last record says that it is the last.
    pub(super) ended: bool,
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..at + 4)?
        .try_into()
        .ok()
        .map(u32::from_le_bytes)
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

impl SealedFile {
    /// Reads the header; `None` if it is not whole or altered.
    pub(super) fn open(file: File, path: &Path) -> Result<Option<Self>, VaultError> {
        let mut fixed = [0; 12];
        let Some(length) = read_full(&file, &mut fixed, 0, path)?
            .then(|| number(&fixed, 8))
            .flatten()
            .filter(|length| fixed.starts_with(MAGIC) && *length <= LONGEST)
        else {
            return Ok(None);
        };
        let mut bytes = vec![0; 12 + length as usize + CHECKSUM];
        if !read_full(&file, &mut bytes, 0, path)? {
            return Ok(None);
        }
        let (covered, sum) = bytes.split_at(bytes.len() - CHECKSUM);
        let header: Option<SealedHeader> = serde_json::from_slice(&covered[12..]).ok();
        let Some((header, nonce)) = header
            .filter(|_| checksum(covered) == sum)
            .and_then(|header| unhex(&header.nonce).map(|nonce| (header, nonce)))
        else {
            return Ok(None);
        };
        let hash = *blake3::hash(&bytes).as_bytes();
        let at = bytes.len() as u64;
        Ok(Some(Self {
            header,
            file,
            path: path.to_owned(),
            nonce,
            hash,
            at,
            count: 0,
        }))
    }

    /// The next record; `None` at the end or where the file is torn or altered.
    fn next_raw(&mut self) -> Result<Option<Raw>, VaultError> {
        let mut prelude = [0; PRELUDE];
        if !read_full(&self.file, &mut prelude, self.at, &self.path)? {
            return Ok(None);
        }
        let word = |at| number(&prelude, at).unwrap_or(u32::MAX);
        let (length, sequence, samples) = (word(0), word(4), word(8));
        if length > LONGEST || sequence & !LAST != self.count {
            return Ok(None);
        }
        let mut record = vec![0; PRELUDE + length as usize + CHECKSUM];
        if !read_full(&self.file, &mut record, self.at, &self.path)? {
            return Ok(None);
        }
        let (covered, sum) = record.split_at(record.len() - CHECKSUM);
        if checksum(covered) != sum {
            return Ok(None);
        }
        self.at += record.len() as u64;
        self.count += 1;
        Ok(Some(Raw {
            sequence,
            samples,
            sealed: covered[PRELUDE..].to_vec(),
        }))
    }

    /// Counts all sound records. Needs no key.
    pub(super) fn count(&mut self) -> Result<Counted, VaultError> {
        let mut counted = Counted {
            samples: 0,
            end: self.at,
            ended: false,
        };
        while !counted.ended {
            let Some(raw) = self.next_raw()? else { break };
            counted.samples += u64::from(raw.samples);
            counted.ended = raw.sequence & LAST != 0;
            counted.end = self.at;
        }
        Ok(counted)
    }

    /// Opens the records with the key.
    pub(super) fn unseal(self, dek: &Dek) -> Unsealed {
        let stream = stream(dek, &self.nonce);
        Unsealed {
            file: self,
            stream,
            ended: false,
        }
    }
}

/// True if `buffer` could be filled from `at`.
fn read_full(file: &File, buffer: &mut [u8], at: u64, path: &Path) -> Result<bool, VaultError> {
    match file.read_exact_at(buffer, at) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(VaultError::io("read", path)(error)),
    }
}

/// An opened recording, record by record.
pub(super) struct Unsealed {
    file: SealedFile,
    stream: Stream,
    ended: bool,
}

impl std::fmt::Debug for Unsealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Unsealed({})", self.file.path.display())
    }
}

/// What one record held.
pub(super) enum Part {
    /// Tags known at the beginning.
    Tags(Tags),
    /// A frame, and its interleaved samples.
    Frame(Vec<u8>, Vec<i16>),
    /// The clean end: samples per channel, MD5 of the audio, tags.
    End(u64, [u8; 16], Tags),
}

impl Unsealed {
    pub(super) fn header(&self) -> &SealedHeader {
        &self.file.header
    }

    pub(super) fn path(&self) -> &Path {
        &self.file.path
    }

    fn damaged(&self, what: &str) -> VaultError {
        let what = format!(
            "{what} in record {} (byte {})",
            self.file.count, self.file.at
        );
        VaultError::Damaged {
            path: self.file.path.clone(),
            what,
        }
    }

    /// The next record; `None` behind the clean end, and at the end of a file that a crash cut.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] where bytes are left that are no record, or one that this key does
    /// not open: altered, moved, or another key.
    pub(super) fn next(&mut self) -> Result<Option<Part>, VaultError> {
        let Some(raw) = self.file.next_raw()? else {
            let length = self.file.file.metadata();
            let length = length
                .map_err(VaultError::io("read", &self.file.path))?
                .len();
            return if self.file.at == length {
                Ok(None)
            } else {
                Err(self.damaged("unsound bytes"))
            };
        };
        if self.ended {
            return Err(self.damaged("something after the end"));
        }
        self.ended = raw.sequence & LAST != 0;
        let mut plain = Zeroizing::new(raw.sealed);
        let associated = associated(&self.file.hash, raw.sequence, raw.samples);
        self.stream
            .decrypt_in_place(raw.sequence & !LAST, self.ended, &associated, &mut *plain)
            .map_err(|_| self.damaged("the key does not open what is"))?;
        let (kind, body) = plain.split_first().ok_or_else(|| self.damaged("nothing"))?;
        let unknown = || self.damaged("unknown content");
        match *kind {
            KIND_FRAMES => {
                let (pcm, _, bytes) = frame_at(body).ok_or_else(unknown)?;
                Ok(Some(Part::Frame(body[..bytes].to_vec(), pcm)))
            }
            KIND_TAGS => Ok(Some(Part::Tags(parse_tags(body).ok_or_else(unknown)?))),
            KIND_END => {
                let end: End = serde_json::from_slice(body).map_err(|_| unknown())?;
                let md5 = unhex(&end.md5).ok_or_else(unknown)?;
                Ok(Some(Part::End(end.samples, md5, collect(end.tags))))
            }
            _ => Err(unknown()),
        }
    }
}

fn parse_tags(body: &[u8]) -> Option<Tags> {
    serde_json::from_slice::<Vec<(String, String)>>(body)
        .ok()
        .map(collect)
}

fn collect(pairs: Vec<(String, String)>) -> Tags {
    let mut tags = Tags::new();
    for (key, value) in pairs {
        tags.set(&key, &value);
    }
    tags
}
