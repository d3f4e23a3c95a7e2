//! Designations, reports and orders; and how every entry is made and told.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::control::{Client, Request, text_at};
use crate::daemon::call_json;
use crate::register::{
    Act, CallRef, Capacity, Designate, Ground, Order, Report, SecretKey, order_text,
};
use crate::vault::keys::{self, Identity, Recipient};
use crate::words::RecordingId;

use super::args::Target;
use super::exit::{Exit, Failure, Outcome};
use super::procedure_args::{
    CapacityArg, DesignateArgs, DesignateCommand, ListArgs, OrderArgs, OrderCommand, ReleaseArgs,
    ReportArgs, ReportCommand,
};
use super::procedure_register::todo;
use super::table::Table;
use super::target::Recorder;

pub(super) fn client(target: &Target) -> Result<Client, Failure> {
    Ok(Recorder::of(target)?.connect()?)
}

pub(super) fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::message(Exit::Failed, error)
}

/// Enters an act and says under which number.
pub(super) fn enter(target: &Target, act: &Act) -> Outcome {
    let mut client = client(target)?;
    let act = serde_json::to_value(act).map_err(failed)?;
    let answer = client.ask(&Request::Act {
        act,
        head: None,
        signature: None,
    })?;
    let mut out = io::stdout().lock();
    let hash = answer["hash"].as_str().unwrap_or_default();
    match answer["number"].as_str() {
        Some(number) => writeln!(out, "{number}  wpis {}  {hash}", answer["entry"])?,
        None => writeln!(out, "wpis {}  {hash}", answer["entry"])?,
    }
    Ok(())
}

/// What a view of the procedure holds.
pub(super) fn view(client: &mut Client, view: &str) -> Result<Value, Failure> {
    let request = Request::Procedure {
        view: view.to_owned(),
    };
    Ok(client.ask(&request)?[view].take())
}

