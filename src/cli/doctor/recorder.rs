//! What the running recorder says of itself: cards, lines, disk, retention.

use serde_json::Value;

use super::Case;
use super::finding::Finding;

/// Free space below which the disk is a problem: a share of it, and bytes.
const LEAST_FREE: (f64, u64) = (0.05, 2 << 30);

/// A line whose newest frame is older (ms) hears nothing.
const STALE_MS: u64 = 5_000;

pub(super) fn findings(case: &Case) -> Vec<Finding> {
    let socket = case.socket.display();
    let status = match &case.status {
        Ok(status) => status,
        Err(error) => {
            let remedy = "systemctl start linetap; journalctl -u linetap -b says why it stopped";
            return vec![Finding::problem("recorder", error, remedy)];
        }
    };
    let version = status["version"].as_str().unwrap_or_default();
    let mut found = vec![Finding::well(
        "recorder",
        format!("version {version} answers at {socket}"),
    )];
    let list = |field: &str| status[field].as_array().into_iter().flatten();
    found.extend(list("cards").map(card));
    found.extend(list("lines").map(line));
    found.push(disk(&status["disk"]));
    found.push(retention(&status["retention"]));
    found.extend(list("alarms").filter_map(alarm));
    // Missing groups are found by the look at the machine, lost cards by their own state.
    let known = |text: &&str| !text.contains("does not exist");
    let warnings = list("warnings").filter_map(Value::as_str).filter(known);
    found.extend(warnings.map(|text| Finding::problem("warning", text, warned(text))));
    found
}

/// Alarms whose cause another finding names already.
const TOLD: [&str; 11] = [
    "line_dead",
    "no_dial_tone",
    "clipping",
    "hum",
    "line_fault",
    "d_channel_lost",
    "card_stalled",
    "xruns",
    "disk_low",
    "clock_jumped",
    "unsealed",
];

/// An alarm that stands: a problem until somebody has seen it, then to know.
fn alarm(alarm: &Value) -> Option<Finding> {
    let word = alarm["alarm"].as_str().unwrap_or("?");
    if TOLD.contains(&word) {
        return None;
    }
    let subject = format!("alarm {word} {}", alarm["subject"].as_str().unwrap_or(""));
    let number = &alarm["number"];
    let minutes = alarm["for_s"].as_u64().unwrap_or(0) / 60;
    let text = match alarm["unit"].as_str() {
        // It is so or it is not: there is nothing to read.
        None | Some("0/1") => format!("for {minutes} min"),
        Some(unit) => format!("{} {unit}, for {minutes} min", alarm["reading"]),
    };
    let remedy = alarm["remedy"].as_str().unwrap_or("");
    Some(match alarm["acknowledged"].as_str() {
        Some(by) => Finding::note(subject.trim(), format!("{text}, seen by {by}"), remedy),
        None => {
            let remedy =
                format!("{remedy}; linetap acknowledge {number} notes that you have seen it");
            Finding::problem(subject.trim(), text, remedy)
        }
    })
}

/// Warnings of the recorder name their cause; here is what to do about the known ones.
fn warned(text: &str) -> &'static str {
    if text.contains("real-time") || text.contains("realtime") {
        "run it by its unit (systemctl start linetap), which allows LimitRTPRIO=40"
    } else {
        "journalctl -u linetap says more"
    }
}

fn card(card: &Value) -> Finding {
    let name = card["card"].as_str().unwrap_or("?");
    let subject = format!("card {name}");
    let state = card["state"].as_str().unwrap_or("?");
    let lost = card["lost_frames"].as_u64().unwrap_or(0);
    let xruns = card["xruns"].as_u64().unwrap_or(0);
    if let Some(trouble) = card["trouble"].as_str() {
        let remedy = "is it plugged in? `linetap cards` shows what is there; the recorder reopens it by itself";
        return Finding::problem(subject, format!("{state}: {trouble}"), remedy);
    }
    let text = format!("{state}, {lost} frames lost, {xruns} xruns");
    if xruns > 0 {
        let remedy =
            "each loss is marked in its recording; often: a USB hub, power saving, a busy disk";
        return Finding::note(subject, text, remedy);
    }
    Finding::well(subject, text)
}

fn line(line: &Value) -> Finding {
    let subject = format!("line {}", line["line"].as_str().unwrap_or("?"));
    let state = line["state"].as_str().unwrap_or("?");
    let faults: Vec<&str> = line["faults"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if state == "dead" || !faults.is_empty() {
        let text = format!("{state}; faults: {}", faults.join(", "));
        return Finding::problem(subject, text, fault_remedy(&faults));
    }
    match line["last_frame_age_ms"].as_u64() {
        None => Finding::problem(subject, "no frame yet", "see its card above"),
        Some(age) if age > STALE_MS => {
            let text = format!("the newest frame is {:.0} s old", age as f64 / 1_000.0);
            Finding::problem(subject, text, "see its card above")
        }
        Some(_) => {
            let level = line["level_dbm0"].as_f64().unwrap_or(-120.0);
            let state = state.replace('_', " ");
            Finding::well(subject, format!("{state}, {level:.0} dBm0"))
        }
    }
}

fn fault_remedy(faults: &[&str]) -> &'static str {
    match faults.first() {
        Some(&"dead") => {
            "0 V or silence: check the pair at the distribution frame and the tap's plug"
        }
        Some(&"hum") => {
            "50 Hz: check the earth of the tap and that both wires of the pair are connected"
        }
        Some(&"clipping") => {
            "lower the card's input gain until dial tone reads -10 dBm0 in `linetap wiring`"
        }
        Some(&"duplicate") => "two channels carry one line: correct the wiring or `channels`",
        _ => "`linetap wiring` shows the line; docs/technician.md names each fault",
    }
}

