//! To whom recordings of a person's calls went (GDPR art. 15 par. 1 c), as the register of disclosures
//! has it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::act::{CallRef, DisclosureKind};
use super::procedure::{DisclosureState, Procedure};
use crate::words::Digits;

/// One for whom a medium with calls of the person was made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DataRecipient {
    /// Number of the disclosure.
    pub disclosure: String,
    /// An institution or a person.
    pub kind: DisclosureKind,
    /// Who.
    pub who: String,
    /// When the medium was handed over; if it was not, when the last one was made.
    pub on: Timestamp,
    /// Whether it was handed over.
    pub handed_over: bool,
}

/// The whole number of the other side; none if it was withheld or cannot be told from others.
fn other_side(call: &CallRef) -> Option<String> {
    let number = match call.direction.as_str() {
        "outgoing" => &call.called,
        _ => &call.calling,
    };
    Digits::whole_ending(number)
}

fn recipient(number: &str, of: &DisclosureState) -> Option<DataRecipient> {
    let handed_over = of.handed_over.is_some();
    let on = match handed_over {
        true => of.ended,
        false => of.exported_at,
    };
    Some(DataRecipient {
        disclosure: number.to_owned(),
        kind: of.asked.kind,
        who: of.asked.who.clone(),
        on: on?,
        handed_over,
    })
}

impl Procedure {
    /// The recipients of other disclosures of a request's calls, or of calls with the same other side or
    /// with the number the request gives; oldest first. Of what the register has erased nobody knows.
    pub fn recipients_before(&self, number: &str) -> Vec<DataRecipient> {
        let Some(request) = self.disclosures.get(number) else {
            return Vec::new();
        };
        let asked = &request.asked.calls;
        let calls: BTreeSet<&str> = asked.iter().map(|call| call.call.as_str()).collect();
        let given = request
            .asked
            .asked_number
            .as_deref()
            .and_then(Digits::whole_ending);
        let numbers: BTreeSet<String> = asked.iter().filter_map(other_side).chain(given).collect();
        let same = |call: &CallRef| {
            let side = other_side(call);
            calls.contains(call.call.as_str()) || side.is_some_and(|side| numbers.contains(&side))
        };
        let others = self.disclosures.iter().filter(|(id, _)| *id != number);
        let mut all: Vec<DataRecipient> = others
            .filter(|(_, other)| other.asked.calls.iter().any(same))
            .filter_map(|(id, other)| recipient(id, other))
            .collect();
        all.sort_by_key(|one| one.on);
        all
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::super::act::{Act, AskDisclosure, HandedOver};
    use super::super::gate::Register;
    use super::super::procedure::Actor;
    use super::*;
    use crate::rules::Role;

    fn call(id: &str, direction: &str, other: &str) -> CallRef {
        let text = String::from;
        let (called, calling) = match direction {
            "outgoing" => (text(other), text("525550100")),
            _ => (text("525550100"), text(other)),
        };
        CallRef {
            call: text(id),
            recordings: vec![format!("r-{id}")],
            line: text("1"),
            direction: text(direction),
            called,
            calling,
            start: String::new(),
            end: String::new(),
        }
    }

    fn ask(kind: DisclosureKind, who: &str, calls: Vec<CallRef>) -> Act {
        let text = String::from;
        Act::AskDisclosure(AskDisclosure {
            kind,
            who: text(who),
            request: text("W/1"),
            basis: text("ustawa"),
            calls,
            asked_number: None,
        })
    }

    /// A register of five institutions' requests, four of them granted, with a medium each, one handed over;
    /// and the person's.
    fn stage() -> (tempfile::TempDir, Register, Actor) {
        let dir = tempfile::tempdir().expect("a folder");
        let register = Register::open(&dir.path().join("r"), "t", TimeZone::UTC);
        let mut register = register.expect("a register");
        let now: Timestamp = "2026-11-24T08:00:00Z".parse().expect("a time");
        let director = Actor::person(1, &[Role::Director], now);
        let institution = DisclosureKind::Institution;
        let mine = "+48 52 555 01 99";
        for act in [
            ask(institution, "Komenda", vec![call("a", "incoming", mine)]),
            ask(
                institution,
                "Prokuratura",
                vec![call("b", "outgoing", mine)],
            ),
            ask(institution, "Sąd", vec![call("c", "incoming", "525550142")]),
            ask(institution, "Straż", vec![call("d", "incoming", mine)]),
            ask(institution, "Urząd", vec![call("e", "incoming", "")]),
            ask(
                DisclosureKind::Person,
                "Jan",
                vec![
                    call("f", "incoming", "525550199"),
                    call("g", "incoming", ""),
                ],
            ),
        ] {
            register.enter(&director, &act).expect("a request");
        }
        for number in ["X-1", "X-2", "X-3", "X-5"] {
            let disclosure = number.to_owned();
            let judged = Act::JudgeDisclosure {
                disclosure: disclosure.clone(),
                granted: true,
                reason: "tak".into(),
            };
            register.enter(&director, &judged).expect("consent");
            register
                .begin_export(&director, number, None)
                .expect("a medium");
        }
        let handed = Act::HandedOver(HandedOver {
            disclosure: "X-1".into(),
            to: "kurier".into(),
            sums: "0".into(),
        });
        register.enter(&director, &handed).expect("a hand-over");
        (dir, register, director)
    }

    #[test]
    fn whoever_got_a_medium_with_calls_of_the_person_is_named_and_nobody_else() {
        let (_dir, register, _) = stage();
        let found = register.procedure().recipients_before("X-6");
        let found: Vec<(&str, &str, bool)> = found
            .iter()
            .map(|one| (one.disclosure.as_str(), one.who.as_str(), one.handed_over))
            .collect();
        assert_eq!(
            found,
            [("X-1", "Komenda", true), ("X-2", "Prokuratura", false)]
        );
    }

    #[test]
    fn a_number_tells_when_no_recording_is_kept_any_more() {
        let (_dir, mut register, director) = stage();
        for (number, expected) in [
            (Some("0 52 555 01 99"), &["X-1", "X-2"][..]),
            (Some("525550142"), &["X-3"]),
            (None, &[]),
        ] {
            let Act::AskDisclosure(mut asked) = ask(DisclosureKind::Person, "Jan", Vec::new())
            else {
                unreachable!("it is one");
            };
            asked.asked_number = number.map(String::from);
            let entered = register.enter(&director, &Act::AskDisclosure(asked));
            let id = entered.expect("a request").1.expect("a number");
            let found = register.procedure().recipients_before(&id);
            let found: Vec<&str> = found.iter().map(|one| one.disclosure.as_str()).collect();
            assert_eq!(found, expected, "{number:?}");
        }
        let Act::AskDisclosure(mut asked) = ask(DisclosureKind::Person, "Jan", Vec::new()) else {
            unreachable!("it is one");
        };
        asked.asked_number = Some("550 199".to_owned());
        let part = register.enter(&director, &Act::AskDisclosure(asked));
        assert!(part.is_err(), "the end of a number is no person");
    }
}
