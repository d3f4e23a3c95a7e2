//! Whole lines, synthesised here, through the analyzer and the call machine: every way a hook can
//! be sensed, and what must not matter (how the input is cut, losses, the neighbours).

mod line_sound;

use line_sound::{Coupling, Line};
use linetap::call::{CallMachine, CallSettings};
use linetap::signal::{Analyzer, HookMode, LineSetup, Volts};
use linetap::words::{CallEvent, CallFacts, Digits, Direction, EndReason, SampleTime, Signal};

/// An outgoing call, 1.0 s idle, an answered incoming call with a flash, and an unanswered one.
fn scenario() -> Line {
    let mut line = Line::new(75.0);
    line.off_hook(2.0, 22.0);
    line.dial_tone(2.3, 3.5);
    line.dial(3.5, "601202303");
    line.cadence(7.0, 11.6, 1.0, 4.0);
    line.talk(12.5, 20.0);
    line.ring(23.0, 24.0);
    line.ring(28.0, 29.0);
    line.off_hook(31.0, 36.0);
    line.talk(31.5, 35.5);
    line.off_hook(36.1, 50.0);
    line.dial_tone(36.4, 38.0);
    line.dial(38.0, "204");
    line.cadence(41.0, 44.0, 1.0, 4.0);
    line.talk(45.0, 48.0);
    line.ring(56.0, 57.0);
    line.ring(61.0, 61.6);
    line
}

fn setup(coupling: Coupling) -> (LineSetup, usize) {
    let volts = Volts::default();
    let (hook, channels) = match coupling {
        Coupling::Ac => (HookMode::Audio, 1),
        Coupling::Dc => (HookMode::Dc(volts), 1),
        Coupling::Sense => (HookMode::Sense { channel: 1, volts }, 2),
    };
    let line = LineSetup {
        audio: 0,
        other: None,
        hook,
    };
    (line, channels)
}

/// Pushes `frames` in blocks of the lengths given, in turn; what each line told.
fn analyze(
    lines: &[LineSetup],
    channels: usize,
    frames: &[i16],
    blocks: &[usize],
) -> Vec<Vec<Signal>> {
    let mut told = vec![Vec::new(); lines.len()];
    let mut analyzer = Analyzer::new(lines, channels);
    let mut rest = frames;
    let mut blocks = blocks.iter().cycle();
    while !rest.is_empty() {
        let block = blocks.next().map_or(rest.len(), |frames| frames * channels);
        let (head, tail) = rest.split_at(block.min(rest.len()));
        analyzer.push(head, &mut |line, signal| told[line].push(signal));
        rest = tail;
    }
    analyzer.finish(&mut |line, signal| told[line].push(signal));
    told
}

fn calls(mode: HookMode, signals: &[Signal], end: f64) -> Vec<CallFacts> {
    let settings = match mode {
        HookMode::Audio => CallSettings::audio(),
        _ => CallSettings::sensed(),
    };
    let mut machine = CallMachine::new(settings);
    for signal in signals {
        machine.handle(signal);
    }
    machine.finish(SampleTime::from_seconds(end));
    std::iter::from_fn(|| machine.poll())
        .filter_map(|event| match event {
            CallEvent::Ended { facts, .. } => Some(facts),
            _ => None,
        })
        .collect()
}

/// Every coupling, and the tap either way round.
fn couplings() -> impl Iterator<Item = (Coupling, f32)> {
    [Coupling::Ac, Coupling::Dc, Coupling::Sense]
        .into_iter()
        .flat_map(|coupling| [(coupling, 1.0), (coupling, -1.0)])
}

#[test]
fn every_coupling_tells_the_same_calls() {
    for (coupling, polarity) in couplings() {
        let frames = scenario().render(coupling, polarity, 1);
        let (line, channels) = setup(coupling);
        let told = analyze(&[line], channels, &frames, &[160]);
        let calls = calls(line.hook, &told[0], 75.0);
        let [outgoing, incoming, unanswered] = &calls[..] else {
            panic!("{coupling:?} {polarity}: {calls:#?}");
        };
        let near = |time: Option<SampleTime>, seconds: f64, within: f64| {
            let time = time.expect("a time").seconds();
            assert!(
                (time - seconds).abs() < within,
                "{coupling:?} {polarity}: {time} for {seconds}"
            );
        };
        assert_eq!(outgoing.direction, Direction::Outgoing);
        assert_eq!(outgoing.dialled.as_str(), "601202303");
        near(Some(outgoing.start), 2.0, 0.05);
        near(outgoing.answered, 12.1, 0.7);
        near(outgoing.end, 22.0, 0.05);
        assert_eq!(incoming.direction, Direction::Incoming);
        near(Some(incoming.start), 23.0, 0.05);
        near(incoming.answered, 31.0, 0.05);
        near(incoming.end, 50.0, 0.05);
        assert!(incoming.dialled.is_empty());
        let consultation = incoming.consultation.as_ref().map(Digits::as_str);
        assert_eq!(consultation, Some("204"), "{coupling:?}");
        assert_eq!(unanswered.end_reason, Some(EndReason::RingStopped));
        assert_eq!(unanswered.answered, None);
        near(Some(unanswered.start), 56.0, 0.05);
        near(unanswered.end, 61.6, 0.05);
    }
}

