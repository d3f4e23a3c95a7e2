use super::*;

const PLAN: Plan<'static> = Plan {
    window: 160,
    hop: 40,
    frequencies: &[425.0, 697.0, 1_209.0, 1_633.0, 2_100.0],
    rare: &[710.0, 1_000.0],
};

/// Channel `c` carries a sine of peak 1000 (c + 1) at 700 + 10 c Hz.
fn frames(channels: usize, count: usize) -> Vec<i16> {
    let sample = |at: usize, c: usize| {
        let angle = TAU * (700.0 + 10.0 * c as f64) * at as f64 / 8_000.0;
        (1_000.0 * (c + 1) as f64 * angle.sin()).round() as i16
    };
    (0..count)
        .flat_map(|at| (0..channels).map(move |c| sample(at, c)))
        .collect()
}

/// Time, power of the second bin and deviation from it, per spectrum and channel.
fn hear(bank: &mut Bank, frames: &[i16], cut: usize) -> Vec<(u64, f32, f32)> {
    let mut heard = Vec::new();
    let channels = bank.channels();
    for block in frames.chunks(cut * channels) {
        bank.push(block, &mut |s| {
            for c in 0..channels {
                heard.push((s.end().0, s.power(1, c), s.deviation(s.turn(1, c))));
            }
        });
    }
    heard
}

#[test]
fn reads_level_and_frequency_of_every_channel() {
    for arithmetic in [Arithmetic::Best, Arithmetic::Scalar] {
        let mut bank = Bank::new(20, &PLAN, arithmetic);
        let heard = hear(&mut bank, &frames(20, 400), 400);
        assert_eq!(heard.len(), 20 * 10);
        for (c, (end, power, deviation)) in heard[20 * 9..].iter().enumerate() {
            let off = 3.0 + 10.0 * c as f32;
            assert_eq!(*end, 400);
            if off < 30.0 {
                let peak = power.sqrt() / (1_000.0 * (c + 1) as f32);
                assert!((0.75..1.01).contains(&peak), "channel {c}: {peak}");
            }
            if off < 90.0 {
                assert!((deviation - off).abs() < 0.5, "channel {c}: {deviation} Hz");
            }
        }
    }
}

#[test]
fn cutting_changes_nothing() {
    let frames = frames(3, 1_000);
    let whole = hear(&mut Bank::new(3, &PLAN, Arithmetic::Best), &frames, 1_000);
    for cut in [1, 7, 39, 40, 41, 333] {
        let parts = hear(&mut Bank::new(3, &PLAN, Arithmetic::Best), &frames, cut);
        assert_eq!(whole, parts, "cut to {cut}");
    }
}

#[test]
fn restart_forgets_and_moves_the_clock() {
    let mut bank = Bank::new(1, &PLAN, Arithmetic::Best);
    let first = hear(&mut bank, &frames(1, 500), 500);
    bank.restart(SampleTime(5_000));
    let again = hear(&mut bank, &frames(1, 500), 500);
    assert_eq!(again[0].0, 5_040);
    let shapes = |heard: &[(u64, f32, f32)]| heard.iter().map(|h| (h.1, h.2)).collect::<Vec<_>>();
    assert_eq!(shapes(&first), shapes(&again));
}

#[test]
fn rare_bins_are_those_of_a_bank_that_always_has_them() {
    let always = Plan {
        frequencies: PLAN.rare,
        rare: &[],
        ..PLAN
    };
    for arithmetic in [Arithmetic::Best, Arithmetic::Scalar] {
        let mut bank = Bank::new(20, &PLAN, arithmetic);
        let mut other = Bank::new(20, &always, arithmetic);
        for block in frames(20, 400).chunks(20 * 40) {
            let mut expected = Vec::new();
            other.push(block, &mut |spectrum| {
                expected = (0..40).map(|n| spectrum.bin(n % 2, n / 2)).collect();
            });
            bank.push(block, &mut |spectrum| {
                for (group, lanes) in [(0, &[3, 0, 15, 7, 8][..]), (0, &[5, 9]), (1, &[2])] {
                    let mut told = [[[0.0; RARE]; 2]; LANES];
                    spectrum.rare(group, lanes, &mut told[..lanes.len()]);
                    for (lane, [re, im]) in lanes.iter().zip(told) {
                        let (channel, bins) = (group * LANES + lane, [0, 1]);
                        let bins = bins.map(|bin| (re[bin], im[bin]));
                        assert_eq!(bins, expected[2 * channel..][..2], "channel {channel}");
                    }
                }
                if spectrum.end().0 == 400 {
                    let mut told = [[[0.0; RARE]; 2]];
                    spectrum.rare(0, &[1], &mut told);
                    let [[re, im]] = told;
                    let power = re[0].hypot(im[0]);
                    assert!((power - 2_000.0).abs() < 2.0, "710 Hz on its bin");
                }
            });
        }
    }
}

/// Hops of 40 with windows of 160 and of 100 in tiles of 80, through a loss and beyond it.
#[test]
fn hearing_tiles_is_like_taking_their_frames() {
    for window in [160, 100] {
        let plan = Plan { window, ..PLAN };
        let channels: Vec<usize> = (0..20).collect();
        let mut tiles = Tiles::new(&channels, Arithmetic::Best);
        let mut bank = Bank::new(20, &plan, Arithmetic::Best);
        let mut other = Bank::new(20, &plan, Arithmetic::Best);
        let all = |s: &Spectrum<'_>| {
            let mut rare = [[[0.0; RARE]; 2]; 2];
            s.rare(1, &[0, 3], &mut rare);
            (
                s.end().0,
                s.group(0).to_vec(),
                s.group(1)[..4].to_vec(),
                rare,
            )
        };
        for (n, hop) in frames(20, 2_000).chunks(20 * FRAME).enumerate() {
            let (mut heard, mut taken) = (Vec::new(), Vec::new());
            tiles.take(hop, 20);
            bank.hear(&tiles, &mut |s| heard.push(all(s)));
            other.push(hop, &mut |s| taken.push(all(s)));
            if n == 11 {
                bank.recall(&tiles);
                bank.silence(300, &mut |s| heard.push(all(s)));
                other.silence(300, &mut |s| taken.push(all(s)));
                bank.restart(SampleTime(3_000));
                other.restart(SampleTime(3_000));
            }
            assert_eq!(heard, taken, "window {window}, hop {n}");
        }
    }
}

#[test]
fn silence_is_like_zeros() {
    let mut bank = Bank::new(2, &PLAN, Arithmetic::Best);
    let mut other = Bank::new(2, &PLAN, Arithmetic::Best);
    hear(&mut bank, &frames(2, 130), 130);
    hear(&mut other, &frames(2, 130), 130);
    let zeros = hear(&mut other, &[0; 2 * 300], 300);
    let mut silent = Vec::new();
    bank.silence(300, &mut |s| {
        for c in 0..2 {
            silent.push((s.end().0, s.power(1, c), s.deviation(s.turn(1, c))));
        }
    });
    assert_eq!(zeros, silent);
    assert_eq!(bank.now(), SampleTime(430));
}
