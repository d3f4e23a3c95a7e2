//! Calls as signals tell them, without a sample.

use proptest::prelude::*;

use super::*;
use crate::words::{Dbm0, Digit, Digits, Presentation};

fn at(seconds: f64) -> SampleTime {
    SampleTime::from_seconds(seconds)
}

fn hook(seconds: f64, state: HookState) -> Signal {
    Signal::Hook {
        at: at(seconds),
        state,
    }
}

fn off(seconds: f64) -> Signal {
    hook(seconds, HookState::Off)
}

fn on(seconds: f64) -> Signal {
    hook(seconds, HookState::On)
}

fn ring(seconds: f64) -> [Signal; 2] {
    let (start, end) = (at(seconds), at(seconds + 1.0));
    [Signal::RingOn { start }, Signal::RingOff { start, end }]
}

fn tone(tone: Tone, start: f64, end: f64) -> [Signal; 2] {
    let (start, end) = (at(start), at(end));
    [
        Signal::ToneOn { tone, start },
        Signal::ToneOff { tone, start, end },
    ]
}

fn voice(start: f64, end: f64) -> [Signal; 2] {
    let (start, end) = (at(start), at(end));
    [Signal::VoiceOn { start }, Signal::VoiceOff { start, end }]
}

/// Digits 0.2 s apart from `start` on.
fn digits(start: f64, text: &str) -> Vec<Signal> {
    text.chars()
        .enumerate()
        .map(|(n, c)| Signal::Dtmf {
            digit: Digit::from_char(c).unwrap(),
            start: at(start + 0.2 * n as f64),
            end: at(start + 0.2 * n as f64 + 0.1),
            level: Dbm0(-10.0),
            confidence: 1.0,
        })
        .collect()
}

/// The calls that `signals` make.
fn calls(signals: impl IntoIterator<Item = Signal>, end: f64) -> Vec<CallFacts> {
    let mut machine = CallMachine::new(CallSettings::sensed());
    for signal in signals {
        machine.handle(&signal);
    }
    machine.finish(at(end));
    ended(&mut machine)
}

fn ended(machine: &mut CallMachine) -> Vec<CallFacts> {
    std::iter::from_fn(|| machine.poll())
        .filter_map(|event| match event {
            CallEvent::Ended { facts, .. } => Some(facts),
            _ => None,
        })
        .collect()
}

fn outgoing() -> Vec<Signal> {
    let mut signals = vec![off(1.0)];
    signals.extend(tone(Tone::Dial, 1.3, 2.5));
    signals.extend(digits(2.5, "523730000"));
    signals.extend(tone(Tone::Ringback, 6.0, 12.0));
    signals.extend(voice(13.5, 20.0));
    signals.extend(digits(21.0, "1234"));
    signals.push(on(30.0));
    signals
}

#[test]
fn an_outgoing_call_has_what_was_dialled_and_not_what_was_pressed_later() {
    let calls = calls(outgoing(), 60.0);
    let [call] = &calls[..] else {
        panic!("{calls:?}")
    };
    assert_eq!(call.direction, Direction::Outgoing);
    assert_eq!(call.dialled.as_str(), "523730000");
    assert!((at(12.0)..=at(13.5)).contains(&call.answered.unwrap()));
    assert_eq!(
        (call.start, call.end, call.end_reason),
        (at(1.0), Some(at(30.0)), Some(EndReason::OnHook))
    );
}

#[test]
fn an_incoming_call_is_answered_by_off_hook() {
    let mut signals = Vec::from(ring(1.0));
    let caller = Caller {
        number: Some(Digits::from_text("600100200")),
        name: None,
        presentation: Presentation::Allowed,
    };
    signals.push(Signal::CallerId {
        at: at(3.0),
        caller: caller.clone(),
    });
    signals.extend(ring(6.0));
    signals.push(off(8.0));
    signals.extend(voice(9.0, 15.0));
    signals.extend(digits(16.0, "77"));
    // A forged identification after the answer changes nothing.
    signals.push(Signal::CallerId {
        at: at(18.0),
        caller: Caller {
            number: None,
            ..caller.clone()
        },
    });
    signals.extend(tone(Tone::Busy, 20.0, 24.0));
    signals.push(on(25.0));
    let calls = calls(signals, 60.0);
    let [call] = &calls[..] else {
        panic!("{calls:?}")
    };
    assert_eq!((call.start, call.answered), (at(1.0), Some(at(8.0))));
    assert_eq!(call.caller, Some(caller));
    assert!(call.dialled.is_empty());
    assert_eq!(call.end_reason, Some(EndReason::RemoteBusy));
}

#[test]
fn an_unanswered_call_ends_with_its_last_ring_and_a_new_seizure_is_another() {
    let mut signals = Vec::from(ring(1.0));
    signals.extend(ring(6.0));
    // Lifted within the pause, but there is a dial tone: the caller had given up.
    signals.push(off(9.0));
    signals.extend(tone(Tone::Dial, 9.3, 11.0));
    signals.extend(digits(11.0, "112"));
    signals.push(on(20.0));
    let calls = calls(signals, 60.0);
    let [first, second] = &calls[..] else {
        panic!("{calls:?}")
    };
    assert_eq!((first.answered, first.end), (None, Some(at(7.0))));
    assert_eq!(first.end_reason, Some(EndReason::RingStopped));
    assert_eq!(second.direction, Direction::Outgoing);
    assert_eq!((second.start, second.dialled.as_str()), (at(9.0), "112"));
}

