//! What the built-in exchange sends, read by a receiver that is not ours (multimon-ng).

use linetap::signal::exchange::{Exchange, ScriptedCall};
use linetap::words::{Caller, Digits, Direction, Presentation};
use std::io::Write;
use std::process::{Command, Stdio};

fn made(exchange: &mut Exchange, seconds: usize) -> Vec<i16> {
    let mut frames = vec![0; seconds * 8_000 * exchange.channels()];
    exchange.fill(&mut frames);
    frames
}

/// What multimon-ng hears in `samples`, or `None` where it or sox is not installed.
#[expect(clippy::print_stdout, reason = "says why nothing was judged")]
fn multimon(decoder: &str, samples: &[i16]) -> Option<String> {
    let script = format!(
        "sox -t raw -r 8000 -e signed -b 16 -c 1 - -t raw -r 22050 - 2>/dev/null \
         | multimon-ng -q -t raw -a {decoder} - 2>/dev/null"
    );
    let installed = Command::new("sh")
        .args(["-c", "command -v sox && command -v multimon-ng"])
        .stdout(Stdio::null())
        .status();
    if !installed.is_ok_and(|status| status.success()) {
        println!("skipped: sox and multimon-ng are not installed");
        return None;
    }
    let mut child = Command::new("sh")
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the judge runs");
    let raw: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
    child
        .stdin
        .take()
        .expect("the judge runs")
        .write_all(&raw)
        .expect("the judge runs");
    Some(
        String::from_utf8_lossy(&child.wait_with_output().expect("the judge runs").stdout)
            .into_owned(),
    )
}

#[test]
fn another_receiver_reads_every_digit() {
    let mut call = ScriptedCall::outgoing(0, 0.5, "0123456789*#ABCD");
    call.talk_s = 1.0;
    let mut exchange = Exchange::scripted(vec![call]);
    let frames = made(&mut exchange, 12);
    let Some(heard) = multimon("DTMF", &frames) else {
        return;
    };
    let digits: String = heard
        .lines()
        .filter_map(|l| l.strip_prefix("DTMF: "))
        .collect();
    assert_eq!(digits, "0123456789*#ABCD");
}

#[test]
fn another_receiver_reads_caller_id() {
    let mut call = ScriptedCall::incoming(0, 0.5, "");
    call.caller = Some(Caller {
        number: Some(Digits::from_text("270123456")),
        name: Some("Abonent".to_owned()),
        presentation: Presentation::Allowed,
    });
    let mut exchange = Exchange::scripted(vec![call]);
    let frames = made(&mut exchange, 8);
    assert_eq!(exchange.truth()[0].direction, Direction::Incoming);
    let Some(heard) = multimon("CLIPFSK", &frames) else {
        return;
    };
    assert!(
        heard.contains("270123456") && heard.contains("Abonent"),
        "{heard}"
    );
}
