//! Floor 2, index: calls in SQLite, what was recorded and what was lost.
//!
//! * One writer ([`Index`], on the store thread), any number of readers ([`Reader`], each its own
//!   connection). Reads no clock: times are arguments.
//! * A write has happened when the call returns: WAL with `synchronous = FULL`, about 0.5 ms a
//!   commit; [`Index::write`] puts many facts into one. Readers never wait for the writer.
//! * Full disk: writes fail with [`IndexError::is_full`], deletions too; what is there stays.
//! * What is deleted is overwritten (`secure_delete`), and the WAL is emptied after it.
//! * The index is never the only place of anything but numbers and times: it can be rebuilt from
//!   the recordings and the log. A damaged one is moved only by [`Index::set_aside`].

mod convert;
mod erase;
mod error;
mod prefix;
mod read;
mod report;
mod rows;
mod schema;
mod search;
mod write;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

pub use erase::Forgotten;
pub use error::IndexError;
pub use read::Reader;
pub use report::LineTotals;
pub use rows::{Announced, CallRow, Entry, GapRow, NumberMatch, Query, RecordingRow, State};

/// The one writer.
#[derive(Debug)]
pub struct Index {
    reader: Reader,
}

impl Index {
    /// Opens the index at `path` for writing, making it (0600) or bringing it up to date.
    ///
    /// # Errors
    /// [`IndexError::Damaged`], [`IndexError::Foreign`], [`IndexError::Newer`]; nothing is changed
    /// then.
    pub fn open(path: &Path) -> Result<Self, IndexError> {
        make_private(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut db = connect(path, flags)?;
        check(path, &db)?;
        let doing = |doing| move |source| sqlite(path, doing, source);
        db.pragma_update(None, "journal_mode", "wal")
            .map_err(doing("switch to WAL"))?;
        for (name, value) in [
            ("synchronous", "full"),
            ("secure_delete", "on"),
            ("foreign_keys", "on"),
            ("recursive_triggers", "on"),
        ] {
            db.pragma_update(None, name, value)
                .map_err(doing("set up"))?;
        }
        schema::migrate(&mut db).map_err(doing("bring it up to date"))?;
        Ok(Self {
            reader: Reader {
                db,
                path: path.to_owned(),
            },
        })
    }

    /// For looking things up.
    pub fn read(&self) -> &Reader {
        &self.reader
    }

    /// Sets a damaged index aside as `<path>.damaged-<label>`, with its WAL; nothing is destroyed.
    /// An empty index can then be opened and rebuilt.
    ///
    /// # Errors
    /// The kernel's, or a file of that name that is there already.
    pub fn set_aside(path: &Path, label: &str) -> Result<PathBuf, IndexError> {
        let label: String = label.chars().filter(char::is_ascii_alphanumeric).collect();
        let with = |ending: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(ending);
            PathBuf::from(name)
        };
        let aside = with(&format!(".damaged-{label}"));
        if aside.exists() {
            let source = std::io::ErrorKind::AlreadyExists.into();
            return Err(IndexError::Io {
                path: aside,
                doing: "write over",
                source,
            });
        }
        for (from, to) in [("", ""), ("-wal", "-wal"), ("-shm", "-shm")] {
            let from = with(from);
            if from.exists() {
                let mut to_name = aside.clone().into_os_string();
                to_name.push(to);
                std::fs::rename(&from, to_name).map_err(|source| IndexError::Io {
                    path: from,
                    doing: "set aside",
                    source,
                })?;
            }
        }
        Ok(aside)
    }
}

fn sqlite(path: &Path, doing: &'static str, source: rusqlite::Error) -> IndexError {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    match source.sqlite_error_code() {
        Some(DatabaseCorrupt | NotADatabase) => IndexError::Damaged {
            path: path.to_owned(),
            what: source.to_string(),
        },
        _ => IndexError::Sqlite {
            path: path.to_owned(),
            doing,
            source,
        },
    }
}

/// Makes the file with mode 0600 (SQLite gives the WAL the same mode); refuses a link.
fn make_private(path: &Path) -> Result<(), IndexError> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW)
        .open(path)
        .map(drop)
        .map_err(|source| IndexError::Io {
            path: path.to_owned(),
            doing: "open",
            source,
        })
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, IndexError> {
    let db = Connection::open_with_flags(path, flags).map_err(|e| sqlite(path, "open it", e))?;
    let set = || {
        db.busy_timeout(std::time::Duration::from_secs(5))?;
        db.pragma_update(None, "trusted_schema", "off")?;
        db.pragma_update(None, "cache_size", "-16384")
    };
    set().map_err(|e| sqlite(path, "set up", e))?;
    Ok(db)
}

/// Whose database it is, of which version, and whether it is sound.
fn check(path: &Path, db: &Connection) -> Result<(), IndexError> {
    let get = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let read = || {
        Ok((
            get("application_id")?,
            get("user_version")?,
            get("schema_version")?,
        ))
    };
    let (application, version, schema) = read().map_err(|e| sqlite(path, "read it", e))?;
    if application != schema::APPLICATION && (application != 0 || schema != 0) {
        return Err(IndexError::Foreign {
            path: path.to_owned(),
            found: application,
        });
    }
    let (found, known) = (version as u32, schema::STEPS.len() as u32);
    if found > known {
        return Err(IndexError::Newer {
            path: path.to_owned(),
            found,
            known,
        });
    }
    let verdict: String = db
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|e| sqlite(path, "check it", e))?;
    if verdict == "ok" {
        Ok(())
    } else {
        Err(IndexError::Damaged {
            path: path.to_owned(),
            what: verdict,
        })
    }
}
