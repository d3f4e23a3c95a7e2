//! Caller identification: FSK (ETSI EN 300 659, V.23 and Bell 202) and DTMF.
//!
//! What a line claims about the caller is a claim: it is believed only with a valid checksum and
//! clear bits, its length is capped, control characters do not come through.

mod bits;
mod carrier;
mod demodulator;
mod dtmf;
mod message;
mod receiver;

pub use carrier::{CarrierBank, Listening};
pub use dtmf::DtmfCallerId;
pub use message::{CallDate, CallerMessage, NAME_MAX, Refused, parse};
pub use receiver::{FskLine, FskReceiver};
