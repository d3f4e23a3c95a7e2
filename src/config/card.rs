//! `[[card]]`: where sound comes from.

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::section::Section;
use crate::words::{Encoding, Layout};

/// How fast a replay or the exchange runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Pace {
    /// As fast as time.
    Realtime,
    /// As fast as the machine can.
    Max,
}

/// How frames are fetched from ALSA.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Access {
    /// Read calls.
    ReadWrite,
    /// Mapped memory.
    Mmap,
}

/// Where a card's sound comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CardSource {
    /// An ALSA device.
    Device {
        /// Its ALSA name, e.g. `hw:CARD=Tap,DEV=0`.
        device: String,
        /// How frames are fetched; `None` = what works best.
        access: Option<Access>,
    },
    /// A file: WAV, FLAC or raw.
    Replay {
        /// The file, relative to the folder of the configuration file unless absolute.
        path: PathBuf,
        /// How fast it runs.
        pace: Pace,
        /// The virtual time of its first frame; `None` = the time at which it is opened.
        start: Option<Timestamp>,
    },
    /// The built-in simulator of a telephone exchange.
    Exchange {
        /// Lines, one channel each.
        lines: u16,
        /// Same seed, same calls.
        seed: u64,
        /// How fast it runs.
        pace: Pace,
        /// The virtual time of its first frame; `None` = the time at which it is opened.
        start: Option<Timestamp>,
        /// After how many minutes it ends; `None` = never.
        minutes: Option<u32>,
    },
    /// The built-in simulator of a primary rate line: 64 A-law channels.
    ExchangeE1 {
        /// Same seed, same calls.
        seed: u64,
        /// How fast it runs.
        pace: Pace,
        /// The virtual time of its first frame; `None` = the time at which it is opened.
        start: Option<Timestamp>,
        /// After how many minutes it ends; `None` = never.
        minutes: Option<u32>,
    },
    /// osmo-e1d, which serves the e1-tracer tap: 64 A-law channels.
    E1d {
        /// Its control socket.
        socket: PathBuf,
        /// Its interface.
        interface: u8,
        /// Lines of that interface: what the network sends, what the user sends.
        lines: [u8; 2],
    },
    /// A capture device of the desktop, by cpal.
    Cpal {
        /// Its name, or `default`.
        device: String,
    },
}

impl CardSource {
    /// Whether time is the source's own and not the wall clock's.
    pub fn virtual_start(&self) -> Option<Timestamp> {
        match self {
            Self::Replay { start, .. }
            | Self::Exchange { start, .. }
            | Self::ExchangeE1 { start, .. } => *start,
            Self::Device { .. } | Self::E1d { .. } | Self::Cpal { .. } => None,
        }
    }
}

/// What is asked of a stream; `None` = the profile's or the card's own.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct StreamWish {
    /// Frames per second (Hz).
    pub rate: Option<u32>,
    /// Channels.
    pub channels: Option<u16>,
    /// Encoding of a sample.
    pub encoding: Option<Encoding>,
    /// Layout of a period.
    pub layout: Option<Layout>,
}

impl StreamWish {
    /// What is left open is asked as `profile` has it. Channels are not: they are what the lines need.
    pub fn or(self, profile: Self) -> Self {
        Self {
            rate: self.rate.or(profile.rate),
            encoding: self.encoding.or(profile.encoding),
            layout: self.layout.or(profile.layout),
            ..self
        }
    }
}

/// A checked card.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Card {
    /// Its name, by which lines refer to it.
    pub name: String,
    /// Where its sound comes from.
    pub source: CardSource,
    /// The profile named for it; `None` = recognised by itself, or none needed.
    pub profile: Option<String>,
    /// What is asked of its stream.
    pub stream: StreamWish,
    /// Its line in the file, for messages.
    pub file_line: usize,
}

impl Card {
    /// How many channels it has, where the configuration says so.
    pub fn known_channels(&self) -> Option<u16> {
        match self.source {
            CardSource::Exchange { lines, .. } => Some(lines),
            CardSource::ExchangeE1 { .. } | CardSource::E1d { .. } => Some(64),
            _ => self.stream.channels,
        }
    }
}

/// Most lines of the built-in exchange.
const MAX_EXCHANGE_LINES: i64 = 4_096;

