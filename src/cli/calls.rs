//! `linetap calls` and `linetap call`: the index, as a table for people and as JSON for programs.

use std::io::{self, Write};

use serde_json::Value;

use crate::config::Config;
use crate::control::{CallsQuery, ClientError, Request};
use crate::daemon::call_json::{self, Found};
use crate::daemon::{desk, setup};
use crate::index::Reader;

use super::args::{CallArgs, CallsArgs};
use super::exit::{Exit, Failure, Outcome};
use super::table::Table;
use super::target::Recorder;

/// Calls asked for at once.
const PAGE: u32 = 2_000;

/// Some calls, and where the next go on if there may be more.
type Page = (Vec<Value>, Option<String>);

/// Lists calls.
pub(super) fn calls(args: &CallsArgs) -> Outcome {
    let query = CallsQuery {
        since: args.since.clone(),
        until: args.until.clone(),
        line: args.line.clone(),
        number: args.number.clone(),
        announcement: args.announcement.clone(),
        ..CallsQuery::default()
    };
    let recorder = Recorder::of(&args.target)?;
    let mut out = io::stdout().lock();
    let mut show = |calls: Vec<Value>| -> Result<(), Failure> {
        for call in &calls {
            writeln!(out, "{call}")?;
        }
        Ok(())
    };
    let mut all = Vec::new();
    let mut keep = |calls: Vec<Value>| {
        all.extend(calls);
        Ok(())
    };
    // A program gets every page as it comes; a table needs them all for its columns.
    let each: &mut dyn FnMut(Vec<Value>) -> Result<(), Failure> =
        if args.json { &mut show } else { &mut keep };
    // One more for a table, which then knows that there are others.
    let limit = args.limit.saturating_add(u32::from(!args.json));
    match recorder.connect() {
        Ok(mut client) => pages(query, limit, each, |query| {
            let mut answer = client.ask(&Request::Calls(query))?;
            let next = answer["next"].as_str().map(str::to_owned);
            Ok((rows(answer["calls"].take()), next))
        })?,
        Err(error) => from_state(&recorder, error, |reader, config| {
            pages(query, limit, each, |query| {
                let query = desk::query(&query, &config.office.zone).map_err(usage)?;
                call_json::calls(reader, &query, &config.office.zone).map_err(failed)
            })
        })?,
    }
    if !args.json {
        let more = all.len() > args.limit as usize;
        all.truncate(args.limit as usize);
        write!(out, "{}", table(&all))?;
        if more {
            writeln!(out, "\nThe newest {}; --limit shows more.", args.limit)?;
        }
    }
    Ok(())
}

/// Asks for up to `limit` calls, page by page.
fn pages(
    mut query: CallsQuery,
    limit: u32,
    each: &mut dyn FnMut(Vec<Value>) -> Result<(), Failure>,
    mut ask: impl FnMut(CallsQuery) -> Result<Page, Failure>,
) -> Result<(), Failure> {
    let mut left = limit;
    loop {
        query.limit = Some(left.min(PAGE));
        let (calls, next) = ask(query.clone())?;
        left = left.saturating_sub(u32::try_from(calls.len()).unwrap_or(u32::MAX));
        each(calls)?;
        query.after = next;
        if query.after.is_none() || left == 0 {
            return Ok(());
        }
    }
}

/// Shows one call.
pub(super) fn call(args: &CallArgs) -> Outcome {
    let recorder = Recorder::of(&args.target)?;
    let call = match recorder.connect() {
        Ok(mut client) => client.ask(&Request::Call {
            id: args.id.clone(),
        })?["call"]
            .take(),
        Err(error) => from_state(&recorder, error, |reader, config| {
            match call_json::one(reader, &args.id, &config.office.zone).map_err(failed)? {
                Found::One(call) => Ok(call),
                none => {
                    let refusal = desk::not_one(&args.id, &none);
                    let text = format!("{}; {}", refusal.error, refusal.remedy);
                    Err(Failure::message(Exit::Failed, text))
                }
            }
        })?,
    };
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{call}")?;
    } else {
        write!(out, "{}", sheet(&call))?;
    }
    Ok(())
}

fn rows(calls: Value) -> Vec<Value> {
    match calls {
        Value::Array(calls) => calls,
        _ => Vec::new(),
    }
}

fn usage(error: String) -> Failure {
    Failure::message(Exit::Usage, error)
}

fn failed(error: crate::index::IndexError) -> Failure {
    Failure::new(Exit::Failed, error)
}

/// When no recorder runs, its index can be read by whoever may read the file.
fn from_state<T>(
    recorder: &Recorder,
    error: ClientError,
    read: impl FnOnce(&Reader, &Config) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let (ClientError::NotRunning { .. }, Some(config)) = (&error, recorder.config()) else {
        return Err(error.into());
    };
    let path = setup::index_path(config);
    if !path.exists() {
        let text = format!("{error}; and there is no index at {} yet", path.display());
        return Err(Failure::message(Exit::Failed, text));
    }
    read(&Reader::open(&path).map_err(failed)?, config)
}

/// A table of calls, newest first.
fn table(calls: &[Value]) -> String {
    let mut table = Table::new(&[
        "start",
        "length",
        "line",
        "direction",
        "number",
        "answered",
        "recorded",
        "id",
    ]);
    for call in calls {
        table.row(cells(call));
    }
    if table.is_empty() {
        return "No calls.\n".into();
    }
    table.text()
}

