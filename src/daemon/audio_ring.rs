//! The memory a line's audio lives in until the rules have spoken: bounded, wiped, never on disk.
//!
//! Holds the newest `capacity` sample positions of one line, mono or stereo. Positions are sample
//! times; lost samples are kept as silence, so that a position always finds its sample. Allocates in
//! [`AudioRing::new`], [`AudioRing::resize`] and [`AudioRing::copy`]'s output.

use crate::words::SampleTime;
use zeroize::Zeroize;

use super::planes::Planes;

/// A line's recent audio.
pub(crate) struct AudioRing {
    samples: Vec<i16>,
    channels: usize,
    /// Position after the newest sample.
    end: SampleTime,
    /// Oldest position still kept.
    start: SampleTime,
}

impl AudioRing {
    /// Room for `capacity` positions of `channels` samples each.
    pub(crate) fn new(capacity: usize, channels: usize) -> Self {
        Self {
            samples: vec![0; capacity.max(1) * channels],
            channels,
            end: SampleTime(0),
            start: SampleTime(0),
        }
    }

    /// Positions it can hold.
    pub(crate) fn capacity(&self) -> u64 {
        (self.samples.len() / self.channels) as u64
    }

    /// Room for `capacity` positions from now on: the newest that are kept stay, others are wiped.
    pub(crate) fn resize(&mut self, capacity: usize) {
        let mut kept = Vec::new();
        let start = self.end.back(capacity.max(1) as u64);
        let first = self.copy(start, self.end, &mut kept);
        let mut resized = Self::new(capacity, self.channels);
        (resized.start, resized.end) = (first, first);
        for position in kept.chunks_exact(self.channels) {
            resized.push(position);
        }
        kept.zeroize();
        *self = resized; // the old one wipes itself
    }

    /// Position after the newest sample.
    pub(crate) fn end(&self) -> SampleTime {
        self.end
    }

    /// Oldest position kept.
    pub(crate) fn start(&self) -> SampleTime {
        self.start
    }

    /// Appends one position; `frame` has one sample per channel.
    pub(crate) fn push(&mut self, frame: &[i16]) {
        let slot = (self.end.0 % self.capacity()) as usize * self.channels;
        self.samples[slot..slot + self.channels].copy_from_slice(frame);
        self.end = self.end + 1;
        self.start = self.start.max(self.end.back(self.capacity()));
    }

    /// Appends a card's block, of which `picks` are this line's channels: one a sample of a position.
    pub(crate) fn extend(&mut self, block: &Planes, picks: &[usize]) {
        let mut from = 0;
        while from < block.frames() {
            let slot = (self.end.0 % self.capacity()) as usize * self.channels;
            let room = (self.samples.len() - slot) / self.channels;
            let positions = room.min(block.frames() - from);
            let places = &mut self.samples[slot..][..positions * self.channels];
            for (at, &pick) in picks.iter().enumerate() {
                let samples = &block.of(pick)[from..][..positions];
                match self.channels {
                    1 => places.copy_from_slice(samples),
                    _ => {
                        let places = places.chunks_exact_mut(self.channels);
                        for (place, sample) in places.zip(samples) {
                            place[at] = *sample;
                        }
                    }
                }
            }
            self.end = self.end + positions as u64;
            from += positions;
        }
        self.start = self.start.max(self.end.back(self.capacity()));
    }

    /// Appends `samples` positions of silence: what a gap lost.
    pub(crate) fn push_silence(&mut self, samples: u64) {
        let kept = samples.min(self.capacity());
        self.end = self.end + (samples - kept);
        let silence = [0i16; 8];
        for _ in 0..kept {
            self.push(&silence[..self.channels]);
        }
        self.start = self.start.max(self.end.back(self.capacity()));
    }

