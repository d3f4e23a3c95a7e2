//! `linetap verify`: whether disk, index and log agree, and the index built again from the files.

use std::io::{self, Write};

use jiff::Timestamp;
use serde_json::json;

use crate::config::Config;
use crate::daemon::{deletion, read_config, rebuild, setup};
use crate::index::{Reader, State};
use crate::vault::{Archive, Depth, Expected, Grade, Vault};
use crate::words::RecordingId;

use super::args::VerifyArgs;
use super::exit::{Exit, Failure, Outcome};
use super::verify_rows::{self, Discord};

/// Rows read at a time.
const PAGE: u32 = 1_000;

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::message(Exit::Failed, error)
}

/// Verifies; exit code 0 for green and amber, 1 for red.
pub(super) fn verify(args: &VerifyArgs) -> Outcome {
    let config = read_config(&args.config.config)?;
    if args.rebuild_index {
        rebuild(&config)?;
    }
    let archive = Archive::open(&config.paths.state).map_err(failed)?;
    let reader = Reader::open(&setup::index_path(&config)).map_err(failed)?;
    let expected = expected(&reader)?;
    let depth = if args.quick {
        Depth::Quick
    } else {
        Depth::Full
    };
    let mut verdict = archive.verify(expected, depth).map_err(failed)?;
    // What the running recorder has opened or deleted meanwhile is no finding.
    let now: Vec<RecordingId> = self::expected(&reader)?
        .iter()
        .map(|row| row.place.id())
        .collect();
    verdict
        .findings
        .retain(|finding| !settled(finding, &now, &reader));
    let mut outcome = Findings {
        sound: verdict.sound,
        entries: 0,
        found: verdict.findings.iter().map(of_file).collect(),
    };
    for id in resurrected(&config, &reader)? {
        outcome.found.push(Discord {
            path: format!("recording {id}"),
            what: "was deleted and is back".into(),
            red: true,
        });
    }
    let (entries, discord) = verify_rows::log(&config, !now.is_empty() || verdict.sound > 0)?;
    outcome.entries = entries;
    outcome.found.extend(discord);
    if !args.quick {
        let discord = verify_rows::index(&config, &archive, &reader)?;
        outcome.found.extend(discord);
    }
    tell(args, &outcome)?;
    if outcome.found.iter().any(|found| found.red) {
        return Err(failed("disk, index and log do not agree"));
    }
    Ok(())
}

/// Everything that was found.
struct Findings {
    /// Recordings as they were closed.
    sound: u64,
    /// Entries of the log.
    entries: u64,
    found: Vec<Discord>,
}

fn of_file(finding: &crate::vault::Finding) -> Discord {
    Discord {
        path: finding.path.clone(),
        what: finding.trouble.to_string(),
        red: finding.trouble.grade() == Grade::Red,
    }
}

fn expected(reader: &Reader) -> Result<Vec<Expected>, Failure> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = reader.present(after, PAGE).map_err(failed)?;
        let Some(last) = page.last() else {
            return Ok(all);
        };
        after = Some(last.id);
        for row in page {
            let Some(place) = row.place.as_deref() else {
                continue;
            };
            all.push(Expected {
                place: place.parse().map_err(failed)?,
                open: row.state == State::Open,
                bytes: row.bytes,
                sha256: row.sha256,
                key_sha256: row.key_sha256,
            });
        }
    }
}

/// A finding that came of the recorder's own work while we looked.
fn settled(finding: &crate::vault::Finding, now: &[RecordingId], reader: &Reader) -> bool {
    use crate::vault::Trouble;
    let name = finding.path.rsplit('/').next().unwrap_or_default();
    let id = name.split('.').next().and_then(|stem| stem.parse().ok());
    let Some(id) = id else {
        return false;
    };
    match finding.trouble {
        Trouble::Missing | Trouble::KeyMissing => {
            let row = reader.recording(id).ok().flatten();
            row.is_some_and(|row| row.state == State::Deleted)
        }
        Trouble::UnknownOpen | Trouble::Unknown | Trouble::StrayKey => now.contains(&id),
        _ => false,
    }
}

/// Recordings that have a tombstone and are in the index all the same: of a restored backup.
fn resurrected(config: &Config, reader: &Reader) -> Result<Vec<RecordingId>, Failure> {
    let path = config.paths.state.join(deletion::TOMBSTONES);
    let mut back = Vec::new();
    for id in deletion::read_tombstones(&path)? {
        let row = reader.recording(id).map_err(failed)?;
        if row.is_some_and(|row| row.state != State::Deleted) {
            back.push(id);
        }
    }
    Ok(back)
}

fn tell(args: &VerifyArgs, outcome: &Findings) -> Outcome {
    let grade = match outcome.found.iter().map(|found| found.red).max() {
        None => "green",
        Some(false) => "amber",
        Some(true) => "red",
    };
    let mut out = io::stdout().lock();
    if args.json {
        let finding = |found: &Discord| {
            json!({
                "path": found.path,
                "grade": if found.red { "red" } else { "amber" },
                "trouble": found.what,
            })
        };
        let told = json!({
            "grade": grade,
            "sound": outcome.sound,
            "log_entries": outcome.entries,
            "findings": outcome.found.iter().map(finding).collect::<Vec<_>>(),
        });
        writeln!(out, "{told}")?;
        return Ok(());
    }
    writeln!(
        out,
        "{grade}: {} recordings as they were closed, {} entries in the log",
        outcome.sound, outcome.entries
    )?;
    for found in &outcome.found {
        writeln!(out, "  {}: {}", found.path, found.what)?;
    }
    Ok(())
}

/// Sets the index aside and enters what the files tell. The vault's lock keeps a recorder away.
fn rebuild(config: &Config) -> Outcome {
    let vault = Vault::open(&config.paths.state, &config.vault.recipients).map_err(failed)?;
    let rebuilt = rebuild::rebuild(config, &vault, Timestamp::now()).map_err(failed)?;
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{} rows rebuilt; the old index lies beside it as .damaged-{}",
        rebuilt.rows, rebuilt.label
    )?;
    for line in rebuilt.not_entered {
        writeln!(out, "  not entered: {line}")?;
    }
    Ok(())
}
