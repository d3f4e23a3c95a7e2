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

    /// The largest excursion of a closing, with its sign, once known.
    pub(super) fn swing(&self) -> Option<f32> {
        self.known.as_ref().map(|known| known.swing)
    }

    /// How `shape` compares with the known step; `None` while none is known.
    pub(super) fn compare(&self, shape: &Shape) -> Option<Likeness> {
        let known = self.known.as_ref()?;
        let both = dot(shape, &known.shape);
        Some(Likeness {
            size: both / known.energy,
            likeness: both.abs() / (dot(shape, shape) * known.energy).sqrt().max(1.0),
        })
    }
}

fn dot(a: &Shape, b: &Shape) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
