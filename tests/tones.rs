//! Call-progress, SIT and fax tones from outside: tolerances, what must never be taken for a tone,
//! and the properties every detector keeps. Signals are made here; no recording is needed.

mod line_sounds;

use line_sounds::{Dice, Line, interleave, voices};
use linetap::signal::tones::{ToneBank, TonePlan};
use linetap::words::{Signal, Tone};
use proptest::prelude::*;

/// A tone as told: what, first burst's start, last burst's end (s).
type Told = (Tone, f64, f64);

fn listen_on(plan: &TonePlan, pcm: &[i16]) -> Vec<Told> {
    let mut bank = ToneBank::new(1, plan);
    let mut told = Vec::new();
    let mut out = |_, signal| {
        if let Signal::ToneOff { tone, start, end } = signal {
            told.push((tone, start.seconds(), end.seconds()));
        }
    };
    bank.push(pcm, &mut out);
    bank.finish(&mut out);
    told
}

fn listen(pcm: &[i16]) -> Vec<Told> {
    listen_on(&TonePlan::default(), pcm)
}

/// `count` bursts of `on` s with `off` s between them, the first at `start`.
fn rhythm(start: f64, on: f64, off: f64, count: usize) -> Vec<(f64, f64)> {
    (0..count)
        .map(|n| start + n as f64 * (on + off))
        .map(|start| (start, start + on))
        .collect()
}

fn expect_one(told: &[Told], tone: Tone, start: f64, end: f64, what: &str) {
    assert_eq!(told.len(), 1, "{what}: {told:?}");
    assert_eq!(told[0].0, tone, "{what}: {told:?}");
    assert!(
        (told[0].1 - start).abs() <= 0.03,
        "{what}: {told:?} start {start}"
    );
    assert!(
        (told[0].2 - end).abs() <= 0.03,
        "{what}: {told:?} end {end}"
    );
}

/// Poland's tones (ITU-T E.180 list; DESIGN): tone, Hz, on and off (s), bursts.
const POLAND: &[(Tone, &[f64], f64, f64, usize)] = &[
    (Tone::Dial, &[425.0], 4.0, 0.0, 1),
    (Tone::SecondDial, &[350.0, 425.0], 3.0, 0.0, 1),
    (Tone::Ringback, &[425.0], 1.0, 4.0, 3),
    (Tone::Ringback, &[425.0], 1.0, 4.0, 1),
    (Tone::Busy, &[425.0], 0.5, 0.5, 5),
    (Tone::Congestion, &[425.0], 0.25, 0.25, 6),
    (Tone::FaxCalling, &[1_100.0], 0.5, 3.0, 2),
    (Tone::FaxAnswer, &[2_100.0], 2.6, 0.0, 1),
];

/// Tolerances. Frequency in Hz around the table; time in % around the table; level in dBm0.
const FREQUENCY_425_HZ: [f64; 5] = [-25.0, -12.0, 0.0, 12.0, 25.0];
const TIME_PERCENT: [f64; 3] = [-10.0, 0.0, 10.0];
const LEVEL_DBM0: [f32; 4] = [-40.0, -25.0, -10.0, 0.0];

#[test]
fn each_tone_is_told_at_every_level_and_through_a_law() {
    for &(tone, hz, on, off, count) in POLAND {
        for level in LEVEL_DBM0 {
            let bursts = rhythm(0.5, on, off, count);
            let end = bursts[count - 1].1;
            let mut line = Line::silent(end + 6.0);
            line.bursts(hz, level - 3.0 * (hz.len() as f32 - 1.0), &bursts);
            line.noise(-65.0, &mut Dice::new(1));
            expect_one(
                &listen(&line.pcm()),
                tone,
                0.5,
                end,
                &format!("{tone:?} {level} linear"),
            );
            expect_one(
                &listen(&line.a_law()),
                tone,
                0.5,
                end,
                &format!("{tone:?} {level} A-law"),
            );
        }
    }
}

