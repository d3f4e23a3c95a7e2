//! The two files of the log, `log` and `bodies`: line n of one belongs to line n of the other.
//!
//! A body is written and synced before its entry, so an entry on disk always has one; what a crash
//! leaves behind the last whole entry never happened and is cut off when opening. Erasing writes
//! `-` over salt and body in place: it needs no space and leaves the chain whole. A third file,
//! `head`, is the newest state as a signed checkpoint, so that cutting off the tail is found.

use crate::words::hex;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::RegisterError;
use super::check;
use super::entry::{Entry, Hash};
use super::key::SecretKey;
use super::merkle;
use super::note::Checkpoint;

/// An entry with its body; `None` once erased.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// The entry.
    pub entry: Entry,
    /// Its canonical JSON.
    pub body: Option<String>,
}

/// What is to be entered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct New {
    /// UTC, milliseconds.
    pub ms: i64,
    /// `uid:1001` or `recorder`.
    pub actor: String,
    /// The role used, or `-`.
    pub role: String,
    /// The act's word.
    pub kind: String,
    /// Canonical JSON in one line.
    pub body: String,
}

/// Bytes of the salt before hashing.
pub(super) const SALT: usize = 16;

/// The open log; one per state directory.
#[derive(Debug)]
pub struct Log {
    dir: PathBuf,
    log: File,
    bodies: File,
    log_length: u64,
    /// Where each body's line begins; one more for the end.
    places: Vec<u64>,
    leaves: Vec<Hash>,
    last: Hash,
    in_doubt: bool,
    key: SecretKey,
    origin: String,
    notes: Vec<String>,
}

impl Log {
    /// Opens the log in `dir`, making it (0700) with its key if it is not there. Gives all entries.
    ///
    /// # Errors
    /// [`RegisterError::Damaged`] at the first byte that is not what was written.
    pub fn open(dir: &Path, origin: &str) -> Result<(Self, Vec<Record>), RegisterError> {
        if !dir.exists() {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(dir)
                .map_err(RegisterError::io("make", dir))?;
        }
        let key_path = dir.join("key");
        let key = if key_path.exists() {
            SecretKey::read(&key_path)?
        } else {
            SecretKey::create(&key_path)?
        };
        let log = open(&dir.join("log"))?;
        let bodies = open(&dir.join("bodies"))?;
        File::open(dir)
            .and_then(|dir| dir.sync_all())
            .map_err(RegisterError::io("sync", dir))?;
        let mut this = Self {
            dir: dir.to_owned(),
            log,
            bodies,
            log_length: 0,
            places: vec![0],
            leaves: Vec::new(),
            last: Hash::default(),
            in_doubt: false,
            key,
            origin: origin.to_owned(),
            notes: Vec::new(),
        };
        let records = this.load()?;
        Ok((this, records))
    }

    fn load(&mut self) -> Result<Vec<Record>, RegisterError> {
        let loaded = check::load(&self.dir)?;
        let head = check::head(&self.dir, &loaded.records, &self.key.public())?;
        if let Some(problem) = loaded.problems.into_iter().chain(head).next() {
            return Err(RegisterError::Damaged {
                path: self.dir.join(problem.file),
                line: problem.line,
                what: problem.what,
            });
        }
        for (record, line) in loaded.records.iter().zip(&loaded.body_lines) {
            let end = self.places.last().copied().unwrap_or(0) + line + 1;
            self.places.push(end);
            self.leaves.push(merkle::leaf(&record.entry.line()));
            self.last = record.entry.hash;
        }
        self.log_length = loaded.log_length;
        self.cut()?;
        Ok(loaded.records)
    }

    /// Cuts both files behind the last whole entry.
    fn cut(&mut self) -> Result<(), RegisterError> {
        let end = self.places.last().copied().unwrap_or(0);
        let cut = |file: &File, length: u64| {
            if file.metadata()?.len() != length {
                file.set_len(length)?;
                file.sync_data()?;
            }
            Ok(())
        };
        cut(&self.bodies, end).map_err(RegisterError::io("cut", &self.dir.join("bodies")))?;
        cut(&self.log, self.log_length).map_err(RegisterError::io("cut", &self.dir.join("log")))
    }

