//! Who asks: a peer by its credentials, or the person of a session that the console passes on.
//!
//! A session counts only from the console's own user or group, root, or the recorder's user; it
//! gives the roles of the account and never those of the peer. What may be asked through one is a
//! list: a reload, the wiring view and the like need a person at the machine.

use crate::control::{Peer, Refusal, RefusalKind, Request};
use crate::register::Actor;
use crate::rules::{Action, Role, may};

use super::desk::Desk;

/// Somebody who asks.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    /// User number, the account's if there is a session.
    pub(super) uid: u32,
    /// Roles by group or by account; a deputy's comes from the designation.
    pub(super) roles: Vec<Role>,
    /// The session, if he asks through one.
    pub(super) session: Option<Through>,
}

/// The session through which somebody asks.
#[derive(Clone, Debug)]
pub(crate) struct Through {
    /// Its token.
    pub(super) token: String,
    /// Number of the account.
    pub(super) account: String,
}

/// What may be asked through a session.
fn through_session(request: &Request) -> bool {
    matches!(
        request,
        Request::Status {}
            | Request::Calls(_)
            | Request::Call { .. }
            | Request::Acknowledge { .. }
            | Request::Act { .. }
            | Request::Prepare { .. }
            | Request::Procedure { .. }
            | Request::Name { .. }
            | Request::Keys { .. }
            | Request::Release { .. }
            | Request::Listen { .. }
            | Request::Export { .. }
            | Request::Fetch { .. }
            | Request::VerifyLog { .. }
            | Request::Completeness { .. }
            | Request::Who {}
            | Request::SignOut {}
            | Request::Enrol {}
            | Request::SetPassword { .. }
            | Request::Accounts {}
            | Request::AccountAdd { .. }
            | Request::AccountEnd { .. }
            | Request::AccountReset { .. }
            | Request::AccountUnlock { .. }
    )
}

/// What somebody may ask who has still to choose a password.
fn before_password(request: &Request) -> bool {
    matches!(
        request,
        Request::Who {} | Request::SignOut {} | Request::Enrol {} | Request::SetPassword { .. }
    )
}

fn over() -> Refusal {
    Refusal::new(
        RefusalKind::SignedOut,
        "the session is over",
        "sign in again",
    )
}

impl Desk {
    /// Whether a peer may carry other people's sessions.
    pub(super) fn carries_sessions(&self, peer: &Peer) -> bool {
        let groups = &self.settings.groups;
        peer.uid == 0
            || peer.uid == self.settings.own_uid
            || groups.console_user == Some(peer.uid)
            || peer.is_in(groups.console)
    }

    /// The account of a session that is not over, and whether it is still to choose a password.
    fn live(&self, token: &str) -> Result<(String, bool), Refusal> {
        let mut book = self.book();
        let session = book.sessions.touch(token, self.clock.now());
        session
            .map(|session| (session.account.clone(), session.must_change))
            .ok_or_else(over)
    }

    /// Who asks this.
    pub(super) fn asker(
        &self,
        peer: &Peer,
        session: Option<&str>,
        request: &Request,
    ) -> Result<Asker, Refusal> {
        let Some(token) = session else {
            return Ok(Asker {
                uid: peer.uid,
                roles: self.roles(peer),
                session: None,
            });
        };
        let refused =
            |error: &str, remedy: &str| Err(Refusal::new(RefusalKind::NotAllowed, error, remedy));
        if !self.carries_sessions(peer) {
            return refused(
                "sessions are taken from the console alone",
                "ask without one, as the user you are",
            );
        }
        if !through_session(request) {
            return refused(
                "this is not asked through the console",
                "use the command line on the machine",
            );
        }
        let (account, must_change) = self.live(token)?;
        if must_change && !before_password(request) {
            return refused(
                "a password and a second factor are to be chosen first",
                "open the page of your account",
            );
        }
        let person = self.registrar.with(|register| {
            let found = register.procedure().accounts().get(&account);
            let found = found.filter(|found| found.ended.is_none());
            Ok(found.map(|found| (found.uid(), found.roles())))
        });
        let (uid, roles) = person
            .map_err(super::procedure_desk::refusal)?
            .ok_or_else(over)?;
        let token = token.to_owned();
        Ok(Asker {
            uid,
            roles,
            session: Some(Through { token, account }),
        })
    }

    /// The roles of a peer. root and the daemon's own user act as asi.
    fn roles(&self, peer: &Peer) -> Vec<Role> {
        let groups = &self.settings.groups;
        let asi = peer.uid == 0 || peer.uid == self.settings.own_uid || peer.is_in(groups.asi);
        [
            (Role::Director, peer.is_in(groups.director)),
            (Role::Gestor, peer.is_in(groups.gestor)),
            (Role::Asi, asi),
            (Role::Listener, peer.is_in(groups.listener)),
        ]
        .into_iter()
        .filter_map(|(role, is)| is.then_some(role))
        .collect()
    }

    /// The asker as the register knows him, now.
    pub(super) fn actor(&self, asker: &Asker) -> Actor {
        Actor::person(asker.uid, &asker.roles, self.clock.now())
    }

    /// All his roles, a deputy's among them.
    pub(super) fn all_roles(&self, asker: &Asker) -> Vec<Role> {
        let actor = self.actor(asker);
        let all = self
            .registrar
            .with(|register| Ok(register.procedure().roles(&actor)));
        all.unwrap_or_else(|_| asker.roles.clone())
    }

    pub(super) fn allow(&self, asker: &Asker, action: Action) -> Result<(), Refusal> {
        let roles = self.all_roles(asker);
        if roles.iter().any(|role| may(*role, action).allowed()) {
            return Ok(());
        }
        let (nobody, remedy) = match asker.session {
            Some(_) => (
                "your account has no confirmed role",
                "the director confirms the roles of accounts",
            ),
            None => (
                "you are in none of linetap's groups",
                "the administrator puts people into the groups linetap-director, \
                 linetap-gestor, linetap-asi, linetap-listener",
            ),
        };
        let why = roles
            .first()
            .map_or(nobody, |role| may(*role, action).why());
        Err(Refusal::new(
            RefusalKind::NotAllowed,
            format!("not allowed: {why}"),
            remedy,
        ))
    }
}
