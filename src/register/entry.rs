//! One line of the log and its hash.
//!
//! `seq ms actor kind commitment prev hash`, separated by one space, no other form allowed. The hash
//! is over `linetap-log-1`, a line feed and everything before the hash; the commitment is SHA-256 of
//! salt and body. What is said in clear (who, when, what kind) names no one but a user number.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::words::hex;

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Hash(pub [u8; 32]);

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Hash {
    /// Of some bytes.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// From 64 lower-case hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        unhex(text)?.try_into().ok().map(Self)
    }
}

/// Only lower case: one value has one text, so that no byte can change unseen.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?))
        .collect()
}

/// A committed entry, without its body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Its number, from 1.
    pub seq: u64,
    /// When it was entered: UTC, milliseconds.
    pub ms: i64,
    /// Who entered it: `uid:1001`, or `recorder`.
    pub actor: String,
    /// The role in which it was entered, or `-`.
    pub role: String,
    /// The act's word.
    pub kind: String,
    /// SHA-256 of salt and body.
    pub commitment: Hash,
    /// The hash of the entry before; zeros for the first.
    pub prev: Hash,
    /// Its own.
    pub hash: Hash,
}

impl Entry {
    fn head_text(&self) -> String {
        format!(
            "{} {} {} {} {} {} {}",
            self.seq, self.ms, self.actor, self.role, self.kind, self.commitment, self.prev
        )
    }

    /// The hash this entry must have.
    pub fn true_hash(&self) -> Hash {
        Hash::of(&[b"linetap-log-1\n", self.head_text().as_bytes()])
    }

    /// Its line, without the line feed.
    pub fn line(&self) -> String {
        format!("{} {}", self.head_text(), self.hash)
    }

    /// Reads a line; `None` unless it is exactly as [`line`](Self::line) would write it.
    pub fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split(' ');
        let mut next = || fields.next();
        let entry = Self {
            seq: next()?.parse().ok()?,
            ms: next()?.parse().ok()?,
            actor: next()?.to_owned(),
            role: next()?.to_owned(),
            kind: next()?.to_owned(),
            commitment: Hash::from_hex(next()?)?,
            prev: Hash::from_hex(next()?)?,
            hash: Hash::from_hex(next()?)?,
        };
        (entry.line() == line).then_some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_one_form_only() {
        let mut entry = Entry {
            seq: 1,
            ms: 1_764_000_000_000,
            actor: "uid:1001".into(),
            role: "director".into(),
            kind: "order".into(),
            commitment: Hash::of(&[b"x"]),
            prev: Hash::default(),
            hash: Hash::default(),
        };
        entry.hash = entry.true_hash();
        let line = entry.line();
        assert_eq!(Entry::parse(&line), Some(entry));
        for other in [
            line.to_uppercase(),
            format!("0{line}"),
            format!("{line} "),
            format!("+{line}"),
        ] {
            assert_eq!(Entry::parse(&other), None);
        }
    }
}
