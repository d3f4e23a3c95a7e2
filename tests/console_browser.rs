//! The whole procedure in a real headless Chromium, as five people against a real recorder and the real
//! console: accounts, keys made in the browser, sealed recordings, report, order, notice, listening,
//! row, finding, hold, deletion, disclosure, and the refusals on the way. Axe and reflow on each page.
//!
//! `LINETAP_SHOTS=DIR` keeps a picture of each page and a PDF of each document.
//!
//! Needs root and a mount namespace (for the groups), node, chromium and the packages of the committed
//! lock; says so and passes where it has neither of the first two.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod closed_row;
mod console_support;
mod office;
#[path = "console/packages.rs"]
mod packages;
#[path = "console/planted.rs"]
mod planted;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use console_support::http::Console;
use console_support::{possible, start};
use office::running::Running;
use office::{ALWAYS, Office};

/// Starts the walk's script; it is told everything it needs in its environment.
fn script(web: &Path, office: &Office, console: &Console) -> Child {
    Command::new("node")
        .arg("test/walk/walk.mjs")
        .current_dir(web)
        .env("LINETAP_PROGRAM", env!("CARGO_BIN_EXE_linetap"))
        .env("LINETAP_OFFICE", office.path("."))
        .env("LINETAP_CONSOLE", format!("http://{}", console.address))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The recorder stops, gets the director's key and a past, and starts again.
fn sealed<'a>(office: &'a Office, running: Running<'a>, recipient: &str) -> (Running<'a>, String) {
    assert!(running.stop().success(), "{}", office.log());
    planted::configure(office, Some(recipient), "calls.wav");
    let calls = planted::past(office, recipient);
    (start(office), calls.to_string())
}

#[test]
fn five_people_walk_the_procedure_in_a_browser() {
    if !possible() {
        return;
    }
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/console/web");
    packages::packages(&web);
    let office = Office::new(ALWAYS, "");
    planted::wav(&office, "silence.wav", 60, false);
    planted::wav(&office, "calls.wav", 240, true);
    planted::configure(&office, None, "silence.wav");
    let mut running = start(&office);
    let console = Console::start(&office);
    let mut walk = script(&web, &office, &console);
    let mut told = BufReader::new(walk.stdout.take().unwrap());
    let mut line = String::new();
    // The script says once that the director has a key, and goes on when recordings are sealed to it.
    if told.read_line(&mut line).unwrap() > 0 {
        let recipient = line.trim().strip_prefix("seal ").unwrap();
        let (again, calls) = sealed(&office, running, recipient);
        running = again;
        writeln!(walk.stdin.as_ref().unwrap(), "{calls}").unwrap();
    }
    let ended = walk.wait().unwrap();
    assert!(ended.success(), "{}", office.log());
    assert!(running.stop().success());
}
