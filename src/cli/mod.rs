//! Floor 3, cli: commands, their text and their exit codes.
