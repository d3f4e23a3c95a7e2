//! Who somebody is.

use serde_json::{Value, json};

use crate::control::Refusal;
use crate::register::Procedure;

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
