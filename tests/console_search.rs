//! The page of calls stays quick however many there are: every question of its form, as the gestor's
//! browser asks it, over HTTP, socket and index. `LINETAP_INDEX_CALLS=1000000` for a million.

mod console_support;
mod office;
mod town;

use std::time::{Duration, Instant};

use console_support::http::{Console, signed_in, strict};
use console_support::{office, person, possible, start};
use linetap::index::Index;

/// Longest time in which a person does not wait.
const PATIENCE: Duration = Duration::from_millis(1_000);

/// What is asked for, as the form sends it.
const QUESTIONS: [(&str, &str); 9] = [
    ("the newest", ""),
    ("a period", "since=2026-09-22&until=2026-09-24"),
    ("a line", "line=Centrala+7"),
    ("not recorded", "recorded=false"),
    ("why not", "reason=out_of_hours"),
    ("outgoing on a line", "line=Centrala+7&direction=outgoing"),
    ("a number no one has", "number=999999999"),
    ("long calls", "longer=600"),
    (
        "everything at once",
        "since=2026-09-22&until=2026-10-24&line=Centrala+7&direction=incoming&recorded=true&number=7&longer=10",
    ),
];

#[test]
fn the_page_of_calls_stays_quick() {
    if !possible() {
        return;
    }
    let calls = std::env::var("LINETAP_INDEX_CALLS");
    let calls: u64 = calls.ok().and_then(|n| n.parse().ok()).unwrap_or(20_000);
    let office = office();
    std::fs::create_dir_all(office.state()).expect("a folder");
    let mut index = Index::open(&office.state().join("index.sqlite")).expect("an index");
    town::fill(&mut index, calls);
    drop(index);
    let running = start(&office);
    let console = Console::start(&office);
    let gestor = person(&running, "gestor", &["gestor"]);
    let mut browser = signed_in(&console, &gestor);
    let middle = town::call(calls / 2);
    let number = if middle.caller.is_empty() {
        middle.dialled
    } else {
        middle.caller
    };
    let number = format!("number={}", &number.as_str()[3..]);
    let numbers = [("the last digits of a number", number.as_str())];
    for (what, question) in QUESTIONS.into_iter().chain(numbers) {
        let mut slowest = Duration::ZERO;
        let mut shown = 0;
        for _ in 0..3 {
            let begun = Instant::now();
            let answer = browser.get(&format!("/calls?{question}"));
            slowest = slowest.max(begun.elapsed());
            strict(&answer, what);
            assert_eq!(answer.status, 200, "{what}");
            shown = answer.body.matches("<td data-label").count() / 6;
        }
        println!(
            "{what}: {shown} calls shown, {:.0} ms",
            slowest.as_secs_f64() * 1e3
        );
        assert!(
            slowest < PATIENCE,
            "{what} took {slowest:?} of {calls} calls"
        );
        assert!(shown > 0 || what.contains("no one"), "{what}");
    }
    let newest = browser.get("/calls").body;
    let older = newest
        .split("href=\"/calls?after=")
        .nth(1)
        .expect("older calls");
    let begun = Instant::now();
    let older = browser.get(&format!(
        "/calls?after={}",
        older.split('"').next().expect("an address")
    ));
    assert!(older.status == 200 && begun.elapsed() < PATIENCE);
    println!("{calls} calls in all");
}
