//! The last hops of every ear of a card, ears side by side: what all banks listen to.
//!
//! A card's frames are taken apart once. Sample `n` of ear `e` in a hop lies at lane
//! `e % LANES` of row `n` of group `e / LANES`, as a float with the value of the 16-bit sample, so
//! that one vector is one instant of several ears. [`KEPT`] hops of 10 ms are kept, for what looks
//! back. An ear without a channel hears silence. `new` allocates, nothing else does.

use pulp::{Arch, Simd, WithSimd};

use super::bank::transform::Rings;
use super::bank::{Arithmetic, LANES};
use super::level::FRAME;

/// Hops kept, the newest included: 80 ms.
pub const KEPT: usize = 8;
/// Lanes of half a group.
pub(super) const HALF: usize = LANES / 2;
/// Frames taken apart for all groups before the next ones; divides [`FRAME`].
const PART: usize = 16;
/// Samples of one group in one hop.
const TILE: usize = FRAME * LANES;

/// Where half a group's ears lie in a frame.
#[derive(Clone, Copy)]
enum Half {
    /// Side by side, from this channel on.
    Run(usize),
    /// Anywhere.
    Strewn([usize; HALF]),
    /// There are none: its lanes stay silent.
    Empty,
}

impl Half {
    /// Of ears at these channels; `usize::MAX` is none.
    fn of(ears: &[usize; HALF]) -> Self {
        let first = ears[0];
        if ears.iter().all(|ear| *ear == usize::MAX) {
            Self::Empty
        } else if (first..).zip(ears).all(|(channel, ear)| channel == *ear) {
            Self::Run(first)
        } else {
            Self::Strewn(*ears)
        }
    }
}

/// See the module's description.
pub struct Tiles {
    arch: Arch,
    /// Where the ears of each half of a group lie.
    halves: Vec<Half>,
    ears: usize,
    /// `[group][hop of the ring][sample][lane]`.
    samples: Vec<f32>,
    /// The newest hop's place in the ring.
    newest: usize,
}

impl Tiles {
    /// For ears that listen to these channels of a frame. The past is silence.
    pub fn new(channels: &[usize], arithmetic: Arithmetic) -> Self {
        let groups = channels.len().div_ceil(LANES);
        let mut padded = channels.to_vec();
        padded.resize(groups * LANES, usize::MAX);
        Self {
            arch: arithmetic.arch(),
            halves: padded.as_chunks().0.iter().map(Half::of).collect(),
            ears: channels.len(),
            samples: vec![0.0; groups * KEPT * TILE],
            newest: 0,
        }
    }

    /// Number of ears.
    pub fn ears(&self) -> usize {
        self.ears
    }

    /// Number of groups of [`LANES`] ears.
    pub fn groups(&self) -> usize {
        self.halves.len() / 2
    }

    /// Takes a hop of [`FRAME`] interleaved frames of `channels` channels.
    pub fn take(&mut self, hop: &[i16], channels: usize) {
        self.newest = (self.newest + 1) % KEPT;
        self.arch.dispatch(Spread {
            hop,
            channels,
            halves: &self.halves,
            samples: &mut self.samples,
            newest: self.newest,
        });
    }

    /// A group's samples in the hop so many hops ago, at most [`KEPT`] - 1: `[sample][lane]`.
    pub fn hop(&self, group: usize, ago: usize) -> &[f32] {
        let slot = (self.newest + KEPT - ago) % KEPT;
        &self.samples[(group * KEPT + slot) * TILE..][..TILE]
    }

