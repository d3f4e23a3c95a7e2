//! What may be read of the procedure, by role: the director and the gestor everything, a listener
//! what concerns him, the administrator what keeps the system running.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::control::{Refusal, RefusalKind};
use crate::register::{CallRef, Letterhead, Procedure, Register, Row};
use crate::rules::{Action, Role};

use super::asker::Asker;
use super::call_json;
use super::desk::Desk;
use super::procedure_calls;
use super::procedure_desk::refusal;
use crate::index::{Announced, Query, RecordingRow};
use crate::register::Todo;
use jiff::civil::Date;

/// A map as a list, `O-2` before `O-10`, with the number in each.
fn list<T: Serialize>(map: &BTreeMap<String, T>) -> Value {
    let order = |number: &str| number[2..].parse::<u32>().unwrap_or(u32::MAX);
    let mut numbers: Vec<&String> = map.keys().collect();
    numbers.sort_by_key(|number| order(number));
    let one = |number: &String| {
        let mut value = json!(map[number]);
        if let Some(object) = value.as_object_mut() {
            object.insert("id".into(), json!(number));
        }
        value
    };
    numbers.into_iter().map(one).collect()
}

fn rows(procedure: &Procedure, own: Option<u32>) -> Vec<Row> {
    let mut rows: Vec<Row> = procedure
        .playbacks()
        .values()
        .filter(|playback| own.is_none_or(|uid| playback.uid == uid))
        .map(|playback| playback.row.clone())
        .collect();
    rows.sort_by_key(|row| row.playback[2..].parse::<u32>().unwrap_or(u32::MAX));
    rows
}

impl Desk {
    pub(super) fn view(&self, asker: &Asker, view: &str) -> Result<Value, Refusal> {
        let actor = self.actor(asker);
        let roles = self
            .registrar
            .with(|register| Ok(register.procedure().roles(&actor)));
        let roles = roles.map_err(refusal)?;
        let sees_all = roles.contains(&Role::Director) || roles.contains(&Role::Gestor);
        let listens = roles.contains(&Role::Listener);
        let asi = roles.contains(&Role::Asi);
        let (allowed, action) = match view {
            "todo" => (!roles.is_empty(), Action::Report),
            "own_notices" => (asker.session.is_some(), Action::Report),
            "orders" | "register" => (sees_all || listens, Action::SeeRegister),
            "delete_list" | "deletions" | "suspensions" => (sees_all || asi, Action::SeeRetention),
            "checkpoint" | "checkpoints" => (sees_all || asi, Action::Verify),
            _ => (sees_all, Action::SeeRegister),
        };
        if !allowed {
            self.allow(asker, action)?;
            return Err(Refusal::new(
                RefusalKind::NotAllowed,
                format!("not allowed: {view} is for the director and the gestor"),
                "docs/roles.md shows who may do what",
            ));
        }
        let own = (!sees_all).then_some(asker.uid);
        let answer = self.registrar.with(|register| {
            Ok(match view {
                "todo" => self.todo(register, &roles),
                "checkpoints" => self.registrar.checkpoints(),
                "own_notices" => own_notices(register.procedure(), asker),
                other => seen(register, other, own),
            })
        });
        let mut answer = answer.map_err(refusal)?;
        let mut calls = None;
        match view {
            "orders" => self.kept(&mut answer),
            "holds" => self.held_calls(&mut answer),
            "delete_list" => calls = Some(self.calls_of(&answer)),
            _ => {}
        }
        if answer.is_null() {
            return Err(no_view(view));
        }
        let mut whole = json!({
            view: answer,
            "oldest": self.oldest(),
            "office": self.settings.office.0,
            "months": self.rules.terms().months,
            "letterhead": self.letterhead(),
        });
        if let Some(calls) = calls {
            whole["calls"] = calls;
        }
        Ok(whole)
    }

    /// When the oldest recording that is kept began.
    fn oldest(&self) -> Option<String> {
        let reader = self.reader().ok()?;
        let rows = reader.due(jiff::Timestamp::MAX, 1).ok()?;
        Some(call_json::local(rows.first()?.start, &self.settings.zone))
    }

