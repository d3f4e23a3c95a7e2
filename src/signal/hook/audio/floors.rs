//! The two noise floors of an AC-coupled line: the wire alone, and the wire with a room on it.

/// Frames averaged: 200 ms.
const BLOCK: u32 = 20;
/// Blocks that must have been seen before a floor is believed.
const SURE: u32 = 5;
/// The floors can be told apart from this factor on (1.3 dB).
const APART: f32 = 1.35;
/// Blocks of the call that are not yet part of the off-hook floor: they may already be on-hook.
const RECENT: usize = 16;

/// Learns both floors and says on which of them the line rests. Powers are band powers.
#[derive(Clone, Debug)]
pub(super) struct Floors {
    sum: f32,
    frames: u32,
    idle: Floor,
    used: f32,
    recent: [f32; RECENT],
    blocks: usize,
}

#[derive(Clone, Copy, Debug)]
struct Floor {
    power: f32,
    blocks: u32,
}

impl Floors {
    pub(super) fn new() -> Self {
        Self {
            sum: 0.0,
            frames: 0,
            idle: Floor {
                power: f32::MAX,
                blocks: 0,
            },
            used: f32::MAX,
            recent: [f32::MAX; RECENT],
            blocks: 0,
        }
    }

    /// Begins anew with blocks, as when the hook changed.
    pub(super) fn cut(&mut self) {
        self.sum = 0.0;
        self.frames = 0;
        self.blocks = 0;
        self.recent = [f32::MAX; RECENT];
    }

    /// A frame on-hook with nothing on the line.
    pub(super) fn idle(&mut self, band: f32) {
        let Some(mean) = self.block(band) else { return };
        if mean < self.idle.power * 0.5 || self.idle.blocks == 0 {
            self.idle = Floor {
                power: mean,
                blocks: 1,
            };
        } else if mean < self.idle.power * 2.0 {
            self.idle.power += (mean - self.idle.power) / (self.idle.blocks.min(20) + 1) as f32;
            self.idle.blocks += 1;
        } else {
            // A louder line than ever before: believed slowly.
            self.idle.power *= 1.02;
        }
    }

    /// A frame off-hook; gives the mean of a whole block.
    pub(super) fn used(&mut self, band: f32) -> Option<f32> {
        let mean = self.block(band)?;
        let oldest = std::mem::replace(&mut self.recent[self.blocks % RECENT], mean);
        self.blocks += 1;
        self.used = if self.used == f32::MAX {
            oldest
        } else {
            // Floors of other calls fade: a room may grow louder.
            (self.used * 1.002).min(oldest)
        };
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
        let idle = self.of_idle()?;
        if self.used == f32::MAX || self.used < idle * APART {
            return (mean > idle * 4.0).then_some(false);
        }
        Some(mean < (idle * self.used).sqrt())
    }
}
