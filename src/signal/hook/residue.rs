//! Ringing as it comes through an AC coupling: a residue of the ringing voltage far below 300 Hz.
//!
//! The samples are averaged to one value a millisecond, for all ears at once ([`ResidueBank`]).
//! Where the line hums, a comb takes away the hum and its harmonics, which repeat every 20 ms, and
//! doubles the 25 Hz of ringing; where it does not, ringing of 50 Hz is heard too. What one line
//! makes of it is [`ResidueRing`]; as long as nothing swings it looks at four numbers a hop.
//! Allocates in `new` only.

use pulp::{Arch, Simd, WithSimd};

use crate::signal::bank::{Arithmetic, LANES};
use crate::signal::level::FRAME;
use crate::signal::ring::RingDetector;
use crate::signal::tile::{HALF, Tiles, add, first, fit_in_half};
use crate::words::{SampleTime, Signal, ms};

/// Samples of one value.
const STEP: usize = 8;
/// Values of a hop.
const VALUES: usize = FRAME / STEP;
/// Hops in one period of mains hum.
const HUM_HOPS: usize = 2;
/// Values of each of the two moving averages, one behind the other.
const MEAN: usize = 8;
/// Values before a hop that its averages reach back to.
const REACH: usize = 2 * (MEAN - 1);
/// Smallest hysteresis, in sample values: some -66 dBm0.
const WEAKEST: f32 = 16.0;
/// A usual swing that would need a hysteresis above this is hum.
const HUMS: f32 = 40.0;
/// So many values must be heard before it is believed that nothing hums.
const YOUNG: u32 = 3_000;
/// The hysteresis stands above the usual swing by this factor.
const ABOVE_USUAL: f32 = 4.0;
/// Share of one value in the usual swing, and what a hop leaves of the one before.
const SHARE: f32 = 0.001;
const HOP_LEAVES: f32 = {
    let mut leaves = 1.0;
    let mut n = 0;
    while n < VALUES {
        leaves *= 1.0 - SHARE;
        n += 1;
    }
    leaves
};

/// The two averages delay by so much.
const DELAY: u64 = ms(7);
/// The hysteresis stands above this share of the sound's amplitude.
const SOUND: f32 = 0.15;

/// The low end of the first ears of a card.
pub struct ResidueBank {
    arch: Arch,
    /// `[group][value][lane]`: the last values before the newest hop, for the averages.
    values: Vec<f32>,
    /// `[group][hop of a ring][value][lane]`, averaged, for the comb.
    smooth: Vec<f32>,
    /// `[group][combed, plain]`: what the newest hop says in short.
    short: Vec<[Short; 2]>,
    /// The newest hop's place in the ring.
    newest: usize,
}

/// What the values of one hop add to the usual swing, and the largest of them, by lane.
#[derive(Clone, Copy, Default)]
struct Short {
    adds: [f32; LANES],
    most: [f32; LANES],
}

/// One ear's low end in the newest hop.
#[derive(Clone, Copy)]
pub struct Residue<'a> {
    bank: &'a ResidueBank,
    ear: usize,
}

impl ResidueBank {
    /// For the first `ears` ears, which have heard nothing.
    pub fn new(ears: usize, arithmetic: Arithmetic) -> Self {
        let groups = ears.div_ceil(LANES);
        Self {
            arch: arithmetic.arch(),
            values: vec![0.0; groups * REACH * LANES],
            smooth: vec![0.0; groups * (HUM_HOPS + 1) * VALUES * LANES],
            short: vec![[Short::default(); 2]; groups],
            newest: 0,
        }
    }

    /// Takes the newest hop.
    pub fn hop(&mut self, tiles: &Tiles) {
        self.newest = (self.newest + 1) % (HUM_HOPS + 1);
        let before = (self.newest + 1) % (HUM_HOPS + 1);
        let arch = self.arch;
        arch.dispatch(Take {
            bank: self,
            tiles,
            before,
        });
    }

