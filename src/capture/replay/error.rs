//! Why a file cannot be replayed, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

/// Why a file cannot be replayed. Each message names the file and a remedy.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// It is not there, or may not be read.
    #[error(
        "{path}: cannot be opened ({source}); check the path and that the recorder may read it"
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// A folder.
    #[error("{0}: is a folder; name one WAV, FLAC or raw file")]
    Directory(PathBuf),
    /// Nothing in it.
    #[error("{0}: is empty; record or copy it again")]
    Empty(PathBuf),
    /// Neither WAV nor FLAC, and no raw format given.
    #[error("{0}: is neither WAV nor FLAC; for raw samples give their rate, channels and encoding")]
    UnknownKind(PathBuf),
    /// A raw format without channels or rate.
    #[error("{0}: raw samples need a rate and at least one channel")]
    RawFormat(PathBuf),
    /// It ends inside its header.
    #[error("{path}: ends inside its header ({part}); the file is incomplete, copy it again")]
    TruncatedHeader {
        /// The file.
        path: PathBuf,
        /// Which part is missing.
        part: &'static str,
    },
    /// Its header contradicts itself.
    #[error("{path}: broken WAV header: {what}; convert it with `sox {} out.wav`", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A format that is not read here.
    #[error("{path}: {what} is not read here; convert it to 16-bit PCM (`sox {} -b 16 out.wav`)", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// Which format.
        what: String,
    },
    /// Damaged inside; everything before was played.
    #[error("{path}: damaged after frame {frame} ({why}); what lies before it was played")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Frames before the damage.
        frame: u64,
        /// The decoder's words.
        why: String,
    },
}

impl ReplayError {
    pub(super) fn open(path: &Path, source: io::Error) -> Self {
        Self::Open {
            path: path.to_owned(),
            source,
        }
    }
}
