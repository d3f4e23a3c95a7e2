//! A card's block taken apart: the samples of each channel in a row, made once for all its lines.

use zeroize::Zeroize;

/// Samples of a channel and channels that change places at once: four 16-bit samples are one word.
const SIDE: usize = 4;

/// One block, channel by channel. Keeps its memory from block to block and wipes it at its end.
#[derive(Debug, Default)]
pub(crate) struct Planes {
    samples: Vec<i16>,
    frames: usize,
}

impl Planes {
    /// Takes whole frames of `channels` channels in place of what was there.
    pub(crate) fn take(&mut self, block: &[i16], channels: usize) {
        self.frames = block.len() / channels;
        self.samples.resize(channels * self.frames, 0);
        if self.frames == 0 {
            return;
        }
        let mut fours = self.samples.chunks_exact_mut(SIDE * self.frames);
        for (four, planes) in fours.by_ref().enumerate() {
            turn(block, (channels, SIDE * four), planes, self.frames);
        }
        let first = channels / SIDE * SIDE;
        let rest = fours.into_remainder().chunks_exact_mut(self.frames);
        for (channel, plane) in (first..).zip(rest) {
            for (to, frame) in plane.iter_mut().zip(block.chunks_exact(channels)) {
                *to = frame[channel];
            }
        }
    }

    /// Frames of the block.
    pub(crate) fn frames(&self) -> usize {
        self.frames
    }

    /// The samples of one channel.
    ///
    /// # Panics
    /// If the card has no such channel.
    pub(crate) fn of(&self, channel: usize) -> &[i16] {
        &self.samples[channel * self.frames..][..self.frames]
    }
}

impl Drop for Planes {
    fn drop(&mut self) {
        self.samples.zeroize();
    }
}

/// Four channels from `first` on of frames of `channels`, into four planes of `frames` samples.
fn turn(block: &[i16], (channels, first): (usize, usize), planes: &mut [i16], frames: usize) {
    let (ab, cd) = planes.split_at_mut(2 * frames);
    let ((a, b), (c, d)) = (ab.split_at_mut(frames), cd.split_at_mut(frames));
    let [a, b, c, d] = [a, b, c, d].map(|plane| plane.as_chunks_mut::<SIDE>());
    let columns = a.0.iter_mut().zip(b.0).zip(c.0.iter_mut().zip(d.0));
    for (rows, ((a, b), (c, d))) in block.chunks_exact(SIDE * channels).zip(columns) {
        let row = |at: usize| rows[at * channels + first..].first_chunk().map(word);
        let (Some(w), Some(x), Some(y), Some(z)) = (row(0), row(1), row(2), row(3)) else {
            return; // a frame has at least four channels from `first` on
        };
        let turned = transposed([w, x, y, z]);
        [*a, *b, *c, *d] = turned.map(samples);
    }
    let whole = frames / SIDE * SIDE;
    let rest = [a.1, b.1, c.1, d.1];
    for (plane, channel) in rest.into_iter().zip(first..) {
        let frames = block.chunks_exact(channels).skip(whole);
        for (to, frame) in plane.iter_mut().zip(frames) {
            *to = frame[channel];
        }
    }
}

/// Four samples as one word, the first one lowest.
#[inline(always)]
fn word(samples: &[i16; SIDE]) -> u64 {
    let [a, b, c, d] = samples.map(|sample| u64::from(sample.cast_unsigned()));
    a | b << 16 | c << 32 | d << 48
}

#[inline(always)]
fn samples(word: u64) -> [i16; SIDE] {
    [0, 16, 32, 48].map(|shift| (word >> shift) as i16)
}

/// Four words of four samples, rows made columns: first within pairs of rows, then between the pairs.
#[inline(always)]
fn transposed([a, b, c, d]: [u64; SIDE]) -> [u64; SIDE] {
    const EVEN: u64 = 0x0000_ffff_0000_ffff;
    const LOW: u64 = 0xffff_ffff;
    let even = |x: u64, y: u64| x & EVEN | (y & EVEN) << 16;
    let odd = |x: u64, y: u64| x >> 16 & EVEN | y & !EVEN;
    let ((ab, cd), (ab1, cd1)) = ((even(a, b), even(c, d)), (odd(a, b), odd(c, d)));
    let low = |x: u64, y: u64| x & LOW | y << 32;
    let high = |x: u64, y: u64| x >> 32 | y & !LOW;
    [low(ab, cd), low(ab1, cd1), high(ab, cd), high(ab1, cd1)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_channel_has_its_samples_in_order(
            channels in 1usize..40,
            blocks in prop::collection::vec(0usize..50, 1..4),
        ) {
            let mut planes = Planes::default();
            for frames in blocks {
                let value = |frame: usize, channel: usize| (frame * 397 + channel * 31) as i16 ^ -0x55;
                let block: Vec<i16> = (0..frames)
                    .flat_map(|frame| (0..channels).map(move |channel| value(frame, channel)))
                    .collect();
                planes.take(&block, channels);
                prop_assert_eq!(planes.frames(), frames);
                for channel in 0..channels {
                    let expected: Vec<i16> = (0..frames).map(|frame| value(frame, channel)).collect();
                    prop_assert_eq!(planes.of(channel), &expected[..]);
                }
            }
        }
    }
}
