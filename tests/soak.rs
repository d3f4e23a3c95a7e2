//! A recorder that runs for long: neither memory nor open files nor the index's log of writes grows,
//! and every call that the exchange placed is in the index, recorded or with the reason why not.
//!
//! Quick by default: an hour of virtual time, a quarter of a minute of the real one.
//! `LINETAP_SOAK_DAYS=30 cargo test --release --test soak virtual` lives a virtual month,
//! `LINETAP_SOAK_MINUTES=60 cargo test --release --test soak real` a real hour.
#![allow(clippy::print_stdout, reason = "figures are printed")]

mod office;

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use linetap::signal::exchange::{Exchange, Options, PlacedCall, Tap};
use linetap::words::{Direction, SampleTime};
use office::running::Running;
use office::{ALWAYS, DC, Office, lines};
use serde_json::Value;

/// The exchange's seed.
const SEED: u64 = 11;

/// A Monday in winter, half an hour before the office opens.
const START: &str = "2026-11-23T07:00:00";
const START_UTC: &str = "2026-11-23T06:00:00Z";

/// What start and end may be off (s).
const TOLERANCE_S: f64 = 0.3;

/// Working hours of the virtual office.
const HOURS: &str = "[hours]\nmon = [\"07:30-15:30\"]\ntue = [\"07:30-17:00\"]\n\
    wed = [\"07:30-15:30\"]\nthu = [\"07:30-15:30\"]\nfri = [\"07:30-14:00\"]\nholidays = \"PL\"\n";

