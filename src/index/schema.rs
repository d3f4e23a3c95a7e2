//! Tables, and how an older database becomes this one.
//!
//! Times are UTC in milliseconds since 1970; ids are the 16 bytes of their UUID. Numbers stand in
//! `numbers`, forwards and backwards, so that a search by first or by last digits is one range of
//! an index. No personal data stands outside `calls` and `numbers`: forgetting a call is deleting
//! its row.

use rusqlite::Connection;

/// `application_id` of our databases: "LTix".
pub(super) const APPLICATION: i32 = 0x4C54_6978;

/// One step per released version; a step is never changed, only added.
pub(super) const STEPS: &[&str] = &[
    "
CREATE TABLE lines (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE calls (
    seq           INTEGER PRIMARY KEY,
    id            BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    line          INTEGER NOT NULL REFERENCES lines(id),
    start_ms      INTEGER NOT NULL,
    zone          TEXT NOT NULL,
    answered_ms   INTEGER,
    end_ms        INTEGER,
    direction     INTEGER NOT NULL,
    caller_name   TEXT,
    presentation  INTEGER,
    external      INTEGER,
    recorded      INTEGER NOT NULL,
    reason        TEXT NOT NULL,
    end_reason    TEXT,
    cause         INTEGER,
    timeslot      INTEGER,
    audio         INTEGER NOT NULL,
    rules_version TEXT NOT NULL,
    announced_ms  INTEGER,
    announced_how_sure REAL,
    hung_up_at_announcement INTEGER NOT NULL,
    clock_synced  INTEGER NOT NULL
) STRICT;
CREATE INDEX calls_by_time ON calls (start_ms, seq);
CREATE INDEX calls_by_line ON calls (line, start_ms, seq);
CREATE INDEX calls_open ON calls (seq) WHERE end_ms IS NULL;
CREATE INDEX calls_by_recorded ON calls (recorded, start_ms, seq);
CREATE INDEX calls_by_direction ON calls (direction, start_ms, seq);

CREATE TABLE numbers (
    call      INTEGER NOT NULL REFERENCES calls(seq) ON DELETE CASCADE,
    role      INTEGER NOT NULL,
    digits    TEXT NOT NULL,
    backwards TEXT NOT NULL,
    PRIMARY KEY (call, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX numbers_forwards ON numbers (digits);
CREATE INDEX numbers_backwards ON numbers (backwards);

CREATE TABLE recordings (
    id         BLOB PRIMARY KEY CHECK (length(id) = 16),
    call       INTEGER REFERENCES calls(seq) ON DELETE SET NULL,
    segment    INTEGER NOT NULL,
    place      TEXT,
    state      INTEGER NOT NULL,
    sealed     INTEGER NOT NULL,
    channels   INTEGER NOT NULL,
    start_ms   INTEGER NOT NULL,
    samples    INTEGER,
    lost       INTEGER NOT NULL,
    bytes      INTEGER,
    sha256     BLOB,
    due_ms     INTEGER NOT NULL,
    deleted_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX recordings_by_call ON recordings (call, segment);
CREATE INDEX recordings_by_due ON recordings (due_ms) WHERE state <> 3;
CREATE INDEX recordings_open ON recordings (state) WHERE state = 0;

CREATE TABLE gaps (
    seq      INTEGER PRIMARY KEY,
    line     INTEGER REFERENCES lines(id),
    card     TEXT NOT NULL,
    at_ms    INTEGER NOT NULL,
    samples  INTEGER NOT NULL,
    cause    TEXT NOT NULL,
    recording BLOB
) STRICT;
CREATE INDEX gaps_by_time ON gaps (at_ms);

CREATE TABLE counts (
    day   TEXT NOT NULL,
    line  INTEGER NOT NULL REFERENCES lines(id),
    what  TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (day, line, what)
) STRICT, WITHOUT ROWID;
",
    // Wrapped keys can be verified, too.
    "ALTER TABLE recordings ADD COLUMN key_sha256 BLOB;",
    // Whether the clock was synchronised when the recording began. Older rows did not know.
    "ALTER TABLE recordings ADD COLUMN clock_synced INTEGER NOT NULL DEFAULT 0;",
    // Where digits were silenced in the sound: `from-to` in samples, separated by commas.
    "ALTER TABLE recordings ADD COLUMN muted TEXT;",
    // Whether the announcement was listened for, so that a missing one can be told from one that
    // nobody expected; and the legal basis in force.
    "
ALTER TABLE calls ADD COLUMN announcement_expected INTEGER NOT NULL DEFAULT 0;
ALTER TABLE calls ADD COLUMN basis TEXT NOT NULL DEFAULT '';
CREATE INDEX calls_unannounced ON calls (start_ms, seq)
    WHERE announcement_expected = 1 AND announced_ms IS NULL;
CREATE INDEX calls_left ON calls (start_ms, seq) WHERE hung_up_at_announcement = 1;
",
    // The console searches by why a call was not recorded, and by length.
    "CREATE INDEX calls_by_reason ON calls (reason, start_ms, seq);
CREATE INDEX calls_by_length ON calls (end_ms - start_ms);",
];

/// Runs the steps that `db` has not seen, in one transaction: whatever comes between, the index is as it was or as
/// it is to be.
pub(super) fn migrate(db: &mut Connection) -> rusqlite::Result<()> {
    let version: u32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let steps = STEPS.get(version as usize..).unwrap_or_default();
    if steps.is_empty() {
        return Ok(());
    }
    let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for step in steps {
        tx.execute_batch(step)?;
    }
    tx.pragma_update(None, "user_version", STEPS.len() as u32)?;
    tx.pragma_update(None, "application_id", APPLICATION)?;
    tx.commit()?;
    Ok(())
}
