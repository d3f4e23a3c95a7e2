//! The shape of a line's hook steps: what its coil makes of every opening and closing of the loop.
//!
//! A tap is one circuit, so its steps differ in sign alone. Once one is known, others are
//! recognised by their likeness to it, where the sound around them would hide a step of unknown
//! shape: under the end of a tone, at the end of a word, within a room's noise.

use crate::words::SampleTime;

/// Samples of a shape (5 ms): the swing and the first of the swing back.
pub(super) const SHAPE: usize = 40;
/// Shapes of clicks kept until it is known what they were.
const KEPT: usize = 8;
/// Likeness that makes a click one of the line's steps.
const LIKE: f32 = 0.9;
/// A step's size may differ from the known one's by this factor.
const SIZE: std::ops::Range<f32> = 0.6..1.6;
/// A shape that like has at most this part of the known one's energy.
const MOST: f32 = (SIZE.end / LIKE) * (SIZE.end / LIKE) * 1.01;
/// A step begins at most so many samples before the first large error and behind it.
pub(super) const ONSETS: usize = 3;
/// Samples of the shapes that begin there.
pub(super) const SHAPES: usize = SHAPE + 2 * ONSETS - 1;
/// Share of a new shape in the known one.
const SHARE: f32 = 0.3;

pub(super) type Shape = [f32; SHAPE];

/// The known step of a line, and the shapes of its last clicks.
#[derive(Clone, Debug)]
pub(super) struct Steps {
    known: Option<Box<Known>>,
    recent: Box<[(SampleTime, Shape); KEPT]>,
    next: usize,
}

/// The step of a closing loop.
#[derive(Clone, Debug)]
struct Known {
    shape: Shape,
    energy: f32,
    /// Its largest excursion, with its sign.
    swing: f32,
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
    fn new(shape: Shape) -> Self {
        let swing = shape.iter().copied();
        Self {
            shape,
            energy: dot(&shape, &shape).max(1.0),
            swing: swing
                .max_by(|a, b| a.abs().total_cmp(&b.abs()))
                .unwrap_or(0.0),
        }
    }

    /// How a shape of this energy compares.
    fn compare(&self, shape: &Shape, energy: f32) -> Likeness {
        let both = dot(shape, &self.shape);
        Likeness {
            size: both / self.energy,
            likeness: both.abs() / (energy * self.energy).sqrt().max(1.0),
        }
    }
}

impl Steps {
    pub(super) fn new() -> Self {
        Self {
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
        self.known = Some(Box::new(Known::new(shape)));
    }

    /// The largest excursion of a closing, with its sign, and the most energy that the shape of one
    /// of the line's steps has, once known.
    pub(super) fn bounds(&self) -> Option<(f32, f32)> {
        let most = |known: &Known| known.energy * MOST;
        let known = self.known.as_ref()?;
        Some((known.swing, most(known)))
    }

    /// How `shape` compares with the known step; `None` while none is known.
    pub(super) fn compare(&self, shape: &Shape) -> Option<Likeness> {
        let known = self.known.as_ref()?;
        Some(known.compare(shape, dot(shape, shape)))
    }

    /// Of the shapes that begin at the first places of `around`, the one most like the known step, with
    /// its place; none where none is about as strong.
    pub(super) fn most_like(&self, around: &[f32; SHAPES]) -> Option<(usize, Likeness)> {
        let known = self.known.as_ref()?;
        let strong = known.energy * SIZE.start.powi(2) * 0.99..known.energy * MOST;
        let shapes = around
            .windows(SHAPE)
            .filter_map(|shape| shape.first_chunk());
        let mut energy = around.first_chunk().map_or(0.0, |first| dot(first, first));
        let mut best: Option<(usize, Likeness)> = None;
        for (place, shape) in shapes.enumerate() {
            if place > 0 {
                energy += around[place + SHAPE - 1].powi(2) - around[place - 1].powi(2);
            }
            if !strong.contains(&energy) {
                continue;
            }
            let like = known.compare(shape, dot(shape, shape));
            if best.is_none_or(|(_, best)| like.likeness >= best.likeness) {
                best = Some((place, like));
            }
        }
        best
    }
}

/// Eight sums side by side.
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
