//! `linetap check`: everything that is wrong with a configuration, at once.

use std::io::{self, Write};
use std::path::Path;

use crate::daemon::announcement_file::Announcements;
use crate::daemon::{RunError, StartError, read_config};
use crate::hardware::profiles::Library;

use super::exit::{Exit, Failure, Outcome};

/// Checks the file; prints what it means when it is in order.
pub(super) fn check(path: &Path) -> Outcome {
    let config = read_config(path)?;
    let hours = config
        .require_hours()
        .map_err(|error| Failure::from(RunError::Start(StartError::NoHours(error))))?;
    let library = Library::load(Path::new("/"));
    config
        .check_profiles(library.all())
        .map_err(|problems| Failure::from(RunError::from(problems)))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let announcements = Announcements::read(&config, folder);
    if !announcements.troubles.is_empty() {
        return Err(Failure::message(
            Exit::Config,
            announcements.troubles.join("\n"),
        ));
    }
    let told = announcements.lines.iter().flatten().count();
    let now = jiff::Timestamp::now();
    let state = if hours.open_at(now) { "open" } else { "closed" };
    let sealed = if config.vault.recipients.is_empty() {
        "UNSEALED: name recipients in [vault]"
    } else {
        "sealed to the recipients of [vault]"
    };
    let mut out = io::stdout().lock();
    writeln!(out, "{}: in order", path.display())?;
    writeln!(
        out,
        "  office      {} ({})",
        config.office.name, config.office.site
    )?;
    writeln!(
        out,
        "  cards       {}, lines {}",
        config.cards.len(),
        config.lines.len()
    )?;
    writeln!(
        out,
        "  announced   on {told} lines; the others' callers are not told by a recording"
    )?;
    writeln!(
        out,
        "  hours       {state} now; rules version {}",
        config.version()
    )?;
    writeln!(
        out,
        "  recordings  {sealed}; kept {} months",
        config.retention.months
    )?;
    writeln!(out, "  state       {}", config.paths.state.display())?;
    Ok(())
}