    /// All groups' samples as rings whose newest row is the one before row `end` of the newest hop.
    pub(super) fn rings(&self, end: usize) -> Rings<'_> {
        let rows = KEPT * FRAME;
        Rings {
            samples: &self.samples,
            rows,
            head: (self.newest * FRAME + end) % rows,
        }
    }

    /// One ear's samples in the newest hop, to be changed.
    pub fn newest_mut(&mut self, ear: usize) -> impl Iterator<Item = &mut f32> {
        let at = (ear / LANES * KEPT + self.newest) * TILE + ear % LANES;
        self.samples[at..].iter_mut().step_by(LANES).take(FRAME)
    }

    /// One ear's past.
    pub fn past(&self, ear: usize) -> Past<'_> {
        Past {
            ring: &self.samples[ear / LANES * KEPT * TILE..][..KEPT * TILE],
            lane: ear % LANES,
            end: (self.newest + 1) * FRAME,
        }
    }

    /// The signs of each ear's samples in the newest hop, one bit each, the latest lowest: first
    /// 16 samples, then twice 32, for every lane of a group.
    pub fn signs(&self, group: usize) -> [[u32; LANES]; 3] {
        let mut signs = [[0; LANES]; 3];
        let mut rest = self.hop(group, 0);
        for (signs, samples) in signs.iter_mut().zip([16, 32, 32]) {
            let (part, later) = rest.split_at(samples * LANES);
            rest = later;
            self.arch.dispatch(Signs {
                samples: part,
                ears: self.ears - group * LANES,
                signs,
            });
        }
        signs
    }
}

/// Gathers the signs of up to 32 samples of every lane.
struct Signs<'a> {
    samples: &'a [f32],
    ears: usize,
    signs: &'a mut [u32; LANES],
}

impl WithSimd for Signs<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (samples, _) = S::as_simd_f32s(self.samples);
        let (signs, _) = S::as_mut_simd_u32s(self.signs);
        let (width, top) = (signs.len(), simd.splat_u32s(31));
        let heard = &mut signs[..vectors::<S>(self.ears, 0)];
        for (vector, signs) in heard.iter_mut().enumerate() {
            let mut bits = simd.splat_u32s(0);
            for row in samples.chunks_exact(width) {
                let sample = simd.transmute_u32s_f32s(row[vector]);
                let sign = simd.wrapping_dyn_shr_u32s(sample, top);
                bits = simd.add_u32s(simd.add_u32s(bits, bits), sign);
            }
            *signs = bits;
        }
    }
}

/// What one ear has heard of late.
#[derive(Clone, Copy)]
pub struct Past<'a> {
    ring: &'a [f32],
    lane: usize,
    end: usize,
}

impl Past<'_> {
    /// The sample so many samples before the end of the newest hop: 1 is the last one, and
    /// `KEPT * FRAME` the oldest kept.
    pub fn back(&self, samples: usize) -> f32 {
        let row = (self.end + KEPT * FRAME - samples) % (KEPT * FRAME);
        self.ring[row * LANES + self.lane]
    }

    /// `N` samples in a row, the first of which is so many before the end: at least `N`.
    pub fn stretch<const N: usize>(&self, back: usize) -> [f32; N] {
        let row = (self.end + KEPT * FRAME - back) % (KEPT * FRAME);
        let (rows, lane) = (self.ring.as_chunks::<LANES>().0, self.lane % LANES);
        let older = &rows[row..(row + N).min(rows.len())];
        let mut samples = [0.0; N];
        for (sample, row) in samples.iter_mut().zip(older) {
            *sample = row[lane];
        }
        for (sample, row) in samples[older.len()..].iter_mut().zip(rows) {
            *sample = row[lane];
        }
        samples
    }
}

/// The vectors of a group in which an ear of `ears` listens: those of the last group may be fewer.
#[inline(always)]
pub(super) fn vectors<S: Simd>(ears: usize, group: usize) -> usize {
    let lanes = ears.saturating_sub(group * LANES).min(LANES);
    lanes.div_ceil(S::F32_LANES)
}

/// Whether all ears of a group lie in the first half of its lanes: then the other need not be computed.
pub(super) fn fit_in_half(ears: usize, group: usize) -> bool {
    ears.saturating_sub(group * LANES) <= HALF
}

