//! Calls that go an odd way, and still are one call each, on the right channel and of the right length:
//! call waiting, a channel named late, restarts, references that are equal, terminals that take turns.

mod isdn_support;

use isdn_support::Told;
use isdn_support::scenario::Scenario;
use isdn_support::scripts::{clear, incoming, near, only, restart, segments};
use linetap::isdn::Interface::{Bri, Pri};
use linetap::isdn::Side::{self, Network, User};
use linetap::isdn::q931::MessageKind as Kind;
use linetap::words::{CallFacts, Direction, EndReason};

/// Channel identification that names none: all are busy (Q.931 4.5.13).
const NO_CHANNEL: (u8, &[u8]) = (0x18, &[0x88]);

/// One message on the link of a terminal, with nothing in it but its kind.
fn plain(s: &mut Scenario, at: u64, sender: Side, tei: u8, (by, value): (Side, u16), kind: Kind) {
    let message = s.message(sender, by, value, kind);
    s.say(at, sender, tei, message);
}

/// An outgoing call of a terminal, from SETUP to its answer a second later.
fn outgoing(s: &mut Scenario, at: u64, tei: u8, value: u16, channel: u8, digits: &str) {
    let setup = s.message(User, User, value, Kind::Setup).audio();
    s.say(at, User, tei, setup.called(0x21, digits));
    let proceeding = s.message(Network, User, value, Kind::CallProceeding);
    s.say(at + 200, Network, tei, proceeding.channel(channel, true));
    plain(s, at + 1_000, Network, tei, (User, value), Kind::Connect);
}

/// DISCONNECT, RELEASE and RELEASE COMPLETE on the link of a terminal.
fn cleared(s: &mut Scenario, at: u64, by: Side, tei: u8, (originator, value): (Side, u16)) {
    let kinds = [Kind::Disconnect, Kind::Release, Kind::ReleaseComplete];
    for ((n, kind), sender) in (0..).zip(kinds).zip([by, by.other(), by]) {
        let message = s.message(sender, originator, value, kind).cause(16);
        s.say(at + 150 * n, sender, tei, message);
    }
}

fn dialled<'a>(told: &'a Told, digits: &str) -> &'a CallFacts {
    let mut found = told.calls.iter().filter(|c| c.dialled.as_str() == digits);
    let call = found
        .next()
        .unwrap_or_else(|| panic!("no call to {digits}: {:?}", told.calls));
    assert!(found.next().is_none(), "two calls to {digits}");
    call
}

#[test]
fn a_waiting_call_takes_the_channel_of_the_one_put_on_hold() {
    let mut s = Scenario::new(Bri);
    outgoing(&mut s, 500, 64, 1, 1, "225550101");
    outgoing(&mut s, 1_000, 65, 1, 2, "225550102");
    let waiting = s.message(Network, Network, 5, Kind::Setup).audio();
    let waiting = waiting
        .element(NO_CHANNEL.0, NO_CHANNEL.1)
        .called(0x41, "3730");
    s.broadcast(4_000, waiting);
    plain(&mut s, 4_300, User, 64, (Network, 5), Kind::Alerting);
    plain(&mut s, 6_000, User, 64, (User, 1), Kind::Hold);
    plain(&mut s, 6_200, Network, 64, (User, 1), Kind::HoldAcknowledge);
    let lift = s.message(User, Network, 5, Kind::Connect).channel(1, true);
    s.say(6_500, User, 64, lift);
    let given = s.message(Network, Network, 5, Kind::ConnectAcknowledge);
    s.say(6_700, Network, 64, given.channel(1, true));
    cleared(&mut s, 9_000, Network, 64, (Network, 5));
    let back = s.message(User, User, 1, Kind::Retrieve).channel(1, false);
    s.say(10_000, User, 64, back);
    let back = s.message(Network, User, 1, Kind::RetrieveAcknowledge);
    s.say(10_200, Network, 64, back.channel(1, true));
    cleared(&mut s, 12_000, User, 64, (User, 1));
    cleared(&mut s, 13_000, User, 65, (User, 1));
    let told = s.told(15_000);
    assert_eq!(told.calls.len(), 3, "{:?}", told.calls);
    assert_eq!(
        segments(dialled(&told, "225550101")),
        [(1, 15, 62), (1, 102, 120)]
    );
    assert_eq!(segments(dialled(&told, "225550102")), [(2, 20, 130)]);
    let waiting = dialled(&told, "3730");
    assert_eq!(segments(waiting), [(1, 65, 90)]);
    assert_eq!(waiting.direction, Direction::Incoming);
}

