//! Calls by the first characters of their id, as people copy them.

use rusqlite::OptionalExtension;

use super::read::{CALL_COLUMNS, call_of};
use super::{CallRow, IndexError, Reader};

/// Characters of an id without its hyphens.
const HEX: usize = 32;

impl Reader {
    /// Up to `limit` calls whose id begins with `prefix` (hexadecimal, hyphens ignored), in the
    /// order of their ids. None if `prefix` is no beginning of an id.
    ///
    /// # Errors
    /// SQLite's.
    pub fn by_prefix(&self, prefix: &str, limit: u32) -> Result<Vec<CallRow>, IndexError> {
        let Some((from, to)) = bounds(prefix) else {
            return Ok(Vec::new());
        };
        let find = || {
            let sql = format!(
                "SELECT {CALL_COLUMNS} FROM calls c JOIN lines l ON l.id = c.line
                 WHERE c.id >= ?1 AND c.id <= ?2 ORDER BY c.id LIMIT ?3"
            );
            let mut select = self.db.prepare_cached(&sql)?;
            let found: Vec<_> = select
                .query_map((from, to, limit), call_of)?
                .collect::<Result<_, _>>()?;
            found
                .into_iter()
                .map(|(seq, mut call)| self.numbers(seq, &mut call).map(|()| call))
                .collect()
        };
        self.tell("find a call", find())
    }

    /// The newest call, if there is any.
    ///
    /// # Errors
    /// SQLite's.
    pub fn newest_start(&self) -> Result<Option<jiff::Timestamp>, IndexError> {
        let find = self
            .db
            .query_row("SELECT max(start_ms) FROM calls", [], |row| {
                row.get::<_, Option<i64>>(0)
            })
            .optional();
        let newest = self.tell("find the newest call", find)?.flatten();
        Ok(newest.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()))
    }
}

/// The first and the last id that begin with `prefix`.
fn bounds(prefix: &str) -> Option<(uuid::Uuid, uuid::Uuid)> {
    let hex: String = prefix.chars().filter(|c| *c != '-').collect();
    let fits = hex.len() <= HEX && !hex.is_empty() && hex.chars().all(|c| c.is_ascii_hexdigit());
    if !fits {
        return None;
    }
    let ends = |fill: &str| format!("{hex}{}", fill.repeat(HEX - hex.len()));
    let id = |text: String| uuid::Uuid::parse_str(&text).ok();
    Some((id(ends("0"))?, id(ends("f"))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_spans_all_ids_that_begin_so() {
        let (from, to) = bounds("0193-5A").expect("a prefix");
        assert_eq!(from.to_string(), "01935a00-0000-0000-0000-000000000000");
        assert_eq!(to.to_string(), "01935aff-ffff-ffff-ffff-ffffffffffff");
        assert!(bounds("").is_none() && bounds("0193x").is_none());
        assert!(bounds(&"0".repeat(33)).is_none());
    }
}