#[test]
fn a_flash_of_any_length_is_no_end_and_a_second_on_hook_is() {
    for flash in [0.05, 0.1, 0.3, 0.8] {
        let mut signals = Vec::from(ring(1.0));
        signals.extend([off(3.0), on(10.0), off(10.0 + flash)]);
        signals.extend(digits(12.0, "204"));
        signals.push(on(30.0));
        let calls = calls(signals, 60.0);
        let [call] = &calls[..] else {
            panic!("{flash}: {calls:?}")
        };
        assert!(call.dialled.is_empty());
        assert_eq!(call.consultation.as_ref().map(Digits::as_str), Some("204"));
        assert_eq!(call.end, Some(at(30.0)));
    }
    let two = calls([off(1.0), on(10.0), off(11.0), on(20.0)], 60.0);
    assert_eq!(two.len(), 2);
    assert_eq!((two[0].end, two[1].start), (Some(at(10.0)), at(11.0)));
}

#[test]
fn busy_without_an_answer_and_nothing_dialled_at_all() {
    let mut signals = vec![off(1.0)];
    signals.extend(digits(2.0, "500600700"));
    signals.extend(tone(Tone::Busy, 5.0, 9.0));
    signals.push(on(9.5));
    let busy = calls(signals, 60.0);
    assert_eq!(
        (busy[0].answered, busy[0].end_reason),
        (None, Some(EndReason::RemoteBusy))
    );
    let nothing = calls([off(1.0), on(4.0)], 60.0);
    assert_eq!(nothing[0].direction, Direction::Outgoing);
    assert!(nothing[0].dialled.is_empty());
}

#[test]
fn a_cut_line_is_no_call_and_an_off_hook_taken_back_neither() {
    let dead = Signal::FaultOn {
        fault: Fault::Dead,
        start: at(2.0),
    };
    assert!(calls([off(1.5), dead.clone(), off(3.0)], 60.0).is_empty());
    let mut used = outgoing();
    used.truncate(14);
    used.push(Signal::FaultOn {
        fault: Fault::Dead,
        start: at(25.0),
    });
    let used = calls(used, 60.0);
    assert_eq!(used[0].end_reason, Some(EndReason::LineDead));
    assert!(calls([off(5.0), on(5.0)], 60.0).is_empty());
    // Taken back while it rang: it rings on.
    let mut signals = Vec::from(ring(1.0));
    signals.extend([off(3.0), on(3.0)]);
    signals.extend(ring(6.0));
    let calls = calls(signals, 60.0);
    assert_eq!((calls[0].answered, calls[0].end), (None, Some(at(7.0))));
}

#[test]
fn polarity_reversal_answers() {
    let mut signals = vec![off(1.0)];
    signals.extend(digits(2.0, "500600700"));
    signals.push(Signal::Reversal { at: at(9.0) });
    signals.extend([Signal::Reversal { at: at(19.0) }, on(20.0)]);
    assert_eq!(calls(signals, 60.0)[0].answered, Some(at(9.0)));
}

#[test]
fn a_loss_neither_makes_nor_ends_a_call() {
    let mut machine = CallMachine::new(CallSettings::sensed());
    machine.gap(at(1.0), ms(30_000));
    machine.advance(at(40.0));
    assert!(machine.poll().is_none());
    machine.handle(&off(41.0));
    machine.gap(at(42.0), ms(30_000));
    machine.advance(at(90.0));
    assert!(ended(&mut machine).is_empty());
    assert!(machine.current().is_some());
}

proptest! {
    /// When time is told to have passed makes no difference to what is told in the end.
    #[test]
    fn the_result_does_not_depend_on_when_time_passes(steps in prop::collection::vec(1u64..4_000, 60)) {
        let mut signals = outgoing();
        signals.extend(ring(40.0));
        signals.extend(ring(45.0));
        signals.extend([off(47.0), on(55.0), off(55.4), on(70.0)]);
        let whole = calls(signals.clone(), 100.0);
        let mut machine = CallMachine::new(CallSettings::sensed());
        let mut now = at(0.0);
        let mut steps = steps.into_iter().cycle();
        for signal in &signals {
            // A signal is told at the latest `lag` after the instant it names.
            let told = active::heard_until(signal).unwrap_or(match signal {
                Signal::Hook { at, .. } => *at,
                Signal::RingOn { start } => *start,
                Signal::RingOff { end, .. } => *end,
                _ => now,
            });
            while now + 4_000 < told {
                now = now + steps.next().unwrap();
                machine.advance(now.min(told));
            }
            machine.handle(signal);
        }
        machine.finish(at(100.0));
        prop_assert_eq!(ended(&mut machine), whole);
    }
}