#[test]
fn a_waiting_call_that_no_one_takes_touches_no_channel() {
    let mut s = Scenario::new(Bri);
    outgoing(&mut s, 500, 64, 1, 1, "225550101");
    let waiting = s.message(Network, Network, 5, Kind::Setup).audio();
    let waiting = waiting
        .element(NO_CHANNEL.0, NO_CHANNEL.1)
        .called(0x41, "3730");
    s.broadcast(4_000, waiting);
    plain(&mut s, 4_300, User, 64, (Network, 5), Kind::Alerting);
    let gone = s.message(Network, Network, 5, Kind::Release).cause(16);
    s.say(8_000, Network, 64, gone);
    cleared(&mut s, 12_000, User, 64, (User, 1));
    let told = s.told(14_000);
    assert_eq!(segments(dialled(&told, "225550101")), [(1, 15, 120)]);
    let waiting = dialled(&told, "3730");
    assert_eq!((waiting.timeslot, waiting.answered), (None, None));
    assert!(near(waiting.end, 8_000), "{waiting:?}");
}

#[test]
fn a_channel_may_be_named_as_late_as_with_the_answer() {
    for late in [
        Kind::CallProceeding,
        Kind::Progress,
        Kind::Alerting,
        Kind::Connect,
    ] {
        let mut s = Scenario::new(Bri);
        let setup = s.message(User, User, 2, Kind::Setup).audio();
        s.say(500, User, 64, setup);
        let steps = [
            (700, Kind::SetupAcknowledge),
            (2_000, Kind::CallProceeding),
            (2_500, Kind::Progress),
            (3_000, Kind::Alerting),
            (5_000, Kind::Connect),
        ];
        for (at, kind) in steps {
            let message = s.message(Network, User, 2, kind);
            let named = if kind == late {
                message.channel(2, true)
            } else {
                message
            };
            s.say(at, Network, 64, named);
        }
        for (n, digit) in (0..).zip(["0", "22", "555", "0106"]) {
            let more = s
                .message(User, User, 2, Kind::Information)
                .called(0x01, digit);
            s.say(1_000 + 200 * n, User, 64, more);
        }
        cleared(&mut s, 8_000, Network, 64, (User, 2));
        let told = s.told(9_000);
        assert_eq!(dialled(&told, "0225550106"), only(&told));
        assert_eq!(segments(only(&told)), [(2, 50, 80)], "{late:?}");
    }
}

#[test]
fn a_channel_restarted_in_mid_call_is_free_for_the_same_reference_at_once() {
    let mut s = Scenario::new(Pri);
    incoming(&mut s, 5);
    restart(&mut s, 5_000, 5, 0x80);
    let done = s
        .message(User, Network, 0, Kind::RestartAcknowledge)
        .channel(5, true);
    s.say(5_100, User, 0, done.element(0x79, &[0x80]));
    let again = s
        .message(Network, Network, 1, Kind::Setup)
        .audio()
        .channel(5, true);
    s.say(5_500, Network, 0, again.called(0x41, "3731"));
    plain(&mut s, 7_000, User, 0, (Network, 1), Kind::Connect);
    clear(&mut s, 9_000, Network, Network, 1);
    let told = s.told(10_000);
    assert_eq!(told.calls.len(), 2, "{:?}", told.calls);
    let (first, second) = (dialled(&told, "3730"), dialled(&told, "3731"));
    assert_eq!(
        (first.end_reason, first.cause),
        (Some(EndReason::Restart), None)
    );
    assert_eq!(segments(first), [(5, 20, 50)]);
    assert_eq!(segments(second), [(5, 70, 90)]);
    assert_eq!(
        (second.end_reason, second.cause),
        (Some(EndReason::Release), Some(16))
    );
}

