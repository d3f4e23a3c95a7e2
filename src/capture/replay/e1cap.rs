//! `.e1cap` of e1-tracer: both directions of an E1 as 64 A-law channels. Channel n (0-31) is timeslot n
//! of the first endpoint (0x81), 32 + n of the second.
//!
//! Chunks of the two endpoints alternate; what one is ahead of the other waits, at most
//! [`MOST_AHEAD`]. Reads chunk by chunk; allocates for what waits.

use std::collections::VecDeque;
use std::io::{self, Read};

use crate::isdn::e1cap::{TRACER_HEADER, TracerChunks};

/// Timeslots of one direction.
const TIMESLOTS: usize = 32;
/// What an idle timeslot carries, for a direction that is not there.
const IDLE: u8 = 0xd5;
/// Octets one direction may be ahead: a second. Then the other is taken as not connected.
const MOST_AHEAD: usize = 8_000 * TIMESLOTS;

/// A capture being read.
pub(super) struct E1capFile {
    reader: Box<dyn Read + Send>,
    waiting: [VecDeque<u8>; 2],
    ended: bool,
}

impl E1capFile {
    pub(super) fn new(reader: impl Read + Send + 'static) -> Self {
        Self {
            reader: Box::new(reader),
            waiting: [VecDeque::new(), VecDeque::new()],
            ended: false,
        }
    }

    /// Fills the front of `buffer` with whole frames of 64 octets; 0 at the end.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, String> {
        let wanted = buffer.len() / (2 * TIMESLOTS) * TIMESLOTS;
        while !self.ended && !self.ready(wanted) {
            self.chunk()?;
        }
        let most = self.waiting[0].len().max(self.waiting[1].len());
        let frames = most.min(wanted) / TIMESLOTS;
        for frame in buffer.chunks_exact_mut(2 * TIMESLOTS).take(frames) {
            for (half, waiting) in frame.chunks_exact_mut(TIMESLOTS).zip(&mut self.waiting) {
                for octet in half {
                    *octet = waiting.pop_front().unwrap_or(IDLE);
                }
            }
        }
        Ok(frames)
    }

    fn ready(&self, wanted: usize) -> bool {
        let [a, b] = [0, 1].map(|side: usize| self.waiting[side].len());
        a.min(b) >= wanted || a.max(b) >= MOST_AHEAD
    }

    fn chunk(&mut self) -> Result<(), String> {
        let text = |error: io::Error| error.to_string();
        let mut chunk = vec![0; TRACER_HEADER];
        let got = super::pcm_file::read_up_to(&mut self.reader, &mut chunk).map_err(text)?;
        if got == 0 {
            self.ended = true;
            return Ok(());
        }
        let length = TracerChunks::length(&chunk[..got]).unwrap_or(0);
        chunk.truncate(got);
        let mut frames = vec![0; length];
        let got = super::pcm_file::read_up_to(&mut self.reader, &mut frames).map_err(text)?;
        chunk.extend_from_slice(&frames[..got]);
        for read in TracerChunks::new(&chunk) {
            let read = read.map_err(|error| error.to_string())?;
            let whole = read.frames.len() / TIMESLOTS * TIMESLOTS;
            self.waiting[usize::from(read.endpoint != 0x81)].extend(&read.frames[..whole]);
        }
        Ok(())
    }
}