const ENCODINGS: [(&str, Encoding); 8] = [
    ("S16_LE", Encoding::S16Le),
    ("S16_BE", Encoding::S16Be),
    ("S24_3LE", Encoding::S24Packed),
    ("S24_LE", Encoding::S24In32),
    ("S32_LE", Encoding::S32Le),
    ("A_LAW", Encoding::ALaw),
    ("MU_LAW", Encoding::MuLaw),
    ("FLOAT_LE", Encoding::F32Le),
];

pub(super) fn read_all(root: &Section<'_>, zone: &TimeZone) -> Vec<Card> {
    let mut cards: Vec<Card> = Vec::new();
    for section in root.sections("card") {
        let card = read(&section, zone);
        let known = |other: &Card| other.name == card.name;
        if !card.name.is_empty() && cards.iter().any(known) {
            let what = format!("two cards are named \"{}\"", card.name);
            section.problem(&section.place_of("name"), what, "give each its own name");
        }
        cards.push(card);
    }
    cards
}

fn read(section: &Section<'_>, zone: &TimeZone) -> Card {
    let name = section
        .required_text("name", "\"trunks\"")
        .map_or("", |name| name.value);
    let source = source(section, zone);
    let stream = stream(section);
    let card = Card {
        name: name.to_owned(),
        // A placeholder only in a file that is refused anyway.
        source: source.unwrap_or(CardSource::Cpal {
            device: String::new(),
        }),
        profile: section
            .text("profile")
            .map(|profile| profile.value.to_owned()),
        stream,
        file_line: section.book.line(&section.place),
    };
    section.finish();
    card
}

const SOURCES: [&str; 6] = ["device", "replay", "exchange", "exchange_e1", "e1d", "cpal"];

fn source(section: &Section<'_>, zone: &TimeZone) -> Option<CardSource> {
    let given: Vec<_> = SOURCES.into_iter().filter(|key| section.has(key)).collect();
    let timing = timing(section, zone);
    match given[..] {
        [] => {
            let remedy = "add device = \"hw:CARD=...\" (see `linetap cards`), replay = \"file.wav\" or exchange = 8";
            section.problem(&section.place, "[[card]] has no source", remedy);
            None
        }
        ["device"] => device(section),
        ["cpal"] => {
            forbid(
                section,
                "cpal",
                &["pace", "start", "seed", "minutes", "access"],
            );
            let device = section
                .required_text("cpal", "\"default\"")?
                .value
                .to_owned();
            Some(CardSource::Cpal { device })
        }
        ["replay"] => {
            forbid(section, "replay", &["seed", "minutes", "access"]);
            let path = PathBuf::from(section.required_text("replay", "\"file.wav\"")?.value);
            let Timing { pace, start } = timing;
            Some(CardSource::Replay { path, pace, start })
        }
        ["exchange"] => exchange(section, timing),
        ["exchange_e1"] => exchange_e1(section, timing),
        ["e1d"] => e1d(section),
        _ => {
            let what = format!("[[card]] has {} at once", given.join(" and "));
            let place = section.place_of(given[1]);
            section.problem(
                &place,
                what,
                "keep one of them; a second source is a second [[card]]",
            );
            None
        }
    }
}

fn device(section: &Section<'_>) -> Option<CardSource> {
    forbid(section, "device", &["pace", "start", "seed", "minutes"]);
    let ways = [("rw", Access::ReadWrite), ("mmap", Access::Mmap)];
    let access = section.choice("access", &ways);
    let device = section.required_text("device", "\"hw:CARD=Tap,DEV=0\"")?;
    Some(CardSource::Device {
        device: device.value.to_owned(),
        access,
    })
}

fn exchange(section: &Section<'_>, Timing { pace, start }: Timing) -> Option<CardSource> {
    let stream = ["access", "rate", "channels", "format", "layout", "profile"];
    forbid(section, "exchange", &stream);
    let seed = section.integer("seed", 0..=i64::MAX);
    let minutes = section.integer("minutes", 1..=1_000_000);
    let lines = section.integer("exchange", 1..=MAX_EXCHANGE_LINES)?;
    Some(CardSource::Exchange {
        lines: u16::try_from(lines.value).ok()?,
        seed: seed.map_or(1, |seed| seed.value.unsigned_abs()),
        pace,
        start,
        minutes: minutes.and_then(|minutes| u32::try_from(minutes.value).ok()),
    })
}

