//! What tones sound like: frequencies, cadences and tolerances as data, a table per country.

use super::countries::{COUNTRIES, EVERYWHERE};
use super::window::{Bin, Span};
use crate::words::Tone;

/// The frequencies of a tone.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Pitch {
    /// One frequency (Hz).
    One(f32),
    /// Two at once (Hz).
    Pair(f32, f32),
    /// Three, one after another (Hz), with at most 50 ms between them.
    Sequence([f32; 3]),
}

/// The rhythm of a tone. All times in milliseconds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Cadence {
    /// On all the time; believed after `sure_ms`.
    Continuous {
        /// Longer than any burst of the same pitch, so that it cannot be one of those.
        sure_ms: u32,
    },
    /// `[on, off]` steps that repeat.
    Bursts {
        /// One period.
        steps_ms: &'static [[u32; 2]],
        /// How far each on and each off may be from the table, beside 30 ms of measuring error.
        tolerance_percent: u32,
        /// Clean bursts that make it sure; rough ones (under speech) count half.
        sure_after: u32,
    },
    /// The parts of [`Pitch::Sequence`], each within these limits.
    Parts {
        /// Shortest part.
        min_ms: u32,
        /// Longest part.
        max_ms: u32,
    },
}

/// One line of a country's table.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ToneRow {
    /// Its meaning.
    pub tone: Tone,
    /// Its frequencies.
    pub pitch: Pitch,
    /// How far each frequency may be from the table (Hz), at most 40.
    pub tolerance_hz: f32,
    /// Its rhythm.
    pub cadence: Cadence,
}

/// Which tones a [`super::ToneBank`] listens for.
#[derive(Clone, PartialEq, Debug)]
pub struct TonePlan {
    country: &'static str,
    pub(super) rows: Vec<Row>,
    pub(super) sounds: Vec<Sound>,
    pub(super) bins: Vec<Bin>,
}

/// A pitch the bank can hear, whatever its rhythm.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Sound {
    /// First bin, and the second one of a pair.
    pub(super) bins: (usize, Option<usize>),
    pub(super) tolerance_hz: f32,
}

/// A row with its pitch resolved to sounds.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Row {
    pub(super) tone: Tone,
    /// One sound, or the three of a sequence.
    pub(super) sounds: Vec<usize>,
    /// Frequency of the first one (Hz).
    pub(super) hz: f32,
    pub(super) cadence: Cadence,
}

impl TonePlan {
    /// The plan of a country by its ISO 3166 code in lower case; `None` if there is no table.
    pub fn of(country: &str) -> Option<Self> {
        let &(name, rows) = COUNTRIES.iter().find(|(name, _)| *name == country)?;
        Some(Self::from_rows(name, rows))
    }

    /// The countries there are tables for.
    pub fn countries() -> impl Iterator<Item = &'static str> {
        COUNTRIES.iter().map(|&(name, _)| name)
    }

    /// The country's code.
    pub fn country(&self) -> &'static str {
        self.country
    }

    fn from_rows(country: &'static str, rows: &[ToneRow]) -> Self {
        let mut plan = Self {
            country,
            rows: Vec::new(),
            sounds: Vec::new(),
            bins: Vec::new(),
        };
        for row in rows.iter().chain(EVERYWHERE) {
            let sounds = match row.pitch {
                Pitch::One(hz) => vec![plan.sound(hz, None, row.tolerance_hz)],
                Pitch::Pair(low, high) => vec![plan.sound(low, Some(high), row.tolerance_hz)],
                Pitch::Sequence(parts) => parts
                    .iter()
                    .map(|&hz| plan.sound(hz, None, row.tolerance_hz))
                    .collect(),
            };
            plan.rows.push(Row {
                tone: row.tone,
                hz: plan.bins[plan.sounds[sounds[0]].bins.0].hz,
                sounds,
                cadence: row.cadence,
            });
        }
        plan
    }

    fn sound(&mut self, hz: f32, second: Option<f32>, tolerance_hz: f32) -> usize {
        let span = match second {
            Some(second) if (second - hz).abs() < 60.0 => Span::Long,
            _ if tolerance_hz > 25.0 => Span::Short,
            _ => Span::Normal,
        };
        let sound = Sound {
            bins: (self.bin(hz, span), second.map(|hz| self.bin(hz, span))),
            tolerance_hz,
        };
        let known = self.sounds.iter().position(|other| *other == sound);
        known.unwrap_or_else(|| {
            self.sounds.push(sound);
            self.sounds.len() - 1
        })
    }

    fn bin(&mut self, hz: f32, span: Span) -> usize {
        let bin = Bin { hz, span };
        let known = self.bins.iter().position(|other| *other == bin);
        known.unwrap_or_else(|| {
            self.bins.push(bin);
            self.bins.len() - 1
        })
    }
}

/// Poland.
impl Default for TonePlan {
    fn default() -> Self {
        let (name, rows) = COUNTRIES[0];
        Self::from_rows(name, rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poland_is_the_default_and_every_table_is_usable() {
        assert_eq!(TonePlan::default().country(), "pl");
        assert!(TonePlan::of("xx").is_none());
        for country in TonePlan::countries() {
            let plan = TonePlan::of(country).expect("it has a table");
            assert!(plan.rows.iter().any(|row| row.tone == Tone::Busy));
            for row in &plan.rows {
                let parts = matches!(row.cadence, Cadence::Parts { .. });
                assert_eq!(row.sounds.len(), if parts { 3 } else { 1 }, "{country}");
            }
        }
    }
}
