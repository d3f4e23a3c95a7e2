//! Floor 1, rules: office hours, what may be recorded, how long it is kept, who may do what.
//!
//! Pure functions of time and facts: nothing here reads a clock, a file or an environment variable,
//! and nothing blocks. Instants are [`jiff::Timestamp`] (UTC), days and times of day are civil ones
//! in the office's zone. Small vectors are allocated where days are listed, nowhere else.
//!
//! Every rule errs on the side of the person recorded: what is not proven external, open and
//! declared is not recorded, and what is not proven due is not deleted.

mod alarms;
mod clock_guard;
mod decide;
mod holidays;
mod office_hours;
mod retention;
mod roles;
mod work_span;

pub use alarms::{Alarm, Alarms, Change, Limits, Readings, Standing};
pub use clock_guard::{ClockGuard, ClockVerdict};
pub use decide::{Decision, LineRole, Reason, Situation, decide};
pub use holidays::Holidays;
pub use office_hours::{AtClosing, AtOpening, HoursSinceStart, OfficeHours, Schedule};
pub use retention::{Fate, Hold, HoldKind, due, fate, kept_since};
pub use roles::{Action, Answer, Role, may, roles_page};
pub use work_span::{TimeOfDay, WorkSpan};
