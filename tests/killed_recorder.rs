//! `kill -9` at random moments: the next start closes what is there, the index agrees, the time
//! without a recorder is in the ledger, and recording goes on at once. Five kills;
//! LINETAP_KILLS=200 makes them two hundred.
#![allow(clippy::print_stdout, reason = "figures are printed")]

mod office;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use office::running::Running;
use office::{ALWAYS, DC, Office, lines, replay, sound};
use serde_json::Value;

/// Lines of one long call each, and lines where calls come and go every two seconds.
const LONG: usize = 4;
const SHORT: usize = 4;
const LINES: usize = LONG + SHORT;

/// A short call and the pause after it (samples).
const CALL: usize = 7_200;
const PAUSE: usize = 9_600;

/// Seconds of audio that a crash may cost a line.
const MOST_LOST_S: f64 = 1.0;

/// From the start of the program until every long call is recorded again.
const RECORDING_AGAIN: Duration = Duration::from_secs(2);

/// An office whose lines are busy from the first sample on, in real time.
fn busy_office() -> Office {
    let rest = replay("c", "busy.wav", "pace = \"realtime\"") + &lines("c", LINES, "trunk", DC);
    let office = Office::new(ALWAYS, &rest);
    let (mut noise, mut at) = (1u32, 0);
    let path = office.path("busy.wav");
    sound::wav(&path, LINES as u16, 8_000 * 60, false, |piece| {
        for frame in piece.chunks_exact_mut(LINES) {
            for (line, sample) in frame.iter_mut().enumerate() {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let used = line < LONG || (at + line * 4_000) % (CALL + PAUSE) < CALL;
                let volts = if used { 1_748 } else { 10_486 };
                *sample = volts + (noise >> 20) as i16 / 8;
            }
            at += 1;
        }
    });
    office
}

/// Every long call is recorded.
fn all_record(status: &Value) -> bool {
    let lines = status["lines"].as_array().expect("lines");
    lines[..LONG].iter().all(|line| line["recording"] == true)
}

/// A number from 0 to before `below`, another each time.
fn draw(state: &mut u64, below: u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state % below
}

/// Starts the recorder; how long until every long call was recorded.
fn start(office: &Office) -> (Running<'_>, Duration) {
    let mut running = office.start();
    running.until("every long call is recorded", |running| {
        all_record(&running.status())
    });
    let took = running.begun.elapsed();
    (running, took)
}

/// The newest sample the recorder has.
fn newest(running: &Running<'_>) -> Timestamp {
    let status = running.status();
    let at = status["cards"][0]["newest_sample"].as_str();
    at.expect("frames have come").parse().expect("a time")
}

fn is_open(file: &Path) -> bool {
    file.extension().is_some_and(|kind| kind == "part")
}

/// Begin and end of a recording's sound.
fn span(recording: &Value) -> (Timestamp, f64) {
    let start = recording["start"].as_str().expect("a start");
    let samples = recording["samples"].as_u64().expect("its length");
    (start.parse().expect("a time"), samples as f64 / 8_000.0)
}

/// Seconds missing at the end of each long call's recording that was open at `newest`; `known` are
/// files from before.
fn losses(office: &Office, known: &[PathBuf], newest: Timestamp) -> Vec<f64> {
    let mut losses = Vec::new();
    for call in office.calls() {
        let name = call["line"].as_str().expect("a name");
        let long = (0..LONG).any(|line| name == format!("c {line}"));
        for recording in call["recordings"].as_array().expect("recordings") {
            let file = office::file_of(&office.state(), recording);
            if long && recording["state"] == "recovered" && !known.contains(&file) {
                let (start, length) = span(recording);
                losses.push(newest.duration_since(start).as_secs_f64() - length);
            }
        }
    }
    losses
}

#[test]
fn killed_at_random_moments_it_loses_a_second_at_most_and_records_again() {
    let kills = std::env::var("LINETAP_KILLS").map_or(5, |n| n.parse().expect("a number"));
    let office = busy_office();
    let mut seed = 0x5eed;
    let (mut worst_loss, mut slowest) = (0.0_f64, Duration::ZERO);
    for kill in 0..kills {
        let (running, took) = start(&office);
        slowest = slowest.max(took);
        let known: Vec<PathBuf> = office.recordings();
        let known: Vec<PathBuf> = known.into_iter().filter(|file| !is_open(file)).collect();
        std::thread::sleep(Duration::from_millis(draw(&mut seed, 2_200)));
        let newest = newest(&running);
        running.kill();
        let files = office.recordings();
        let open = files.iter().filter(|file| is_open(file)).count();
        assert!(open >= LONG, "kill {kill}: {open} files were open");
        let (running, took) = start(&office);
        slowest = slowest.max(took);
        let lost = losses(&office, &known, newest);
        assert_eq!(lost.len(), LONG, "kill {kill}: each open file was closed");
        worst_loss = lost.into_iter().fold(worst_loss, f64::max);
        assert!(running.stop().success(), "SIGTERM ends it in order");
        assert!(!office.recordings().iter().any(|file| is_open(file)));
    }
    let files = office.index_agrees_with_disk();
    println!(
        "{kills} kills, {files} files accepted; at most {worst_loss:.2} s lost, recording again \
         within {:.2} s",
        slowest.as_secs_f64()
    );
    assert!(worst_loss <= MOST_LOST_S, "{worst_loss}");
    assert!(slowest <= RECORDING_AGAIN, "{slowest:?}");
    assert!(office.calls().iter().all(|call| call["end"].is_string()));
    absences(&office, kills);
}

/// Between two runs lies a row of the ledger.
fn absences(office: &Office, kills: usize) {
    let gaps = office.gaps();
    assert_eq!(gaps.len(), 2 * kills - 1, "{gaps:?}");
    for (card, cause, samples) in &gaps {
        assert_eq!((card.as_str(), cause.as_str()), ("c", "not_running"));
        assert!((1..8_000 * 10).contains(samples), "{samples}");
    }
}

#[test]
fn sigterm_closes_everything_under_way() {
    let office = busy_office();
    let (running, _) = start(&office);
    std::thread::sleep(Duration::from_millis(700));
    let newest = newest(&running);
    let begun = Instant::now();
    assert!(running.stop().success());
    println!("ended in {:.2} s", begun.elapsed().as_secs_f64());
    assert!(office.index_agrees_with_disk() >= LONG);
    let calls = office.calls();
    let under_way = calls
        .iter()
        .filter(|call| call["end_reason"] == "end_of_input");
    let under_way: Vec<&Value> = under_way.collect();
    assert!(under_way.len() >= LONG);
    for call in under_way {
        let recording = &call["recordings"][0];
        assert_eq!(recording["state"], "closed");
        let (start, length) = span(recording);
        let missing = newest.duration_since(start).as_secs_f64() - length;
        assert!(missing <= 0.001, "nothing heard is lost: {missing}");
    }
}
