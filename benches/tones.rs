//! Call-progress tones: decisions and cost, ours beside spandsp's on the same samples.
//!
//! `cargo bench --bench tones`
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

#[path = "../tests/line_sounds/mod.rs"]
mod line_sounds;
mod spandsp;

use line_sounds::{Dice, Line, interleave, voices};
use linetap::signal::tones::{ToneBank, TonePlan};
use linetap::words::{Signal, Tone};
use std::time::Instant;

fn rhythm(start: f64, on: f64, off: f64, count: usize) -> Vec<(f64, f64)> {
    (0..count)
        .map(|n| start + n as f64 * (on + off))
        .map(|start| (start, start + on))
        .collect()
}

fn ours(pcm: &[i16]) -> Vec<String> {
    let mut bank = ToneBank::new(1, &TonePlan::default());
    let mut told = Vec::new();
    bank.push(pcm, &mut |_, signal| {
        if let Signal::ToneOn { tone, .. } = signal {
            told.push(format!("tone {}", tone.word()));
        }
    });
    told
}

/// A line with one tone: what is sent, and the line.
fn tone_line(tone: Tone, hz: f64, level: f32, noise: f32, seed: u64) -> Line {
    let bursts = match tone {
        Tone::Dial => rhythm(0.5, 4.0, 1.0, 1),
        Tone::Ringback => rhythm(0.5, 1.0, 4.0, 2),
        _ => rhythm(0.5, 0.5, 0.5, 4),
    };
    let mut line = Line::silent(bursts[bursts.len() - 1].1 + 1.0);
    line.bursts(&[hz], level, &bursts)
        .noise(noise, &mut Dice::new(seed));
    line
}

fn decisions(peer: Option<&spandsp::Peer>) {
    println!(
        "{:34} {:>12} {:>12}",
        "told / sent (others told)", "linetap", "spandsp"
    );
    let quiet = -70.0;
    let mut cases: Vec<(String, f64, f32, f32)> = Vec::new();
    for level in [0.0, -10.0, -20.0, -30.0, -40.0] {
        cases.push((format!("level {level} dBm0"), 425.0, level, quiet));
    }
    for off in [-25.0, -15.0, -5.0, 5.0, 15.0, 25.0] {
        cases.push((format!("frequency {off:+} Hz"), 425.0 + off, -15.0, quiet));
    }
    for snr in [20.0, 12.0, 8.0, 5.0] {
        cases.push((
            format!("white noise {snr} dB below"),
            425.0,
            -15.0,
            -15.0 - snr,
        ));
    }
    for (name, hz, level, noise) in cases {
        let (mut right, mut other) = ([0, 0], [0, 0]);
        let tones = [Tone::Dial, Tone::Ringback, Tone::Busy];
        for seed in 0..10 {
            for tone in tones {
                let pcm = tone_line(tone, hz, level, noise, seed).pcm();
                let wanted = format!("tone {}", tone.word());
                let told = [Some(ours(&pcm)), peer.map(|peer| peer.run(&pcm))];
                for (n, told) in told.into_iter().flatten().enumerate() {
                    let mut tones: Vec<_> = told.iter().filter(|l| l.starts_with("tone")).collect();
                    tones.dedup();
                    right[n] += usize::from(tones.contains(&&wanted));
                    other[n] += tones.iter().filter(|tone| **tone != &wanted).count();
                }
            }
        }
        let [a, b] = [0, 1].map(|n| format!("{}/30 ({})", right[n], other[n]));
        println!(
            "{name:34} {a:>12} {:>12}",
            peer.map_or("-".to_owned(), |_| b)
        );
    }
}

fn falsehoods(peer: Option<&spandsp::Peer>) {
    for (name, sound) in [
        ("speech", voices::speech as fn(f64, u64) -> Vec<f64>),
        ("music", voices::music),
    ] {
        let (mut us, mut them) = (0, 0);
        for seed in 0..60 {
            let pcm = Line(sound(60.0, 100 + seed)).pcm();
            us += ours(&pcm).len();
            let lines = peer.map(|peer| peer.run(&pcm)).unwrap_or_default();
            them += lines.iter().filter(|line| line.starts_with("tone")).count();
        }
        let them = peer.map_or("-".to_owned(), |_| them.to_string());
        println!(
            "{:34} {us:>12} {them:>12}",
            format!("tones in 1 h of {name}-like sound")
        );
    }
}

/// A minute of what lines carry: silence, speech, tones.
fn lines(channels: usize, seconds: f64) -> Vec<i16> {
    let kinds: Vec<Vec<i16>> = (0..8)
        .map(|n| {
            let mut line = match n % 4 {
                0 => Line::silent(seconds),
                1 | 2 => Line(voices::speech(seconds, n)),
                _ => {
                    let mut line = Line::silent(seconds);
                    line.bursts(
                        &[425.0],
                        -15.0,
                        &rhythm(0.5, 0.5, 0.5, seconds as usize - 1),
                    );
                    line
                }
            };
            line.noise(-65.0, &mut Dice::new(n)).pcm()
        })
        .collect();
    let lines: Vec<Vec<i16>> = (0..channels).map(|n| kinds[n % 8].clone()).collect();
    interleave(&lines)
}

fn cost(peer: Option<&spandsp::Peer>) {
    let seconds = 2.0;
    for channels in [1, 16, 64, 256, 1_024] {
        let frames = lines(channels, seconds);
        let mut best = f64::MAX;
        for _ in 0..5 {
            let mut bank = ToneBank::new(channels, &TonePlan::default());
            let start = Instant::now();
            for block in (0..5).flat_map(|_| frames.chunks(160 * channels)) {
                bank.push(block, &mut |_, _| {});
            }
            best = best.min(start.elapsed().as_secs_f64() / 5.0);
        }
        let ns = best * 1e9 / frames.len() as f64;
        println!("linetap, all tones, {channels:4} channels    {ns:8.3} ns per channel-sample");
    }
    let Some(peer) = peer else { return };
    let alone: Vec<i16> = (0..8)
        .flat_map(|n| {
            let frames = lines(8, seconds);
            frames.into_iter().skip(n).step_by(8).collect::<Vec<_>>()
        })
        .collect();
    let mut runs: Vec<f64> = (0..5)
        .filter_map(|_| spandsp::nanoseconds(&peer.run(&alone)))
        .collect();
    runs.sort_by(f64::total_cmp);
    if let Some(ns) = runs.first() {
        println!("spandsp super_tone_rx, 425 Hz, 3 tones {ns:8.3} ns per channel-sample");
    }
}

fn main() {
    let peer = spandsp::Peer::build("tones");
    decisions(peer.as_ref());
    falsehoods(peer.as_ref());
    cost(peer.as_ref());
}