#[test]
fn pulses_are_digits_on_every_coupling() {
    for (coupling, polarity) in couplings() {
        let mut line = Line::new(30.0);
        line.off_hook(2.0, 20.0);
        line.dial_tone(2.3, 4.0);
        line.pulse_dial(4.0, "1509");
        line.talk(13.0, 19.0);
        let frames = line.render(coupling, polarity, 2);
        let (line, channels) = setup(coupling);
        let told = analyze(&[line], channels, &frames, &[160]);
        let calls = calls(line.hook, &told[0], 30.0);
        assert_eq!(calls.len(), 1, "{coupling:?} {polarity}: {calls:#?}");
        assert_eq!(calls[0].dialled.as_str(), "1509", "{coupling:?} {polarity}");
    }
}

#[test]
fn the_cut_of_the_input_does_not_matter() {
    for coupling in [Coupling::Ac, Coupling::Dc, Coupling::Sense] {
        let frames = scenario().render(coupling, 1.0, 3);
        let (line, channels) = setup(coupling);
        let whole = analyze(&[line], channels, &frames, &[frames.len()]);
        for blocks in [&[1, 7, 80, 81, 1_000][..], &[160], &[33]] {
            let cut = analyze(&[line], channels, &frames, blocks);
            assert_eq!(cut, whole, "{coupling:?} {blocks:?}");
        }
    }
}

#[test]
fn a_neighbour_does_not_matter() {
    let quiet = scenario().render(Coupling::Ac, 1.0, 4);
    let mut other = Line::new(75.0);
    other.off_hook(10.0, 70.0);
    other.dial_tone(10.3, 12.0);
    other.dial(12.0, "112");
    other.talk(16.0, 68.0);
    let other = other.render(Coupling::Ac, 1.0, 5);
    let both: Vec<i16> = quiet
        .iter()
        .zip(&other)
        .flat_map(|(a, b)| [*a, *b])
        .collect();
    let line = |audio| LineSetup {
        audio,
        other: None,
        hook: HookMode::Audio,
    };
    let alone = analyze(&[line(0)], 1, &quiet, &[160]);
    let beside = analyze(&[line(1), line(0)], 2, &both, &[160]);
    assert_eq!(beside[1], alone[0]);
}

#[test]
fn a_loss_on_an_idle_line_makes_no_call() {
    for (coupling, polarity) in couplings() {
        let idle = Line::new(6.0).render(coupling, polarity, 6);
        let (line, channels) = setup(coupling);
        let mut told = Vec::new();
        let mut analyzer = Analyzer::new(&[line], channels);
        for lost in [1, 79, 8_000, 400_000] {
            analyzer.push(&idle, &mut |_, signal| told.push(signal));
            analyzer.gap(lost, &mut |_, signal| told.push(signal));
        }
        analyzer.push(&idle, &mut |_, signal| told.push(signal));
        assert!(told.is_empty(), "{coupling:?}: {told:?}");
        assert_eq!(analyzer.now().0, 5 * 48_000 + 1 + 79 + 8_000 + 400_000);
    }
}

#[test]
fn a_loss_within_a_call_does_not_end_it() {
    for (coupling, polarity) in couplings() {
        let frames = scenario().render(coupling, polarity, 7);
        let (line, channels) = setup(coupling);
        let mut told = Vec::new();
        let mut analyzer = Analyzer::new(&[line], channels);
        // Of the first call's conversation, from 15 to 17 s, nothing is left.
        let (before, after) = (15 * 8_000 * channels, 17 * 8_000 * channels);
        analyzer.push(&frames[..before], &mut |_, signal| told.push(signal));
        analyzer.gap(16_000, &mut |_, signal| told.push(signal));
        analyzer.push(&frames[after..], &mut |_, signal| told.push(signal));
        let calls = calls(line.hook, &told, 75.0);
        assert_eq!(calls.len(), 3, "{coupling:?} {polarity}: {calls:#?}");
        assert_eq!(calls[0].end.map(|end| end.seconds().round()), Some(22.0));
    }
}

#[test]
fn a_cut_wire_is_a_fault_and_no_call() {
    for coupling in [Coupling::Dc, Coupling::Sense] {
        let mut line = Line::new(20.0);
        line.cut(5.0, 12.0);
        let frames = line.render(coupling, -1.0, 8);
        let (line, channels) = setup(coupling);
        let told = analyze(&[line], channels, &frames, &[160]);
        let dead = |signal: &Signal| matches!(signal, Signal::FaultOn { start, .. } if (start.seconds() - 5.0).abs() < 0.05);
        assert!(told[0].iter().any(dead), "{coupling:?}: {told:?}");
        assert!(calls(line.hook, &told[0], 20.0).is_empty());
    }
}
