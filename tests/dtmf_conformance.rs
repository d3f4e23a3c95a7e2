//! The DTMF yardstick, line by line, on signals made here. Each row of `keypad::yardstick` is a
//! line of the tolerance table in `docs/detectors.md`; all rows must hold at once, on all sixteen digits,
//! linear and through A-law. All cases run as channels of one bank.

mod keypad;

use keypad::yardstick::{Case, Demand, cases};
use keypad::{Dice, Pressed, peak, to_linear, voice};
use linetap::signal::dtmf::{Context, DtmfBank};
use linetap::words::Signal;

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
