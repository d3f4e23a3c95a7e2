//! `linetap announcement`: the texts of §4, and the calls on which the announcement was not heard.

use std::io::{self, Write};
use std::path::Path;

use jiff::civil::Date;
use serde_json::Value;

use crate::control::{CallsQuery, Request};
use crate::daemon::announcement_file;
use crate::daemon::read_config;
use crate::register::{
    Letterhead, announcement_html, announcement_text, clause_html, clause_text, unannounced_html,
};
use crate::signal::announcement::AnnouncementDetector;
use crate::words::{RATE_HZ, SampleTime};

use super::announcement_args::{AnnouncementCommand, AnnouncementTestArgs, MissingArgs};
use super::exit::{Exit, Failure, Outcome};
use super::procedure::{client, failed};
use super::table::Table;

/// Most calls of a day's list.
const MOST: u32 = 10_000;

/// `linetap announcement`.
pub(super) fn announcement(command: &AnnouncementCommand) -> Outcome {
    let text = match command {
        AnnouncementCommand::Text(args) => {
            let config = read_config(&args.config.config)?;
            match args.html {
                true => announcement_html(&config.office, &config.announcement),
                false => announcement_text(&config.office, &config.announcement),
            }
        }
        AnnouncementCommand::Clause(args) => {
            let config = read_config(&args.config.config)?;
            match args.html {
                true => clause_html(&config.office, config.retention.months),
                false => clause_text(&config.office, config.retention.months),
            }
        }
        AnnouncementCommand::Missing(args) => return missing(args),
        AnnouncementCommand::Test(args) => return test(args),
    };
    write!(io::stdout().lock(), "{text}")?;
    Ok(())
}

fn missing(args: &MissingArgs) -> Outcome {
    let mut client = client(&args.target)?;
    let view = "todo".to_owned();
    let answer = client.ask(&Request::Procedure { view })?;
    let head: Letterhead = serde_json::from_value(answer["letterhead"].clone()).map_err(failed)?;
    let day: Date = args
        .day
        .or(head.day)
        .ok_or_else(|| failed("the recorder did not say which day it is"))?;
    let next = day.tomorrow().map_err(failed)?;
    let mut of = |kind: &str| -> Result<Vec<Value>, Failure> {
        let query = CallsQuery {
            since: Some(day.to_string()),
            until: Some(next.to_string()),
            announcement: Some(kind.to_owned()),
            limit: Some(MOST),
            ..CallsQuery::default()
        };
        let mut answer = client.ask(&Request::Calls(query))?;
        let mut calls: Vec<Value> =
            serde_json::from_value(answer["calls"].take()).map_err(failed)?;
        calls.reverse();
        Ok(calls)
    };
    let (unheard, left) = (of("missing")?, of("left")?);
    let mut out = io::stdout().lock();
    if args.json {
        for call in unheard.iter().chain(&left) {
            writeln!(out, "{call}")?;
        }
    } else if args.html {
        let page = unannounced_html(&head, day, &rows(&unheard), &rows(&left));
        write!(out, "{page}")?;
    } else {
        show(&mut out, "bez komunikatu", &unheard)?;
        show(
            &mut out,
            "zakończone w trakcie komunikatu lub bezpośrednio po nim",
            &left,
        )?;
    }
    Ok(())
}

/// Time, line, number, length, id.
fn rows(calls: &[Value]) -> Vec<[String; 5]> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let row = |call: &Value| {
        let cells = super::calls::cells(call);
        let start = text(&call["start"]);
        [
            crate::register::clock_of(&start),
            text(&call["line"]),
            match call["caller"].as_str() {
                Some(number) => number.to_owned(),
                None => "nieustalony lub zastrzeżony".to_owned(),
            },
            cells.get(1).cloned().unwrap_or_default(),
            text(&call["id"]),
        ]
    };
    calls.iter().map(row).collect()
}

fn show(out: &mut impl Write, title: &str, calls: &[Value]) -> io::Result<()> {
    writeln!(out, "{title}: {}", calls.len())?;
    let mut table = Table::new(&["godzina", "linia", "numer", "czas", "rozmowa"]);
    for row in rows(calls) {
        table.row(row.to_vec());
    }
    if !table.is_empty() {
        writeln!(out, "{}", table.text())?;
    }
    Ok(())
}

/// Says of each recording whether it can be used, and where it is heard in a file.
fn test(args: &AnnouncementTestArgs) -> Outcome {
    let path = &args.config.config;
    let config = read_config(path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut files: Vec<&str> = config
        .lines
        .iter()
        .filter_map(|line| config.announcement_of(line))
        .collect();
    files.sort_unstable();
    files.dedup();
    if files.is_empty() {
        let text = "no announcement is configured: [announcement] file = \"komunikat.wav\"";
        return Err(Failure::message(Exit::Failed, text));
    }
    let line = args
        .file
        .as_deref()
        .map(|file| announcement_file::samples(file).map_err(failed))
        .transpose()?;
    let mut out = io::stdout().lock();
    let mut heard = false;
    for file in files {
        let known = announcement_file::read(&folder.join(file)).map_err(failed)?;
        let seconds = |samples: u64| samples as f64 / f64::from(RATE_HZ);
        writeln!(
            out,
            "{file}: {:.1} s, can be recognised",
            seconds(known.len())
        )?;
        let Some(line) = &line else { continue };
        let mut detector = AnnouncementDetector::new(known.into());
        detector.push(line, SampleTime(0), &mut |_| {});
        match detector.hearing() {
            None => writeln!(out, "  not heard")?,
            Some(found) => {
                heard = true;
                writeln!(
                    out,
                    "  heard from {:.1} s to {:.1} s, sure to {:.2}, up to its second {:.1}",
                    seconds(found.first.at.0),
                    seconds(found.until.0),
                    found.best,
                    seconds(found.reached)
                )?;
            }
        }
    }
    match line.is_none() || heard {
        true => Ok(()),
        false => Err(Failure::message(
            Exit::Failed,
            "the announcement is not in that file",
        )),
    }
}
