//! Digits typed in a conversation leave nothing in what is written: the delay line that silences
//! them, under noise and speech-like sound, on one side or two, cut in any way.

mod keypad;

use keypad::{Dice, Press, peak};
use linetap::signal::mute::{Muted, Muter};
use proptest::prelude::*;

/// Runs `frames` through a muter in pieces; `cuts` are used in turn (frames each).
fn run(frames: &[i16], channels: usize, cuts: &[usize]) -> (Vec<i16>, Vec<Muted>) {
    let mut muter = Muter::new(channels);
    let (mut ready, mut muted) = (Vec::new(), Vec::new());
    let mut rest = frames;
    for cut in cuts.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (now, later) = rest.split_at((cut * channels).min(rest.len()));
        muter.push(now, &mut ready, &mut muted);
        rest = later;
        let given = frames.len() - rest.len();
        let lag = (given - ready.len()) / channels;
        assert!(lag as u64 <= Muter::LAG, "{lag} frames are held back");
    }
    muter.finish(&mut ready, &mut muted);
    (ready, muted)
}

fn within(muted: &[Muted], position: usize) -> bool {
    muted
        .iter()
        .any(|span| (span.from.0..span.to.0).contains(&(position as u64)))
}

/// Loudest of the eight tones in 20 ms windows, dBm0.
fn loudest_tone(samples: &[i16]) -> f64 {
    let turns = TONES.map(|hz| {
        let part = |n: usize| {
            let turn = std::f64::consts::TAU * hz * n as f64 / 8_000.0;
            let hann = 1.0 - (std::f64::consts::TAU * (n as f64 + 0.5) / 160.0).cos();
            (turn.cos() * hann, turn.sin() * hann)
        };
        std::array::from_fn::<_, 160, _>(part)
    });
    let mut loudest = 0.0f64;
    for window in samples.windows(160).step_by(80) {
        if window.iter().all(|sample| *sample == 0) {
            continue;
        }
        for turns in &turns {
            let (mut re, mut im) = (0.0, 0.0);
            for (sample, (cos, sin)) in window.iter().zip(turns) {
                re += f64::from(*sample) * cos;
                im += f64::from(*sample) * sin;
            }
            loudest = loudest.max((re * re + im * im).sqrt() / 80.0);
        }
    }
    20.0 * (loudest.max(1e-3) / peak(0.0)).log10()
}

const TONES: [f64; 8] = [697.0, 770.0, 852.0, 941.0, 1209.0, 1336.0, 1477.0, 1633.0];

fn pcm(signal: &[f64]) -> Vec<i16> {
    signal.iter().map(|sample| sample.round() as i16).collect()
}

#[test]
fn without_noise_no_tone_of_a_digit_is_left() {
    for dbm0 in [-35.0, -20.0, -3.0] {
        for on_ms in [40.0, 70.0, 400.0, 3_500.0] {
            let press = Press {
                on_ms,
                low_dbm0: dbm0,
                high_dbm0: dbm0,
                repeats: 1,
                ..Press::default()
            };
            let (signal, truth) = press.make(&mut Dice(7));
            let samples = pcm(&signal);
            assert!(loudest_tone(&samples[..16_000.min(samples.len())]) > dbm0 - 3.0);
            let (written, muted) = run(&samples, 1, &[2_000]);
            assert_eq!(written.len(), samples.len());
            for (from, to, key) in truth {
                assert!(
                    (from..to).all(|at| within(&muted, at)),
                    "{key}, {on_ms} ms at {dbm0} dBm0: {muted:?}"
                );
            }
            let left = loudest_tone(&written);
            assert!(
                left < -75.0,
                "{on_ms} ms at {dbm0} dBm0: {left:.1} dBm0 left"
            );
        }
    }
}

#[test]
fn a_digit_on_either_side_is_silenced_on_both() {
    let press = Press {
        repeats: 1,
        ..Press::default()
    };
    let (signal, truth) = press.make(&mut Dice(3));
    let digits = pcm(&signal);
    for side in 0..2 {
        // The other side hears the digits as an echo that no receiver takes for digits, under its own voice.
        let mut dice = Dice(11);
        let stereo: Vec<i16> = digits
            .iter()
            .flat_map(|digit| {
                let other = (*digit / 300) + (dice.gauss() * 900.0) as i16;
                if side == 0 {
                    [*digit, other]
                } else {
                    [other, *digit]
                }
            })
            .collect();
        let (written, muted) = run(&stereo, 2, &[160]);
        assert_eq!(written.len(), stereo.len());
        for (from, to, _) in &truth {
            assert!(written[from * 2..to * 2].iter().all(|sample| *sample == 0));
        }
        for (at, (before, after)) in stereo.chunks(2).zip(written.chunks(2)).enumerate() {
            let expected = if within(&muted, at) {
                &[0, 0][..]
            } else {
                before
            };
            assert_eq!(after, expected, "frame {at}");
        }
    }
}

#[test]
fn a_digit_cut_by_the_end_of_the_recording_is_silenced_too() {
    let press = Press {
        on_ms: 120.0,
        repeats: 1,
        ..Press::default()
    };
    let (signal, truth) = press.make(&mut Dice(5));
    let (from, to, _) = truth[9];
    for kept in [45, 60, 90, 120, 125] {
        let end = (from + kept * 8).min(to + 40);
        let (written, muted) = run(&pcm(&signal)[..end], 1, &[2_000]);
        assert_eq!(written.len(), end);
        assert!(
            (from..end.min(to)).all(|at| within(&muted, at)),
            "{kept} ms kept"
        );
        assert!(muted.iter().all(|span| span.to.0 as usize <= end));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn digits_go_and_nothing_else_does(
        seed in any::<u64>(),
        on_ms in 45.0f64..400.0,
        off_ms in 45.0f64..300.0,
        level in -30.0f64..-3.0,
        twist in -6.0f64..6.0,
        snr in 15.0f64..40.0,
        cuts in proptest::collection::vec(1usize..4_000, 1..8),
    ) {
        let press = Press {
            on_ms,
            off_ms,
            low_dbm0: level,
            high_dbm0: (level + twist).min(-1.0),
            repeats: 1,
            ..Press::default()
        };
        let mut dice = Dice(seed);
        let (mut signal, truth) = press.make(&mut dice);
        let noise = (press.power() / 10f64.powf(snr / 10.0)).sqrt();
        for sample in &mut signal {
            *sample += dice.gauss() * noise;
        }
        let samples = pcm(&signal);
        let (written, muted) = run(&samples, 1, &cuts);
        prop_assert_eq!(written.len(), samples.len());
        for (from, to, key) in truth {
            prop_assert!((from..to).all(|at| within(&muted, at)), "{} at {}: {:?}", key, from, muted);
        }
        for (at, (before, after)) in samples.iter().zip(&written).enumerate() {
            prop_assert_eq!(*after, if within(&muted, at) { 0 } else { *before }, "sample {}", at);
        }
        prop_assert!(muted.windows(2).all(|pair| pair[0].to <= pair[1].from));
        let whole = run(&samples, 1, &[usize::MAX / 8]);
        prop_assert_eq!((written, muted), whole, "however it is cut");
    }
}

/// A quick form for `make test`; `LINETAP_CASES` for the full one.
fn cases() -> u32 {
    let asked = std::env::var("LINETAP_CASES").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(12)
}
