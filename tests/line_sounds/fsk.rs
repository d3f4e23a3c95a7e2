//! Caller-ID bursts as an exchange sends them (ETSI EN 300 659-1).

use super::{Dice, Line, samples};
use linetap::words::{Dbm0, RATE_HZ};
use std::f64::consts::TAU;

/// How a burst is sent.
#[derive(Clone, Copy)]
pub struct Modem {
    pub level: f32,
    pub baud: f64,
    pub mark_hz: f64,
    pub space_hz: f64,
    /// Space over mark (dB).
    pub twist: f64,
    /// Alternating bits, then marks.
    pub seizure: usize,
    pub marks: usize,
    /// Marks between two bytes.
    pub stuffing: usize,
}

impl Default for Modem {
    fn default() -> Self {
        Self {
            level: -15.0,
            baud: 1_200.0,
            mark_hz: 1_300.0,
            space_hz: 2_100.0,
            twist: 0.0,
            seizure: 300,
            marks: 180,
            stuffing: 0,
        }
    }
}

impl Modem {
    fn bits(&self, message: &[u8]) -> Vec<bool> {
        let mut bits: Vec<bool> = (0..self.seizure).map(|n| n % 2 == 1).collect();
        bits.extend(vec![true; self.marks]);
        for byte in message {
            bits.push(false);
            bits.extend((0..8).map(|k| byte >> k & 1 == 1));
            bits.extend(vec![true; 1 + self.stuffing]);
        }
        bits.extend([true; 10]);
        bits
    }

    /// The burst alone.
    pub fn send(&self, message: &[u8]) -> Vec<f64> {
        let bits = self.bits(message);
        let rate = f64::from(RATE_HZ);
        let peak = f64::from(Dbm0(self.level).sine_peak());
        let half = 10f64.powf(self.twist / 40.0);
        let mut phase = 0.0;
        (0..(bits.len() as f64 / self.baud * rate) as usize)
            .map(|n| {
                let bit = bits[((n as f64 * self.baud / rate) as usize).min(bits.len() - 1)];
                let (hz, gain) = if bit {
                    (self.mark_hz, 1.0 / half)
                } else {
                    (self.space_hz, half)
                };
                phase += TAU * hz / rate;
                peak * gain * phase.sin()
            })
            .collect()
    }

    /// The burst with 0.3 s of nothing on each side.
    pub fn line(&self, message: &[u8]) -> Line {
        let burst = self.send(message);
        let mut line = Line(vec![0.0; burst.len() + samples(0.6)]);
        line.add(&burst, 0.0, 0.3);
        line
    }
}

/// Closes a message with its checksum.
pub fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut message = vec![kind, body.len() as u8];
    message.extend(body);
    let sum = message
        .iter()
        .fold(0u8, |sum, &byte| sum.wrapping_add(byte));
    message.push(sum.wrapping_neg());
    message
}

/// A parameter of an MDMF message.
pub fn parameter(kind: u8, value: &str) -> Vec<u8> {
    let mut parameter = vec![kind, value.len() as u8];
    parameter.extend(value.bytes());
    parameter
}

/// MDMF with date and number.
pub fn mdmf(number: &str) -> Vec<u8> {
    message(
        0x80,
        &[parameter(1, "01151234"), parameter(2, number)].concat(),
    )
}

/// SDMF with date and number.
pub fn sdmf(number: &str) -> Vec<u8> {
    message(4, format!("01151234{number}").as_bytes())
}

/// An invented number.
pub fn number(dice: &mut Dice) -> String {
    let mut number = String::from("0");
    (0..9).for_each(|_| number.push(char::from(b'0' + dice.below(10) as u8)));
    number
}
