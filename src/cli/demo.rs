//! `linetap demo`: the whole recorder on the built-in exchange, in virtual time, nothing to
//! configure. Everything lies under one folder; a folder that holds something else is refused.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;

use crate::config::Config;
use crate::daemon::{Recorder, RunError, call_json, demonstration, setup};
use crate::index::{Query, Reader};
use crate::signal::exchange::PlacedCall;
use crate::words::Direction;

use super::args::DemoArgs;
use super::calls;
use super::exit::{Exit, Failure, Outcome};
use super::table::Table;

/// Lines of the exchange and minutes of its time.
const LINES: u16 = 8;
const MINUTES: u32 = 4;

/// Marks a folder as ours to replace.
const MARK: &str = ".linetap-demo";

/// How far start and end may be from what the exchange did (s).
const TOLERANCE_S: f64 = 0.3;

/// Longest path of a Unix socket the kernel takes.
const SOCKET_BYTES: usize = 100;

/// Runs the demo.
pub(super) fn demo(args: &DemoArgs) -> Outcome {
    let dir = prepare(&args.dir)?;
    let config = configure(&dir)?;
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "linetap records {LINES} simulated lines for {MINUTES} minutes of virtual time."
    )?;
    let begun = Instant::now();
    record(&config, &dir, &mut out)?;
    let took = begun.elapsed().as_secs_f64();
    let reader = Reader::open(&setup::index_path(&config)).map_err(failed)?;
    let query = Query {
        limit: 10_000,
        ..Query::default()
    };
    let (mut found, _) = call_json::calls(&reader, &query, &config.office.zone).map_err(failed)?;
    found.reverse();
    let placed = demonstration::placed(&config);
    write!(out, "\n{}", table(&found, &placed, &config))?;
    write!(out, "\n{}", summary(&found, &placed, &config, took))?;
    write!(out, "\n{}", next_steps(&dir, &found))?;
    Ok(())
}

fn failed(error: impl Into<anyhow::Error>) -> Failure {
    Failure::new(Exit::Failed, error)
}

/// Makes the folder, or empties an earlier demo's.
fn prepare(dir: &Path) -> Result<PathBuf, Failure> {
    let name = dir.display();
    let tell = |error: io::Error| Failure::message(Exit::Failed, format!("{name}: {error}"));
    if dir.join(MARK).is_file() {
        fs::remove_dir_all(dir).map_err(tell)?;
    } else if dir.exists() {
        let mut entries = fs::read_dir(dir).map_err(tell)?;
        if entries.next().is_some() {
            let text = format!("{name}: holds something else; name an empty or new folder");
            return Err(Failure::message(Exit::Failed, text));
        }
    }
    fs::create_dir_all(dir).map_err(tell)?;
    fs::write(
        dir.join(MARK),
        "This folder belongs to `linetap demo`, which may empty it.\n",
    )
    .map_err(tell)?;
    dir.canonicalize().map_err(tell)
}

fn configure(dir: &Path) -> Result<Config, Failure> {
    let path = dir.join("linetap.toml");
    let mut socket = dir.join("control.sock");
    if socket.as_os_str().len() > SOCKET_BYTES {
        socket = std::env::temp_dir().join(format!("linetap-demo-{}.sock", std::process::id()));
    }
    let text = demonstration::configuration(
        LINES,
        MINUTES,
        &dir.join("state").display().to_string(),
        &socket.display().to_string(),
    );
    fs::write(&path, &text)?;
    Config::parse(&text, &path.display().to_string()).map_err(|error| RunError::from(error).into())
}

/// Runs the recorder to the end of the exchange's time and shows how far it is.
fn record(config: &Config, dir: &Path, out: &mut impl Write) -> Outcome {
    let recorder = Recorder::start(config, dir).map_err(RunError::from)?;
    let start = config
        .cards
        .first()
        .and_then(|card| card.source.virtual_start());
    let start = start.unwrap_or(Timestamp::UNIX_EPOCH);
    let live = io::stdout().is_terminal();
    let mut shown = 0;
    while !recorder.has_ended() {
        thread::sleep(Duration::from_millis(50));
        let minutes = recorder.clock.now().duration_since(start).as_secs_f64() / 60.0;
        let percent = (minutes / f64::from(MINUTES) * 100.0).clamp(0.0, 100.0) as u32;
        if live {
            write!(out, "\r  {}", bar(percent))?;
            out.flush()?;
        } else if percent >= shown + 25 {
            shown = percent / 25 * 25;
            writeln!(out, "  {shown} %")?;
        }
    }
    if live {
        writeln!(out, "\r  {}", bar(100))?;
    }
    if !recorder.stop() {
        return Err(RunError::Failed.into());
    }
    Ok(())
}

