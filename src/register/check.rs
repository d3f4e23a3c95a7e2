//! Checks the log's files byte by byte. Every byte is either hashed or has one allowed value.

use std::collections::HashSet;
use std::path::Path;

use super::RegisterError;
use super::act::Act;
use super::entry::{Entry, Hash, unhex};
use super::log::{Record, SALT, commitment, read};
use super::merkle;
use super::note::Checkpoint;

/// Something that is not as it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// `log`, `bodies`, `head`, or `checkpoint`.
    pub file: &'static str,
    /// Line, from 1; 0 if none.
    pub line: u64,
    /// What is wrong.
    pub what: String,
}

/// The outcome of [`check`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checked {
    /// Entries that are there.
    pub entries: u64,
    /// Of them, those whose body was erased.
    pub erased: u64,
    /// The newest entry's hash.
    pub head: Hash,
    /// Everything wrong; empty if the log is sound.
    pub problems: Vec<Problem>,
}

pub(super) struct Loaded {
    pub(super) records: Vec<Record>,
    /// Length of each body's line, without the line feed.
    pub(super) body_lines: Vec<u64>,
    /// Bytes of the log up to the end of the last whole line.
    pub(super) log_length: u64,
    /// Bytes behind that: an entry that a crash cut short.
    pub(super) torn: bool,
    pub(super) problems: Vec<Problem>,
}

/// Checks the log in `dir` against itself, against `head` signed by the recorder's key `public`,
/// and against `checkpoints`: signed notes, or hashes of entries as they stand on paper (16
/// hexadecimal digits or more).
///
/// # Errors
/// Only if the files cannot be read.
pub fn check(dir: &Path, public: &str, checkpoints: &[String]) -> Result<Checked, RegisterError> {
    let mut loaded = load(dir)?;
    let entries: Vec<&Entry> = loaded.records.iter().map(|record| &record.entry).collect();
    let mut problems: Vec<Problem> = head(dir, &loaded.records, public)?.into_iter().collect();
    if loaded.torn {
        problems.push(problem(
            "log",
            entries.len() as u64 + 1,
            "a line without its end",
        ));
    }
    for given in checkpoints {
        let found = if given.contains('\n') {
            against(&entries, given, public)
        } else {
            on_paper(&entries, given)
        };
        problems.extend(found.map(|what| problem("checkpoint", 0, &what)));
    }
    let erased = loaded.records.iter().filter(|record| record.body.is_none());
    let (erased, count) = (erased.count() as u64, entries.len() as u64);
    let head = entries.last().map_or(Hash::default(), |entry| entry.hash);
    loaded.problems.extend(problems);
    Ok(Checked {
        entries: count,
        erased,
        head,
        problems: loaded.problems,
    })
}

/// What the newest signed state says against the log. It may lag behind, never lead.
pub(super) fn head(
    dir: &Path,
    records: &[Record],
    public: &str,
) -> Result<Option<Problem>, RegisterError> {
    let note = read(&dir.join("head"))?;
    if note.is_empty() && records.len() <= 1 {
        return Ok(None);
    }
    let entries: Vec<&Entry> = records.iter().map(|record| &record.entry).collect();
    let wrong = against(&entries, &String::from_utf8_lossy(&note), public);
    Ok(wrong.map(|what| problem("head", 0, &what)))
}

fn problem(file: &'static str, line: u64, what: &str) -> Problem {
    let what = what.to_owned();
    Problem { file, line, what }
}

/// What is wrong with the log in the light of a signed note.
fn against(entries: &[&Entry], note: &str, public: &str) -> Option<String> {
    let checkpoint = match Checkpoint::open(note, public) {
        Ok(checkpoint) => checkpoint,
        Err(error) => return Some(error.to_string()),
    };
    let size = usize::try_from(checkpoint.size).unwrap_or(usize::MAX);
    let Some(then) = entries.get(..size) else {
        let (had, has) = (checkpoint.size, entries.len());
        return Some(format!("the log had {had} entries and has {has}"));
    };
    let leaves: Vec<Hash> = then
        .iter()
        .map(|entry| merkle::leaf(&entry.line()))
        .collect();
    let head = then.last().map_or(Hash::default(), |entry| entry.hash);
    (merkle::root(&leaves) != checkpoint.root || head != checkpoint.head)
        .then(|| format!("the first {size} entries are not those that were signed"))
}

