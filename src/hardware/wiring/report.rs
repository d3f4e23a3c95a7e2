//! The wiring report: a page to file and to sign. It holds no digits and no numbers.

use std::fmt::Write;

use super::{Step, WiredLine, Wiring};

/// Level of dial tone that a well-set gain gives (dBm0), and how far off is still good (dB).
const DIAL_TONE_PEAK: (f32, f32) = (-10.0, 8.0);

/// The report's text. `head` names office, site, recorder and time, one to a line.
pub fn report(wiring: &Wiring, head: &[String]) -> String {
    let mut text = String::from("WIRING REPORT\n\n");
    for line in head {
        let _ = writeln!(text, "{line}");
    }
    let all = wiring.lines();
    let whole = all.iter().filter(|line| is_whole(line)).count();
    let _ = writeln!(
        text,
        "\n{whole} of {} lines passed every step.\n",
        all.len()
    );
    for line in all {
        write_line(&mut text, line);
    }
    text.push_str(
        "\nMeters and detected signals only; no sound was heard or stored.\n\n\
         Technician: ______________________   Date and signature: ______________________\n",
    );
    text
}

fn is_whole(line: &WiredLine) -> bool {
    line.check.done() == Step::ALL.len() && line.reading.faults.is_empty()
}

fn write_line(text: &mut String, line: &WiredLine) {
    let reading = &line.reading;
    let verdict = if is_whole(line) {
        "PASSED"
    } else {
        "NOT COMPLETE"
    };
    let _ = writeln!(text, "{} (card {})   {verdict}", reading.line, reading.card);
    for step in Step::ALL {
        let (mark, when) = match line.check.at(step) {
            Some(at) => (
                "x",
                format!("   after {}:{:02}", at as u64 / 60, at as u64 % 60),
            ),
            None => (" ", String::new()),
        };
        let _ = writeln!(text, "  [{mark}] {}{when}", step.text());
    }
    let keys = line.check.keys();
    if line.check.at(Step::Dialled).is_none() && !keys.is_empty() {
        let _ = writeln!(text, "      keys heard so far: {keys}");
    }
    let _ = writeln!(
        text,
        "  level {:.1} dBm0, highest peak {:.1} dBm0, noise {:.1} dBm0{}",
        reading.level_dbm0,
        line.highest_peak,
        reading.noise_dbm0,
        gain_advice(line)
    );
    write_volts(text, line);
    let faults = match reading.faults.as_slice() {
        [] => "none".to_owned(),
        faults => faults.join(", "),
    };
    let _ = writeln!(text, "  faults: {faults}\n");
}

fn gain_advice(line: &WiredLine) -> &'static str {
    if line.thresholds.seen().is_some() {
        return ""; // the channel carries the voltage, and ringing fills it
    }
    let (good, off) = DIAL_TONE_PEAK;
    match line.check.at(Step::DialTone) {
        Some(_) if line.highest_peak < good - off => " (low: raise the input gain)",
        Some(_) if line.highest_peak > 3.0 => " (at full scale: lower the input gain)",
        _ => "",
    }
}

fn write_volts(text: &mut String, line: &WiredLine) {
    let Some((low, high)) = line.thresholds.seen() else {
        return;
    };
    let _ = writeln!(text, "  voltage seen: {low:.0} to {high:.0} V");
    if let Some(proposal) = line.thresholds.proposal() {
        let (idle, off) = (proposal.idle, proposal.off_hook);
        let _ = writeln!(
            text,
            "  idle {:.0}-{:.0} V, lifted {:.0}-{:.0} V; proposed: off_hook_below = {:.1}, dead_below = {:.1}",
            idle.0, idle.1, off.0, off.1, proposal.off_hook_below, proposal.dead_below
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hardware::wiring::{Counts, Reading};

    #[test]
    fn a_line_passes_when_everything_was_seen_and_the_report_names_no_number() {
        let first = Reading {
            line: "Centrala 1".into(),
            ..Reading::default()
        };
        let mut wiring = Wiring::default();
        wiring.update(vec![first.clone()], 0.0);
        let lifted = Counts {
            off_hooks: 1,
            dial_tones: 1,
            ..Counts::default()
        };
        let all = Counts {
            on_hooks: 1,
            rings: 2,
            caller_ids: 1,
            ..lifted
        };
        for (now, digits, counts) in [(1.0, "1234567890*#", lifted), (61.0, "", all)] {
            let reading = Reading {
                digits: digits.into(),
                caller: Some("…789".into()),
                counts,
                ..first.clone()
            };
            wiring.update(vec![reading], now);
        }
        let text = report(&wiring, &["Office: test".into()]);
        assert!(text.contains("1 of 1 lines passed every step"), "{text}");
        assert!(
            text.contains("[x] hang up: on-hook seen   after 1:01"),
            "{text}"
        );
        assert!(!text.contains("789"), "{text}");
    }
}
