//! Floor 2, index: calls in SQLite.
