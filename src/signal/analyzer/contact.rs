//! Ringing on lines whose sense channel carries a contact and not the voltage: the contact says
//! nothing of it, but the audio beside it has the residue. Where the channel has once shown a ring
//! itself, the residue is not listened to any more.

use crate::signal::hook::{Residue, ResidueRing};
use crate::words::{SampleTime, Signal, ms};

/// The voltage has shown a ring so long after it began, if it shows any.
const WAITS: u64 = ms(300);

/// See the module's description.
#[derive(Default)]
pub(super) struct ContactRing {
    residue: ResidueRing,
    /// The sense channel shows ringing: it carries the voltage.
    voltage: bool,
    /// A burst heard and not told yet.
    waiting: Option<SampleTime>,
    telling: bool,
}

impl ContactRing {
    /// Takes a signal of the line: a ring that this one has not told is the voltage's.
    pub(super) fn heard(&mut self, signal: &Signal) {
        if matches!(signal, Signal::RingOn { .. }) && !self.telling {
            self.voltage = true;
            self.waiting = None;
        }
    }

    /// Takes the low end of a frame that begins at `start`, with the frame's band power.
    pub(super) fn frame(
        &mut self,
        start: SampleTime,
        (residue, band): (Residue<'_>, f32),
        off_hook: bool,
        out: &mut dyn FnMut(Signal),
    ) {
        if self.voltage {
            return;
        }
        let mut heard = None;
        self.residue
            .frame(start, residue, band, &mut |signal| heard = Some(signal));
        if off_hook {
            heard = self.residue.stop().or(heard);
        }
        match heard {
            Some(Signal::RingOn { start }) if !off_hook => self.waiting = Some(start),
            Some(end @ Signal::RingOff { .. }) if std::mem::take(&mut self.telling) => out(end),
            Some(_) => self.waiting = None,
            None => {}
        }
        if let Some(ring) = self.waiting
            && start - ring >= WAITS
        {
            self.waiting = None;
            self.telling = true;
            out(Signal::RingOn { start: ring });
        }
    }
}