#[test]
fn terminals_and_the_network_may_all_use_one_reference() {
    let mut s = Scenario::new(Bri);
    outgoing(&mut s, 500, 64, 1, 1, "225550107");
    outgoing(&mut s, 700, 65, 1, 2, "225550108");
    let offer = s.message(Network, Network, 1, Kind::Setup).audio();
    let offer = offer
        .element(NO_CHANNEL.0, NO_CHANNEL.1)
        .called(0x41, "3730");
    s.broadcast(3_000, offer);
    for tei in [64, 65] {
        let busy = s.message(User, Network, 1, Kind::ReleaseComplete).cause(17);
        s.say(3_300 + u64::from(tei), User, tei, busy);
    }
    cleared(&mut s, 9_000, User, 65, (User, 1));
    cleared(&mut s, 11_000, Network, 64, (User, 1));
    let told = s.told(20_000);
    assert_eq!(told.calls.len(), 3, "{:?}", told.calls);
    assert_eq!(segments(dialled(&told, "225550107")), [(1, 15, 110)]);
    assert_eq!(segments(dialled(&told, "225550108")), [(2, 17, 90)]);
    assert_eq!(dialled(&told, "3730").cause, Some(17));
}

#[test]
fn two_calls_ring_everywhere_and_each_is_taken_by_another_terminal() {
    let mut s = Scenario::new(Bri);
    for (value, channel, at, called) in [(1, 1, 500, "3730"), (2, 2, 800, "3731")] {
        let offer = s.message(Network, Network, value, Kind::Setup).audio();
        s.broadcast(at, offer.channel(channel, true).called(0x41, called));
        for tei in [64, 65] {
            let later = at + 200 + 50 * u64::from(tei - 64);
            plain(&mut s, later, User, tei, (Network, value), Kind::Alerting);
        }
    }
    for (value, winner, loser, at) in [(1, 65, 64, 3_000), (2, 64, 65, 4_000)] {
        let call = (Network, value);
        plain(&mut s, at, User, winner, call, Kind::Connect);
        plain(
            &mut s,
            at + 200,
            Network,
            winner,
            call,
            Kind::ConnectAcknowledge,
        );
        let not_you = s.message(Network, Network, value, Kind::Release).cause(26);
        s.say(at + 300, Network, loser, not_you);
        plain(&mut s, at + 500, User, loser, call, Kind::ReleaseComplete);
    }
    cleared(&mut s, 8_000, Network, 65, (Network, 1));
    cleared(&mut s, 9_000, User, 64, (Network, 2));
    let told = s.told(11_000);
    assert_eq!(told.calls.len(), 2, "{:?}", told.calls);
    assert_eq!(segments(dialled(&told, "3730")), [(1, 30, 80)]);
    assert_eq!(segments(dialled(&told, "3731")), [(2, 40, 90)]);
}

#[test]
fn a_call_suspended_at_one_terminal_goes_on_at_another() {
    let mut s = Scenario::new(Bri);
    outgoing(&mut s, 500, 64, 1, 1, "225550109");
    // The first attempt is refused: the identity is in use.
    for (at, identity, answer) in [
        (3_000, 7, Kind::SuspendReject),
        (4_000, 8, Kind::SuspendAcknowledge),
    ] {
        let ask = s
            .message(User, User, 1, Kind::Suspend)
            .element(0x10, &[identity]);
        s.say(at, User, 64, ask);
        plain(&mut s, at + 200, Network, 64, (User, 1), answer);
    }
    // Another call uses the free channel meanwhile.
    outgoing(&mut s, 5_000, 64, 2, 1, "225550110");
    let resume = s.message(User, User, 9, Kind::Resume).element(0x10, &[8]);
    s.say(8_000, User, 65, resume);
    let resumed = s.message(Network, User, 9, Kind::ResumeAcknowledge);
    s.say(8_200, Network, 65, resumed.channel(2, true));
    cleared(&mut s, 10_000, User, 64, (User, 2));
    cleared(&mut s, 11_000, Network, 65, (User, 9));
    let told = s.told(13_000);
    assert_eq!(told.calls.len(), 2, "{:?}", told.calls);
    assert_eq!(
        segments(dialled(&told, "225550109")),
        [(1, 15, 42), (2, 82, 110)]
    );
    assert_eq!(segments(dialled(&told, "225550110")), [(1, 60, 100)]);
}