#[test]
fn frequency_and_time_tolerances_hold_at_once() {
    for &(tone, hz, on, off, count) in POLAND.iter().filter(|row| row.1 == [425.0]) {
        for df in FREQUENCY_425_HZ {
            // A single ringback burst is only believed on the exchange's own frequency (±8 Hz).
            let df = if (tone, count) == (Tone::Ringback, 1) {
                df / 3.2
            } else {
                df
            };
            for dt in TIME_PERCENT {
                let (on, off) = (on * (1.0 + dt / 100.0), off * (1.0 + dt / 100.0));
                let bursts = rhythm(0.5, on, off, count);
                let end = bursts[count - 1].1;
                let mut line = Line::silent(end + 6.0);
                line.bursts(&[hz[0] + df], -12.0, &bursts);
                line.noise(-55.0, &mut Dice::new(2));
                let what = format!("{tone:?} {df:+} Hz {dt:+} %");
                expect_one(&listen(&line.pcm()), tone, 0.5, end, &what);
            }
        }
    }
}

#[test]
fn frequencies_outside_the_band_are_no_tone() {
    for hz in [380.0, 390.0, 460.0, 470.0, 500.0, 850.0] {
        let mut line = Line::silent(8.0);
        line.bursts(&[hz], -12.0, &rhythm(0.5, 0.5, 0.5, 6));
        assert_eq!(listen(&line.pcm()), [], "{hz} Hz");
    }
}

#[test]
fn special_information_tone_is_told_as_one() {
    for off_hz in [-40.0, 0.0, 40.0] {
        let mut line = Line::silent(6.0);
        for repeat in 0..2 {
            let start = 0.5 + 2.0 * f64::from(repeat);
            for (n, hz) in [950.0, 1_400.0, 1_800.0].into_iter().enumerate() {
                let start = start + 0.33 * n as f64;
                line.tone(hz + off_hz, -15.0, start, start + 0.33);
            }
        }
        line.noise(-50.0, &mut Dice::new(3));
        let told = listen(&line.pcm());
        expect_one(
            &told,
            Tone::SpecialInformation,
            0.5,
            3.49,
            &format!("{off_hz}"),
        );
    }
}

#[test]
fn call_waiting_is_told_in_a_quiet_moment() {
    let mut line = Line::silent(8.0);
    line.bursts(
        &[425.0],
        -20.0,
        &[(1.0, 1.15), (1.3, 1.45), (5.45, 5.6), (5.75, 5.9)],
    );
    let told = listen(&line.pcm());
    expect_one(&told, Tone::CallWaiting, 1.0, 5.9, "call waiting");
}

#[test]
fn answer_tone_with_phase_reversals_is_one_tone() {
    let mut line = Line::silent(5.0);
    line.tone(2_100.0, -12.0, 0.5, 3.5);
    for (n, x) in line.0.iter_mut().enumerate() {
        let reversed = (n as f64 / 8_000.0 - 0.5).max(0.0) / 0.45;
        *x *= if reversed as usize % 2 == 1 {
            -1.0
        } else {
            1.0
        };
    }
    expect_one(&listen(&line.pcm()), Tone::FaxAnswer, 0.5, 3.5, "ANSam");
}

#[test]
fn dial_tone_ends_when_dialling_starts_even_soon() {
    for length in [0.45, 0.7, 1.0, 1.6] {
        let mut line = Line::silent(4.0);
        line.tone(425.0, -12.0, 0.5, 0.5 + length);
        for n in 0..4 {
            let start = 0.5 + length - 0.02 + 0.2 * f64::from(n);
            line.bursts(&[770.0, 1_336.0], -12.0, &[(start, start + 0.08)]);
        }
        expect_one(
            &listen(&line.pcm()),
            Tone::Dial,
            0.5,
            0.5 + length,
            &format!("{length} s"),
        );
    }
}

#[test]
fn hum_and_noise_do_not_hide_a_tone() {
    let bursts = rhythm(0.5, 0.5, 0.5, 6);
    let mut line = Line::silent(8.0);
    line.bursts(&[425.0], -20.0, &bursts);
    line.tone(50.0, -20.0, 0.0, 8.0)
        .tone(150.0, -26.0, 0.0, 8.0);
    expect_one(
        &listen(&line.pcm()),
        Tone::Busy,
        0.5,
        6.0,
        "hum as loud as the tone",
    );
    let mut line = Line::silent(8.0);
    line.bursts(&[425.0], -20.0, &bursts);
    line.noise(-28.0, &mut Dice::new(4));
    expect_one(
        &listen(&line.pcm()),
        Tone::Busy,
        0.5,
        6.0,
        "8 dB over white noise",
    );
}

