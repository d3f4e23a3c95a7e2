//! linetap: a recorder that taps analog and ISDN telephone lines through ALSA capture cards.
//!
//! It splits calls, keeps each as FLAC, indexes them in SQLite, and carries the legal procedure
//! of a public office: only external calls, only in office hours, three months, listening on the
//! director's order alone. This file is the map; each module's first lines are its contract.
//!
//! # The way of a sample
//!
//! ```text
//! card ──> capture thread ──ring──> line worker ───────────────> writer ──> vault (FLAC on disk)
//!        (wait, read, push)   │ convert to 8 kHz, detectors        │
//!                             │ call machine ─> rules ─> record?   └──> store thread ─> SQLite
//! ```
//!
//! # Floors: a file imports only from its own floor's folder and from lower floors
//!
//! | floor | modules | absent there |
//! | --- | --- | --- |
//! | 0 | [`words`] | everything but plain types |
//! | 1 | [`signal`], [`isdn`], [`call`], [`rules`], [`config`] | clocks, files, sockets, threads, logs |
//! | 2 | [`capture`], [`vault`], [`index`], [`register`], [`control`], [`hardware`] | each other |
//! | 3 | [`daemon`], [`console`], [`cli`] | |
//!
//! `tests/layering.rs` holds this table. Within floor 1, `signal` and `isdn` know only words;
//! `call`, `rules` and `config` may know each other's types.
//!
//! # Invariants
//!
//! * Nothing reaches a disk before the rules say *record*.
//! * One deletion, one playback gate, one SQLite writer, one clock reader: a second path is a defect.
//! * Sample time is the clock of the signal path; UTC is attached once per card.
//! * Loss is a counted fact that travels with the data.

pub mod words;

pub mod call;
pub mod config;
pub mod isdn;
pub mod rules;
pub mod signal;

pub mod capture;
pub mod control;
pub mod hardware;
pub mod index;
pub mod register;
pub mod vault;

pub mod cli;
pub mod console;
pub mod daemon;
