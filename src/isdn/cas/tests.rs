use super::*;

/// Timeslot 16 of one direction: all channels idle but one, whose bits change at these times.
fn stream(timeslot: u8, changes: &[(u64, Abcd)], samples: u64) -> Vec<u8> {
    let bits_at = |at: u64| {
        let past = changes.iter().rev().find(|(from, _)| *from <= at);
        past.map_or(0b1001, |(_, bits)| *bits)
    };
    let octet = |at: u64| {
        let frame = (at % 16) as u8;
        if frame == 0 {
            return 0x0B;
        }
        let bits = |slot: u8| {
            if slot == timeslot {
                bits_at(at)
            } else {
                0b1001
            }
        };
        bits(frame) << 4 | bits(frame + 16)
    };
    (0..samples).map(octet).collect()
}

fn run(network: &[u8], user: &[u8], digits: &str, timeslot: u8) -> Vec<CallFacts> {
    run_with(Patterns::default(), network, user, digits, timeslot)
}

fn run_with(
    patterns: Patterns,
    network: &[u8],
    user: &[u8],
    digits: &str,
    timeslot: u8,
) -> Vec<CallFacts> {
    let mut line = CasLine::new(patterns);
    let mut ended = Vec::new();
    for (n, (net, usr)) in network.chunks(50).zip(user.chunks(50)).enumerate() {
        let at = SampleTime(n as u64 * 50);
        line.push(Side::Network, net, at);
        line.push(Side::User, usr, at);
        if at.0 == 4_000 {
            let digits = digits.chars().filter_map(Digit::from_char);
            digits.for_each(|digit| line.digit(Side::User, timeslot, digit));
        }
        while let Some(event) = line.poll() {
            if let CallEvent::Ended { facts, .. } = event {
                ended.push(facts);
            }
        }
    }
    ended
}

#[test]
fn an_outgoing_call_by_r2_line_signals() {
    for timeslot in [1, 15, 17, 31] {
        let user = stream(timeslot, &[(1_600, 0b0001), (40_000, 0b1001)], 60_000);
        let back = [(1_800, 0b1101), (16_000, 0b0101), (40_400, 0b1001)];
        let calls = run(&stream(timeslot, &back, 60_000), &user, "523", timeslot);
        let [call] = &calls[..] else {
            panic!("{calls:?}");
        };
        assert_eq!(call.direction, Direction::Outgoing);
        assert_eq!(
            (call.timeslot, call.dialled.as_str()),
            (Some(timeslot), "523")
        );
        let near = |found: Option<SampleTime>, truth: u64| {
            found.is_some_and(|t| t.0.abs_diff(truth) <= 16)
        };
        assert!(
            near(Some(call.start), 1_600) && near(call.answered, 16_000),
            "{call:?}"
        );
        assert!(near(call.end, 40_000), "{call:?}");
    }
}

#[test]
fn clear_back_ends_an_incoming_call_and_glitches_do_not() {
    let net = [
        (1_600, 0b0001),
        (20_000, 0b1001),
        (20_064, 0b0001),
        (41_000, 0b1001),
    ];
    let user = [
        (1_800, 0b1101),
        (16_000, 0b0101),
        (40_000, 0b1101),
        (42_000, 0b1001),
    ];
    let calls = run(&stream(5, &net, 60_000), &stream(5, &user, 60_000), "", 5);
    let [call] = &calls[..] else {
        panic!("{calls:?}");
    };
    assert_eq!(call.direction, Direction::Incoming);
    assert!(
        call.end.is_some_and(|end| end.0.abs_diff(40_000) <= 16),
        "{call:?}"
    );
}

#[test]
fn no_answer_is_no_segment() {
    let net = [(1_600, 0b0001), (30_000, 0b1001)];
    let user = [(1_800, 0b1101), (30_100, 0b1001)];
    let calls = run(&stream(9, &net, 40_000), &stream(9, &user, 40_000), "", 9);
    assert_eq!(calls.len(), 1);
    assert_eq!((calls[0].answered, calls[0].segments.len()), (None, 0));
}

#[test]
fn pulses_by_bits_are_digits_and_a_long_break_clears() {
    let mut changes = vec![(1_600, 0b0001)];
    let mut at = 8_000;
    for count in [3, 10, 1] {
        for _ in 0..count {
            changes.extend([(at, 0b1001), (at + 480, 0b0001)]);
            at += 800;
        }
        at += 4_800;
    }
    changes.push((60_000, 0b1001));
    let patterns = Patterns {
        pulse: Some(0b1001),
        ..Patterns::default()
    };
    let user = stream(7, &changes, 80_000);
    let network = stream(7, &[(1_800, 0b1101), (60_200, 0b1001)], 80_000);
    let calls = run_with(patterns, &network, &user, "", 7);
    let [call] = &calls[..] else {
        panic!("{calls:?}");
    };
    assert_eq!(call.dialled.as_str(), "301");
    assert!(
        call.end.is_some_and(|end| end.0.abs_diff(60_000) <= 32),
        "{call:?}"
    );
    let without = run(&network, &user, "", 7);
    assert!(
        without[0].end.is_some_and(|end| end.0 < 10_000),
        "R2 without pulses takes the first break for the end"
    );
}

#[test]
fn digits_of_the_called_end_are_not_dialled_and_a_call_may_be_closed() {
    let mut line = CasLine::new(Patterns::default());
    let user = stream(3, &[(1_600, 0b0001)], 8_000);
    line.push(Side::Network, &stream(3, &[], 8_000), SampleTime(0));
    line.push(Side::User, &user, SampleTime(0));
    let Some(CallEvent::Began { key, .. }) = line.poll() else {
        panic!("no call");
    };
    let five = Digit::from_char('5').expect("a digit");
    line.digit(Side::Network, 3, five);
    assert_eq!(line.poll(), None);
    line.close(key, SampleTime(7_000), EndReason::Silence);
    let ended = line.poll();
    assert!(
        matches!(ended, Some(CallEvent::Ended { facts, .. }) if facts.end_reason == Some(EndReason::Silence))
    );
}
