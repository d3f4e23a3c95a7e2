//! What is still missing, and who may move it: the lists read as a to-do list for each role.

use jiff::Timestamp;
use serde::Serialize;

use super::act::{DisclosureKind, Notice, Outcome};
use super::procedure::{DisclosureState, OrderState, Procedure};
use crate::rules::Role;

impl Todo {
    /// So many incoming calls of a day went without the announcement (§4.1).
    pub fn unannounced(day: jiff::civil::Date, calls: u64) -> Self {
        let what = format!(
            "wyjaśnić, dlaczego {} nie odtworzono komunikatu (§ 4 ust. 1): linetap announcement missing --day {day}",
            match calls {
                1 => "w 1 rozmowie przychodzącej".to_owned(),
                _ => format!("w {calls} rozmowach przychodzących"),
            }
        );
        todo(&[Role::Gestor, Role::Asi], &day.to_string(), what)
    }

    /// Whether it is for somebody with one of these roles.
    pub fn is_for(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.roles.contains(&role.word()))
    }
}

/// One thing to do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Todo {
    /// Words of the roles that may.
    pub roles: Vec<&'static str>,
    /// The number it is about.
    pub about: String,
    /// What, in Polish, as the office reads it.
    pub what: String,
}

fn todo(roles: &[Role], about: &str, what: impl Into<String>) -> Todo {
    Todo {
        roles: roles.iter().map(|role| role.word()).collect(),
        about: about.to_owned(),
        what: what.into(),
    }
}

impl Procedure {
    /// Everything to do at `now`, by number.
    pub fn todo(&self, now: Timestamp) -> Vec<Todo> {
        let mut list = Vec::new();
        for (number, report) in &self.reports {
            if report.orders.is_empty() && report.refused.is_none() {
                let what = "rozpatrzyć zgłoszenie: polecenie odsłuchania albo odmowa (§ 5 ust. 6)";
                list.push(todo(&[Role::Director], number, what));
            }
        }
        for (number, order) in &self.orders {
            self.order_todo(number, order, now, &mut list);
        }
        for (number, playback) in &self.playbacks {
            let missing = playback.row.missing();
            if !missing.is_empty() {
                let what = format!(
                    "uzupełnić wpis w ewidencji, brak pól: {}",
                    missing.join(", ")
                );
                list.push(todo(&[Role::Listener, Role::Gestor], number, what));
            }
        }
        self.keeping_todo(now, &mut list);
        list
    }

    fn order_todo(&self, number: &str, order: &OrderState, now: Timestamp, list: &mut Vec<Todo>) {
        let employee = &order.order.employee;
        match &order.notice {
            Some(Notice::Given { .. }) => {}
            Some(Notice::Absent { note }) => {
                let what = format!(
                    "poinformować pracownika po powrocie: {employee} (nieobecny: {note}; § 5 ust. 7)"
                );
                list.push(todo(
                    &[Role::Director, Role::Gestor, Role::Listener],
                    number,
                    what,
                ));
            }
            None if order.revoked.is_none() && now < order.order.until => {
                let what =
                    format!("poinformować pracownika przed odsłuchaniem: {employee} (§ 5 ust. 7)");
                list.push(todo(
                    &[Role::Director, Role::Gestor, Role::Listener],
                    number,
                    what,
                ));
            }
            None => {}
        }
        let open = order.revoked.is_none() && now < order.order.until;
        if open && order.notice.is_some() && !order.released {
            list.push(todo(
                &[Role::Director],
                number,
                "wydać klucze osobie odsłuchującej",
            ));
        }
        if open && order.released && order.playbacks.is_empty() {
            let until = super::polish::moment(order.order.until, &self.zone);
            let what = format!("odsłuchać nagranie do {until}");
            list.push(todo(&[Role::Listener], number, what));
        }
        if !order.playbacks.is_empty() && order.finding.is_none() {
            let roles = [Role::Listener, Role::Director];
            list.push(todo(
                &roles,
                number,
                "wpisać ustalenia z odsłuchania (§ 7 ust. 1)",
            ));
        }
        let wants_hold = order
            .finding
            .as_ref()
            .is_some_and(|f| f.outcome == Outcome::Hold);
        let held = order.order.calls.iter().flat_map(|call| &call.recordings);
        if wants_hold && held.clone().any(|id| self.holds_on(id).is_empty()) {
            let what = "wystąpić o zabezpieczenie nagrania jako dowodu (§ 3 ust. 4)";
            list.push(todo(&[Role::Listener, Role::Director], number, what));
        }
    }

    fn keeping_todo(&self, now: Timestamp, list: &mut Vec<Todo>) {
        let judges = [Role::Director, Role::Gestor];
        let today = self.zone.to_datetime(now).date();
        for (number, hold) in &self.holds {
            if hold.judged.is_none() && hold.ended.is_none() {
                list.push(todo(
                    &judges,
                    number,
                    "rozstrzygnąć o zabezpieczeniu (§ 3 ust. 5)",
                ));
            } else if hold.ended.is_none() && hold.asked.review <= today {
                let what = "sprawdzić, czy postępowanie nadal trwa (§ 3 ust. 4)";
                list.push(todo(&judges, number, what));
            }
        }
        for (number, disclosure) in &self.disclosures {
            self.disclosure_todo(number, disclosure, list);
        }
        for id in self.delete_list() {
            if !self.to_delete.contains(&id) {
                list.push(todo(
                    &[Role::Asi],
                    &id,
                    "usunąć nagranie bez uzasadnienia (§ 3 ust. 5)",
                ));
            }
        }
    }

    fn disclosure_todo(&self, number: &str, disclosure: &DisclosureState, list: &mut Vec<Todo>) {
        let judges = [Role::Director, Role::Gestor];
        let person = disclosure.asked.kind == DisclosureKind::Person;
        let (roles, what): (&[Role], String) = match &disclosure.judged {
            None if person => {
                let entered = self.zone.to_datetime(disclosure.at).date();
                let what = format!(
                    "rozpatrzyć wniosek osoby o dostęp do danych, wpisany {entered} (art. 15 RODO; \
                     odpowiedź w ciągu miesiąca od wpływu – art. 12 ust. 3)"
                );
                (&[Role::Director], what)
            }
            None => (
                &[Role::Director],
                "rozpatrzyć wniosek o udostępnienie (§ 7 ust. 2)".into(),
            ),
            Some((true, _)) if disclosure.asked.calls.is_empty() => {
                if disclosure.handed_over.is_some() {
                    return;
                }
                let what = "odpowiedzieć osobie, że nagrań jej rozmów nie ma, i odnotować to (art. 15 RODO)";
                (&judges, what.into())
            }
            // The gestor may make it at a terminal, if he is given a key; in a browser the director does.
            Some((true, _)) if disclosure.exports == 0 => {
                let what = match person {
                    true => "sporządzić nośnik z kopią nagrań dla osoby (art. 15 ust. 3 RODO)",
                    false => "sporządzić nośnik (§ 7 ust. 3)",
                };
                (&[Role::Director], what.into())
            }
            Some((true, _)) if disclosure.handed_over.is_none() => {
                let what = match person {
                    true => {
                        "przekazać osobie odpowiedź i nośnik, odnotować przekazanie (art. 15 RODO)"
                    }
                    false => "przekazać nośnik i odnotować przekazanie (§ 7 ust. 3)",
                };
                (&judges, what.into())
            }
            Some(_) => return,
        };
        list.push(todo(roles, number, what));
    }
}
