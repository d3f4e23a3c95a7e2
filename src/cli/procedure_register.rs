//! `linetap register`: rows, signatures, corrections, checkpoints, printing.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::control::{Client, Request};
use crate::register::{
    Act, Correct, Deletions, Gone, Letterhead, Row, SecretKey, checkpoint_html, csv,
    deletions_html, list_html, polish_date, row_text,
};

use super::args::Target;
use super::exit::{Exit, Failure, Outcome};
use super::procedure::{client, enter, failed, view};
use super::procedure_args::{RegisterArgs, RegisterCommand};
use super::procedure_documents::document;
use super::table::Table;

/// `linetap register`.
pub(super) fn register(args: RegisterArgs) -> Outcome {
    let target = &args.target;
    match args.command {
        None => show(&args),
        Some(RegisterCommand::Todo) => todo(target),
        Some(RegisterCommand::Parties { row, parties }) => {
            let playback = row;
            enter(target, &Act::Parties { playback, parties })
        }
        Some(RegisterCommand::Sign { row, key }) => sign(target, &row, &key),
        Some(RegisterCommand::Paper { row, on }) => {
            enter(target, &Act::SignedOnPaper { playback: row, on })
        }
        Some(RegisterCommand::Correct {
            row,
            field,
            value,
            reason,
        }) => {
            let playback = row;
            enter(
                target,
                &Act::Correct(Correct {
                    playback,
                    field,
                    value,
                    reason,
                }),
            )
        }
        Some(RegisterCommand::Checkpoint { html, day }) => checkpoint(target, html, day),
        Some(RegisterCommand::Document {
            number,
            notice,
            extract,
        }) => document(target, &number, notice, extract),
        Some(RegisterCommand::Verify { checkpoints }) => verify(target, &checkpoints),
        Some(RegisterCommand::Deletions) => deletions(target),
    }
}

/// The rows, the head of the log and the office's name.
fn rows(client: &mut Client) -> Result<(Vec<Row>, String, String), Failure> {
    let view = "register".to_owned();
    let mut answer = client.ask(&Request::Procedure { view })?;
    let office = answer["office"].as_str().unwrap_or_default().to_owned();
    let mut register = answer["register"].take();
    let head = register["head"].as_str().unwrap_or_default().to_owned();
    let rows = serde_json::from_value(register["rows"].take()).map_err(failed)?;
    Ok((rows, head, office))
}

fn show(args: &RegisterArgs) -> Outcome {
    let (rows, head, office) = rows(&mut client(&args.target)?)?;
    let mut out = io::stdout().lock();
    if args.csv {
        write!(out, "{}", csv(&rows))?;
    } else if args.html {
        write!(out, "{}", list_html(&office, &rows, &head))?;
    } else if args.json {
        for row in &rows {
            writeln!(out, "{}", serde_json::to_string(row).map_err(failed)?)?;
        }
    } else {
        let headings = [
            "nr",
            "polecenie",
            "na numer",
            "z numeru",
            "data",
            "od",
            "do",
            "kto",
            "braki",
        ];
        let mut table = Table::new(&headings);
        for row in rows {
            let missing = row.missing().join(",");
            table.row(vec![
                row.playback,
                row.order,
                row.called,
                row.calling,
                row.date,
                row.start,
                row.end,
                row.listener,
                missing,
            ]);
        }
        write!(out, "{}", table.text())?;
    }
    Ok(())
}

/// What is to be done by whoever asks.
pub(super) fn todo(target: &Target) -> Outcome {
    let list = view(&mut client(target)?, "todo")?;
    let mut table = Table::new(&["dotyczy", "do zrobienia"]);
    for one in list.as_array().into_iter().flatten() {
        let text = |field: &str| one[field].as_str().unwrap_or_default().to_owned();
        table.row(vec![text("about"), text("what")]);
    }
    if !table.is_empty() {
        write!(io::stdout().lock(), "\n{}", table.text())?;
    }
    Ok(())
}

