//! The line worker: one thread a card, from raw frames to call events and recordings.
//!
//! Reads the card's ring, converts to 8 kHz, feeds the detectors and call machines, and sends what
//! the line recorders put out. It may wait (for the writers) and allocate; it never touches a file,
//! a socket or SQLite. A panic in one line's call machine stops that line's splitting, not its
//! card: the line is marked and the others go on. A panic in a detector or in an ISDN line's signalling
//! costs the signals of some seconds (see [`GuardedAnalyzer`] and `guarded_signalling`); audio goes on.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::capture::DeviceTime;
use crate::capture::ring::{RingItem, RingReader};
use crate::signal::{Converter, HookMode, LineSetup};
use crate::words::{Gap, GapCause, SampleTime, Signal, StreamFormat};

use super::anchor::Anchor;
use super::board::CardBoard;
use super::chain::Chain;
use super::guarded_analyzer::GuardedAnalyzer;
use super::ids::TimeIds;
use super::isdn_chain::IsdnChain;
use super::line_chain::LineChain;
use super::planes::Planes;
use super::router::Router;
use super::rules_in_force::Rules;
use super::timeline::Timeline;

/// How long to wait for the ring before looking at the stop flag again.
const PATIENCE: Duration = Duration::from_millis(100);

/// Frames at 8 kHz handed to the detectors at a time: 20 ms, so that a status is never older and
/// decisions about hours are exact to a block.
const BLOCK: usize = 160;

/// Where a card's time comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TimeSource {
    /// The machine's clock at the first frame, then the device's own time.
    Device,
    /// A fixed start: virtual time.
    Start(Timestamp),
}

/// Everything one worker owns.
pub(crate) struct CardWorker {
    /// Place of the card in the configuration.
    pub(crate) card: usize,
    /// Its name, for messages.
    pub(crate) name: String,
    /// From the capture thread.
    pub(crate) reader: RingReader,
    /// How its lines lie on its channels; the analyzer numbers them in this order.
    pub(crate) setups: Vec<LineSetup>,
    /// Its lines, in the same order.
    pub(crate) lines: Vec<LineChain>,
    /// Its ISDN lines.
    pub(crate) isdn: Vec<IsdnChain>,
    /// To the writers and the store.
    pub(crate) router: Router,
    /// What the status shows.
    pub(crate) board: Arc<CardBoard>,
    /// Virtual time.
    pub(crate) timeline: Arc<Timeline>,
    /// Where UTC comes from.
    pub(crate) time: TimeSource,
    /// Makes ids.
    pub(crate) ids: TimeIds,
    /// The rules in force.
    pub(crate) rules: Arc<Rules>,
    /// Which of them the lines have been told of.
    pub(crate) generation: u64,
}

struct Stream {
    format: StreamFormat,
    converter: Converter,
    analyzer: GuardedAnalyzer,
    planes: Planes,
}

/// Where the card stands in time.
struct Position {
    now: SampleTime,
    anchor: Option<Anchor>,
}

impl CardWorker {
    /// Works until the capture thread has ended and everything was read.
    pub(crate) fn run(mut self) {
        let mut raw = Vec::new();
        let mut frames = Vec::new();
        let mut stream: Option<Stream> = None;
        let mut at = Position {
            now: SampleTime(0),
            anchor: None,
        };
        loop {
            match self.reader.next(&mut raw) {
                RingItem::Opened(format) => stream = self.opened(format, stream),
                RingItem::Frames { time, .. } => {
                    let Some(stream) = &mut stream else { continue };
                    frames.clear();
                    stream.converter.push(&raw, &mut frames);
                    self.observe(&mut at, time);
                    self.blocks(&frames, stream, &mut at);
                }
                RingItem::Gap { frames, cause, .. } => {
                    let Some(stream) = &mut stream else { continue };
                    let samples = stream.converter.gap(frames);
                    self.gap(samples, cause, stream, &mut at);
                }
                RingItem::DeviceLost { errno } => self.device_lost(errno),
                RingItem::Empty => self.reader.wait(PATIENCE),
                RingItem::Ended => break,
            }
        }
        self.finish(stream, &at);
    }

    fn opened(&self, format: StreamFormat, before: Option<Stream>) -> Option<Stream> {
        if let Some(stream) = before
            && stream.format == format
        {
            return Some(stream); // keeps the converter's remainder, so that time stays exact
        }
        let channels = usize::from(format.channels);
        if self
            .setups
            .iter()
            .any(|setup| highest_channel(setup) >= channels)
        {
            log::error!(
                "card {}: has {channels} channels, a line needs more; not used",
                self.name
            );
            return None;
        }
        match Converter::new(format) {
            Ok(converter) => {
                let analyzer = GuardedAnalyzer::new(self.setups.clone(), channels);
                Some(Stream {
                    format,
                    converter,
                    analyzer,
                    planes: Planes::default(),
                })
            }
            Err(error) => {
                log::error!("card {}: {error}; not used", self.name);
                None
            }
        }
    }

