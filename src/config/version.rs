//! The fingerprint of the rules a recording was made under (§8.2).

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::Config;
use crate::words::Digits;

/// SHA-256 of a canonical text, its first 16 hexadecimal digits.
pub(super) fn of(config: &Config) -> String {
    let digest = Sha256::digest(canonical(config).as_bytes());
    digest.iter().take(8).fold(String::new(), |mut hex, byte| {
        // Writing to a String does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn canonical(config: &Config) -> String {
    let mut text = String::from("linetap rules 1\n");
    match &config.hours {
        Some(hours) => text.push_str(&hours.canonical()),
        None => text.push_str("no hours\n"),
    }
    let plan = &config.numbering;
    let internal: Vec<_> = plan
        .internal()
        .iter()
        .map(crate::call::Pattern::text)
        .collect();
    let mut lines: Vec<String> = config
        .lines
        .iter()
        .map(|line| {
            let number = line.number.as_ref().map_or("", Digits::as_str);
            format!("line {:?} {} {number}\n", line.name, line.role.word())
        })
        .collect();
    lines.sort_unstable();
    let _ = writeln!(text, "months {}", config.retention.months);
    let _ = writeln!(
        text,
        "numbering {internal:?} {:?} {:?}",
        plan.outside_prefix(),
        plan.country()
    );
    text.extend(lines);
    text
}
