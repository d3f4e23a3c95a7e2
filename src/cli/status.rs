//! `linetap status`: lines, cards, disk and vault of the running recorder.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::control::{Client, Request};

use super::args::StatusArgs;
use super::exit::Outcome;
use super::table::Table;
use super::target::Recorder;

/// Time between two pictures of `--watch`.
const EVERY: Duration = Duration::from_millis(500);

/// Clears the terminal and goes to its corner.
const CLEAR: &str = "\x1b[2J\x1b[H";

/// Shows the status once or until interrupted.
pub(super) fn status(args: &StatusArgs) -> Outcome {
    let recorder = Recorder::of(&args.target)?;
    let mut client = recorder.connect()?;
    if args.watch {
        return watch(&mut client);
    }
    let answer = client.ask(&Request::Status {})?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{answer}")?;
    } else {
        write!(out, "{}", picture(&answer))?;
    }
    Ok(())
}

fn watch(client: &mut Client) -> Outcome {
    loop {
        let answer = client.ask(&Request::Status {})?;
        let mut out = io::stdout().lock();
        write!(
            out,
            "{CLEAR}{}\nEvery 0.5 s; Ctrl-C ends.\n",
            picture(&answer)
        )?;
        out.flush()?;
        drop(out);
        thread::sleep(EVERY);
    }
}

/// The whole status as text.
fn picture(status: &Value) -> String {
    let mut text = String::new();
    let open = if status["open"] == true {
        "open"
    } else {
        "closed"
    };
    let _ = writeln!(
        text,
        "{} ({}), {}, office {open}",
        words(&status["office"]),
        words(&status["site"]),
        words(&status["time"]).replacen('T', " ", 1),
    );
    text.push('\n');
    text.push_str(&lines(status));
    text.push('\n');
    text.push_str(&cards(status));
    text.push('\n');
    text.push_str(&store(status));
    text.push_str(&alarms(status));
    for warning in status["warnings"].as_array().into_iter().flatten() {
        let _ = writeln!(text, "warning: {}", words(warning));
    }
    text
}

fn lines(status: &Value) -> String {
    let headings = [
        "line",
        "state",
        "level",
        "noise",
        "volts",
        "hears",
        "call",
        "recording",
        "lost",
        "age",
    ];
    let mut table = Table::new(&headings);
    for line in status["lines"].as_array().into_iter().flatten() {
        let hears: Vec<&str> = ["tones", "faults"]
            .iter()
            .flat_map(|field| line[*field].as_array().into_iter().flatten())
            .filter_map(Value::as_str)
            .collect();
        table.row(vec![
            words(&line["line"]),
            words(&line["state"]).replace('_', " "),
            number(&line["level_dbm0"], "dBm0"),
            number(&line["noise_dbm0"], ""),
            number(&line["volts"], "V"),
            hears.join(", "),
            words(&line["call"]["direction"]),
            recording(line),
            lost(&line["lost_ms"]),
            line["last_frame_age_ms"]
                .as_u64()
                .map_or("-".into(), |ms| format!("{ms} ms")),
        ]);
    }
    if table.is_empty() {
        "No lines.\n".into()
    } else {
        table.text()
    }
}

fn recording(line: &Value) -> String {
    match (line["recording"].as_bool(), line["not_recorded"].as_str()) {
        (Some(true), _) => "yes".into(),
        (_, Some(why)) => format!("no: {}", why.replace('_', " ")),
        _ if line["call"].is_null() => String::new(),
        _ => "in memory".into(),
    }
}

fn cards(status: &Value) -> String {
    let mut table = Table::new(&["card", "state", "lost frames", "xruns", "drift", "source"]);
    for card in status["cards"].as_array().into_iter().flatten() {
        table.row(vec![
            words(&card["card"]),
            words(&card["state"]),
            card["lost_frames"].to_string(),
            card["xruns"].to_string(),
            number(&card["drift_ppm"], "ppm"),
            words(&card["source"]),
        ]);
    }
    table.text()
}

fn clock(clock: &Value) -> String {
    if clock["synchronised"] == true {
        format!("synchronised, says the {}", words(&clock["by"]))
            .replace(", says the virtual time", ": virtual time")
    } else {
        "NOT SYNCHRONISED: no time service keeps it right".into()
    }
}

fn store(status: &Value) -> String {
    let gib = |value: &Value| value.as_f64().unwrap_or(0.0) / f64::from(1u32 << 30);
    let disk = &status["disk"];
    let vault = if status["vault"]["sealed"] == true {
        "sealed"
    } else {
        "UNSEALED"
    };
    let retention = &status["retention"];
    let due = retention["next_due"].as_str().map_or_else(
        || "nothing to delete yet".to_owned(),
        |at| format!("next deletion {}", at.chars().take(10).collect::<String>()),
    );
    let stopped = if retention["stopped_by_clock"] == true {
        "  STOPPED: the clock jumped"
    } else {
        ""
    };
    let complete = status["today"]["completeness"].as_f64().map_or_else(
        || "nothing was due yet".to_owned(),
        |share| {
            format!(
                "{:.3} % of the line-seconds due were watched",
                share * 100.0
            )
        },
    );
    format!(
        "clock      {}\ndisk       {:.1} GiB free of {:.1}\nrecordings {vault}\n\
         retention  {} months, {due}{stopped}\ntoday      {complete}\n",
        clock(&status["clock"]),
        gib(&disk["free_bytes"]),
        gib(&disk["total_bytes"]),
        retention["months"],
    )
}

fn alarms(status: &Value) -> String {
    let mut text = String::new();
    for alarm in status["alarms"].as_array().into_iter().flatten() {
        let seen = if alarm["acknowledged"].is_null() {
            ""
        } else {
            ", acknowledged"
        };
        let about = format!(
            "{} {}",
            words(&alarm["alarm"]).replace('_', " "),
            words(&alarm["subject"])
        );
        let (number, remedy) = (&alarm["number"], words(&alarm["remedy"]));
        let _ = writeln!(text, "alarm {number}: {}{seen}; {remedy}", about.trim());
    }
    text
}

fn words(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn number(value: &Value, unit: &str) -> String {
    value.as_f64().map_or_else(
        || "-".into(),
        |n| format!("{n:.1} {unit}").trim_end().to_owned(),
    )
}

fn lost(value: &Value) -> String {
    match value.as_u64() {
        None | Some(0) => "-".into(),
        Some(ms) => format!("{:.2} s", ms as f64 / 1_000.0),
    }
}
