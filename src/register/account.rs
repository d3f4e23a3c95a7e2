//! Accounts of the console as the log knows them: whose they are, and which roles they have.
//!
//! The administrator makes accounts; a role of the procedure counts only once the director has
//! confirmed it, and with it the key that the person signs with. So the administrator cannot make
//! himself a director. Passwords and second factors stand elsewhere (`accounts`), never in the log.

use serde::{Deserialize, Serialize};

use super::act::Act;
use super::admit::{Answer, Refused, state, written};
use super::key;
use super::procedure::{Actor, Procedure, Who};
use crate::rules::Role;

/// Account `A-n` acts as user number `FIRST_UID + n` unless the director has confirmed another
/// one. No system gives such numbers to its users (they end below 2^31).
const FIRST_UID: u32 = 3_000_000_000;

/// An account is made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddAccount {
    /// Name to sign in with: `[a-z0-9._-]`, at most 32.
    pub login: String,
    /// First name and surname.
    pub name: String,
    /// Post.
    pub post: String,
    /// Words of the roles asked for.
    pub roles: Vec<String>,
    /// The person's user number on this machine, if he has one; counts once confirmed.
    #[serde(default)]
    pub uid: Option<u32>,
}

/// The director confirms whose account it is, its roles and its key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfirmAccount {
    /// Which.
    pub account: String,
    /// Words of the roles it has from now on; none: nothing but what everybody may.
    pub roles: Vec<String>,
    /// ed25519 public key that signs for the person, where no designation names one.
    #[serde(default)]
    pub key: Option<String>,
    /// age recipient of the person.
    #[serde(default)]
    pub recipient: Option<String>,
}

/// An account and what became of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AccountState {
    /// What was asked for.
    #[serde(flatten)]
    pub asked: AddAccount,
    /// User number given to the account itself.
    #[serde(skip)]
    pub own_uid: u32,
    /// Key and recipient that the person has shown; they count once confirmed.
    pub shown: Option<(String, Option<String>)>,
    /// What the director has confirmed.
    pub confirmed: Option<ConfirmAccount>,
    /// Why it ended.
    pub ended: Option<String>,
}

impl AccountState {
    /// The user number as which it acts.
    pub fn uid(&self) -> u32 {
        let confirmed = self.confirmed.as_ref().and(self.asked.uid);
        confirmed.unwrap_or(self.own_uid)
    }

    /// The roles it has: the administrator's as given, all others as confirmed.
    pub fn roles(&self) -> Vec<Role> {
        let confirmed = self.confirmed.as_ref().map(|c| c.roles.as_slice());
        let has = |role: Role, words: &[String]| words.iter().any(|word| word == role.word());
        Role::ALL
            .into_iter()
            .filter(|role| match role {
                Role::Asi => has(Role::Asi, &self.asked.roles),
                other => has(*other, confirmed.unwrap_or_default()),
            })
            .collect()
    }

    /// Whether something waits for the director: roles, or a key shown since.
    pub fn waits(&self) -> bool {
        let Some(confirmed) = &self.confirmed else {
            return self.ended.is_none() && self.asked.roles.iter().any(|role| role != "asi");
        };
        let shown = self.shown.as_ref().map(|(key, _)| key);
        self.ended.is_none() && shown.is_some() && shown != confirmed.key.as_ref()
    }
}

fn known_roles(words: &[String]) -> Answer {
    let known = |word: &String| Role::ALL.iter().any(|role| role.word() == word);
    match words.iter().find(|word| !known(word)) {
        Some(word) => state(
            format!("there is no role {word:?}"),
            "use director, gestor, asi, listener, employee",
        ),
        None => Ok(()),
    }
}

fn good_key(key: Option<&String>) -> Answer {
    if key.is_some_and(|key| !key::is_public(key)) {
        return state(
            "the key is no ed25519 public key",
            "give its 64 hexadecimal digits",
        );
    }
    Ok(())
}

impl Procedure {
    /// Accounts by number.
    pub fn accounts(&self) -> &std::collections::BTreeMap<String, AccountState> {
        &self.accounts
    }

    /// The account of a login that has not ended.
    pub fn account_of(&self, login: &str) -> Option<(&String, &AccountState)> {
        let mut all = self.accounts.iter();
        all.find(|(_, account)| account.asked.login == login && account.ended.is_none())
    }

