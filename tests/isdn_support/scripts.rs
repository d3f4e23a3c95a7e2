//! Parts of calls that many tests share, and what they look at.

use linetap::isdn::Side::{self, Network, User};
use linetap::isdn::q931::MessageKind as Kind;
use linetap::words::{CallFacts, SampleTime, Segment};

use super::Told;
use super::scenario::Scenario;

/// An incoming call of the network's reference 1 up to its answer at 2 s.
pub(crate) fn incoming(s: &mut Scenario, timeslot: u8) {
    let setup = s
        .message(Network, Network, 1, Kind::Setup)
        .audio()
        .channel(timeslot, true);
    let setup = setup
        .calling(0x21, 0x03, "601000001")
        .called(0x41, "3730")
        .complete();
    s.say(500, Network, 0, setup);
    let proceeding = s
        .message(User, Network, 1, Kind::CallProceeding)
        .channel(timeslot, true);
    s.say(600, User, 0, proceeding);
    s.say(700, User, 0, s.message(User, Network, 1, Kind::Alerting));
    s.say(2_000, User, 0, s.message(User, Network, 1, Kind::Connect));
    s.say(
        2_100,
        Network,
        0,
        s.message(Network, Network, 1, Kind::ConnectAcknowledge),
    );
}

/// The network restarts a channel, or with `class` 0x86 its interface, or 0x87 all of them.
pub(crate) fn restart(s: &mut Scenario, at: u64, timeslot: u8, class: u8) {
    let restart = s
        .message(Network, Network, 0, Kind::Restart)
        .channel(timeslot, true);
    s.say(at, Network, 0, restart.element(0x79, &[class]));
}

/// Clears a call: `by` disconnects.
pub(crate) fn clear(s: &mut Scenario, at: u64, by: Side, originator: Side, value: u16) {
    let other = by.other();
    s.say(
        at,
        by,
        0,
        s.message(by, originator, value, Kind::Disconnect).cause(16),
    );
    s.say(
        at + 100,
        other,
        0,
        s.message(other, originator, value, Kind::Release).cause(16),
    );
    s.say(
        at + 200,
        by,
        0,
        s.message(by, originator, value, Kind::ReleaseComplete)
            .cause(16),
    );
}

pub(crate) fn only(told: &Told) -> &CallFacts {
    match &told.calls[..] {
        [call] => call,
        calls => panic!("{} calls: {calls:?}", calls.len()),
    }
}

pub(crate) fn near(found: Option<SampleTime>, ms: u64) -> bool {
    found.is_some_and(|at| (0..=100).contains(&(at.0 as i64 / 8 - ms as i64)))
}

/// Segments as (timeslot, from, to) in tenths of a second.
pub(crate) fn segments(call: &CallFacts) -> Vec<(u8, u64, u64)> {
    let tenths = |at: SampleTime| at.0 / 800;
    let one = |s: &Segment| (s.timeslot, tenths(s.start), s.end.map_or(0, tenths));
    call.segments.iter().map(one).collect()
}
