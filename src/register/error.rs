//! What can go wrong with the register.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::admit::Refused;

/// Why something was not entered, or the log not opened.
#[derive(Debug, Error)]
pub enum RegisterError {
    /// The disk's.
    #[error("cannot {doing} {path}: {source}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Bytes that are not what was written.
    #[error(
        "{path}, line {line}: {what}; nothing is allowed until it is restored from a backup \
         (`linetap register verify` lists everything)"
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// What is wrong.
        what: String,
    },
    /// An earlier failure left the files in doubt.
    #[error("the log could not be put right after a failed write; restart the recorder")]
    InDoubt,
    /// A key that is none.
    #[error("{path} is no signing key: {what}")]
    Key {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The procedure does not allow it.
    #[error(transparent)]
    Refused(#[from] Refused),
}

impl RegisterError {
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            doing,
            path,
            source,
        }
    }
}
