//! Floor 1, signal: what the samples say. No clock, no file, no thread, no log; time is counted in
//! samples. Every detector accepts blocks of any length and is told about gaps; its result does not
//! depend on how the input is cut.

pub mod analyzer;
pub mod announcement;
pub mod bank;
pub mod caller_id;
pub mod convert;
mod crosstalk;
pub mod dtmf;
pub mod exchange;
pub mod fault;
mod fused;
pub mod g711;
pub mod hook;
mod hops;
pub mod interpolate;
pub mod leak;
pub mod level;
pub mod mute;
pub mod pcm;
pub mod pulse;
pub mod resample;
pub mod ring;
pub mod tile;
pub mod tones;
pub mod voice;

pub use analyzer::{Analyzer, LineSetup, Meters};
pub use convert::{ConvertError, Converter};
pub use hook::{HookMode, Volts};
