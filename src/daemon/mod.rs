//! Floor 3, daemon: threads and their ends. The only reader of the clock.

mod accounts_desk;
mod anchor;
mod announcement_ear;
pub(crate) mod announcement_file;
mod asker;
mod assembly;
mod audio_ring;
mod board;
pub(crate) mod call_json;
mod calls_desk;
mod card_profile;
mod card_worker;
mod chain;
mod clock;
pub(crate) mod completeness;
pub(crate) mod deletion;
pub(crate) mod demonstration;
pub(crate) mod desk;
mod disk_health;
mod guarded_analyzer;
mod guarded_signalling;
mod ids;
mod isdn_chain;
mod isdn_energy;
mod isdn_fallback;
mod isdn_signalling;
mod janitor;
mod ledger;
mod line_chain;
mod line_recorder;
mod metrics;
pub(crate) mod outlook;
mod outputs;
mod policy;
mod procedure_audio;
mod procedure_calls;
mod procedure_desk;
mod procedure_keeping;
mod procedure_views;
mod pulse;
pub(crate) mod rebuild;
#[cfg_attr(
    test,
    allow(unused_qualifications, reason = "a test names an imported path whole")
)]
mod recovery;
mod registrar;
mod router;
mod rules_in_force;
mod run;
pub(crate) mod setup;
mod sources;
mod store;
mod tags;
mod take;
mod tally;
mod timeline;
mod trust;
mod watch;
mod who_desk;
mod wiring;
mod writer;
#[cfg(test)]
mod years;

pub(crate) use assembly::Recorder;
pub use assembly::StartError;
pub(crate) use run::run;
pub use run::{RunError, read_config};
pub(crate) use watch::write_whole;
