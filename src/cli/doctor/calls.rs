//! The last call of each line: when, never with whom.

use serde_json::Value;

use crate::control::{CallsQuery, Request};

use super::Case;
use super::finding::Finding;

pub(super) fn findings(case: &mut Case) -> Vec<Finding> {
    let Case {
        client: Some(client),
        config: Ok(config),
        ..
    } = case
    else {
        return Vec::new();
    };
    config
        .lines
        .iter()
        .map(|line| {
            let query = CallsQuery {
                line: Some(line.name.clone()),
                limit: Some(1),
                ..CallsQuery::default()
            };
            let subject = format!("line {}", line.name);
            match client.ask(&Request::Calls(query)) {
                Ok(answer) => last(&subject, &answer["calls"][0]),
                Err(error) => Finding::note(subject, error, ""),
            }
        })
        .collect()
}

fn last(subject: &str, call: &Value) -> Finding {
    match call["start"].as_str() {
        Some(start) => {
            let time: String = start.replacen('T', " ", 1).chars().take(16).collect();
            let direction = call["direction"].as_str().unwrap_or("unknown");
            Finding::well(subject, format!("last call {time} ({direction})"))
        }
        None => Finding::note(
            subject,
            "no call yet",
            "make a test call; `linetap wiring` shows what is heard of it",
        ),
    }
}