    /// The calls of some recordings, as an order names them, as far as they are still there.
    fn calls_of(&self, recordings: &Value) -> Value {
        let Ok(reader) = self.reader() else {
            return json!([]);
        };
        let own = |line: &str| self.own_number(line);
        let zone = &self.settings.zone;
        let mut calls: Vec<CallRef> = Vec::new();
        let ids = recordings.as_array().into_iter().flatten();
        for id in ids.filter_map(Value::as_str) {
            let row = procedure_calls::recording(&reader, id).ok();
            let call = row.and_then(|row| row.call).map(|call| call.to_string());
            let call = call.and_then(|id| procedure_calls::call_ref(&reader, &id, zone, &own).ok());
            calls.extend(call.filter(|one| calls.iter().all(|known| known.call != one.call)));
        }
        json!(calls)
    }

    /// Says of every hold which calls it keeps: nobody judges a row of digits.
    fn held_calls(&self, holds: &mut Value) {
        for hold in holds.as_array_mut().into_iter().flatten() {
            hold["calls"] = self.calls_of(&hold["recordings"]);
        }
    }

    /// Says of every recording of orders that is still there whether it is sealed, how many channels it
    /// has and whether a hold was asked for, which a listener does not see in the index.
    fn kept(&self, orders: &mut Value) {
        let Ok(reader) = self.reader() else { return };
        let orders = orders.as_array_mut().into_iter().flatten();
        for call in orders
            .filter_map(|order| order["calls"].as_array_mut())
            .flatten()
        {
            let named = call["recordings"].as_array().into_iter().flatten();
            let rows = named
                .filter_map(Value::as_str)
                .filter_map(|id| procedure_calls::recording(&reader, id).ok());
            let one = |row: RecordingRow| {
                let id = row.id.to_string();
                let held = self
                    .registrar
                    .with(|register| Ok(register.procedure().held().contains(&id)));
                json!({"recording": id, "sealed": row.sealed, "channels": row.channels, "held": held.unwrap_or(false)})
            };
            call["kept"] = rows.map(one).collect();
        }
    }

    /// The head of a letter of today.
    pub(super) fn letterhead(&self) -> Letterhead {
        Letterhead {
            day: Some(self.settings.zone.to_datetime(self.clock.now()).date()),
            ..self.settings.letterhead.clone()
        }
    }

    fn todo(&self, register: &Register, roles: &[Role]) -> Value {
        let all = register.procedure().todo(self.clock.now());
        let own = all
            .into_iter()
            .chain(self.announcement_todo())
            .filter(|todo| todo.is_for(roles));
        json!(own.collect::<Vec<_>>())
    }
}

impl Desk {
    /// The callers of today and yesterday who were not told (§4.1).
    fn announcement_todo(&self) -> Vec<Todo> {
        let today = self.settings.zone.to_datetime(self.clock.now()).date();
        let days = [today.yesterday().ok(), Some(today)];
        let days = days.into_iter().flatten();
        days.filter_map(|day| self.announcement_todo_of(day))
            .collect()
    }

    fn announcement_todo_of(&self, day: Date) -> Option<Todo> {
        let zone = &self.settings.zone;
        let query = Query {
            since: zone.to_timestamp(day.into()).ok(),
            until: zone.to_timestamp(day.tomorrow().ok()?.into()).ok(),
            announcement: Some(Announced::Missing),
            limit: 1_000,
            ..Query::default()
        };
        let calls = self.reader().ok()?.search(&query).ok()?.len() as u64;
        (calls > 0).then(|| Todo::unannounced(day, calls))
    }
}

fn no_view(view: &str) -> Refusal {
    let remedy = "todo, own_notices, designations, reports, orders, register, holds, \
                  disclosures, suspensions, decisions, delete_list, deletions, checkpoint, checkpoints";
    let error = format!("there is no view {view}");
    Refusal::new(RefusalKind::NotFound, error, remedy)
}

