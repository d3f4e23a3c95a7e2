//! Any card rate to 8 kHz: a polyphase FIR in `f32`, linear phase, the same result however the
//! input is cut and on every processor (multiply and add are never fused).
//!
//! | property | value | measured in the tests below |
//! | --- | --- | --- |
//! | pass band | 0-3.4 kHz, ±0.1 dB | sines at 44.1, 48, 96, 16, 22.05 kHz |
//! | stop band | from 4.6 kHz, at least 75 dB down | the same |
//! | delay | none in the time line: output sample n stands at input frame n·rate/8000 | impulse |
//! | latency | [`Resampler::latency_frames`] input frames (2.2 ms at every rate above 8 kHz) | |
//!
//! Memory: one table of taps (208 floats a phase at 48 kHz; 80 phases for 44.1 kHz) and two
//! filter lengths of history a channel; [`Resampler::push`] allocates only while its buffers grow
//! to the largest block. Rates below 8 kHz are raised with the same proportions (0.425 and 0.575
//! of the rate).

use crate::words::RATE_HZ;

/// Accumulators of one dot product. Fixed, so that sums are the same on every vector width.
const LANES: usize = 16;
/// Stop band attenuation of the Kaiser window (dB).
const ATTENUATION_DB: f64 = 80.0;

/// Converts planar floats of one card to 8 kHz.
pub struct Resampler {
    /// `out = in * up / down`, in lowest terms.
    up: u64,
    down: u64,
    /// Taps of a phase, a multiple of [`LANES`].
    taps: usize,
    /// `up` phases of `taps` coefficients, in the order of rising input time.
    phases: Vec<f32>,
    /// Per channel: the frames that later outputs still need.
    history: Vec<Vec<f32>>,
    /// Input frame at which every `history` begins; negative before the start.
    base: i64,
    /// Next output sample.
    next: u64,
    arch: pulp::Arch,
}

impl Resampler {
    /// From `rate` (Hz, not zero) to 8 kHz for `channels` channels.
    pub fn new(rate: u32, channels: usize) -> Self {
        let divisor = gcd(u64::from(rate), u64::from(RATE_HZ));
        let up = u64::from(RATE_HZ) / divisor;
        let down = u64::from(rate) / divisor;
        let (taps, phases) = design(f64::from(rate), up as usize);
        let mut resampler = Self {
            up,
            down,
            taps,
            phases,
            history: vec![Vec::new(); channels],
            base: 0,
            next: 0,
            arch: pulp::Arch::new(),
        };
        resampler.restart_at(0);
        resampler
    }

    /// How many input frames must follow the instant of an output sample before it is made.
    pub fn latency_frames(&self) -> usize {
        self.taps / 2
    }

    /// The channels' buffers: append the same number of new samples to each, then call
    /// [`Resampler::run`].
    pub fn input(&mut self) -> &mut [Vec<f32>] {
        &mut self.history
    }

    /// Makes every output sample whose input is complete, appended to `out` frame by frame.
    pub fn run(&mut self, out: &mut Vec<i16>) {
        let channels = self.history.len();
        let Some(first) = self.history.first() else {
            return;
        };
        // Output n needs the frames to n*down/up + taps/2.
        let complete = self.base + first.len() as i64 - self.taps as i64 / 2;
        let end = (complete.max(0) as u64 * self.up).div_ceil(self.down);
        let made = end.saturating_sub(self.next) as usize;
        if made > 0 {
            let start = out.len();
            out.resize(start + made * channels, 0);
            for channel in 0..channels {
                self.run_channel(channel, &mut out[start + channel..]);
            }
            self.next += made as u64;
        }
        self.forget();
    }

    /// `frames` input frames are missing after those pushed so far. Returns how many samples at
    /// 8 kHz are missing with them: also those whose filter reached into the loss. The sum over
    /// a stream is exact, so that sample time never drifts.
    pub fn gap(&mut self, frames: u64) -> u64 {
        let pushed = self.base + self.history.first().map_or(0, Vec::len) as i64;
        let resume = pushed as u64 + frames;
        let next = (resume * self.up).div_ceil(self.down);
        let lost = next - self.next;
        self.next = next;
        self.restart_at(resume);
        lost
    }

    /// Silence before `frame`.
    fn restart_at(&mut self, frame: u64) {
        let silence = self.taps / 2 - 1;
        // What an output between two frames needs of the frame before `frame` is silent as well.
        self.base = frame as i64 - silence as i64 - 1;
        for history in &mut self.history {
            history.clear();
            history.resize(silence + 1, 0.0);
        }
    }

