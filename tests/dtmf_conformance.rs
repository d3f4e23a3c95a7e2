//! The DTMF yardstick, line by line, on signals made here. Each row of [`yardstick`] is a line of
//! the tolerance table in `docs/detectors.md`; all rows must hold at once, on all sixteen digits,
//! linear and through A-law. All cases run as channels of one bank.

mod keypad;

use keypad::{Dice, Press, Pressed, add_noise, add_sine, peak, through_a_law, to_linear, voice};
use linetap::signal::dtmf::{Context, DtmfBank};
use linetap::words::Signal;

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

fn row(clause: &'static str, demand: Demand, press: Press) -> Row {
    Row {
        clause,
        press,
        beside: Beside::Quiet,
        demand,
    }
}

fn beside(clause: &'static str, beside: Beside, demand: Demand) -> Row {
    Row {
        clause,
        press: Press::default(),
        beside,
        demand,
    }
}

/// The tolerance table.
fn yardstick() -> Vec<Row> {
    use Demand::{All, Most, Nothing};
    let base = Press::default();
    let mut rows = Vec::new();
    for sign in [-1.0, 1.0] {
        let (edge, beyond) = ((0.015 * sign, 2.0 * sign), (0.035 * sign, 0.0));
        let both = |off| Press {
            low_off: off,
            high_off: off,
            ..base
        };
        rows.push(row("ES 201 235-3: +-(1.5 % + 2 Hz), both", All, both(edge)));
        rows.push(row(
            "the same on 40 ms",
            All,
            Press {
                on_ms: 40.0,
                ..both(edge)
            },
        ));
        rows.push(row(
            "the same, low tone",
            All,
            Press {
                low_off: edge,
                ..base
            },
        ));
        rows.push(row(
            "the same, high tone",
            All,
            Press {
                high_off: edge,
                ..base
            },
        ));
        rows.push(row("Q.24: not at +-3.5 %, both", Nothing, both(beyond)));
        rows.push(row(
            "Q.24: not, low tone",
            Nothing,
            Press {
                low_off: beyond,
                ..base
            },
        ));
        rows.push(row(
            "Q.24: not, high tone",
            Nothing,
            Press {
                high_off: beyond,
                ..base
            },
        ));
        let opposed = Press {
            low_off: edge,
            high_off: (-edge.0, -edge.1),
            ..base
        };
        rows.push(row("tones off to opposite sides", All, opposed));
        let twisted = if sign < 0.0 {
            Press {
                low_dbm0: -10.0,
                high_dbm0: -18.0,
                ..base
            }
        } else {
            Press {
                low_dbm0: -18.0,
                high_dbm0: -10.0,
                ..base
            }
        };
        rows.push(row("MT8870D: twist 8 dB", All, twisted));
    }
    for level in [-40.0, -33.0, -25.0, -16.0, -8.0, 0.0] {
        let press = Press {
            low_dbm0: level,
            high_dbm0: level,
            ..base
        };
        rows.push(row("-40..0 dBm0 per tone", All, press));
    }
    rows.push(row(
        "ES 201 235-3: 40 ms always",
        All,
        Press {
            on_ms: 40.0,
            off_ms: 100.0,
            ..base
        },
    ));
    for on_ms in [10.0, 15.0, 19.0, 19.9] {
        rows.push(row(
            "ES 201 235-3: under 20 ms never",
            Nothing,
            Press { on_ms, ..base },
        ));
    }
    let roll = Press {
        on_ms: 40.0,
        off_ms: 40.0,
        jitter_ms: 6.0,
        ..base
    };
    rows.push(row("Q.24: 40 ms on, 40 ms off", All, roll));
    let same = Press {
        on_ms: 60.0,
        off_ms: 40.0,
        same_in_a_row: true,
        repeats: 4,
        ..base
    };
    rows.push(row("ES 201 235-3: 40 ms pause always ends", All, same));
    for interruption_ms in [1.0, 5.0, 10.0, 15.0, 19.0] {
        let press = Press {
            on_ms: 100.0,
            off_ms: 100.0,
            interruption_ms,
            ..base
        };
        rows.push(row(
            "Q.24, ES 201 235-3: interruption is one digit",
            All,
            press,
        ));
    }
    rows.push(beside("12 dB SNR", Beside::Noise(12.0), All));
    rows.push(Row {
        press: roll,
        ..beside("12 dB SNR, 40/40 ms", Beside::Noise(12.0), All)
    });
    rows.push(beside(
        "dial tone 425 Hz at -3 dB",
        Beside::Sines(&[(425.0, -3.0)]),
        All,
    ));
    let american: &[(f64, f64)] = &[(350.0, -3.0), (440.0, -3.0)];
    rows.push(beside(
        "dial tone 350+440 Hz at -3 dB",
        Beside::Sines(american),
        All,
    ));
    let above: &[(f64, f64)] = &[(350.0, 22.0), (440.0, 22.0)];
    let least = Press {
        low_dbm0: -29.0,
        high_dbm0: -29.0,
        ..base
    };
    let claim = "MT8870D: dial tone 22 dB over the least level";
    rows.push(Row {
        press: least,
        ..beside(claim, Beside::Sines(above), All)
    });
    let hum: &[(f64, f64)] = &[(50.0, 0.0), (150.0, 0.0)];
    rows.push(beside(
        "hum 50 and 150 Hz, each as strong as a tone",
        Beside::Sines(hum),
        All,
    ));
    let speech = beside("under a voice at -10 dB", Beside::Voice(-10.0), Most(0.9));
    rows.push(Row {
        press: Press { repeats: 6, ..base },
        ..speech
    });
    rows
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
        match row.beside {
            Beside::Quiet => {}
            Beside::Noise(snr) => {
                add_noise(
                    &mut signal,
                    row.press.power() / 10f64.powf(snr / 10.0),
                    &mut dice,
                );
            }
            Beside::Sines(sines) => {
                for (hz, db) in sines {
                    add_sine(&mut signal, *hz, row.press.low_dbm0 + db);
                }
            }
            Beside::Voice(db) => {
                let rms = (row.press.power() * 10f64.powf(db / 10.0)).sqrt();
                let voice = voice(signal.len(), &mut dice);
                signal
                    .iter_mut()
                    .zip(voice)
                    .for_each(|(x, v)| *x += rms * v);
            }
        }
        let linear = to_linear(&signal);
        let law = linear.iter().map(|&x| through_a_law(x)).collect();
        for (coding, samples) in [("linear", linear), ("A-law", law)] {
            let name = format!("{} [{coding}] {:?} {:?}", row.clause, row.press, row.beside);
            cases.push(Case {
                name,
                demand: row.demand,
                samples,
                truth: truth.clone(),
            });
        }
    }
    cases
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
        Demand::All => right == sent && heard == sent,
        Demand::Most(part) => right as f64 >= part * sent as f64 && heard <= sent,
        Demand::Nothing => heard == 0,
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
