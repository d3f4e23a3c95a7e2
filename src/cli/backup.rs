//! `linetap backup`: recordings, keys, index and tombstones to a folder, and back without anything
//! that was deleted meanwhile. Sealed recordings stay sealed; nobody's identity is needed.

use std::collections::HashSet;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use jiff::Timestamp;

use crate::config::Config;
use crate::daemon::{deletion, read_config, setup};
use crate::index::{Index, Reader, State};
use crate::vault::{Place, Vault};
use crate::words::RecordingId;

use super::args::BackupArgs;
use super::exit::{Exit, Failure, Outcome};

/// Folders of the state directory that are copied file by file.
const BRANCHES: [&str; 2] = ["recordings", "keys"];

/// Folder of the procedure's register, whose holds keep recordings beyond their term.
const REGISTER: &str = "register";

/// Its files, in an order in which a copy made while one is written is whole: an entry is written
/// after its body and before the head.
const REGISTER_FILES: [&str; 4] = ["key", "head", "log", "bodies"];

/// Index and tombstones as a backup names them.
const INDEX: &str = "index.sqlite";

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::message(Exit::Failed, error)
}

/// Makes a backup, or restores one.
pub(super) fn backup(args: &BackupArgs) -> Outcome {
    let config = read_config(&args.config.config)?;
    if args.restore {
        restore(&config, &args.dir, args.tombstones.as_deref())
    } else {
        make(&config, &args.dir)
    }
}

/// The index first: every recording it knows as closed is then there to be copied, or was deleted.
fn make(config: &Config, to: &Path) -> Outcome {
    let state = &config.paths.state;
    DirBuilder::new().mode(0o700).create(to).map_err(|error| {
        failed(format!(
            "{}: {error}; a backup goes into a new folder",
            to.display()
        ))
    })?;
    let reader = Reader::open(&setup::index_path(config)).map_err(failed)?;
    reader.back_up(&to.join(INDEX)).map_err(failed)?;
    let mut copied = 0;
    for branch in BRANCHES {
        copied += copy_tree(&state.join(branch), &to.join(branch))?;
    }
    copy_register(&state.join(REGISTER), &to.join(REGISTER))?;
    // Last: what was deleted while we copied is named as well.
    copy_tombstones(&state.join(deletion::TOMBSTONES), to, &reader)?;
    writeln!(
        io::stdout().lock(),
        "{copied} files and the index copied to {}; see docs/custody.md for restoring it",
        to.display()
    )?;
    Ok(())
}

/// The register, unless there is one already at `to`: that one is newer.
fn copy_register(from: &Path, to: &Path) -> Outcome {
    if to.exists() || !from.exists() {
        return Ok(());
    }
    DirBuilder::new().mode(0o700).create(to)?;
    for name in REGISTER_FILES {
        copy_file(&from.join(name), &to.join(name))?;
    }
    Ok(())
}

/// Tombstones of the file and of the index, which may be a step ahead of it.
fn copy_tombstones(from: &Path, to: &Path, reader: &Reader) -> Outcome {
    let mut text = fs::read_to_string(from).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(String::new()),
        _ => Err(error),
    })?;
    for row in reader
        .deleted(Timestamp::MIN, Timestamp::MAX)
        .map_err(failed)?
    {
        if let Some(at) = row.deleted {
            text.push_str(&format!("\n{at}\t{}\n", row.id));
        }
    }
    let mut file = private(&to.join(deletion::TOMBSTONES))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(())
}

fn private(path: &Path) -> io::Result<fs::File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// Copies closed files; those being written (`.part`, `.new`) are left out. A file that is deleted
/// meanwhile is left out too.
fn copy_tree(from: &Path, to: &Path) -> Result<u64, Failure> {
    DirBuilder::new().mode(0o700).recursive(true).create(to)?;
    let mut copied = 0;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let target = to.join(entry.file_name());
        let name = entry.file_name().to_string_lossy().into_owned();
        if kind.is_dir() {
            copied += copy_tree(&entry.path(), &target)?;
        } else if kind.is_file() && !name.ends_with(".part") && !name.ends_with(".new") {
            copied += u64::from(copy_file(&entry.path(), &target)?);
        }
    }
    Ok(copied)
}

fn copy_file(from: &Path, to: &Path) -> io::Result<bool> {
    let mut source = match fs::File::open(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        opened => opened?,
    };
    let mut target = private(to)?;
    io::copy(&mut source, &mut target)?;
    target.sync_all()?;
    Ok(true)
}

fn restore(config: &Config, from: &Path, newer: Option<&Path>) -> Outcome {
    let state = &config.paths.state;
    let index_path = setup::index_path(config);
    if index_path.exists() {
        return Err(failed(format!(
            "{} holds an index; a backup is restored into an empty state directory. Move it \
             away and give its file of tombstones with --tombstones",
            state.display()
        )));
    }
    let mut gone: HashSet<RecordingId> = HashSet::new();
    for file in [Some(from.join(deletion::TOMBSTONES).as_path()), newer]
        .into_iter()
        .flatten()
    {
        gone.extend(deletion::read_tombstones(file)?);
    }
    gone.extend(deletion::read_tombstones(
        &state.join(deletion::TOMBSTONES),
    )?);
    let vault = Vault::open(state, &config.vault.recipients).map_err(failed)?;
    copy_file(&from.join(INDEX), &index_path)?;
    for branch in BRANCHES {
        copy_tree(&from.join(branch), &state.join(branch))?;
    }
    copy_register(&from.join(REGISTER), &state.join(REGISTER))?;
    let now = Timestamp::now();
    let named: Vec<_> = gone.iter().map(|id| (*id, now)).collect();
    deletion::TombstoneFile::new(state).record(&named)?;
    let replayed = replay(
        &vault,
        &mut Index::open(&index_path).map_err(failed)?,
        &gone,
    )?;
    writeln!(
        io::stdout().lock(),
        "restored; {replayed} recordings deleted again, as the tombstones say. `linetap verify` \
         compares, and the next start deletes what has come to its term meanwhile"
    )?;
    Ok(())
}

/// Does the deletions again: those the restored index does not know are done in full, and files
/// of those it knows (copied while they were being deleted) are removed.
fn replay(vault: &Vault, index: &mut Index, gone: &HashSet<RecordingId>) -> Result<u64, Failure> {
    let mut ids = Vec::new();
    for id in gone {
        let Some(row) = index.read().recording(*id).map_err(failed)? else {
            continue;
        };
        if row.state != State::Deleted {
            if let Some(place) = &row.place {
                vault
                    .delete(&place.parse::<Place>().map_err(failed)?)
                    .map_err(failed)?;
            }
            ids.push(*id);
        }
    }
    index
        .recordings_deleted(&ids, Timestamp::now())
        .map_err(failed)?;
    let mut strays = Vec::new();
    let mut stray = |place: Place| {
        if gone.contains(&place.id()) {
            strays.push(place);
        }
    };
    vault
        .archive()
        .scan(&mut |place, _| stray(place))
        .map_err(failed)?;
    for place in strays {
        vault.delete(&place).map_err(failed)?;
    }
    Ok(ids.len() as u64)
}
