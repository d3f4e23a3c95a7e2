//! The shape of a line's hook steps: what its coil makes of every opening and closing of the loop.
//!
//! A tap is one circuit, so its steps differ in sign alone. Once one is known, others are
//! recognised by their likeness to it, where the sound around them would hide a step of unknown
//! shape: under the end of a tone, at the end of a word, within a room's noise.

use pulp::{Arch, Simd, WithSimd};

use crate::words::SampleTime;

/// Samples of a shape (5 ms): the swing and the first of the swing back.
pub(super) const SHAPE: usize = 40;
/// Shapes of clicks kept until it is known what they were.
const KEPT: usize = 8;
/// Likeness that makes a click one of the line's steps.
pub(super) const LIKE: f32 = 0.9;
/// A step's size may differ from the known one's by this factor.
const SIZE: std::ops::Range<f32> = 0.6..1.6;
/// A shape that like has at least and at most these parts of the known one's energy.
pub(super) const LEAST: f32 = SIZE.start * SIZE.start * 0.99;
pub(super) const MOST: f32 = (SIZE.end / LIKE) * (SIZE.end / LIKE) * 1.01;
/// A step begins at most so many samples before the first large error and behind it.
pub(super) const ONSETS: usize = 3;
/// Places at which one may begin.
pub(super) const PLACES: usize = 2 * ONSETS;
/// Samples of the shapes that begin there.
pub(super) const SHAPES: usize = SHAPE + PLACES - 1;
/// Share of a new shape in the known one.
const SHARE: f32 = 0.3;

pub(super) type Shape = [f32; SHAPE];

/// The known step of a line, and the shapes of its last clicks.
#[derive(Clone, Debug)]
pub(super) struct Steps {
    arch: Arch,
    known: Option<Box<Known>>,
    recent: Box<[(SampleTime, Shape); KEPT]>,
    next: usize,
}

/// The step of a closing loop.
#[derive(Clone, Debug)]
struct Known {
    /// How often this line's step was learnt.
    version: u32,
    shape: Shape,
    energy: f32,
    /// Its largest excursion, with its sign.
    swing: f32,
}

/// A line's known step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pattern<'a> {
    /// Changes with the shape.
    pub(super) version: u32,
    pub(super) shape: &'a Shape,
    pub(super) energy: f32,
}

/// How a click compares with the known step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Likeness {
    /// Size and direction: 1 is a closing as it usually is, -1 an opening.
    pub(super) size: f32,
    /// The cosine between the two, 0 to 1.
    pub(super) likeness: f32,
}

impl Likeness {
    /// Whether the click is one of the line's steps.
    pub(super) fn is_step(self) -> bool {
        self.likeness >= LIKE && SIZE.contains(&self.size.abs())
    }
}

impl Known {
    fn new(version: u32, shape: Shape) -> Self {
        let swing = shape.iter().copied();
        Self {
            version,
            shape,
            energy: dot(&shape, &shape).max(1.0),
            swing: swing
                .max_by(|a, b| a.abs().total_cmp(&b.abs()))
                .unwrap_or(0.0),
        }
    }

    /// How a shape compares that has this energy, and this product with the known one.
    fn likeness(&self, energy: f32, both: f32) -> Likeness {
        Likeness {
            size: both / self.energy,
            likeness: both.abs() / (energy * self.energy).sqrt().max(1.0),
        }
    }
}

impl Steps {
    pub(super) fn new() -> Self {
        Self {
            arch: Arch::new(),
            known: None,
            recent: Box::new([(SampleTime::default(), [0.0; SHAPE]); KEPT]),
            next: 0,
        }
    }

    /// Keeps the shape of a click told, in case it turns out to be a step.
    pub(super) fn keep(&mut self, at: SampleTime, shape: Shape) {
        self.recent[self.next] = (at, shape);
        self.next = (self.next + 1) % KEPT;
    }

    /// The click at `at` closed the loop, or opened it.
    pub(super) fn learn(&mut self, at: SampleTime, closed: bool) {
        let Some((_, shape)) = self.recent.iter().find(|(kept, _)| *kept == at) else {
            return;
        };
        let sign = if closed { 1.0 } else { -1.0 };
        let mut shape = shape.map(|value| value * sign);
        let same = self
            .compare(&shape)
            .is_some_and(|like| like.is_step() && like.size > 0.0);
        if let Some(known) = self.known.as_ref().filter(|_| same) {
            for (new, old) in shape.iter_mut().zip(&known.shape) {
                *new = old + (*new - old) * SHARE;
            }
        }
        let version = self.known.as_ref().map_or(0, |known| known.version);
        self.known = Some(Box::new(Known::new(version.wrapping_add(1), shape)));
    }

    /// The largest excursion of a closing, with its sign, and the most energy that the shape of one
    /// of the line's steps has, once known.
    pub(super) fn bounds(&self) -> Option<(f32, f32)> {
        let most = |known: &Known| known.energy * MOST;
        let known = self.known.as_ref()?;
        Some((known.swing, most(known)))
    }

    /// The known step, for those who look for its like in all lines at once.
    pub(super) fn pattern(&self) -> Option<Pattern<'_>> {
        let known = self.known.as_ref()?;
        Some(Pattern {
            version: known.version,
            shape: &known.shape,
            energy: known.energy,
        })
    }

    /// How `shape` compares with the known step; `None` while none is known.
    pub(super) fn compare(&self, shape: &Shape) -> Option<Likeness> {
        let known = self.known.as_ref()?;
        Some(known.likeness(dot(shape, shape), dot(shape, &known.shape)))
    }

    /// Of the shapes that begin at the first places of `around`, the one most like the known step, with
    /// its place; none where none is about as strong.
    pub(super) fn most_like(&self, around: &[f32; SHAPES]) -> Option<(usize, Likeness)> {
        let known = self.known.as_ref()?;
        let strong = known.energy * LEAST..known.energy * MOST;
        let (energies, products) = self.arch.dispatch(Compare { around, known });
        let mut best: Option<(usize, Likeness)> = None;
        for (place, (energy, both)) in energies.into_iter().zip(products).enumerate() {
            if !strong.contains(&energy) {
                continue;
            }
            let like = known.likeness(energy, both);
            if best.is_none_or(|(_, best)| like.likeness >= best.likeness) {
                best = Some((place, like));
            }
        }
        best
    }
}

/// The energies of the shapes that begin at the first places of `around`, and their products with the
/// known one.
struct Compare<'a> {
    around: &'a [f32; SHAPES],
    known: &'a Known,
}

impl WithSimd for Compare<'_> {
    type Output = ([f32; PLACES], [f32; PLACES]);

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Self::Output {
        let (mut energies, mut products) = ([0.0; PLACES], [0.0; PLACES]);
        let shapes = self.around.windows(SHAPE);
        let shapes = shapes.filter_map(|shape| shape.first_chunk::<SHAPE>());
        let places = energies.iter_mut().zip(&mut products);
        for ((energy, both), shape) in places.zip(shapes) {
            *energy = dot(shape, shape);
            *both = dot(shape, &self.known.shape);
        }
        (energies, products)
    }
}

/// Eight sums side by side.
#[inline(always)]
fn dot(a: &Shape, b: &Shape) -> f32 {
    let mut sums = [0.0; 8];
    let (a, b) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0);
    for (a, b) in a.iter().zip(b) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}
