//! One channel's digit in the making: timing, interruptions, and the verdict at its end.

use super::evidence::Evidence;
use super::limits::{
    CONVERSATION, DIALLING, FLICKER, HEARD, HELD, HIGH_HZ, HOP, LOW_HZ, Limits, WINDOW,
};
use super::reading::{Reading, ToneReading};
use crate::words::{Dbm0, Digit, RATE_HZ, SampleTime, Signal, ms};

/// How willingly digits are believed on a channel.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Context {
    /// A number is being dialled: permissive.
    #[default]
    Dialling,
    /// People are talking: strict.
    Conversation,
}

impl Context {
    pub(super) fn limits(self) -> &'static Limits {
        match self {
            Self::Dialling => &DIALLING,
            Self::Conversation => &CONVERSATION,
        }
    }
}

/// Windows of the past whose powers are kept to find where a tone began.
pub(super) const PAST: usize = 8;

/// The power so many windows ago, 0 to [`PAST`] - 1, of one of the eight tones.
pub(super) trait Past: Fn(usize, usize) -> f32 {}

impl<F: Fn(usize, usize) -> f32> Past for F {}

/// A pair of tones that has lasted for at least one clean window.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    low: Track,
    high: Track,
    /// Sample times of the half-amplitude points, fractions of a sample kept.
    start: f64,
    /// When the amplitude fell below one half; `None` while it is above.
    fell: Option<f64>,
    /// Smaller relative power of the two tones in the window before.
    ratio_before: f32,
    clean: u32,
    evidence: Evidence,
    reported: bool,
    /// It was a digit when it was reported.
    held: bool,
}

/// One tone of the pair over all its clean windows.
#[derive(Clone, Copy, Debug)]
struct Track {
    index: usize,
    raw: f32,
    power: f32,
}

impl Track {
    fn new(tone: &ToneReading) -> Self {
        Self {
            index: tone.index,
            raw: tone.raw,
            power: tone.power,
        }
    }

    /// Adds a clean window; the mean is over at most eight, so that a fading tone is followed.
    fn add(&mut self, tone: &ToneReading, clean: u32) {
        let part = 1.0 / clean.min(8) as f32;
        self.raw += (tone.raw - self.raw) * part;
        self.power += (tone.power - self.power) * part;
    }
}

/// One channel.
#[derive(Clone, Debug, Default)]
pub(super) struct Lane {
    candidate: Option<Candidate>,
    teller: Teller,
}

/// What a channel tells of its candidates, and has told.
#[derive(Clone, Debug, Default)]
struct Teller {
    context: Context,
    /// The digit that was sounding when samples were lost: it must not be told again.
    held_over: Option<Digit>,
    /// The digit told last, and its end.
    told: Option<(Digit, f64)>,
    /// Since when there has been sound without a loss.
    since: f64,
}

impl Lane {
    pub(super) fn set_context(&mut self, context: Context) {
        self.teller.context = context;
    }

