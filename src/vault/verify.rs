//! Whether disk and index agree: every missing, extra, altered and truncated file and key.
//!
//! What should be there comes as an argument, so that this floor need not know the index. Needs
//! no key; the log's own chain is verified elsewhere.

use std::collections::HashSet;

use super::ending::sha256;
use super::shelf::{KEYS, Place, RECORDINGS};
use super::{Archive, VaultError};
use crate::words::RecordingId;

/// A recording that the index says is there.
#[derive(Clone, Debug)]
pub struct Expected {
    /// Where.
    pub place: Place,
    /// Whether it is being written.
    pub open: bool,
    /// Size of the file, if known.
    pub bytes: Option<u64>,
    /// SHA-256 of the file, if known.
    pub sha256: Option<[u8; 32]>,
    /// SHA-256 of the wrapped key, if known.
    pub key_sha256: Option<[u8; 32]>,
}

/// How much is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Depth {
    /// Names and sizes.
    Quick,
    /// Every byte.
    Full,
}

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Grade {
    /// As it should be.
    Green,
    /// Nothing is lost or false, but someone should look.
    Amber,
    /// Something is lost or was altered.
    Red,
}

/// What is wrong with one file.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Trouble {
    /// The index has it, the disk has not.
    #[error("the recording is missing")]
    Missing,
    /// Shorter than it was when it was closed.
    #[error("the recording is truncated: {is} of {was} bytes")]
    Truncated {
        /// Bytes now.
        is: u64,
        /// Bytes when it was closed.
        was: u64,
    },
    /// Longer than it was when it was closed.
    #[error("the recording has grown: {is} bytes, closed with {was}")]
    Grown {
        /// Bytes now.
        is: u64,
        /// Bytes when it was closed.
        was: u64,
    },
    /// Other bytes than when it was closed.
    #[error("the recording was altered")]
    Altered,
    /// It cannot be opened by anyone.
    #[error("the wrapped key is missing: no one can open the recording")]
    KeyMissing,
    /// Another wrapping than the one on record.
    #[error("the wrapped key was altered or exchanged")]
    KeyAltered,
    /// The index has no checksum to compare with.
    #[error("there is no checksum on record (the index was rebuilt)")]
    NoChecksum,
    /// The disk has it, the index has not.
    #[error("a recording that the index does not know")]
    Unknown,
    /// An open recording that the index does not know.
    #[error("an unfinished recording that the index does not know; the next start closes it")]
    UnknownOpen,
    /// A wrapped key whose recording is gone.
    #[error("a wrapped key without a recording")]
    StrayKey,
    /// A file that is none of ours.
    #[error("a file that the recorder did not make")]
    Foreign,
    /// It could not be read.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}

impl Trouble {
    /// How bad it is.
    pub fn grade(&self) -> Grade {
        match self {
            Self::NoChecksum | Self::UnknownOpen | Self::StrayKey | Self::Foreign => Grade::Amber,
            _ => Grade::Red,
        }
    }
}

/// One file that is not as it should be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Its path below the state directory.
    pub path: String,
    /// What is wrong.
    pub trouble: Trouble,
}

/// The outcome of a verification.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// Recordings that were as they should be.
    pub sound: u64,
    /// Everything that was not.
    pub findings: Vec<Finding>,
}

impl Verdict {
    /// The worst finding.
    pub fn grade(&self) -> Grade {
        self.findings
            .iter()
            .map(|finding| finding.trouble.grade())
            .max()
            .unwrap_or(Grade::Green)
    }

    fn add(&mut self, branch: &str, name: impl std::fmt::Display, trouble: Trouble) {
        self.findings.push(Finding {
            path: format!("{branch}/{name}"),
            trouble,
        });
    }
}

