//! Against a framer that looks at one bit after the other, as the standard tells it.

use proptest::prelude::*;

use super::*;
use crate::isdn::encode::{Fill, HdlcWriter};
use crate::isdn::lapd;

/// What Q.921 2 says of each bit, in its words.
#[derive(Default)]
struct BitByBit {
    ones: u32,
    open: Option<(u64, Vec<bool>)>,
}

impl BitByBit {
    /// The frames in these octets: octet of the opening flag, octet of completion, content.
    fn frames(octets: &[u8]) -> Vec<(u64, u64, Vec<u8>)> {
        let (mut framer, mut found) = (Self::default(), Vec::new());
        for (at, octet) in (0u64..).zip(octets) {
            for place in (0..8).rev() {
                let frame = framer.bit(octet >> place & 1 == 1, at);
                found.extend(frame.map(|(opened, frame)| (opened, at + 1, frame)));
            }
        }
        found
    }

    fn bit(&mut self, bit: bool, at: u64) -> Option<(u64, Vec<u8>)> {
        let ones = self.ones;
        self.ones = if bit { ones + 1 } else { 0 };
        if self.ones == 7 {
            self.open = None;
        }
        if !bit && ones == 6 {
            let (opened, bits) = self.open.replace((at, Vec::new()))?;
            return Some((opened, Self::whole(&bits)?));
        }
        if (bit || ones != 5)
            && let Some((_, bits)) = &mut self.open
        {
            bits.push(bit);
        }
        None
    }

    /// Its closing flag left a zero and six ones among the bits.
    fn whole(bits: &[bool]) -> Option<Vec<u8>> {
        let bits = &bits[..bits.len().checked_sub(7)?];
        if !bits.len().is_multiple_of(8) {
            return None;
        }
        let octet = |eight: &[bool]| (0..8).fold(0, |o, n| o | u8::from(eight[n]) << n);
        let frame: Vec<u8> = bits.chunks(8).map(octet).collect();
        let fits = (MIN_FRAME..=MAX_FRAME).contains(&frame.len());
        (fits && fcs::intact(&frame)).then(|| frame[..frame.len() - 2].to_vec())
    }
}

/// The same from the framer, its input cut into these sizes in turn.
fn frames(variant: Variant, octets: &[u8], cuts: &[usize]) -> Vec<(u64, u64, Vec<u8>)> {
    let (mut framer, mut found, mut at) = (Deframer::new(variant), Vec::new(), 0);
    for cut in cuts.iter().cycle() {
        let end = (at + cut).min(octets.len());
        while at < end {
            let (used, outcome) = framer.push(&octets[at..end]);
            at += used;
            if outcome == Some(Outcome::Frame) {
                found.push((framer.frame_opened(), at as u64, framer.frame().to_vec()));
            }
        }
        if at == octets.len() {
            break;
        }
    }
    found
}

/// What a line may carry: frames of all lengths, fill, shared flags, aborts, noise.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let frame = prop::collection::vec(any::<u8>(), 0..300);
    let dense = prop::collection::vec(prop::sample::select(vec![0xFFu8, 0x7E, 0x1F, 0xF8]), 3..64);
    let bits = prop::collection::vec(any::<bool>(), 0..40);
    let shared = Just(
        [0, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0]
            .map(|b| b == 1)
            .to_vec(),
    );
    let part = prop_oneof![
        4 => prop_oneof![frame, dense].prop_map(|frame| (Some(frame), Vec::new(), 0)),
        1 => prop_oneof![bits, shared].prop_map(|bits| (None, bits, 0)),
        1 => (0usize..40).prop_map(|fill| (None, Vec::new(), fill)),
    ];
    let fill = prop::sample::select(vec![Fill::Flags, Fill::Ones]);
    (fill, prop::collection::vec(part, 1..12)).prop_map(|(fill, parts)| {
        let (mut writer, mut octets) = (HdlcWriter::new(fill, Variant::default()), Vec::new());
        for (frame, bits, fill) in parts {
            if let Some(frame) = frame {
                writer.queue(&frame);
            }
            writer.queue_bits(bits);
            let mut idle = fill;
            while !writer.is_idle() || idle > 0 {
                idle = if writer.is_idle() { idle - 1 } else { idle };
                octets.push(0);
                let last = octets.len() - 1;
                writer.fill(&mut octets[last..]);
            }
        }
        octets
    })
}

