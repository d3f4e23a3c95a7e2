//! Where a recording of an open order is heard. The row is entered before the first sound.

use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;

use super::{Answer, Page, text};
use crate::console::blocks::{Block, Cell};
use crate::console::visit::{Visit, missing};

/// Which recording.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Which {
    recording: String,
}

pub(super) async fn page(
    visit: Visit,
    Path(id): Path<String>,
    Query(which): Query<Which>,
) -> Response {
    visit.show(listen_page(&visit, &id, &which.recording).await)
}

async fn listen_page(visit: &Visit, id: &str, wanted: &str) -> Answer {
    let t = visit.t();
    let order = visit.one("orders", id).await?;
    let all = named(&order);
    let chosen = match (wanted.is_empty(), all.as_slice()) {
        (true, [one]) => Some(one),
        (true, _) => None,
        (false, all) => Some(
            all.iter()
                .find(|(one, _, _)| one == wanted)
                .ok_or_else(missing)?,
        ),
    };
    let page = Page::new(format!("{} {id}", t.listen))
        .back(&format!("/orders/{id}"), t.order)
        .with(Block::note("info", t.listen_guide));
    let Some((recording, about, call)) = chosen else {
        let row = |(recording, about, _): &(String, String, Value)| {
            vec![Cell::link(
                format!("/orders/{id}/listen?recording={recording}"),
                about.clone(),
            )]
        };
        return Ok(page.with(Block::Table {
            caption: t.recordings.to_owned(),
            head: vec![t.call.to_owned()],
            rows: all.iter().map(row).collect(),
            empty: t.recordings_none.to_owned(),
        }));
    };
    // What is not known is taken for sealed and for one side.
    let found = call["kept"].as_array().and_then(|kept| {
        kept.iter()
            .find(|one| one["recording"] == recording.as_str())
    });
    let sealed = found.is_none_or(|one| one["sealed"] != Value::Bool(false));
    let stereo = found.is_some_and(|one| one["channels"] == 2);
    let open = (!sealed).then(|| Block::note("warn", t.unsealed));
    Ok(page
        .with_some(open)
        .with(Block::Text(about.clone()))
        .with(Block::KeyBox(t.keys_intro.to_owned()))
        .with(Block::Player {
            order: id.to_owned(),
            recording: recording.clone(),
            sides: if stereo {
                t.sides.to_owned()
            } else {
                String::new()
            },
            sealed,
            script: t.needs_script.to_owned(),
        }))
}

/// Recording, what it is of, and the call.
fn named(order: &Value) -> Vec<(String, String, Value)> {
    let calls = order["calls"].as_array().cloned().unwrap_or_default();
    calls
        .into_iter()
        .flat_map(|call| {
            let recordings = call["recordings"].as_array().cloned().unwrap_or_default();
            let about = format!(
                "{} {}",
                text(&call, "line"),
                super::moment(&text(&call, "start"))
            );
            recordings.into_iter().filter_map(move |recording| {
                Some((recording.as_str()?.to_owned(), about.clone(), call.clone()))
            })
        })
        .collect()
}
