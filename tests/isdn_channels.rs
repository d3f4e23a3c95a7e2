//! Which channel a call is on, and when it is there no more: hold, suspension, restart, collisions,
//! stale calls.

mod isdn_support;

use isdn_support::scenario::Scenario;
use isdn_support::scripts::{clear, incoming, near, only, restart, segments};
use linetap::isdn::Interface::{Bri, Pri};
use linetap::isdn::Side::{Network, User};
use linetap::isdn::q931::MessageKind as Kind;
use linetap::words::{Direction, EndReason};

#[test]
fn hold_and_retrieve_are_segments_of_one_call() {
    let mut s = Scenario::new(Pri);
    incoming(&mut s, 5);
    s.say(3_000, User, 0, s.message(User, Network, 1, Kind::Hold));
    s.say(
        3_100,
        Network,
        0,
        s.message(Network, Network, 1, Kind::HoldAcknowledge),
    );
    // Another call takes the free channel meanwhile.
    let setup = s
        .message(User, User, 1, Kind::Setup)
        .audio()
        .channel(5, false);
    s.say(3_500, User, 0, setup.called(0x41, "3731"));
    clear(&mut s, 4_000, User, User, 1);
    s.say(
        5_000,
        User,
        0,
        s.message(User, Network, 1, Kind::Retrieve)
            .channel(5, false),
    );
    let back = s
        .message(Network, Network, 1, Kind::RetrieveAcknowledge)
        .channel(7, true);
    s.say(5_100, Network, 0, back);
    clear(&mut s, 8_000, User, Network, 1);
    let told = s.told(9_000);
    assert_eq!(told.calls.len(), 2);
    assert_eq!(segments(&told.calls[0]), [(5, 20, 31), (7, 51, 80)]);
    assert_eq!(
        (told.calls[0].timeslot, told.calls[0].cause),
        (Some(7), Some(16))
    );
    assert_eq!(told.calls[1].dialled.as_str(), "3731");
}

#[test]
fn a_suspended_call_goes_on_under_a_new_reference() {
    let mut s = Scenario::new(Bri);
    incoming(&mut s, 1);
    s.say(
        3_000,
        User,
        0,
        s.message(User, Network, 1, Kind::Suspend)
            .element(0x10, &[7]),
    );
    s.say(
        3_200,
        Network,
        0,
        s.message(Network, Network, 1, Kind::SuspendAcknowledge),
    );
    s.say(
        6_000,
        User,
        0,
        s.message(User, User, 9, Kind::Resume).element(0x10, &[7]),
    );
    let resumed = s
        .message(Network, User, 9, Kind::ResumeAcknowledge)
        .channel(2, true);
    s.say(6_200, Network, 0, resumed);
    clear(&mut s, 9_000, Network, User, 9);
    let told = s.told(10_000);
    let call = only(&told);
    assert_eq!(call.direction, Direction::Incoming);
    assert_eq!(segments(call), [(1, 20, 32), (2, 62, 90)]);
}

#[test]
fn restart_of_a_channel_and_of_the_interface() {
    for (class, ended) in [(0x80, 1), (0x87, 2), (0x86, 2)] {
        let mut s = Scenario::new(Pri);
        incoming(&mut s, 5);
        let setup = s
            .message(User, User, 1, Kind::Setup)
            .audio()
            .channel(6, true);
        s.say(3_000, User, 0, setup.called(0x21, "225550102"));
        s.say(
            3_500,
            Network,
            0,
            s.message(Network, User, 1, Kind::Connect),
        );
        restart(&mut s, 5_000, 5, class);
        let told = s.told(6_000);
        assert_eq!(told.calls.len(), 2);
        let restarted: Vec<_> = told
            .calls
            .iter()
            .filter(|c| c.end_reason == Some(EndReason::Restart))
            .collect();
        assert_eq!(restarted.len(), ended, "class {class:x}");
        assert!(
            restarted
                .iter()
                .all(|c| near(c.end, 5_000) && c.cause.is_none())
        );
        let rest = told
            .calls
            .iter()
            .filter(|c| c.end_reason == Some(EndReason::EndOfInput));
        assert_eq!(rest.count(), 2 - ended);
    }
}

