//! A damaged index set aside and built again from the recordings: at a start, so that nobody has to
//! come before calls are recorded again, and by `linetap verify --rebuild-index`.
//!
//! What the files do not tell is lost to the new index: calls that were not recorded, the gap
//! ledger, why a call ended, and of sealed recordings the numbers. The old one stays beside it as
//! `index.sqlite.damaged-<time>` for whoever can read it, no longer than recordings are kept.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use crate::config::Config;
use crate::index::{Index, IndexError};
use crate::vault::Vault;

use super::recovery::{RecoveryError, recover};
use super::{deletion, file_rows, setup};

/// Between the index's name and the time at which it was set aside.
const ASIDE: &str = ".damaged-";

/// How that time is written.
const LABEL: &str = "%Y%m%dT%H%M%S";

/// What was done.
#[derive(Debug)]
pub(crate) struct Rebuilt {
    /// The new index.
    pub(crate) index: Index,
    /// The old one is named after this.
    pub(crate) label: String,
    /// Rows entered.
    pub(crate) rows: usize,
    /// Files left out, and why.
    pub(crate) not_entered: Vec<String>,
}

/// Sets the index aside, if there is one, and enters what the files of `vault` tell.
///
/// # Errors
/// The disk's, SQLite's; the old index has been set aside, or stays where it was.
pub(crate) fn rebuild(
    config: &Config,
    vault: &Vault,
    now: Timestamp,
) -> Result<Rebuilt, RecoveryError> {
    let path = setup::index_path(config);
    let label = now.strftime(LABEL).to_string();
    if path.exists() {
        Index::set_aside(&path, &label)?;
    }
    let mut index = Index::open(&path)?;
    let tombstones = deletion::read_tombstones(&config.paths.state.join(deletion::TOMBSTONES))?;
    let mut entries = Vec::new();
    let term = setup::term(config);
    let mut not_entered = Vec::new();
    vault.archive().scan(&mut |place, found| match found {
        Ok(_) if tombstones.contains(&place.id()) => {
            not_entered.push(format!("{place}: deleted once"));
        }
        Ok(found) => entries.extend(file_rows::told(&term, &found)),
        Err(error) => not_entered.push(format!("{place}: {error}")),
    })?;
    index.write(&entries)?;
    Ok(Rebuilt {
        index,
        label,
        rows: entries.len(),
        not_entered,
    })
}

/// The index, open and agreeing with the disk; one that is damaged or lost is rebuilt, and the log
/// says so: a recording that no index knows would never be deleted.
///
/// # Errors
/// The disk's, SQLite's. An index of another program or of a newer linetap is left alone.
pub(super) fn ready(
    config: &Config,
    vault: &Vault,
    now: Timestamp,
) -> Result<Index, RecoveryError> {
    let path = setup::index_path(config);
    let is_there = fs::metadata(&path).is_ok_and(|file| file.len() > 0);
    let mut index = if is_there {
        let opened = Index::open(&path).map_err(RecoveryError::from);
        let recovered = opened.and_then(|mut index| {
            recover(vault, &mut index, &setup::term(config))?;
            Ok(index)
        });
        match recovered {
            Err(RecoveryError::Index(error @ IndexError::Damaged { .. })) => {
                log::error!("{error}");
                rebuild_and_tell(config, vault, now)?
            }
            other => return other,
        }
    } else {
        rebuild_and_tell(config, vault, now)?
    };
    recover(vault, &mut index, &setup::term(config))?;
    Ok(index)
}

fn rebuild_and_tell(
    config: &Config,
    vault: &Vault,
    now: Timestamp,
) -> Result<Index, RecoveryError> {
    let rebuilt = rebuild(config, vault, now)?;
    if rebuilt.rows > 0 {
        log::error!(
            "the index was rebuilt from the recordings, {} rows; the old one, if there was one, lies \
             beside it as {ASIDE}{}. Calls that were not recorded and the gap ledger are not in the new one",
            rebuilt.rows,
            rebuilt.label
        );
    }
    for line in &rebuilt.not_entered {
        log::error!("not entered into the index: {line}");
    }
    Ok(rebuilt.index)
}

/// The indexes set aside beside `index`, each with the day on which that was.
pub(crate) fn set_aside(index: &Path) -> io::Result<Vec<(PathBuf, Date)>> {
    let name = index.file_name().unwrap_or_default().to_string_lossy();
    let begins = format!("{name}{ASIDE}");
    let mut found = Vec::new();
    for entry in fs::read_dir(index.parent().unwrap_or(Path::new(".")))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let label = name
            .strip_prefix(&begins)
            .map(|label| label.get(..15).unwrap_or(label));
        if let Some(at) = label.and_then(|label| DateTime::strptime(LABEL, label).ok()) {
            found.push((entry.path(), at.date()));
        }
    }
    found.sort();
    Ok(found)
}
