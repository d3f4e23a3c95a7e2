//! A recording under way as its line sees it: which, from where, how far it was handed on, and the
//! delay line that silences digits where the office wants it. No I/O.

use crate::signal::mute::{Muted, Muter};
use crate::words::{RecordingId, SampleTime};

use super::outputs::{CallNote, Output};

/// See the module.
pub(super) struct Take {
    /// Which recording.
    pub(super) id: RecordingId,
    /// Position of its first sample.
    pub(super) from: SampleTime,
    /// Position after what was handed on.
    pub(super) written: SampleTime,
    /// Silences digits, where the office wants it.
    pub(super) muter: Option<Box<Muter>>,
}

impl Take {
    /// Hands on `samples`, or what a muter lets through.
    pub(super) fn hand_on(&mut self, samples: Vec<i16>, out: &mut Vec<Output>) {
        let recording = self.id;
        match &mut self.muter {
            None => out.push(Output::Audio { recording, samples }),
            Some(muter) => {
                let (mut ready, mut muted) = (Vec::with_capacity(samples.len()), Vec::new());
                muter.push(&samples, &mut ready, &mut muted);
                passed(recording, ready, muted, out);
            }
        }
    }

    /// Hands on what a muter still holds, and closes the recording `keep` positions long.
    pub(super) fn close(&mut self, call: Box<CallNote>, end: SampleTime, out: &mut Vec<Output>) {
        let (recording, keep) = (self.id, end - self.from);
        if let Some(mut muter) = self.muter.take() {
            let (mut ready, mut muted) = (Vec::new(), Vec::new());
            muter.finish(&mut ready, &mut muted);
            passed(recording, ready, muted, out);
        }
        out.push(Output::Close {
            recording,
            call,
            keep,
        });
    }
}

fn passed(recording: RecordingId, samples: Vec<i16>, muted: Vec<Muted>, out: &mut Vec<Output>) {
    if !samples.is_empty() {
        out.push(Output::Audio { recording, samples });
    }
    let muted = muted.into_iter();
    out.extend(muted.map(|span| Output::Muted { recording, span }));
}
