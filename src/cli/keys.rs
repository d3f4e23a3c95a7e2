//! `linetap keys`: the identities to which recordings are sealed. The director's and the escrow's
//! secret keys are made here and never kept on the recorder.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::control::{Client, Request};
use crate::daemon::{read_config, setup};
use crate::index::Index;
use crate::vault::keys::{Identity, Recipient};
use crate::vault::{Archive, Rewrapped};
use crate::words::RecordingId;

use super::args::{ConfigArg, KeysCommand};
use super::exit::{Exit, Failure, Outcome};

/// Recordings named in one message to the recorder: a message has at most 64 KiB.
const AT_ONCE: usize = 1_000;

/// One of the commands of `keys`.
pub(super) fn keys(command: &KeysCommand) -> Outcome {
    match command {
        KeysCommand::New { file } => new(file),
        KeysCommand::Show { config, file } => show(config, file.as_deref()),
        KeysCommand::Rewrap { config, identity } => rewrap(config, identity),
    }
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::message(Exit::Failed, error)
}

fn new(path: &Path) -> Outcome {
    let identity = Identity::generate();
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    let written = file.and_then(|mut file| {
        file.write_all(identity.to_file_text().as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| {
        let what = path.display();
        failed(match error.kind() {
            io::ErrorKind::AlreadyExists => {
                format!("{what} exists; a key is never written over, name another file")
            }
            _ => format!("{what}: cannot be written: {error}"),
        })
    })?;
    let mut out = io::stdout().lock();
    writeln!(out, "{}", told(&identity.recipient()))?;
    writeln!(
        out,
        "The line above goes into recipients of [vault]; the fingerprint onto paper.\n\
         {} opens every recording sealed to it: keep it off this machine, and a copy in a safe.",
        path.display()
    )?;
    Ok(())
}

fn told(recipient: &Recipient) -> String {
    format!("{recipient}  {}", recipient.fingerprint())
}

fn identity(path: &Path) -> Result<Identity, Failure> {
    let text = fs::read_to_string(path)
        .map_err(|error| failed(format!("{}: cannot be read: {error}", path.display())))?;
    let text = zeroize::Zeroizing::new(text);
    Identity::from_file_text(&text).map_err(|error| failed(format!("{}: {error}", path.display())))
}

fn recipients(texts: &[String]) -> Result<Vec<Recipient>, Failure> {
    texts
        .iter()
        .map(|text| text.parse().map_err(failed))
        .collect()
}

fn show(config: &ConfigArg, file: Option<&Path>) -> Outcome {
    let shown = match file {
        Some(path) => vec![identity(path)?.recipient()],
        None => recipients(&read_config(&config.config)?.vault.recipients)?,
    };
    let mut out = io::stdout().lock();
    if shown.is_empty() {
        writeln!(
            out,
            "UNSEALED: [vault] names no recipients. `linetap keys new FILE` makes a key."
        )?;
    }
    for recipient in &shown {
        writeln!(out, "{}", told(recipient))?;
    }
    Ok(())
}

fn rewrap(config: &ConfigArg, path: &Path) -> Outcome {
    let config = read_config(&config.config)?;
    let to = recipients(&config.vault.recipients)?;
    if to.is_empty() {
        let what = "[vault] names no recipients; put the new director's and the escrow's there";
        return Err(Failure::message(Exit::Config, what));
    }
    let identity = identity(path)?;
    let archive = Archive::open(&config.paths.state).map_err(failed)?;
    let outcome = archive.rewrap_all(&identity, &to).map_err(failed)?;
    tell_index(&config, &outcome)?;
    let mut out = io::stdout().lock();
    writeln!(out, "{} keys wrapped anew, to:", outcome.done.len())?;
    for recipient in &to {
        writeln!(out, "  {}", told(recipient))?;
    }
    if outcome.failed.is_empty() {
        return Ok(());
    }
    for (place, error) in &outcome.failed {
        writeln!(out, "not wrapped: {place}: {error}")?;
    }
    let count = outcome.failed.len();
    Err(failed(format!(
        "{count} keys keep their old wrapping; try again with the identity of another recipient"
    )))
}

/// Through the running recorder, which is the one writer; directly when none runs.
fn tell_index(config: &crate::config::Config, outcome: &Rewrapped) -> Outcome {
    match Client::connect(&config.paths.socket) {
        Ok(mut client) => {
            for part in outcome.done.chunks(AT_ONCE) {
                let recordings = part.iter().map(|(place, _)| place.id().to_string());
                client.ask(&Request::Rewrapped {
                    recordings: recordings.collect(),
                })?;
            }
        }
        Err(_) => {
            let keys: Vec<(RecordingId, [u8; 32])> = outcome
                .done
                .iter()
                .map(|(place, sha256)| (place.id(), *sha256))
                .collect();
            let mut index = Index::open(&setup::index_path(config)).map_err(failed)?;
            index.rewrapped(&keys).map_err(failed)?;
        }
    }
    Ok(())
}
