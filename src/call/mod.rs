//! Floor 1, call: the call machine of a line, its timers and the numbering plan. Reads no clock and
//! does no I/O; time is sample time.

mod machine;
mod numbering;
mod pattern;
pub mod report;
mod timers;

pub use machine::{CallMachine, CallSettings};
pub use numbering::{NumberClass, NumberingPlan, is_emergency};
pub use pattern::{Pattern, PatternError};
pub use timers::{Timer, TimerTable};
