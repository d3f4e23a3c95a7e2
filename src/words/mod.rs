//! Floor 0: the words of the house. Plain types, no behaviour beyond arithmetic and text.
//!
//! Everything here is `Send`, allocates at most for text, and never fails silently: a constructor
//! that can be given nonsense returns `Option` or `Result`.

mod block;
mod call;
mod digits;
mod hex;
mod ids;
mod level;
mod signal;
mod time;

pub use block::{Encoding, Gap, GapCause, Layout, StreamFormat};
pub use call::{
    CallEvent, CallFacts, CallKey, Caller, Direction, EndReason, HookState, Presentation, Segment,
};
pub use digits::{Digit, Digits};
pub use hex::hex;
pub use ids::{CallId, LineIndex, RecordingId};
pub use level::{DBM0_SINE_PEAK, Dbm0};
pub use signal::{Fault, Signal, Tone};
pub use time::{RATE_HZ, SampleTime, ms};
