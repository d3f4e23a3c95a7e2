//! Many lines from one file: many times faster than real time, in memory that does not grow with
//! the file's length.
#![allow(clippy::print_stdout, reason = "figures are printed")]

mod office;

use std::time::Instant;

use linetap::signal::exchange::{Calls, Exchange, Options, Tap, Traffic};
use office::{ALWAYS, DC, Office, lines, replay, sound};

const LINES: usize = 32;

/// Seconds of the short file; the long one has four times as much and is an RF64.
const SHORT_S: u64 = 40;

/// A busy office on the exchange. The sound of the long file begins with the short one's.
fn file(office: &Office, name: &str, seconds: u64, long: bool) {
    let options = Options {
        taps: vec![Tap::Dc {
            full_scale_volts: 150.0,
        }],
        calls: Calls::Office(Traffic::COMPACT),
        ..Options::default()
    };
    let mut exchange = Exchange::new(LINES, 4, &options);
    let path = office.path(name);
    sound::wav(&path, LINES as u16, seconds * 8_000, long, |frames| {
        exchange.fill(frames);
    });
}

/// Runs the program on one core at low priority; times real time, and the most memory (KiB).
fn measure(office: &Office, what: &str, arguments: &[&str], seconds: u64) -> (f64, u64) {
    let mut command = std::process::Command::new("taskset");
    command
        .args(["-c", "0", env!("CARGO_BIN_EXE_linetap")])
        .args(arguments)
        .current_dir(office.path(""));
    let begun = Instant::now();
    let (status, weight) = office.spawn(&mut command).wait_and_weigh();
    assert!(status.success(), "{}", office.log());
    let times = seconds as f64 / begun.elapsed().as_secs_f64();
    println!(
        "{what}: {LINES} channels, {seconds} s: {times:.0} times faster than real time on one \
         core, {:.1} MiB",
        weight as f64 / 1024.0
    );
    (times, weight)
}

fn holds(short: (f64, u64), long: (f64, u64)) {
    for (times, _) in [short, long] {
        // An unoptimised build on a machine with other work; the optimised one does far more.
        assert!(times > 4.0, "{times}");
    }
    let (short, long) = (short.1 as f64, long.1 as f64);
    assert!(long < short * 1.2 + 8_192.0, "{short} KiB, then {long} KiB");
}

#[test]
fn analysing_a_long_file_takes_no_more_memory_than_a_short_one() {
    let office = Office::new(ALWAYS, "");
    file(&office, "short.wav", SHORT_S, false);
    file(&office, "long.wav", SHORT_S * 4, true);
    let analyze = |name: &str, seconds: u64| {
        let arguments = ["analyze", name, "--hook", "dc", "--json"];
        measure(&office, "analyze", &arguments, seconds)
    };
    holds(
        analyze("short.wav", SHORT_S),
        analyze("long.wav", SHORT_S * 4),
    );
}

#[test]
fn recording_a_long_file_takes_no_more_memory_than_a_short_one() {
    let run = |name: &str, seconds: u64, long: bool| {
        let rest = replay("c", name, "pace = \"max\"\nstart = \"2026-11-23T09:00:00\"")
            + &lines("c", LINES, "trunk", DC);
        let office = Office::new(ALWAYS, &rest);
        file(&office, name, seconds, long);
        let arguments = ["run", "--config", "linetap.toml", "--until-end"];
        let measured = measure(&office, "run --until-end", &arguments, seconds);
        assert!(office.index_agrees_with_disk() >= LINES);
        measured
    };
    holds(
        run("short.wav", SHORT_S, false),
        run("long.wav", SHORT_S * 4, true),
    );
}
