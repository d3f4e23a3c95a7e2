//! Lines full of calls drawn at random, several at a time, each going its own way, with messages between
//! that mean nothing to a recorder: every call is told as it was drawn.

mod isdn_support;

use isdn_support::Told;
use isdn_support::scenario::Scenario;
use isdn_support::scripts::near;
use linetap::isdn::Side::{self, Network, User};
use linetap::isdn::encode::MessageBuilder;
use linetap::isdn::q931::MessageKind as Kind;
use linetap::isdn::{Interface, Variant};
use linetap::words::{CallFacts, Digits, Direction, EndReason, Presentation};
use proptest::prelude::*;

/// How a call goes after its channel is known.
#[derive(Clone, Copy, Debug)]
enum Way {
    Answered,
    /// On hold in between, back on the other channel of its lane.
    Held,
    /// Its channel is restarted.
    Restarted,
    /// The called end refuses; the cause.
    Refused(u8),
    GivenUp,
}

/// One call as drawn.
#[derive(Clone, Debug)]
struct Drawn {
    outgoing: bool,
    overlap: bool,
    withheld: bool,
    /// The channel named with the offer is not the one the call gets.
    moved: bool,
    named_by: Kind,
    way: Way,
    digits: String,
    /// Milliseconds before each of its steps.
    pauses: Vec<u64>,
    /// What is said between: place among its steps, and which.
    asides: Vec<(usize, u8)>,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let way = prop_oneof![
        3 => Just(Way::Answered),
        2 => Just(Way::Held),
        1 => Just(Way::Restarted),
        1 => prop::sample::select(vec![17u8, 21, 1, 27]).prop_map(Way::Refused),
        1 => Just(Way::GivenUp),
    ];
    let named_by = prop::sample::select(vec![Kind::CallProceeding, Kind::Alerting]);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let pauses = prop::collection::vec(120u64..900, 40);
    let asides = prop::collection::vec((1usize..12, 0u8..12), 0..5);
    (flags, named_by, way, "[0-9*#]{3,12}", pauses, asides).prop_map(
        |((outgoing, overlap, withheld, moved), named_by, way, digits, pauses, asides)| Drawn {
            outgoing,
            overlap,
            withheld,
            moved,
            named_by,
            way,
            digits,
            pauses,
            asides,
        },
    )
}

/// What must be told of a call; times in milliseconds.
struct Truth {
    drawn: Drawn,
    start: u64,
    answered: Option<u64>,
    end: u64,
    cause: Option<u8>,
    slot: u8,
    segments: Vec<(u8, u64, u64)>,
}

/// The messages of a line, each with its time.
struct Script {
    interface: Interface,
    said: Vec<(u64, Side, MessageBuilder)>,
}

/// A call being written.
struct Writer<'a> {
    script: &'a mut Script,
    drawn: &'a Drawn,
    value: u16,
    steps: usize,
    now: u64,
}

