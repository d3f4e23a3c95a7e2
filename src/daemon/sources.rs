//! From a card of the configuration to something a capture thread can open, again and again.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::capture::alsa::{AlsaAccess, AlsaSettings, AlsaSource, Channels};
use crate::capture::cpal::{CpalSettings, CpalSource};
use crate::capture::replay::Replay;
use crate::capture::ring::HEADER_BYTES;
use crate::capture::thread::Opener;
use crate::capture::{E1Source, E1dSource, ExchangeSource, OpenError, Pacing, Source};
use crate::config::{Access, Card, CardSource, Hook, LineConfig, Pace, StreamWish};
use crate::signal::exchange::{Exchange, Options, Tap};
use crate::words::{Encoding, Layout, SampleTime, StreamFormat, ms};

use super::card_profile::{self, CardMixer};
use super::card_worker::TimeSource;

/// A card ready for its threads.
pub(crate) struct Prepared {
    /// Opens it; the first call hands out what was opened to look at it.
    pub(crate) opener: Opener,
    /// What it brings, if it could be opened.
    pub(crate) format: Option<StreamFormat>,
    /// Why it could not be opened.
    pub(crate) trouble: Option<OpenError>,
    /// Where its time comes from.
    pub(crate) time: TimeSource,
}

impl Prepared {
    /// Bytes that its ring shall hold: two seconds of its stream, at most [`MOST_RING_BYTES`]. A card
    /// that is not there yet gets the most.
    pub(crate) fn ring_bytes(&self) -> usize {
        let two_seconds = |format: StreamFormat| 2 * format.rate as usize * format.frame_bytes();
        let bytes = self.format.map_or(MOST_RING_BYTES, two_seconds);
        (bytes + RING_HEADERS).min(MOST_RING_BYTES)
    }
}

/// A second of 64 channels of 16 bit at 48 kHz.
const MOST_RING_BYTES: usize = 6 << 20;

/// Room for what is written beside the samples of two seconds, in periods of down to 2 ms.
const RING_HEADERS: usize = 1_000 * HEADER_BYTES;

/// Opens `card` once to see that it is there; `lines` are those wired to it.
pub(crate) fn prepare(card: &Card, lines: &[&LineConfig], folder: &Path) -> Prepared {
    let mut open = opener(card, lines, folder);
    let (mut first, trouble) = match open() {
        Ok(source) => (Some(source), None),
        Err(error) => (None, Some(error)),
    };
    let format = first.as_ref().map(|source| source.format());
    Prepared {
        opener: Box::new(move || first.take().map_or_else(&mut open, Ok)),
        format,
        trouble,
        time: time(card.source.virtual_start()),
    }
}

/// Whether a source comes to an end by itself.
pub(crate) fn has_end(source: &CardSource) -> bool {
    match source {
        CardSource::Replay { .. } => true,
        CardSource::Exchange { minutes, .. } | CardSource::ExchangeE1 { minutes, .. } => {
            minutes.is_some()
        }
        CardSource::Device { .. } | CardSource::E1d { .. } | CardSource::Cpal { .. } => false,
    }
}

fn time(start: Option<Timestamp>) -> TimeSource {
    start.map_or(TimeSource::Device, TimeSource::Start)
}

const fn pacing(pace: Pace) -> Pacing {
    match pace {
        Pace::Realtime => Pacing::Realtime,
        Pace::Max => Pacing::Max,
    }
}

fn boxed(source: impl Source + 'static) -> Box<dyn Source> {
    Box::new(source)
}

