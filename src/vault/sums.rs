//! The MD5 of audio as STREAMINFO wants it, of one stream or of many side by side.
//!
//! MD5 waits for itself at each step, so one stream leaves most of a core idle, and the sum costs
//! more than the encoding. [`add_to_all`] takes one step of up to [`LANES`] streams at a time: each
//! vector lane is a stream. Pure; does not allocate for up to [`LANES`] streams.

use md5::block_api::compress;
use pulp::{Arch, Simd, WithSimd};

/// Streams taken side by side: a multiple of every vector width in use.
pub(super) const LANES: usize = 16;

/// Samples of one MD5 block of 64 bytes.
const BLOCK: usize = 32;

const INITIAL: [u32; 4] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476];

/// The sum of one stream so far.
#[derive(Clone, Debug)]
pub(super) struct AudioSum {
    state: [u32; 4],
    samples: u64,
    /// The newest samples, which do not fill a block yet: `samples % BLOCK` of them.
    tail: [i16; BLOCK],
}

fn octets(block: &[i16; BLOCK]) -> [u8; 64] {
    let mut octets = [0; 64];
    for (pair, sample) in octets.as_chunks_mut::<2>().0.iter_mut().zip(block) {
        *pair = sample.to_le_bytes();
    }
    octets
}

impl AudioSum {
    pub(super) fn new() -> Self {
        Self {
            state: INITIAL,
            samples: 0,
            tail: [0; BLOCK],
        }
    }

    fn held(&self) -> usize {
        (self.samples % BLOCK as u64) as usize
    }

    /// Adds interleaved samples.
    pub(super) fn add(&mut self, pcm: &[i16]) {
        let mut blocks = Blocks::behind(self, pcm);
        while let Some(block) = blocks.next() {
            compress(&mut self.state, &[octets(block)]);
        }
        let rest = blocks.rest;
        self.took(pcm, rest);
    }

    /// Notes what was added: all of `pcm`, of which `rest` did not fill a block.
    fn took(&mut self, pcm: &[i16], rest: &[i16]) {
        let held = self.held();
        self.samples += pcm.len() as u64;
        // All of it stands behind what was held only if not even the first block was filled.
        let from = if held + pcm.len() < BLOCK { held } else { 0 };
        self.tail[from..from + rest.len()].copy_from_slice(rest);
    }

    /// The sum.
    pub(super) fn finish(&self) -> [u8; 16] {
        let mut state = self.state;
        let held = 2 * self.held();
        let mut octets = octets(&self.tail);
        octets[held..].fill(0);
        octets[held] = 0x80;
        if held >= 56 {
            compress(&mut state, &[octets]);
            octets.fill(0);
        }
        octets[56..].copy_from_slice(&(16 * self.samples).to_le_bytes());
        compress(&mut state, &[octets]);
        let mut sum = [0; 16];
        for (four, word) in sum.as_chunks_mut::<4>().0.iter_mut().zip(state) {
            *four = word.to_le_bytes();
        }
        sum
    }
}

/// The whole blocks of what a sum holds and what follows it.
struct Blocks<'a> {
    /// What was held, filled up.
    first: Option<[i16; BLOCK]>,
    given: [i16; BLOCK],
    whole: std::slice::Iter<'a, [i16; BLOCK]>,
    /// What does not fill a block.
    rest: &'a [i16],
}

impl<'a> Blocks<'a> {
    fn behind(sum: &AudioSum, pcm: &'a [i16]) -> Self {
        let held = sum.held();
        let (first, pcm) = match held {
            0 => (None, pcm),
            _ if held + pcm.len() < BLOCK => (None, pcm), // no whole block yet
            _ => {
                let (fill, pcm) = pcm.split_at(BLOCK - held);
                let mut first = sum.tail;
                first[held..].copy_from_slice(fill);
                (Some(first), pcm)
            }
        };
        let (whole, rest) = pcm.as_chunks::<BLOCK>();
        Self {
            first,
            given: [0; BLOCK],
            whole: whole.iter(),
            rest,
        }
    }

    fn next(&mut self) -> Option<&[i16; BLOCK]> {
        if let Some(first) = self.first.take() {
            self.given = first;
            return Some(&self.given);
        }
        self.whole.next()
    }
}

/// [`AudioSum::add`] for each stream and its samples.
pub(super) fn add_to_all(streams: &mut [(&mut AudioSum, &[i16])]) {
    for streams in streams.chunks_mut(LANES) {
        Arch::new().dispatch(SideBySide { streams });
    }
}

