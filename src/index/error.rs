//! What can go wrong with the index, and what to do.

use std::path::PathBuf;

/// An error of the index.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// SQLite reports an error.
    #[error("the index {path}: cannot {doing}: {source}")]
    Sqlite {
        /// The database.
        path: PathBuf,
        /// What was being done, as an infinitive.
        doing: &'static str,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The file is not a sound database.
    #[error(
        "the index {path} is damaged ({what}); recordings are not affected. Set it aside and \
         rebuild it from the recordings (`linetap verify --rebuild-index`)"
    )]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What `quick_check` or SQLite said first.
        what: String,
    },
    /// The file is a database of some other program.
    #[error(
        "{path} is a database of another program (application id {found:#x}); choose another [paths] state"
    )]
    Foreign {
        /// The database.
        path: PathBuf,
        /// Its application id.
        found: i32,
    },
    /// The file was written by a newer linetap.
    #[error("the index {path} has version {found}, this linetap knows {known}; use the newer one")]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest known here.
        known: u32,
    },
    /// A file operation failed.
    #[error("cannot {doing} {path}: {source}")]
    Io {
        /// On what.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What the kernel said.
        source: std::io::Error,
    },
    /// A row holds what this program never writes.
    #[error("the index {path}: {what}; run `linetap verify`")]
    Row {
        /// The database.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
}

impl IndexError {
    /// Whether the disk is full: even deleting rows fails then; free space first (the ballast).
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Sqlite { source: rusqlite::Error::SqliteFailure(e, _), .. }
            if e.code == rusqlite::ErrorCode::DiskFull)
    }
}
