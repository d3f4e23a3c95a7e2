//! Against a framer that looks at one bit after the other, as the standard tells it.

use proptest::prelude::*;

use super::*;
use crate::isdn::encode::{Fill, HdlcWriter};

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

proptest! {
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