impl Writer<'_> {
    fn originator(&self) -> Side {
        if self.drawn.outgoing { User } else { Network }
    }

    fn message(&self, sender: Side, kind: Kind) -> MessageBuilder {
        let back = sender != self.originator();
        MessageBuilder::new(self.script.interface, self.value, back, kind)
    }

    /// The next step, after its pause and whatever is said aside; its time.
    fn say(&mut self, sender: Side, message: MessageBuilder) -> u64 {
        for (_, which) in self.drawn.asides.iter().filter(|a| a.0 == self.steps) {
            self.now += 60;
            let aside = self.aside(sender, *which);
            self.script.said.push((self.now, sender, aside));
        }
        self.now += self.drawn.pauses[self.steps % self.drawn.pauses.len()];
        self.steps += 1;
        self.script.said.push((self.now, sender, message));
        self.now
    }

    /// Something that changes nothing.
    fn aside(&self, sender: Side, which: u8) -> MessageBuilder {
        let of = |kind| self.message(sender, kind);
        match which {
            0 => of(Kind::Notify).element(0x27, &[0xF9]),
            1 => of(Kind::StatusEnquiry),
            2 => of(Kind::Status).cause(97).element(0x14, &[10]),
            3 => of(Kind::Facility).element(0x1C, &[0x91, 0xA1, 0x80, 0xFF]),
            4 => of(Kind::UserInformation).element(0x7E, &[4, b'1', b'2']),
            5 => of(Kind::Other(0x51)).called(0x01, "999").channel(1, true),
            6 => of(Kind::Segment).element(0, &[0x82, 0x05]),
            // Codeset 5, locked: none of these is a number or a channel.
            7 => of(Kind::Notify).single(0x95).called(0x01, "9").cause(1),
            8 => of(Kind::CongestionControl).single(0x30).cause(42),
            9 => of(Kind::Progress)
                .element(0x1E, &[0x82, 0x88])
                .element(0x18, &[]),
            10 => of(Kind::HoldReject).cause(69),
            _ => MessageBuilder::new(self.script.interface, 0, false, Kind::Status).cause(101),
        }
    }

    /// Up to the moment before the answer: when it was offered, and on which channel it is.
    fn offer(&mut self, slots: [u8; 2]) -> (u64, u8) {
        let (from, to) = (self.originator(), self.originator().other());
        let (first, rest) = self
            .drawn
            .digits
            .split_at(if self.drawn.overlap { 1 } else { 0 });
        let slot = slots[usize::from(self.drawn.moved)];
        let setup = self
            .message(from, Kind::Setup)
            .audio()
            .channel(slots[0], !self.drawn.moved);
        let presented = if self.drawn.withheld { 0x21 } else { 0x01 };
        let setup = setup.calling(0x21, presented, "523730001");
        let setup = match self.drawn.overlap {
            true => setup.called(0x41, first),
            false => setup.called(0x41, rest).complete(),
        };
        let start = self.say(from, setup);
        if self.drawn.overlap {
            self.say(to, self.message(to, Kind::SetupAcknowledge));
            for digit in rest.chars() {
                let digit = digit.to_string();
                let more = self.message(from, Kind::Information).called(0x01, &digit);
                self.say(from, more);
            }
        }
        for kind in [Kind::CallProceeding, Kind::Alerting] {
            let message = self.message(to, kind);
            let named = kind == self.drawn.named_by;
            let message = if named {
                message.channel(slot, true)
            } else {
                message
            };
            self.say(to, message);
        }
        (start, slot)
    }

    /// The whole call on a lane of two channels.
    fn call(&mut self, slots: [u8; 2]) -> Truth {
        let (from, to) = (self.originator(), self.originator().other());
        let (start, slot) = self.offer(slots);
        let mut truth = Truth {
            drawn: self.drawn.clone(),
            start,
            answered: None,
            end: 0,
            cause: Some(16),
            slot,
            segments: Vec::new(),
        };
        match self.drawn.way {
            Way::Refused(cause) => {
                truth.cause = Some(cause);
                truth.end = self.clear(to, cause);
                return truth;
            }
            Way::GivenUp => {
                truth.end = self.clear(from, 16);
                return truth;
            }
            Way::Answered | Way::Held | Way::Restarted => {}
        }
        let mut since = self.say(to, self.message(to, Kind::Connect));
        truth.answered = Some(since);
        self.say(from, self.message(from, Kind::ConnectAcknowledge));
        if let Way::Held = self.drawn.way {
            let [until, back] = self.hold(slots);
            truth.segments.push((slot, since, until));
            (truth.slot, since) = (slots[1], back);
        }
        truth.end = if let Way::Restarted = self.drawn.way {
            truth.cause = None;
            self.restart(slot)
        } else {
            self.clear(from, 16)
        };
        truth.segments.push((truth.slot, since, truth.end));
        truth
    }

    /// On hold and back on the second channel: from when to when.
    fn hold(&mut self, slots: [u8; 2]) -> [u64; 2] {
        self.say(User, self.message(User, Kind::Hold));
        let held = self.say(Network, self.message(Network, Kind::HoldAcknowledge));
        let back = self.message(User, Kind::Retrieve);
        self.say(User, back.channel(slots[0], false));
        let back = self.message(Network, Kind::RetrieveAcknowledge);
        let back = self.say(Network, back.channel(slots[1], true));
        [held, back]
    }

    fn restart(&mut self, slot: u8) -> u64 {
        let interface = self.script.interface;
        let global = |back, kind| {
            let message = MessageBuilder::new(interface, 0, back, kind).channel(slot, true);
            message.element(0x79, &[0x80])
        };
        let end = self.say(Network, global(false, Kind::Restart));
        self.say(User, global(true, Kind::RestartAcknowledge));
        end
    }

    fn clear(&mut self, by: Side, cause: u8) -> u64 {
        let end = self.say(by, self.message(by, Kind::Disconnect).cause(cause));
        self.say(by.other(), self.message(by.other(), Kind::Release));
        self.say(by, self.message(by, Kind::ReleaseComplete));
        end
    }
}