    /// What a digit must satisfy at present.
    pub(super) fn limits(&self) -> &'static Limits {
        self.teller.context.limits()
    }

    /// Whether the lane must see every window.
    pub(super) fn is_active(&self) -> bool {
        self.candidate.is_some()
    }

    /// Since when a pair has sounded of which nothing was reported yet.
    pub(super) fn undecided_since(&self) -> Option<f64> {
        let candidate = self.candidate.as_ref()?;
        (!candidate.reported).then_some(candidate.start)
    }

    /// Whether a digit that was reported is still sounding.
    pub(super) fn is_held(&self) -> bool {
        let reported = |candidate: &Candidate| candidate.reported && candidate.held;
        self.candidate.as_ref().is_some_and(reported)
    }

    /// One window: its middle in samples, the tone powers of this and the past windows (newest
    /// first), and the reading if the window is clean.
    pub(super) fn hop(
        &mut self,
        middle: f64,
        past: &impl Past,
        reading: Option<&Reading>,
        out: &mut dyn FnMut(Signal),
    ) {
        if let Some(candidate) = &mut self.candidate {
            let same = reading.filter(|r| candidate.is(r));
            candidate.follow(middle, past);
            if let Some(reading) = same {
                candidate.add(reading);
            }
            let other = reading.is_some() && same.is_none();
            if other || candidate.is_over(middle, self.teller.context.limits()) {
                self.teller.close(candidate, middle, out);
                self.candidate = None;
            } else {
                self.teller.report_held(candidate, middle, out);
            }
        }
        if self.candidate.is_none()
            && let Some(reading) = reading
        {
            let mut candidate = Candidate::new(reading, middle, past);
            candidate.start = candidate.start.max(self.teller.since);
            self.candidate = Some(candidate);
        }
    }

    /// Samples were lost from `before` to `after`, and silence was fed in their place: what began
    /// before is over. A digit told that reached the loss must not be told again behind it.
    pub(super) fn lost(&mut self, before: SampleTime, after: SampleTime) {
        self.candidate = None;
        self.teller.lost(before, after);
    }
}

impl Teller {
    fn lost(&mut self, before: SampleTime, after: SampleTime) {
        let before = before.0 as f64;
        let sounding = |&(_, end): &(Digit, f64)| end + f64::from(FLICKER) >= before;
        let told = self.told.take().filter(sounding).map(|(digit, _)| digit);
        // Between two losses too close for a digit the same key may have sounded on.
        let too_short = before - self.since < f64::from(HEARD);
        self.held_over = told.or(self.held_over.filter(|_| too_short));
        self.since = after.0 as f64;
    }

    /// Tells a candidate that is over, if it holds.
    fn close(&mut self, candidate: &Candidate, middle: f64, out: &mut dyn FnMut(Signal)) {
        let digit = candidate.digit();
        if candidate.reported {
            self.told = Some((digit, candidate.end(middle)));
            return;
        }
        let Some(score) = candidate.judged(self.context.limits(), middle) else {
            return;
        };
        self.told = Some((digit, candidate.end(middle)));
        let at_once = candidate.start < self.since + f64::from(FLICKER);
        let continued = at_once && self.held_over == Some(digit);
        if !continued {
            out(candidate.signal(middle, score));
        }
    }

    fn report_held(&mut self, candidate: &mut Candidate, middle: f64, out: &mut dyn FnMut(Signal)) {
        if !candidate.reported && candidate.end(middle) - candidate.start > f64::from(HELD) {
            self.close(candidate, middle, out);
            candidate.reported = true;
            candidate.held = candidate.judged(self.context.limits(), middle).is_some();
        }
    }
}

impl Track {
    fn level(&self) -> Dbm0 {
        Dbm0::from_mean_square(self.power / 2.0)
    }
}

impl Candidate {
    fn new(reading: &Reading, middle: f64, past: &impl Past) -> Self {
        let mut candidate = Self {
            low: Track::new(&reading.low),
            high: Track::new(&reading.high),
            start: 0.0,
            fell: None,
            ratio_before: 1.0,
            clean: 1,
            evidence: Evidence::new(),
            reported: false,
            held: false,
        };
        candidate.start = candidate.onset(middle, past);
        candidate
    }

    /// Where, going back, the amplitude was one half.
    fn onset(&self, middle: f64, past: &impl Past) -> f64 {
        let mut later = 1.0f32;
        for hops in 1..PAST {
            let ratio = self.ratio(past, hops);
            if ratio < 0.25 {
                return middle - (hops as f64 - crossing(ratio, later)) * HOP as f64;
            }
            later = ratio;
        }
        middle - (PAST - 1) as f64 * HOP as f64
    }

    fn is(&self, reading: &Reading) -> bool {
        self.low.index == reading.low.index && self.high.index == reading.high.index
    }