impl Archive {
    /// Compares the disk with `expected`. With [`Depth::Full`] every byte is read. Memory: 16
    /// bytes a recording.
    ///
    /// # Errors
    /// Only if the directories cannot be read; what is wrong with a file is a finding.
    pub fn verify(
        &self,
        expected: impl IntoIterator<Item = Expected>,
        depth: Depth,
    ) -> Result<Verdict, VaultError> {
        let mut verdict = Verdict::default();
        let mut known = HashSet::new();
        for expected in expected {
            known.insert(expected.place.id());
            let before = verdict.findings.len();
            self.verify_recording(&expected, depth, &mut verdict);
            self.verify_key(&expected, &mut verdict);
            verdict.sound += u64::from(verdict.findings.len() == before);
        }
        self.find_strangers(&known, &mut verdict)?;
        Ok(verdict)
    }

    fn verify_recording(&self, expected: &Expected, depth: Depth, verdict: &mut Verdict) {
        let place = &expected.place;
        if expected.open && self.part_is_there(place) {
            return;
        }
        let trouble = match self.file(place) {
            Ok(file) => {
                let read = || -> std::io::Result<Option<Trouble>> {
                    let is = file.metadata()?.len();
                    Ok(match expected.bytes {
                        Some(was) if is < was => Some(Trouble::Truncated { is, was }),
                        Some(was) if is > was => Some(Trouble::Grown { is, was }),
                        _ => match expected.sha256 {
                            None if !expected.open => Some(Trouble::NoChecksum),
                            Some(was) if depth == Depth::Full && sha256(&file)? != was => {
                                Some(Trouble::Altered)
                            }
                            _ => None,
                        },
                    })
                };
                read().unwrap_or_else(|error| Some(Trouble::Unreadable(error.to_string())))
            }
            Err(VaultError::Missing { .. }) => Some(Trouble::Missing),
            Err(error) => Some(Trouble::Unreadable(error.to_string())),
        };
        if let Some(trouble) = trouble {
            verdict.add(RECORDINGS, place, trouble);
        }
    }

    fn part_is_there(&self, place: &Place) -> bool {
        let [year, month, day] = place.day();
        let dir = self.root.get_all(&[RECORDINGS, year, month, day]);
        let open = |dir: &super::shelf::Dir| dir.open(&place.part_name(), false);
        dir.ok()
            .flatten()
            .is_some_and(|dir| matches!(open(&dir), Ok(Some(_))))
    }

    fn verify_key(&self, expected: &Expected, verdict: &mut Verdict) {
        if !expected.place.sealed() {
            return;
        }
        let trouble = match (self.key_sha256(&expected.place), expected.key_sha256) {
            (Ok(is), Some(was)) if is != was => Trouble::KeyAltered,
            (Ok(_), _) => return,
            (Err(VaultError::Missing { .. }), _) => Trouble::KeyMissing,
            (Err(error), _) => Trouble::Unreadable(error.to_string()),
        };
        verdict.add(KEYS, expected.place.key_path(), trouble);
    }

    /// Files that are there and should not be.
    fn find_strangers(
        &self,
        known: &HashSet<RecordingId>,
        verdict: &mut Verdict,
    ) -> Result<(), VaultError> {
        self.root.each_day(RECORDINGS, &mut |day, dir| {
            for (name, _) in dir.list()? {
                let full = format!("{day}/{name}");
                let trouble = match full.trim_end_matches(".part").parse::<Place>() {
                    Ok(place) if known.contains(&place.id()) => continue,
                    Ok(_) if full.ends_with(".part") => Trouble::UnknownOpen,
                    Ok(_) => Trouble::Unknown,
                    Err(_) => Trouble::Foreign,
                };
                verdict.add(RECORDINGS, full, trouble);
            }
            Ok(())
        })?;
        self.root.each_day(KEYS, &mut |day, dir| {
            for (name, _) in dir.list()? {
                let id = name.split('.').next().and_then(|stem| stem.parse().ok());
                let trouble = match id {
                    Some(id) if known.contains(&id) => continue,
                    Some(_) => Trouble::StrayKey,
                    None => Trouble::Foreign,
                };
                verdict.add(KEYS, format_args!("{day}/{name}"), trouble);
            }
            Ok(())
        })
    }
}