/// A line on which lanes of two channels each carry one call after the other.
fn line(interface: Interface, lanes: &[Vec<Drawn>]) -> (Script, Vec<Truth>, u64) {
    let mut script = Script {
        interface,
        said: Vec::new(),
    };
    let (mut truths, mut end) = (Vec::new(), 0);
    for (lane, calls) in (0u8..).zip(lanes) {
        let mut now = 500 + 37 * u64::from(lane);
        for (nth, drawn) in (0u16..).zip(calls) {
            // No two calls are to the same digits.
            let mut drawn = drawn.clone();
            drawn.digits.insert_str(0, &format!("{lane}{nth}"));
            let mut writer = Writer {
                script: &mut script,
                drawn: &drawn,
                value: u16::from(lane) * 8 + nth + 1,
                steps: 0,
                now,
            };
            truths.push(writer.call([2 * lane + 1, 2 * lane + 2]));
            now = writer.now;
        }
        end = end.max(now);
    }
    (script, truths, end + 1_000)
}

fn play(script: &mut Script, variant: Variant, end: u64) -> Told {
    let mut scenario = Scenario::new(script.interface);
    scenario.variant = variant;
    script.said.sort_by_key(|(at, ..)| *at);
    for (at, sender, message) in &script.said {
        scenario.say(*at, *sender, 0, message.clone());
    }
    scenario.told(end)
}

/// What is not as drawn.
fn faults(truth: &Truth, told: &CallFacts) -> Vec<&'static str> {
    let drawn = &truth.drawn;
    let direction = if drawn.outgoing {
        Direction::Outgoing
    } else {
        Direction::Incoming
    };
    let hidden = if drawn.withheld {
        Presentation::Restricted
    } else {
        Presentation::Allowed
    };
    let caller = told.caller.as_ref();
    let number = caller.and_then(|c| c.number.as_ref()).map(Digits::as_str);
    let reason = match drawn.way {
        Way::Restarted => EndReason::Restart,
        _ => EndReason::Release,
    };
    let segments = truth.segments.len() == told.segments.len()
        && truth
            .segments
            .iter()
            .zip(&told.segments)
            .all(|(drawn, told)| {
                told.timeslot == drawn.0
                    && near(Some(told.start), drawn.1)
                    && near(told.end, drawn.2)
            });
    let checks = [
        ("direction", told.direction == direction),
        ("caller", number == Some("523730001")),
        (
            "presentation",
            caller.map(|c| c.presentation) == Some(hidden),
        ),
        ("start", near(Some(told.start), truth.start)),
        (
            "answer",
            told.answered.is_some() == truth.answered.is_some(),
        ),
        (
            "answer",
            truth.answered.is_none_or(|at| near(told.answered, at)),
        ),
        ("end", near(told.end, truth.end)),
        ("reason", told.end_reason == Some(reason)),
        ("cause", told.cause == truth.cause),
        ("timeslot", told.timeslot == Some(truth.slot)),
        ("segments", segments),
    ];
    let wrong = checks.into_iter().filter(|(_, right)| !right);
    wrong.map(|(what, _)| what).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_call_is_told_as_it_was_drawn(
        lanes in prop::collection::vec(prop::collection::vec(drawn(), 1..4), 1..8),
        primary: bool,
        order in 0usize..4,
    ) {
        let (interface, lanes) = match primary {
            true => (Interface::Pri, &lanes[..]),
            false => (Interface::Bri, &lanes[..1]),
        };
        let (mut script, truths, end) = line(interface, lanes);
        let told = play(&mut script, Variant::ALL[order], end);
        prop_assert_eq!(told.calls.len(), truths.len(), "{:?}", told.calls);
        for truth in &truths {
            let mine = |call: &&CallFacts| call.dialled.as_str() == truth.drawn.digits;
            let call = told.calls.iter().find(mine);
            let faults = call.map_or(vec!["told at all"], |call| faults(truth, call));
            prop_assert!(faults.is_empty(), "{:?} of {:?} in {:?}", faults, truth.drawn, call);
        }
    }
}
