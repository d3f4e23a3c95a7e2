//! The index from outside: what is written comes back, search is right and quick, the `sqlite3`
//! view of the file is sound.

mod town;

use std::time::{Duration, Instant};

use linetap::index::{CallRow, Entry, GapRow, Index, IndexError, NumberMatch, Query, Reader};
use linetap::words::{CallId, Digits, Direction, GapCause, Presentation};
use town::{at, call, call_id, fill};

/// The same question asked of the rows themselves.
fn expected(calls: u64, query: &Query) -> Vec<CallId> {
    let fits = |call: &CallRow| {
        let numbers = [call.dialled.as_str(), call.caller.as_str()];
        query.since.is_none_or(|t| call.start >= t)
            && query.until.is_none_or(|t| call.start < t)
            && query.line.as_ref().is_none_or(|line| call.line == *line)
            && query.direction.is_none_or(|d| call.direction == d)
            && query.recorded.is_none_or(|r| call.recorded == r)
            && query.reason.as_ref().is_none_or(|r| call.reason == *r)
            && query.length_ms.is_none_or(|(least, most)| {
                let length = call
                    .end
                    .map(|end| end.duration_since(call.start).as_millis());
                length.is_some_and(|ms| (i128::from(least)..=i128::from(most)).contains(&ms))
            })
            && query.number.as_ref().is_none_or(|number| match number {
                NumberMatch::Exact(n) => numbers.contains(&n.as_str()),
                NumberMatch::Prefix(n) => numbers.iter().any(|have| have.starts_with(n)),
                NumberMatch::Suffix(n) => numbers.iter().any(|have| have.ends_with(n)),
            })
    };
    (0..calls)
        .rev()
        .map(call)
        .filter(fits)
        .map(|call| call.id)
        .take(query.limit as usize)
        .collect()
}

/// Questions with many answers, few and none.
fn questions(calls: u64) -> Vec<(&'static str, Query)> {
    let all = Query {
        limit: 50,
        ..Query::default()
    };
    let between = Query {
        since: Some(at(2_000)),
        until: Some(at(9_000)),
        ..all.clone()
    };
    let line = |n| Query {
        line: Some(format!("Centrala {n}")),
        ..all.clone()
    };
    let direction = |direction, query| Query {
        direction: Some(direction),
        ..query
    };
    let mut questions = vec![
        ("newest", all.clone()),
        ("a period", between.clone()),
        ("a line", line(7)),
        ("a line that is not there", line(99)),
        (
            "not recorded",
            Query {
                recorded: Some(false),
                ..all.clone()
            },
        ),
        (
            "outgoing on a line",
            direction(Direction::Outgoing, line(7)),
        ),
        (
            "direction without a call",
            direction(Direction::Unknown, all.clone()),
        ),
    ];
    questions.extend(lengths_and_reasons(&all));
    let everything = Query {
        recorded: Some(true),
        line: Some("Centrala 7".into()),
        number: Some(NumberMatch::Prefix("52".into())),
        direction: Some(Direction::Incoming),
        ..between
    };
    questions.push(("everything at once", everything));
    questions.extend(numbers(calls).map(|(what, number)| {
        let number = Some(number);
        (
            what,
            Query {
                number,
                ..all.clone()
            },
        )
    }));
    questions
}