    fn anchored<'a>(&self, at: &'a mut Position) -> &'a mut Anchor {
        let now = at.now;
        at.anchor.get_or_insert_with(|| match self.time {
            TimeSource::Start(utc) => Anchor::new(SampleTime(0), utc),
            TimeSource::Device => Anchor::new(now, self.timeline.clock().now()),
        })
    }

    fn observe(&self, at: &mut Position, time: Option<DeviceTime>) {
        let now = at.now;
        let anchor = self.anchored(at);
        if let (TimeSource::Device, Some(time)) = (self.time, time) {
            anchor.observe(now, self.timeline.clock().utc_of(time.monotonic_ns));
            let idle = self.isdn.iter().all(Chain::is_idle);
            if idle && self.lines.iter().all(Chain::is_idle) {
                anchor.settle(now);
            }
        }
    }

    /// Feeds whole frames, block by block.
    fn blocks(&mut self, frames: &[i16], stream: &mut Stream, at: &mut Position) {
        let channels = usize::from(stream.format.channels);
        let synchronised = self.timeline.clock().is_synchronised();
        self.anchored(at).note_synchronised(synchronised);
        if let Some(policy) = self.rules.newer(&mut self.generation) {
            for line in chains(&mut self.lines, &mut self.isdn) {
                line.rules_changed(&policy);
            }
        }
        let mut signals: Vec<(usize, Signal)> = Vec::new();
        for block in frames.chunks(BLOCK * channels) {
            stream.planes.take(block, channels);
            for line in chains(&mut self.lines, &mut self.isdn) {
                line.audio(&stream.planes, at.now);
            }
            at.now = at.now + (block.len() / channels) as u64;
            stream.analyzer.push(block, &mut signals);
            self.heard(&mut signals);
            let Some(anchor) = &at.anchor else { return };
            for line in chains(&mut self.lines, &mut self.isdn) {
                line.pump(at.now, anchor, &mut self.ids);
                line.send(&self.router);
            }
        }
        self.show(stream, at);
    }

    fn heard(&mut self, signals: &mut Vec<(usize, Signal)>) {
        for (line, signal) in signals.drain(..) {
            self.lines[line].signal(&signal);
        }
    }

    fn gap(&mut self, samples: u64, cause: GapCause, stream: &mut Stream, at: &mut Position) {
        let gap = Gap {
            at: at.now,
            samples,
            cause,
        };
        let utc = self.anchored(at).utc(gap.at);
        let mut signals: Vec<(usize, Signal)> = Vec::new();
        stream.analyzer.gap(samples, &mut signals);
        self.heard(&mut signals);
        for line in chains(&mut self.lines, &mut self.isdn) {
            line.gap(&gap);
        }
        at.now = at.now + samples;
        self.router.gap(&self.name, gap, utc);
        log::warn!(
            "card {}: {samples} samples lost ({})",
            self.name,
            cause.word()
        );
    }

    fn device_lost(&self, errno: i32) {
        let why = std::io::Error::from_raw_os_error(errno);
        log::error!(
            "card {}: device lost ({why}); reopening with back-off",
            self.name
        );
    }

    fn show(&self, stream: &Stream, at: &Position) {
        let Some(anchor) = &at.anchor else { return };
        let meters = |line| stream.analyzer.meters(line);
        let lines = (&self.lines[..], &self.isdn[..]);
        self.board
            .update(at.now, anchor, lines, &meters, self.timeline.clock());
        self.board.detectors_failed(stream.analyzer.failures());
        self.timeline.reached(self.card, anchor.utc(at.now));
    }

    fn finish(mut self, stream: Option<Stream>, at: &Position) {
        if let (Some(mut stream), Some(anchor)) = (stream, &at.anchor) {
            let mut signals: Vec<(usize, Signal)> = Vec::new();
            stream.analyzer.finish(&mut signals);
            self.heard(&mut signals);
            for line in chains(&mut self.lines, &mut self.isdn) {
                line.finish(at.now, anchor, &mut self.ids);
                line.send(&self.router);
            }
            self.show(&stream, at);
        }
        self.timeline.ended(self.card);
    }
}

/// All lines of a card.
fn chains<'a>(
    lines: &'a mut [LineChain],
    isdn: &'a mut [IsdnChain],
) -> impl Iterator<Item = &'a mut dyn Chain> {
    let isdn = isdn.iter_mut().map(|line| line as &mut dyn Chain);
    lines
        .iter_mut()
        .map(|line| line as &mut dyn Chain)
        .chain(isdn)
}

fn highest_channel(setup: &LineSetup) -> usize {
    let sense = match setup.hook {
        HookMode::Sense { channel, .. } => channel,
        HookMode::Audio | HookMode::Dc(_) | HookMode::Isdn => 0,
    };
    setup.audio.max(setup.other.unwrap_or(0)).max(sense)
}
