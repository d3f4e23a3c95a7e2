//! Signals and calls as the JSON objects of `linetap analyze --json`: one object an event, seconds
//! from the start of the input. Pure; what is printed where is the command's business.

use serde_json::{Value, json};

use crate::words::{CallFacts, Caller, Digits, EndReason, HookState, SampleTime, Signal};

/// The object for `signal` on `channel`; `None` for signals that only the call machine needs, and
/// for starts whose end will come as the whole.
pub fn signal_object(channel: usize, signal: &Signal) -> Option<Value> {
    Some(match signal {
        Signal::Dtmf {
            digit, start, end, ..
        } => json!({
            "event": "dtmf", "channel": channel, "start": seconds(*start), "end": seconds(*end),
            "digit": digit.as_char().to_string(),
        }),
        Signal::ToneOff { tone, start, end } => json!({
            "event": "tone", "channel": channel, "start": seconds(*start), "end": seconds(*end),
            "tone": tone.word(),
        }),
        Signal::CallerId { at, caller } => json!({
            "event": "caller_id", "channel": channel, "at": seconds(*at),
            "number": shown(caller), "presentation": caller.presentation.word(),
        }),
        Signal::Hook { at, state } => json!({
            "event": "hook", "channel": channel, "at": seconds(*at),
            "state": match state { HookState::Off => "off", HookState::On => "on" },
        }),
        Signal::RingOff { start, end } => json!({
            "event": "ring", "channel": channel, "start": seconds(*start), "end": seconds(*end),
        }),
        Signal::Pulse { at, digit } => json!({
            "event": "pulse", "channel": channel, "at": seconds(*at),
            "digit": digit.as_char().to_string(),
        }),
        Signal::FaultOn { fault, start } => json!({
            "event": "fault", "channel": channel, "start": seconds(*start), "fault": fault.word(),
        }),
        _ => return None,
    })
}

/// The object for a call that has ended. `external` as the numbering plan judged it.
pub fn call_object(channel: usize, facts: &CallFacts, external: Option<bool>) -> Value {
    let mut object = json!({
        "event": "call", "channel": channel,
        "start": seconds(facts.start),
        "end": facts.end.map(seconds),
        "direction": facts.direction.word(),
        "dialled": (!facts.dialled.is_empty()).then(|| facts.dialled.as_str()),
        "caller": facts.caller.as_ref().and_then(shown),
        "answered": facts.answered.map(seconds),
        "external": external,
        "consultation": facts.consultation.as_ref().filter(|digits| !digits.is_empty())
            .map(Digits::as_str),
        "end_reason": facts.end_reason.map(EndReason::word),
        "cause": facts.cause,
        "timeslot": facts.timeslot.or(facts.segments.last().map(|segment| segment.timeslot)),
    });
    if let Some(caller) = &facts.caller {
        object["presentation"] = json!(caller.presentation.word());
        object["caller_name"] = json!(caller.name);
    }
    if facts.timeslot.is_some() || facts.cause.is_some() {
        object["connected"] = json!(facts.connected.as_ref().map(Digits::as_str));
        object["redirecting"] = json!(facts.redirecting.as_ref().map(Digits::as_str));
        object["audio"] = json!(facts.audio);
        object["segments"] = json!([]);
    }
    if !facts.segments.is_empty() {
        object["segments"] = facts
            .segments
            .iter()
            .map(|segment| {
                json!({
                    "timeslot": segment.timeslot,
                    "start": seconds(segment.start),
                    "end": segment.end.map(seconds),
                })
            })
            .collect();
    }
    object
}

/// A number, where one was sent.
fn shown(caller: &Caller) -> Option<&str> {
    caller.number.as_ref().map(Digits::as_str)
}

/// Seconds with the millisecond that the detectors can tell.
fn seconds(at: SampleTime) -> f64 {
    (at.seconds() * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Digit, Direction, Fault, ms};

    #[test]
    fn objects_have_the_names_of_the_contract() {
        let at = SampleTime(ms(1_234));
        let digit = Digit::from_char('5').unwrap();
        let pulse = signal_object(2, &Signal::Pulse { at, digit }).unwrap();
        assert_eq!(
            pulse,
            json!({"event": "pulse", "channel": 2, "at": 1.234, "digit": "5"})
        );
        let fault = Signal::FaultOn {
            fault: Fault::Hum,
            start: at,
        };
        assert_eq!(signal_object(0, &fault).unwrap()["fault"], "hum");
        assert!(signal_object(0, &Signal::RingOn { start: at }).is_none());
    }

    #[test]
    fn an_unanswered_call_says_so() {
        let mut facts = CallFacts::begun(SampleTime(ms(1_000)), Direction::Incoming);
        facts.end = Some(SampleTime(ms(7_000)));
        facts.end_reason = Some(EndReason::RingStopped);
        let object = call_object(1, &facts, Some(true));
        assert_eq!(object["answered"], Value::Null);
        assert_eq!(object["direction"], "incoming");
        assert_eq!(object["end_reason"], "ring_stopped");
        assert_eq!(
            (&object["start"], &object["end"]),
            (&json!(1.0), &json!(7.0))
        );
        assert_eq!(object["dialled"], Value::Null);
    }
}