/// Questions for how long a call was and why it was not recorded.
fn lengths_and_reasons(all: &Query) -> [(&'static str, Query); 5] {
    let length = |length_ms| Query {
        length_ms: Some(length_ms),
        ..all.clone()
    };
    let reason = |reason: &str| Query {
        reason: Some(reason.into()),
        ..all.clone()
    };
    [
        ("why not recorded", reason("out_of_hours")),
        ("a reason no call has", reason("suspended")),
        ("a rare length", length((600_000, i64::MAX))),
        ("a usual length", length((60_000, 120_000))),
        ("a length no call has", length((0, 30_000))),
    ]
}

/// Both ways of finding a number: few calls have it, or very many.
fn numbers(calls: u64) -> [(&'static str, NumberMatch); 7] {
    let middle = call(calls / 2);
    let rare = if middle.caller.is_empty() {
        middle.dialled
    } else {
        middle.caller
    };
    let rare = rare.as_str();
    [
        ("a number", NumberMatch::Exact(rare.into())),
        ("last digits", NumberMatch::Suffix(rare[3..].into())),
        ("first digits", NumberMatch::Prefix(rare[..7].into())),
        (
            "a number nearly all have",
            NumberMatch::Exact("523730000".into()),
        ),
        ("first digits all have", NumberMatch::Prefix("52".into())),
        ("one last digit", NumberMatch::Suffix("7".into())),
        (
            "a number no one has",
            NumberMatch::Suffix("999999999".into()),
        ),
    ]
}

#[test]
fn search_finds_what_is_there_in_pages_and_quickly() {
    let full = std::env::var("LINETAP_INDEX_CALLS")
        .ok()
        .and_then(|n| n.parse().ok());
    let calls: u64 = full.unwrap_or(20_000);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index.db");
    let mut index = Index::open(&path).unwrap();
    let began = Instant::now();
    fill(&mut index, calls);
    println!("{calls} calls written in {:.1?}", began.elapsed());
    let reader = Reader::open(&path).unwrap();
    for (what, query) in questions(calls) {
        let expected = expected(calls, &query);
        let mut slowest = Duration::ZERO;
        for _ in 0..3 {
            let began = Instant::now();
            let found = reader.search(&query).unwrap();
            slowest = slowest.max(began.elapsed());
            assert_eq!(
                found.iter().map(|c| c.id).collect::<Vec<_>>(),
                expected,
                "{what}"
            );
        }
        println!("{what}: {} calls, {slowest:.1?}", expected.len());
        assert!(
            slowest < Duration::from_millis(50),
            "{what} took {slowest:?} of {calls} calls"
        );
        if let Some(last) = reader.search(&query).unwrap().get(6) {
            let next = Query {
                after: Some((last.start, last.id)),
                limit: 40,
                ..query
            };
            let found: Vec<_> = reader.search(&next).unwrap().iter().map(|c| c.id).collect();
            assert_eq!(
                found,
                expected
                    .iter()
                    .copied()
                    .skip(7)
                    .take(40)
                    .collect::<Vec<_>>()
            );
        }
    }
}

#[test]
fn a_call_comes_back_as_it_was_written_and_may_grow() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index.db");
    let mut index = Index::open(&path).unwrap();
    let mut row = CallRow::begun(call_id(1), "Linia ż", at(5), "Europe/Warsaw");
    index.call_began(&row).unwrap();
    assert_eq!(index.read().open_calls().unwrap(), [row.clone()]);
    row.answered = Some(at(9));
    row.direction = Direction::Outgoing;
    row.dialled = Digits::from_text("600100200");
    row.consultation = Digits::from_text("*12");
    row.external = Some(true);
    row.announcement = Some((at(7), 0.875));
    index.call_changed(&row).unwrap();
    row.end = Some(at(60));
    row.caller_name = Some("Anna".into());
    row.presentation = Some(Presentation::Restricted);
    row.end_reason = Some("on_hook".into());
    row.cause = Some(16);
    row.timeslot = Some(31);
    row.hung_up_at_announcement = true;
    row.clock_synced = false;
    index.call_ended(&row).unwrap();
    let gap = GapRow::of_card("trunks", at(3), 800, GapCause::Overrun);
    index.gap(&gap).unwrap();
    drop(index);
    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.call(row.id).unwrap(), Some(row));
    assert_eq!(reader.call(call_id(2)).unwrap(), None);
    assert_eq!(reader.gaps(at(0), at(4)).unwrap(), [gap]);
    assert!(reader.open_calls().unwrap().is_empty());
}