/// Shows a view: the number, then the named fields.
pub(super) fn show(args: &ListArgs, name: &str, columns: &[(&'static str, &str)]) -> Outcome {
    let view = name.to_owned();
    let mut answer = client(&args.target)?.ask(&Request::Procedure { view })?;
    let rows = answer[name].take();
    let zone = TimeZone::get(answer["letterhead"]["zone"].as_str().unwrap_or_default());
    let zone = zone.unwrap_or(TimeZone::UTC);
    show_rows(&rows, args.json, columns, &zone)
}

/// Shows a list of objects by the named fields, or as JSON, one a line.
pub(super) fn show_rows(
    rows: &Value,
    as_json: bool,
    columns: &[(&'static str, &str)],
    zone: &TimeZone,
) -> Outcome {
    let mut out = io::stdout().lock();
    let rows = rows.as_array().cloned().unwrap_or_default();
    if as_json {
        for row in rows {
            writeln!(out, "{row}")?;
        }
        return Ok(());
    }
    let headings: Vec<&'static str> = columns.iter().map(|(heading, _)| *heading).collect();
    let mut table = Table::new(&headings);
    for row in &rows {
        let cells = columns.iter().map(|(_, field)| cell(row, field, zone));
        table.row(cells.collect());
    }
    write!(out, "{}", table.text())?;
    Ok(())
}

/// A word of the log as the office reads it.
fn polish(word: &str) -> Option<&'static str> {
    Some(match word {
        "true" => "tak",
        "false" => "nie",
        "director" => "dyrektor",
        "deputy" => "zastępca",
        "listener" => "odsłuchujący",
        "given" => "tak",
        "absent" => "nieobecny",
        "evidence" => "dowód",
        "restriction" => "ograniczenie",
        "institution" => "instytucja",
        "person" => "osoba",
        _ => return None,
    })
}

/// A text as the office reads it: moments in its zone, words of the log in Polish.
fn readable(text: &str, zone: &TimeZone) -> String {
    let moment = text.ends_with('Z').then(|| text.parse::<Timestamp>().ok());
    match (moment.flatten(), polish(text)) {
        (Some(at), _) => at
            .to_zoned_datetime(zone.clone())
            .strftime("%Y-%m-%d %H:%M")
            .to_string(),
        (None, Some(word)) => word.to_owned(),
        (None, None) => text.to_owned(),
    }
}

/// A field as the list shows it.
fn cell(row: &Value, field: &str, zone: &TimeZone) -> String {
    let text = text_at(row, field).map_or_else(|| "-".to_owned(), |text| readable(&text, zone));
    text.replace(char::is_control, " ")
}

/// Calls as an order names them, the log's head, and the recorder's time and zone.
pub(super) struct Named {
    pub(super) calls: Vec<CallRef>,
    pub(super) head: String,
    pub(super) now: Timestamp,
    pub(super) zone: TimeZone,
}

pub(super) fn name(client: &mut Client, calls: &[String]) -> Result<Named, Failure> {
    let calls = calls.to_vec();
    let answer = client.ask(&Request::Name { calls })?;
    let text = |field: &str| answer[field].as_str().unwrap_or_default().to_owned();
    Ok(Named {
        calls: serde_json::from_value(answer["calls"].clone()).map_err(failed)?,
        head: text("head"),
        now: text("now").parse().map_err(failed)?,
        zone: TimeZone::get(&text("zone")).unwrap_or(TimeZone::UTC),
    })
}

pub(super) fn identity(path: &Path) -> Result<Identity, Failure> {
    let text =
        fs::read_to_string(path).map_err(|error| failed(format!("{}: {error}", path.display())))?;
    let text = zeroize::Zeroizing::new(text);
    Identity::from_file_text(&text).map_err(failed)
}

/// `linetap designate`.
pub(super) fn designate(command: DesignateCommand) -> Outcome {
    match command {
        DesignateCommand::Add(args) => add_designation(args),
        DesignateCommand::End(args) => enter(
            &args.target,
            &Act::EndDesignation {
                designation: args.number,
                reason: args.reason,
            },
        ),
        DesignateCommand::List(args) => show(
            &args,
            "designations",
            &[
                ("nr", "id"),
                ("jako", "capacity"),
                ("osoba", "name"),
                ("stanowisko", "post"),
                ("uid", "uid"),
                ("dokument", "number"),
                ("od", "valid_from"),
                ("do", "valid_to"),
                ("zakończone", "ended"),
            ],
        ),
        DesignateCommand::Keys { dir } => make_keys(&dir),
    }
}

fn add_designation(args: DesignateArgs) -> Outcome {
    let designate = Designate {
        capacity: match args.capacity {
            CapacityArg::Director => Capacity::Director,
            CapacityArg::Deputy => Capacity::Deputy,
            CapacityArg::Listener => Capacity::Listener,
        },
        number: args.number,
        dated: args.dated,
        name: args.name,
        post: args.post,
        uid: args.uid,
        authorisation: args.authorisation,
        valid_from: args.from.unwrap_or(args.dated),
        valid_to: args.to,
        recipient: args.recipient,
        key: args.key,
    };
    if let Some(recipient) = &designate.recipient {
        recipient.parse::<Recipient>().map_err(failed)?;
    }
    enter(&args.target, &Act::Designate(designate))
}

fn make_keys(dir: &Path) -> Outcome {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)?;
    let identity = Identity::generate();
    let path = dir.join("age.key");
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .map_err(|error| failed(format!("{}: {error}", path.display())))?;
    file.write_all(identity.to_file_text().as_bytes())?;
    file.sync_all()?;
    let key = SecretKey::create(&dir.join("sign.key")).map_err(failed)?;
    let mut out = io::stdout().lock();
    writeln!(out, "recipient {}", identity.recipient())?;
    writeln!(out, "key       {}", key.public())?;
    Ok(())
}

fn ground(word: &str) -> Result<Ground, Failure> {
    let unknown = || Failure::message(Exit::Usage, format!("no ground {word:?}: use a-g or other"));
    Ground::from_word(&word.to_lowercase()).ok_or_else(unknown)
}

/// `linetap report`.
pub(super) fn report(command: ReportCommand) -> Outcome {
    match command {
        ReportCommand::Add(args) => add_report(args),
        ReportCommand::Refuse(args) => enter(
            &args.target,
            &Act::RefuseReport {
                report: args.number,
                reason: args.reason,
            },
        ),
        ReportCommand::List(args) => show(
            &args,
            "reports",
            &[
                ("nr", "id"),
                ("podstawa", "ground"),
                ("zgłasza", "by"),
                ("treść", "text"),
                ("rozmowy", "calls"),
                ("polecenia", "orders"),
                ("odmowa", "refused"),
            ],
        ),
    }
}

fn add_report(args: ReportArgs) -> Outcome {
    let report = Report {
        ground: ground(&args.ground)?,
        by: args.by,
        text: args.text,
        calls: args.calls,
    };
    enter(&args.target, &Act::Report(report))
}

/// `linetap order`.
pub(super) fn order(command: OrderCommand) -> Outcome {
    match command {
        OrderCommand::Add(args) => add_order(args),
        OrderCommand::Release(args) => release(&args),
        OrderCommand::Revoke(args) => enter(
            &args.target,
            &Act::Revoke {
                order: args.number,
                reason: args.reason,
            },
        ),
        OrderCommand::List(args) => {
            show(
                &args,
                "orders",
                &[
                    ("nr", "id"),
                    ("podstawa", "ground"),
                    ("odsłuchuje", "listener"),
                    ("pracownik", "employee"),
                    ("poinformowany", "notice.how"),
                    ("wydane", "released"),
                    ("od", "from"),
                    ("do", "until"),
                    ("cofnięte", "revoked"),
                    ("wpisy", "playbacks"),
                    ("rozmowy", "calls"),
                ],
            )?;
            if args.json {
                Ok(())
            } else {
                todo(&args.target)
            }
        }
    }
}

fn add_order(args: OrderArgs) -> Outcome {
    let key = SecretKey::read(&args.key).map_err(failed)?;
    let mut client = client(&args.target)?;
    let named = name(&mut client, &args.calls)?;
    let time = |text: &str| {
        call_json::time(text, &named.zone).map_err(|text| Failure::message(Exit::Usage, text))
    };
    let mut order = Order {
        report: args.report,
        calls: named.calls,
        listener: args.listener,
        ground: ground(&args.ground)?,
        reason: args.reason,
        employee: args.employee,
        from: args.from.as_deref().map_or(Ok(named.now), time)?,
        until: time(&args.until)?,
        head: named.head,
        signature: String::new(),
    };
    order.signature = key.sign(&order_text(&order));
    enter(&args.target, &Act::Order(order))
}

/// Unwraps each key with the director's identity and wraps it to the listener; here, never there.
fn release(args: &ReleaseArgs) -> Outcome {
    let mut client = client(&args.target)?;
    let of = args.order.clone();
    let answer = client.ask(&Request::Keys { of })?;
    let recipient = answer["recipient"].as_str();
    let mut wrappings = Vec::new();
    for key in answer["keys"].as_array().into_iter().flatten() {
        let Some(blob) = key["blob"].as_str() else {
            continue;
        };
        let id = key["recording"].as_str().unwrap_or_default();
        let wrapped = rewrap(args, id, blob, recipient)?;
        wrappings.push((id.to_owned(), STANDARD.encode(wrapped)));
    }
    let order = args.order.clone();
    let answer = client.ask(&Request::Release {
        order,
        wrappings,
        head: None,
        signature: None,
    })?;
    let mut out = io::stdout().lock();
    writeln!(out, "{} wydane, kluczy: {}", args.order, answer["released"])?;
    Ok(())
}

fn rewrap(
    args: &ReleaseArgs,
    id: &str,
    blob: &str,
    recipient: Option<&str>,
) -> Result<Vec<u8>, Failure> {
    let path = args.identity.as_ref().ok_or_else(|| {
        Failure::message(Exit::Usage, "the recordings are sealed: give --identity")
    })?;
    let recipient: Recipient = recipient
        .ok_or_else(|| failed("the listener's designation has no recipient (--recipient)"))?
        .parse()
        .map_err(failed)?;
    let recording: RecordingId = id.parse().map_err(failed)?;
    let blob = STANDARD.decode(blob).map_err(failed)?;
    let dek = keys::unwrap(&blob, recording, &identity(path)?, path).map_err(failed)?;
    keys::wrap(&dek, recording, &[recipient]).map_err(failed)
}
