//! Floor 1, isdn: what a passive tap understands of an ISDN line, primary rate (E1) or basic rate (S0).
//! No clock, no file, no thread, no log: octets and sample times in, call events out.
//!
//! ```text
//! octets ─> line (bit order) ─> hdlc ─┐
//!                                     ├─ in order of the line ─> endpoints (LAPD) ─> q931 ─> tracker ─> CallEvent
//! octets ─> line (bit order) ─> hdlc ─┘
//! ```
//!
//! [`DChannel`] is the whole of it. [`encode`] is the way back, for the built-in exchange and for
//! tests; [`cas`] reads lines with signalling bits instead of a D channel; [`pcap`] and [`e1cap`]
//! read captures. Every part accepts any octets: nothing here panics on what a line may carry.

pub mod bits;
pub mod cas;
mod channel;
pub mod e1cap;
pub mod encode;
mod endpoints;
pub mod fcs;
pub mod hdlc;
pub mod ie;
pub mod lapd;
pub mod line;
mod link;
pub mod pcap;
pub mod q931;
pub mod tei;
pub mod tracker;

pub use bits::Variant;
pub use channel::{DChannel, MEMORY_BOUND, Notice, OnLoss, Options, QUEUE, SKEW};

/// The kind of line.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Interface {
    /// Primary rate, E1: D channel of 64 kbit/s in timeslot 16.
    Pri,
    /// Basic rate, S0: D channel of 16 kbit/s, its bits packed eight to an octet.
    Bri,
}

impl Interface {
    /// How long an octet of the D channel lasts, in samples at 8 kHz.
    pub const fn samples_per_octet(self) -> u64 {
        match self {
            Self::Pri => 1,
            Self::Bri => 4,
        }
    }
}

/// One end of the line, and the receiver that hears what it sends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Side {
    /// The network (NT, exchange).
    Network,
    /// The user (TE, private exchange).
    User,
}

impl Side {
    /// The opposite end.
    pub const fn other(self) -> Self {
        match self {
            Self::Network => Self::User,
            Self::User => Self::Network,
        }
    }

    /// 0 for the network, 1 for the user.
    pub(crate) const fn index(self) -> usize {
        match self {
            Self::Network => 0,
            Self::User => 1,
        }
    }
}
