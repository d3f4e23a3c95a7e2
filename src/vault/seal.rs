//! The sealed container (`.rec`): how its bytes are made.
//!
//! ```text
//! header   "LTREC\x01\r\n"  u32 length  JSON  8 bytes of BLAKE3 over all before
//! record   u32 length of the ciphertext    u32 sequence number, bit 31 set on the last record
//!          u32 samples per channel         ciphertext with its 16-byte tag
//!          8 bytes of BLAKE3 over all before in the record
//! ```
//! Numbers are little-endian. Encryption is XChaCha20-Poly1305 in the STREAM construction
//! (32-bit counter, last flag), the nonce prefix in the header; the header's BLAKE3, the sequence
//! number and the sample count are authenticated with each record. The unkeyed checksums are for
//! recovery and `verify`, which have no key. The first byte of the plaintext says what follows:
//! tags at the beginning, 0.25 s of FLAC frames, the end.
//!
//! Numbers and names stand only inside the seal. What stands in clear is what an index can be
//! rebuilt from without a key: ids, line, start, length, to whom it is sealed.

use aead_stream::{NewStream, StreamBE32, StreamPrimitive};
use chacha20poly1305::XChaCha20Poly1305;
use serde::{Deserialize, Serialize};

use super::flacfile::Totals;
use super::keys::{Dek, Recipient};
use super::{Begin, Tags, VaultError};
use crate::words::{RATE_HZ, hex};

pub(super) const MAGIC: &[u8; 8] = b"LTREC\x01\r\n";
pub(super) const CHECKSUM: usize = 8;
/// Bytes of a record before its ciphertext.
pub(super) const PRELUDE: usize = 12;
/// Bit 31 of the sequence number.
pub(super) const LAST: u32 = 1 << 31;

pub(super) const KIND_TAGS: u8 = 0;
pub(super) const KIND_FRAMES: u8 = 1;
pub(super) const KIND_END: u8 = 2;

/// What stands in clear at the beginning of a sealed file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SealedHeader {
    /// Id of the recording.
    pub id: String,
    /// Id of its call.
    pub call: String,
    /// The line's configured name.
    pub line: String,
    /// Time of the first sample, RFC 3339.
    pub started: String,
    /// 1 or 2.
    pub channels: u8,
    /// Samples per second.
    pub rate: u32,
    /// Always `flac`.
    pub codec: String,
    /// Version of the recording rules in force.
    pub rules: String,
    /// Nonce prefix, 19 bytes in hexadecimal.
    pub nonce: String,
    /// Fingerprints of those to whom the key is wrapped.
    pub recipients: Vec<String>,
}

/// The last record's content.
#[derive(Serialize, Deserialize)]
pub(super) struct End {
    pub(super) samples: u64,
    pub(super) md5: String,
    pub(super) tags: Vec<(String, String)>,
}

pub(super) fn checksum(bytes: &[u8]) -> [u8; CHECKSUM] {
    let mut short = [0; CHECKSUM];
    short.copy_from_slice(&blake3::hash(bytes).as_bytes()[..CHECKSUM]);
    short
}

pub(super) fn pairs(tags: &Tags) -> Vec<(String, String)> {
    tags.iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// Additional data of a record: header, sequence word, samples.
pub(super) fn associated(header: &[u8; 32], sequence: u32, samples: u32) -> [u8; 40] {
    let mut data = [0; 40];
    data[..32].copy_from_slice(header);
    data[32..36].copy_from_slice(&sequence.to_le_bytes());
    data[36..].copy_from_slice(&samples.to_le_bytes());
    data
}

pub(super) type Stream = StreamBE32<XChaCha20Poly1305>;

/// The cipher of a recording under this nonce prefix.
pub(super) fn stream(dek: &Dek, nonce: &[u8; 19]) -> Stream {
    Stream::new(dek.bytes().into(), nonce.into())
}

/// Makes records. Holds the key (inside the cipher, wiped when dropped) while the call lasts.
pub(super) struct Sealer {
    stream: Stream,
    header: [u8; 32],
    next: u32,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealer({} records)", self.next)
    }
}

