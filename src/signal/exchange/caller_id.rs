//! Caller ID as the exchange sends it: MDMF (ETSI EN 300 659-3) by V.23 at 1200 baud
//! (EN 300 659-1): 300 bits of channel seizure, 180 of mark, then the message.

use std::sync::Arc;

use super::cue::{sine, step};
use crate::words::{Caller, Dbm0, Presentation};

const MARK_HZ: f64 = 1_300.0;
const SPACE_HZ: f64 = 2_100.0;
/// 1200 baud at 8 kHz: three bits in twenty samples.
const BITS_PER_SAMPLE: f64 = 0.15;

/// The whole transmission for `caller`, at this minute after 10 o'clock on the first of December.
pub(super) fn transmission(caller: &Caller, minute: u64, level: Dbm0) -> Arc<[f32]> {
    modulate(&bits(&message(caller, minute)), level.sine_peak())
}

/// The message with its checksum.
fn message(caller: &Caller, minute: u64) -> Vec<u8> {
    let mut content = Vec::new();
    let mut parameter = |kind: u8, text: &str| {
        content.extend([kind, text.len() as u8]);
        content.extend(text.bytes());
    };
    let clock = format!("1201{:02}{:02}", (10 + minute / 60) % 24, minute % 60);
    parameter(0x01, &clock);
    match (&caller.number, caller.presentation) {
        (_, Presentation::Restricted) => parameter(0x04, "P"),
        (Some(number), Presentation::Allowed) => parameter(0x02, number.as_str()),
        _ => parameter(0x04, "O"),
    }
    if let Some(name) = &caller.name {
        let printable: String = name.chars().filter(char::is_ascii).take(50).collect();
        parameter(0x07, &printable);
    }
    let mut message = vec![0x80, content.len() as u8];
    message.extend(content);
    let sum = message
        .iter()
        .fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    message.push(sum.wrapping_neg());
    message
}

fn bits(message: &[u8]) -> Vec<bool> {
    let mut bits: Vec<bool> = (0..300).map(|n| n % 2 == 1).collect();
    bits.extend([true; 180]);
    for byte in message {
        bits.push(false);
        bits.extend((0..8).map(|bit| byte >> bit & 1 == 1));
        bits.push(true);
    }
    // The last stop bit must reach the receiver whole.
    bits.extend([true; 8]);
    bits
}

/// Phase-continuous; a bit's edge inside a sample turns the phase by its share.
fn modulate(bits: &[bool], peak: f32) -> Arc<[f32]> {
    let hz = |bit: usize| match bits.get(bit) {
        Some(false) => SPACE_HZ,
        _ => MARK_HZ,
    };
    let length = (bits.len() as f64 / BITS_PER_SAMPLE) as usize;
    let mut phase = 0u32;
    (0..length)
        .map(|n| {
            let sample = peak * sine(phase);
            let (from, to) = (n as f64 * BITS_PER_SAMPLE, (n + 1) as f64 * BITS_PER_SAMPLE);
            let edge = to.floor().max(from);
            let share = (edge - from) / BITS_PER_SAMPLE;
            let mean = share * hz(from as usize) + (1.0 - share) * hz(edge as usize);
            phase = phase.wrapping_add(step(mean));
            sample
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Digits;

    #[test]
    fn the_message_is_mdmf_with_a_checksum() {
        let caller = Caller {
            number: Some(Digits::from_text("270000001")),
            name: Some("Urzad".to_owned()),
            presentation: Presentation::Allowed,
        };
        let message = message(&caller, 75);
        assert_eq!(message[0], 0x80);
        assert_eq!(usize::from(message[1]), message.len() - 3);
        assert_eq!(&message[2..12], b"\x01\x0812011115");
        assert_eq!(&message[12..23], b"\x02\x09270000001");
        assert_eq!(&message[23..30], b"\x07\x05Urzad");
        assert_eq!(message.iter().fold(0u8, |sum, b| sum.wrapping_add(*b)), 0);
    }

    #[test]
    fn a_withheld_number_is_not_sent() {
        let caller = Caller {
            number: Some(Digits::from_text("270000001")),
            name: None,
            presentation: Presentation::Restricted,
        };
        let message = message(&caller, 0);
        assert!(message.windows(3).any(|w| w == b"\x04\x01P"));
        assert!(!message.windows(4).any(|w| w == b"2700"));
    }
}
