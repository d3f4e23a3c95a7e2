//! Search, newest first, in pages.
//!
//! Every question is answered from one index in the order of time, so that a page costs about as
//! much as the rows it shows. A number that few calls have is looked up among the numbers and
//! sorted; one that very many have is met soon when walking through time.

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use super::convert::{backwards, direction_code, ms};
use super::read::{CALL_COLUMNS, call_of};
use super::{Announced, CallRow, IndexError, NumberMatch, Query, Reader};
use crate::words::Digits;

/// Up to so many calls with a number are sorted; beyond, time is walked.
const FEW: i64 = 5_000;

/// A condition in SQL and its parameters.
#[derive(Default)]
struct Conditions {
    sql: Vec<String>,
    params: Vec<Value>,
}

impl Conditions {
    fn add(&mut self, sql: &str, params: impl IntoIterator<Item = Value>) {
        self.sql.push(sql.to_owned());
        self.params.extend(params);
    }
}

/// The column and the range `from..below` that a number condition means.
fn range(number: &NumberMatch) -> (&'static str, String, String) {
    let digits = |text: &str| Digits::from_text(text).as_str().to_owned();
    let (column, from, open) = match number {
        NumberMatch::Exact(text) => ("digits", digits(text), false),
        NumberMatch::Prefix(text) => ("digits", digits(text), true),
        NumberMatch::Suffix(text) => ("backwards", backwards(&digits(text)), true),
    };
    let below = if open {
        format!("{from}~")
    } else {
        format!("{from}\u{1}")
    };
    (column, from, below)
}

/// The conditions that choose an index, and the index that the last of them chose.
fn path(query: &Query, all: &mut Conditions) -> &'static str {
    let mut path = "calls_by_time";
    if let Some(recorded) = query.recorded {
        path = "calls_by_recorded";
        all.add("c.recorded = ?", [Value::from(recorded)]);
    }
    if let Some(direction) = query.direction {
        path = "calls_by_direction";
        all.add("c.direction = ?", [Value::from(direction_code(direction))]);
    }
    if let Some(announced) = query.announcement {
        let (index, sql) = match announced {
            Announced::Missing => (
                "calls_unannounced",
                "c.announcement_expected = 1 AND c.announced_ms IS NULL",
            ),
            Announced::Left => ("calls_left", "c.hung_up_at_announcement = 1"),
        };
        path = index;
        all.add(sql, []);
    }
    if let Some(reason) = &query.reason {
        path = "calls_by_reason";
        all.add("c.reason = ?", [Value::from(reason.clone())]);
    }
    if let Some(line) = &query.line {
        path = "calls_by_line";
        all.add(
            "c.line = (SELECT id FROM lines WHERE name = ?)",
            [Value::from(line.clone())],
        );
    }
    path
}

impl Reader {
    /// The calls that `query` asks for, newest first.
    ///
    /// # Errors
    /// SQLite's.
    pub fn search(&self, query: &Query) -> Result<Vec<CallRow>, IndexError> {
        self.tell("search", self.find(query))
    }

    fn find(&self, query: &Query) -> rusqlite::Result<Vec<CallRow>> {
        let mut all = Conditions::default();
        let path = path(query, &mut all);
        let mut by_index = format!("INDEXED BY {path}");
        if let Some(number) = &query.number {
            let (column, from, below) = range(number);
            let few = self.is_rare(column, &from, &below)?;
            let of_number = format!("n.{column} >= ? AND n.{column} < ?");
            let condition = if few {
                by_index = "NOT INDEXED".to_owned();
                format!("c.seq IN (SELECT n.call FROM numbers n WHERE {of_number})")
            } else {
                format!("EXISTS (SELECT 1 FROM numbers n WHERE n.call = c.seq AND {of_number})")
            };
            all.add(&condition, [Value::from(from), Value::from(below)]);
        }
        if self.add_length(query, &mut all)? && query.number.is_none() {
            by_index = "INDEXED BY calls_by_length".to_owned();
        }
        self.add_times(query, &mut all)?;
        let condition = if all.sql.is_empty() {
            "1".to_owned()
        } else {
            all.sql.join(" AND ")
        };
        let sql = format!(
            "SELECT {CALL_COLUMNS} FROM calls c {by_index} JOIN lines l ON l.id = c.line
             WHERE {condition} ORDER BY c.start_ms DESC, c.seq DESC LIMIT ?"
        );
        all.params.push(Value::from(query.limit));
        let mut select = self.db.prepare_cached(&sql)?;
        let calls = select.query_map(params_from_iter(all.params), call_of)?;
        calls
            .map(|row| row.and_then(|(seq, mut call)| self.numbers(seq, &mut call).map(|()| call)))
            .collect()
    }

    fn is_rare(&self, column: &str, from: &str, below: &str) -> rusqlite::Result<bool> {
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM numbers n
             WHERE n.{column} >= ?1 AND n.{column} < ?2 LIMIT {})",
            FEW + 1
        );
        let count: i64 = self
            .db
            .prepare_cached(&sql)?
            .query_row([from, below], |row| row.get(0))?;
        Ok(count <= FEW)
    }

    /// As with numbers: a length that few calls have is looked up (true), another one is met soon.
    fn add_length(&self, query: &Query, all: &mut Conditions) -> rusqlite::Result<bool> {
        let Some((least, most)) = query.length_ms else {
            return Ok(false);
        };
        let condition = "c.end_ms - c.start_ms BETWEEN ? AND ?";
        all.add(condition, [Value::from(least), Value::from(most)]);
        self.is_rare_length(least, most)
    }

    fn is_rare_length(&self, least: i64, most: i64) -> rusqlite::Result<bool> {
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM calls c INDEXED BY calls_by_length
             WHERE c.end_ms - c.start_ms BETWEEN ?1 AND ?2 LIMIT {})",
            FEW + 1
        );
        let count: i64 = self
            .db
            .prepare_cached(&sql)?
            .query_row([least, most], |row| row.get(0))?;
        Ok(count <= FEW)
    }

    fn add_times(&self, query: &Query, all: &mut Conditions) -> rusqlite::Result<()> {
        if let Some(since) = query.since {
            all.add("c.start_ms >= ?", [Value::from(ms(since))]);
        }
        if let Some(until) = query.until {
            all.add("c.start_ms < ?", [Value::from(ms(until))]);
        }
        if let Some((start, id)) = query.after {
            // A call deleted meanwhile: go on with those that began earlier.
            let sql = "SELECT coalesce((SELECT seq FROM calls WHERE id = ?1), 0)";
            let seq: i64 = self
                .db
                .prepare_cached(sql)?
                .query_row([id.0], |row| row.get(0))?;
            all.add(
                "(c.start_ms, c.seq) < (?, ?)",
                [Value::from(ms(start)), Value::from(seq)],
            );
        }
        Ok(())
    }
}
