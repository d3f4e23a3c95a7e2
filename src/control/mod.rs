//! Floor 2, control: the Unix socket. One JSON object a line each way, usable with
//! `socat - UNIX-CONNECT:/run/linetap/control.sock`.
//!
//! * Who is asking comes from the kernel (`SO_PEERCRED`, `SO_PEERGROUPS`), never from the message.
//! * What may be answered is decided by the [`Handler`]; no request of this module yields audio.
//! * A client that floods, never reads or stays half open costs one of [`MAX_CLIENTS`]
//!   threads for at most [`CLIENT_TIMEOUT`], and nothing else.

mod answer;
mod client;
mod peer;
mod person;
mod server;
mod wire;

pub use answer::{at, text_at};
pub use client::{Client, ClientError};
pub use peer::{GroupIds, Peer};
pub use person::{PersonError, calls_of_person, kept_calls};
pub use server::{CLIENT_TIMEOUT, Handler, MAX_CLIENTS, Server, ServerError};
pub use wire::{
    Body, CallsQuery, Refusal, RefusalKind, Request, VERSION, WireError, failure, success,
};