#[test]
fn a_link_reset_while_a_call_is_set_up_makes_no_second_call() {
    let mut s = Scenario::new(Pri);
    let setup = |s: &Scenario| {
        let setup = s
            .message(User, User, 4, Kind::Setup)
            .audio()
            .channel(9, true);
        setup.called(0x21, "2255501")
    };
    let first = setup(&s);
    s.say(500, User, 0, first);
    let [sabme, ua] = s.links().establish(User, 0);
    s.put(1_000, sabme);
    s.put(1_020, ua);
    // Whoever resets a link knows not what the other end had of it, and says it again.
    let again = setup(&s);
    s.say(1_200, User, 0, again);
    plain(&mut s, 1_400, Network, 0, (User, 4), Kind::SetupAcknowledge);
    let rest = s
        .message(User, User, 4, Kind::Information)
        .called(0x01, "11");
    s.say(1_800, User, 0, rest);
    let [sabme, ua] = s.links().establish(Network, 0);
    s.put(2_500, sabme);
    s.put(2_520, ua);
    plain(&mut s, 3_000, Network, 0, (User, 4), Kind::Connect);
    clear(&mut s, 6_000, User, User, 4);
    let told = s.told(7_000);
    assert_eq!(dialled(&told, "225550111"), only(&told));
    assert!(near(Some(only(&told).start), 500), "{:?}", only(&told));
    assert_eq!(segments(only(&told)), [(9, 30, 60)]);
}

/// STATUS with the null state is how an end says that it knows of no such call (Q.931 5.8.11).
fn null_state(s: &mut Scenario, at: u64, tei: u8) {
    let status = s.message(User, Network, 1, Kind::Status).cause(101);
    s.say(at, User, tei, status.element(0x14, &[0]));
}

#[test]
fn a_terminal_that_knows_of_no_call_does_not_end_that_of_another() {
    for (early, late) in [(Some(900), None), (None, Some(5_000))] {
        let mut s = Scenario::new(Bri);
        let offer = s.message(Network, Network, 1, Kind::Setup).audio();
        s.broadcast(500, offer.channel(1, true).called(0x41, "3730"));
        plain(&mut s, 700, User, 64, (Network, 1), Kind::Alerting);
        plain(&mut s, 800, User, 65, (Network, 1), Kind::Alerting);
        early.into_iter().for_each(|at| null_state(&mut s, at, 65));
        plain(&mut s, 3_000, User, 64, (Network, 1), Kind::Connect);
        let given = s.message(Network, Network, 1, Kind::ConnectAcknowledge);
        s.say(3_200, Network, 64, given);
        late.into_iter().for_each(|at| null_state(&mut s, at, 65));
        cleared(&mut s, 9_000, Network, 64, (Network, 1));
        let told = s.told(11_000);
        assert_eq!(segments(only(&told)), [(1, 30, 90)], "{:?}", told.calls);
    }
}

/// RELEASE COMPLETE lost at the other end only: digits that end still sends are of no second call, and the
/// reference may be used again at once.
#[test]
fn what_is_said_after_the_last_message_begins_no_call() {
    let mut s = Scenario::new(Pri);
    let setup = s.message(User, User, 3, Kind::Setup).audio();
    s.say(500, User, 0, setup.channel(2, true).called(0x01, "04"));
    let more = s.message(Network, User, 3, Kind::SetupAcknowledge);
    s.say(700, Network, 0, more);
    let refused = s.message(Network, User, 3, Kind::ReleaseComplete).cause(1);
    s.say(2_000, Network, 0, refused);
    for (at, digit) in [(2_300, "5"), (3_500, "1")] {
        let digit = s
            .message(User, User, 3, Kind::Information)
            .called(0x01, digit);
        s.say(at, User, 0, digit);
    }
    for at in [2_400, 3_600] {
        let unknown = s.message(Network, User, 3, Kind::ReleaseComplete).cause(81);
        s.say(at, Network, 0, unknown);
    }
    let again = s.message(User, User, 3, Kind::Setup).audio();
    s.say(4_000, User, 0, again.channel(2, true).called(0x01, "3731"));
    plain(&mut s, 5_000, Network, 0, (User, 3), Kind::Connect);
    clear(&mut s, 8_000, User, User, 3);
    let told = s.told(9_000);
    assert_eq!(told.calls.len(), 2, "{:?}", told.calls);
    let refused = dialled(&told, "04");
    assert_eq!((refused.cause, near(refused.end, 2_000)), (Some(1), true));
    assert_eq!(segments(dialled(&told, "3731")), [(2, 50, 80)]);
}