fn opener(card: &Card, lines: &[&LineConfig], folder: &Path) -> Opener {
    match &card.source {
        CardSource::Device { device, access } => {
            let profile = card_profile::of(card, device);
            let mixer = profile
                .as_ref()
                .and_then(|profile| CardMixer::of(card, device, profile));
            let settings = |wish| alsa(wish, device, *access, lines);
            let own = settings(card.stream);
            let wished = profile.map(|profile| settings(card.stream.or(profile.stream)));
            Box::new(move || {
                mixer.iter().for_each(CardMixer::apply);
                open_alsa(wished.as_ref(), &own).map(boxed)
            })
        }
        CardSource::Replay { path, pace, .. } => {
            replay(folder.join(path), raw_format(card), pacing(*pace))
        }
        CardSource::Exchange {
            lines: count,
            seed,
            pace,
            minutes,
            ..
        } => {
            let (count, seed, pacing) = (usize::from(*count), *seed, pacing(*pace));
            let options = exchange(count, lines);
            let end = minutes.map(|minutes| SampleTime(ms(u64::from(minutes) * 60_000)));
            Box::new(move || {
                let exchange = Exchange::new(count, seed, &options);
                Ok(boxed(ExchangeSource::new(exchange, pacing, end)))
            })
        }
        CardSource::ExchangeE1 {
            seed,
            pace,
            minutes,
            ..
        } => {
            let (seed, pacing) = (*seed, pacing(*pace));
            let end = minutes.map(|minutes| SampleTime(ms(u64::from(minutes) * 60_000)));
            Box::new(move || Ok(boxed(E1Source::random(seed, pacing, end))))
        }
        CardSource::E1d {
            socket,
            interface,
            lines,
        } => {
            let (socket, interface, lines) = (socket.clone(), *interface, *lines);
            Box::new(move || E1dSource::open(&socket, interface, lines).map(boxed))
        }
        CardSource::Cpal { device } => cpal(device.clone()),
    }
}

/// As the profile wishes; a card of its family that does not offer that is opened with what it has.
fn open_alsa(wished: Option<&AlsaSettings>, own: &AlsaSettings) -> Result<AlsaSource, OpenError> {
    use OpenError::{Access, Encoding, Rate};
    match wished.map(AlsaSource::open) {
        None | Some(Err(Access { .. } | Encoding { .. } | Rate { .. })) => AlsaSource::open(own),
        Some(done) => done,
    }
}

fn alsa(
    stream: StreamWish,
    device: &str,
    access: Option<Access>,
    lines: &[&LineConfig],
) -> AlsaSettings {
    let needed = lines
        .iter()
        .flat_map(|line| line.used_channels())
        .max()
        .map_or(1, |c| c + 1);
    AlsaSettings {
        device: device.to_owned(),
        channels: stream
            .channels
            .map_or(Channels::AtLeast(needed), Channels::Exactly),
        rate: stream.rate,
        encoding: stream.encoding,
        access: match (access, stream.layout) {
            (Some(Access::Mmap), _) => AlsaAccess::Mmap,
            (_, Some(Layout::Planar)) => AlsaAccess::NonInterleaved,
            (_, Some(Layout::Interleaved)) => AlsaAccess::Interleaved,
            _ => AlsaAccess::Auto,
        },
    }
}

fn replay(path: PathBuf, raw: Option<StreamFormat>, pacing: Pacing) -> Opener {
    Box::new(move || match Replay::open(&path, raw, pacing) {
        Ok(replay) => Ok(boxed(replay)),
        Err(error) => Err(OpenError::Input(error.to_string())),
    })
}

/// A raw file says nothing about itself: the configuration must.
fn raw_format(card: &Card) -> Option<StreamFormat> {
    let stream = &card.stream;
    Some(StreamFormat {
        rate: stream.rate?,
        channels: stream.channels?,
        encoding: stream.encoding.unwrap_or(Encoding::S16Le),
        layout: stream.layout.unwrap_or(Layout::Interleaved),
    })
}

fn cpal(device: String) -> Opener {
    let settings = CpalSettings {
        device: (device != "default").then_some(device),
        ..CpalSettings::default()
    };
    Box::new(move || CpalSource::open(&settings).map(boxed))
}

/// The exchange simulates what the configuration says is wired: a channel's tap follows the hook
/// of its line.
pub(super) fn exchange(lines: usize, wired: &[&LineConfig]) -> Options {
    let tap = |channel: usize| {
        let on =
            |line: &&&LineConfig| line.channels.first().map(|c| usize::from(*c)) == Some(channel);
        let line = wired.iter().find(on);
        match line.map(|line| line.hook) {
            Some(Hook::Dc(volts)) => Tap::Dc {
                full_scale_volts: volts.full_scale,
            },
            _ => Tap::Audio,
        }
    };
    Options {
        taps: (0..lines).map(tap).collect(),
        keep_truth: false,
        ..Options::default()
    }
}
