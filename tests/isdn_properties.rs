//! What holds for any octets on an ISDN line: the same events however the input is cut, no panic,
//! bounded memory.

mod isdn_support;

use isdn_support::scenario::Scenario;
use isdn_support::{Told, play};
use linetap::isdn::Side::{self, Network, User};
use linetap::isdn::cas::{CasLine, Patterns};
use linetap::isdn::e1cap::{RecorderChunks, TracerChunks};
use linetap::isdn::q931::{Message, MessageKind as Kind};
use linetap::isdn::{DChannel, Interface, MEMORY_BOUND, Options, Variant, lapd, pcap};
use linetap::words::SampleTime;
use proptest::prelude::*;

/// A few calls, one of them on a bus, cleared or not.
fn streams(interface: Interface, variant: Variant) -> [Vec<u8>; 2] {
    let mut s = Scenario::new(interface);
    s.variant = variant;
    for value in 1..6 {
        let at = 400 * u64::from(value);
        let (from, to) = if value % 2 == 0 {
            (User, Network)
        } else {
            (Network, User)
        };
        let slot = value as u8;
        let setup = s
            .message(from, from, value, Kind::Setup)
            .audio()
            .channel(slot, false);
        s.say(
            at,
            from,
            0,
            setup.called(0x41, "3730").calling(0x21, 3, "601000001"),
        );
        s.say(at + 100, to, 0, s.message(to, from, value, Kind::Connect));
        if value < 4 {
            s.say(
                at + 300,
                to,
                0,
                s.message(to, from, value, Kind::Disconnect).cause(16),
            );
        }
    }
    s.streams(3_500)
}

/// Flips bits of a stream at places told by numbers.
fn damage(stream: &mut [u8], places: &[(usize, u8)]) {
    for &(at, bit) in places {
        let at = at % stream.len();
        stream[at] ^= 1 << (bit % 8);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_cut_tells_the_same(
        blocks in prop::collection::vec(1usize..3_000, 1..9),
        places in prop::collection::vec((0usize..30_000, 0u8..8), 0..60),
        primary: bool,
        order in 0usize..4,
    ) {
        let interface = if primary { Interface::Pri } else { Interface::Bri };
        let [mut network, mut user] = streams(interface, Variant::ALL[order]);
        damage(&mut network, &places);
        damage(&mut user, &places);
        let whole = play(interface, &network, &user, &[usize::MAX >> 1]);
        let cut = play(interface, &network, &user, &blocks);
        prop_assert_eq!(&whole.events, &cut.events);
        prop_assert_eq!(&whole.calls, &cut.calls);
        if places.is_empty() {
            prop_assert_eq!(whole.calls.len(), 5);
        }
    }

    #[test]
    fn any_octets_are_read_without_panic(octets in prop::collection::vec(any::<u8>(), 0..4_000)) {
        for interface in [Interface::Pri, Interface::Bri] {
            let told = play(interface, &octets, &octets, &[7, 900]);
            prop_assert!(told.footprint <= MEMORY_BOUND);
        }
        let mut cas = CasLine::new(Patterns::default());
        cas.push(Network, &octets, SampleTime(0));
        cas.finish(SampleTime(1));
        let _ = (Message::parse(&octets), lapd::Frame::parse(&octets));
        prop_assert!(TracerChunks::new(&octets).count() <= octets.len());
        prop_assert!(RecorderChunks::new(&octets).count() <= octets.len());
        if let Ok(packets) = pcap::Packets::new(&octets) {
            prop_assert!(packets.count() <= octets.len());
        }
    }
}

/// The pseudo-random octets of a hostile line.
struct Noise(u64);

impl Noise {
    fn octet(&mut self) -> u8 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 56) as u8
    }
}

/// Valid frames with hostile content: every message kind, many references, long elements.
#[test]
fn hostile_messages_stay_within_the_bound() {
    let mut noise = Noise(1);
    for interface in [Interface::Pri, Interface::Bri] {
        let mut channel = DChannel::new(interface, Options::default());
        let mut told = Told::default();
        for n in 0..60_000u64 {
            let side = if noise.octet() < 128 { Network } else { User };
            let frame = hostile(side, &mut noise);
            channel.frame(side, &frame, SampleTime(n * 40));
            channel.advance(SampleTime(n * 40));
            told.gather(&mut channel);
            told.events.clear();
            told.notices.clear();
            told.calls.clear();
        }
        assert!(
            told.footprint > 10_000,
            "the line was not hostile: {}",
            told.footprint
        );
        assert!(told.footprint <= MEMORY_BOUND, "{}", told.footprint);
    }
}

fn hostile(side: Side, noise: &mut Noise) -> Vec<u8> {
    let cr = if side == Network { 2 } else { 0 };
    let mut frame = vec![cr, noise.octet() | 1, noise.octet() & !1, noise.octet()];
    let kind = Kind::NAMED[usize::from(noise.octet()) % Kind::NAMED.len()].0;
    frame.extend([8, 2, noise.octet(), noise.octet(), kind]);
    while frame.len() < 200 {
        let ids = [
            0x04, 0x08, 0x10, 0x18, 0x28, 0x2C, 0x4C, 0x6C, 0x70, 0x74, 0x79, 0x9E,
        ];
        let length = noise.octet() % 90;
        frame.extend([ids[usize::from(noise.octet()) % ids.len()], length]);
        frame.extend((0..length).map(|_| noise.octet()));
    }
    frame.truncate(264);
    frame
}

/// A gap is never bridged: two halves of different frames make no frame.
#[test]
fn a_gap_joins_nothing() {
    let [network, user] = streams(Interface::Pri, Variant::default());
    let mut channel = DChannel::new(Interface::Pri, Options::default());
    let mut told = Told::default();
    let gap = 9_000..14_000;
    for (at, (net, usr)) in network.iter().zip(&user).enumerate() {
        if !gap.contains(&at) {
            channel.push(Network, &[*net], SampleTime(at as u64));
            channel.push(User, &[*usr], SampleTime(at as u64));
        }
    }
    channel.finish(SampleTime(network.len() as u64));
    told.gather(&mut channel);
    let whole = play(Interface::Pri, &network, &user, &[100]);
    assert!(told.calls.len() <= whole.calls.len());
    let after = |t: &Told| {
        t.calls
            .iter()
            .filter(|c| c.start.0 > 14_500)
            .cloned()
            .collect::<Vec<_>>()
    };
    assert!(!after(&whole).is_empty());
    assert_eq!(
        after(&told),
        after(&whole),
        "times behind the gap are those of the line"
    );
}
