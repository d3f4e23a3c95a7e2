//! Recordings of lines with the truth beside them, where `LINETAP_LINES` names a folder of them:
//! `NAME.flac` (8 kHz) and `NAME.truth.json`. At least 95 % of the calls must be wholly right.

use std::path::Path;

use linetap::call::{CallMachine, CallSettings};
use linetap::signal::{Analyzer, HookMode, LineSetup, Volts};
use linetap::words::{CallEvent, CallFacts, Digits, Direction, SampleTime};
use serde_json::Value;

#[test]
fn recorded_lines_are_understood() {
    let Some(folder) = std::env::var_os("LINETAP_LINES") else {
        println!("skipped: LINETAP_LINES names no folder of recorded lines");
        return;
    };
    let (mut right, mut all, mut found) = (0, 0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "flac")
        {
            let truth = path.with_extension("truth.json");
            let truth: Value = serde_json::from_slice(&std::fs::read(truth).unwrap()).unwrap();
            let score = score(&path, &truth);
            println!("{}: {score:?}", path.display());
            right += score.0;
            all += score.1;
            found += score.2;
        }
    }
    assert!(right * 100 >= all * 95, "{right} of {all} calls right");
    assert!(found * 50 <= all * 51, "{found} calls found, {all} placed");
}

/// Calls wholly right, placed, and found.
fn score(path: &Path, truth: &Value) -> (usize, usize, usize) {
    let mut reader = claxon::FlacReader::open(path).expect("a FLAC file");
    let info = reader.streaminfo();
    let shift = info.bits_per_sample - 16;
    let frames: Vec<i16> = reader
        .samples()
        .map(|sample| (sample.expect("whole audio") >> shift) as i16)
        .collect();
    let lines = truth["lines"].as_array().expect("lines");
    let setups: Vec<LineSetup> = lines.iter().map(setup).collect();
    let calls = analyze(&setups, info.channels as usize, &frames);
    let mut score = (0, 0, 0);
    for ((setup, line), calls) in setups.iter().zip(lines).zip(&calls) {
        let within = if setup.hook == HookMode::Audio {
            2.0
        } else {
            0.5
        };
        let placed = line["calls"].as_array().expect("calls");
        let right = |truth: &&Value| calls.iter().any(|call| is_right(call, truth, within));
        score.0 += placed.iter().filter(right).count();
        score.1 += placed.len();
        score.2 += calls.len();
    }
    score
}

fn setup(line: &Value) -> LineSetup {
    let volts = Volts::default();
    let hook = match line["sense_channel"].as_u64() {
        Some(channel) => HookMode::Sense {
            channel: channel as usize,
            volts,
        },
        None if line["coupling"] == "dc" => HookMode::Dc(volts),
        None => HookMode::Audio,
    };
    LineSetup {
        audio: line["audio_channel"].as_u64().expect("a channel") as usize,
        other: None,
        hook,
    }
}

fn analyze(setups: &[LineSetup], channels: usize, frames: &[i16]) -> Vec<Vec<CallFacts>> {
    let mut machines: Vec<CallMachine> = setups
        .iter()
        .map(|setup| match setup.hook {
            HookMode::Audio => CallMachine::new(CallSettings::audio()),
            _ => CallMachine::new(CallSettings::sensed()),
        })
        .collect();
    let mut analyzer = Analyzer::new(setups, channels);
    for block in frames.chunks(160 * channels) {
        analyzer.push(block, &mut |line, signal| machines[line].handle(&signal));
        for machine in &mut machines {
            machine.advance(analyzer.now());
        }
    }
    analyzer.finish(&mut |line, signal| machines[line].handle(&signal));
    let end = SampleTime((frames.len() / channels) as u64);
    machines
        .iter_mut()
        .map(|machine| {
            machine.finish(end);
            std::iter::from_fn(|| machine.poll())
                .filter_map(|event| match event {
                    CallEvent::Ended { facts, .. } => Some(facts),
                    _ => None,
                })
                .collect()
        })
        .collect()
}

fn is_right(call: &CallFacts, truth: &Value, within: f64) -> bool {
    let near = |time: Option<SampleTime>, key: &str| {
        let seconds = truth[key].as_f64().expect("a time");
        time.is_some_and(|time| (time.seconds() - seconds).abs() <= within)
    };
    let direction = match truth["direction"].as_str() {
        Some("in") => Direction::Incoming,
        _ => Direction::Outgoing,
    };
    let number = call
        .caller
        .as_ref()
        .and_then(|caller| caller.number.as_ref());
    let consultation = &truth["consultation"]["dialled"];
    near(Some(call.start), "start")
        && near(call.end, "end")
        && call.direction == direction
        && call.answered.is_some() == truth["answered"].is_number()
        && call.dialled.as_str() == truth["dialled"].as_str().unwrap_or("")
        && number.map_or("", Digits::as_str) == truth["caller"].as_str().unwrap_or("")
        && call.consultation.as_ref().map_or("", Digits::as_str)
            == consultation.as_str().unwrap_or("")
}
