//! Cards that are not well: overruns four times a second, a crystal that is 300 millionths off.
//! What was lost is told to the frame, the rest is bit-exact, and a card beside them loses nothing.
#![allow(clippy::print_stdout, reason = "figures are printed")]

mod alsa;
mod office;

use std::path::Path;
use std::time::{Duration, Instant};

use alsa::{Card, PrivateAlsa, cue};
use office::tape::{follow, tape};
use office::{ALWAYS, DC, Office, file_of, lines, sound};
use serde_json::Value;

/// Lines of each card.
const LINES: usize = 4;

/// Overruns of the storm, and how long each restart takes (ms).
const OVERRUNS: usize = 24;
const RESTART_MS: u32 = 20;

/// How far the third card's crystal is off.
const PPM: i32 = 300;

/// A drift is claimed once it was watched for a minute.
const WATCHED: Duration = Duration::from_secs(72);

/// What a told loss may differ from the true one; as in `alsa_recorder`.
const SLACK: i64 = 80;

const CARDS: [&str; 3] = ["storm", "calm", "fast"];

fn card<'a>(status: &'a Value, name: &str) -> &'a Value {
    let cards = status["cards"].as_array().expect("cards");
    cards.iter().find(|card| card["card"] == name).expect("it")
}

fn configuration() -> String {
    let of = |name: &&str| {
        format!("[[card]]\nname = {name:?}\ndevice = {name:?}\n\n")
            + &lines(name, LINES, "trunk", DC)
    };
    CARDS.iter().map(of).collect()
}

/// One overrun after the other.
fn storm(cues: &Path) {
    for at in 1..=OVERRUNS {
        cue(cues, "storm", &format!("xrun {at} {RESTART_MS}"));
        std::thread::sleep(Duration::from_millis(250));
    }
}

/// The storm's rows in the ledger, as many samples as the status tells; of no other card any.
fn ledger(office: &Office, status: &Value) -> Vec<i64> {
    let gaps = office.gaps();
    assert!(
        gaps.iter()
            .all(|(card, cause, _)| card == "storm" && cause == "overrun"),
        "{gaps:?}"
    );
    let told: i64 = gaps.iter().map(|(.., samples)| samples).sum();
    assert_eq!(Some(told), card(status, "storm")["lost_frames"].as_i64());
    println!(
        "{OVERRUNS} overruns: {} rows of the ledger, {told} frames lost",
        gaps.len()
    );
    assert!(gaps.len() >= OVERRUNS / 2, "{gaps:?}");
    gaps.iter().map(|(.., samples)| *samples).collect()
}

/// Every file is its tape, but for silence as long as each loss.
fn files(office: &Office, tapes: &[Vec<Vec<i16>>], gaps: &[i64]) {
    let (mut whole, mut around, mut worst) = (0, 0, 0);
    for call in office.calls() {
        let line = call["line"].as_str().expect("a name");
        let (name, channel) = line.split_once(' ').expect("card and channel");
        let of = CARDS.iter().position(|card| *card == name).expect("a card");
        let channel: usize = channel.parse().expect("a number");
        for recording in call["recordings"].as_array().expect("recordings") {
            let heard = sound::flac(&file_of(&office.state(), recording));
            let slips = follow(&heard, &tapes[of][channel], gaps);
            assert!(name == "storm" || slips.is_empty(), "{name} lost nothing");
            whole += usize::from(slips.is_empty());
            around += usize::from(!slips.is_empty());
            worst = slips.iter().map(|slip| slip.abs()).fold(worst, i64::max);
        }
    }
    println!(
        "{whole} files bit-exact, {around} around losses, told losses off by {worst} samples at most"
    );
    assert!(whole >= 2 * LINES && around >= LINES, "{whole} {around}");
    assert!(worst <= SLACK);
}

#[test]
fn a_storm_of_overruns_and_a_crystal_that_is_off() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(format!("{name}.raw"));
    let tapes: Vec<_> = CARDS
        .iter()
        .zip(21..)
        .map(|(name, seed)| tape(&file(name), LINES, seed))
        .collect();
    let cards = CARDS.map(|name| Card {
        infile: Some(file(name)),
        ppm: if name == "fast" { PPM } else { 0 },
        ..Card::new(name, LINES as u16)
    });
    let Some(private) = PrivateAlsa::build(&cards) else {
        return;
    };
    let office = Office::new(ALWAYS, &configuration());
    let (name, file) = private.environment();
    let mut running = office.start_with(&[(name, &file)]);
    let begun = Instant::now();
    running.until("the lines are recorded", |running| {
        running.recorded_lines() >= 2 * LINES
    });
    let said = office.log().lines().count();
    storm(private.directory());
    let said = office.log().lines().count() - said;
    assert!(said <= 3 * OVERRUNS, "{said} lines of log");
    std::thread::sleep(WATCHED.saturating_sub(begun.elapsed()));
    let status = running.status();
    let drift = |name| card(&status, name)["drift_ppm"].as_f64();
    println!(
        "drift told: {:?} of {PPM} ppm, {:?} of 0",
        drift("fast"),
        drift("calm")
    );
    for name in ["calm", "fast"] {
        assert_eq!(card(&status, name)["lost_frames"], 0, "{name}");
    }
    let (fast, calm) = (drift("fast").expect("it"), drift("calm").expect("it"));
    assert!(
        (fast - f64::from(PPM)).abs() < 60.0 && calm.abs() < 60.0,
        "{fast} {calm}"
    );
    assert!(running.stop().success(), "{}", office.log());
    let gaps = ledger(&office, &status);
    files(&office, &tapes, &gaps);
    assert!(office.index_agrees_with_disk() >= 3 * LINES);
}
