//! The two noise floors of an AC-coupled line: the wire alone, and the wire with a room on it.

/// Frames averaged: 200 ms.
const BLOCK: u32 = 20;
/// Blocks that must have been seen before a floor is believed.
const SURE: u32 = 5;
/// The floors can be told apart from this factor on (1.3 dB).
const APART: f32 = 1.35;
/// And from this one where the mean is over most of a second or more.
const APART_FOR_LONG: f32 = 1.15;
/// And clearly from this one on (2 dB).
const FAR: f32 = 1.6;
/// No room is louder than the wire by more than this (16 dB); tones and speech are.
const ROOM: f32 = 40.0;
/// What is always louder than the floor raises it so much a block.
const IDLE_RISES: f32 = 1.002;
const USED_RISES: f32 = 1.000_3;
/// A mean within this factor of the idle floor is on it.
const NEAR: f32 = 1.5;
/// Blocks of the call that are not yet part of the off-hook floor: they may already be on-hook.
const RECENT: usize = 32;

/// Learns both floors and says on which of them the line rests. Powers are band powers.
#[derive(Clone, Debug)]
pub(super) struct Floors {
    sum: f32,
    frames: u32,
    idle: Floor,
    used: Floor,
    recent: [f32; RECENT],
    blocks: usize,
}

#[derive(Clone, Copy, Default, Debug)]
struct Floor {
    power: f32,
    /// Blocks that have rested on it.
    blocks: u32,
}

impl Floors {
    pub(super) fn new() -> Self {
        Self {
            sum: 0.0,
            frames: 0,
            idle: Floor::default(),
            used: Floor::default(),
            recent: [0.0; RECENT],
            blocks: 0,
        }
    }

    /// Begins anew with blocks, as when the hook changed.
    pub(super) fn cut(&mut self) {
        self.sum = 0.0;
        self.frames = 0;
        self.blocks = 0;
    }

    /// A frame on-hook with nothing on the line.
    pub(super) fn idle(&mut self, band: f32) {
        if let Some(mean) = self.block(band) {
            self.idle.follow(mean, IDLE_RISES);
        }
    }

    /// A frame off-hook; gives the mean of a whole block.
    pub(super) fn used(&mut self, band: f32) -> Option<f32> {
        let mean = self.block(band)?;
        let oldest = std::mem::replace(&mut self.recent[self.blocks % RECENT], mean);
        self.blocks += 1;
        if self.blocks > RECENT {
            self.used.follow(oldest, USED_RISES);
        }
        Some(mean)
    }

    fn block(&mut self, band: f32) -> Option<f32> {
        self.sum += band;
        self.frames += 1;
        (self.frames == BLOCK).then(|| {
            self.frames = 0;
            std::mem::take(&mut self.sum) / BLOCK as f32
        })
    }

    /// Power of the idle line, once known.
    pub(super) fn of_idle(&self) -> Option<f32> {
        (self.idle.blocks >= SURE).then_some(self.idle.power)
    }

    /// Where the line rests when it shows `mean`: `Some(true)` on the idle floor, `Some(false)`
    /// above it, `None` where the two cannot be told apart.
    pub(super) fn rests_idle(&self, mean: f32) -> Option<bool> {
        self.rests_idle_beyond(mean, APART)
    }

    /// The same, of a mean over most of a second or more, which tells floors that are closer.
    pub(super) fn rests_idle_for_long(&self, mean: f32) -> Option<bool> {
        self.rests_idle_beyond(mean, APART_FOR_LONG)
    }

    fn rests_idle_beyond(&self, mean: f32, apart: f32) -> Option<bool> {
        let idle = self.of_idle()?;
        let apart = idle * apart..idle * ROOM;
        if self.used.blocks < SURE || !apart.contains(&self.used.power) {
            return (mean > idle * 4.0).then_some(false);
        }
        if mean > (idle * self.used.power).sqrt() {
            return Some(false);
        }
        (mean < idle * NEAR).then_some(true)
    }

    /// The same, of one block among many that must all agree: only where the floors are far
    /// enough apart that the noise of the blocks cannot mislead.
    pub(super) fn settles_idle(&self, mean: f32) -> bool {
        let far = self
            .of_idle()
            .is_some_and(|idle| self.used.power > idle * FAR);
        let near = self.idle.power * (self.used.power / self.idle.power).powf(0.35);
        far && mean < near && self.rests_idle(mean) == Some(true)
    }
}

impl Floor {
    /// Takes a block: down to a quieter one at once, up only slowly, since sound is not floor.
    fn follow(&mut self, mean: f32, rises: f32) {
        let share = match self.power {
            0.0 => 1.0,
            power if mean < power * 0.5 => 1.0,
            power if mean < power * 0.75 => 0.5,
            power if mean < power => 0.1,
            power if mean < power * 2.0 => 0.03,
            _ => 0.0,
        };
        if share == 1.0 {
            self.blocks = 0;
        } else if mean < self.power * NEAR {
            self.blocks = self.blocks.saturating_add(1);
        }
        if share > 0.0 {
            self.power += (mean - self.power) * share;
        } else {
            // A louder line than ever before: believed slowly.
            self.power *= rises;
        }
    }
}