/// The frames of a line whose order is unknown, until one is locked onto and then of that order: by
/// [`Hunt`] and its follower, the input cut into these sizes in turn.
fn hunted(octets: &[u8], cuts: &[usize], but: Option<Variant>) -> Vec<Found> {
    let (mut hunt, mut framer, mut found, mut at) = (Hunt::new(lapd::may_begin), None, vec![], 0);
    for cut in cuts.iter().cycle() {
        let end = (at + cut).min(octets.len());
        while at < end {
            let complete = match &mut framer {
                None => {
                    let (used, newcomer) = hunt.push(&octets[at..end], but);
                    at += used;
                    framer = newcomer;
                    framer.is_some()
                }
                Some(framer) => {
                    let (used, outcome) = framer.push(&octets[at..end]);
                    at += used;
                    outcome == Some(Outcome::Frame)
                }
            };
            if let Some(framer) = framer.as_ref().filter(|_| complete) {
                let frame = (framer.frame_opened(), at as u64, framer.frame().to_vec());
                found.push((framer.variant(), frame));
            }
        }
        if at == octets.len() {
            break;
        }
    }
    found
}

/// The same, bit by bit.
fn hunted_bit_by_bit(octets: &[u8], but: Option<Variant>) -> Vec<Found> {
    let all = Variant::ALL.into_iter().filter(|order| Some(*order) != but);
    let of = |order: Variant| {
        let wire: Vec<u8> = octets.iter().map(|octet| order.apply(*octet)).collect();
        let frames = BitByBit::frames(&wire).into_iter();
        let from = frames.skip_while(|(_, _, frame)| !lapd::may_begin(frame));
        from.map(|frame| (order, frame)).collect::<Vec<_>>()
    };
    let first = |frames: &Vec<Found>| frames.first().map_or(u64::MAX, |(_, (_, end, _))| *end);
    all.map(of).min_by_key(first).unwrap_or_default()
}

type Found = (Variant, (u64, u64, Vec<u8>));

/// LAPD frames, some of the shortest, among what a line may carry.
fn addressed() -> impl Strategy<Value = Vec<u8>> {
    let address = prop::sample::select(vec![
        [0u8, 1],
        [2, 1],
        [0, 0x81],
        [2, 0xFF],
        [0xFC, 0xFF],
        [0xFE, 0xFF],
    ]);
    let frame = (
        address,
        0u8..=255,
        prop::collection::vec(any::<u8>(), 0..12),
    )
        .prop_map(|(address, control, info)| [&address[..], &[control], &info].concat());
    let bits = prop::collection::vec(any::<bool>(), 0..40);
    let part = prop_oneof![
        3 => frame.prop_map(|frame| (Some(frame), vec![])),
        2 => bits.prop_map(|bits| (None, bits)),
    ];
    let fill = prop::sample::select(vec![Fill::Flags, Fill::Ones]);
    (fill, prop::collection::vec(part, 1..8)).prop_map(|(fill, parts)| {
        let mut writer = HdlcWriter::new(fill, Variant::default());
        for (frame, bits) in parts {
            writer.queue_bits(bits);
            if let Some(frame) = frame {
                writer.queue(&frame);
            }
        }
        let mut octets = vec![0; writer.waiting() + 2];
        writer.fill(&mut octets);
        octets
    })
}

