//! Calls on ISDN lines from the octets of both directions: written by `isdn::encode`, read by
//! `DChannel`. Each test is one way a call may go; numbers are invented.

mod isdn_support;

use isdn_support::scenario::Scenario;
use isdn_support::scripts::{clear, incoming, near, only, segments};
use linetap::isdn::Interface::{Bri, Pri};
use linetap::isdn::Side::{Network, User};
use linetap::isdn::q931::MessageKind as Kind;
use linetap::isdn::{Notice, Variant};
use linetap::words::{CallEvent, Digits, Direction, EndReason, Presentation};

#[test]
fn an_incoming_call_in_every_bit_order() {
    for variant in Variant::ALL {
        let mut s = Scenario::new(Pri);
        s.variant = variant;
        incoming(&mut s, 18);
        clear(&mut s, 9_000, Network, Network, 1);
        let told = s.told(10_000);
        let call = only(&told);
        assert_eq!(
            (call.direction, call.dialled.as_str()),
            (Direction::Incoming, "3730")
        );
        let caller = call.caller.as_ref().expect("a caller");
        assert_eq!(
            caller.number.as_ref().map(Digits::as_str),
            Some("601000001")
        );
        assert!(
            near(Some(call.start), 500) && near(call.answered, 2_000),
            "{call:?}"
        );
        assert!(near(call.end, 9_000), "{call:?}");
        assert_eq!((call.timeslot, call.cause), (Some(18), Some(16)));
        assert_eq!(segments(call), [(18, 20, 90)]);
        let locked = told
            .notices
            .iter()
            .filter(|n| matches!(n, Notice::Locked { variant: found, .. } if *found == variant));
        assert_eq!(locked.count(), 2, "{:?}", told.notices);
    }
}

#[test]
fn an_outgoing_overlap_call_with_withheld_number_and_connected_line() {
    let mut s = Scenario::new(Bri);
    let setup = s
        .message(User, User, 1, Kind::Setup)
        .audio()
        .channel(1, false);
    s.say(
        500,
        User,
        64,
        setup.calling(0x21, 0x20, "523730001").called(0x01, "0"),
    );
    let more = s
        .message(Network, User, 1, Kind::SetupAcknowledge)
        .channel(2, true);
    s.say(700, Network, 64, more);
    for (n, digit) in ["22", "5", "5501", "00"].iter().enumerate() {
        let digits = s
            .message(User, User, 1, Kind::Information)
            .called(0x01, digit);
        s.say(1_000 + 200 * n as u64, User, 64, digits);
    }
    s.say(
        2_000,
        Network,
        64,
        s.message(Network, User, 1, Kind::CallProceeding),
    );
    let connect = s
        .message(Network, User, 1, Kind::Connect)
        .connected(0x21, 0x03, "225550101");
    s.say(4_000, Network, 64, connect);
    let key = s
        .message(User, User, 1, Kind::Information)
        .called(0x01, "9");
    s.say(5_000, User, 64, key);
    s.say(
        7_000,
        User,
        64,
        s.message(User, User, 1, Kind::Disconnect).cause(16),
    );
    let told = s.told(9_000);
    let call = only(&told);
    assert_eq!(
        (call.direction, call.dialled.as_str()),
        (Direction::Outgoing, "0225550100")
    );
    assert_eq!(
        call.connected.as_ref().map(Digits::as_str),
        Some("225550101")
    );
    let caller = call.caller.as_ref().expect("a caller");
    assert_eq!(caller.presentation, Presentation::Restricted);
    assert_eq!(
        caller.number.as_ref().map(Digits::as_str),
        Some("523730001")
    );
    assert_eq!(segments(call), [(2, 40, 70)]);
}

#[test]
fn an_offer_no_one_takes_up_ends_by_itself() {
    let mut s = Scenario::new(Bri);
    for at in [500, 4_500] {
        let setup = s
            .message(Network, Network, 1, Kind::Setup)
            .audio()
            .channel(1, true);
        s.broadcast(at, setup.called(0x41, "3730"));
    }
    let told = s.told(20_000);
    let call = only(&told);
    assert_eq!(
        (call.cause, call.end_reason),
        (None, Some(EndReason::RingStopped))
    );
    assert!(near(call.end, 8_500), "{:?}", call.end);
    assert_eq!(
        call.caller.as_ref().map(|c| c.presentation),
        Some(Presentation::Unavailable)
    );
}

