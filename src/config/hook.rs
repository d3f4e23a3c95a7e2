//! `hook = { mode = ... }`: how a line's off-hook is sensed.

mod isdn;

pub use isdn::{CasSignals, Interface, IsdnTap, RecordFrom};

use super::section::{Placed, Section};

/// Scale and thresholds of a channel that carries the loop voltage. Thresholds compare |V|.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Volts {
    /// Volts at digital full scale.
    pub full_scale: f32,
    /// Below this the loop is closed (V).
    pub off_hook_below: f32,
    /// Below this the line is dead (V).
    pub dead_below: f32,
}

/// How off-hook is sensed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Hook {
    /// Judged from what is heard.
    Audio,
    /// The audio channel is DC-coupled and carries the loop voltage.
    Dc(Volts),
    /// Another channel carries the loop voltage.
    Sense {
        /// That channel of the same card, from 0.
        channel: u16,
        /// Its scale and thresholds.
        volts: Volts,
    },
    /// The D channel tells.
    Isdn(IsdnTap),
}

impl Hook {
    /// The word of the configuration.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Dc(_) => "dc",
            Self::Sense { .. } => "sense",
            Self::Isdn(_) => "isdn",
        }
    }
}

#[derive(Clone, Copy)]
enum Mode {
    Audio,
    Dc,
    Sense,
    Isdn,
}

/// Reads a line's (or a profile's) `hook`. `channels` are the line's, in their order.
pub(super) fn read(line: &Section<'_>, channels: &[u16]) -> Option<Hook> {
    let section = line.section("hook")?;
    section.require("mode", "\"audio\"");
    let modes = [
        ("audio", Mode::Audio),
        ("dc", Mode::Dc),
        ("sense", Mode::Sense),
        ("isdn", Mode::Isdn),
    ];
    // Without a known mode there is no saying which other keys belong there.
    let hook = match section.choice("mode", &modes)? {
        Mode::Audio => Some(Hook::Audio),
        Mode::Dc => volts(&section).map(Hook::Dc),
        Mode::Sense => sense(&section),
        Mode::Isdn => isdn::read(&section, channels).map(Hook::Isdn),
    };
    section.finish();
    hook
}

fn sense(section: &Section<'_>) -> Option<Hook> {
    section.require("channel", "1, the channel that carries the voltage");
    let channel = section.integer("channel", 0..=i64::from(u16::MAX));
    let volts = volts(section);
    Some(Hook::Sense {
        channel: u16::try_from(channel?.value).ok()?,
        volts: volts?,
    })
}

fn volts(section: &Section<'_>) -> Option<Volts> {
    let volt = |key, example| {
        section.require(key, example);
        let volt = section.number(key)?;
        if volt.value > 0.0 && volt.value <= 1_000.0 {
            return Some(volt);
        }
        let what = format!("{} = {} cannot be", section.key(key), volt.value);
        section.problem(&volt.place, what, "give volts above 0 and up to 1000");
        None
    };
    let full_scale = volt("volts_full_scale", "150.0, the volts at digital full scale");
    let off_hook = volt("off_hook_below", "20.0, volts");
    let dead = volt("dead_below", "3.0, volts");
    let (full_scale, off_hook, dead) = (full_scale?, off_hook?, dead?);
    in_order(
        section,
        ("dead_below", &dead),
        ("off_hook_below", &off_hook),
    )?;
    in_order(
        section,
        ("off_hook_below", &off_hook),
        ("volts_full_scale", &full_scale),
    )?;
    Some(Volts {
        full_scale: full_scale.value as f32,
        off_hook_below: off_hook.value as f32,
        dead_below: dead.value as f32,
    })
}

fn in_order(
    section: &Section<'_>,
    (low, a): (&str, &Placed<f64>),
    (high, b): (&str, &Placed<f64>),
) -> Option<()> {
    if a.value < b.value {
        return Some(());
    }
    let what = format!(
        "{} = {} is not below {high} = {}",
        section.key(low),
        a.value,
        b.value
    );
    section.problem(
        &a.place,
        what,
        "an idle line has 24-60 V, one in use 4-14 V, a dead one 0 V",
    );
    None
}
