//! From the workers to the writers: everything of a line goes to the same writer, so that the store
//! hears of a line's calls and recordings in their order. Sending waits while a writer is far
//! behind; the rings hold meanwhile, and what they cannot hold is counted.

use crossbeam_channel::{Receiver, Sender};
use jiff::Timestamp;

use crate::words::Gap;

use super::outputs::Output;
use super::store::StoreCommand;

/// Outputs each of two writers may be behind. A line gives four a second, a primary rate line 120:
/// this is eight seconds of a thousand lines and four of a primary rate line. An output holds 4 KiB
/// of sound, so a line's share is 128 KiB however long the input and however slow the disk.
pub(crate) const fn queue(lines: usize) -> usize {
    512 + 16 * lines
}

/// The ends of the channels. Cheap to clone: one for each worker.
#[derive(Clone)]
pub(crate) struct Router {
    writers: Vec<Sender<Output>>,
    store: Sender<StoreCommand>,
    spares: Receiver<Vec<i16>>,
}

impl Router {
    /// A router to these writers (at least one) and this store; `spares` are buffers that the writers are
    /// done with.
    pub(crate) fn new(
        writers: Vec<Sender<Output>>,
        store: Sender<StoreCommand>,
        spares: Receiver<Vec<i16>>,
    ) -> Self {
        Self {
            writers,
            store,
            spares,
        }
    }

    /// An empty buffer that audio was in, if there is one.
    pub(crate) fn spare(&self) -> Option<Vec<i16>> {
        self.spares.try_recv().ok()
    }

    /// Hands on what a line put out.
    pub(crate) fn line(&self, line: usize, output: Output) {
        let writer = &self.writers[line % self.writers.len()];
        if writer.send(output).is_err() {
            log::error!("a writer thread is gone; the audio of a line is lost");
        }
    }

    /// Enters a loss of a whole card into the ledger.
    pub(crate) fn gap(&self, card: &str, gap: Gap, at: Timestamp) {
        if self
            .store
            .send(StoreCommand::Gap {
                card: card.to_owned(),
                gap,
                at,
            })
            .is_err()
        {
            log::error!("the store thread is gone; a gap of card {card} could not be entered");
        }
    }
}
