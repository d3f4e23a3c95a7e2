//! Recordings that end while many are open. Each waits for the flush that all share before it gets its final
//! name, and for the next before the store is told, instead of two flushes of its own: of a thousand lines
//! twenty calls end in a second.

use crate::vault::{Closed, Ended, Moment, Named, Vault, VaultError};
use crate::words::{CallId, RecordingId};

use super::store::StoreCommand;

/// Which recording of which call.
pub(super) type Whose = (RecordingId, CallId);

/// See the module.
#[derive(Default)]
pub(super) struct Closings {
    ended: Vec<Waiting<Ended>>,
    named: Vec<Waiting<Named>>,
}

/// Waits until what was written before `since` is durable.
struct Waiting<T> {
    whose: Whose,
    since: Moment,
    what: T,
}

impl Closings {
    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.ended.len() + self.named.len()
    }

    /// Takes a recording that has just ended.
    pub(super) fn take(&mut self, whose: Whose, ended: Ended, vault: &Vault) {
        let since = vault.moment();
        self.ended.push(Waiting {
            whose,
            since,
            what: ended,
        });
    }

    /// The next step of each whose last one is durable; gives what the store is to hear.
    pub(super) fn go_on(&mut self, vault: &Vault) -> Vec<StoreCommand> {
        let durable = self
            .named
            .extract_if(.., |waiting| vault.is_durable(waiting.since));
        let mut news: Vec<StoreCommand> = durable
            .map(|waiting| outcome(waiting.whose, Ok(waiting.what.synced())))
            .collect();
        let durable = self
            .ended
            .extract_if(.., |waiting| vault.is_durable(waiting.since));
        for Waiting { whose, what, .. } in durable {
            match what.name() {
                Ok(what) => self.named.push(Waiting {
                    whose,
                    since: vault.moment(),
                    what,
                }),
                Err(error) => news.push(outcome(whose, Err(error))),
            }
        }
        news
    }

    /// All steps of all, each by itself: a flush for all has failed.
    pub(super) fn close_each(&mut self) -> Vec<StoreCommand> {
        let named = self.named.drain(..);
        let named = named.map(|waiting| outcome(waiting.whose, waiting.what.close()));
        let ended = self.ended.drain(..);
        named
            .chain(ended.map(|waiting| outcome(waiting.whose, waiting.what.close())))
            .collect()
    }
}

/// What the store is to hear of a recording's end.
pub(super) fn outcome((id, call): Whose, closed: Result<Closed, VaultError>) -> StoreCommand {
    match closed {
        Ok(closed) => {
            if closed.lost > 0 {
                log::error!(
                    "recording {id}: {} samples could not be written",
                    closed.lost
                );
            }
            StoreCommand::RecordingClosed(id, Box::new(closed))
        }
        Err(error) => {
            log::error!("recording {id}: {error}; the next start closes it");
            StoreCommand::RecordingFailed(id, call)
        }
    }
}
