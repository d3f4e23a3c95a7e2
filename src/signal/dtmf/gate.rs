//! The gate: which channels have a plausible pair of tones, found without a branch for all at once.

use pulp::{Arch, Simd, WithSimd};

use super::lane::PAST;
use super::limits::DIALLING;
use super::reading::BETWEEN;
use super::tones::{Amplitudes, squares};
use crate::signal::bank::{Arithmetic, LANES, Spectrum};
use crate::words::DBM0_SINE_PEAK;

/// Tone powers of the last windows, and the verdict on the newest.
pub(super) struct Gate {
    arch: Arch,
    groups: usize,
    /// `[window][group][tone][lane]`, a ring of [`PAST`] windows.
    powers: Vec<f32>,
    newest: usize,
    /// Not zero: the channel must be looked at. 1 + its strongest row + 4 times its strongest column.
    open: Vec<u8>,
    floor: f32,
}

impl Gate {
    pub(super) fn new(channels: usize, arithmetic: Arithmetic) -> Self {
        let groups = channels.div_ceil(LANES);
        let floor = DBM0_SINE_PEAK * 10f32.powf((DIALLING.floor_dbm0 - 4.0) / 20.0);
        Self {
            arch: arithmetic.arch(),
            groups,
            powers: vec![0.0; PAST * groups * 8 * LANES],
            newest: 0,
            open: vec![0; groups * LANES],
            floor: floor * floor,
        }
    }

    /// Samples were lost: the past is silence.
    pub(super) fn forget(&mut self) {
        self.powers.fill(0.0);
        self.open.fill(0);
    }

    /// Takes the powers of a new window.
    pub(super) fn hop(&mut self, spectrum: &Spectrum<'_>) {
        self.newest = (self.newest + 1) % PAST;
        let size = self.groups * 8 * LANES;
        let powers = &mut self.powers[self.newest * size..][..size];
        self.arch.dispatch(Look {
            spectrum,
            powers,
            open: &mut self.open,
            floor: self.floor,
        });
    }

    /// The strongest row and column of a channel with a plausible pair, 0 to 3 each.
    pub(super) fn pair(&self, channel: usize) -> Option<(usize, usize)> {
        let pair = usize::from(self.open[channel]).checked_sub(1)?;
        Some((pair % 4, pair / 4))
    }

    /// How many channels of a group are open.
    pub(super) fn count(&self, group: usize) -> usize {
        let open = &self.open[group * LANES..][..LANES];
        open.iter().filter(|&&open| open != 0).count()
    }

    /// Power of one of the eight tones on `channel`, so many windows ago.
    pub(super) fn power(&self, channel: usize, windows: usize, tone: usize) -> f32 {
        let slot = (self.newest + PAST - windows) % PAST;
        let group = slot * self.groups + channel / LANES;
        self.powers[(group * 8 + tone) * LANES + channel % LANES]
    }
}

/// One window of all groups.
struct Look<'a> {
    spectrum: &'a Spectrum<'a>,
    powers: &'a mut [f32],
    open: &'a mut [u8],
    floor: f32,
}

impl WithSimd for Look<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let lanes = self.powers.as_chunks_mut::<{ 8 * LANES }>().0.iter_mut();
        let open = self.open.as_chunks_mut::<LANES>().0.iter_mut();
        for (group, (powers, open)) in lanes.zip(open).enumerate() {
            let bins = self.spectrum.group(group).as_chunks::<LANES>().0;
            look(bins.as_chunks().0, powers, open, self.floor);
        }
    }
}

/// Largest part of a tone's power that anything else in its group, or half way between the groups,
/// may have at first sight. Three times the limit of a clean window: the nominal bin of a tone at
/// the edge of its tolerance shows down to a third of its power.
const AT_SIGHT: f32 = 0.35;

/// One group of channels: powers of the tones, and whether a pair stands out: both tones above the
/// floor, less than 14 dB between them, and alone in their groups. Neighbouring rows are closer
/// than the window resolves, so only rows that are not neighbours speak against each other.
#[inline(always)]
fn look(bins: &[Amplitudes], powers: &mut [f32; 8 * LANES], open: &mut [u8; LANES], floor: f32) {
    let mut p = [[0.0f32; LANES]; 8];
    for (tone, row) in p.iter_mut().enumerate() {
        *row = squares(&bins[tone]);
        powers[tone * LANES..][..LANES].copy_from_slice(row);
    }
    let between = squares(&bins[BETWEEN]);
    for lane in 0..LANES {
        let [r0, r1, r2, r3] = [p[0][lane], p[1][lane], p[2][lane], p[3][lane]];
        let [c0, c1, c2, c3] = [p[4][lane], p[5][lane], p[6][lane], p[7][lane]];
        let low = max(max(r0, r1), max(r2, r3));
        let second_low = max(min(r0, max(r2, r3)), min(r1, r3));
        let (left, right) = (max(c0, c1), max(c2, c3));
        let high = max(left, right);
        let second_high = max(min(left, right), max(min(c0, c1), min(c2, c3)));
        let plausible = (low > floor)
            & (high > floor)
            & (low < 25.0 * high)
            & (high < 25.0 * low)
            & (second_low < AT_SIGHT * low)
            & (second_high < AT_SIGHT * high)
            & (between[lane] < AT_SIGHT * min(low, high));
        let row = first(r0, r1, r2, r3);
        let column = first(c0, c1, c2, c3);
        open[lane] = if plausible {
            (1 + row + 4 * column) as u8
        } else {
            0
        };
    }
}

/// Which of four is the largest; the first of equals.
#[inline(always)]
fn first(a: f32, b: f32, c: f32, d: f32) -> u32 {
    let (ab, cd) = (if b > a { 1 } else { 0 }, if d > c { 3 } else { 2 });
    if max(c, d) > max(a, b) { cd } else { ab }
}

/// As one vector instruction does it; there is no NaN here.
#[inline(always)]
pub(super) fn max(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

#[inline(always)]
pub(super) fn min(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}