#[test]
fn two_terminals_ring_and_one_answers() {
    let mut s = Scenario::new(Bri);
    let setup = || {
        let setup = Scenario::new(Bri).message(Network, Network, 1, Kind::Setup);
        setup
            .audio()
            .channel(2, true)
            .called(0x41, "3730")
            .redirecting(0x21, 15, "523730009")
    };
    s.broadcast(500, setup());
    s.say(700, User, 64, s.message(User, Network, 1, Kind::Alerting));
    s.say(800, User, 65, s.message(User, Network, 1, Kind::Alerting));
    s.say(3_000, User, 65, s.message(User, Network, 1, Kind::Connect));
    s.say(
        3_200,
        Network,
        65,
        s.message(Network, Network, 1, Kind::ConnectAcknowledge),
    );
    s.say(
        3_400,
        Network,
        64,
        s.message(Network, Network, 1, Kind::Release).cause(26),
    );
    s.say(
        3_600,
        User,
        64,
        s.message(User, Network, 1, Kind::ReleaseComplete),
    );
    s.say(
        8_000,
        User,
        65,
        s.message(User, Network, 1, Kind::Disconnect).cause(16),
    );
    let told = s.told(10_000);
    let call = only(&told);
    assert_eq!(
        call.redirecting.as_ref().map(Digits::as_str),
        Some("523730009")
    );
    assert!(
        near(call.answered, 3_000) && near(call.end, 8_000),
        "{call:?}"
    );
    assert_eq!(segments(call), [(2, 30, 80)]);
}

#[test]
fn one_terminal_refuses_while_another_rings_and_the_caller_gives_up() {
    let mut s = Scenario::new(Bri);
    let setup = s
        .message(Network, Network, 1, Kind::Setup)
        .audio()
        .channel(1, true);
    s.broadcast(500, setup.called(0x41, "3730"));
    s.say(
        700,
        User,
        64,
        s.message(User, Network, 1, Kind::ReleaseComplete).cause(17),
    );
    s.say(2_500, User, 65, s.message(User, Network, 1, Kind::Alerting));
    s.say(
        7_000,
        Network,
        65,
        s.message(Network, Network, 1, Kind::Release).cause(16),
    );
    let told = s.told(9_000);
    assert_eq!((only(&told).cause, only(&told).answered), (Some(16), None));
    assert!(near(only(&told).end, 7_000));
}

#[test]
fn all_terminals_refuse() {
    let mut s = Scenario::new(Bri);
    let setup = s
        .message(Network, Network, 1, Kind::Setup)
        .audio()
        .channel(1, true);
    s.broadcast(500, setup.called(0x41, "3730"));
    for tei in [64, 65] {
        let at = 700 + 100 * u64::from(tei - 64);
        s.say(
            at,
            User,
            tei,
            s.message(User, Network, 1, Kind::ReleaseComplete).cause(17),
        );
    }
    let told = s.told(9_000);
    assert_eq!(only(&told).cause, Some(17));
    assert!(near(only(&told).end, 800), "{:?}", only(&told).end);
}

#[test]
fn data_calls_are_told_without_audio_and_repeated_offers_once() {
    let mut s = Scenario::new(Bri);
    for at in [500, 4_500] {
        let setup = s
            .message(Network, Network, 1, Kind::Setup)
            .data()
            .channel(1, true);
        s.broadcast(at, setup.called(0x41, "3730"));
    }
    s.say(5_000, User, 64, s.message(User, Network, 1, Kind::Connect));
    s.say(
        8_000,
        User,
        64,
        s.message(User, Network, 1, Kind::Disconnect).cause(16),
    );
    let told = s.told(9_000);
    assert!(!only(&told).audio);
    assert!(near(Some(only(&told).start), 500));
}