/// What a process holds.
#[derive(Clone, Copy, Debug)]
struct Weight {
    memory_kib: u64,
    files: usize,
    wal_bytes: u64,
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn exchange(line_count: usize, timing: &str) -> String {
    format!("[[card]]\nname = \"c\"\nexchange = {line_count}\nseed = {SEED}\n{timing}\n\n")
        + &lines("c", line_count, "trunk", DC)
}

/// What the recorder holds now; nothing once it has ended.
fn weigh(office: &Office, running: &Running<'_>) -> Option<Weight> {
    let of = format!("/proc/{}", running.pid());
    let status = fs::read_to_string(format!("{of}/status")).ok()?;
    let memory = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let wal = office.state().join("index.sqlite-wal");
    Some(Weight {
        memory_kib: memory.split_whitespace().next()?.parse().ok()?,
        files: fs::read_dir(format!("{of}/fd")).ok()?.count(),
        wal_bytes: fs::metadata(wal).map_or(0, |file| file.len()),
    })
}

fn median(of: &[Weight], value: impl Fn(&Weight) -> u64) -> u64 {
    let mut values: Vec<u64> = of.iter().map(value).collect();
    values.sort_unstable();
    values[values.len() / 2]
}

/// The last quarter weighs no more than the second.
fn does_not_grow(weights: &[Weight], line_count: usize) {
    let quarter = weights.len() / 4;
    assert!(quarter >= 3, "{} weighings are too few", weights.len());
    let (second, last) = (&weights[quarter..2 * quarter], &weights[3 * quarter..]);
    let pair = |value: fn(&Weight) -> u64| (median(second, value), median(last, value));
    let memory = pair(|weight| weight.memory_kib);
    let files = pair(|weight| weight.files as u64);
    let wal = pair(|weight| weight.wal_bytes);
    println!(
        "second quarter, last quarter of {} weighings: memory {memory:?} KiB, open files {files:?}, \
         WAL {wal:?} bytes",
        weights.len()
    );
    assert!(
        memory.1 < memory.0 + memory.0 / 10 + 2_048,
        "{memory:?} KiB"
    );
    // Each line in a call has its recording open, with its key.
    assert!(
        files.1 <= files.0 + 2 * line_count as u64,
        "{files:?} open files"
    );
    assert!(wal.1 <= wal.0.max(8 << 20), "{wal:?} bytes of WAL");
}

/// Seconds from the start of the exchange to a time of a call.
fn seconds(call: &Value, field: &str, since: Timestamp) -> f64 {
    let at = call[field].as_str().unwrap_or_else(|| panic!("{call}"));
    let at: Timestamp = at.parse().expect("a time");
    at.duration_since(since).as_secs_f64()
}

/// All calls of the index, the newest first.
fn calls(office: &Office) -> Vec<Value> {
    let most = u32::MAX.to_string();
    let done = office.linetap(&[
        "calls",
        "--json",
        "--limit",
        &most,
        "--config",
        "linetap.toml",
    ]);
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let text = String::from_utf8(done.stdout).expect("text");
    let parse = |line| serde_json::from_str(line).expect("an object a line");
    text.lines().map(parse).collect()
}

fn plan(line_count: usize, minutes: u64) -> Vec<PlacedCall> {
    let options = Options {
        taps: vec![
            Tap::Dc {
                full_scale_volts: 150.0
            };
            line_count
        ],
        ..Options::default()
    };
    let until = SampleTime(minutes * 60 * 8_000);
    let mut plan = Exchange::plan(line_count, SEED, &options, until);
    plan.retain(|call| call.end < until);
    plan
}

/// Whether direction, number, start and end of a call of the index are those placed.
fn is(found: &Value, placed: &PlacedCall, since: Timestamp) -> bool {
    let number = match placed.direction {
        Direction::Outgoing => {
            found["dialled"].as_str().unwrap_or_default() == placed.dialled.as_str()
        }
        _ => {
            let caller = placed
                .caller
                .as_ref()
                .and_then(|caller| caller.number.as_ref());
            found["caller"].as_str() == caller.map(linetap::words::Digits::as_str)
        }
    };
    number
        && found["direction"] == placed.direction.word()
        && (seconds(found, "end", since) - placed.end.seconds()).abs() <= TOLERANCE_S
}

/// Every call placed is there; what was recorded, and why the rest was not.
fn accounted_for(
    calls: &[Value],
    placed: &[PlacedCall],
    since: Timestamp,
) -> BTreeMap<String, usize> {
    let mut by_line: BTreeMap<&str, Vec<(f64, &Value)>> = BTreeMap::new();
    for call in calls {
        let line = by_line
            .entry(call["line"].as_str().expect("a line"))
            .or_default();
        line.push((seconds(call, "start", since), call));
    }
    for line in by_line.values_mut() {
        line.sort_by(|one, other| one.0.total_cmp(&other.0));
    }
    let mut missing = Vec::new();
    for call in placed {
        let name = format!("c {}", call.line);
        let line = by_line.get(name.as_str()).map_or(&[][..], Vec::as_slice);
        let (start, first) = (call.start.seconds(), |to: f64| {
            line.partition_point(|one| one.0 < to)
        });
        let near = &line[first(start - TOLERANCE_S)..first(start + TOLERANCE_S)];
        if !near.iter().any(|(_, found)| is(found, call, since)) {
            missing.push(format!("{name} {:?} {start} {near:?}", call.direction));
        }
    }
    let count = missing.len();
    missing.truncate(10);
    assert_eq!(count, 0, "of {}: {missing:#?}", placed.len());
    let mut became = BTreeMap::new();
    for call in calls {
        let recorded = call["recordings"]
            .as_array()
            .is_some_and(|all| !all.is_empty());
        let word = call["not_recorded"].as_str();
        // A call under way at closing time is recorded until then.
        let until_closing = recorded && word == Some("outside_hours");
        assert!(
            recorded != word.is_some() || until_closing,
            "recorded, or the reason why not: {call}"
        );
        let word = word.filter(|_| !recorded).unwrap_or("recorded");
        *became.entry(word.to_owned()).or_insert(0) += 1;
    }
    became
}

#[test]
fn virtual_time_of_a_busy_office() {
    let days = setting("LINETAP_SOAK_DAYS");
    let line_count = 2;
    // From before the office opens until it is busy.
    let minutes = days.map_or(60, |days| days * 24 * 60);
    let timing = format!("pace = \"max\"\nstart = \"{START}\"\nminutes = {minutes}");
    let office = Office::new(HOURS, &exchange(line_count, &timing));
    let mut command = office.command(&["run", "--config", "linetap.toml", "--until-end"]);
    let begun = Instant::now();
    let running = office.spawn(&mut command);
    let pause = Duration::from_millis(if days.is_some() { 10_000 } else { 100 });
    let mut weights = Vec::new();
    while let Some(weight) = weigh(&office, &running) {
        weights.push(weight);
        std::thread::sleep(pause);
    }
    let (status, _) = running.wait_and_weigh();
    assert!(status.success(), "{}", office.log());
    let took = begun.elapsed().as_secs_f64();
    let calls = calls(&office);
    let placed = plan(line_count, minutes);
    let since: Timestamp = START_UTC.parse().expect("a time");
    let became = accounted_for(&calls, &placed, since);
    println!(
        "{minutes} minutes of {line_count} lines in {took:.0} s: {} calls placed and over, {} in the \
         index: {became:?}",
        placed.len(),
        calls.len(),
    );
    assert!(calls.len() <= placed.len() + line_count, "none invented");
    does_not_grow(&weights, line_count);
    assert_eq!(office.gaps(), [], "nothing was lost");
    assert!(office.index_agrees_with_disk() >= became["recorded"]);
}

#[test]
fn real_time_with_lines_that_come_and_go() {
    let minutes = setting("LINETAP_SOAK_MINUTES");
    let line_count = 32;
    let office = Office::new(ALWAYS, &exchange(line_count, "pace = \"realtime\""));
    let running = office.start();
    let length = minutes.map_or(Duration::from_secs(12), |minutes| {
        Duration::from_secs(minutes * 60)
    });
    let begun = Instant::now();
    let mut weights = Vec::new();
    while begun.elapsed() < length {
        weights.extend(weigh(&office, &running));
        assert!(running.try_status().is_some(), "{}", office.log());
        std::thread::sleep(length / 100);
    }
    let status = running.status();
    assert_eq!(status["cards"][0]["lost_frames"], 0, "{}", status["cards"]);
    assert!(running.stop().success(), "{}", office.log());
    let calls = calls(&office);
    println!(
        "{} calls on {line_count} lines in {:.0} s",
        calls.len(),
        begun.elapsed().as_secs_f64()
    );
    assert!(!calls.is_empty());
    does_not_grow(&weights, line_count);
    office.index_agrees_with_disk();
}