    fn run_channel(&self, channel: usize, out: &mut [i16]) {
        let position = self.next * self.down;
        let first = (position / self.up) as i64 - self.taps as i64 / 2 + 1;
        self.arch.dispatch(Run {
            phases: &self.phases,
            taps: self.taps,
            up: self.up as usize,
            down: self.down as usize,
            phase: (position % self.up) as usize,
            history: &self.history[channel],
            at: (first - self.base) as usize,
            stride: self.history.len(),
            out,
        });
    }

    /// Drops the frames that no later output needs.
    fn forget(&mut self) {
        let oldest = (self.next * self.down / self.up) as i64 - self.taps as i64 / 2 + 1;
        let drop = (oldest - self.base).max(0) as usize;
        for history in &mut self.history {
            let drop = drop.min(history.len());
            history.copy_within(drop.., 0);
            history.truncate(history.len() - drop);
        }
        self.base += drop as i64;
    }
}

/// One channel of one block: compiled once for every vector width.
struct Run<'a> {
    phases: &'a [f32],
    taps: usize,
    up: usize,
    down: usize,
    phase: usize,
    history: &'a [f32],
    at: usize,
    stride: usize,
    out: &'a mut [i16],
}

impl pulp::WithSimd for Run<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, simd: S) {
        let (whole, part) = (self.down / self.up, self.down % self.up);
        let (mut phase, mut at) = (self.phase, self.at);
        for out in self.out.chunks_mut(self.stride) {
            let row = &self.phases[phase * self.taps..][..self.taps];
            out[0] = super::pcm::round_i16(dot(simd, row, &self.history[at..at + self.taps]));
            phase += part;
            at += whole;
            if phase >= self.up {
                phase -= self.up;
                at += 1;
            }
        }
    }
}

/// Sums always run over [`LANES`] lanes, whatever number of them one register holds.
#[inline(always)]
fn dot<S: pulp::Simd>(simd: S, taps: &[f32], samples: &[f32]) -> f32 {
    let registers = LANES / S::F32_LANES;
    let (taps, _) = S::as_simd_f32s(taps);
    let (samples, _) = S::as_simd_f32s(samples);
    let mut partial = [simd.splat_f32s(0.0); LANES];
    let rows = taps
        .chunks_exact(registers)
        .zip(samples.chunks_exact(registers));
    for (taps, samples) in rows {
        for register in 0..registers {
            let product = simd.mul_f32s(taps[register], samples[register]);
            partial[register] = simd.add_f32s(partial[register], product);
        }
    }
    let mut sums = [0.0f32; LANES];
    let (stored, _) = S::as_mut_simd_f32s(&mut sums);
    stored.copy_from_slice(&partial[..registers]);
    let mut width = LANES;
    while width > 1 {
        width /= 2;
        for lane in 0..width {
            sums[lane] += sums[lane + width];
        }
    }
    sums[0]
}

const fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Kaiser-windowed sinc: taps of a phase, and all phases in the order of rising input time.
fn design(rate: f64, up: usize) -> (usize, Vec<f32>) {
    let narrower = rate.min(f64::from(RATE_HZ));
    let (pass, stop) = (0.425 * narrower, 0.575 * narrower);
    let length = (ATTENUATION_DB - 7.95) / (14.36 * (stop - pass) / rate);
    let taps = (length.ceil() as usize).next_multiple_of(LANES);
    let beta = 0.1102 * (ATTENUATION_DB - 8.7);
    let cutoff = (pass + stop) / rate; // twice the cut-off in cycles a frame
    let half = taps as f64 / 2.0;
    let mut phases = Vec::with_capacity(up * taps);
    for phase in 0..up {
        let row: Vec<f64> = (0..taps)
            .rev()
            .map(|tap| {
                let t = tap as f64 - half + phase as f64 / up as f64;
                let window = (1.0 - (t / half).powi(2)).max(0.0).sqrt();
                sinc(cutoff * t) * bessel_i0(beta * window)
            })
            .collect();
        // Each phase passes a steady voltage unchanged.
        let sum: f64 = row.iter().sum();
        phases.extend(row.iter().map(|value| (value / sum) as f32));
    }
    (taps, phases)
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    let x = x * std::f64::consts::PI;
    x.sin() / x
}

/// Modified Bessel function of the first kind, order 0.
fn bessel_i0(x: f64) -> f64 {
    let mut sum = 1.0;
    let mut term = 1.0;
    for k in 1..64 {
        term *= (x / 2.0 / f64::from(k)).powi(2);
        sum += term;
        if term < sum * 1e-12 {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests;