    /// What one ear carries.
    pub fn of(&self, ear: usize) -> Residue<'_> {
        Residue { bank: self, ear }
    }

    /// A value of the hop so many hops ago.
    fn value(&self, ear: usize, ago: usize, value: usize) -> f32 {
        let slot = (self.newest + HUM_HOPS + 1 - ago) % (HUM_HOPS + 1);
        let row = (ear / LANES * (HUM_HOPS + 1) + slot) * VALUES + value;
        self.smooth[row * LANES + ear % LANES]
    }
}

/// The newest hop of all groups; in the ring, `before` is the hop one period of hum before it.
struct Take<'a> {
    bank: &'a mut ResidueBank,
    tiles: &'a Tiles,
    before: usize,
}

impl WithSimd for Take<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self {
            bank,
            tiles,
            before,
        } = self;
        let newest = bank.newest;
        let rings = bank.smooth.as_chunks_mut::<LANES>().0;
        let rings = rings.chunks_exact_mut((HUM_HOPS + 1) * VALUES);
        let values = bank.values.as_chunks_mut::<LANES>().0;
        let groups = values
            .chunks_exact_mut(REACH)
            .zip(rings)
            .zip(&mut bank.short);
        for (group, ((values, ring), short)) in groups.enumerate() {
            let rows = tiles.hop(group, 0).as_chunks::<LANES>().0;
            *short = match fit_in_half(tiles.ears(), group) {
                true => take::<HALF>(rows, values, ring, (before, newest)),
                false => take::<LANES>(rows, values, ring, (before, newest)),
            };
        }
    }
}

/// Takes the newest hop of one group, of which `W` lanes are in use.
#[inline(always)]
fn take<const W: usize>(
    rows: &[[f32; LANES]],
    past: &mut [[f32; LANES]],
    ring: &mut [[f32; LANES]],
    (before, newest): (usize, usize),
) -> [Short; 2] {
    let smooth = average::<W>(rows, past);
    for (kept, value) in ring[newest * VALUES..].iter_mut().zip(&smooth) {
        kept[..W].copy_from_slice(value);
    }
    let mut combed = smooth;
    for (combed, before) in combed.iter_mut().zip(&ring[before * VALUES..]) {
        let before = first::<W>(before);
        *combed = std::array::from_fn(|lane| combed[lane] - before[lane]);
    }
    [summary(&combed), summary(&smooth)]
}

/// One value a millisecond, through two moving averages; `past` keeps what the next hop needs.
#[inline(always)]
fn average<const W: usize>(rows: &[[f32; LANES]], past: &mut [[f32; LANES]]) -> [[f32; W]; VALUES] {
    let mut values = [[0.0; W]; REACH + VALUES];
    for (value, past) in values.iter_mut().zip(&*past) {
        *value = *first(past);
    }
    for (value, rows) in values[REACH..].iter_mut().zip(rows.chunks_exact(STEP)) {
        for row in rows {
            *value = add(value, first(row));
        }
        *value = value.map(|sum| sum * (1.0 / STEP as f32));
    }
    for (past, value) in past.iter_mut().zip(&values[VALUES..]) {
        past[..W].copy_from_slice(value);
    }
    let mut once = [[0.0; W]; MEAN - 1 + VALUES];
    mean(&values, &mut once);
    let mut twice = [[0.0; W]; VALUES];
    mean(&once, &mut twice);
    twice
}

/// Means of [`MEAN`] values in a row. Nearly all sums are exact, as whole samples are.
#[inline(always)]
fn mean<const W: usize>(values: &[[f32; W]], means: &mut [[f32; W]]) {
    for (n, mean) in means.iter_mut().enumerate() {
        let pair = |k: usize| add(&values[n + k], &values[n + k + 1]);
        let sum = add(&add(&pair(0), &pair(2)), &add(&pair(4), &pair(6)));
        *mean = sum.map(|sum| sum * (1.0 / MEAN as f32));
    }
}

#[inline(always)]
fn summary<const W: usize>(values: &[[f32; W]; VALUES]) -> Short {
    let mut short = Short::default();
    for value in values {
        let lanes = short.adds.iter_mut().zip(&mut short.most).zip(value);
        for ((adds, most), value) in lanes {
            let swing = value.abs();
            *adds = *adds * (1.0 - SHARE) + swing * SHARE;
            *most = if swing > *most { swing } else { *most };
        }
    }
    short
}