#[test]
fn equal_references_and_colliding_offers() {
    let mut s = Scenario::new(Pri);
    let theirs = s
        .message(Network, Network, 3, Kind::Setup)
        .audio()
        .channel(9, false);
    s.say(500, Network, 0, theirs.called(0x41, "3730"));
    let ours = s
        .message(User, User, 3, Kind::Setup)
        .audio()
        .channel(9, false);
    s.say(502, User, 0, ours.called(0x21, "225550103"));
    s.say(
        600,
        User,
        0,
        s.message(User, Network, 3, Kind::CallProceeding)
            .channel(9, true),
    );
    s.say(
        620,
        Network,
        0,
        s.message(Network, User, 3, Kind::CallProceeding)
            .channel(10, true),
    );
    s.say(2_000, User, 0, s.message(User, Network, 3, Kind::Connect));
    s.say(
        2_500,
        Network,
        0,
        s.message(Network, User, 3, Kind::Connect),
    );
    clear(&mut s, 4_000, User, User, 3);
    clear(&mut s, 5_000, Network, Network, 3);
    let told = s.told(6_000);
    assert_eq!(told.calls.len(), 2);
    assert_eq!(segments(&told.calls[0]), [(9, 20, 50)]);
    assert_eq!(segments(&told.calls[1]), [(10, 25, 40)]);
    assert_eq!(told.calls[1].direction, Direction::Outgoing);
}

#[test]
fn a_call_set_up_on_a_busy_channel_closes_the_stale_one() {
    for (kind, cause) in [
        (Kind::ReleaseComplete, Some(17)),
        (Kind::CallProceeding, None),
    ] {
        let mut s = Scenario::new(Pri);
        incoming(&mut s, 5);
        let setup = s
            .message(Network, Network, 2, Kind::Setup)
            .audio()
            .channel(5, true);
        s.say(6_000, Network, 0, setup.called(0x41, "3733"));
        let response = s.message(User, Network, 2, kind);
        s.say(
            6_200,
            User,
            0,
            if cause.is_some() {
                response.cause(17)
            } else {
                response
            },
        );
        let told = s.told(7_000);
        assert_eq!(told.calls.len(), 2);
        assert_eq!(told.calls[0].end_reason, Some(EndReason::Superseded));
        assert!(near(told.calls[0].end, 6_000));
        assert_eq!((told.calls[1].cause, told.calls[1].answered), (cause, None));
        assert_eq!(
            (told.calls[1].timeslot, told.calls[1].segments.len()),
            (Some(5), 0)
        );
    }
}

#[test]
fn an_offer_on_a_busy_channel_that_is_refused_for_it_or_moved_closes_nothing() {
    for moved in [false, true] {
        let mut s = Scenario::new(Pri);
        incoming(&mut s, 5);
        let setup = s
            .message(User, User, 2, Kind::Setup)
            .audio()
            .channel(5, !moved);
        s.say(6_000, User, 0, setup.called(0x21, "225550104"));
        let answer = if moved {
            s.message(Network, User, 2, Kind::CallProceeding)
                .channel(6, true)
        } else {
            s.message(Network, User, 2, Kind::ReleaseComplete).cause(44)
        };
        s.say(6_200, Network, 0, answer);
        clear(&mut s, 8_000, User, Network, 1);
        let told = s.told(9_000);
        assert_eq!(told.calls.len(), 2);
        assert_eq!(segments(&told.calls[0]), [(5, 20, 80)]);
        assert_eq!(told.calls[1].timeslot, Some(if moved { 6 } else { 5 }));
    }
}

#[test]
fn a_call_cleared_long_after_a_restart_is_no_new_call() {
    let mut s = Scenario::new(Pri);
    incoming(&mut s, 5);
    restart(&mut s, 5_000, 5, 0x80);
    clear(&mut s, 30_000, User, Network, 1);
    assert_eq!(only(&s.told(31_000)).end_reason, Some(EndReason::Restart));
}
