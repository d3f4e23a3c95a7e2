//! Floor 3, daemon: threads and their ends. The only reader of the clock.

mod anchor;
mod audio_ring;
pub(crate) mod call_json;
mod clock;
mod ids;
mod janitor;
mod line_recorder;
mod policy;
mod recovery;
mod store;
mod tags;
mod timeline;
mod writer;

pub(crate) use clock::Clock;
