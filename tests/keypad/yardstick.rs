//! The DTMF tolerance table: each row is a line of `docs/detectors.md`, with the standard's clause.

use super::{Dice, Press, Pressed, add_noise, add_sine, through_a_law, to_linear, voice};

use Beside::{Noise, Quiet, Sines, Voice};
use Demand::{All, Most, Nothing};

/// What a row demands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Demand {
    /// Every digit, once, start and end within ±10 ms.
    All,
    /// At least this part of the digits, nothing wrong and nothing twice.
    Most(f64),
    /// No digit at all.
    Nothing,
}

/// What is added to the keys.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Beside {
    Quiet,
    /// White noise 0-4 kHz, dB below the pair.
    Noise(f64),
    /// Sines: Hz and dB against one tone.
    Sines(&'static [(f64, f64)]),
    /// A voice, dB against the pair.
    Voice(f64),
}

pub(crate) struct Row {
    pub(crate) clause: &'static str,
    pub(crate) press: Press,
    pub(crate) beside: Beside,
    pub(crate) demand: Demand,
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
pub(crate) fn yardstick() -> Vec<Row> {
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

pub(crate) struct Case {
    /// The clause and what sets this case apart from others of the same clause.
    pub(crate) title: String,
    /// Everything about it.
    pub(crate) name: String,
    pub(crate) demand: Demand,
    pub(crate) samples: Vec<i16>,
    pub(crate) truth: Vec<Pressed>,
}

pub(crate) fn cases() -> Vec<Case> {
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
                title: title(row),
                name,
                demand: row.demand,
                samples,
                truth,
            });
        }
    }
    cases
}

/// The clause, and what is pressed otherwise than usual.
fn title(row: &Row) -> String {
    let (press, usual) = (&row.press, Press::default());
    let off = |(part, hz): (f64, f64)| match (part == 0.0, hz == 0.0) {
        (true, true) => "0".into(),
        (_, true) => format!("{:+.1} %", 100.0 * part),
        _ => format!("{:+.1} % {hz:+} Hz", 100.0 * part),
    };
    let mut title = row.clause.to_string();
    if (press.low_off, press.high_off) != (usual.low_off, usual.high_off) {
        title += &format!(": low {}, high {}", off(press.low_off), off(press.high_off));
    }
    if (press.low_dbm0, press.high_dbm0) != (usual.low_dbm0, usual.high_dbm0) {
        title += &format!(": low {}, high {} dBm0", press.low_dbm0, press.high_dbm0);
    }
    if press.interruption_ms > 0.0 {
        title += &format!(": {} ms", press.interruption_ms);
    } else if (press.on_ms, press.off_ms) != (usual.on_ms, usual.off_ms) {
        title += &format!(": {}/{} ms", press.on_ms, press.off_ms);
    }
    title
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
