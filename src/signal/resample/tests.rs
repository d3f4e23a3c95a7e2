//! Pass band, stop band and time line, by sines and an impulse.

use super::*;

const RATES: [u32; 8] = [
    44_100, 48_000, 96_000, 16_000, 22_050, 32_000, 11_025, 192_000,
];

fn sine(rate: u32, hz: f64, seconds: f64, peak: f64) -> Vec<f32> {
    (0..(f64::from(rate) * seconds) as usize)
        .map(|n| {
            let turns = hz * n as f64 / f64::from(rate);
            (peak * (turns * std::f64::consts::TAU).sin()) as f32
        })
        .collect()
}

fn resampled(rate: u32, input: &[f32]) -> Vec<i16> {
    let mut resampler = Resampler::new(rate, 1);
    let mut out = Vec::new();
    resampler.input()[0].extend_from_slice(input);
    resampler.run(&mut out);
    out
}

/// Peak of the sine at `hz`, and the rest as RMS, in the steady part of `samples`.
fn analyse(samples: &[i16], hz: f64) -> (f64, f64) {
    let steady = &samples[400..];
    let whole = &steady[..steady.len() / 800 * 800]; // whole periods of all multiples of 10 Hz
    let (mut re, mut im, mut energy) = (0.0, 0.0, 0.0);
    for (n, &sample) in whole.iter().enumerate() {
        let angle = hz * (n + 400) as f64 / 8_000.0 * std::f64::consts::TAU;
        re += f64::from(sample) * angle.cos();
        im += f64::from(sample) * angle.sin();
        energy += f64::from(sample).powi(2);
    }
    let length = whole.len() as f64;
    let peak = 2.0 * re.hypot(im) / length;
    (peak, (energy / length - peak * peak / 2.0).max(0.0).sqrt())
}

#[test]
fn pass_band_is_flat_and_clean() {
    for rate in RATES {
        for hz in [50.0, 300.0, 1_000.0, 2_500.0, 3_000.0, 3_400.0] {
            let (peak, rest) = analyse(&resampled(rate, &sine(rate, hz, 1.0, 20_000.0)), hz);
            let gain = 20.0 * (peak / 20_000.0).log10();
            assert!(
                gain.abs() < 0.1,
                "{rate} Hz: {hz} Hz passes at {gain:.3} dB"
            );
            assert!(rest < 2.0, "{rate} Hz: {hz} Hz leaves {rest:.2} steps RMS");
        }
    }
}

#[test]
fn what_would_fold_back_is_75_db_down() {
    for rate in RATES {
        for hz in [
            4_600.0, 5_000.0, 6_870.0, 7_575.0, 9_010.0, 14_800.0, 20_000.0,
        ] {
            if hz >= f64::from(rate) / 2.0 {
                continue;
            }
            let out = resampled(rate, &sine(rate, hz, 0.5, 32_000.0));
            // Rounding alone makes 0.29 steps RMS; 75 dB under this sine are 4 steps RMS.
            let steady = &out[400..];
            let power: f64 = steady.iter().map(|&s| f64::from(s).powi(2)).sum();
            let rms = (power / steady.len() as f64).sqrt();
            assert!(
                rms < 4.0,
                "{rate} Hz: {hz} Hz comes through at {rms:.2} RMS"
            );
        }
    }
}

#[test]
fn an_impulse_stays_where_it_was() {
    for rate in RATES {
        let second = rate as usize;
        let mut input = vec![0.0; 2 * second];
        // A pulse as wide as the pass band allows, centred on one second exactly.
        for (n, value) in input.iter_mut().enumerate() {
            let t = (n as f64 - second as f64) / second as f64 * 2_000.0;
            *value = (20_000.0 * (-t * t).exp()) as f32;
        }
        let out = resampled(rate, &input);
        assert_eq!(
            out.iter().position(|&s| s == *out.iter().max().unwrap()),
            Some(8_000)
        );
        for k in 1..20 {
            let (before, after) = (out[8_000 - k], out[8_000 + k]);
            assert!(
                (before - after).abs() <= 1,
                "{rate}: symmetric about the instant"
            );
        }
    }
}

#[test]
fn low_rates_are_raised_without_images() {
    let (peak, rest) = analyse(
        &resampled(6_000, &sine(6_000, 1_000.0, 1.0, 20_000.0)),
        1_000.0,
    );
    assert!(
        (peak - 20_000.0).abs() < 200.0 && rest < 4.0,
        "{peak} {rest}"
    );
}