fn bar(percent: u32) -> String {
    let full = (percent / 4) as usize;
    format!(
        "[{}{}] {percent:3} %",
        "#".repeat(full),
        ".".repeat(25 - full.min(25))
    )
}

/// The placed call that a found one is, by line and start; and whether all of it is right.
fn match_call<'a>(
    call: &Value,
    placed: &'a [PlacedCall],
    config: &Config,
) -> Option<(&'a PlacedCall, bool)> {
    let start = config
        .cards
        .first()
        .and_then(|card| card.source.virtual_start())?;
    let line = config
        .lines
        .iter()
        .position(|line| line.name == call["line"])?;
    let seconds = |field: &str| {
        let at: Timestamp = call[field].as_str()?.parse().ok()?;
        Some(at.duration_since(start).as_secs_f64())
    };
    let (from, to) = (seconds("start")?, seconds("end")?);
    let near = |a: f64, b: f64| (a - b).abs() <= TOLERANCE_S;
    let twin = placed
        .iter()
        .filter(|placed| placed.line == line)
        .find(|placed| placed.start.seconds() < to && placed.end.seconds() > from)?;
    let number = match twin.direction {
        Direction::Outgoing => {
            call["dialled"].as_str().unwrap_or_default() == twin.dialled.as_str()
        }
        _ => match twin
            .caller
            .as_ref()
            .and_then(|caller| caller.number.as_ref())
        {
            Some(number) => call["caller"] == number.as_str(),
            None => call["caller"].is_null(),
        },
    };
    let right = call["direction"] == twin.direction.word()
        && number
        && near(from, twin.start.seconds())
        && near(to, twin.end.seconds());
    Some((twin, right))
}

fn table(found: &[Value], placed: &[PlacedCall], config: &Config) -> String {
    let headings = [
        "start",
        "length",
        "line",
        "direction",
        "number",
        "answered",
        "as placed",
        "file",
    ];
    let mut table = Table::new(&headings);
    for call in found {
        let verdict = match match_call(call, placed, config) {
            Some((_, true)) => "yes",
            Some((_, false)) => "roughly",
            None => "cut by the end",
        };
        let file = call["recordings"][0]["file"]
            .as_str()
            .unwrap_or("-")
            .to_owned();
        let mut cells = calls::cells(call);
        cells.truncate(6);
        cells.extend([verdict.to_owned(), file]);
        table.row(cells);
    }
    table.text()
}

fn summary(found: &[Value], placed: &[PlacedCall], config: &Config, took: f64) -> String {
    let matched: Vec<bool> = found
        .iter()
        .filter_map(|call| match_call(call, placed, config))
        .map(|(_, right)| right)
        .collect();
    let right = matched.iter().filter(|right| **right).count();
    let days = f64::from(LINES) * f64::from(MINUTES) * 60.0;
    format!(
        "The exchange placed {} calls to their end; {right} were found exactly as placed (direction, \
         number, start and end within {TOLERANCE_S} s), {} roughly.\n\
         {:.0} s of sound in {took:.1} s: {:.0} times faster than real time.\n\
         Recordings are UNSEALED here: a real office names its director's key in [vault].\n",
        placed.len(),
        matched.len() - right,
        days,
        days / took.max(0.001),
    )
}

fn next_steps(dir: &Path, found: &[Value]) -> String {
    let config = dir.join("linetap.toml");
    let config = config.display();
    let state = dir.join("state");
    let id = found
        .first()
        .and_then(|call| call["id"].as_str())
        .unwrap_or("ID");
    let file = found
        .iter()
        .find_map(|call| call["recordings"][0]["file"].as_str())
        .unwrap_or("");
    format!(
        "Everything is under {}. What to try next:\n  \
         linetap calls --config {config} --number 5\n  \
         linetap call --config {config} {id}\n  \
         flac -t {}\n  \
         linetap analyze {} --json\n  \
         linetap check --config {config}\n",
        dir.display(),
        state.join(file).display(),
        state.join(file).display(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_something_else_is_refused_and_an_earlier_demo_replaced() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let dir = folder.path().join("demo");
        prepare(&dir).expect("a new folder");
        fs::write(dir.join("old"), "of an earlier demo").expect("written");
        prepare(&dir).expect("our own folder");
        assert!(!dir.join("old").exists());
        let other = folder.path().join("other");
        fs::create_dir(&other).expect("folder");
        fs::write(other.join("letter.txt"), "not ours").expect("written");
        assert!(prepare(&other).is_err());
        assert!(other.join("letter.txt").exists());
        assert!(configure(&dir).is_ok());
    }
}