/// Start, length, line, direction, number, answered, recorded, id.
pub(super) fn cells(call: &Value) -> Vec<String> {
    vec![
        clock_time(&call["start"]),
        length(call),
        text(&call["line"]),
        text(&call["direction"]),
        number(call),
        if call["answered"].is_null() {
            "no".into()
        } else {
            "yes".into()
        },
        recorded(call),
        text(&call["id"]),
    ]
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// `2026-11-23T09:00:01.250+01:00` as `2026-11-23 09:00:01`.
fn clock_time(value: &Value) -> String {
    text(value).replacen('T', " ", 1).chars().take(19).collect()
}

fn length(call: &Value) -> String {
    let time = |field: &str| call[field].as_str()?.parse::<jiff::Timestamp>().ok();
    match (time("start"), time("end")) {
        (Some(start), Some(end)) => {
            let seconds = end.duration_since(start).as_secs();
            format!("{}:{:02}", seconds / 60, seconds % 60)
        }
        _ => "goes on".into(),
    }
}

/// The other party: whom we dialled, or who claims to call.
fn number(call: &Value) -> String {
    let number = match call["direction"].as_str() {
        Some("outgoing") => &call["dialled"],
        _ => &call["caller"],
    };
    match (number.as_str(), call["presentation"].as_str()) {
        (Some(number), _) => number.to_owned(),
        (None, Some("restricted")) => "withheld".into(),
        (None, _) => "-".into(),
    }
}

fn recorded(call: &Value) -> String {
    match (call["recorded"].as_bool(), call["not_recorded"].as_str()) {
        (Some(true), None) => "yes".into(),
        (Some(true), Some(why)) => format!("partly: {}", why.replace('_', " ")),
        (_, Some(why)) => format!("no: {}", why.replace('_', " ")),
        _ => "no".into(),
    }
}

/// Whether the caller heard the announcement (§4.1); empty where it was not listened for.
fn announcement(call: &Value) -> String {
    let found = &call["announcement"];
    if found.is_null() {
        return String::new();
    }
    let left = match found["left"].as_bool() {
        Some(true) => "; the call ended during it or right after",
        _ => "",
    };
    match found["how_sure"].as_f64() {
        Some(sure) => format!("heard {} (sure to {sure:.2}){left}", local(&found["heard"])),
        None => "NOT heard".into(),
    }
}

fn duty(call: &Value) -> String {
    match call["party_to_be_informed"].as_bool() {
        Some(true) => "the employee tells the party that the call is recorded (§4.2)".into(),
        _ => String::new(),
    }
}

/// One call, a line a fact.
fn sheet(call: &Value) -> String {
    let mut facts = vec![
        ("call", text(&call["id"])),
        ("line", text(&call["line"])),
        ("direction", text(&call["direction"])),
        ("number", number(call)),
        ("start", local(&call["start"])),
        ("answered", local(&call["answered"])),
        ("end", local(&call["end"])),
        ("length", length(call)),
        ("ended by", text(&call["end_reason"]).replace('_', " ")),
        ("consultation", text(&call["consultation"])),
        ("redirected by", text(&call["redirecting"])),
        ("recorded", recorded(call)),
        ("announcement", announcement(call)),
        ("to be told", duty(call)),
        ("legal basis", text(&call["basis"])),
        ("rules", text(&call["rules_version"])),
        ("clock", clock_word(&call["clock_synchronised"])),
    ];
    for recording in call["recordings"].as_array().into_iter().flatten() {
        let seconds = recording["samples"].as_u64().unwrap_or(0) as f64 / 8_000.0;
        let seal = if recording["sealed"] == true {
            "sealed"
        } else {
            "UNSEALED"
        };
        let file = recording["file"].as_str().unwrap_or("deleted");
        let state = text(&recording["state"]);
        facts.push((
            "recording",
            format!("{file}  {seconds:.1} s, {state}, {seal}"),
        ));
        let muted = recording["muted"].as_array().map_or(0, Vec::len);
        if muted > 0 {
            facts.push(("digits", format!("silenced in {muted} places of it")));
        }
        facts.push(("kept until", local(&recording["due"])));
    }
    facts
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name:<14}{value}\n"))
        .collect()
}

fn clock_word(synchronised: &Value) -> String {
    if synchronised == true {
        "synchronised".into()
    } else {
        "NOT synchronised: the times may be wrong".into()
    }
}

fn local(value: &Value) -> String {
    text(value).replacen('T', " ", 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What is asked of an index of `stored` calls, and how many come.
    fn asked(stored: u32, limit: u32) -> (Vec<(u32, Option<String>)>, usize) {
        let (mut asked, mut come) = (Vec::new(), 0);
        let mut each = |calls: Vec<Value>| {
            come += calls.len();
            Ok(())
        };
        let done = pages(CallsQuery::default(), limit, &mut each, |query| {
            let from: u32 = query.after.as_deref().map_or(0, |at| at.parse().unwrap());
            let want = query.limit.unwrap();
            asked.push((want, query.after));
            let to = stored.min(from + want);
            let calls = (from..to).map(|n| json!(n)).collect();
            Ok((calls, (to - from == want).then(|| to.to_string())))
        });
        assert!(done.is_ok());
        (asked, come)
    }

    #[test]
    fn many_calls_are_asked_for_page_by_page() {
        let after = |n: u32| Some(n.to_string());
        assert_eq!(asked(7, 100), (vec![(100, None)], 7));
        assert_eq!(asked(5_000, 100), (vec![(100, None)], 100));
        let three = vec![(2_000, None), (2_000, after(2_000)), (500, after(4_000))];
        assert_eq!(asked(5_000, 4_500), (three, 4_500));
        let to_the_end = vec![(2_000, None), (2_000, after(2_000))];
        assert_eq!(asked(3_000, u32::MAX), (to_the_end, 3_000));
        assert_eq!(asked(3_000, 0), (vec![(0, None)], 0));
    }
}
