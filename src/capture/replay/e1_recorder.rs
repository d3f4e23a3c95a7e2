//! `.e1cap` of osmo-e1-recorder: both directions of an E1 as 64 A-law channels. Channel n (1-31) is
//! timeslot n of the line with the even number, 32 + n of the one with the odd number.
//!
//! A chunk holds octets of one timeslot, their bits reversed as mISDN has them, or one HDLC frame,
//! which is put back on its timeslot. The timeslots alternate; what one is ahead of the others waits,
//! at most [`MOST_AHEAD`]. A capture of frames alone goes by the times of its chunks. Reads chunk by
//! chunk; allocates for what waits.

use std::collections::VecDeque;
use std::io::{self, Read};

use crate::isdn::e1cap::{CaptureMode, RECORDER_HEADER, RecorderChunk, RecorderChunks};
use crate::isdn::encode::{Fill, HdlcWriter};
use crate::isdn::{Variant, fcs, lapd};

/// Both directions of 32 timeslots.
const CHANNELS: usize = 64;
/// What an idle timeslot carries.
const IDLE: u8 = 0xd5;
/// Octets one timeslot may be ahead: a second. Then those behind are taken as idle.
const MOST_AHEAD: usize = 8_000;
/// Octets of a chunk at most; osmo-e1-recorder writes a few hundred.
const LONGEST: usize = 1 << 16;
/// Frames of silence that leave room for the last HDLC frames: the longest takes 0.04 s.
const LAST: usize = 800;
const MICROSECONDS_PER_SAMPLE: u64 = 125;

/// One direction of a timeslot.
enum Timeslot {
    /// Not captured.
    Idle,
    /// Its octets, as on the wire.
    Octets(VecDeque<u8>),
    /// Its frames, to be put on the wire again.
    Frames(HdlcWriter),
}

/// A capture being read.
pub(super) struct RecorderFile {
    reader: Box<dyn Read + Send>,
    timeslots: [Timeslot; CHANNELS],
    /// Time of the first chunk.
    begun: Option<u64>,
    /// Samples up to the last chunk by the chunks' times, and samples played.
    told: u64,
    played: u64,
    ended: bool,
}

impl RecorderFile {
    pub(super) fn new(reader: impl Read + Send + 'static) -> Self {
        Self {
            reader: Box::new(reader),
            timeslots: std::array::from_fn(|_| Timeslot::Idle),
            begun: None,
            told: 0,
            played: 0,
            ended: false,
        }
    }

    /// Fills the front of `buffer` with whole frames of 64 octets; 0 at the end.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, String> {
        let wanted = buffer.len() / CHANNELS;
        while !self.ended && !self.ready(wanted) {
            self.chunk()?;
        }
        let frames = self.left().min(wanted);
        for frame in buffer.chunks_exact_mut(CHANNELS).take(frames) {
            for (octet, timeslot) in frame.iter_mut().zip(&mut self.timeslots) {
                *octet = timeslot.next();
            }
        }
        self.played += frames as u64;
        Ok(frames)
    }

    /// Octets that wait, timeslot by timeslot, where octets were captured.
    fn waiting(&self) -> impl Iterator<Item = usize> {
        self.timeslots.iter().filter_map(|timeslot| match timeslot {
            Timeslot::Octets(waiting) => Some(waiting.len()),
            Timeslot::Idle | Timeslot::Frames(_) => None,
        })
    }

    fn ready(&self, wanted: usize) -> bool {
        if self.frames() >= MOST_AHEAD {
            return true;
        }
        match (self.waiting().min(), self.waiting().max()) {
            (Some(least), Some(most)) => least >= wanted || most >= MOST_AHEAD,
            _ => self.told.saturating_sub(self.played) >= wanted as u64,
        }
    }

    /// Samples that can be played.
    fn left(&self) -> usize {
        let by_time = self.told.saturating_sub(self.played) as usize;
        let left = self.waiting().max().unwrap_or(by_time);
        let frames = self.frames();
        let must_go = frames >= MOST_AHEAD || self.ended && frames > 0;
        left.max(if must_go { LAST } else { 0 })
    }

    /// Octets of HDLC frames that wait on one timeslot at most.
    fn frames(&self) -> usize {
        let frames = self.timeslots.iter().map(|timeslot| match timeslot {
            Timeslot::Frames(writer) => writer.waiting(),
            Timeslot::Idle | Timeslot::Octets(_) => 0,
        });
        frames.max().unwrap_or(0)
    }

    fn chunk(&mut self) -> Result<(), String> {
        let text = |error: io::Error| error.to_string();
        let mut chunk = vec![0; RECORDER_HEADER];
        let got = super::pcm_file::read_up_to(&mut self.reader, &mut chunk).map_err(text)?;
        if got == 0 {
            self.ended = true;
            return Ok(());
        }
        let length = RecorderChunks::length(&chunk[..got]).unwrap_or(0);
        if length > LONGEST {
            return Err(format!("a chunk says it has {length} octets"));
        }
        chunk.truncate(got);
        let mut data = vec![0; length];
        let got = super::pcm_file::read_up_to(&mut self.reader, &mut data).map_err(text)?;
        chunk.extend_from_slice(&data[..got]);
        for read in RecorderChunks::new(&chunk) {
            self.take(&read.map_err(|error| error.to_string())?);
        }
        Ok(())
    }

    fn take(&mut self, chunk: &RecorderChunk<'_>) {
        let begun = *self.begun.get_or_insert(chunk.microseconds);
        let since = chunk.microseconds.saturating_sub(begun);
        self.told = self.told.max(since / MICROSECONDS_PER_SAMPLE);
        let channel = usize::from(chunk.line & 1) * 32 + usize::from(chunk.timeslot & 31);
        let timeslot = &mut self.timeslots[channel];
        match chunk.mode {
            CaptureMode::Raw => timeslot.octets(chunk.data),
            CaptureMode::Hdlc => timeslot.frame(chunk.data),
            CaptureMode::Other(_) => {}
        }
    }
}

impl Timeslot {
    fn next(&mut self) -> u8 {
        match self {
            Self::Idle => IDLE,
            Self::Octets(waiting) => waiting.pop_front().unwrap_or(IDLE),
            Self::Frames(writer) => {
                let mut octet = [0];
                writer.fill(&mut octet);
                octet[0]
            }
        }
    }

    fn octets(&mut self, data: &[u8]) {
        if !matches!(self, Self::Octets(_)) {
            *self = Self::Octets(VecDeque::new());
        }
        if let Self::Octets(waiting) = self {
            waiting.extend(data.iter().map(|octet| octet.reverse_bits()));
        }
    }

    /// A frame with or without its check sequence, its octets in either bit order.
    fn frame(&mut self, data: &[u8]) {
        let reversed: Vec<u8> = data.iter().map(|octet| octet.reverse_bits()).collect();
        let in_reverse = !lapd::may_begin(data) && lapd::may_begin(&reversed);
        let frame = if in_reverse { &reversed[..] } else { data };
        let checked = fcs::intact(frame);
        let frame = &frame[..frame.len() - if checked { 2 } else { 0 }];
        if !matches!(self, Self::Frames(_)) {
            *self = Self::Frames(HdlcWriter::new(Fill::Flags, Variant::default()));
        }
        if let Self::Frames(writer) = self {
            writer.queue(frame);
        }
    }
}
