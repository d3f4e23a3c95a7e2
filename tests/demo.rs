//! `linetap demo` from outside: what the exchange placed is found, on disk as in the index.
#![allow(clippy::print_stdout, reason = "figures are printed")]

mod office;

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use linetap::signal::exchange::{Exchange, Options, PlacedCall, Tap};
use linetap::words::{Direction, SampleTime};
use office::{calls_of, file_of, program, sound};
use serde_json::Value;

/// What start and end may be off (s).
const TOLERANCE_S: f64 = 0.3;

/// The demo's first sample.
const START: &str = "2026-11-23T08:00:00Z";

fn demo(dir: &Path) -> std::process::Output {
    program()
        .arg("demo")
        .arg(dir)
        .output()
        .expect("the program runs")
}

/// The calls of the demo's exchange, worked out here from what its configuration says.
fn placed(config: &Path) -> Vec<PlacedCall> {
    let text = fs::read_to_string(config).expect("its configuration");
    let table: toml::Table = text.parse().expect("TOML");
    let card = &table["card"][0];
    let number = |key: &str| card[key].as_integer().expect("a number");
    let lines = number("exchange") as usize;
    let tap = |line: usize| match table["line"][line]["hook"]["mode"].as_str() {
        Some("dc") => Tap::Dc {
            full_scale_volts: 150.0,
        },
        _ => Tap::Audio,
    };
    let options = Options {
        taps: (0..lines).map(tap).collect(),
        ..Options::default()
    };
    let until = SampleTime(number("minutes") as u64 * 60 * 8_000);
    let plan = Exchange::plan(lines, number("seed") as u64, &options, until);
    plan.into_iter().filter(|call| call.end < until).collect()
}

fn seconds(call: &Value, field: &str) -> f64 {
    let start: Timestamp = START.parse().expect("a time");
    let at = call[field].as_str().unwrap_or_else(|| panic!("{call}"));
    let at: Timestamp = at.parse().expect("a time");
    at.duration_since(start).as_secs_f64()
}

fn is(found: &Value, placed: &PlacedCall) -> bool {
    let number = match placed.direction {
        Direction::Outgoing => {
            found["dialled"].as_str().unwrap_or_default() == placed.dialled.as_str()
        }
        _ => {
            let number = placed
                .caller
                .as_ref()
                .and_then(|caller| caller.number.as_ref());
            found["caller"].as_str() == number.map(linetap::words::Digits::as_str)
        }
    };
    found["line"] == format!("Linia {}", placed.line + 1)
        && found["direction"] == placed.direction.word()
        && number
        && (seconds(found, "start") - placed.start.seconds()).abs() <= TOLERANCE_S
        && (seconds(found, "end") - placed.end.seconds()).abs() <= TOLERANCE_S
}

#[test]
fn the_demo_finds_calls_as_placed_and_replaces_an_earlier_demo() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("demo");
    let first = demo(&dir);
    let said = String::from_utf8_lossy(&first.stdout);
    assert_eq!(first.status.code(), Some(0), "{said}");
    let config = dir.join("linetap.toml");
    let (calls, placed) = (calls_of(&config), placed(&config));
    let right = |call: &&PlacedCall| calls.iter().any(|found| is(found, call));
    let count = placed.iter().filter(right).count();
    println!("{count} of {} calls found as placed", placed.len());
    assert!(placed.len() >= 8 && count == placed.len(), "{said}");
    let state = dir.join("state");
    let files: Vec<_> = calls
        .iter()
        .flat_map(|call| call["recordings"].as_array().expect("recordings"))
        .map(|recording| file_of(&state, recording))
        .collect();
    assert!(files.len() >= calls.len());
    sound::flac_accepts(&files);
    for file in &files {
        assert!(said.contains(&file.file_name().expect("a name").to_string_lossy()[..]));
    }
    let again = demo(&dir);
    assert_eq!(again.status.code(), Some(0));
    assert!(!files[0].exists(), "the first demo's files are gone");
    assert_eq!(calls_of(&config).len(), calls.len());
}

#[test]
fn the_demo_refuses_a_folder_that_holds_something_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let letter = folder.path().join("letter.txt");
    fs::write(&letter, "not ours").expect("written");
    let refused = demo(folder.path());
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stderr);
    let name = folder.path().display();
    assert_eq!(
        said,
        format!("linetap: {name}: holds something else; name an empty or new folder\n")
    );
    assert_eq!(fs::read_to_string(&letter).expect("there"), "not ours");
    assert_eq!(fs::read_dir(folder.path()).expect("folder").count(), 1);
}