    /// Power of the weaker of the two tones, each relative to its own plateau.
    fn ratio(&self, past: &impl Past, hops: usize) -> f32 {
        let low = past(hops, self.low.index) / self.low.raw;
        let high = past(hops, 4 + self.high.index) / self.high.raw;
        low.min(high)
    }

    fn follow(&mut self, middle: f64, past: &impl Past) {
        let ratio = self.ratio(past, 0);
        if ratio >= 0.25 {
            self.fell = None;
        } else if self.fell.is_none() {
            let part = 1.0 - crossing(ratio, self.ratio_before);
            self.fell = Some(middle - (1.0 - part) * HOP as f64);
        }
        self.ratio_before = ratio;
    }

    fn add(&mut self, reading: &Reading) {
        self.clean += 1;
        self.low.add(&reading.low, self.clean);
        self.high.add(&reading.high, self.clean);
        self.evidence.add(reading);
    }

    fn end(&self, middle: f64) -> f64 {
        self.fell.unwrap_or(middle)
    }

    fn is_over(&self, middle: f64, limits: &Limits) -> bool {
        let Some(fell) = self.fell else {
            return false;
        };
        let long_enough =
            self.clean >= limits.clean_hops && fell - self.start >= f64::from(limits.tone);
        let patience = if long_enough { limits.pause } else { FLICKER };
        middle - fell >= f64::from(patience)
    }

    /// The score, if all that was heard makes a digit.
    fn judged(&self, limits: &Limits, middle: f64) -> Option<f32> {
        let long = self.end(middle) - self.start >= f64::from(limits.tone);
        if self.clean < limits.clean_hops || !long {
            return None;
        }
        let (low, high) = (self.low.level(), self.high.level());
        let nominal = [LOW_HZ[self.low.index], HIGH_HZ[self.high.index]];
        let mut deviations = self
            .evidence
            .turns()
            .map(deviation_hz)
            .into_iter()
            .zip(nominal);
        let holds = (low.0 - high.0).abs() <= limits.twist_db
            && low.0.min(high.0) >= limits.floor_dbm0
            && deviations.all(|(off, f)| off.abs() <= f * limits.deviation + limits.deviation_hz);
        let score = holds.then(|| self.score(middle));
        score.filter(|score| *score >= limits.score)
    }

    /// Log odds that this is a digit and not a voice.
    fn score(&self, middle: f64) -> f32 {
        let length = (self.end(middle) - self.start) as f32;
        // The first and the last window or two have an edge in them.
        let whole = (length / HOP as f32 - 2.0).max(1.0);
        self.evidence
            .score(length / ms(1) as f32, self.clean as f32 / whole)
    }

    fn digit(&self) -> Digit {
        Digit::GRID[self.low.index][self.high.index]
    }

    fn signal(&self, middle: f64, score: f32) -> Signal {
        Signal::Dtmf {
            digit: self.digit(),
            start: SampleTime(self.start.max(0.0).round() as u64),
            end: SampleTime(self.end(middle).max(0.0).round() as u64),
            level: Dbm0(self.low.level().0.max(self.high.level().0)),
            confidence: (score / 10.0).clamp(0.0, 1.0),
        }
    }
}

/// The mean deviation that a sum of turns stands for, Hz.
fn deviation_hz(turn: (f32, f32)) -> f32 {
    let per_radian = RATE_HZ as f32 / (std::f32::consts::TAU * HOP as f32);
    turn.1.atan2(turn.0) * per_radian
}

/// Between a window whose relative power is below one quarter and its neighbour above: how far
/// from the lower one the amplitude is one half, as a part of the hop.
fn crossing(below: f32, above: f32) -> f64 {
    let (below, above) = (below.max(0.0).sqrt(), above.max(0.25).sqrt());
    f64::from(((0.5 - below) / (above - below).max(1e-6)).clamp(0.0, 1.0))
}

/// Samples by which a window's middle lies before its end.
pub(super) const fn half_window() -> f64 {
    (WINDOW / 2) as f64
}
