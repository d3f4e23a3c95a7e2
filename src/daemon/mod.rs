//! Floor 3, daemon: threads and their ends. The only reader of the clock.

mod anchor;
mod assembly;
mod audio_ring;
mod board;
pub(crate) mod call_json;
mod card_profile;
mod card_worker;
mod clock;
pub(crate) mod demonstration;
pub(crate) mod desk;
mod ids;
mod isdn_chain;
mod janitor;
mod line_chain;
mod line_recorder;
mod outputs;
mod policy;
mod pulse;
mod recovery;
mod router;
mod rules_in_force;
mod run;
pub(crate) mod setup;
mod sources;
mod store;
mod tags;
mod timeline;
mod wiring;
mod writer;

pub(crate) use assembly::Recorder;
pub use assembly::StartError;
pub(crate) use run::run;
pub use run::{RunError, read_config};