    pub(super) fn admit_account(&self, actor: &Actor, act: &Act) -> Answer {
        match act {
            Act::AddAccount(add) => self.admit_new_account(add),
            Act::AccountKey { account, key, .. } => {
                if Some(self.standing_account(account)?.uid()) != actor.uid() {
                    return Err(Refused::Role("a person shows his own key only".into()));
                }
                good_key(Some(key))
            }
            Act::ConfirmAccount(confirm) => self.admit_confirmation(actor, confirm),
            Act::EndAccount { account, reason } => {
                self.standing_account(account)?;
                written(reason, "the reason")
            }
            Act::ResetAccount { account } | Act::UnlockAccount { account } => {
                self.standing_account(account).map(drop)
            }
            _ => Ok(()),
        }
    }

    fn standing_account(&self, number: &str) -> Result<&AccountState, Refused> {
        let account = self.find(&self.accounts, number)?;
        match &account.ended {
            Some(why) => state(format!("{number} was ended: {why}"), "make a new account"),
            None => Ok(account),
        }
    }

    fn admit_new_account(&self, add: &AddAccount) -> Answer {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
        let login = &add.login;
        if login.is_empty() || login.len() > 32 || !login.chars().all(allowed) {
            return state(
                format!("{login:?} is no name to sign in with"),
                "use at most 32 of a-z, 0-9, dot, hyphen, underscore",
            );
        }
        if self.account_of(login).is_some() {
            return state(format!("{login} has an account already"), "end it first");
        }
        written(&add.name, "the name")?;
        written(&add.post, "the post")?;
        if add.uid.is_some_and(|uid| uid == 0 || uid >= 1 << 31) {
            return state("this is no person's user number", "see `id -u NAME`");
        }
        known_roles(&add.roles)
    }

    fn admit_confirmation(&self, actor: &Actor, confirm: &ConfirmAccount) -> Answer {
        let account = self.standing_account(&confirm.account)?;
        known_roles(&confirm.roles)?;
        good_key(confirm.key.as_ref())?;
        let director = confirm.roles.iter().any(|role| role == "director");
        let by_own_role =
            matches!(&actor.who, Who::Person { roles, .. } if roles.contains(&Role::Director));
        if director && !by_own_role {
            return state("a deputy makes no director", "the director does");
        }
        let bound = |other: &AccountState| {
            let taken = other.ended.is_none() && other.confirmed.is_some();
            taken && other.own_uid != account.own_uid && other.asked.uid == account.asked.uid
        };
        if account.asked.uid.is_some() && self.accounts.values().any(bound) {
            return state(
                "another account acts as this user number",
                "end that one first",
            );
        }
        Ok(())
    }

    pub(super) fn add_account(&mut self, number: String, asked: AddAccount) {
        let count = self.counts.get(&'A').copied().unwrap_or(0);
        let account = AccountState {
            asked,
            own_uid: FIRST_UID.saturating_add(count),
            shown: None,
            confirmed: None,
            ended: None,
        };
        self.accounts.insert(number, account);
    }

    pub(super) fn change_account(&mut self, act: Act) {
        match act {
            Act::AccountKey {
                account,
                key,
                recipient,
            } => self.with_account(&account, |found| found.shown = Some((key, recipient))),
            Act::ConfirmAccount(confirm) => {
                let number = confirm.account.clone();
                self.with_account(&number, |found| found.confirmed = Some(confirm));
            }
            Act::EndAccount { account, reason } => {
                self.with_account(&account, |found| found.ended = Some(reason));
            }
            _ => {}
        }
    }

    fn with_account(&mut self, number: &str, change: impl FnOnce(&mut AccountState)) {
        if let Some(found) = self.accounts.get_mut(number) {
            change(found);
        }
    }

    /// The public keys that sign for a person now: those of his designations in force, and the one
    /// confirmed with his account.
    pub fn keys_of(&self, actor: &Actor) -> Vec<String> {
        let own = |uid: u32| Some(uid) == actor.uid();
        let designated = self.designations.values().filter(|designation| {
            own(designation.document.uid) && designation.valid(actor.now, &self.zone)
        });
        let accounts = self
            .accounts
            .values()
            .filter(|account| account.ended.is_none() && own(account.uid()))
            .filter_map(|account| account.confirmed.as_ref()?.key.clone());
        designated
            .filter_map(|designation| designation.document.key.clone())
            .chain(accounts)
            .collect()
    }
}
