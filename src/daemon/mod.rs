//! Floor 3, daemon: threads and their ends. The only reader of the clock.
