//! `kill -9` at random moments: the next start closes what is there, the index agrees, and the
//! recorder records again at once. Five kills; LINETAP_KILLS=200 makes them two hundred.
#![allow(clippy::print_stdout, reason = "figures are printed")]

mod office;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use office::running::Running;
use office::{ALWAYS, DC, Office, lines, replay, sound};
use serde_json::Value;

const LINES: usize = 8;

/// Seconds of audio that a crash may cost a line.
const MOST_LOST_S: f64 = 1.0;

/// From the start of the program until every line is recorded again.
const RECORDING_AGAIN: Duration = Duration::from_secs(2);

/// An office whose lines are in use from the first sample on, in real time.
fn busy_office() -> Office {
    let rest = replay("c", "busy.wav", "pace = \"realtime\"") + &lines("c", LINES, "trunk", DC);
    let office = Office::new(ALWAYS, &rest);
    let mut noise = 1u32;
    sound::wav(
        &office.path("busy.wav"),
        LINES as u16,
        8_000 * 60,
        false,
        |piece| {
            for sample in piece {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *sample = 1_748 + (noise >> 20) as i16 / 2;
            }
        },
    );
    office
}

fn all_record(status: &Value) -> bool {
    let lines = status["lines"].as_array().expect("lines");
    lines.iter().all(|line| line["recording"] == true)
}

/// A number from 0 to before `below`, another each time.
fn draw(state: &mut u64, below: u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state % below
}

/// Starts the recorder; how long until every line was recorded.
fn start(office: &Office) -> (Running<'_>, Duration) {
    let mut running = office.start();
    running.until("every line is recorded", |running| {
        all_record(&running.status())
    });
    let took = running.begun.elapsed();
    (running, took)
}

/// Where the open files lie, and the newest sample the recorder had just before.
fn newest(running: &Running<'_>) -> Timestamp {
    let status = running.status();
    let at = status["cards"][0]["newest_sample"].as_str();
    at.expect("frames have come").parse().expect("a time")
}

/// Seconds lost at the end of each recording that was open at `newest`.
fn losses(office: &Office, before: &[PathBuf], newest: Timestamp) -> Vec<f64> {
    let calls = office.calls();
    let recordings = calls
        .iter()
        .flat_map(|call| call["recordings"].as_array().expect("recordings"));
    let mut losses = Vec::new();
    for recording in recordings.filter(|recording| recording["state"] == "recovered") {
        let file = office::file_of(&office.state(), recording);
        if before.contains(&file) {
            continue;
        }
        let start: Timestamp = recording["start"]
            .as_str()
            .expect("a start")
            .parse()
            .expect("it");
        let samples = recording["samples"].as_u64().expect("its length");
        let due = newest.duration_since(start).as_secs_f64();
        losses.push(due - samples as f64 / 8_000.0);
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
        let before: Vec<PathBuf> = office.recordings();
        let closed = before.iter().filter(|file| !is_open(file)).cloned();
        let closed: Vec<PathBuf> = closed.collect();
        std::thread::sleep(Duration::from_millis(draw(&mut seed, 1_500)));
        let newest = newest(&running);
        running.kill();
        let open = office
            .recordings()
            .iter()
            .filter(|file| is_open(file))
            .count();
        assert_eq!(open, LINES, "kill {kill}: every line was being recorded");
        let (running, took) = start(&office);
        slowest = slowest.max(took);
        let lost = losses(&office, &closed, newest);
        assert_eq!(lost.len(), LINES, "kill {kill}: each open file was closed");
        worst_loss = lost.into_iter().fold(worst_loss, f64::max);
        assert!(running.stop().success(), "SIGTERM ends it in order");
        assert!(!office.recordings().iter().any(|file| is_open(file)));
    }
    let files = office.index_agrees_with_disk();
    assert_eq!(files, kills * LINES * 2);
    println!(
        "{kills} kills, {files} files accepted; at most {worst_loss:.2} s lost, recording again \
         within {:.2} s",
        slowest.as_secs_f64()
    );
    assert!(worst_loss <= MOST_LOST_S, "{worst_loss}");
    assert!(slowest <= RECORDING_AGAIN, "{slowest:?}");
}

fn is_open(file: &std::path::Path) -> bool {
    file.extension().is_some_and(|kind| kind == "part")
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
    assert_eq!(office.index_agrees_with_disk(), LINES);
    for call in office.calls() {
        let recording = &call["recordings"][0];
        assert_eq!(recording["state"], "closed");
        assert_eq!(call["end_reason"], "end_of_input");
        let start: Timestamp = recording["start"]
            .as_str()
            .expect("it")
            .parse()
            .expect("it");
        let samples = recording["samples"].as_u64().expect("its length") as f64;
        let end = start.as_millisecond() as f64 / 1e3 + samples / 8_000.0;
        assert!(
            end >= newest.as_millisecond() as f64 / 1e3,
            "nothing heard is lost"
        );
    }
}