/// The first lanes of a row.
#[inline(always)]
pub(super) fn first<const W: usize>(row: &[f32; LANES]) -> &[f32; W] {
    row.first_chunk().expect("a group or half of it")
}

/// Adds lane by lane.
#[inline(always)]
pub(super) fn add<const W: usize>(a: &[f32; W], b: &[f32; W]) -> [f32; W] {
    std::array::from_fn(|lane| a[lane] + b[lane])
}

/// Writes frames into the newest hop of every group's ring.
struct Spread<'a> {
    hop: &'a [i16],
    channels: usize,
    halves: &'a [Half],
    samples: &'a mut [f32],
    newest: usize,
}

impl WithSimd for Spread<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        // A few frames for every group in turn: they stay near while all take their ears from them.
        for (part, frames) in self.hop.chunks(PART * self.channels).enumerate() {
            let rings = self.samples.chunks_exact_mut(KEPT * TILE);
            for (ring, [left, right]) in rings.zip(self.halves.as_chunks().0) {
                let rows = &mut ring[self.newest * TILE..][..TILE];
                let rows = &mut rows.as_chunks_mut().0[part * PART..];
                spread(rows, frames, self.channels, (*left, 0));
                spread(rows, frames, self.channels, (*right, HALF));
            }
        }
    }
}

/// Writes the samples of half a group out of some frames, from one lane on: those of a run that lies in
/// every frame at once.
#[inline(always)]
fn spread(rows: &mut [[f32; LANES]], frames: &[i16], channels: usize, (half, lane): (Half, usize)) {
    let rows = rows.iter_mut().zip(frames.chunks_exact(channels));
    match half {
        Half::Empty => {}
        Half::Run(first) if first + HALF <= channels => {
            for (row, frame) in rows {
                if let Some(full) = frame[first..].first_chunk::<HALF>() {
                    row[lane..lane + HALF].copy_from_slice(&full.map(f32::from));
                }
            }
        }
        Half::Run(first) => strew(rows, &std::array::from_fn(|ear| first + ear), lane),
        Half::Strewn(ears) => strew(rows, &ears, lane),
    }
}

/// The same ear by ear.
#[inline(always)]
fn strew<'a>(
    rows: impl Iterator<Item = (&'a mut [f32; LANES], &'a [i16])>,
    ears: &[usize; HALF],
    lane: usize,
) {
    for (row, frame) in rows {
        for (sample, ear) in row[lane..].iter_mut().zip(ears) {
            *sample = frame.get(*ear).map_or(0.0, |&x| f32::from(x));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ear_hears_its_channel_and_remembers_it() {
        const CHANNELS: usize = 40;
        let ears: Vec<usize> = (3..30).chain([1, 99, 0]).collect();
        for arithmetic in [Arithmetic::Best, Arithmetic::Scalar] {
            let mut tiles = Tiles::new(&ears, arithmetic);
            let value = |n: usize, channel: usize| (n * 7 + channel * 1_009) as i16;
            for hop in 0..11 {
                let frames: Vec<i16> = (hop * FRAME..(hop + 1) * FRAME)
                    .flat_map(|n| (0..CHANNELS).map(move |channel| value(n, channel)))
                    .collect();
                tiles.take(&frames, CHANNELS);
            }
            assert_eq!((tiles.ears(), tiles.groups()), (30, 2));
            for (ear, &channel) in ears.iter().enumerate() {
                for back in [1, 2, 80, 81, 333, KEPT * FRAME] {
                    let told = if channel < CHANNELS {
                        f32::from(value(11 * FRAME - back, channel))
                    } else {
                        0.0
                    };
                    assert_eq!(tiles.past(ear).back(back), told, "ear {ear}, {back}");
                }
            }
            let signs = tiles.signs(1)[2][4];
            let negative = |n: usize| value(10 * FRAME + 79 - n, ears[20]) < 0;
            assert!((0..32).all(|n| (signs >> n & 1 == 1) == negative(n)));
        }
    }
}
