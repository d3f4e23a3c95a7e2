//! What the bits ABCD of timeslot 16 mean on a line without a D channel: a table by name, of which
//! single entries may be given otherwise in the file.

use super::Interface;
use crate::config::section::{Placed, Section};

/// Patterns of four bits, A the most significant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CasSignals {
    /// Bits that count.
    pub counted: u8,
    /// Both ends at rest; clear forward; release guard.
    pub idle: u8,
    /// Forward: taken.
    pub seize: u8,
    /// Backward: answered.
    pub answer: u8,
    /// Backward: the called end has hung up.
    pub clear_back: u8,
    /// Backward: the network takes the call down.
    pub forced_release: u8,
    /// Forward, before the answer: the break of a dialling pulse; `None` = no pulses by bits.
    pub pulse: Option<u8>,
    /// How long bits must hold (ms).
    pub debounce_ms: u16,
}

impl CasSignals {
    /// Digital version of R2 (ITU-T Q.421); digits are heard as tones.
    pub const R2: Self = Self {
        counted: 0b1100,
        idle: 0b1001,
        seize: 0b0001,
        answer: 0b0101,
        clear_back: 0b1101,
        forced_release: 0b0001,
        pulse: None,
        debounce_ms: 20,
    };
    /// The same with decadic pulses: the forward end goes to idle for the length of a break.
    pub const R2_PULSE: Self = Self {
        pulse: Some(0b1001),
        ..Self::R2
    };
}

/// Reads `signals` and `bits`, which belong to CAS alone.
pub(super) fn read(section: &Section<'_>, interface: Option<Interface>) -> Option<CasSignals> {
    if interface != Some(Interface::Cas) {
        foreign(section, "signals");
        foreign(section, "bits");
        return Some(CasSignals::R2);
    }
    let tables = [("r2", CasSignals::R2), ("r2_pulse", CasSignals::R2_PULSE)];
    let base = section.choice("signals", &tables);
    let base = base.unwrap_or(CasSignals::R2);
    let Some(bits) = section.section("bits") else {
        return Some(base);
    };
    let pattern = |key, default| pattern(&bits, key).unwrap_or(default);
    let debounce = bits.integer("debounce_ms", 2..=200);
    let own = CasSignals {
        counted: pattern("counted", base.counted),
        idle: pattern("idle", base.idle),
        seize: pattern("seize", base.seize),
        answer: pattern("answer", base.answer),
        clear_back: pattern("clear_back", base.clear_back),
        forced_release: pattern("forced_release", base.forced_release),
        pulse: self::pattern(&bits, "pulse").or(base.pulse),
        debounce_ms: debounce
            .and_then(|ms| u16::try_from(ms.value).ok())
            .unwrap_or(base.debounce_ms),
    };
    bits.finish();
    told_apart(section, &own).then_some(own)
}

fn foreign(section: &Section<'_>, key: &'static str) {
    if section.has(key) {
        let what = format!("{} belongs to interface = \"cas\"", section.key(key));
        section.problem(&section.place_of(key), what, "take it out");
    }
}

fn pattern(section: &Section<'_>, key: &'static str) -> Option<u8> {
    let text: Placed<&str> = section.text(key)?;
    let four = text.value.len() == 4 && text.value.bytes().all(|b| matches!(b, b'0' | b'1'));
    if four {
        return u8::from_str_radix(text.value, 2).ok();
    }
    let what = format!("{} = \"{}\" is not four bits", section.key(key), text.value);
    section.problem(&text.place, what, "write A, B, C, D as \"1001\"");
    None
}

/// A table in which rest looks like use would make calls of nothing.
fn told_apart(section: &Section<'_>, own: &CasSignals) -> bool {
    let same = |a: u8, b: u8| (a ^ b) & own.counted == 0;
    let pairs = [
        ("idle", own.idle, "seize", own.seize),
        ("idle", own.idle, "answer", own.answer),
        ("answer", own.answer, "clear_back", own.clear_back),
    ];
    let Some((a, _, b, _)) = pairs.into_iter().find(|(_, x, _, y)| same(*x, *y)) else {
        return true;
    };
    let what = format!(
        "{}: {a} and {b} are the same in the counted bits",
        section.key("bits")
    );
    let remedy = "give patterns that differ in the bits of `counted`";
    section.problem(&section.place_of("bits"), what, remedy);
    false
}
