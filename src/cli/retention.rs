//! `linetap retention`: what is deleted when, and the report of what was.

use std::io::{self, Write};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::config::Config;
use crate::daemon::{call_json, completeness, read_config, setup};
use crate::index::{Reader, RecordingRow};

use super::args::RetentionArgs;
use super::exit::{Exit, Failure, Outcome};
use super::table::Table;

/// Rows read at a time.
const PAGE: u32 = 1_000;

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::message(Exit::Failed, error)
}

/// Shows what retention has done and will do; changes nothing.
pub(super) fn retention(args: &RetentionArgs) -> Outcome {
    let config = read_config(&args.config.config)?;
    let reader = Reader::open(&setup::index_path(&config)).map_err(failed)?;
    let now = Timestamp::now();
    if let Some(day) = args.report {
        return report(args, &config, &reader, day, now);
    }
    let rows = present(&reader)?;
    let overdue = rows.iter().filter(|row| row.due <= now).count();
    let next = rows.iter().map(|row| row.due).min();
    let zone = &config.office.zone;
    let mut out = io::stdout().lock();
    if args.json {
        let row = |row: &RecordingRow| {
            json!({
                "recording": row.id.to_string(),
                "start": call_json::local(row.start, zone),
                "due": call_json::local(row.due, zone),
            })
        };
        let rows: Vec<Value> = rows.iter().filter(|_| args.dry_run).map(row).collect();
        let told = json!({
            "months": config.retention.months, "present": present(&reader)?.len(),
            "overdue": overdue,
            "next_due": next.map(|at| call_json::local(at, zone)), "recordings": rows,
        });
        writeln!(out, "{told}")?;
        return Ok(());
    }
    if args.dry_run {
        let mut table = Table::new(&["due", "recorded", "recording"]);
        for row in &rows {
            table.row(vec![
                call_json::local(row.due, zone),
                call_json::local(row.start, zone),
                row.id.to_string(),
            ]);
        }
        write!(out, "{}", table.text())?;
    }
    let next = next.map_or("none".into(), |at| call_json::local(at, zone));
    writeln!(out, "{} recordings; the next is due {next}", rows.len())?;
    writeln!(out, "{}", statement(config.retention.months, overdue))?;
    Ok(())
}

/// Every recording that is there, the first due first.
fn present(reader: &Reader) -> Result<Vec<RecordingRow>, Failure> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = reader.present(after, PAGE).map_err(failed)?;
        let Some(last) = page.last() else {
            break;
        };
        after = Some(last.id);
        all.extend(page);
    }
    all.sort_by_key(|row| row.due);
    Ok(all)
}

/// The sentence for the file. Who is over the term is held, or waits for the janitor's next round.
fn statement(months: u16, overdue: usize) -> String {
    format!(
        "Brak nagrań starszych niż {months} mies., z wyjątkiem {overdue} (wstrzymanych lub \
         oczekujących na usunięcie w ciągu 24 godzin)."
    )
}

fn report(
    args: &RetentionArgs,
    config: &Config,
    reader: &Reader,
    day: Date,
    now: Timestamp,
) -> Outcome {
    let zone = &config.office.zone;
    let at = |day: Date| zone.to_timestamp(day.into()).map_err(failed);
    let tomorrow = day.checked_add(1.days()).map_err(failed)?;
    let gone = reader.deleted(at(day)?, at(tomorrow)?).map_err(failed)?;
    let overdue = present(reader)?.iter().filter(|row| row.due <= now).count();
    let hours = config.require_hours().map_err(failed)?;
    let figures = completeness::of_day(reader, hours, &setup::wired(config), day, now);
    let share = figures.map_err(failed)?.share();
    let mut out = io::stdout().lock();
    if args.json {
        let gone: Vec<Value> = gone
            .iter()
            .map(|row| {
                json!({
                    "recording": row.id.to_string(),
                    "deleted": row.deleted.map(|at| call_json::local(at, zone)),
                    "due": call_json::local(row.due, zone),
                })
            })
            .collect();
        let told = json!({
            "day": day.to_string(), "deleted": gone, "overdue": overdue, "completeness": share,
        });
        writeln!(out, "{told}")?;
        return Ok(());
    }
    writeln!(
        out,
        "{} ({})\nProtokół usunięcia nagrań z dnia {day}\n\nUsunięto nagrań: {}",
        config.office.name,
        config.office.site,
        gone.len()
    )?;
    for row in &gone {
        let deleted = row.deleted.unwrap_or(row.due);
        writeln!(
            out,
            "  {}  termin {}  usunięto {}",
            row.id,
            call_json::local(row.due, zone),
            call_json::local(deleted, zone)
        )?;
    }
    match share {
        Some(share) => writeln!(out, "Kompletność dnia: {:.3} %", share * 100.0)?,
        None => writeln!(out, "Kompletność dnia: nie było godzin nagrywania")?,
    }
    writeln!(out, "{}", statement(config.retention.months, overdue))?;
    Ok(())
}
