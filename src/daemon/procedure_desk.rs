//! The procedure over the control socket: who asks is known from the kernel, what is entered is
//! decided by the register, and a refusal says what to do.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use crate::control::{Refusal, RefusalKind, Request};
use crate::register::{
    Act, AddAccount, Entry, Refused, RegisterError, Signature, check, needs_signature,
};
use crate::rules::Action;

use super::asker::Asker;
use super::desk::Desk;
use super::procedure_audio::Listening;
use super::procedure_calls;
use super::registrar::RegistrarError;

impl Desk {
    pub(super) fn procedure(&self, asker: &Asker, request: Request) -> Result<Value, Refusal> {
        match request {
            Request::Act {
                act,
                head,
                signature,
            } => self.act(asker, act, signed(head, signature).as_ref()),
            Request::Prepare { act } => self.prepare(asker, &act),
            Request::Procedure { view } => self.view(asker, &view),
            Request::Name { calls } => self.name(asker, &calls),
            Request::Keys { of } => self.keys(asker, &of),
            Request::Release {
                order,
                wrappings,
                head,
                signature,
            } => self.release(asker, &order, &wrappings, signed(head, signature).as_ref()),
            Request::Listen {
                order,
                recording,
                parties,
                head,
                signature,
            } => {
                let asked = Listening {
                    order: &order,
                    recording: recording.as_deref(),
                    parties,
                    signed: signed(head, signature),
                };
                self.listen(asker, asked)
            }
            Request::Export {
                disclosure,
                head,
                signature,
            } => self.export(asker, &disclosure, signed(head, signature).as_ref()),
            Request::Fetch {
                gate,
                recording,
                offset,
            } => self.fetch(asker, &gate, &recording, offset),
            Request::VerifyLog { checkpoints } => self.verify_log(asker, &checkpoints),
            accounts => self.account_request(asker, accounts),
        }
    }

    fn account_request(&self, asker: &Asker, request: Request) -> Result<Value, Refusal> {
        match request {
            Request::Who {} => self.who(asker),
            Request::Completeness { days } => self.days(asker, days),
            Request::SignOut {} => self.sign_out(asker),
            Request::Enrol {} => self.enrol(asker),
            Request::SetPassword { old, new, totp } => self.set_password(asker, &old, &new, &totp),
            Request::Accounts {} => self.list_accounts(asker),
            Request::AccountAdd {
                login,
                name,
                post,
                roles,
                uid,
            } => {
                let add = AddAccount {
                    login,
                    name,
                    post,
                    roles,
                    uid,
                };
                self.add_account(asker, add)
            }
            Request::AccountEnd { account, reason } => self.end_account(asker, account, reason),
            Request::AccountReset { account } => self.reset_account(asker, &account),
            Request::AccountUnlock { account } => self.unlock_account(asker, account),
            _ => Err(Refusal::new(
                RefusalKind::Invalid,
                "this request is not answered here",
                "see docs/procedure.md",
            )),
        }
    }

    /// Enters an act; through a session with the person's signature, where one is needed.
    pub(super) fn enter(
        &self,
        asker: &Asker,
        act: &Act,
        signed: Option<&Signature>,
    ) -> Result<(Entry, Option<String>), Refusal> {
        let actor = self.actor(asker);
        let entered = match signed {
            Some(signed) => self
                .registrar
                .with(|register| register.enter_signed(&actor, act, signed)),
            None if asker.session.is_some() && needs_signature(act) => {
                return Err(unsigned());
            }
            None => self.registrar.with(|register| register.enter(&actor, act)),
        };
        entered.map_err(refusal)
    }

    fn act(&self, asker: &Asker, act: Value, signed: Option<&Signature>) -> Result<Value, Refusal> {
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
        if matches!(
            act,
            Act::AddAccount(_)
                | Act::EndAccount { .. }
                | Act::ResetAccount { .. }
                | Act::UnlockAccount { .. }
        ) {
            return Err(Refusal::new(
                RefusalKind::Invalid,
                "an account is not changed by hand",
                "use the requests account_add, account_end, account_reset and account_unlock",
            ));
        }
        let (entry, number) = self.enter(asker, &act, signed)?;
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
    fn name(&self, asker: &Asker, calls: &[String]) -> Result<Value, Refusal> {
        self.allow_any(asker, &[Action::SeeCalls])?;
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

    pub(super) fn own_number(&self, line: &str) -> String {
        let labels = &self.settings.lines;
        let found = labels.iter().find(|label| label.name == line);
        found.map(|label| label.number.clone()).unwrap_or_default()
    }

    fn verify_log(&self, asker: &Asker, checkpoints: &[String]) -> Result<Value, Refusal> {
        self.allow(asker, Action::Verify)?;
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

/// A signature, if both its parts came.
fn signed(head: Option<String>, signature: Option<String>) -> Option<Signature> {
    let (head, signature) = head.zip(signature)?;
    Some(Signature { head, signature })
}

/// What is asked through a session without the signature it needs.
pub(super) fn unsigned() -> Refusal {
    Refusal::new(
        RefusalKind::Invalid,
        "through the console this needs the person's signature",
        "`prepare` gives the text to sign; head and signature go with the request",
    )
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