fn sign(target: &Target, number: &str, key: &Path) -> Outcome {
    let key = SecretKey::read(key).map_err(failed)?;
    let (rows, head, _) = rows(&mut client(target)?)?;
    let row = rows.into_iter().find(|row| row.playback == number);
    let row = row.ok_or_else(|| failed(format!("there is no row {number}")))?;
    let signature = key.sign(&row_text(&row, &head));
    let playback = number.to_owned();
    enter(
        target,
        &Act::Sign {
            playback,
            head,
            signature,
        },
    )
}

fn checkpoint(target: &Target, html: bool, day: Option<Date>) -> Outcome {
    let name = match day {
        Some(_) => "checkpoints",
        None => "checkpoint",
    };
    let request = Request::Procedure {
        view: name.to_owned(),
    };
    let answer = client(target)?.ask(&request)?;
    let note = match day {
        Some(day) => &answer[name][day.to_string()],
        None => &answer[name]["note"],
    };
    let note = note.as_str().ok_or_else(|| {
        failed("no checkpoint was kept on that day; the recorder keeps one each day it runs")
    })?;
    let mut out = io::stdout().lock();
    if !html {
        return Ok(write!(out, "{note}")?);
    }
    let head: Letterhead = serde_json::from_value(answer["letterhead"].clone()).map_err(failed)?;
    let day = day.or(head.day).map(|day| day.to_string());
    let page = checkpoint_html(&head.office, &day.unwrap_or_default(), note);
    Ok(write!(out, "{page}")?)
}

fn verify(target: &Target, given: &[String]) -> Outcome {
    let read = |text: &String| match Path::new(text).is_file() {
        true => fs::read_to_string(text).map_err(Failure::from),
        false => Ok(text.clone()),
    };
    let checkpoints: Result<Vec<String>, Failure> = given.iter().map(read).collect();
    let checkpoints = checkpoints?;
    let answer = client(target)?.ask(&Request::VerifyLog { checkpoints })?;
    let mut out = io::stdout().lock();
    for problem in answer["problems"].as_array().into_iter().flatten() {
        let text = |field: &str| problem[field].as_str().unwrap_or_default();
        writeln!(
            out,
            "{} {}: {}",
            text("file"),
            problem["line"],
            text("what")
        )?;
    }
    let head = answer["head"].as_str().unwrap_or_default();
    let counts = (&answer["entries"], &answer["erased"]);
    writeln!(
        out,
        "wpisów {}, wymazanych {}, skrót ostatniego {head}",
        counts.0, counts.1
    )?;
    if answer["sound"] == Value::Bool(true) {
        return Ok(());
    }
    Err(Failure::message(
        Exit::Failed,
        "the log is not as it was written",
    ))
}

fn deletions(target: &Target) -> Outcome {
    let view = "deletions".to_owned();
    let answer = client(target)?.ask(&Request::Procedure { view })?;
    let list = answer["deletions"]["gone"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let head: Letterhead = serde_json::from_value(answer["letterhead"].clone()).map_err(failed)?;
    let zone = TimeZone::get(&head.zone).unwrap_or(TimeZone::UTC);
    let mut report = Deletions {
        span: String::new(),
        gone: Vec::new(),
        zone: zone.clone(),
        held: answer["deletions"]["held"].as_u64().unwrap_or(0),
        oldest: answer["oldest"].as_str().map(str::to_owned),
        months: answer["months"]
            .as_u64()
            .and_then(|n| u16::try_from(n).ok())
            .unwrap_or(0),
    };
    for one in &list {
        let gone: Gone = serde_json::from_value(one["gone"].clone()).map_err(failed)?;
        let at: Timestamp = serde_json::from_value(one["at"].clone()).map_err(failed)?;
        let day = polish_date(zone.to_datetime(at).date());
        report.gone.push((day, gone));
    }
    let days = || report.gone.iter().map(|(day, _)| day.as_str());
    report.span = match (days().next(), days().next_back()) {
        (Some(first), Some(last)) if first == last => format!("W dniu {first}"),
        (Some(first), Some(last)) => format!("W okresie od {first} do {last}"),
        _ => "Od początku prowadzenia dziennika".to_owned(),
    };
    let office = answer["office"].as_str().unwrap_or_default();
    write!(io::stdout().lock(), "{}", deletions_html(office, &report))?;
    Ok(())
}