#[test]
fn every_country_hears_its_own_tones() {
    /// Country, tone, Hz, on and off times (s).
    type Row = (&'static str, Tone, &'static [f64], &'static [(f64, f64)]);
    let table: &[Row] = &[
        ("de", Tone::Busy, &[425.0], &[(0.48, 0.48)]),
        ("de", Tone::Congestion, &[425.0], &[(0.24, 0.24)]),
        ("cz", Tone::Dial, &[425.0], &[(0.33, 0.33), (0.66, 0.66)]),
        ("cz", Tone::Busy, &[425.0], &[(0.33, 0.33)]),
        ("fr", Tone::Ringback, &[440.0], &[(1.5, 3.5)]),
        (
            "gb",
            Tone::Ringback,
            &[400.0, 450.0],
            &[(0.4, 0.2), (0.4, 2.0)],
        ),
        ("gb", Tone::Busy, &[400.0], &[(0.375, 0.375)]),
        ("us", Tone::Dial, &[350.0, 440.0], &[(3.0, 1.0)]),
        ("us", Tone::Ringback, &[440.0, 480.0], &[(2.0, 4.0)]),
        ("us", Tone::Busy, &[480.0, 620.0], &[(0.5, 0.5)]),
        ("us", Tone::Congestion, &[480.0, 620.0], &[(0.25, 0.25)]),
    ];
    for &(country, tone, hz, steps) in table {
        let bursts_wanted = if tone == Tone::Dial && steps.len() == 1 {
            1
        } else {
            6
        };
        let (mut bursts, mut at) = (Vec::new(), 0.5);
        for n in 0..bursts_wanted {
            let (on, off) = steps[n % steps.len()];
            bursts.push((at, at + on));
            at += on + off;
        }
        let end = bursts[bursts.len() - 1].1;
        let mut line = Line::silent(end + 7.0);
        line.bursts(hz, -16.0, &bursts)
            .noise(-55.0, &mut Dice::new(5));
        let plan = TonePlan::of(country).unwrap();
        expect_one(
            &listen_on(&plan, &line.pcm()),
            tone,
            0.5,
            end,
            &format!("{country} {tone:?}"),
        );
    }
}

#[test]
fn neither_speech_nor_music_nor_hum_nor_dtmf_is_a_tone() {
    for seed in 0..8 {
        let speech = Line(voices::speech(60.0, seed));
        assert_eq!(listen(&speech.pcm()), [], "speech {seed}");
    }
    for seed in 0..8 {
        let music = Line(voices::music(60.0, seed));
        assert_eq!(listen(&music.pcm()), [], "music {seed}");
    }
    let mut hum = Line::silent(20.0);
    for harmonic in 1..=9 {
        hum.tone(
            50.0 * f64::from(harmonic),
            -20.0 - 2.0 * harmonic as f32,
            0.0,
            20.0,
        );
    }
    assert_eq!(listen(&hum.pcm()), []);
    let mut digits = Line::silent(10.0);
    for n in 0..40 {
        let low = [697.0, 770.0, 852.0, 941.0][n % 4];
        let high = [1_209.0, 1_336.0, 1_477.0, 1_633.0][n / 4 % 4];
        let start = 0.2 * n as f64;
        digits.bursts(&[low, high], -10.0, &[(start, start + 0.1)]);
    }
    assert_eq!(listen(&digits.pcm()), []);
}

#[test]
fn a_burst_is_shown_within_a_tenth_of_a_second() {
    let mut line = Line::silent(2.0);
    line.tone(425.0, -15.0, 0.5, 1.5)
        .noise(-55.0, &mut Dice::new(6));
    let mut bank = ToneBank::new(1, &TonePlan::default());
    for (n, block) in line.pcm().chunks(80).enumerate() {
        let before = n as f64 * 0.01;
        bank.push(block, &mut |_, _| {});
        let shown = bank.burst(0);
        assert!(
            shown.is_none() || (0.5..1.6).contains(&before),
            "{before} {shown:?}"
        );
        if (0.6..1.5).contains(&before) {
            let burst = shown.expect("it sounds");
            assert!((burst.start.seconds() - 0.5).abs() < 0.01 && (burst.hz - 425.0).abs() < 2.0);
            assert!((burst.level.0 + 15.0).abs() < 1.0);
        }
    }
}

/// Four lines with different tones at different times, for the property tests.
fn four_lines() -> Vec<Vec<i16>> {
    let mut busy = Line::silent(9.0);
    busy.bursts(&[425.0], -15.0, &rhythm(0.3, 0.5, 0.5, 6))
        .noise(-60.0, &mut Dice::new(7));
    let mut ringback = Line::silent(9.0);
    ringback.bursts(&[420.0], -20.0, &rhythm(1.1, 1.0, 4.0, 2));
    let speech = Line(voices::speech(9.0, 3));
    let mut dial = Line::silent(9.0);
    dial.tone(430.0, -9.0, 2.0, 6.0);
    [busy, ringback, speech, dial]
        .iter()
        .map(Line::pcm)
        .collect()
}

fn listen_all(channels: usize, frames: &[i16], cuts: &[usize]) -> Vec<(usize, Signal)> {
    let mut bank = ToneBank::new(channels, &TonePlan::default());
    let mut told = Vec::new();
    let (mut rest, mut cuts) = (frames, cuts.iter().cycle());
    while !rest.is_empty() {
        let cut = cuts
            .next()
            .map_or(rest.len(), |cut| (cut * channels).min(rest.len()));
        let (block, after) = rest.split_at(cut);
        bank.push(block, &mut |channel, signal| told.push((channel, signal)));
        rest = after;
    }
    bank.finish(&mut |channel, signal| told.push((channel, signal)));
    told
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn the_result_does_not_depend_on_how_the_input_is_cut(
        cuts in prop::collection::vec(1usize..3_000, 1..12),
    ) {
        let frames = interleave(&four_lines());
        prop_assert_eq!(listen_all(4, &frames, &cuts), listen_all(4, &frames, &[frames.len()]));
    }

    #[test]
    fn channels_do_not_influence_one_another(
        others in 1usize..40, place in 0usize..40, line in 0usize..4,
    ) {
        let lines = four_lines();
        let place = place.min(others);
        let mut many: Vec<Vec<i16>> = (0..others).map(|n| lines[n % 4].clone()).collect();
        many.insert(place, lines[line].clone());
        let alone = listen_all(1, &lines[line], &[800]);
        let among = listen_all(others + 1, &interleave(&many), &[800]);
        let among: Vec<Signal> =
            among.into_iter().filter(|told| told.0 == place).map(|told| told.1).collect();
        let alone: Vec<Signal> = alone.into_iter().map(|told| told.1).collect();
        prop_assert_eq!(among, alone);
    }

    #[test]
    fn a_gap_never_makes_a_rhythm(at in 0.45f64..1.45, lost in 1u64..40_000) {
        // One burst of busy on each side of the gap: together they would be a rhythm.
        let mut line = Line::silent(2.5);
        line.bursts(&[425.0], -15.0, &[(0.2, 0.7), (1.2, 1.7)]);
        let pcm = line.pcm();
        let cut = line_sounds::samples(at);
        let mut bank = ToneBank::new(1, &TonePlan::default());
        let mut told = Vec::new();
        bank.push(&pcm[..cut], &mut |_, signal| told.push(signal));
        bank.gap(lost);
        bank.push(&pcm[cut..], &mut |_, signal| told.push(signal));
        bank.finish(&mut |_, signal| told.push(signal));
        prop_assert_eq!(told, vec![]);
    }

    #[test]
    fn after_a_gap_times_count_the_lost_samples(lost in 0u64..100_000) {
        let mut line = Line::silent(5.0);
        line.bursts(&[425.0], -15.0, &rhythm(0.5, 0.5, 0.5, 4));
        let mut bank = ToneBank::new(1, &TonePlan::default());
        bank.push(&[0; 1_234], &mut |_, _| {});
        bank.gap(lost);
        let mut start = None;
        bank.push(&line.pcm(), &mut |_, signal| {
            if let Signal::ToneOn { start: at, .. } = signal {
                start = Some(at.0);
            }
        });
        let expected = 1_234 + lost + 4_000;
        prop_assert!(start.unwrap().abs_diff(expected) < 240, "{start:?} {expected}");
    }
}
