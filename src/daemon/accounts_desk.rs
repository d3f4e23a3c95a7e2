//! Accounts of the console over the control socket: signing in and out, and the administrator's
//! work on them. Every sign-in and every refusal is in the register's log before it is answered.

use std::path::Path;
use std::sync::{MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::control::{Peer, Refusal, RefusalKind};
use crate::register::accounts::{
    Attempts, CredentialError, Credentials, Factor, NotIn, Session, Sessions,
};
use crate::register::{Act, Actor, AddAccount, RegisterError};
use crate::rules::Action;
use crate::vault::keys::fingerprint;

use super::asker::{Asker, Through};
use super::call_json::local;
use super::desk::Desk;
use super::procedure_desk::refusal;
use super::registrar::RegistrarError;

/// What opens accounts and who is in. Locked before the register, never after.
pub(crate) struct AccountBook {
    credentials: Result<Credentials, String>,
    attempts: Attempts,
    pub(super) sessions: Sessions,
}

impl AccountBook {
    /// Of the register in `dir`. Damage shuts the accounts, not the recorder.
    pub(crate) fn open(dir: &Path) -> Self {
        let credentials = Credentials::open(dir).map_err(|error| error.to_string());
        if let Err(error) = &credentials {
            log::error!("accounts: {error}; nobody can sign in to the console");
        }
        Self {
            credentials,
            attempts: Attempts::default(),
            sessions: Sessions::default(),
        }
    }

    fn credentials(&mut self) -> Result<&mut Credentials, Refusal> {
        self.credentials.as_mut().map_err(|error| {
            let remedy = "restore accounts.json from a backup, or remove it and reset the accounts";
            Refusal::new(RefusalKind::Failed, error.clone(), remedy)
        })
    }
}

/// What is given to sign in.
pub(super) struct SignIn {
    pub(super) login: String,
    pub(super) password: String,
    pub(super) totp: String,
}

fn credential(error: CredentialError) -> Refusal {
    match error {
        CredentialError::Register(error) => refusal(RegistrarError::Register(error)),
        CredentialError::Refused(why) => Refusal::new(RefusalKind::Invalid, why, "choose another"),
    }
}

fn disk(error: RegisterError) -> Refusal {
    refusal(RegistrarError::Register(error))
}

/// `A-2` stands before `A-10`.
fn number(id: &Value) -> u32 {
    let digits = id.as_str().and_then(|id| id.get(2..));
    digits
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(u32::MAX)
}

/// Fingerprints of an account's keys: what people compare in person or on paper.
fn prints(account: &crate::register::AccountState) -> Value {
    let shown = account.shown.as_ref();
    json!({
        "shown": shown.map(|(key, _)| fingerprint(key)),
        "recipient": shown.and_then(|(_, recipient)| recipient.as_deref().map(fingerprint)),
        "in_force": account.confirmed.as_ref().and_then(|c| c.key.as_deref().map(fingerprint)),
    })
}

fn no_session() -> Refusal {
    Refusal::new(RefusalKind::Invalid, "this needs a session", "sign in")
}

impl Desk {
    pub(super) fn book(&self) -> MutexGuard<'_, AccountBook> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Accounts of people that are shut now: the reading of the alarm.
    pub(super) fn locked_accounts(&self) -> f64 {
        let now = self.clock.now();
        let book = self.book();
        let known = self.registrar.with(|register| {
            let procedure = register.procedure();
            let shut = book.attempts.locked_now(now);
            Ok(shut
                .filter(|login| procedure.account_of(login).is_some())
                .count())
        });
        known.unwrap_or(0) as f64
    }

    fn enter_own(&self, act: &Act, now: Timestamp) -> Result<(), Refusal> {
        let entered = self
            .registrar
            .with(|register| register.enter(&Actor::recorder(now), act).map(drop));
        entered.map_err(refusal)
    }

    pub(super) fn sign_in(&self, peer: &Peer, given: &SignIn) -> Result<Value, Refusal> {
        if !self.carries_sessions(peer) {
            let remedy = "open the console in a browser";
            let error = "sign-in is taken from the console alone";
            return Err(Refusal::new(RefusalKind::NotAllowed, error, remedy));
        }
        let now = self.clock.now();
        let login = given.login.trim().to_lowercase();
        let mut book = self.book();
        self.admit_attempt(&mut book, &login, now)?;
        let account = self.registrar.with(|register| {
            let found = register.procedure().account_of(&login);
            Ok(found.map(|(number, account)| (number.clone(), account.asked.name.clone())))
        });
        let account = account.map_err(refusal)?;
        let number = account.as_ref().map(|(number, _)| number.as_str());
        let checked = book
            .credentials()?
            .check(number, &given.password, &given.totp, now);
        match (checked.map_err(disk)?, account) {
            (Ok(must_change), Some((number, name))) => {
                let account = number.clone();
                self.enter_own(&Act::SignedIn { account }, now)?;
                book.attempts.clear(&login);
                let begun = book.sessions.begin(&number, must_change, now);
                let (token, session) = begun.map_err(credential)?;
                Ok(json!({
                    "session": token,
                    "name": name,
                    "must_change": must_change,
                    "expires": session.expires().to_string(),
                }))
            }
            (Err(why), account) => {
                let number = account.map(|(number, _)| number);
                Err(self.not_in(&mut book, &login, number, why))
            }
            (Ok(_), None) => Err(self.not_in(&mut book, &login, None, NotIn::Unknown)),
        }
    }

    fn admit_attempt(
        &self,
        book: &mut AccountBook,
        login: &str,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        book.attempts.admit(login, now).map_err(|until| {
            let until = local(until, &self.settings.zone);
            let until = until.get(11..16).unwrap_or_default();
            Refusal::new(
                RefusalKind::TooMany,
                format!("too many attempts; shut until {until}"),
                "wait, or ask the administrator to unlock the account",
            )
        })
    }

    /// Enters a refusal; what is answered does not say which part was wrong.
    fn not_in(
        &self,
        book: &mut AccountBook,
        login: &str,
        account: Option<String>,
        why: NotIn,
    ) -> Refusal {
        let now = self.clock.now();
        let locked = book.attempts.failed(login, now);
        let count = 1 + book.attempts.turned_away();
        let why = why.word().to_owned();
        let act = Act::SignInRefused {
            account: account.clone(),
            why,
            count,
        };
        if let Err(refusal) = self.enter_own(&act, now) {
            return refusal;
        }
        if let (Some(until), Some(account)) = (locked, account) {
            log::warn!("console: account {account} is shut after too many attempts to sign in");
            if let Err(refusal) = self.enter_own(&Act::AccountLocked { account, until }, now) {
                return refusal;
            }
        }
        Refusal::new(
            RefusalKind::NotAllowed,
            "name, password or code are not right",
            "try again; after five failures the account is shut for a time",
        )
    }

    pub(super) fn sign_out(&self, asker: &Asker) -> Result<Value, Refusal> {
        let through = asker.session.as_ref().ok_or_else(no_session)?;
        if let Some(account) = self.book().sessions.end(&through.token) {
            self.enter_own(&Act::SignedOut { account }, self.clock.now())?;
        }
        Ok(json!({}))
    }

    /// Offers a second factor; it counts once a code has proved it. Asked again in the same session it
    /// is the same one: a page that is shown twice must not undo what was scanned.
    pub(super) fn enrol(&self, asker: &Asker) -> Result<Value, Refusal> {
        let through = asker.session.as_ref().ok_or_else(no_session)?;
        let login = self.login_of(through)?;
        let fresh = Factor::new().map_err(credential)?;
        let secret = self.with_session(through, |session| {
            session.offered.get_or_insert(fresh).base32()
        })?;
        let uri = format!(
            "otpauth://totp/linetap:{login}?secret={secret}&issuer=linetap&digits=6&period=30"
        );
        Ok(json!({"secret": secret, "uri": uri}))
    }

    fn login_of(&self, through: &Through) -> Result<String, Refusal> {
        let found = self.registrar.with(|register| {
            let found = register.procedure().accounts().get(&through.account);
            Ok(found.map(|found| found.asked.login.clone()))
        });
        found.map_err(refusal)?.ok_or_else(no_session)
    }

    fn with_session<T>(
        &self,
        through: &Through,
        work: impl FnOnce(&mut Session) -> T,
    ) -> Result<T, Refusal> {
        let mut book = self.book();
        let session = book.sessions.touch(&through.token, self.clock.now());
        session.map(work).ok_or_else(no_session)
    }

    pub(super) fn set_password(
        &self,
        asker: &Asker,
        old: &str,
        new: &str,
        code: &str,
    ) -> Result<Value, Refusal> {
        let through = asker.session.as_ref().ok_or_else(no_session)?;
        let (offered, first) = self.with_session(through, |session| {
            (session.offered.clone(), session.must_change)
        })?;
        let login = self.login_of(through)?;
        let now = self.clock.now();
        let mut book = self.book();
        if !first {
            self.admit_attempt(&mut book, &login, now)?;
            // With a new factor the old one may be lost: the password alone proves the person, who
            // is signed in with both.
            let account = Some(through.account.as_str());
            let checked = match &offered {
                Some(_) => book.credentials()?.check_password(&through.account, old),
                None => {
                    let checked = book.credentials()?.check(account, old, code, now);
                    checked.map_err(disk)?.map(drop)
                }
            };
            if let Err(why) = checked {
                let number = Some(through.account.clone());
                return Err(self.not_in(&mut book, &login, number, why));
            }
        }
        let factor = offered.as_ref().map(|factor| (factor, code));
        let set = book.credentials()?.set(&through.account, new, factor, now);
        set.map_err(credential)?;
        book.sessions
            .end_all_of(&through.account, Some(&through.token));
        if let Some(session) = book.sessions.touch(&through.token, now) {
            (session.must_change, session.offered) = (false, None);
        }
        drop(book);
        let account = through.account.clone();
        self.enter_own(&Act::PasswordSet { account }, now)?;
        Ok(json!({}))
    }

    pub(super) fn list_accounts(&self, asker: &Asker) -> Result<Value, Refusal> {
        self.allow(asker, Action::SeeAccounts)?;
        let now = self.clock.now();
        let book = self.book();
        let list = self.registrar.with(|register| {
            let all = register.procedure().accounts().iter();
            let one = |(number, account): (&String, &crate::register::AccountState)| {
                let mut value = json!(account);
                value["id"] = json!(number);
                value["acts_as"] = json!(account.uid());
                let roles = account.roles();
                value["in_force"] = json!(roles.iter().map(|role| role.word()).collect::<Vec<_>>());
                value["waits"] = json!(account.waits());
                value["prints"] = prints(account);
                let until = book.attempts.locked(&account.asked.login, now);
                value["locked_until"] = json!(until.map(|at| local(at, &self.settings.zone)));
                value
            };
            Ok(all.map(one).collect::<Vec<Value>>())
        });
        let mut list = list.map_err(refusal)?;
        list.sort_by_key(|account| number(&account["id"]));
        Ok(json!({"accounts": list}))
    }

    pub(super) fn add_account(&self, asker: &Asker, add: AddAccount) -> Result<Value, Refusal> {
        let actor = self.actor(asker);
        let mut book = self.book();
        book.credentials()?; // nothing is entered for an account that nothing could open
        let act = Act::AddAccount(add);
        let entered = self.registrar.with(|register| register.enter(&actor, &act));
        let number = entered.map_err(refusal)?.1.unwrap_or_default();
        let password = book.credentials()?.reset(&number, actor.now);
        Ok(json!({"account": number, "password": password.map_err(credential)?}))
    }

    pub(super) fn reset_account(&self, asker: &Asker, account: &str) -> Result<Value, Refusal> {
        let actor = self.actor(asker);
        let mut book = self.book();
        book.credentials()?;
        let act = Act::ResetAccount {
            account: account.to_owned(),
        };
        let entered = self.registrar.with(|register| register.enter(&actor, &act));
        entered.map_err(refusal)?;
        book.sessions.end_all_of(account, None);
        let password = book.credentials()?.reset(account, actor.now);
        Ok(json!({"account": account, "password": password.map_err(credential)?}))
    }

    pub(super) fn end_account(
        &self,
        asker: &Asker,
        account: String,
        reason: String,
    ) -> Result<Value, Refusal> {
        let actor = self.actor(asker);
        let mut book = self.book();
        let number = account.clone();
        let act = Act::EndAccount { account, reason };
        let entered = self.registrar.with(|register| register.enter(&actor, &act));
        entered.map_err(refusal)?;
        book.sessions.end_all_of(&number, None);
        book.credentials()?.forget(&number).map_err(disk)?;
        Ok(json!({"ended": number}))
    }

    pub(super) fn unlock_account(&self, asker: &Asker, account: String) -> Result<Value, Refusal> {
        let actor = self.actor(asker);
        let mut book = self.book();
        let number = account.clone();
        let act = Act::UnlockAccount { account };
        let login = self.registrar.with(|register| {
            register.enter(&actor, &act)?;
            let found = register.procedure().accounts().get(&number);
            Ok(found.map(|found| found.asked.login.clone()))
        });
        if let Some(login) = login.map_err(refusal)? {
            book.attempts.clear(&login);
        }
        Ok(json!({"unlocked": number}))
    }
}
