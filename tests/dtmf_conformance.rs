//! The DTMF yardstick, line by line, on signals made here. Each row of [`yardstick`] is a line of
//! the tolerance table in `docs/detectors.md`; all rows must hold at once, on all sixteen digits,
//! linear and through A-law. All cases run as channels of one bank.

mod keypad;

use keypad::{Dice, Press, Pressed, add_noise, add_sine, peak, through_a_law, to_linear, voice};
use linetap::signal::dtmf::{Context, DtmfBank};
use linetap::words::Signal;

use Beside::{Noise, Quiet, Sines, Voice};
use Demand::{All, Most, Nothing};

/// What a row demands.
#[derive(Clone, Copy, Debug)]
enum Demand {
    /// Every digit, once, start and end within ±10 ms.
    All,
    /// At least this part of the digits, nothing wrong and nothing twice.
    Most(f64),
    /// No digit at all.
    Nothing,
}

/// What is added to the keys.
#[derive(Clone, Copy, Debug)]
enum Beside {
    Quiet,
    /// White noise 0-4 kHz, dB below the pair.
    Noise(f64),
    /// Sines: Hz and dB against one tone.
    Sines(&'static [(f64, f64)]),
    /// A voice, dB against the pair.
    Voice(f64),
}

struct Row {
    clause: &'static str,
    press: Press,
    beside: Beside,
    demand: Demand,
}

/// A press that differs from the usual one.
fn press(change: impl FnOnce(&mut Press)) -> Press {
    let mut press = Press::default();
    change(&mut press);
    press
}

fn row(clause: &'static str, demand: Demand, change: impl FnOnce(&mut Press)) -> Row {
    let press = press(change);
    Row {
        clause,
        press,
        beside: Quiet,
        demand,
    }
}

fn beside(clause: &'static str, beside: Beside, change: impl FnOnce(&mut Press)) -> Row {
    let press = press(change);
    Row {
        clause,
        press,
        beside,
        demand: All,
    }
}

/// The tolerance table.
fn yardstick() -> Vec<Row> {
    let mut rows = Vec::new();
    for sign in [-1.0, 1.0] {
        frequency(&mut rows, sign);
    }
    level(&mut rows);
    timing(&mut rows);
    disturbance(&mut rows);
    rows
}

fn frequency(rows: &mut Vec<Row>, sign: f64) {
    let edge = (0.015 * sign, 2.0 * sign);
    let beyond = (0.035 * sign, 0.0);
    let accept = "ES 201 235-3: +-(1.5 % + 2 Hz) taken";
    let reject = "Q.24: +-3.5 % not taken";
    for on_ms in [40.0, 50.0] {
        rows.push(row(accept, All, |p| {
            (p.low_off, p.high_off, p.on_ms) = (edge, edge, on_ms);
        }));
    }
    rows.push(row(accept, All, |p| p.low_off = edge));
    rows.push(row(accept, All, |p| p.high_off = edge));
    let opposed = (-edge.0, -edge.1);
    rows.push(row(accept, All, |p| {
        (p.low_off, p.high_off) = (edge, opposed);
    }));
    rows.push(row(reject, Nothing, |p| {
        (p.low_off, p.high_off) = (beyond, beyond);
    }));
    rows.push(row(reject, Nothing, |p| p.low_off = beyond));
    rows.push(row(reject, Nothing, |p| p.high_off = beyond));
}

fn level(rows: &mut Vec<Row>) {
    for (low, high) in [
        (-10.0, -18.0),
        (-18.0, -10.0),
        (-12.0, -16.0),
        (-16.0, -12.0),
    ] {
        let change = |p: &mut Press| (p.low_dbm0, p.high_dbm0) = (low, high);
        rows.push(row("MT8870D: twist to 8 dB either way", All, change));
    }
    for level in [-40.0, -33.0, -25.0, -16.0, -8.0, 0.0] {
        let change = |p: &mut Press| (p.low_dbm0, p.high_dbm0) = (level, level);
        rows.push(row("-40..0 dBm0 per tone", All, change));
    }
}

fn timing(rows: &mut Vec<Row>) {
    let tone = "ES 201 235-3: 40 ms taken";
    rows.push(row(tone, All, |p| (p.on_ms, p.off_ms) = (40.0, 100.0)));
    for on_ms in [10.0, 15.0, 19.0, 19.9] {
        rows.push(row("ES 201 235-3: under 20 ms not taken", Nothing, |p| {
            p.on_ms = on_ms;
        }));
    }
    rows.push(row("Q.24: 40 ms on, 40 ms off", All, roll));
    rows.push(row(
        "ES 201 235-3: a pause of 40 ms ends a digit",
        All,
        |p| {
            (p.on_ms, p.off_ms, p.jitter_ms) = (60.0, 40.0, 6.0);
            (p.same_in_a_row, p.repeats) = (true, 4);
        },
    ));
    for interruption_ms in [1.0, 5.0, 10.0, 15.0, 19.0] {
        let clause = "Q.24 10 ms, ES 201 235-3 20 ms: an interruption splits nothing";
        rows.push(row(clause, All, |p| {
            (p.on_ms, p.off_ms, p.interruption_ms) = (100.0, 100.0, interruption_ms);
        }));
    }
}

fn roll(press: &mut Press) {
    (press.on_ms, press.off_ms, press.jitter_ms) = (40.0, 40.0, 6.0);
}

fn disturbance(rows: &mut Vec<Row>) {
    let same = |_: &mut Press| {};
    rows.push(beside("12 dB SNR", Noise(12.0), same));
    rows.push(beside("12 dB SNR, 40/40 ms", Noise(12.0), roll));
    rows.push(beside("dial tone at -3 dB", Sines(&[(425.0, -3.0)]), same));
    rows.push(beside(
        "dial tone at -3 dB",
        Sines(&[(350.0, -3.0), (440.0, -3.0)]),
        same,
    ));
    let above = "MT8870D: dial tone 22 dB over the least level";
    rows.push(beside(above, Sines(&[(350.0, 22.0), (440.0, 22.0)]), |p| {
        (p.low_dbm0, p.high_dbm0) = (-29.0, -29.0);
    }));
    let hum = "hum, 50 and 150 Hz each as strong as a tone";
    rows.push(beside(hum, Sines(&[(50.0, 0.0), (150.0, 0.0)]), same));
    let speech = beside("under a voice at -10 dB", Voice(-10.0), |p| p.repeats = 6);
    rows.push(Row {
        demand: Most(0.9),
        ..speech
    });
}

struct Case {
    name: String,
    demand: Demand,
    samples: Vec<i16>,
    truth: Vec<Pressed>,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (index, row) in yardstick().iter().enumerate() {
        let mut dice = Dice(index as u64 + 1);
        let (mut signal, truth) = row.press.make(&mut dice);
        disturb(&mut signal, row, &mut dice);
        let linear = to_linear(&signal);
        let law = linear.iter().map(|&x| through_a_law(x)).collect();
        for (coding, samples) in [("linear", linear), ("A-law", law)] {
            let name = format!("{} [{coding}] {:?} {:?}", row.clause, row.press, row.beside);
            let truth = truth.clone();
            cases.push(Case {
                name,
                demand: row.demand,
                samples,
                truth,
            });
        }
    }
    cases
}

fn disturb(signal: &mut [f64], row: &Row, dice: &mut Dice) {
    let below = |db: f64| row.press.power() * 10f64.powf(db / 10.0);
    match row.beside {
        Quiet => {}
        Noise(snr) => add_noise(signal, below(-snr), dice),
        Sines(sines) => {
            for (hz, db) in sines {
                add_sine(signal, *hz, row.press.low_dbm0 + db);
            }
        }
        Voice(db) => {
            let rms = below(db).sqrt();
            let voice = voice(signal.len(), dice);
            signal
                .iter_mut()
                .zip(voice)
                .for_each(|(x, v)| *x += rms * v);
        }
    }
}

/// Start, end and digit of each hit.
type Hits = Vec<(u64, u64, char)>;

fn listen(channels: &[&[i16]], context: Context) -> Vec<Hits> {
    let longest = channels.iter().map(|c| c.len()).max().unwrap_or(0);
    let mut bank = DtmfBank::new(channels.len());
    let mut hits = vec![Hits::new(); channels.len()];
    let mut take = |channel: usize, signal: Signal| {
        if let Signal::Dtmf {
            digit, start, end, ..
        } = signal
        {
            hits[channel].push((start.0, end.0, digit.as_char()));
        }
    };
    (0..channels.len()).for_each(|channel| bank.set_context(channel, context));
    let mut frames = Vec::new();
    for at in 0..longest {
        frames.extend(channels.iter().map(|c| c.get(at).copied().unwrap_or(0)));
        if frames.len() >= 160 * channels.len() {
            bank.push(&frames, &mut take);
            frames.clear();
        }
    }
    bank.push(&frames, &mut take);
    bank.finish(&mut take);
    hits
}

/// What is wrong with the hits, if anything.
fn fault(case: &Case, hits: &Hits) -> Option<String> {
    let of = |(start, end, key): &Pressed| {
        let near = |hit: &&(u64, u64, char)| {
            hit.2 == *key
                && hit.0.abs_diff(*start as u64) <= 80
                && hit.1.abs_diff(*end as u64) <= 80
        };
        hits.iter().filter(near).count()
    };
    let right = case.truth.iter().filter(|pressed| of(pressed) == 1).count();
    let (sent, heard) = (case.truth.len(), hits.len());
    let good = match case.demand {
        All => right == sent && heard == sent,
        Most(part) => right as f64 >= part * sent as f64 && heard <= sent,
        Nothing => heard == 0,
    };
    (!good).then(|| format!("{}: {right} of {sent} right, {heard} heard", case.name))
}

#[test]
fn every_line_of_the_yardstick_holds_at_once() {
    let cases = cases();
    let samples: Vec<&[i16]> = cases.iter().map(|case| case.samples.as_slice()).collect();
    let hits = listen(&samples, Context::Dialling);
    let faults: Vec<String> = cases
        .iter()
        .zip(&hits)
        .filter_map(|(case, hits)| fault(case, hits))
        .collect();
    assert!(
        faults.is_empty(),
        "{} of {}:\n{}",
        faults.len(),
        cases.len(),
        faults.join("\n")
    );
}

/// Talk-off: voices make no digit, softly or loudly, alone or two at a time, in either context.
#[test]
fn voices_make_no_digit() {
    let channels: Vec<Vec<i16>> = (0..32)
        .map(|seed| {
            let mut dice = Dice(1_000 + seed);
            let level = peak(-4.0 - seed as f64);
            let mut signal = voice(8_000 * 30, &mut dice);
            if seed % 4 == 0 {
                let other = voice(signal.len(), &mut dice);
                signal.iter_mut().zip(other).for_each(|(x, y)| *x += y);
            }
            signal.iter_mut().for_each(|x| *x *= level);
            to_linear(&signal)
        })
        .collect();
    let channels: Vec<&[i16]> = channels.iter().map(Vec::as_slice).collect();
    for context in [Context::Dialling, Context::Conversation] {
        let hits = listen(&channels, context);
        assert!(hits.iter().all(Vec::is_empty), "{context:?}: {hits:?}");
    }
}
