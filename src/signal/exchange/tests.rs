//! The exchange against its own truth; `tests/exchange_judged.rs` asks other receivers.

use super::*;
use crate::words::{Dbm0, Digits};

fn made(exchange: &mut Exchange, seconds: f64) -> Vec<i16> {
    let mut frames = vec![0; (seconds * 8_000.0) as usize * exchange.channels()];
    exchange.fill(&mut frames);
    frames
}

fn channel(frames: &[i16], channel: usize, channels: usize) -> Vec<i16> {
    frames
        .iter()
        .skip(channel)
        .step_by(channels)
        .copied()
        .collect()
}

/// Level of the sine at `hz` in `samples` (dBm0).
fn level_at(samples: &[i16], hz: f64) -> f32 {
    let (mut re, mut im) = (0.0, 0.0);
    for (n, &sample) in samples.iter().enumerate() {
        let angle = hz * n as f64 / 8_000.0 * std::f64::consts::TAU;
        re += f64::from(sample) * angle.cos();
        im += f64::from(sample) * angle.sin();
    }
    let peak = 2.0 * f64::hypot(re, im) / samples.len() as f64;
    Dbm0::from_mean_square((peak * peak / 2.0) as f32).0
}

fn level(samples: &[i16]) -> f32 {
    let energy: f64 = samples.iter().map(|&s| f64::from(s).powi(2)).sum();
    Dbm0::from_mean_square((energy / samples.len() as f64) as f32).0
}

fn options(tap: Tap, calls: Calls) -> Options {
    Options {
        taps: vec![tap],
        calls,
        ..Options::default()
    }
}

const DC: Tap = Tap::Dc {
    full_scale_volts: 150.0,
};

#[test]
fn the_cut_changes_nothing_and_the_seed_everything() {
    let all = Options {
        taps: vec![
            Tap::Audio,
            DC,
            Tap::Sense {
                full_scale_volts: 150.0,
            },
        ],
        ..Options::default()
    };
    let whole = made(&mut Exchange::new(3, 5, &all), 60.0);
    let mut cut = Exchange::new(3, 5, &all);
    assert_eq!(cut.channels(), 4);
    assert_eq!(cut.channel_of(2), Some(2));
    let mut rest = vec![0; whole.len()];
    let mut at = 0;
    for length in (1..).map(|n| n * 7 % 331 * 4) {
        let end = (at + length).min(rest.len());
        cut.fill(&mut rest[at..end]);
        at = end;
        if at == rest.len() {
            break;
        }
    }
    assert!(whole == rest, "cut differently, the same samples");
    assert!(whole != made(&mut Exchange::new(3, 6, &all), 60.0));
}

#[test]
fn the_plan_is_the_truth() {
    let mut exchange = Exchange::new(8, 1, &Options::default());
    made(&mut exchange, 180.0);
    let until = exchange.now();
    let mut truth: Vec<_> = exchange.truth().to_vec();
    truth.retain(|call| call.start < until);
    truth.sort_by_key(|call| (call.start, call.line));
    let plan = Exchange::plan(8, 1, &Options::default(), until);
    assert_eq!(plan, truth);
    assert!(plan.len() >= 30, "{} calls in three minutes", plan.len());
    for kind in [CallKind::Voice, CallKind::Unanswered, CallKind::Busy] {
        assert!(plan.iter().any(|call| call.kind == kind), "{kind:?}");
    }
    for line in 0..8 {
        let own: Vec<_> = plan.iter().filter(|call| call.line == line).collect();
        assert!(own.windows(2).all(|two| two[0].end + 4_000 <= two[1].start));
        assert!(own.iter().all(|call| call.end > call.start));
    }
}

#[test]
fn an_outgoing_call_sounds_as_the_tone_plan_says() {
    let mut call = ScriptedCall::outgoing(0, 1.0, "270000019");
    call.far_hangs_up = true;
    let mut exchange = Exchange::scripted(vec![call]);
    let frames = made(&mut exchange, 40.0);
    let truth = &exchange.truth()[0];
    assert_eq!(truth.dialled.as_str(), "270000019");
    let answered = truth.answered.unwrap().0 as usize;
    let remote = truth.remote_end.unwrap().0 as usize;
    let dial_tone = &frames[truth.start.0 as usize + 5_000..][..1_600];
    let ringback = &frames[answered - 48_000..][..7_900];
    let silence = &frames[answered - 39_000..][..30_000];
    let busy = &frames[remote..][..4_000];
    let gap = &frames[remote + 4_100..][..3_800];
    for (name, part, on) in [
        ("dial tone", dial_tone, true),
        ("ringback", ringback, true),
        ("between ringbacks", silence, false),
        ("busy", busy, true),
        ("between busy", gap, false),
    ] {
        let loudest = (421..430).map(|hz| level_at(part, f64::from(hz)));
        let loudest = loudest.fold(-120.0, f32::max);
        let right = if on {
            -15.5 < loudest && loudest < -10.0
        } else {
            loudest < -50.0
        };
        assert!(right, "{name}: 425 Hz at {loudest} dBm0");
    }
    let speech = level(&frames[answered + 4_000..remote]);
    assert!((-30.0..-12.0).contains(&speech), "speech at {speech} dBm0");
    let idle = level(&frames[truth.end.0 as usize + 4_000..]);
    assert!(idle < -55.0, "idle line at {idle} dBm0");
}