const FIXED_STREAM: [&str; 6] = ["access", "rate", "channels", "format", "layout", "profile"];

fn exchange_e1(section: &Section<'_>, Timing { pace, start }: Timing) -> Option<CardSource> {
    forbid(section, "exchange_e1", &FIXED_STREAM);
    let seed = section.integer("seed", 0..=i64::MAX);
    let minutes = section.integer("minutes", 1..=1_000_000);
    let on = section.flag("exchange_e1")?;
    if !on.value {
        let remedy = "write exchange_e1 = true, or take it out";
        section.problem(
            &on.place,
            "[[card]] exchange_e1 = false is no source",
            remedy,
        );
        return None;
    }
    Some(CardSource::ExchangeE1 {
        seed: seed.map_or(1, |seed| seed.value.unsigned_abs()),
        pace,
        start,
        minutes: minutes.and_then(|minutes| u32::try_from(minutes.value).ok()),
    })
}

fn e1d(section: &Section<'_>) -> Option<CardSource> {
    forbid(section, "e1d", &FIXED_STREAM[..5]);
    forbid(section, "e1d", &["pace", "start", "seed", "minutes"]);
    let interface = section.integer("interface", 0..=254);
    let lines = match section.integers("lines") {
        None => Some([0, 1]),
        Some(list) => {
            let lines: Vec<u8> = list
                .value
                .iter()
                .filter_map(|line| u8::try_from(line.value).ok())
                .collect();
            let pair = <[u8; 2]>::try_from(lines).ok();
            if pair.is_none() {
                let remedy = "write [what the network sends, what the user sends], e.g. [0, 1]";
                section.problem(&list.place, "[[card]] lines is not two lines", remedy);
            }
            pair
        }
    };
    let socket = section.required_text("e1d", "\"/tmp/osmo-e1d.ctl\"")?;
    Some(CardSource::E1d {
        socket: PathBuf::from(socket.value),
        interface: interface.map_or(Some(0), |number| u8::try_from(number.value).ok())?,
        lines: lines?,
    })
}

/// Keys that mean nothing beside this source.
fn forbid(section: &Section<'_>, source: &str, keys: &[&'static str]) {
    for &key in keys {
        if section.has(key) {
            let what = format!("[[card]] {key} means nothing together with {source}");
            let remedy = match key {
                "start" | "pace" => {
                    "only a replay or the exchange has a time of its own; take it out"
                }
                _ => "take it out",
            };
            section.problem(&section.place_of(key), what, remedy);
        }
    }
}

struct Timing {
    pace: Pace,
    start: Option<Timestamp>,
}

fn timing(section: &Section<'_>, zone: &TimeZone) -> Timing {
    let paces = [("realtime", Pace::Realtime), ("max", Pace::Max)];
    let pace = section.choice("pace", &paces).unwrap_or(Pace::Realtime);
    let start = section.text("start").and_then(|text| {
        let start = text
            .value
            .parse::<DateTime>()
            .ok()
            .and_then(|clock| zone.to_ambiguous_timestamp(clock).compatible().ok());
        if start.is_none() {
            let what = format!("[[card]] start = \"{}\" is no date and time", text.value);
            let remedy = "write local time as \"2026-11-23T09:00:00\", without a zone";
            section.problem(&text.place, what, remedy);
        }
        start
    });
    Timing { pace, start }
}

/// `rate`, `channels`, `format`, `layout`: of a card's stream, or of a raw file.
pub(super) fn stream(section: &Section<'_>) -> StreamWish {
    let layouts = [
        ("interleaved", Layout::Interleaved),
        ("planar", Layout::Planar),
    ];
    let rate = section.integer("rate", 8_000..=192_000);
    let channels = section.integer("channels", 1..=64);
    StreamWish {
        rate: rate.and_then(|rate| u32::try_from(rate.value).ok()),
        channels: channels.and_then(|channels| u16::try_from(channels.value).ok()),
        encoding: section.choice("format", &ENCODINGS),
        layout: section.choice("layout", &layouts),
    }
}
