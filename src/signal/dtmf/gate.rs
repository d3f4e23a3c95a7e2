//! The gate: which channels have a plausible pair of tones, found without a branch for all at once.

use pulp::Arch;

use super::lane::{PAST, TonePowers};
use super::limits::DIALLING;
use crate::signal::bank::{Arithmetic, LANES, Spectrum};
use crate::words::DBM0_SINE_PEAK;

/// Tone powers of the last windows, and the verdict on the newest.
pub(super) struct Gate {
    arch: Arch,
    groups: usize,
    /// `[window][group][tone][lane]`, a ring of [`PAST`] windows.
    powers: Vec<f32>,
    newest: usize,
    /// Not zero: the channel must be looked at.
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
        let (open, floor) = (&mut self.open, self.floor);
        self.arch.dispatch(
            #[inline(always)]
            || {
                let lanes = powers.as_chunks_mut::<{ 8 * LANES }>().0.iter_mut();
                let open = open.as_chunks_mut::<LANES>().0.iter_mut();
                for (group, (powers, open)) in lanes.zip(open).enumerate() {
                    look(spectrum.group(group), powers, open, floor);
                }
            },
        );
    }

    pub(super) fn is_open(&self, channel: usize) -> bool {
        self.open[channel] != 0
    }

    /// Tone powers of `channel`, so many windows ago.
    pub(super) fn powers(&self, channel: usize, windows: usize) -> TonePowers {
        let slot = (self.newest + PAST - windows) % PAST;
        let at = (slot * self.groups + channel / LANES) * 8 * LANES + channel % LANES;
        std::array::from_fn(|tone| self.powers[at + tone * LANES])
    }
}

/// One group of channels: powers of the tones, and whether both groups hold one above the floor
/// with less than 14 dB between them.
#[inline(always)]
fn look(bins: &[f32], powers: &mut [f32; 8 * LANES], open: &mut [u8; LANES], floor: f32) {
    let mut low = [0.0f32; LANES];
    let mut high = [0.0f32; LANES];
    for tone in 0..8 {
        let re = &bins[tone * 2 * LANES..][..LANES];
        let im = &bins[tone * 2 * LANES + LANES..][..LANES];
        let row = &mut powers[tone * LANES..][..LANES];
        let strongest = if tone < 4 { &mut low } else { &mut high };
        for lane in 0..LANES {
            let power = re[lane] * re[lane] + im[lane] * im[lane];
            row[lane] = power;
            strongest[lane] = if power > strongest[lane] {
                power
            } else {
                strongest[lane]
            };
        }
    }
    for lane in 0..LANES {
        let (low, high) = (low[lane], high[lane]);
        let plausible = (low > floor) & (high > floor) & (low < 25.0 * high) & (high < 25.0 * low);
        open[lane] = u8::from(plausible);
    }
}
