//! How an ISDN line signals its calls: a D channel, or bits in timeslot 16 with digits heard in
//! the voice channels (CAS). One face for both, so that calls are recorded alike.
//!
//! Allocates per block; no I/O, no clock.

use crate::isdn::cas::{CasLine, Patterns};
use crate::isdn::{DChannel, Interface, Notice, Options, Side};
use crate::signal::dtmf::DtmfBank;
use crate::words::{CallEvent, CallKey, EndReason, Gap, SampleTime, Signal, ms};

use super::planes::Planes;

/// Timeslot 16 without its multiframe for so long is lost.
const UNALIGNED: u64 = ms(2_000);

/// Which way a line signals.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Protocol {
    /// By a D channel.
    D(Interface),
    /// By bits with these meanings.
    Cas(Patterns),
}

/// What follows the calls of one line.
pub(crate) enum Signalling {
    /// A D channel.
    D(Box<DChannel>),
    /// Bits of timeslot 16.
    Cas(Box<CasTap>),
}

/// A line with CAS and the receivers for its digits.
pub(crate) struct CasTap {
    line: CasLine,
    /// Two receivers a timeslot: ours, theirs.
    receivers: DtmfBank,
    timeslots: usize,
    /// Since when a multiframe is missing.
    unaligned: Option<SampleTime>,
    lost: bool,
    notices: Vec<Notice>,
}

impl Signalling {
    /// Nothing heard yet, on a line with so many timeslots delivered.
    pub(crate) fn new(protocol: Protocol, timeslots: usize) -> Self {
        match protocol {
            Protocol::D(interface) => {
                Self::D(Box::new(DChannel::new(interface, Options::default())))
            }
            Protocol::Cas(patterns) => Self::Cas(Box::new(CasTap {
                line: CasLine::new(patterns),
                receivers: DtmfBank::new(2 * timeslots),
                timeslots,
                unaligned: None,
                lost: false,
                notices: Vec::new(),
            })),
        }
    }

    /// Signalling in the place of this one, which has failed inside: see [`DChannel::renewed`].
    pub(crate) fn renewed(&self, keep_calls: bool) -> Self {
        match self {
            Self::D(channel) => Self::D(Box::new(channel.renewed(keep_calls))),
            Self::Cas(tap) => Self::Cas(Box::new(CasTap {
                line: tap.line.renewed(keep_calls),
                receivers: DtmfBank::new(2 * tap.timeslots),
                timeslots: tap.timeslots,
                unaligned: tap.unaligned,
                lost: tap.lost,
                notices: tap.notices.clone(),
            })),
        }
    }

    /// Octets of the D channel or of timeslot 16, the first at `at`.
    pub(crate) fn push(&mut self, side: Side, octets: &[u8], at: SampleTime) {
        match self {
            Self::D(channel) => channel.push(side, octets, at),
            Self::Cas(tap) => tap.line.push(side, octets, at),
        }
    }

    /// Voice of all timeslots: of whole frames the channels `bearers`, ours and theirs of each.
    pub(crate) fn voice(&mut self, block: &Planes, bearers: &[[usize; 2]]) {
        let Self::Cas(tap) = self else { return };
        let sides = bearers.as_flattened();
        let sample = |at: usize| sides.iter().map(move |&side| block.of(side)[at]);
        let voice: Vec<i16> = (0..block.frames()).flat_map(sample).collect();
        let CasTap {
            line, receivers, ..
        } = &mut **tap;
        receivers.push(&voice, &mut |receiver, signal| {
            if let Signal::Dtmf { digit, .. } = signal {
                let side = [Side::User, Side::Network][receiver % 2];
                let timeslot = u8::try_from(receiver / 2 + 1).unwrap_or(u8::MAX);
                line.digit(side, timeslot, digit);
            }
        });
    }

    /// Lost audio.
    pub(crate) fn gap(&mut self, gap: &Gap) {
        for side in [Side::User, Side::Network] {
            match self {
                Self::D(channel) => channel.gap(side, gap.at + gap.samples),
                Self::Cas(tap) => tap.line.gap(side),
            }
        }
        if let Self::Cas(tap) = self {
            tap.receivers.gap(gap.samples);
        }
    }

    /// The line's clock is at `now`.
    pub(crate) fn advance(&mut self, now: SampleTime) {
        match self {
            Self::D(channel) => channel.advance(now),
            Self::Cas(tap) => tap.watch(now),
        }
    }

    /// The input is at its end.
    pub(crate) fn finish(&mut self, now: SampleTime) {
        match self {
            Self::D(channel) => channel.finish(now),
            Self::Cas(tap) => tap.line.finish(now),
        }
    }

    /// The next call event.
    pub(crate) fn poll(&mut self) -> Option<CallEvent> {
        match self {
            Self::D(channel) => channel.poll(),
            Self::Cas(tap) => tap.line.poll(),
        }
    }

    /// The next thing for the log.
    pub(crate) fn poll_notice(&mut self) -> Option<Notice> {
        match self {
            Self::D(channel) => channel.poll_notice(),
            Self::Cas(tap) => tap.notices.pop(),
        }
    }

    /// Ends a call that is known to be over by its sound.
    pub(crate) fn close(&mut self, key: CallKey, at: SampleTime, reason: EndReason) {
        match self {
            Self::D(channel) => channel.close(key, at, reason),
            Self::Cas(tap) => tap.line.close(key, at, reason),
        }
    }

    /// Whether calls can no longer be followed.
    pub(crate) fn is_lost(&self) -> bool {
        match self {
            Self::D(channel) => channel.is_lost(),
            Self::Cas(tap) => tap.lost,
        }
    }
}

impl CasTap {
    fn watch(&mut self, now: SampleTime) {
        let aligned = [Side::Network, Side::User].map(|side| self.line.is_aligned(side));
        if aligned == [true; 2] {
            self.unaligned = None;
            if std::mem::take(&mut self.lost) {
                self.notices.push(Notice::Back { at: now });
            }
            return;
        }
        let since = *self.unaligned.get_or_insert(now);
        if !self.lost && now - since > UNALIGNED {
            self.lost = true;
            self.notices.push(Notice::Lost { since });
        }
    }
}