impl Residue<'_> {
    fn short(&self) -> [(f32, f32); 2] {
        let lane = self.ear % LANES;
        let short = &self.bank.short[self.ear / LANES];
        [0, 1].map(|path| (short[path].adds[lane], short[path].most[lane]))
    }

    /// The combed and the plain value of each millisecond.
    fn values(&self) -> [[f32; 2]; VALUES] {
        std::array::from_fn(|n| {
            let plain = self.bank.value(self.ear, 0, n);
            [plain - self.bank.value(self.ear, HUM_HOPS, n), plain]
        })
    }
}

/// What one line makes of its residue. See the module's description.
#[derive(Clone, Debug)]
pub struct ResidueRing {
    /// The usual swing while nothing rings, combed and plain.
    usual: [f32; 2],
    /// Whether the comb is in use: something hums.
    hums: bool,
    /// Values heard so far, rings apart.
    age: u32,
    detector: RingDetector,
}

impl ResidueRing {
    /// A line that does not ring.
    pub fn new() -> Self {
        Self {
            usual: [0.0; 2],
            hums: true,
            age: 0,
            detector: RingDetector::new(),
        }
    }

    /// Whether a burst is going on.
    pub fn is_ringing(&self) -> bool {
        self.detector.is_ringing()
    }

    /// Takes the residue of a frame whose first sample is at `start`, and the frame's band power:
    /// what leaks of loud sound into the low end is no ring.
    pub fn frame(
        &mut self,
        start: SampleTime,
        residue: Residue<'_>,
        band: f32,
        out: &mut dyn FnMut(Signal),
    ) {
        let sound = band.sqrt() * SOUND;
        if self.rests(&residue, sound) {
            let last = (start + (FRAME - STEP) as u64).back(DELAY);
            if let Some(signal) = self.detector.rest(last) {
                out(signal);
            }
            return;
        }
        for (n, values) in (0u64..).zip(residue.values()) {
            if !self.detector.is_ringing() {
                for (usual, value) in self.usual.iter_mut().zip(values) {
                    *usual += (value.abs() - *usual) * SHARE;
                }
                self.age = self.age.saturating_add(1);
                self.hums = hears_hum(self.age, self.usual);
            }
            let path = usize::from(!self.hums);
            let hysteresis = (self.usual[path] * ABOVE_USUAL).max(WEAKEST).max(sound);
            let at = (start + n * STEP as u64).back(DELAY);
            if let Some(signal) = self.detector.step(at, values[path], hysteresis) {
                out(signal);
            }
        }
    }

    /// Takes a hop in which nothing swings beyond the hysteresis; changes nothing in another.
    fn rests(&mut self, residue: &Residue<'_>, sound: f32) -> bool {
        let short = residue.short();
        let (mut usual, mut age) = (self.usual, self.age);
        if !self.detector.is_ringing() {
            usual = [0, 1].map(|path| usual[path] * HOP_LEAVES + short[path].0);
            age = age.saturating_add(VALUES as u32);
        }
        let hums = hears_hum(age, usual);
        let path = usize::from(!hums);
        let least = self.usual[path].min(usual[path]) * HOP_LEAVES;
        let hysteresis = (least * ABOVE_USUAL).max(WEAKEST).max(sound);
        let rests = hums == self.hums && short[path].1 <= hysteresis;
        if rests {
            (self.usual, self.age) = (usual, age);
        }
        rests
    }

    /// Ends a burst under way.
    pub fn stop(&mut self) -> Option<Signal> {
        self.detector.stop()
    }
}

/// Whether the comb is needed: until it is known that it is not, and where the usual swing is wide.
fn hears_hum(age: u32, usual: [f32; 2]) -> bool {
    age < YOUNG || usual[1] * ABOVE_USUAL > HUMS
}

impl Default for ResidueRing {
    fn default() -> Self {
        Self::new()
    }
}