/// The orders that concern calls which the person of a session handled, as far as §5.7 has him told:
/// that there is a listening, of which calls, when. Only once his account is confirmed.
fn own_notices(procedure: &Procedure, asker: &Asker) -> Value {
    let account = asker.session.as_ref().map(|through| &through.account);
    let account = account.and_then(|account| procedure.accounts().get(account));
    let Some(account) = account.filter(|account| account.confirmed.is_some()) else {
        return json!([]);
    };
    let name = account.asked.name.to_lowercase();
    let mine = procedure
        .orders()
        .iter()
        .filter(|(_, order)| order.notice.is_some() && order.order.employee.to_lowercase() == name);
    let one = |(number, order): (&String, &crate::register::OrderState)| {
        let calls = order.order.calls.iter();
        let calls: Vec<String> = calls
            .map(|call| format!("{} {}", call.line, day_and_time(&call.start)))
            .collect();
        json!({
            "order": number,
            "calls": calls,
            "from": order.order.from,
            "until": order.order.until,
            "notice": order.notice,
            "revoked": order.revoked,
        })
    };
    mine.map(one).collect()
}

/// `2026-11-26 10:15:02` of a local time in RFC 3339.
fn day_and_time(text: &str) -> String {
    text.get(..19).unwrap_or(text).replace('T', " ")
}

/// The orders, each with its listener's name.
fn orders(procedure: &Procedure) -> Value {
    let mut list = list(procedure.orders());
    for order in list.as_array_mut().into_iter().flatten() {
        let listener = order["listener"].as_str().unwrap_or_default();
        let named = procedure.designations().get(listener);
        order["listener_name"] = json!(named.map(|found| &found.document.name));
    }
    list
}

/// The disclosures; a person's request with those who had recordings of the calls before.
fn disclosures(procedure: &Procedure) -> Value {
    let mut list = list(procedure.disclosures());
    for disclosure in list.as_array_mut().into_iter().flatten() {
        if disclosure["kind"] == "person" {
            let number = disclosure["id"].as_str().unwrap_or_default();
            disclosure["recipients"] = json!(procedure.recipients_before(number));
        }
    }
    list
}

fn seen(register: &Register, view: &str, own: Option<u32>) -> Value {
    let procedure = register.procedure();
    match view {
        "designations" => list(procedure.designations()),
        "reports" => list(procedure.reports()),
        "orders" => match (orders(procedure), own) {
            (Value::Array(orders), Some(uid)) => {
                let mine = |order: &Value| {
                    let listener = order["listener"].as_str().unwrap_or_default();
                    let listener = procedure.designations().get(listener);
                    listener.is_some_and(|listener| listener.document.uid == uid)
                };
                orders.into_iter().filter(mine).collect()
            }
            (orders, _) => orders,
        },
        "register" => {
            let rows = rows(procedure, own);
            let one = |row: &Row| {
                let mut value = json!(row);
                value["missing"] = json!(row.missing());
                let heard = procedure.playbacks().get(&row.playback);
                value["uid"] = json!(heard.map(|playback| playback.uid));
                value
            };
            let rows: Vec<Value> = rows.iter().map(one).collect();
            json!({"rows": rows, "head": register.log().head().to_string()})
        }
        "holds" => list(procedure.holds()),
        "disclosures" => disclosures(procedure),
        "suspensions" => list(procedure.suspensions()),
        "decisions" => list(procedure.decisions()),
        "delete_list" => json!(procedure.delete_list()),
        "deletions" => {
            let gone = procedure.deletions().iter();
            let gone: Vec<Value> = gone
                .map(|(at, gone)| json!({"at": at, "gone": gone}))
                .collect();
            json!({"gone": gone, "held": procedure.held().len()})
        }
        "checkpoint" => json!({
            "note": register.log().signed_checkpoint(),
            "head": register.log().head().to_string(),
            "entries": register.log().size(),
            "key": register.log().public_key(),
        }),
        _ => Value::Null,
    }
}