    /// Enters one entry; it is on disk when this returns.
    ///
    /// # Errors
    /// The disk's; the entry does not exist then.
    pub fn append(&mut self, new: New) -> Result<Entry, RegisterError> {
        if self.in_doubt {
            return Err(RegisterError::InDoubt);
        }
        let mut salt = [0; SALT];
        getrandom::fill(&mut salt).map_err(|error| RegisterError::Key {
            path: self.dir.clone(),
            what: format!("no random numbers: {error}"),
        })?;
        let salt = hex(&salt);
        let mut entry = Entry {
            seq: self.leaves.len() as u64 + 1,
            ms: new.ms,
            actor: new.actor,
            role: new.role,
            kind: new.kind,
            commitment: commitment(&salt, &new.body),
            prev: self.last,
            hash: Hash::default(),
        };
        entry.hash = entry.true_hash();
        let body = format!("{salt} {}\n", new.body);
        if let Err(error) = self.write(&entry, &body) {
            self.in_doubt = self.cut().is_err();
            return Err(error);
        }
        self.log_length += entry.line().len() as u64 + 1;
        let end = self.places.last().copied().unwrap_or(0) + body.len() as u64;
        self.places.push(end);
        self.leaves.push(merkle::leaf(&entry.line()));
        self.last = entry.hash;
        self.write_head()?;
        Ok(entry)
    }

    fn write(&self, entry: &Entry, body: &str) -> Result<(), RegisterError> {
        let end = self.places.last().copied().unwrap_or(0);
        let bodies = self.dir.join("bodies");
        self.bodies
            .write_all_at(body.as_bytes(), end)
            .and_then(|()| self.bodies.sync_data())
            .map_err(RegisterError::io("write", &bodies))?;
        let line = format!("{}\n", entry.line());
        self.log
            .write_all_at(line.as_bytes(), self.log_length)
            .and_then(|()| self.log.sync_data())
            .map_err(RegisterError::io("write", &self.dir.join("log")))
    }

    /// The head's file may lag behind the log (a crash, a full disk), never lead.
    fn write_head(&self) -> Result<(), RegisterError> {
        let path = self.dir.join("head");
        let fresh = self.dir.join("head.new");
        let note = self.checkpoint().sign(&self.key);
        let write = || -> std::io::Result<()> {
            let mut file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&fresh)?;
            file.write_all(note.as_bytes())?;
            file.sync_data()?;
            fs::rename(&fresh, &path)
        };
        match write() {
            Err(error) if error.kind() != std::io::ErrorKind::StorageFull => {
                Err(RegisterError::io("write", &path)(error))
            }
            _ => Ok(()),
        }
    }

    /// Writes over the bodies of these entries. Repeatable. Enter first that it is done.
    ///
    /// # Errors
    /// The disk's; repeat the call then.
    pub fn erase(&mut self, seqs: &[u64]) -> Result<(), RegisterError> {
        let path = self.dir.join("bodies");
        for seq in seqs {
            let at = usize::try_from(*seq).unwrap_or(0);
            let (Some(from), Some(to)) = (
                at.checked_sub(1).and_then(|at| self.places.get(at)),
                self.places.get(at),
            ) else {
                continue;
            };
            let length = usize::try_from(to - from - 1).unwrap_or(0);
            self.bodies
                .write_all_at(&vec![b'-'; length], *from)
                .map_err(RegisterError::io("erase in", &path))?;
        }
        self.bodies
            .sync_data()
            .map_err(RegisterError::io("sync", &path))
    }

    /// The newest entry's hash.
    pub fn head(&self) -> Hash {
        self.last
    }

    /// How many entries there are.
    pub fn size(&self) -> u64 {
        self.leaves.len() as u64
    }

    /// Its name on checkpoints and under signatures.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Lines that every checkpoint carries from now on: keys and rules in force.
    pub fn set_notes(&mut self, notes: Vec<String>) {
        self.notes = notes;
    }

    /// What the log is now.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            origin: self.origin.clone(),
            size: self.size(),
            root: merkle::root(&self.leaves),
            head: self.last,
            notes: self.notes.clone(),
        }
    }

    /// The same, signed by the recorder.
    pub fn signed_checkpoint(&self) -> String {
        self.checkpoint().sign(&self.key)
    }

    /// The recorder's public key.
    pub fn public_key(&self) -> String {
        self.key.public()
    }
}

/// SHA-256 of the salt's bytes and the body.
pub(super) fn commitment(salt_hex: &str, body: &str) -> Hash {
    let salt = super::entry::unhex(salt_hex).unwrap_or_default();
    Hash::of(&[&salt, body.as_bytes()])
}

fn open(path: &Path) -> Result<File, RegisterError> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(RegisterError::io("open", path))
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, RegisterError> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(bytes),
        opened => opened
            .and_then(|mut file| file.read_to_end(&mut bytes))
            .map_err(RegisterError::io("read", path))?,
    };
    Ok(bytes)
}
