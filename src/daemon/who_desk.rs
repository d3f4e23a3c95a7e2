//! Who somebody is, and the text he is to sign.

use serde_json::{Value, json};

use crate::control::{Refusal, RefusalKind};
use crate::register::{
    Act, Begin, Procedure, RowFacts, act_text, needs_signature, order_text, row_text,
};

use super::asker::Asker;
use super::call_json::local;
use super::desk::Desk;
use super::procedure_desk::refusal;

impl Desk {
    pub(super) fn who(&self, asker: &Asker) -> Result<Value, Refusal> {
        let actor = self.actor(asker);
        let now = actor.now;
        let mut answer = json!({
            "uid": asker.uid,
            "office": self.settings.office.0,
            "site": self.settings.office.1,
            "zone": self.settings.zone.iana_name(),
            "now": now.to_string(),
            "local": local(now, &self.settings.zone),
        });
        let roles = self.all_roles(asker);
        answer["roles"] = roles.iter().map(|role| role.word()).collect();
        if let Some(through) = &asker.session {
            let mut book = self.book();
            if let Some(session) = book.sessions.touch(&through.token, now) {
                answer["must_change"] = json!(session.must_change);
                answer["expires"] = json!(session.expires().to_string());
            }
        }
        let known = self.registrar.with(|register| {
            let procedure = register.procedure();
            let account = asker.session.as_ref().map(|through| &through.account);
            person(procedure, account, &mut answer);
            let keys = procedure.keys_of(&actor);
            answer["key"] = json!(keys.first());
            answer["keys"] = json!(keys);
            designated(procedure, &actor, &mut answer);
            answer["head"] = json!(register.log().head().to_string());
            answer["origin"] = json!(register.log().origin());
            Ok(())
        });
        known.map_err(refusal)?;
        Ok(answer)
    }

    /// The text to sign for an act, and the head in it. Whether the act would be admitted is said
    /// only when it is entered.
    pub(super) fn prepare(&self, act: &Value) -> Result<Value, Refusal> {
        let head = self
            .registrar
            .with(|register| Ok(register.log().head().to_string()));
        let head = head.map_err(refusal)?;
        let act = match act["act"].as_str() {
            Some("listen") => listening(act),
            _ => parsed(act.clone(), &head)?,
        };
        let prepared = self.registrar.with(|register| {
            Ok(match &act {
                Act::Order(order) => Some((order_text(order), order.head.clone())),
                Act::Sign { playback, .. } => {
                    let row = register.procedure().playbacks().get(playback);
                    row.map(|found| (row_text(&found.row, &head), head.clone()))
                }
                other => Some((
                    act_text(register.log().origin(), &head, other),
                    head.clone(),
                )),
            })
        });
        let Some((text, head)) = prepared.map_err(refusal)? else {
            let remedy = "the list commands show the numbers";
            return Err(Refusal::new(
                RefusalKind::NotFound,
                "there is no such row",
                remedy,
            ));
        };
        Ok(json!({"text": text, "head": head, "needed": needs_signature(&act)}))
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

fn person(procedure: &Procedure, account: Option<&String>, answer: &mut Value) {
    let Some((number, account)) = account.and_then(|n| procedure.accounts().get_key_value(n))
    else {
        return;
    };
    answer["account"] = json!(number);
    answer["login"] = json!(account.asked.login);
    answer["name"] = json!(account.asked.name);
    answer["post"] = json!(account.asked.post);
    answer["shown"] = json!(account.shown);
    answer["waits"] = json!(account.waits());
    answer["recipient"] = json!(account.confirmed.as_ref().and_then(|c| c.recipient.clone()));
}

fn designated(procedure: &Procedure, actor: &crate::register::Actor, answer: &mut Value) {
    let own = procedure.designations().iter().filter(|(_, designation)| {
        Some(designation.document.uid) == actor.uid()
            && designation.valid(actor.now, procedure.zone())
    });
    let mut list = Vec::new();
    for (number, designation) in own {
        let mut value = json!(designation);
        value["id"] = json!(number);
        list.push(value);
        if let Some(recipient) = &designation.document.recipient {
            answer["recipient"] = json!(recipient);
        }
    }
    answer["designations"] = json!(list);
}
