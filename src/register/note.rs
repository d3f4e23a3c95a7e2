//! Checkpoints: C2SP tlog-checkpoint notes signed with ed25519 (c2sp.org/tlog-checkpoint,
//! c2sp.org/signed-note). Printed daily: who rewrites the log later must explain the paper.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use super::entry::{Hash, unhex};
use super::key::{self, SecretKey};

/// What a checkpoint says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkpoint {
    /// Whose log: `linetap/` and the site.
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// RFC 6962 root over their lines.
    pub root: Hash,
    /// The newest entry's hash: the short form for paper.
    pub head: Hash,
    /// Further lines: fingerprints of the keys in force, version of the rules.
    pub notes: Vec<String>,
}

/// Why a note is not accepted.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum NoteError {
    /// Not the form.
    #[error("this is no checkpoint of a linetap log")]
    Form,
    /// No signature of the key asked for.
    #[error("the checkpoint is not signed by this recorder's key")]
    Signature,
}

impl Checkpoint {
    fn text(&self) -> String {
        let root = STANDARD.encode(self.root.0);
        let mut text = format!(
            "{}\n{}\n{root}\nhead {}\n",
            self.origin, self.size, self.head
        );
        for note in &self.notes {
            text.push_str(&format!("note {}\n", note.replace('\n', " ")));
        }
        text
    }

    /// The signed note.
    pub fn sign(&self, key: &SecretKey) -> String {
        let text = self.text();
        let mut blob = key_id(&self.origin, &key.public()).to_vec();
        blob.extend_from_slice(&key.raw(text.as_bytes()));
        format!("{text}\n— {} {}\n", self.origin, STANDARD.encode(blob))
    }

    /// Reads a note and checks its signature by `public`.
    ///
    /// # Errors
    /// See [`NoteError`].
    pub fn open(note: &str, public: &str) -> Result<Self, NoteError> {
        let (text, signatures) = note.split_once("\n\n").ok_or(NoteError::Form)?;
        let text = format!("{text}\n");
        let read = Self::read(&text).ok_or(NoteError::Form)?;
        if read.text() != text {
            return Err(NoteError::Form);
        }
        let id = key_id(&read.origin, public);
        if !signatures.ends_with('\n') {
            return Err(NoteError::Form);
        }
        let signed = signatures.lines().any(|line| {
            let blob = line
                .strip_prefix(&format!("— {} ", read.origin))
                .and_then(|blob| STANDARD.decode(blob).ok());
            blob.is_some_and(|blob| {
                blob.strip_prefix(&id)
                    .is_some_and(|signature| key::verify_raw(public, text.as_bytes(), signature))
            })
        });
        if signed {
            Ok(read)
        } else {
            Err(NoteError::Signature)
        }
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let origin = lines.next()?.to_owned();
        let size = lines.next()?.parse().ok()?;
        let root = Hash(STANDARD.decode(lines.next()?).ok()?.try_into().ok()?);
        let head = Hash::from_hex(lines.next()?.strip_prefix("head ")?)?;
        let notes: Option<Vec<String>> = lines
            .map(|line| line.strip_prefix("note ").map(str::to_owned))
            .collect();
        Some(Self {
            origin,
            size,
            root,
            head,
            notes: notes?,
        })
    }
}

/// `SHA-256(name || 0x0A || 0x01 || key)[:4]` of signed-note.
fn key_id(name: &str, public: &str) -> [u8; 4] {
    let key = unhex(public).unwrap_or_default();
    let hash = Hash::of(&[name.as_bytes(), b"\n\x01", &key]);
    [hash.0[0], hash.0[1], hash.0[2], hash.0[3]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_altered_byte_of_a_note_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let key = SecretKey::create(&dir.path().join("key")).unwrap();
        let checkpoint = Checkpoint {
            origin: "linetap/centrala".into(),
            size: 7,
            root: Hash::of(&[b"root"]),
            head: Hash::of(&[b"head"]),
            notes: vec!["rules 0123".into()],
        };
        let note = checkpoint.sign(&key);
        assert_eq!(Checkpoint::open(&note, &key.public()), Ok(checkpoint));
        for at in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[at] ^= 1;
            if let Ok(altered) = String::from_utf8(bytes) {
                assert!(Checkpoint::open(&altered, &key.public()).is_err(), "{at}");
            }
        }
        let other = SecretKey::create(&dir.path().join("other")).unwrap();
        assert_eq!(
            Checkpoint::open(&note, &other.public()),
            Err(NoteError::Signature)
        );
    }
}
