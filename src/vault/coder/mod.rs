//! FLAC frames made here (RFC 9639): as small as libFLAC's at level 5, for a third of the time.
//!
//! * One block in, one whole frame out: nothing waits inside, and no block of silence has to push a
//!   frame out. libFLAC also sums each stream's MD5, which is of no use to frames of many files.
//! * A subframe is a constant, a linear prediction of order 0 to 8 with Rice codes in up to 16
//!   partitions, or the samples as they are: whichever is smallest. The channels of a stereo block
//!   are coded apart: the two ends of a line have little in common.
//! * Lossless whatever the arithmetic of the machine: prediction is in integers, and only the
//!   choice of a predictor in floating point. Sums cannot overflow: 8 coefficients of 12 bits and
//!   samples of 16 stay below 2^30.
//! * [`Coder::frame`] allocates in its output alone. Nothing blocks or fails.

mod bits;
mod predictor;
mod rice;

use pulp::{Arch, Simd, WithSimd};

use super::encode::BLOCK;
use super::frame::{crc16, push_header};
use bits::Bits;
use predictor::{LEAD, Predictor, autocorrelation, choose, residual, window};
use rice::Plan;

/// Bits of a sample.
const WIDTH: u32 = 16;

/// What a thread needs to make frames. About 32 KiB.
#[derive(Debug)]
pub(super) struct Coder {
    arch: Arch,
    /// For whole blocks, and for the shorter one that was last.
    windows: [Vec<f32>; 2],
    /// One channel of the block.
    samples: Vec<i32>,
    /// The same behind [`LEAD`] zeros, under the window.
    windowed: Vec<f32>,
    residual: Vec<u32>,
}

/// How a subframe is coded.
enum Shape {
    Constant,
    Verbatim,
    Predicted(Predictor, Plan),
}

impl Coder {
    /// For blocks of any length.
    pub(super) fn new() -> Self {
        Self {
            arch: Arch::new(),
            windows: [window(BLOCK), Vec::new()],
            samples: Vec::new(),
            windowed: vec![0.0; LEAD],
            residual: Vec::new(),
        }
    }

    /// Appends frame `number` (31 bits) of a stream to `out`: 1 to 65,535 samples per channel, interleaved,
    /// of 1 to 8 channels.
    pub(super) fn frame(&mut self, pcm: &[i16], channels: usize, number: u32, out: &mut Vec<u8>) {
        let samples = pcm.len() / channels;
        let slot = usize::from(samples != BLOCK);
        if self.windows[slot].len() != samples {
            self.windows[slot] = window(samples);
        }
        let start = out.len();
        push_header(out, channels, samples, number);
        let mut bits = Bits::after(std::mem::take(out));
        for channel in 0..channels {
            self.samples.clear();
            // Channel by channel of whole frames: a plain walk where there is but one.
            let one = pcm.chunks_exact(channels).map(|frame| frame[channel]);
            match channels {
                1 => self.samples.extend(pcm.iter().map(|&one| i32::from(one))),
                _ => self.samples.extend(one.map(i32::from)),
            }
            self.arch.dispatch(Subframe {
                windowed: &mut self.windowed,
                window: &self.windows[slot],
                samples: &mut self.samples,
                residual: &mut self.residual,
                bits: &mut bits,
            });
        }
        *out = bits.finish();
        let checksum = crc16(&out[start..]);
        out.extend_from_slice(&checksum.to_be_bytes());
    }
}

/// One channel of a block, on its way into the frame.
struct Subframe<'a> {
    windowed: &'a mut Vec<f32>,
    window: &'a [f32],
    samples: &'a mut [i32],
    residual: &'a mut Vec<u32>,
    bits: &'a mut Bits,
}

impl WithSimd for Subframe<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let wasted = self.drop_wasted_bits();
        let width = WIDTH - wasted;
        let shape = self.shape(simd, width);
        self.write(&shape, wasted, width);
    }
}

impl Subframe<'_> {
    /// Shifts out the zeros at the end of all samples (A-law decoded has three); how many they are.
    #[inline(always)]
    fn drop_wasted_bits(&mut self) -> u32 {
        let any = self.samples.iter().fold(0, |any, sample| any | sample);
        let wasted = if any == 0 { 0 } else { any.trailing_zeros() };
        if wasted > 0 {
            for sample in &mut *self.samples {
                *sample >>= wasted;
            }
        }
        wasted
    }

    #[inline(always)]
    fn shape<S: Simd>(&mut self, simd: S, width: u32) -> Shape {
        let first = self.samples[0];
        let differing = self
            .samples
            .iter()
            .fold(0, |any, sample| any | (sample ^ first));
        if differing == 0 {
            return Shape::Constant;
        }
        self.windowed.truncate(LEAD);
        let pairs = self.samples.iter().zip(self.window);
        self.windowed
            .extend(pairs.map(|(&sample, weight)| sample as f32 * weight));
        let correlation = autocorrelation(simd, self.windowed);
        let predictor = choose(&correlation, self.samples.len(), width);
        residual(self.samples, &predictor, self.residual);
        let plan = rice::plan(self.residual, self.samples.len());
        if predictor.bits(width) + plan.bits < verbatim_bits(self.samples, width) {
            Shape::Predicted(predictor, plan)
        } else {
            Shape::Verbatim
        }
    }

    #[inline(always)]
    fn write(&mut self, shape: &Shape, wasted: u32, width: u32) {
        let (kind, bits) = match shape {
            Shape::Constant => (0, u64::from(width)),
            Shape::Verbatim => (1, verbatim_bits(self.samples, width)),
            Shape::Predicted(by, plan) => (by.kind(), by.bits(width) + plan.bits),
        };
        self.bits.reserve(bits + 8 + u64::from(wasted));
        self.bits.push(kind << 1 | u64::from(wasted > 0), 8);
        if wasted > 0 {
            self.bits.unary(wasted - 1);
        }
        match shape {
            Shape::Constant => self.bits.signed(self.samples[0], width),
            Shape::Verbatim => self.as_they_are(self.samples.len(), width),
            Shape::Predicted(predictor, plan) => {
                self.as_they_are(predictor.order, width);
                predictor.write(self.bits);
                rice::write(self.residual, self.samples.len(), plan, self.bits);
            }
        }
    }

    #[inline(always)]
    fn as_they_are(&mut self, count: usize, width: u32) {
        for &sample in &self.samples[..count] {
            self.bits.signed(sample, width);
        }
    }
}

fn verbatim_bits(samples: &[i32], width: u32) -> u64 {
    samples.len() as u64 * u64::from(width)
}

#[cfg(test)]
mod tests;
