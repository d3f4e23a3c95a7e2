//! Caller ID: messages read and cost, ours beside spandsp's on the same samples.
//!
//! `cargo bench --bench caller_id`
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

#[path = "../tests/line_sounds/mod.rs"]
mod line_sounds;
mod spandsp;

use line_sounds::fsk::{Modem, mdmf, number};
use line_sounds::{Dice, Line, rms, voices};
use linetap::signal::caller_id::FskReceiver;
use linetap::words::{SampleTime, Signal};
use std::time::Instant;

/// Messages of a case.
const SENT: usize = 50;

fn ours(pcm: &[i16]) -> Vec<String> {
    let mut found = Vec::new();
    FskReceiver::new().push(pcm, SampleTime(0), &mut |signal| {
        if let Signal::CallerId { caller, .. } = signal {
            let number = caller.number.unwrap_or_default();
            found.push(format!("number {}", number.as_str()));
        }
    });
    found
}

struct Case {
    name: String,
    modem: Modem,
    snr: Option<f64>,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut case = |name: String, modem, snr| cases.push(Case { name, modem, snr });
    let plain = Modem::default();
    for snr in [20.0, 14.0, 12.0, 10.0, 8.0, 6.0, 4.0] {
        case(format!("white noise {snr} dB below"), plain, Some(snr));
    }
    for level in [0.0, -10.0, -20.0, -27.0, -30.0, -40.0, -45.0] {
        case(
            format!("level {level} dBm0"),
            Modem { level, ..plain },
            None,
        );
    }
    for percent in [-5.0, -3.0, -1.0, 1.0, 3.0, 5.0] {
        let baud = 1_200.0 * (1.0 + percent / 100.0);
        case(format!("baud {percent:+} %"), Modem { baud, ..plain }, None);
    }
    for twist in [-12.0, -10.0, -6.0, 6.0, 10.0, 12.0] {
        case(
            format!("twist {twist:+} dB"),
            Modem { twist, ..plain },
            None,
        );
    }
    let bell = Modem {
        mark_hz: 1_200.0,
        space_hz: 2_200.0,
        ..plain
    };
    case("Bell 202".to_owned(), bell, None);
    case("Bell 202, noise 8 dB below".to_owned(), bell, Some(8.0));
    case(
        "80 marks, no seizure".to_owned(),
        Modem {
            marks: 80,
            seizure: 0,
            ..plain
        },
        None,
    );
    case(
        "3 marks between bytes".to_owned(),
        Modem {
            stuffing: 3,
            ..plain
        },
        None,
    );
    cases
}

fn run(case: &Case, seed: u64) -> (Vec<String>, Vec<i16>) {
    let mut dice = Dice::new(seed);
    let mut numbers = Vec::new();
    let mut line = Line::default();
    for _ in 0..SENT {
        let number = number(&mut dice);
        line.0.extend(case.modem.line(&mdmf(&number)).0);
        numbers.push(format!("number {number}"));
    }
    if let Some(snr) = case.snr {
        let noise = rms(&case.modem.send(&mdmf("0"))) * 10f64.powf(-snr / 20.0);
        line.0.iter_mut().for_each(|x| *x += noise * dice.normal());
    }
    (numbers, line.pcm())
}

fn score(sent: &[String], told: &[String]) -> String {
    let right = sent.iter().filter(|number| told.contains(number)).count();
    let wrong = told
        .iter()
        .filter(|line| line.starts_with("number") && !sent.contains(line));
    format!("{right}/{} ({})", sent.len(), wrong.count())
}

fn cost(peer: Option<&spandsp::Peer>) {
    let mut idle = Line::silent(60.0);
    idle.noise(-60.0, &mut Dice::new(5));
    let mut calls = Line::silent(60.0);
    for n in 0..12 {
        calls.add(
            &Modem::default().send(&mdmf("523730000")),
            0.0,
            5.0 * f64::from(n),
        );
    }
    for (name, line) in [
        ("an idle line", idle),
        ("a message every 5 s", calls),
        ("speech-like sound", Line(voices::speech(60.0, 9))),
    ] {
        let pcm = line.pcm();
        let best = (0..5)
            .map(|_| {
                let start = Instant::now();
                ours(&pcm);
                start.elapsed().as_secs_f64() * 1e9 / pcm.len() as f64
            })
            .fold(f64::MAX, f64::min);
        let theirs = peer.and_then(|peer| spandsp::nanoseconds(&peer.run(&pcm)));
        let theirs = theirs.map_or("-".to_owned(), |ns| format!("{ns:.2}"));
        println!(
            "{:34} {best:12.2} {theirs:>12}",
            format!("ns per sample, {name}")
        );
    }
}

fn main() {
    let peer = spandsp::Peer::build("caller_id");
    println!(
        "{:34} {:>12} {:>12}",
        "read / sent (wrong)", "linetap", "spandsp"
    );
    for (seed, case) in cases().iter().enumerate() {
        let (sent, pcm) = run(case, seed as u64);
        let theirs = peer
            .as_ref()
            .map_or("-".to_owned(), |peer| score(&sent, &peer.run(&pcm)));
        println!(
            "{:34} {:>12} {theirs:>12}",
            case.name,
            score(&sent, &ours(&pcm))
        );
    }
    cost(peer.as_ref());
}
