//! The procedure over the control socket: who asks is known from the kernel, what is entered is
//! decided by the register, and a refusal says what to do.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use crate::control::{Peer, Refusal, RefusalKind, Request};
use crate::register::{Act, Actor, Refused, RegisterError, check};
use crate::rules::Action;

use super::desk::Desk;
use super::procedure_calls;
use super::registrar::RegistrarError;

impl Desk {
    pub(super) fn procedure(&self, peer: &Peer, request: Request) -> Result<Value, Refusal> {
        match request {
            Request::Act { act } => self.act(peer, act),
            Request::Procedure { view } => self.view(peer, &view),
            Request::Name { calls } => self.name(peer, &calls),
            Request::Keys { of } => self.keys(peer, &of),
            Request::Release { order, wrappings } => self.release(peer, &order, &wrappings),
            Request::Listen {
                order,
                recording,
                parties,
            } => self.listen(peer, &order, recording.as_deref(), parties),
            Request::Export { disclosure } => self.export(peer, &disclosure),
            Request::Fetch {
                gate,
                recording,
                offset,
            } => self.fetch(peer, &gate, &recording, offset),
            Request::VerifyLog { checkpoints } => self.verify_log(peer, &checkpoints),
            _ => Err(Refusal::new(
                RefusalKind::Invalid,
                "this request is not answered here",
                "see docs/procedure.md",
            )),
        }
    }

    /// The peer as the register knows it, now.
    pub(super) fn actor(&self, peer: &Peer) -> Actor {
        Actor::person(peer.uid, &self.roles(peer), self.clock.now())
    }

    fn act(&self, peer: &Peer, act: Value) -> Result<Value, Refusal> {
        let act: Act = serde_json::from_value(act).map_err(|error| {
            let remedy = "docs/procedure.md lists the acts and their fields";
            Refusal::new(RefusalKind::Invalid, format!("not an act: {error}"), remedy)
        })?;
        // These three do more than write: they go through their own requests.
        if matches!(
            act,
            Act::Begin(_) | Act::Export { .. } | Act::Release { .. }
        ) {
            return Err(Refusal::new(
                RefusalKind::Invalid,
                "a listening, an export and a release are not entered by hand",
                "use the requests listen, export and release",
            ));
        }
        let actor = self.actor(peer);
        let entered = self.registrar.with(|register| register.enter(&actor, &act));
        let (entry, number) = entered.map_err(refusal)?;
        if matches!(act, Act::Suspend(_) | Act::Resume { .. }) {
            self.registrar.suspend_lines(&self.rules);
        }
        if matches!(act, Act::ConfirmClock { .. }) {
            let confirmed = &self.retention.clock_confirmed;
            confirmed.store(true, Ordering::Release);
        }
        Ok(json!({
            "number": number,
            "entry": entry.seq,
            "hash": entry.hash.to_string(),
        }))
    }

    /// Calls as an order names them, and the head that its signature must carry.
    fn name(&self, peer: &Peer, calls: &[String]) -> Result<Value, Refusal> {
        self.allow_any(peer, &[Action::SeeCalls])?;
        let reader = self.reader().map_err(|error| {
            Refusal::new(RefusalKind::Failed, error.to_string(), "the log says more")
        })?;
        let own = |line: &str| self.own_number(line);
        let named: Result<Vec<_>, Refusal> = calls
            .iter()
            .map(|id| procedure_calls::call_ref(&reader, id, &self.settings.zone, &own))
            .collect();
        let head = self.registrar.with(|register| Ok(register.log().head()));
        let head = head.map_err(refusal)?.to_string();
        Ok(json!({
            "calls": named?,
            "head": head,
            "now": self.clock.now().to_string(),
            "zone": self.settings.zone.iana_name(),
        }))
    }

    fn own_number(&self, line: &str) -> String {
        let labels = &self.settings.lines;
        let found = labels.iter().find(|label| label.name == line);
        found.map(|label| label.number.clone()).unwrap_or_default()
    }

    fn verify_log(&self, peer: &Peer, checkpoints: &[String]) -> Result<Value, Refusal> {
        self.allow(peer, Action::Verify)?;
        let key = self
            .registrar
            .with(|register| Ok(register.log().public_key()));
        let public = match key {
            Ok(public) => public,
            Err(_) => crate::register::SecretKey::read(&self.registrar.dir.join("key"))
                .map(|key| key.public())
                .map_err(|error| refusal(RegistrarError::Register(error)))?,
        };
        let checked = check(&self.registrar.dir, &public, checkpoints)
            .map_err(|error| refusal(RegistrarError::Register(error)))?;
        let problems: Vec<Value> = checked
            .problems
            .iter()
            .map(
                |problem| json!({"file": problem.file, "line": problem.line, "what": problem.what}),
            )
            .collect();
        Ok(json!({
            "entries": checked.entries,
            "erased": checked.erased,
            "head": checked.head.to_string(),
            "key": public,
            "sound": problems.is_empty(),
            "problems": problems,
        }))
    }
}

/// What the register refused, as the socket says it.
pub(super) fn refusal(error: RegistrarError) -> Refusal {
    let text = error.to_string();
    let RegistrarError::Register(RegisterError::Refused(refused)) = error else {
        let remedy = "nothing was entered; the administrator finds more in the recorder's log";
        return Refusal::new(RefusalKind::Failed, text, remedy);
    };
    match refused {
        Refused::Role(why) => Refusal::new(
            RefusalKind::NotAllowed,
            format!("not allowed: {why}"),
            "docs/roles.md shows who may do what",
        ),
        Refused::Unknown(what) => Refusal::new(
            RefusalKind::NotFound,
            format!("there is no {what}"),
            "the list commands show the numbers",
        ),
        Refused::State { what, remedy } => Refusal::new(RefusalKind::Invalid, what, remedy),
    }
}