#[test]
fn volts_follow_the_hook_and_the_ring() {
    let call = ScriptedCall::incoming(0, 2.0, "270000001");
    let calls = Calls::Scripted(vec![call]);
    let mut exchange = Exchange::new(1, 3, &options(DC, calls));
    let frames = made(&mut exchange, 22.0);
    let volts = |from: f64, to: f64| {
        let part = &frames[(from * 8_000.0) as usize..(to * 8_000.0) as usize];
        let mean = part.iter().map(|&s| f64::from(s)).sum::<f64>() / part.len() as f64;
        let square = part
            .iter()
            .map(|&s| (f64::from(s) - mean).powi(2))
            .sum::<f64>();
        let scale = 150.0 / 32_768.0;
        (mean * scale, (square / part.len() as f64).sqrt() * scale)
    };
    let (idle, _) = volts(0.5, 1.5);
    let (under_ring, ring) = volts(2.0, 3.0);
    let (talking, sound) = volts(9.0, 15.0);
    let (after, _) = volts(20.5, 21.5);
    assert!(
        (46.5..49.0).contains(&idle) && (after - idle).abs() < 0.05,
        "{idle} {after}"
    );
    assert!(
        (under_ring - idle).abs() < 0.5 && (66.0..71.0).contains(&ring),
        "{ring}"
    );
    assert!(
        (7.0..9.9).contains(&talking) && (0.01..0.3).contains(&sound),
        "{talking} {sound}"
    );
    let truth = &exchange.truth()[0];
    assert_eq!((truth.rings, truth.start.seconds()), (2, 2.0));
    assert_eq!(truth.answered.map(SampleTime::seconds), Some(8.0));
}

#[test]
fn pulses_break_the_loop_and_a_flash_is_short() {
    let mut call = ScriptedCall::outgoing(0, 0.5, "305");
    call.dialling = Dialling::Pulse;
    call.consultation = Digits::from_text("212");
    let calls = Calls::Scripted(vec![call]);
    let mut exchange = Exchange::new(1, 3, &options(DC, calls));
    let frames = made(&mut exchange, 50.0);
    let truth = &exchange.truth()[0];
    // Lengths of the stretches above 20 V while the call lasts.
    let call = &frames[truth.start.0 as usize..truth.end.0 as usize];
    let mut breaks = Vec::new();
    for two in call.chunk_by(|a, b| (*a > 4_369) == (*b > 4_369)) {
        if two[0] > 4_369 {
            breaks.push(two.len());
        }
    }
    assert_eq!(breaks.len(), 3 + 10 + 5 + 2, "pulses and two flashes");
    assert!(breaks[..18].iter().all(|&b| b == 480) && breaks[18..] == [800, 800]);
    assert_eq!(truth.flashes.len(), 2);
    assert_eq!(
        (truth.dialled.as_str(), truth.consultation.as_str()),
        ("305", "212")
    );
}

#[test]
fn markers_never_mix() {
    let settings = Options {
        parties: Parties::Markers,
        calls: Calls::AlwaysTalking { talk_s: 30.0 },
        ..Options::default()
    };
    let mut exchange = Exchange::new(4, 9, &settings);
    let frames = made(&mut exchange, 40.0);
    for call in &exchange.truth()[..4] {
        let line = call.line;
        let answered = call.answered.unwrap().0 as usize;
        let own = &channel(&frames, line, 4)[answered + 4_000..call.end.0 as usize];
        for other in 0..4 {
            let level = level_at(own, marker_hz(other));
            assert_eq!(level > -30.0, line == other, "{other} in {line}: {level}");
        }
    }
}

#[test]
fn with_always_talking_every_line_talks() {
    let calls = Calls::AlwaysTalking { talk_s: 60.0 };
    let truth = Exchange::plan(50, 2, &options(Tap::Audio, calls), SampleTime(3_200_000));
    for at in [80_000, 1_000_000, 3_000_000] {
        let talking = truth.iter().filter(|call| {
            call.answered.is_some_and(|answered| answered.0 <= at) && call.end.0 > at
        });
        assert!(talking.count() >= 45, "at {at}");
    }
}

#[test]
fn voices_have_no_digits_in_them() {
    // The strongest DTMF row and column never hold most of a voice's energy for 40 ms.
    let calls = Calls::AlwaysTalking { talk_s: 120.0 };
    let mut exchange = Exchange::new(6, 4, &options(Tap::Audio, calls));
    let frames = made(&mut exchange, 60.0);
    for line in 0..6 {
        for part in channel(&frames, line, 6)[64_000..].chunks_exact(320) {
            let power = |hz: f64| 10f32.powf(level_at(part, hz) / 10.0);
            let best = |hz: [f64; 4]| hz.map(power).into_iter().fold(0.0, f32::max);
            let row = best([697.0, 770.0, 852.0, 941.0]);
            let column = best([1_209.0, 1_336.0, 1_477.0, 1_633.0]);
            let total = 10f32.powf(level(part) / 10.0);
            let like = row + column > 0.9 * total && row > 0.1 * total && column > 0.1 * total;
            assert!(!(like && level(part) > -40.0), "line {line}");
        }
    }
}
