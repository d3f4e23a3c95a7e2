//! The whole recorder on two cards behind the real alsa-lib: 16 channels of calls, bit-exact in the
//! FLACs; an overrun and a disconnect on cue become rows of the gap ledger, recording goes on, and
//! the other card is not touched.
#![allow(clippy::print_stdout, reason = "figures are printed")]

mod alsa;
mod office;

use std::time::{Duration, Instant};

use alsa::{Card, PrivateAlsa, cue};
use office::running::Running;
use office::tape::{TAPE_S, follow, tape};
use office::{ALWAYS, DC, Office, file_of, lines, sound};
use serde_json::Value;

/// What a told loss may differ from the true one (10 ms at 8 kHz): how long a loaded machine may
/// hold up a thread between the card's clock and the driver's time stamp.
const SLACK: i64 = 80;

fn card_config(name: &str) -> String {
    format!("[[card]]\nname = {name:?}\ndevice = {name:?}\n\n")
}

fn card<'a>(status: &'a Value, name: &str) -> &'a Value {
    let cards = status["cards"].as_array().expect("cards");
    cards.iter().find(|card| card["card"] == name).expect("it")
}

fn recording(status: &Value, name: &str) -> usize {
    let lines = status["lines"].as_array().expect("lines").iter();
    lines
        .filter(|line| line["card"] == name && line["recording"] == true)
        .count()
}

fn rest(time: f64) {
    std::thread::sleep(Duration::from_secs_f64(time));
}

/// Waits until many lines of `tap` are in calls.
fn busy(running: &mut Running<'_>) {
    running.until("ten lines are recorded", |running| {
        recording(&running.status(), "tap") >= 10
    });
}

#[test]
fn sixteen_channels_are_bit_exact_and_losses_are_counted() {
    let tapes = tempfile::tempdir().expect("a folder");
    let (one, two) = (tapes.path().join("tap.raw"), tapes.path().join("other.raw"));
    let sources = [tape(&one, 16, 5), tape(&two, 2, 9)];
    let with = |name, channels, file| Card {
        infile: Some(file),
        ..Card::new(name, channels)
    };
    let Some(private) = PrivateAlsa::build(&[with("tap", 16, one), with("other", 2, two)]) else {
        return;
    };
    let rest_of = card_config("tap")
        + &card_config("other")
        + &lines("tap", 16, "trunk", DC)
        + &lines("other", 2, "trunk", DC);
    let office = Office::new(ALWAYS, &rest_of);
    let (name, file) = private.environment();
    let mut running = office.start_with(&[(name, &file)]);
    let cues = private.directory();

    busy(&mut running);
    cue(cues, "tap", "xrun 1 300");
    running.until("the overrun is counted", |running| {
        card(&running.status(), "tap")["xruns"] == 1
    });
    rest(1.0);
    cue(cues, "tap", "disconnect");
    running.until("the card is lost", |running| {
        card(&running.status(), "tap")["state"] == "lost"
    });
    let lost = Instant::now();
    rest(0.7);
    assert_eq!(card(&running.status(), "other")["state"], "running");
    cue(cues, "tap", "run");
    running.until("the card is back", |running| {
        card(&running.status(), "tap")["state"] == "running"
    });
    println!("card back after {:.2} s", lost.elapsed().as_secs_f64());
    rest(1.0);
    busy(&mut running);
    rest(TAPE_S as f64 - 2.0);
    let status = running.status();
    assert_eq!(card(&status, "tap")["reopenings"], 1);
    assert_eq!(card(&status, "other")["lost_frames"], 0);
    assert!(running.stop().success(), "{}", office.log());
    ledger(&office, &status);
    files(&office, &sources);
    assert!(office.index_agrees_with_disk() >= 18);
}

/// One overrun and one disconnect of `tap` in the ledger, as long as the status tells.
fn ledger(office: &Office, status: &Value) {
    let gaps = office.gaps();
    println!("ledger: {gaps:?}");
    let causes: Vec<&str> = gaps.iter().map(|(_, cause, _)| cause.as_str()).collect();
    assert_eq!(causes, ["overrun", "device_lost"]);
    assert!(gaps.iter().all(|(card, ..)| card == "tap"));
    let told: i64 = gaps.iter().map(|(.., samples)| samples).sum();
    assert_eq!(Some(told), card(status, "tap")["lost_frames"].as_i64());
    assert!(gaps[0].2 >= 2_400, "the restart alone took 0.3 s");
    assert!(gaps[1].2 >= 5_600, "it was away for 0.7 s at least");
}

/// Every FLAC is the tape, bit for bit; where frames were lost, silence as long as the loss.
fn files(office: &Office, sources: &[Vec<Vec<i16>>; 2]) {
    let gaps: Vec<i64> = office.gaps().iter().map(|(.., samples)| *samples).collect();
    let (mut whole, mut through_gaps) = (0, 0);
    let (mut samples, mut worst) = (0, 0);
    for call in office.calls() {
        let line = call["line"].as_str().expect("a name");
        let (card, channel) = line.split_once(' ').expect("card and channel");
        let channel: usize = channel.parse().expect("a number");
        let tape = &sources[usize::from(card == "other")][channel];
        for recording in call["recordings"].as_array().expect("recordings") {
            let heard = sound::flac(&file_of(&office.state(), recording));
            let slips = follow(&heard, tape, &gaps);
            assert!(
                card == "tap" || slips.is_empty(),
                "the other card lost nothing"
            );
            whole += usize::from(slips.is_empty());
            through_gaps += usize::from(!slips.is_empty());
            samples += heard.len();
            worst = slips.iter().map(|slip| slip.abs()).fold(worst, i64::max);
        }
    }
    println!(
        "{whole} files bit-exact throughout, {through_gaps} around losses; {samples} samples; \
         told losses off by {worst} samples at most"
    );
    assert!(whole >= 8 && through_gaps >= 8, "{whole} {through_gaps}");
    assert!(worst <= SLACK);
}
