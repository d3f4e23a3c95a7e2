//! Frames as they come, cut into hops of one length: what makes a detector's result independent of
//! how its input is cut. Allocates for one hop, once.

/// Collects whole frames until a hop is complete. The default stands in while its owner works on a hop.
#[derive(Default)]
pub(super) struct Hops {
    /// Samples of a hop, all channels.
    whole: usize,
    channels: usize,
    rest: Vec<i16>,
}

impl Hops {
    /// Hops of `frames` frames of `channels` channels (at least 1).
    pub(super) fn new(frames: usize, channels: usize) -> Self {
        let whole = frames * channels;
        Self {
            whole,
            channels,
            rest: Vec::with_capacity(whole),
        }
    }

    /// Takes interleaved frames and hands out each hop as it becomes complete. Samples of an
    /// incomplete last frame are dropped.
    pub(super) fn push(&mut self, frames: &[i16], mut each: impl FnMut(&[i16])) {
        let whole = self.whole;
        self.runs(frames, |run| run.chunks_exact(whole).for_each(&mut each));
    }

    /// The same, all hops that are complete and lie behind one another at once.
    pub(super) fn runs(&mut self, frames: &[i16], mut each: impl FnMut(&[i16])) {
        let mut frames = &frames[..frames.len() - frames.len() % self.channels];
        if !self.rest.is_empty() {
            let (head, tail) = frames.split_at(frames.len().min(self.whole - self.rest.len()));
            self.rest.extend_from_slice(head);
            frames = tail;
            if self.rest.len() < self.whole {
                return;
            }
            each(&self.rest);
            self.rest.clear();
        }
        let (run, rest) = frames.split_at(frames.len() - frames.len() % self.whole);
        self.rest.extend_from_slice(rest);
        if !run.is_empty() {
            each(run);
        }
    }

    /// Frames of the hop that is not yet complete.
    pub(super) fn waiting(&self) -> u64 {
        (self.rest.len() / self.channels) as u64
    }

    /// Forgets the hop that is not yet complete.
    pub(super) fn clear(&mut self) {
        self.rest.clear();
    }
}