fn disk(disk: &Value) -> Finding {
    let path = disk["path"].as_str().unwrap_or("?");
    let (Some(free), Some(total)) = (disk["free_bytes"].as_u64(), disk["total_bytes"].as_u64())
    else {
        let error = disk["error"].as_str().unwrap_or("unreadable");
        return Finding::problem("disk", format!("{path}: {error}"), "is it mounted?");
    };
    let gib = |bytes: u64| bytes as f64 / f64::from(1u32 << 30);
    let text = format!("{path}: {:.1} GiB free of {:.1}", gib(free), gib(total));
    if free < LEAST_FREE.1 || (free as f64) < LEAST_FREE.0 * total as f64 {
        let remedy = "enlarge the file system; recordings go only by retention, never to make room";
        return Finding::problem("disk", text, remedy);
    }
    Finding::well("disk", text)
}

fn retention(retention: &Value) -> Finding {
    let months = retention["months"].as_u64().unwrap_or(0);
    if retention["stopped_by_clock"] == true {
        let text = "deletion is stopped: the clock jumped";
        return Finding::problem(
            "retention",
            text,
            "set the clock right; deletion goes on by itself",
        );
    }
    let failing = retention["failing"].as_u64().unwrap_or(0);
    if failing > 0 || retention["failing"] == true {
        let remedy = "journalctl -u linetap names the files; mind rights and a full disk";
        return Finding::problem("retention", "some recordings could not be deleted", remedy);
    }
    let due = retention["next_due"].as_str().unwrap_or("none yet");
    Finding::well("retention", format!("{months} months, next deletion {due}"))
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;
    use serde_json::json;

    #[test]
    fn a_dead_line_and_a_stale_one_are_problems_and_an_idle_one_is_not() {
        let idle = json!({"line": "A", "state": "idle", "faults": [], "last_frame_age_ms": 20, "level_dbm0": -60.0});
        assert_eq!(line(&idle).level, Level::Well);
        let dead =
            json!({"line": "A", "state": "dead", "faults": ["dead"], "last_frame_age_ms": 20});
        let found = line(&dead);
        assert_eq!(found.level, Level::Problem);
        assert!(found.remedy.contains("distribution frame"));
        let stale =
            json!({"line": "A", "state": "idle", "faults": [], "last_frame_age_ms": 60_000});
        assert_eq!(line(&stale).level, Level::Problem);
    }

    #[test]
    fn an_alarm_is_a_problem_until_it_is_seen_and_told_once() {
        let standing = |word: &str, seen: Option<&str>| {
            alarm(&json!({
                "number": 7, "alarm": word, "subject": "A", "reading": 9.0, "unit": "hours open",
                "for_s": 120, "acknowledged": seen, "remedy": "call the line",
            }))
        };
        let open = standing("line_silent", None).expect("a finding");
        assert_eq!(open.level, Level::Problem);
        assert!(open.remedy.contains("linetap acknowledge 7"));
        let seen = standing("line_silent", Some("uid 1002")).expect("a finding");
        assert_eq!(seen.level, Level::Note);
        assert!(standing("line_dead", None).is_none(), "the line says it");
        assert!(
            TOLD.iter()
                .all(|told| crate::rules::Alarm::ALL.iter().any(|a| a.word() == *told))
        );
    }

    #[test]
    fn a_disk_is_judged_by_share_and_by_bytes() {
        let with = |free: u64, total: u64| {
            disk(&json!({"path": "/", "free_bytes": free, "total_bytes": total})).level
        };
        assert_eq!(with(100 << 30, 200 << 30), Level::Well);
        assert_eq!(with(1 << 30, 4 << 30), Level::Problem);
        assert_eq!(with(30 << 30, 1_000 << 30), Level::Problem);
        assert_eq!(
            disk(&json!({"path": "/", "error": "gone"})).level,
            Level::Problem
        );
    }

    #[test]
    fn a_lost_card_is_a_problem_and_xruns_are_to_know() {
        let lost = json!({"card": "c", "state": "lost", "trouble": "No such device"});
        assert_eq!(card(&lost).level, Level::Problem);
        let xruns = json!({"card": "c", "state": "running", "xruns": 2, "lost_frames": 80});
        assert_eq!(card(&xruns).level, Level::Note);
    }
}
