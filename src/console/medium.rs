//! The papers that go with a medium which the director's browser makes: the register's own pages, with
//! the files as the browser has counted them. The console learns their names and hashes, never sound;
//! whether the person may see the disclosure, and whether a medium was made at all, the recorder says.

use axum::Json;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::api;
use super::recorder::NoAnswer;
use super::visit::{Visit, missing};
use crate::control::{RefusalKind, Request};
use crate::register::{Letterhead, Medium, medium_papers_of};
use crate::words::hex;

/// Where they are asked for.
pub(super) const PAPERS: &str = "/api/papers";

/// More files than any medium has.
const MOST_FILES: usize = 2_000;

/// What the browser says of the medium.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Made {
    disclosure: String,
    /// As the recorder told when the export began.
    made: String,
    /// Name and SHA-256 of each file that `SHA256SUMS` lists, in its order.
    files: Vec<(String, String)>,
}

pub(super) async fn papers(visit: Visit, Json(made): Json<Made>) -> Response {
    match pages(&visit, made).await {
        Ok(pages) => Json(json!({"ok": true, "papers": pages})).into_response(),
        Err(error) => api::refused(&visit, error),
    }
}

/// Names and pages.
async fn pages(visit: &Visit, made: Made) -> Result<[(&'static str, String); 2], NoAnswer> {
    let number = made.disclosure.clone();
    let medium = medium(made).ok_or_else(|| NoAnswer::Refused {
        kind: RefusalKind::Invalid,
        error: "these are no files of a medium".into(),
        remedy: "make the medium anew on the page of the disclosure".into(),
    })?;
    let view = "disclosures";
    let answer = visit.ask(Request::Procedure { view: view.into() }).await?;
    let head: Letterhead =
        serde_json::from_value(answer["letterhead"].clone()).map_err(|_| missing())?;
    medium_papers_of(&head, &number, &answer[view], &medium).map_err(|error| NoAnswer::Refused {
        kind: RefusalKind::NotFound,
        error: error.to_string(),
        remedy: "the lists show them".into(),
    })
}

/// The medium, if what is said of it is what a browser of ours says.
fn medium(made: Made) -> Option<Medium> {
    let good = made.files.len() <= MOST_FILES
        && made
            .files
            .iter()
            .all(|(name, hash)| is_file(name) && is_hash(hash))
        && made.made.len() <= 40
        && made.made.parse::<Timestamp>().is_ok();
    let mut sums = Sha256::new();
    for (name, hash) in &made.files {
        sums.update(format!("{hash}  {name}\n"));
    }
    good.then(|| Medium {
        sums: hex(&sums.finalize()),
        files: made.files,
        made: made.made,
    })
}

/// `metadane.json`, or a recording: digits, letters, `-`, `_`, and `.flac`.
fn is_file(name: &str) -> bool {
    let stem = name.strip_suffix(".flac");
    let plain = |stem: &str| {
        let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        !stem.is_empty() && stem.len() <= 80 && stem.bytes().all(known)
    };
    name == "metadane.json" || stem.is_some_and(plain)
}

/// SHA-256, as `sha256sum` writes it.
fn is_hash(text: &str) -> bool {
    let digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    text.len() == 64 && text.bytes().all(digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(made: &str, files: &[(&str, &str)]) -> Option<Medium> {
        let own = |(name, hash): &(&str, &str)| ((*name).to_owned(), (*hash).to_owned());
        medium(Made {
            disclosure: "X-1".into(),
            made: made.into(),
            files: files.iter().map(own).collect(),
        })
    }

    #[test]
    fn only_names_and_hashes_of_a_medium_are_put_on_paper() {
        let hash = "0f".repeat(32);
        let made = "2026-11-24T10:15:00.000+01:00";
        let flac = "2026-11-24T101500_0190-ab.flac";
        let good = of(made, &[(flac, &hash), ("metadane.json", &hash)]);
        let sums = good.expect("a medium").sums;
        // printf '%s  %s\n' ... | sha256sum
        let text = format!("{hash}  {flac}\n{hash}  metadane.json\n");
        let expected: [u8; 32] = Sha256::digest(text).into();
        assert_eq!(
            sums[..8],
            format!(
                "{:02x}{:02x}{:02x}{:02x}",
                expected[0], expected[1], expected[2], expected[3]
            )
        );
        for (name, sum) in [
            ("../a.flac", hash.as_str()),
            ("a b.flac", &hash),
            ("<b>.flac", &hash),
            (".flac", &hash),
            ("a.wav", &hash),
            (flac, &hash[1..]),
            (flac, &hash.to_uppercase()),
        ] {
            assert!(of(made, &[(name, sum)]).is_none(), "{name} {sum}");
        }
        assert!(of("dziś", &[(flac, &hash)]).is_none());
        let many = vec![(flac, hash.as_str()); MOST_FILES + 1];
        assert!(of(made, &many).is_none());
    }
}