    /// Appends positions `from..to` to `out`, interleaved; what is no longer kept is left out.
    /// Returns the position of the first sample appended.
    pub(crate) fn copy(&self, from: SampleTime, to: SampleTime, out: &mut Vec<i16>) -> SampleTime {
        let from = from.max(self.start);
        let to = to.min(self.end);
        let mut at = from;
        while at < to {
            let slot = at.0 % self.capacity();
            let run = (self.capacity() - slot).min(to - at);
            let first = slot as usize * self.channels;
            out.extend_from_slice(&self.samples[first..first + run as usize * self.channels]);
            at = at + run;
        }
        from
    }

    /// Forgets everything before `at` and overwrites it.
    pub(crate) fn wipe_before(&mut self, at: SampleTime) {
        let to = at.min(self.end);
        let mut position = self.start;
        while position < to {
            let slot = position.0 % self.capacity();
            let run = (self.capacity() - slot).min(to - position);
            let first = slot as usize * self.channels;
            self.samples[first..first + run as usize * self.channels].zeroize();
            position = position + run;
        }
        self.start = self.start.max(to);
    }
}

impl Drop for AudioRing {
    fn drop(&mut self) {
        self.samples.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_newest_positions_are_kept_and_a_gap_is_silence() {
        let mut ring = AudioRing::new(4, 2);
        for n in 0..6i16 {
            ring.push(&[n, -n]);
        }
        let mut out = Vec::new();
        assert_eq!(
            ring.copy(SampleTime(0), SampleTime(99), &mut out),
            SampleTime(2)
        );
        assert_eq!(out, [2, -2, 3, -3, 4, -4, 5, -5]);
        ring.push_silence(1_000_000);
        out.clear();
        assert_eq!(
            ring.copy(SampleTime(0), ring.end(), &mut out),
            SampleTime(1_000_002)
        );
        assert_eq!(out, [0; 8]);
    }

    #[test]
    fn frames_of_a_card_are_taken_like_single_positions() {
        let frames: Vec<i16> = (0..3 * 50).collect();
        let (mut blocks, mut singles) = (AudioRing::new(7, 2), AudioRing::new(7, 2));
        let mut planes = Planes::default();
        for block in frames.chunks(3 * 9) {
            planes.take(block, 3);
            blocks.extend(&planes, &[2, 0]);
        }
        for frame in frames.chunks(3) {
            singles.push(&[frame[2], frame[0]]);
        }
        let copy = |ring: &AudioRing| {
            let mut out = Vec::new();
            (ring.copy(SampleTime(0), ring.end(), &mut out), out)
        };
        assert_eq!(copy(&blocks), copy(&singles));
    }

    #[test]
    fn wiped_audio_is_gone_from_memory() {
        let mut ring = AudioRing::new(8, 1);
        for n in 1..=8i16 {
            ring.push(&[n]);
        }
        ring.wipe_before(SampleTime(5));
        assert_eq!(ring.samples, [0, 0, 0, 0, 0, 6, 7, 8]);
        assert_eq!(ring.start(), SampleTime(5));
    }

    proptest! {
        #[test]
        fn a_position_always_finds_its_sample(
            steps in proptest::collection::vec((0u8..4, 1u64..40), 1..60),
        ) {
            let mut ring = AudioRing::new(32, 1);
            let mut all: Vec<i16> = Vec::new();
            for (kind, amount) in steps {
                match kind {
                    0 => for _ in 0..amount {
                        let value = (all.len() % 1_000) as i16 + 1;
                        ring.push(&[value]);
                        all.push(value);
                    },
                    1 => {
                        ring.push_silence(amount);
                        all.extend(std::iter::repeat_n(0, amount as usize));
                    }
                    2 => {
                        ring.resize(amount as usize);
                        prop_assert_eq!(ring.capacity(), amount);
                        prop_assert!(ring.end() - ring.start() <= amount);
                    }
                    _ => ring.wipe_before(SampleTime(all.len() as u64).back(amount)),
                }
                let mut out = Vec::new();
                let from = ring.copy(SampleTime(0), ring.end(), &mut out);
                prop_assert_eq!(ring.end().0 as usize, all.len());
                prop_assert_eq!(&out[..], &all[from.0 as usize..]);
            }
        }
    }
}
