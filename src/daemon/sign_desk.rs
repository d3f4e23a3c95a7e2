//! The text that somebody is to sign, and whom and what the numbers in it stand for.

use serde_json::{Map, Value, json};

use crate::control::{Refusal, RefusalKind};
use crate::register::{
    Act, Begin, Procedure, RowFacts, act_text, needs_signature, order_text, row_text,
};
use crate::rules::Role;

use super::asker::Asker;
use super::desk::Desk;
use super::procedure_desk::refusal;

impl Desk {
    /// The text to sign for an act, the head in it, and what its numbers stand for. Whether the act
    /// would be admitted is said only when it is entered; a row is shown only to whom the register
    /// shows it.
    pub(super) fn prepare(&self, asker: &Asker, act: &Value) -> Result<Value, Refusal> {
        let actor = self.actor(asker);
        let head = self
            .registrar
            .with(|register| Ok(register.log().head().to_string()));
        let head = head.map_err(refusal)?;
        let parsed = match act["act"].as_str() {
            Some("listen") => listening(act),
            _ => parsed(act.clone(), &head)?,
        };
        let prepared = self.registrar.with(|register| {
            let procedure = register.procedure();
            let roles = procedure.roles(&actor);
            let own = match roles.contains(&Role::Director) || roles.contains(&Role::Gestor) {
                true => None,
                false => Some(asker.uid),
            };
            let text = match &parsed {
                Act::Order(order) => Some((order_text(order), order.head.clone())),
                Act::Sign { playback, .. } => {
                    let row = procedure.playbacks().get(playback);
                    let row = row.filter(|found| own.is_none_or(|uid| found.uid == uid));
                    row.map(|found| (row_text(&found.row, &head), head.clone()))
                }
                other => Some((
                    act_text(register.log().origin(), &head, other),
                    head.clone(),
                )),
            };
            Ok(text.map(|text| (text, stands_for(procedure, own, act))))
        });
        let Some(((text, head), about)) = prepared.map_err(refusal)? else {
            let remedy = "the list commands show the numbers";
            return Err(Refusal::new(
                RefusalKind::NotFound,
                "there is no such row",
                remedy,
            ));
        };
        let needed = needs_signature(&parsed);
        Ok(json!({"text": text, "head": head, "needed": needed, "about": about}))
    }
}

/// An act that is to be signed; an order and a row, which carry head and signature themselves, may
/// come without.
fn parsed(mut act: Value, head: &str) -> Result<Act, Refusal> {
    if matches!(act["act"].as_str(), Some("order" | "sign"))
        && let Some(fields) = act.as_object_mut()
    {
        fields.entry("head").or_insert_with(|| json!(head));
        fields.entry("signature").or_insert_with(|| json!(""));
    }
    serde_json::from_value(act).map_err(|error| {
        let remedy = "docs/procedure.md lists the acts and their fields";
        Refusal::new(RefusalKind::Invalid, format!("not an act: {error}"), remedy)
    })
}

/// A listening as far as it is signed: order and recording.
fn listening(act: &Value) -> Act {
    let text = |field: &str| act[field].as_str().unwrap_or_default().to_owned();
    Act::Begin(Begin {
        order: text("order"),
        call: String::new(),
        recording: text("recording"),
        facts: RowFacts {
            called: String::new(),
            calling: String::new(),
            date: String::new(),
            start: String::new(),
            end: String::new(),
            heard_on: String::new(),
            sha256: String::new(),
        },
        parties: String::new(),
    })
}

/// Whom or what each number that an act names stands for, as far as the person may see it: `own` is
/// the user number of one who sees only what concerns himself.
fn stands_for(procedure: &Procedure, own: Option<u32>, act: &Value) -> Map<String, Value> {
    let fields = [
        "account",
        "designation",
        "disclosure",
        "hold",
        "listener",
        "order",
    ];
    let known = fields.iter().filter_map(|field| {
        let number = act[*field].as_str()?;
        let words = named(procedure, own, number)?;
        Some((number.to_owned(), json!(words)))
    });
    known.collect()
}

fn named(procedure: &Procedure, own: Option<u32>, number: &str) -> Option<String> {
    let listener = match procedure.orders().get(number) {
        Some(order) => order.order.listener.as_str(),
        None => number,
    };
    if let Some(found) = procedure.designations().get(listener) {
        let document = &found.document;
        let seen = own.is_none_or(|uid| uid == document.uid);
        return seen.then(|| format!("{}, {}", document.name, document.post));
    }
    if own.is_some() {
        return None;
    }
    if let Some(found) = procedure.accounts().get(number) {
        return Some(format!("{}, {}", found.asked.name, found.asked.post));
    }
    if let Some(found) = procedure.disclosures().get(number) {
        return Some(format!("{}, {}", found.asked.who, found.asked.request));
    }
    let hold = procedure.holds().get(number);
    hold.map(|found| found.asked.case.clone())
}
