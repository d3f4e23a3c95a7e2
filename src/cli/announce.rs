//! `linetap announce`: plays the announcement into the exchange's message port until it is told to
//! stop (SIGTERM, SIGINT).
//!
//! With `--on-ring` the running recorder is asked for the line's state. The ring begins the
//! announcement, and the answer begins it anew: whichever of them makes the exchange switch the
//! message port through, the caller hears it from its first word.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};

use crate::control::{Client, Request};
use crate::daemon::announcement_file;
use crate::hardware::announcer::{Announcer, Track, When};
use crate::hardware::player::PlayError;

use super::announcement_args::AnnounceArgs;
use super::exit::{Exit, Failure, Outcome};
use super::procedure::failed;
use super::target::Recorder;

/// Time between two questions for the line's state.
const ASK: Duration = Duration::from_millis(250);
/// And after one that was not answered.
const ASK_AGAIN: Duration = Duration::from_secs(2);

/// Plays until told to stop.
pub(super) fn announce(args: &AnnounceArgs) -> Outcome {
    let mut tracks = vec![track(&args.file, args.channel)?];
    if let Some(clause) = &args.clause {
        if args.clause_channel == args.channel {
            let text = "the announcement and the clause need a channel each";
            return Err(Failure::message(Exit::Usage, text));
        }
        tracks.push(track(clause, args.clause_channel)?);
    }
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    let cue = Arc::new(AtomicU32::new(0));
    let announcer = Announcer {
        output: args.device.clone(),
        tracks,
        when: match args.on_ring {
            Some(_) => When::Cue(Arc::clone(&cue)),
            None => When::Loop(args.pause_ms),
        },
    };
    match announcer.check() {
        // A device that is not there yet may come; one that has no such channel never will.
        Err(error @ (PlayError::Channel { .. } | PlayError::Format { .. })) => {
            return Err(Failure::new(Exit::Device, error));
        }
        Err(error) => log::warn!("{error}; waiting for it"),
        Ok(()) => {}
    }
    let asking = match &args.on_ring {
        Some(line) => Some(ask_for_rings(args, line, cue, Arc::clone(&stop))?),
        None => None,
    };
    announcer.run(&stop);
    match asking.map(thread::JoinHandle::join) {
        None | Some(Ok(())) => Ok(()),
        Some(Err(_)) => Err(failed("asking for the line's state failed")),
    }
}

fn track(file: &Path, channel: Option<u16>) -> Result<Track, Failure> {
    let samples = announcement_file::samples(file).map_err(failed)?;
    if samples.is_empty() {
        return Err(failed(format!(
            "{}: there is no sound in it",
            file.display()
        )));
    }
    Ok(Track {
        samples: samples.into(),
        channel,
    })
}

fn ask_for_rings(
    args: &AnnounceArgs,
    line: &str,
    cue: Arc<AtomicU32>,
    stop: Arc<AtomicBool>,
) -> Result<thread::JoinHandle<()>, Failure> {
    let recorder = Recorder::of(&args.target)?;
    let line = line.to_owned();
    let body = move || {
        let mut client: Option<Client> = None;
        let mut known = None;
        let mut troubled = false;
        while !stop.load(Ordering::Acquire) {
            match coming_in(&recorder, &mut client, &line) {
                Ok(call) => {
                    if call.is_some() && call != known {
                        cue.fetch_add(1, Ordering::AcqRel);
                    }
                    (known, troubled) = (call, false);
                    thread::sleep(ASK);
                }
                Err(why) => {
                    if !troubled {
                        log::error!("line {line}: its rings are not known: {why}; asking again");
                    }
                    (client, troubled) = (None, true);
                    thread::sleep(ASK_AGAIN);
                }
            }
        }
    };
    Ok(thread::Builder::new().name("rings".into()).spawn(body)?)
}

/// The call that is coming in on the line, and whether it is answered.
fn coming_in(
    recorder: &Recorder,
    client: &mut Option<Client>,
    line: &str,
) -> Result<Option<(String, bool)>, String> {
    if client.is_none() {
        *client = Some(recorder.connect().map_err(|error| error.to_string())?);
    }
    let Some(client) = client else {
        return Ok(None);
    };
    let answer = client
        .ask(&Request::Status {})
        .map_err(|error| error.to_string())?;
    let mut lines = answer["lines"].as_array().into_iter().flatten();
    let found = lines.find(|known| known["line"].as_str() == Some(line));
    let found = found.ok_or("the recorder has no such line")?;
    let call = &found["call"];
    let incoming = call["direction"].as_str() == Some("incoming");
    Ok(incoming.then(|| {
        let id = call["id"].as_str().unwrap_or_default().to_owned();
        (id, call["answered"].as_bool() == Some(true))
    }))
}