#[test]
fn a_withdrawn_call_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let mut index = Index::open(&dir.path().join("index.db")).unwrap();
    index
        .write(&[Entry::Call(call(1)), Entry::Call(call(2))])
        .unwrap();
    index.write(&[Entry::CallWithdrawn(call_id(1))]).unwrap();
    assert_eq!(index.read().call(call_id(1)).unwrap(), None);
    assert_eq!(index.read().call(call_id(2)).unwrap(), Some(call(2)));
}

#[test]
fn settings_are_the_measured_ones() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index.db");
    drop(Index::open(&path).unwrap());
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let db = rusqlite::Connection::open(&path).unwrap();
    let mode: String = db
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
    let loose: i64 = db
        .query_row("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite%'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(loose, 0, "every table is STRICT");
}

#[test]
fn what_is_not_a_sound_index_is_refused_with_a_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index.db");
    std::fs::write(
        &path,
        "this is not a database, it only has its name and some length",
    )
    .unwrap();
    let error = Index::open(&path).unwrap_err();
    assert!(matches!(error, IndexError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("rebuild"), "{error}");
    let aside = Index::set_aside(&path, "2026-11-24").unwrap();
    assert!(aside.exists() && !path.exists());

    let mut index = Index::open(&path).unwrap();
    fill(&mut index, 3_000);
    drop(index);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 9_000].fill(0x5A);
    std::fs::write(&path, bytes).unwrap();
    let error = Index::open(&path).unwrap_err();
    assert!(matches!(error, IndexError::Damaged { .. }), "{error}");

    let other = dir.path().join("other.db");
    let db = rusqlite::Connection::open(&other).unwrap();
    db.execute_batch("CREATE TABLE t (x); PRAGMA application_id = 77")
        .unwrap();
    drop(db);
    assert!(matches!(
        Index::open(&other),
        Err(IndexError::Foreign { found: 77, .. })
    ));

    let newer = dir.path().join("newer.db");
    drop(Index::open(&newer).unwrap());
    let db = rusqlite::Connection::open(&newer).unwrap();
    db.execute_batch("PRAGMA user_version = 900").unwrap();
    drop(db);
    assert!(matches!(
        Index::open(&newer),
        Err(IndexError::Newer { found: 900, .. })
    ));
}

#[test]
fn the_daily_report_adds_up_and_a_backup_holds_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut index = Index::open(&dir.path().join("index.db")).unwrap();
    fill(&mut index, 1_000);
    let line = "Centrala 3";
    let gap = GapRow {
        line: Some(line.into()),
        ..GapRow::of_card("trunks", at(50), 1_600, GapCause::RingFull)
    };
    index.gap(&gap).unwrap();
    let (since, until) = (at(0), at(500 * 20));
    let day: Vec<CallRow> = (0..500).map(call).collect();
    let copy = dir.path().join("copy.db");
    index.read().back_up(&copy).unwrap();
    assert!(
        index.read().back_up(&copy).is_err(),
        "never over a file that is there"
    );
    for reader in [index.read(), &Reader::open(&copy).unwrap()] {
        let totals = reader.totals(since, until).unwrap();
        assert_eq!(totals.iter().map(|line| line.calls).sum::<u64>(), 500);
        let of_line = totals.iter().find(|totals| totals.line == line).unwrap();
        let recorded = day
            .iter()
            .filter(|call| call.line == line && call.recorded)
            .count();
        assert_eq!(
            (of_line.recorded_calls, of_line.lost),
            (recorded as u64, 1_600)
        );
        let not = day.iter().filter(|call| !call.recorded).count() as u64;
        let reasons = reader.reasons(since, until).unwrap();
        assert_eq!(reasons[0], ("out_of_hours".into(), false, not));
        assert_eq!(reasons[1], ("external".into(), true, 500 - not));
    }
}
