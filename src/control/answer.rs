//! Reading what the recorder answered: a field by its path, as lists on a terminal or a page show it.

use serde_json::Value;

/// The value at a path: `.` goes into an object, a number into a list. What is not there is null.
pub fn at<'a>(row: &'a Value, path: &str) -> &'a Value {
    let parts = path.split('.').filter(|part| !part.is_empty());
    parts.fold(row, |value, part| match part.parse::<usize>() {
        Ok(at) => &value[at],
        Err(_) => &value[part],
    })
}

/// The text at a path: lists with commas, a call by its id, `true` and `false` as they are; none for
/// what is not there.
pub fn text_at(row: &Value, path: &str) -> Option<String> {
    Some(match at(row, path) {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            let texts = list.iter().map(|one| match one {
                Value::String(text) => text.clone(),
                Value::Object(call) => call["call"].as_str().unwrap_or("-").to_owned(),
                other => other.to_string(),
            });
            texts.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_leads_into_objects_and_lists() {
        let row = json!({"id": "O-1", "notice": {"how": "given"}, "judged": [true, "dowód"],
            "calls": [{"call": "0190"}, "0191"], "count": 3, "revoked": null});
        for (path, text) in [
            ("id", Some("O-1")),
            ("notice.how", Some("given")),
            ("judged.0", Some("true")),
            ("judged.1", Some("dowód")),
            ("calls", Some("0190, 0191")),
            ("count", Some("3")),
            ("revoked", None),
            ("nothing.there", None),
        ] {
            assert_eq!(text_at(&row, path).as_deref(), text, "{path}");
        }
        assert_eq!(at(&row, ""), &row);
    }
}
