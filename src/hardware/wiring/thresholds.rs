//! The threshold assistant of lines that carry their loop voltage.
//!
//! It does not trust the thresholds in force, for those may be what is wrong: it looks for the
//! widest gap between voltages that really occur. Above it the line is idle (48 V from an exchange,
//! 24-60 V from a private one), below it the loop is closed (6-12 V); near 0 V the wire is cut.

use super::Reading;

/// Bins of 1 V; anything above counts as the highest.
const BINS: usize = 200;

/// Readings in a bin before it counts: half a second at five a second, so that a transient does not.
const ENOUGH: u32 = 3;

/// Below this a voltage is that of a dead line (V), as in DAHDI's `battthresh`.
const DEAD_V: f32 = 3.0;

/// The idle and the closed loop must lie at least so far apart (V).
const LEAST_GAP: usize = 6;

/// Voltages seen on one line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Thresholds {
    bins: Vec<u32>,
}

/// What is proposed, and why.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Proposal {
    /// Lowest and highest |V| with the handset on.
    pub idle: (f32, f32),
    /// Lowest and highest |V| with the handset lifted.
    pub off_hook: (f32, f32),
    /// For `off_hook_below`: half way between.
    pub off_hook_below: f32,
    /// For `dead_below`: half the lowest voltage of a closed loop, 3 V at most.
    pub dead_below: f32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            bins: vec![0; BINS],
        }
    }
}

impl Thresholds {
    /// Notes a reading's voltage; ringing voltage swings through everything and does not count.
    pub(super) fn see(&mut self, reading: &Reading) {
        if let (Some(volts), false) = (reading.volts, reading.ringing) {
            let bin = (volts.abs() as usize).min(BINS - 1);
            self.bins[bin] = self.bins[bin].saturating_add(1);
        }
    }

    /// Lowest and highest |V| seen; `None` on lines without a voltage.
    pub fn seen(&self) -> Option<(f32, f32)> {
        let used = self.used(0);
        Some((*used.first()? as f32, (*used.last()? + 1) as f32))
    }

    /// Values to configure, once both states were seen.
    pub fn proposal(&self) -> Option<Proposal> {
        let used = self.used(DEAD_V as usize);
        let gap = |pair: &&[usize]| pair[1] - pair[0];
        let widest = used.windows(2).max_by_key(gap)?;
        if gap(&widest) <= LEAST_GAP {
            return None;
        }
        let off_hook = (*used.first()? as f32, (widest[0] + 1) as f32);
        let idle = (widest[1] as f32, (*used.last()? + 1) as f32);
        Some(Proposal {
            idle,
            off_hook,
            off_hook_below: ((off_hook.1 + idle.0) / 2.0).round(),
            dead_below: (off_hook.0 / 2.0).clamp(1.0, DEAD_V),
        })
    }

    fn used(&self, from: usize) -> Vec<usize> {
        let bins = self.bins.iter().enumerate().skip(from);
        bins.filter(|(_, count)| **count >= ENOUGH)
            .map(|(bin, _)| bin)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(volts: &[f32]) -> Thresholds {
        let mut thresholds = Thresholds::default();
        for volts in volts {
            for _ in 0..ENOUGH {
                thresholds.see(&Reading {
                    volts: Some(*volts),
                    ..Reading::default()
                });
            }
        }
        thresholds
    }

    #[test]
    fn an_exchange_line_of_either_polarity() {
        for sign in [1.0, -1.0] {
            let volts = [48.2, 49.1, 50.0, 7.3, 8.9].map(|v: f32| v * sign);
            let proposal = seen(&volts).proposal().expect("both states");
            assert_eq!(proposal.idle, (48.0, 51.0));
            assert_eq!(proposal.off_hook, (7.0, 9.0));
            assert_eq!(proposal.off_hook_below, 29.0);
            assert_eq!(proposal.dead_below, 3.0);
        }
    }

    #[test]
    fn one_state_alone_gives_no_proposal_and_a_cut_wire_is_not_off_hook() {
        assert_eq!(seen(&[48.0, 49.0, 50.0]).proposal(), None);
        assert_eq!(seen(&[0.0, 48.0, 49.0]).proposal(), None);
        assert_eq!(Thresholds::default().seen(), None);
    }

    #[test]
    fn a_transient_and_ringing_do_not_count() {
        let mut thresholds = seen(&[48.0, 8.0]);
        let mut once = Reading {
            volts: Some(90.0),
            ..Reading::default()
        };
        thresholds.see(&once);
        once.ringing = true;
        for _ in 0..50 {
            thresholds.see(&once);
        }
        assert_eq!(thresholds.seen(), Some((8.0, 49.0)));
    }
}
