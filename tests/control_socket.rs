//! The control socket from outside: raw lines, while calls go on; floods do not stop recording.
#![allow(clippy::print_stdout, reason = "figures are printed")]

mod office;

use std::io::{BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use office::running::{Running, ask};
use office::{ALWAYS, DC, Office, lines, replay, sound};

const LINES: usize = 8;
const STATUS: &str = r#"{"v":1,"request":"status"}"#;

/// Lines in use from the first sample on, in real time.
fn busy_office() -> Office {
    let rest = replay("c", "busy.wav", "pace = \"realtime\"") + &lines("c", LINES, "trunk", DC);
    let office = Office::new(ALWAYS, &rest);
    let mut noise = 1u32;
    sound::wav(
        &office.path("busy.wav"),
        LINES as u16,
        8_000 * 60,
        false,
        |piece| {
            for sample in piece {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *sample = 1_748 + (noise >> 20) as i16 / 2;
            }
        },
    );
    office
}

fn started(office: &Office) -> Running<'_> {
    let mut running = office.start();
    running.until("every line is recorded", |running| {
        let status = running.status();
        let mut lines = status["lines"].as_array().expect("lines").iter();
        lines.all(|line| line["recording"] == true)
    });
    running
}

#[test]
fn status_answers_within_ten_milliseconds_while_calls_go_on() {
    let office = busy_office();
    let running = started(&office);
    let mut stream = BufReader::new(running.connect().expect("connected"));
    let mut took: Vec<Duration> = (0..300)
        .map(|_| {
            let begun = Instant::now();
            let answer = ask(&mut stream, STATUS).expect("an answer");
            assert_eq!((&answer["v"], &answer["ok"]), (&1.into(), &true.into()));
            begun.elapsed()
        })
        .collect();
    took.sort();
    let ms = |at: usize| took[at].as_secs_f64() * 1e3;
    println!(
        "status: median {:.2} ms, slowest of 300 {:.2} ms",
        ms(150),
        ms(299)
    );
    assert!(ms(150) <= 10.0);
    let status = ask(&mut stream, STATUS).expect("an answer");
    for line in status["lines"].as_array().expect("lines") {
        assert_ne!(line["state"], "idle");
        assert_eq!(line["role"], "trunk");
        assert_eq!(line["call"]["direction"], "unknown");
        assert_eq!(line["lost_ms"], 0);
        assert!(line["last_frame_age_ms"].as_u64().expect("an age") < 2_000);
        let level = line["level_dbm0"].to_string();
        assert!(level.len() <= 5, "one place behind the point: {level}");
    }
    let card = &status["cards"][0];
    assert_eq!(
        (&card["state"], &card["xruns"]),
        (&"running".into(), &0.into())
    );
    assert_eq!(status["vault"]["sealed"], false);
    assert_eq!(status["vault"]["warning"], "recordings are unsealed");
    assert_eq!(status["retention"]["months"], 3);
    assert!(status["disk"]["free_bytes"].as_u64().is_some());
    assert!(running.stop().success());
}

#[test]
fn wrong_requests_are_answered_and_the_connection_goes_on() {
    let office = busy_office();
    let running = started(&office);
    let mut stream = BufReader::new(running.connect().expect("connected"));
    for wrong in [
        "",
        "hello",
        "{}",
        "[]",
        r#"{"v":2,"request":"status"}"#,
        r#"{"v":1,"request":"listen"}"#,
        r#"{"v":1,"request":"call","id":"zzzz"}"#,
        r#"{"v":1,"request":"calls","since":"yesterday"}"#,
    ] {
        let answer = ask(&mut stream, wrong).expect("an answer");
        assert_eq!(answer["ok"], false, "{wrong}");
        assert!(
            !answer["error"].as_str().expect("what").is_empty(),
            "{wrong}"
        );
        assert!(
            !answer["remedy"].as_str().expect("what to do").is_empty(),
            "{wrong}"
        );
    }
    assert_eq!(ask(&mut stream, STATUS).expect("an answer")["ok"], true);
    assert!(running.stop().success());
}

/// Clients that never read, never end a line, or come by the hundred.
#[test]
fn floods_do_not_stop_recording() {
    let office = busy_office();
    let mut running = started(&office);
    let long = vec![b'x'; 1 << 20];
    let mut held: Vec<UnixStream> = Vec::new();
    for number in 0..300 {
        let Some(mut stream) = running.connect() else {
            continue;
        };
        drop(stream.set_write_timeout(Some(Duration::from_millis(20))));
        match number % 3 {
            0 => drop(stream.write_all(&long)),
            1 => drop(stream.write_all(b"{\"v\":1")),
            _ => drop((0..2_000).any(|_| writeln!(stream, "{STATUS}").is_err())),
        }
        held.push(stream);
    }
    let mut turned_away = String::new();
    let mut last = running.connect().expect("connected");
    drop(last.set_read_timeout(Some(Duration::from_secs(2))));
    drop(last.write_all(format!("{STATUS}\n").as_bytes()));
    drop(last.read_to_string(&mut turned_away));
    assert!(
        turned_away.contains("clients are connected already"),
        "{turned_away}"
    );
    drop(held);
    running.until("there is room again", |running| {
        let stream = running.connect();
        stream.is_some_and(|stream| {
            ask(&mut BufReader::new(stream), STATUS).is_some_and(|answer| answer["ok"] == true)
        })
    });
    let status = running.status();
    assert_eq!(status["cards"][0]["lost_frames"], 0);
    let lines = status["lines"].as_array().expect("lines");
    assert!(lines.iter().all(|line| line["recording"] == true));
    let seconds = status["cards"][0]["frames"].as_f64().expect("frames") / 8_000.0;
    println!("{seconds:.1} s recorded through a flood of 300 clients");
    assert!(running.stop().success());
    assert_eq!(office.index_agrees_with_disk(), LINES);
}