proptest! {
    #[test]
    fn the_first_frame_of_any_order_is_found_and_followed(
        octets in prop_oneof![addressed(), line()],
        cuts in prop::collection::vec(1usize..40, 1..8),
        which in 0usize..4,
        but in prop::option::of(0usize..4),
    ) {
        let but = but.map(|at| Variant::ALL[at]);
        let card: Vec<u8> = octets.iter().map(|octet| Variant::ALL[which].apply(*octet)).collect();
        prop_assert_eq!(hunted(&card, &cuts, but), hunted_bit_by_bit(&card, but));
    }

    #[test]
    fn frames_are_those_of_the_standard(
        octets in line(),
        cuts in prop::collection::vec(1usize..40, 1..8),
        which in 0usize..4,
    ) {
        let variant = Variant::ALL[which];
        let card: Vec<u8> = octets.iter().map(|octet| variant.apply(*octet)).collect();
        prop_assert_eq!(frames(variant, &card, &cuts), BitByBit::frames(&octets));
    }

    #[test]
    fn noise_holds_no_other_frames(octets in prop::collection::vec(any::<u8>(), 0..4_000)) {
        prop_assert_eq!(frames(Variant::default(), &octets, &[13]), BitByBit::frames(&octets));
    }

    #[test]
    fn what_is_no_frame_is_told_alike_however_cut(
        octets in prop::collection::vec(any::<u8>(), 0..2_000),
        cut in 1usize..40,
    ) {
        let told = |cut: usize| {
            let (mut framer, mut told, mut taken) = (Deframer::default(), Vec::new(), 0);
            for mut block in octets.chunks(cut) {
                while !block.is_empty() {
                    let (used, outcome) = framer.push(block);
                    taken += used;
                    told.extend(outcome.map(|outcome| (taken, outcome)));
                    block = &block[used..];
                }
            }
            told
        };
        prop_assert_eq!(told(cut), told(2_000));
    }
}

#[test]
fn the_longest_frame_is_read_and_one_octet_more_is_not() {
    for (length, ones) in [
        (MAX_FRAME, 0xFF),
        (MAX_FRAME, 0),
        (MAX_FRAME + 1, 0xFF),
        (MAX_FRAME + 1, 0),
    ] {
        let mut writer = HdlcWriter::new(Fill::Flags, Variant::default());
        writer.queue(&vec![ones; length - 2]);
        let mut octets = vec![0; 400];
        writer.fill(&mut octets);
        assert_eq!(
            frames(Variant::default(), &octets, &[400]).len(),
            usize::from(length == MAX_FRAME)
        );
    }
}

#[test]
fn noise_without_a_flag_is_no_endless_frame() {
    let mut framer = Deframer::default();
    let octets = [&[0x7E][..], &[0xD5; 400], &[0x7E]].concat();
    assert_eq!(framer.push(&octets), (322, Some(Outcome::Bad)));
    assert_eq!(framer.push(&octets[322..]), (80, None));
}

/// A stretch of one repeated octet is stepped over only where it closes or lengthens nothing.
#[test]
fn frames_of_one_repeated_octet_are_read() {
    for octet in [0, 0x01, 0x55, 0xAA, 0xFF] {
        for lead in 0..16 {
            let mut writer = HdlcWriter::new(Fill::Flags, Variant::default());
            writer.queue_bits(vec![false; lead]);
            let frame = vec![octet; 100];
            writer.queue(&frame);
            let mut octets = vec![0; 160];
            writer.fill(&mut octets);
            let found = frames(Variant::default(), &octets, &[160]);
            assert_eq!(found, BitByBit::frames(&octets), "{octet:x} behind {lead}");
            assert_eq!(found.len(), 1, "{octet:x} behind {lead}");
        }
    }
}

/// What is closed just before it becomes too long leaves the frame behind it alone.
#[test]
fn the_frame_behind_the_longest_is_read() {
    for bits in MAX_BITS - 80..MAX_BITS + 24 {
        let mut writer = HdlcWriter::new(Fill::Flags, Variant::default());
        writer.queue_bits((0..bits).map(|bit| bit % 3 == 0));
        let frame = [0, 1, 0, 0, 8, 2];
        writer.queue(&frame);
        let mut octets = vec![0; 400];
        writer.fill(&mut octets);
        let octets = [&[0x7E], &octets[..]].concat();
        let found = frames(Variant::default(), &octets, &[400]);
        assert_eq!(found, BitByBit::frames(&octets), "{bits}");
        assert_eq!(found.len(), 1, "{bits}");
    }
}
