//! The line worker: one thread a card, from raw frames to call events and recordings.
//!
//! Reads the card's ring, converts to 8 kHz, feeds the detectors and call machines, and sends what
//! the line recorders put out. It may wait (for the writers) and allocate; it never touches a file,
//! a socket or SQLite. A panic in one line's call machine stops that line's splitting, not its
//! card: the line is marked and the others go on.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Sender;
use jiff::Timestamp;

use crate::capture::DeviceTime;
use crate::capture::ring::{RingItem, RingReader};
use crate::signal::{Analyzer, Converter};
use crate::words::{Gap, GapCause, SampleTime, Signal, StreamFormat};

use super::anchor::Anchor;
use super::board::CardBoard;
use super::ids::TimeIds;
use super::line_chain::LineChain;
use super::line_recorder::Output;
use super::timeline::Timeline;

/// How long to wait for the ring before looking at the stop flag again.
const PATIENCE: Duration = Duration::from_millis(100);

/// Frames at 8 kHz handed to the detectors at a time: 20 ms, so that a status is never older and
/// decisions about hours are exact to a block.
const BLOCK: usize = 160;

/// What leaves a worker.
pub(crate) enum WorkerOutput {
    /// Something of a line.
    Line(Output),
    /// Lost audio of the whole card, for the gap ledger.
    Gap {
        /// Place of the card in the configuration.
        card: usize,
        /// What is missing.
        gap: Gap,
        /// When it began.
        at: Timestamp,
    },
}

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
    /// The detectors of all its lines.
    pub(crate) analyzer: Analyzer,
    /// Its lines, in the analyzer's order.
    pub(crate) lines: Vec<LineChain>,
    /// To the writers and the store.
    pub(crate) out: Sender<WorkerOutput>,
    /// What the status shows.
    pub(crate) board: Arc<CardBoard>,
    /// Virtual time.
    pub(crate) timeline: Arc<Timeline>,
    /// Where UTC comes from.
    pub(crate) time: TimeSource,
    /// Makes ids.
    pub(crate) ids: TimeIds,
}

struct Stream {
    format: StreamFormat,
    converter: Converter,
}

impl CardWorker {
    /// Works until the capture thread has ended and everything was read.
    pub(crate) fn run(mut self) {
        let mut raw = Vec::new();
        let mut frames = Vec::new();
        let mut stream: Option<Stream> = None;
        let mut anchor: Option<Anchor> = None;
        let mut position = SampleTime(0);
        loop {
            match self.reader.next(&mut raw) {
                RingItem::Opened(format) => stream = self.opened(format, stream),
                RingItem::Frames { time, .. } => {
                    let Some(stream) = &mut stream else { continue };
                    frames.clear();
                    stream.converter.push(&raw, &mut frames);
                    let anchor = anchor.get_or_insert_with(|| self.first_anchor(position));
                    self.observe(anchor, position, time);
                    let channels = usize::from(stream.format.channels);
                    position = self.blocks(&frames, channels, position, anchor);
                }
                RingItem::Gap { frames, cause, .. } => {
                    let Some(stream) = &mut stream else { continue };
                    let samples = stream.converter.gap(frames);
                    let anchor = anchor.get_or_insert_with(|| self.first_anchor(position));
                    self.gap(Gap { at: position, samples, cause }, anchor);
                    position = position + samples;
                }
                RingItem::DeviceLost { errno } => self.device_lost(errno),
                RingItem::Empty => self.reader.wait(PATIENCE),
                RingItem::Ended => break,
            }
        }
        self.finish(position, anchor);
    }

    fn opened(&self, format: StreamFormat, before: Option<Stream>) -> Option<Stream> {
        if let Some(stream) = before
            && stream.format == format
        {
            return Some(stream); // keeps the converter's remainder, so that time stays exact
        }
        match Converter::new(format) {
            Ok(converter) => Some(Stream { format, converter }),
            Err(error) => {
                log::error!("card {}: {error}; its audio is not used", self.name);
                None
            }
        }
    }

    fn first_anchor(&self, at: SampleTime) -> Anchor {
        match self.time {
            TimeSource::Start(utc) => Anchor::new(SampleTime(0), utc),
            TimeSource::Device => Anchor::new(at, self.timeline.clock().now()),
        }
    }

    fn observe(&self, anchor: &mut Anchor, at: SampleTime, time: Option<DeviceTime>) {
        if let (TimeSource::Device, Some(time)) = (self.time, time) {
            anchor.observe(at, self.timeline.clock().utc_of(time.monotonic_ns));
            if self.lines.iter().all(LineChain::is_idle) {
                anchor.settle(at);
            }
        }
    }

    /// Feeds whole frames, block by block; returns the position after them.
    fn blocks(
        &mut self,
        frames: &[i16],
        channels: usize,
        mut position: SampleTime,
        anchor: &Anchor,
    ) -> SampleTime {
        let mut signals: Vec<(usize, Signal)> = Vec::new();
        for block in frames.chunks(BLOCK * channels) {
            position = position + (block.len() / channels) as u64;
            for line in &mut self.lines {
                line.audio(block, channels);
            }
            self.analyzer.push(block, &mut |line, signal| signals.push((line, signal)));
            for (line, signal) in signals.drain(..) {
                self.lines[line].signal(&signal);
            }
            for line in &mut self.lines {
                line.pump(position, anchor, &mut self.ids);
            }
            self.send();
        }
        self.show(position, anchor);
        position
    }

    fn gap(&mut self, gap: Gap, anchor: &Anchor) {
        self.analyzer.gap(gap.samples);
        for line in &mut self.lines {
            line.gap(&gap);
        }
        let at = anchor.utc(gap.at);
        if self.out.send(WorkerOutput::Gap { card: self.card, gap, at }).is_err() {
            log::error!("card {}: the store is gone, a gap could not be entered", self.name);
        }
        if gap.cause != GapCause::NotRunning {
            log::warn!("card {}: {} samples lost ({})", self.name, gap.samples, gap.cause.word());
        }
    }

    fn device_lost(&self, errno: i32) {
        let why = std::io::Error::from_raw_os_error(errno);
        log::error!("card {}: device lost ({why}); reopening with back-off", self.name);
    }

    fn send(&mut self) {
        for line in &mut self.lines {
            for output in line.outputs() {
                if self.out.send(WorkerOutput::Line(output)).is_err() {
                    log::error!("card {}: the writers are gone", self.name);
                }
            }
        }
    }

    fn show(&self, position: SampleTime, anchor: &Anchor) {
        let meters = |at| self.analyzer.meters(at);
        self.board.update(position, anchor, &self.lines, &meters, self.timeline.clock());
        self.timeline.reached(self.card, anchor.utc(position));
    }

    fn finish(mut self, position: SampleTime, anchor: Option<Anchor>) {
        if let Some(anchor) = anchor {
            let mut signals: Vec<(usize, Signal)> = Vec::new();
            self.analyzer.finish(&mut |line, signal| signals.push((line, signal)));
            for (line, signal) in signals {
                self.lines[line].signal(&signal);
            }
            for line in &mut self.lines {
                line.finish(position, &anchor, &mut self.ids);
            }
            self.send();
            self.show(position, &anchor);
        }
        self.timeline.ended(self.card);
    }
}
