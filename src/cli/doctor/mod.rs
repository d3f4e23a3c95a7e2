//! `linetap doctor`: one page for the administrator. What is wrong, and what to do about it.
//!
//! Asks the running recorder, the configuration and the kernel; changes nothing. Exit code 0: all is
//! well; 1: at least one problem. Notes (things to know) are no problem.

mod calls;
mod finding;
mod machine;
mod recorder;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::config::Config;
use crate::control::{Client, Request};
use crate::daemon::{RunError, read_config};
use crate::hardware::profiles::Library;

use super::args::DEFAULT_CONFIG;
use super::exit::{Exit, Failure, Outcome};
use super::technician_args::DoctorArgs;
use finding::{Finding, Level};

/// Where the socket is when nothing else is said.
const DEFAULT_SOCKET: &str = "/run/linetap/control.sock";

/// Everything that was found out, before it is judged.
struct Case {
    config_path: PathBuf,
    config: Result<Config, RunError>,
    socket: PathBuf,
    client: Option<Client>,
    status: Result<Value, String>,
    library: Library,
}

/// Looks at everything and tells.
pub(super) fn doctor(args: &DoctorArgs) -> Outcome {
    let mut case = Case::open(args);
    let mut findings = configuration(&case);
    findings.extend(recorder::findings(&case));
    findings.extend(machine::findings(&case, Path::new("/")));
    findings.extend(calls::findings(&mut case));
    let well = findings.iter().all(|f| f.level != Level::Problem);
    let mut out = io::stdout().lock();
    if args.json {
        let list: Vec<Value> = findings.iter().map(Finding::json).collect();
        writeln!(out, "{}", json!({"well": well, "findings": list}))?;
    } else {
        let text = match args.brief {
            true => finding::morning_line(&findings),
            false => finding::page(&findings),
        };
        write!(out, "{text}")?;
    }
    if well {
        return Ok(());
    }
    let problems = findings.iter().filter(|f| f.level == Level::Problem);
    let text = match problems.count() {
        1 => "one problem found".to_owned(),
        count => format!("{count} problems found"),
    };
    Err(Failure::message(Exit::Failed, text))
}

impl Case {
    fn open(args: &DoctorArgs) -> Self {
        let target = &args.target;
        let default = || PathBuf::from(DEFAULT_CONFIG);
        let config_path = target.config.clone().unwrap_or_else(default);
        let config = read_config(&config_path);
        let socket = target.socket.clone().unwrap_or_else(|| {
            config.as_ref().map_or_else(
                |_| PathBuf::from(DEFAULT_SOCKET),
                |c| c.paths.socket.clone(),
            )
        });
        let mut client = Client::connect(&socket);
        let status = match &mut client {
            Ok(client) => client
                .ask(&Request::Status {})
                .map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        Self {
            config_path,
            config,
            socket,
            client: client.ok(),
            status,
            library: Library::load(Path::new("/")),
        }
    }

    /// The status, if the recorder gave one.
    fn status(&self) -> Option<&Value> {
        self.status.as_ref().ok()
    }
}

fn configuration(case: &Case) -> Vec<Finding> {
    let path = case.config_path.display();
    let mut found = Vec::new();
    let check = format!("linetap check --config {path}");
    let config = match &case.config {
        Ok(config) => config,
        Err(error) => return vec![Finding::problem("configuration", error, check)],
    };
    let profiles = config.check_profiles(case.library.all());
    match (config.require_hours(), profiles) {
        (Err(error), _) => found.push(Finding::problem("configuration", error, check)),
        (_, Err(problems)) => found.push(Finding::problem("configuration", problems, check)),
        (Ok(hours), Ok(())) => {
            found.push(Finding::well(
                "configuration",
                format!("{path} is in order"),
            ));
            found.push(schedule(config, hours));
        }
    }
    found.extend(case.library.problems().iter().map(|problems| {
        Finding::problem(
            "profiles",
            problems,
            "correct the file or delete it; the built-in one is in force",
        )
    }));
    found.push(if config.vault.recipients.is_empty() {
        let remedy =
            "make the director's key (linetap keys --help) and name it in [vault] recipients";
        Finding::problem(
            "recordings",
            "UNSEALED: who reads the disk hears the calls",
            remedy,
        )
    } else {
        let keys = config.vault.recipients.len();
        Finding::well("recordings", format!("sealed to {keys} recipient(s)"))
    });
    found
}

fn schedule(config: &Config, hours: &crate::rules::OfficeHours) -> Finding {
    let now = jiff::Timestamp::now();
    let state = if hours.open_at(now) { "open" } else { "closed" };
    match hours.next_change(now) {
        Some(at) => {
            let at = at.to_zoned_datetime(config.office.zone.clone());
            let text = format!("{state} now, changes {}", at.strftime("%a %Y-%m-%d %H:%M"));
            Finding::well("schedule", text)
        }
        None if hours.open_at(now) => {
            let remedy = "right only for an office that never closes";
            Finding::note("schedule", "open now and for ever", remedy)
        }
        None => Finding::problem(
            "schedule",
            "closed now and for ever",
            "no hours lie ahead: correct [hours]",
        ),
    }
}
