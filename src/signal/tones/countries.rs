//! The tables themselves. Sources: ITU-T E.180 and its list of national tones, which Asterisk
//! (`indications.conf`), DAHDI (`zonedata.c`) and spandsp (`global-tones.xml`) carry alike.

use super::plan::{Cadence, Pitch, ToneRow};
use crate::words::Tone;

const fn continuous(tone: Tone, pitch: Pitch, tolerance_hz: f32, sure_ms: u32) -> ToneRow {
    ToneRow {
        tone,
        pitch,
        tolerance_hz,
        cadence: Cadence::Continuous { sure_ms },
    }
}

const fn bursts(
    tone: Tone,
    pitch: Pitch,
    tolerance_hz: f32,
    steps_ms: &'static [[u32; 2]],
    sure_after: u32,
) -> ToneRow {
    ToneRow {
        tone,
        pitch,
        tolerance_hz,
        cadence: Cadence::Bursts {
            steps_ms,
            tolerance_percent: 15,
            sure_after,
        },
    }
}

/// Tones that are the same in every country.
pub(super) const EVERYWHERE: &[ToneRow] = &[
    // ITU-T E.180: 950, 1400, 1800 Hz, each ±50 Hz, 330 ± 70 ms, gaps up to 30 ms.
    ToneRow {
        tone: Tone::SpecialInformation,
        pitch: Pitch::Sequence([950.0, 1400.0, 1800.0]),
        tolerance_hz: 40.0,
        cadence: Cadence::Parts {
            min_ms: 230,
            max_ms: 430,
        },
    },
    // ITU-T T.30: 1100 ± 38 Hz, 0.5 s ± 15 % on, 3 s ± 15 % off.
    bursts(
        Tone::FaxCalling,
        Pitch::One(1100.0),
        38.0,
        &[[500, 3000]],
        1,
    ),
    // ITU-T T.30 and V.25: 2100 ± 15 Hz, 2.6-4 s, phase may reverse every 450 ms.
    continuous(Tone::FaxAnswer, Pitch::One(2100.0), 20.0, 700),
];

/// 425 ± 25 Hz: Poland, Germany, the Czech Republic.
const P425: Pitch = Pitch::One(425.0);
/// Poland's second dial tone.
const P350_425: Pitch = Pitch::Pair(350.0, 425.0);
/// North America's dial tone, also Britain's.
const P350_440: Pitch = Pitch::Pair(350.0, 440.0);

const PL: &[ToneRow] = &[
    continuous(Tone::Dial, P425, 25.0, 1_180),
    continuous(Tone::SecondDial, P350_425, 20.0, 700),
    bursts(Tone::Ringback, P425, 25.0, &[[1_000, 4_000]], 1),
    bursts(Tone::Busy, P425, 25.0, &[[500, 500]], 2),
    bursts(Tone::Congestion, P425, 25.0, &[[250, 250]], 3),
    bursts(
        Tone::CallWaiting,
        P425,
        25.0,
        &[[150, 150], [150, 4_000]],
        2,
    ),
];

const DE: &[ToneRow] = &[
    continuous(Tone::Dial, P425, 25.0, 1_180),
    bursts(Tone::Ringback, P425, 25.0, &[[1_000, 4_000]], 1),
    bursts(Tone::Busy, P425, 25.0, &[[480, 480]], 2),
    bursts(Tone::Congestion, P425, 25.0, &[[240, 240]], 3),
    bursts(
        Tone::CallWaiting,
        P425,
        25.0,
        &[[200, 200], [200, 5_000]],
        2,
    ),
];

const CZ: &[ToneRow] = &[
    bursts(Tone::Dial, P425, 25.0, &[[330, 330], [660, 660]], 3),
    bursts(Tone::Ringback, P425, 25.0, &[[1_000, 4_000]], 1),
    bursts(Tone::Busy, P425, 25.0, &[[330, 330]], 3),
    bursts(Tone::Congestion, P425, 25.0, &[[165, 165]], 3),
];

const FR: &[ToneRow] = &[
    continuous(Tone::Dial, Pitch::One(440.0), 20.0, 1_800),
    bursts(
        Tone::Ringback,
        Pitch::One(440.0),
        20.0,
        &[[1_500, 3_500]],
        1,
    ),
    bursts(Tone::Busy, Pitch::One(440.0), 20.0, &[[500, 500]], 2),
    bursts(Tone::Congestion, Pitch::One(440.0), 20.0, &[[250, 250]], 3),
];

const GB: &[ToneRow] = &[
    continuous(Tone::Dial, P350_440, 15.0, 700),
    bursts(
        Tone::Ringback,
        Pitch::Pair(400.0, 450.0),
        10.0,
        &[[400, 200], [400, 2_000]],
        2,
    ),
    bursts(Tone::Busy, Pitch::One(400.0), 20.0, &[[375, 375]], 2),
    bursts(
        Tone::Congestion,
        Pitch::One(400.0),
        20.0,
        &[[400, 350], [225, 525]],
        3,
    ),
];

const US: &[ToneRow] = &[
    continuous(Tone::Dial, P350_440, 15.0, 700),
    bursts(
        Tone::Ringback,
        Pitch::Pair(440.0, 480.0),
        10.0,
        &[[2_000, 4_000]],
        1,
    ),
    bursts(
        Tone::Busy,
        Pitch::Pair(480.0, 620.0),
        15.0,
        &[[500, 500]],
        2,
    ),
    bursts(
        Tone::Congestion,
        Pitch::Pair(480.0, 620.0),
        15.0,
        &[[250, 250]],
        3,
    ),
];

/// Country code and table; the first is the default.
pub(super) const COUNTRIES: &[(&str, &[ToneRow])] = &[
    ("pl", PL),
    ("de", DE),
    ("cz", CZ),
    ("fr", FR),
    ("gb", GB),
    ("us", US),
];