struct SideBySide<'a, 'b, 'c> {
    streams: &'a mut [(&'b mut AudioSum, &'c [i16])],
}

impl WithSimd for SideBySide<'_, '_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        lockstep(simd, self.streams);
    }
}

/// One stream a lane, at most [`LANES`] of them.
#[inline(always)]
fn lockstep<S: Simd>(simd: S, streams: &mut [(&mut AudioSum, &[i16])]) {
    let mut blocks: [Option<Blocks<'_>>; LANES] = [const { None }; LANES];
    let mut states = [[0u32; LANES]; 4];
    for (lane, (sum, pcm)) in streams.iter().enumerate() {
        blocks[lane] = Some(Blocks::behind(sum, pcm));
        for (states, word) in states.iter_mut().zip(sum.state) {
            states[lane] = word;
        }
    }
    let mut words = [[0u32; LANES]; 16];
    loop {
        let mut any = false;
        for (lane, (sum, pcm)) in streams.iter_mut().enumerate() {
            let Some(of_lane) = &mut blocks[lane] else {
                continue;
            };
            if let Some(block) = of_lane.next() {
                any = true;
                for (words, pair) in words.iter_mut().zip(block.as_chunks::<2>().0) {
                    let [low, high] = pair.map(|sample| u32::from(sample as u16));
                    words[lane] = low | high << 16;
                }
            } else {
                // It has ended: the lane goes on with what nobody asks for.
                sum.state = states.map(|states| states[lane]);
                let rest = of_lane.rest;
                sum.took(pcm, rest);
                blocks[lane] = None;
            }
        }
        if !any {
            return;
        }
        match streams.len().div_ceil(S::U32_LANES) {
            2 => step::<S, 2>(simd, &mut states, &words, 0),
            vectors => {
                for vector in 0..vectors {
                    step::<S, 1>(simd, &mut states, &words, vector);
                }
            }
        }
    }
}

/// The integer parts of 2^32 |sin(n)|, n from 1 (RFC 1321 section 3.4).
#[rustfmt::skip]
static SINES: [u32; 64] = [
    0xD76A_A478, 0xE8C7_B756, 0x2420_70DB, 0xC1BD_CEEE, 0xF57C_0FAF, 0x4787_C62A,
    0xA830_4613, 0xFD46_9501, 0x6980_98D8, 0x8B44_F7AF, 0xFFFF_5BB1, 0x895C_D7BE,
    0x6B90_1122, 0xFD98_7193, 0xA679_438E, 0x49B4_0821, 0xF61E_2562, 0xC040_B340,
    0x265E_5A51, 0xE9B6_C7AA, 0xD62F_105D, 0x0244_1453, 0xD8A1_E681, 0xE7D3_FBC8,
    0x21E1_CDE6, 0xC337_07D6, 0xF4D5_0D87, 0x455A_14ED, 0xA9E3_E905, 0xFCEF_A3F8,
    0x676F_02D9, 0x8D2A_4C8A, 0xFFFA_3942, 0x8771_F681, 0x6D9D_6122, 0xFDE5_380C,
    0xA4BE_EA44, 0x4BDE_CFA9, 0xF6BB_4B60, 0xBEBF_BC70, 0x289B_7EC6, 0xEAA1_27FA,
    0xD4EF_3085, 0x0488_1D05, 0xD9D4_D039, 0xE6DB_99E5, 0x1FA2_7CF8, 0xC4AC_5665,
    0xF429_2244, 0x432A_FF97, 0xAB94_23A7, 0xFC93_A039, 0x655B_59C3, 0x8F0C_CC92,
    0xFFEF_F47D, 0x8584_5DD1, 0x6FA8_7E4F, 0xFE2C_E6E0, 0xA301_4314, 0x4E08_11A1,
    0xF753_7E82, 0xBD3A_F235, 0x2AD7_D2BB, 0xEB86_D391,
];

/// One block of every lane of `V` vectors from `first` on (RFC 1321 section 3.4). Each turn waits for the one
/// before it: two vectors side by side take hardly longer than one.
#[inline(always)]
fn step<S: Simd, const V: usize>(
    simd: S,
    states: &mut [[u32; LANES]; 4],
    words: &[[u32; LANES]; 16],
    first: usize,
) {
    let word = |at: usize, v: usize| S::as_simd_u32s(&words[at % 16]).0[first + v];
    let before: [[S::u32s; V]; 4] = std::array::from_fn(|at| {
        let of_lanes = S::as_simd_u32s(&states[at]).0;
        std::array::from_fn(|v| of_lanes[first + v])
    });
    let [mut a, mut b, mut c, mut d] = before;
    let add = |x, y| simd.add_u32s(x, y);
    macro_rules! turn {
        ($f:expr, $a:ident $b:ident $c:ident $d:ident, $word:expr, $sine:expr, $by:literal) => {
            for v in 0..V {
                let sum = add(
                    add($a[v], $f($b[v], $c[v], $d[v])),
                    add(word($word, v), simd.splat_u32s(SINES[$sine])),
                );
                let left = simd.wrapping_dyn_shl_u32s(sum, simd.splat_u32s($by));
                let right = simd.wrapping_dyn_shr_u32s(sum, simd.splat_u32s(32 - $by));
                $a[v] = add($b[v], simd.or_u32s(left, right));
            }
        };
    }
    macro_rules! round {
        ($f:expr, $round:literal, $first:literal + $stride:literal, $s:literal $t:literal $u:literal $v:literal) => {
            for four in 0..4 {
                let at = |n: usize| ($first + $stride * (4 * four + n), 16 * $round + 4 * four + n);
                turn!($f, a b c d, at(0).0, at(0).1, $s);
                turn!($f, d a b c, at(1).0, at(1).1, $t);
                turn!($f, c d a b, at(2).0, at(2).1, $u);
                turn!($f, b c d a, at(3).0, at(3).1, $v);
            }
        };
    }
    let (and, or, xor) = (
        |x, y| simd.and_u32s(x, y),
        |x, y| simd.or_u32s(x, y),
        |x, y| simd.xor_u32s(x, y),
    );
    round!(|x, y, z| xor(z, and(x, xor(y, z))), 0, 0 + 1, 7 12 17 22);
    round!(|x, y, z| xor(y, and(z, xor(x, y))), 1, 1 + 5, 5 9 14 20);
    round!(|x, y, z| xor(x, xor(y, z)), 2, 5 + 3, 4 11 16 23);
    round!(|x, y, z| xor(y, or(x, simd.not_u32s(z))), 3, 0 + 7, 6 10 15 21);
    for (states, (before, turned)) in states.iter_mut().zip(before.into_iter().zip([a, b, c, d])) {
        let of_lanes = S::as_mut_simd_u32s(states).0;
        for v in 0..V {
            of_lanes[first + v] = add(before[v], turned[v]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use md5::{Digest, Md5};

    fn audio(samples: usize, seed: usize) -> Vec<i16> {
        (0..samples)
            .map(|at| (at * 7_919 + seed * 104_729) as i16)
            .collect()
    }

    fn reference(pcm: &[i16]) -> [u8; 16] {
        let octets: Vec<u8> = pcm.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        Md5::digest(octets).into()
    }

    #[test]
    fn one_stream_in_any_pieces_has_the_reference_sum() {
        let pcm = audio(3_000, 1);
        for piece in [1, 2, 27, 28, 31, 32, 33, 64, 1_000, 3_000] {
            let mut sum = AudioSum::new();
            for (at, part) in pcm.chunks(piece).enumerate() {
                assert_eq!(sum.finish(), reference(&pcm[..at * piece]), "{piece}");
                sum.add(part);
            }
            assert_eq!(sum.finish(), reference(&pcm), "pieces of {piece}");
        }
    }

    #[test]
    fn streams_side_by_side_have_the_sums_they_have_alone() {
        for count in [1, 2, 7, 8, 9, 16, 17, 40] {
            let mut sums = vec![AudioSum::new(); count];
            let mut whole = vec![Vec::new(); count];
            for turn in 0..4 {
                let parts: Vec<Vec<i16>> = (0..count)
                    .map(|at| audio([0, 1, 31, 500, 2_000, 4_000][(at + turn) % 6], at + turn))
                    .collect();
                let mut streams: Vec<(&mut AudioSum, &[i16])> = sums
                    .iter_mut()
                    .zip(&parts)
                    .map(|(sum, part)| (sum, &part[..]))
                    .collect();
                add_to_all(&mut streams);
                for (whole, part) in whole.iter_mut().zip(&parts) {
                    whole.extend_from_slice(part);
                }
                for (sum, whole) in sums.iter().zip(&whole) {
                    assert_eq!(sum.finish(), reference(whole), "{count} streams");
                }
            }
        }
    }
}
