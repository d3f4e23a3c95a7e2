//! The hook: is the loop open or closed. By voltage ([`VoltageHook`]: the audio channel itself, or
//! a second channel) or judged from sound alone ([`AudioHook`]).

mod audio;
mod click;
mod hum;
mod jumps;
mod patterns;
mod residue;
mod shape;
mod sine;
mod voltage;

pub use audio::{Around, AudioHook};
pub use click::{Click, ClickDetector, Heard};
pub use jumps::{JumpBank, Jumps, Sought};
pub use residue::{Residue, ResidueBank, ResidueRing};
pub use voltage::VoltageHook;

use super::tile::Past;

/// What a line's own ear heard in one hop, for the audio hook.
#[derive(Clone, Copy)]
pub struct Sound<'a> {
    /// What it has heard of late.
    pub past: Past<'a>,
    /// Its low end.
    pub residue: Residue<'a>,
    /// Where it may have clicked.
    pub jumps: Jumps,
    /// Whether a tone of the exchange sounds, or has just ended.
    pub toned: bool,
}

/// How a line's hook is sensed. Voltages in volts; thresholds compare |V|, a tap may be reversed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum HookMode {
    /// AC-coupled: judged from clicks, tones, digits, ring residue and levels.
    Audio,
    /// DC-coupled: the audio channel carries the loop voltage.
    Dc(Volts),
    /// Another channel carries the loop voltage.
    Sense {
        /// That channel, from 0.
        channel: usize,
        /// Its scale and thresholds.
        volts: Volts,
    },
    /// The D channel tells; the line carries audio only.
    Isdn,
}

/// Scale and thresholds of a channel that carries the loop voltage.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Volts {
    /// Volts at digital full scale.
    pub full_scale: f32,
    /// Below this the loop is closed (typically 20 V: idle lines have 24-60, closed ones 4-14).
    pub off_hook_below: f32,
    /// Below this the line is dead: cut or unplugged.
    pub dead_below: f32,
}

impl Default for Volts {
    fn default() -> Self {
        Self {
            full_scale: 150.0,
            off_hook_below: 20.0,
            dead_below: 3.0,
        }
    }
}
