//! `linetap retention`: what is deleted when, what is held, and the reports of a day.

use std::io::{self, Write};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::config::Config;
use crate::control::Request;
use crate::daemon::outlook::{self, Prospect};
use crate::daemon::{call_json, read_config, setup};
use crate::index::Reader;
use crate::register::{Act, Procedure};

use super::args::{RetentionArgs, Target};
use super::exit::{Exit, Failure, Outcome};
use super::retention_report;
use super::table::Table;

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::message(Exit::Failed, error)
}

/// The state as it lies on disk.
pub(super) struct Kept {
    pub(super) config: Config,
    pub(super) reader: Reader,
    pub(super) procedure: Procedure,
    /// Every recording that is there, the first to go first.
    pub(super) all: Vec<Prospect>,
    pub(super) now: Timestamp,
}

impl Kept {
    fn read(args: &RetentionArgs) -> Result<Self, Failure> {
        let config = read_config(&args.config.config)?;
        let reader = Reader::open(&setup::index_path(&config)).map_err(failed)?;
        let now = args.at.as_deref().map_or(Ok(Timestamp::now()), |text| {
            call_json::time(text, &config.office.zone)
                .map_err(|error| Failure::message(Exit::Usage, error))
        })?;
        let register = config.paths.state.join("register");
        let procedure = crate::register::read(&register, config.office.zone.clone());
        let procedure = procedure.map_err(failed)?;
        let all = outlook::all(&reader, Some(&procedure), now).map_err(failed)?;
        Ok(Self {
            config,
            reader,
            procedure,
            all,
            now,
        })
    }

    pub(super) fn local(&self, at: Timestamp) -> String {
        call_json::local(at, &self.config.office.zone)
    }
}

/// Shows what retention has done and will do; deletes nothing.
pub(super) fn retention(args: &RetentionArgs) -> Outcome {
    if args.confirm_clock {
        return confirm_clock(args);
    }
    let kept = Kept::read(args)?;
    let mut out = io::stdout().lock();
    match (args.report, args.json) {
        (Some(day), true) => writeln!(out, "{}", retention_report::json(&kept, day)?)?,
        (Some(day), false) => write!(out, "{}", retention_report::text(&kept, day)?)?,
        (None, true) => writeln!(out, "{}", as_json(&kept, args.dry_run))?,
        (None, false) => write!(out, "{}", picture(&kept, args.dry_run)?)?,
    }
    Ok(())
}

fn picture(kept: &Kept, list: bool) -> Result<String, Failure> {
    let counts = outlook::count(&kept.all, kept.now);
    let mut text = String::new();
    if list {
        text += &table(kept);
        text += "\n";
    }
    let next = kept.all.iter().find_map(Prospect::goes);
    let next = next.map_or("nothing to delete yet".into(), |at| {
        format!("the next goes {}", minute(&kept.local(at)))
    });
    text += &format!(
        "{} recordings are there, kept {} months; {next}\nheld: {}; on the administrator's delete list: {}; \
         due now: {}\n",
        counts.present, kept.config.retention.months, counts.held, counts.listed, counts.waiting
    );
    let (calls, oldest) = kept.reader.unrecorded().map_err(failed)?;
    if let Some(oldest) = oldest {
        let due = crate::rules::due(
            oldest,
            kept.config.retention.months,
            &kept.config.office.zone,
        );
        let due = due.map_or(String::new(), |at| {
            format!("; the first are forgotten {}", minute(&kept.local(at)))
        });
        text += &format!("calls not recorded, numbers and times: {calls}{due}\n");
    }
    text += &retention_report::statement(kept);
    text += "\n";
    Ok(text)
}

/// `2026-11-23T09:00:01.250+01:00` as `2026-11-23 09:00`.
pub(super) fn minute(local: &str) -> String {
    local.replacen('T', " ", 1).chars().take(16).collect()
}

fn table(kept: &Kept) -> String {
    let mut table = Table::new(&["goes", "because", "recorded", "recording"]);
    for one in &kept.all {
        let because = match one.word() {
            "term" if one.row.due == Timestamp::MAX => "begun under a clock in doubt",
            "term" => "its term ends",
            "due" => "DUE: within 24 hours",
            "delete_list" => "its term ends; on the delete list (§3.5)",
            "restricted" => "held, not to be played (GDPR art. 18)",
            _ => "held as evidence (§3.4)",
        };
        table.row(vec![
            match one.goes() {
                None => "stays".into(),
                Some(at) if at == Timestamp::MAX => "not known yet".into(),
                Some(at) => minute(&kept.local(at)),
            },
            because.into(),
            minute(&kept.local(one.row.start)),
            one.row.id.to_string(),
        ]);
    }
    table.text()
}

fn as_json(kept: &Kept, list: bool) -> Value {
    let one = |one: &Prospect| {
        json!({
            "recording": one.row.id.to_string(),
            "start": kept.local(one.row.start),
            "due": kept.local(one.row.due),
            "goes": one.goes().map(|at| kept.local(at)),
            "fate": one.word(),
        })
    };
    let counts = outlook::count(&kept.all, kept.now);
    let rows: Vec<Value> = kept.all.iter().filter(|_| list).map(one).collect();
    let next = kept.all.iter().find_map(Prospect::goes);
    json!({
        "months": kept.config.retention.months,
        "present": counts.present,
        "overdue": counts.waiting,
        "held": counts.held,
        "held_over": counts.held_over,
        "on_delete_list": counts.listed,
        "next_due": next.map(|at| kept.local(at)),
        "recordings": rows,
    })
}

/// The administrator answers for the machine's time: an entry in the log.
fn confirm_clock(args: &RetentionArgs) -> Outcome {
    let target = Target {
        config: Some(args.config.config.clone()),
        socket: None,
    };
    let mut client = super::procedure::client(&target)?;
    let shown = Timestamp::now();
    let act = serde_json::to_value(Act::ConfirmClock { shown }).map_err(failed)?;
    client.ask(&Request::Act {
        act,
        head: None,
        signature: None,
    })?;
    let zone = read_config(&args.config.config)?.office.zone;
    writeln!(
        io::stdout().lock(),
        "Entered: the clock shows {}, and that is right. Deletion goes on within a minute.",
        minute(&call_json::local(shown, &zone))
    )?;
    Ok(())
}
