//! D-channel traces of an independent stack against their truth. The traces are not part of the
//! repository: `LINETAP_ISDN_TRACES` names the folder that holds one folder a trace, with
//! `expected.json` and the two raw streams (`.raw.xz`). Without it the test says so and passes.

mod isdn_support;

use std::fs;
use std::path::{Path, PathBuf};

use isdn_support::{Told, play};
use linetap::isdn::Interface;
use linetap::words::{CallFacts, SampleTime};
use serde_json::Value;

#[test]
fn every_call_of_every_trace() {
    let Some(folder) = std::env::var_os("LINETAP_ISDN_TRACES") else {
        println!("skipped: LINETAP_ISDN_TRACES names no folder of traces");
        return;
    };
    let mut traces: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder of traces")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.join("expected.json").exists())
        .collect();
    traces.sort();
    assert!(!traces.is_empty(), "no traces there");
    let mut wrong = Vec::new();
    for trace in &traces {
        let faults = check(trace);
        println!(
            "{:<40} {}",
            name(trace),
            if faults.is_empty() { "ok" } else { "WRONG" }
        );
        wrong.extend(
            faults
                .into_iter()
                .map(|fault| format!("{}: {fault}", name(trace))),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn name(trace: &Path) -> String {
    trace
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn check(trace: &Path) -> Vec<String> {
    let text = fs::read(trace.join("expected.json")).expect("expected.json");
    let truth: Value = serde_json::from_slice(&text).expect("JSON");
    let primary = truth["kind"] == "E1_PRI";
    let (interface, stem) = if primary {
        (Interface::Pri, "ts16")
    } else {
        (Interface::Bri, "d16")
    };
    let stream = |side: &str| unpack(&trace.join(format!("{stem}_{side}.raw.xz")));
    let told = play(interface, &stream("net"), &stream("user"), &[160]);
    compare(&truth, &told, if primary { 0.06 } else { 0.25 })
}

fn unpack(path: &Path) -> Vec<u8> {
    let mut packed = fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut octets = Vec::new();
    lzma_rs::xz_decompress(&mut &packed[..], &mut octets).expect("xz");
    packed.clear();
    octets
}

fn compare(truth: &Value, told: &Told, tolerance: f64) -> Vec<String> {
    let empty = Vec::new();
    let expected = truth["calls"].as_array().unwrap_or(&empty);
    let mut faults = Vec::new();
    if expected.len() != told.calls.len() {
        let found: Vec<_> = told.calls.iter().map(describe).collect();
        faults.push(format!(
            "{} calls instead of {}: {found:?}",
            told.calls.len(),
            expected.len()
        ));
    }
    for (call, facts) in expected.iter().zip(&told.calls) {
        let mut check = CallCheck {
            truth,
            call,
            tolerance,
            faults: &mut faults,
        };
        check.all(facts);
    }
    faults
}

fn describe(facts: &CallFacts) -> String {
    format!(
        "{} {} {:.3}-{:?}",
        facts.direction.word(),
        facts.dialled.as_str(),
        facts.start.seconds(),
        facts.end.map(SampleTime::seconds)
    )
}

struct CallCheck<'a> {
    truth: &'a Value,
    call: &'a Value,
    tolerance: f64,
    faults: &'a mut Vec<String>,
}

impl CallCheck<'_> {
    fn all(&mut self, facts: &CallFacts) {
        self.word("direction", facts.direction.word());
        let dialled = self.as_it_survived();
        self.text("called", &dialled, facts.dialled.as_str());
        if let Some(caller) = &facts.caller {
            let number = caller.number.as_ref().map_or("", |n| n.as_str());
            let calling = self.call["calling"].as_str().unwrap_or("").to_owned();
            self.text("calling", &calling, number);
            let presentation = self.call["presentation"].as_str().unwrap_or("").to_owned();
            if !presentation.starts_with(caller.presentation.word()) {
                self.fault("presentation", &presentation, caller.presentation.word());
            }
        } else if self.call["calling"].as_str().is_some_and(|c| !c.is_empty()) {
            self.fault("caller", "one", "none");
        }
        self.number("timeslot", facts.timeslot);
        self.number("cause", facts.cause);
        self.time("t_setup", Some(facts.start.seconds()));
        self.time("t_answer", facts.answered.map(SampleTime::seconds));
        self.time("t_end", facts.end.map(SampleTime::seconds));
        self.segments(facts);
    }

    /// What was dialled, without the digits whose frames the tap did not get.
    fn as_it_survived(&self) -> String {
        let called = self.call["called"].as_str().unwrap_or("");
        let Some(lost) = self.truth["damage"]["lost_messages"].as_array() else {
            return called.to_owned();
        };
        let digits = lost
            .iter()
            .filter(|m| m["msg"] == "INFORMATION" && m["crv"] == self.call["crv"]);
        let digits: Vec<f64> = digits.filter_map(|m| m["t"].as_f64()).collect();
        let begin = self.call["t_setup"].as_f64().unwrap_or(0.0);
        let end = self.call["t_end"].as_f64().unwrap_or(f64::MAX);
        let mine = digits.iter().filter(|t| (begin..end).contains(t)).count();
        if mine == 0 {
            called.to_owned()
        } else {
            format!("{called}-{mine}")
        }
    }

    fn text(&mut self, what: &str, expected: &str, found: &str) {
        let same = match expected.split_once('-') {
            Some((all, missing)) => {
                let missing: usize = missing.parse().expect("a count");
                found.len() + missing == all.len() && is_subsequence(found, all)
            }
            None => expected == found,
        };
        if !same {
            self.fault(what, expected, found);
        }
    }

    fn word(&mut self, what: &str, found: &str) {
        if self.call[what] != found {
            let expected = self.call[what].to_string();
            self.fault(what, &expected, found);
        }
    }

    fn number(&mut self, what: &str, found: Option<u8>) {
        if self.call[what].as_u64() != found.map(u64::from) {
            let expected = self.call[what].to_string();
            self.fault(what, &expected, &format!("{found:?}"));
        }
    }

    fn time(&mut self, what: &str, found: Option<f64>) {
        let expected = self.call[what].as_f64().map(|t| self.in_file(t));
        let near = match (expected, found) {
            (Some(expected), Some(found)) => (-0.002..self.tolerance).contains(&(found - expected)),
            (None, None) => true,
            _ => false,
        };
        if !near {
            self.fault(what, &format!("{expected:?}"), &format!("{found:?}"));
        }
    }

    /// A slice cut out of both streams brings everything behind it forward.
    fn in_file(&self, seconds: f64) -> f64 {
        let gap = &self.truth["damage"]["gap"];
        match (gap["t_from"].as_f64(), gap["t_to"].as_f64()) {
            (Some(from), Some(to)) if seconds >= to => seconds - (to - from),
            _ => seconds,
        }
    }

    fn segments(&mut self, facts: &CallFacts) {
        let empty = Vec::new();
        let slots = self.call["timeslots"].as_array().unwrap_or(&empty);
        let near = |truth: &Value, found: f64| {
            let expected = self.in_file(truth.as_f64().unwrap_or(f64::MAX));
            (-0.002..self.tolerance).contains(&(found - expected))
        };
        let same = slots.len() == facts.segments.len()
            && slots.iter().zip(&facts.segments).all(|(truth, found)| {
                truth[0].as_u64() == Some(u64::from(found.timeslot))
                    && near(&truth[1], found.start.seconds())
                    && found.end.is_some_and(|end| near(&truth[2], end.seconds()))
            });
        if !same {
            let expected = self.call["timeslots"].to_string();
            self.fault("timeslots", &expected, &format!("{:?}", facts.segments));
        }
    }

    fn fault(&mut self, what: &str, expected: &str, found: &str) {
        let call = self.call["id"].as_str().unwrap_or("?");
        self.faults
            .push(format!("{call}: {what} is {found}, should be {expected}"));
    }
}

fn is_subsequence(part: &str, whole: &str) -> bool {
    let mut rest = whole.chars();
    part.chars().all(|c| rest.any(|w| w == c))
}
