//! Floor 2, hardware: which cards are there, what is known of them, what to write into the
//! configuration, and the machine around them.
//!
//! Reads `/proc` and `/sys` below a root that tests replace, and asks a card's driver what it
//! offers. Opens nothing for capture, hears nothing, keeps nothing.

pub mod announcer;
pub mod cards;
pub mod machine;
pub mod mixer;
pub mod playback;
pub mod player;
pub mod profiles;
pub mod test_signal;
pub mod time_sync;
pub mod wiring;