impl Sealer {
    /// A sealer, and the header with which the file begins.
    pub(super) fn new(
        dek: &Dek,
        begin: &Begin,
        recipients: &[Recipient],
    ) -> Result<(Self, Vec<u8>), VaultError> {
        let mut nonce = [0; 19];
        getrandom::fill(&mut nonce).map_err(|error| VaultError::Key {
            what: format!("no random numbers: {error}"),
        })?;
        let header = SealedHeader {
            id: begin.id.to_string(),
            call: begin.call.to_string(),
            line: begin.line.clone(),
            started: begin.started.to_string(),
            channels: begin.channels,
            rate: RATE_HZ,
            codec: "flac".to_owned(),
            rules: begin.rules_version.clone(),
            nonce: hex(&nonce),
            recipients: recipients.iter().map(Recipient::fingerprint).collect(),
        };
        let json = serde_json::to_vec(&header).expect("strings and numbers always serialise");
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&(json.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&json);
        bytes.extend_from_slice(&checksum(&bytes));
        let header = *blake3::hash(&bytes).as_bytes();
        Ok((
            Self {
                stream: stream(dek, &nonce),
                header,
                next: 0,
            },
            bytes,
        ))
    }

    /// One record. Never makes two with one sequence number.
    fn record(
        &mut self,
        kind: u8,
        samples: u32,
        body: &[u8],
        last: u32,
    ) -> Result<Vec<u8>, VaultError> {
        let overflow = || VaultError::Encoder {
            what: "too many records".to_owned(),
        };
        let position = self.next;
        self.next = position
            .checked_add(1)
            .filter(|next| next & LAST == 0)
            .ok_or_else(overflow)?;
        let sequence = position | last;
        let mut sealed = Vec::with_capacity(body.len() + 1 + 16);
        sealed.push(kind);
        sealed.extend_from_slice(body);
        let associated = associated(&self.header, sequence, samples);
        self.stream
            .encrypt_in_place(position, last != 0, &associated, &mut sealed)
            .map_err(|_| overflow())?;
        let mut record = Vec::with_capacity(PRELUDE + sealed.len() + CHECKSUM);
        record.extend_from_slice(&(sealed.len() as u32).to_le_bytes());
        record.extend_from_slice(&sequence.to_le_bytes());
        record.extend_from_slice(&samples.to_le_bytes());
        record.extend_from_slice(&sealed);
        record.extend_from_slice(&checksum(&record));
        Ok(record)
    }

    /// Where the next record stands, for [`Sealer::back_to`].
    pub(super) fn position(&self) -> u32 {
        self.next
    }

    /// The records from `position` on are cut off. Only the last record may follow: its nonce
    /// differs from theirs by the flag for the last, so none is ever used twice.
    pub(super) fn back_to(&mut self, position: u32) {
        self.next = self.next.min(position);
    }

    pub(super) fn tags(&mut self, tags: &Tags) -> Result<Vec<u8>, VaultError> {
        let json = serde_json::to_vec(&pairs(tags)).expect("strings always serialise");
        self.record(KIND_TAGS, 0, &json, 0)
    }

    pub(super) fn frame(&mut self, frame: &[u8], samples: u32) -> Result<Vec<u8>, VaultError> {
        self.record(KIND_FRAMES, samples, frame, 0)
    }

    pub(super) fn end(&mut self, totals: &Totals, tags: &Tags) -> Result<Vec<u8>, VaultError> {
        let end = End {
            samples: totals.samples,
            md5: hex(&totals.md5()),
            tags: pairs(tags),
        };
        let json = serde_json::to_vec(&end).expect("strings and numbers always serialise");
        self.record(KIND_END, 0, &json, LAST)
    }
}