fn on_paper(entries: &[&Entry], hash: &str) -> Option<String> {
    let hash: String = hash.split_whitespace().collect::<String>().to_lowercase();
    if hash.len() < 16 {
        return Some(format!("{hash:?} is too short: give at least 16 digits"));
    }
    let known = entries
        .iter()
        .any(|entry| entry.hash.to_string().starts_with(&hash));
    (!known).then(|| format!("no entry has the hash {hash}"))
}

pub(super) fn load(dir: &Path) -> Result<Loaded, RegisterError> {
    let log = read(&dir.join("log"))?;
    let bodies = read(&dir.join("bodies"))?;
    let (lines, whole) = whole_lines(&log);
    let (body_lines, _) = whole_lines(&bodies);
    let mut loaded = Loaded {
        records: Vec::new(),
        body_lines: Vec::new(),
        log_length: whole as u64,
        torn: whole < log.len(),
        problems: Vec::new(),
    };
    let mut prev = Hash::default();
    for (at, line) in lines.iter().enumerate() {
        let seq = at as u64 + 1;
        let mut wrong = |file, what: &str| loaded.problems.push(problem(file, seq, what));
        let parsed = std::str::from_utf8(line).ok().and_then(Entry::parse);
        let Some(entry) = parsed else {
            wrong("log", "not an entry");
            continue;
        };
        if entry.seq != seq || entry.prev != prev || entry.hash != entry.true_hash() {
            wrong("log", "the chain is broken here");
        }
        prev = entry.hash;
        let body_line = body_lines.get(at).copied().unwrap_or_default();
        let body = body_of(&entry, body_line);
        if let Err(what) = &body {
            wrong("bodies", what);
        }
        loaded.body_lines.push(body_line.len() as u64);
        let body = body.ok().flatten();
        loaded.records.push(Record { entry, body });
    }
    erased_with_reason(&mut loaded);
    Ok(loaded)
}

/// Every erased body must be named by an entry that says so.
fn erased_with_reason(loaded: &mut Loaded) {
    let mut named: HashSet<u64> = HashSet::new();
    for record in &loaded.records {
        let body = record
            .body
            .as_deref()
            .filter(|_| record.entry.kind == "erased");
        if let Some(Ok(Act::Erased { seqs, .. })) = body.map(serde_json::from_str::<Act>) {
            named.extend(seqs);
        }
    }
    for record in &loaded.records {
        if record.body.is_none() && !named.contains(&record.entry.seq) {
            let what = "erased without an entry that says so";
            let seq = record.entry.seq;
            if !loaded
                .problems
                .iter()
                .any(|p| p.file == "bodies" && p.line == seq)
            {
                loaded.problems.push(problem("bodies", seq, what));
            }
        }
    }
}

fn body_of(entry: &Entry, line: &[u8]) -> Result<Option<String>, &'static str> {
    if line.is_empty() {
        return Err("the body is missing");
    }
    if line.iter().all(|byte| *byte == b'-') {
        return Ok(None);
    }
    let text = std::str::from_utf8(line).map_err(|_| "not text")?;
    let (salt, body) = text.split_once(' ').ok_or("no salt")?;
    if unhex(salt).is_none_or(|salt| salt.len() != SALT) {
        return Err("no salt");
    }
    if commitment(salt, body) != entry.commitment {
        return Err("the body is not the one that was entered");
    }
    Ok(Some(body.to_owned()))
}

/// The lines that end with a line feed, and how many bytes they take.
fn whole_lines(bytes: &[u8]) -> (Vec<&[u8]>, usize) {
    let end = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let mut lines: Vec<&[u8]> = bytes[..end].split(|byte| *byte == b'\n').collect();
    lines.pop();
    (lines, end)
}