#[test]
fn calls_under_way_at_the_start() {
    let mut s = Scenario::new(Pri);
    s.say(1_000, User, 0, s.message(User, Network, 7, Kind::Hold));
    s.say(
        1_100,
        Network,
        0,
        s.message(Network, Network, 7, Kind::HoldAcknowledge),
    );
    let back = s
        .message(Network, Network, 7, Kind::RetrieveAcknowledge)
        .channel(3, true);
    s.say(3_000, Network, 0, back);
    clear(&mut s, 5_000, Network, Network, 7);
    clear(&mut s, 6_000, User, User, 8);
    // The rest of a call that was over before: no call.
    s.say(
        7_000,
        User,
        0,
        s.message(User, User, 9, Kind::Release).cause(16),
    );
    s.say(
        7_100,
        Network,
        0,
        s.message(Network, User, 9, Kind::ReleaseComplete),
    );
    let told = s.told(8_000);
    assert_eq!(told.calls.len(), 2, "{:?}", told.calls);
    assert_eq!(told.calls[0].direction, Direction::Incoming);
    assert_eq!(segments(&told.calls[0]), [(3, 30, 50)]);
    assert_eq!(told.calls[1].direction, Direction::Outgoing);
    assert_eq!(told.calls[1].cause, Some(16));
}

#[test]
fn swapped_receivers_are_noticed_and_directions_stay_right() {
    let mut s = Scenario::new(Pri);
    incoming(&mut s, 18);
    clear(&mut s, 9_000, User, Network, 1);
    let [network, user] = s.streams(10_000);
    let told = isdn_support::play(Pri, &user, &network, &[160]);
    assert_eq!(only(&told).direction, Direction::Incoming);
    assert!(
        told.notices
            .iter()
            .any(|n| matches!(n, Notice::Swapped { swapped: true, .. }))
    );
}

#[test]
fn a_link_reset_ends_no_call_and_a_lost_d_channel_says_so() {
    let mut s = Scenario::new(Pri);
    incoming(&mut s, 18);
    let [sabme, ua] = s.links().establish(Network, 0);
    s.put(3_000, sabme);
    s.put(3_020, ua);
    clear(&mut s, 60_000, User, Network, 1);
    let told = s.told(61_000);
    assert_eq!(segments(only(&told)), [(18, 20, 600)]);
    let lost = told
        .notices
        .iter()
        .filter(|n| matches!(n, Notice::Lost { .. }))
        .count();
    let back = told
        .notices
        .iter()
        .filter(|n| matches!(n, Notice::Back { .. }))
        .count();
    assert_eq!((lost, back), (1, 1));
}

#[test]
fn digits_stay_in_order_when_a_frame_is_sent_again() {
    let mut s = Scenario::new(Pri);
    let setup = s
        .message(User, User, 1, Kind::Setup)
        .audio()
        .channel(1, true);
    s.say(500, User, 0, setup.called(0x01, "2"));
    let digit = |s: &Scenario, d: &str| s.message(User, User, 1, Kind::Information).called(0x01, d);
    // 3 is damaged on the line: both ends and the tap miss it; 4 overtakes it.
    let three = digit(&s, "3");
    let three = s.frame(User, three);
    let four = digit(&s, "4");
    let four = s.frame(User, four);
    let reject = s.links().reject(Network, 0, 1);
    s.put(1_050, four.clone());
    s.put(1_100, reject);
    s.put(1_150, three);
    s.put(1_200, four);
    let ready = s.links().ready(Network, 0);
    s.put(1_250, ready);
    clear(&mut s, 3_000, User, User, 1);
    assert_eq!(only(&s.told(4_000)).dialled.as_str(), "234");
}

#[test]
fn every_call_begins_changes_and_ends_under_one_key() {
    let mut s = Scenario::new(Pri);
    incoming(&mut s, 18);
    clear(&mut s, 9_000, Network, Network, 1);
    let told = s.told(10_000);
    let words: Vec<_> = told
        .events
        .iter()
        .map(|event| match event {
            CallEvent::Began { key, .. } => (key.0, "began"),
            CallEvent::Changed { key, .. } => (key.0, "changed"),
            CallEvent::Ended { key, .. } => (key.0, "ended"),
            CallEvent::Withdrawn { key } => (key.0, "withdrawn"),
        })
        .collect();
    assert_eq!(words, [(1, "began"), (1, "changed"), (1, "ended")]);
}
