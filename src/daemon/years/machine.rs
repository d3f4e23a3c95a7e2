//! A recorder without threads, cards and socket: the line recorders, the writer and the store of the
//! product, driven by hand.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crossbeam_channel::{Receiver, unbounded};

use crate::config::Config;
use crate::daemon::anchor::Anchor;
use crate::daemon::clock::Clock;
use crate::daemon::deletion::Deletion;
use crate::daemon::ids::TimeIds;
use crate::daemon::janitor::{Janitor, RetentionView};
use crate::daemon::line_recorder::LineRecorder;
use crate::daemon::outputs::Output;
use crate::daemon::planes::Planes;
use crate::daemon::procedure_keeping::Keeping;
use crate::daemon::pulse::Pulse;
use crate::daemon::registrar::Registrar;
use crate::daemon::rules_in_force::Rules;
use crate::daemon::store::{Store, StoreCommand};
use crate::daemon::writer::Writer;
use crate::daemon::{recovery, setup};
use crate::index::Index;
use crate::register::{Act, Actor};
use crate::vault::Vault;
use crate::words::{CallEvent, LineIndex, SampleTime};

/// See the module. Dropped without a word it is a crash.
pub(super) struct Machine {
    pub(super) view: Arc<RetentionView>,
    registrar: Arc<Registrar>,
    writer: Writer,
    told: Receiver<StoreCommand>,
    store: Store,
    lines: Vec<LineRecorder>,
}

impl Machine {
    /// Starts as `assembly` does: recovery first, then everything.
    pub(super) fn boot(config: &Config, state: &Path, clock: &Clock) -> Self {
        let vault = Arc::new(Vault::open(state, &[]).expect("a vault"));
        let mut index = Index::open(&setup::index_path(config)).expect("an index");
        recovery::recover(&vault, &mut index, &setup::term(config)).expect("put right");
        let view = Arc::new(RetentionView::default());
        let policy = setup::policy(config).expect("hours");
        let rules = Arc::new(Rules::new(policy, setup::terms(config)));
        let registrar = Arc::new(Registrar::open(config, clock));
        let janitor = Janitor::new(
            Deletion::new(Arc::clone(&vault), state, &index),
            clock.clone(),
            Arc::clone(&rules),
            Keeping::new(config, &registrar),
            Arc::clone(&view),
        );
        let labels = Arc::new(setup::labels(config));
        let settings = setup::store(
            config,
            Arc::clone(&labels),
            Arc::clone(&rules),
            Arc::clone(&view),
        );
        let health = Arc::clone(&settings.health);
        let (to_store, told) = unbounded();
        let pulse = Pulse::new(state.join("alive"), clock.clone());
        let store = Store::new(index, unbounded().1, settings, (janitor, pulse));
        let policy = rules.policy();
        let line = |at| {
            let line = LineIndex(at);
            LineRecorder::new(line, Arc::clone(&policy), 1, policy.memory(line))
        };
        let ends = (unbounded().1, unbounded().0);
        Self {
            lines: (0..2).map(line).collect(),
            writer: Writer::new(vault, labels, ends, to_store, rules, health),
            view,
            registrar,
            told,
            store,
        }
    }

    /// One round of the store thread.
    pub(super) fn round(&mut self) {
        while let Ok(command) = self.told.try_recv() {
            self.store.take(command);
        }
        self.store.round();
    }

    /// Whether deletion goes on.
    pub(super) fn trusts_its_clock(&self) -> bool {
        !self.view.stopped_by_clock.load(Ordering::Acquire)
    }

    /// Enters an act; gives its number.
    pub(super) fn enter(&self, actor: &Actor, act: &Act) -> Option<String> {
        let entered = self.registrar.with(|register| register.enter(actor, act));
        entered.expect("allowed").1
    }

    /// Where the line's audio stands.
    pub(super) fn position(&self, line: usize) -> SampleTime {
        self.lines[line].end()
    }

    /// The call machine's event on a line.
    pub(super) fn event(&mut self, line: usize, event: CallEvent, anchor: &Anchor) -> Vec<Output> {
        let mut out = Vec::new();
        self.lines[line].event(event, anchor, &mut TimeIds, &mut out);
        out
    }

    /// `count` samples of `value` on a line, and what follows.
    pub(super) fn audio(
        &mut self,
        line: usize,
        value: i16,
        count: usize,
        anchor: &Anchor,
    ) -> Vec<Output> {
        let mut out = Vec::new();
        let mut planes = Planes::default();
        for block in 0..count / 800 {
            let recorder = &mut self.lines[line];
            planes.take(&[value; 800], 1);
            recorder.block(&planes, &[0]);
            let settled = recorder.end();
            recorder.pump(settled, anchor, &mut TimeIds, &mut out);
            debug_assert!(block < count);
        }
        out
    }

    /// To the writer, as the router would.
    pub(super) fn write(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            self.writer.take(output);
        }
        self.writer.write();
    }
}
