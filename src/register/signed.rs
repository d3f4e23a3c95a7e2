//! Acts signed by the person who decides: asked for through a session, they count only with the
//! signature of that person's key, so that whoever holds the session alone decides nothing.
//!
//! What is signed is `linetap-act-1`, the log's origin, the head that the person saw and the act's
//! canonical JSON, one line each. The body of such an entry is `{"signed_act":...,"head":...,
//! "key":...,"signature":...}`: the signature can be checked for as long as the body is there.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::act::{Act, Begin};
use super::admit::{Answer, state};
use super::key;
use super::procedure::{Actor, HEADS, Procedure};

/// A signature as it comes with an act.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signature {
    /// Head of the log that the person saw.
    pub head: String,
    /// ed25519 over [`act_text`], 128 hexadecimal digits.
    pub signature: String,
}

/// The body of a signed entry.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignedAct {
    pub(super) signed_act: Act,
    pub(super) head: String,
    pub(super) key: String,
    pub(super) signature: String,
}

/// Whether an act asked for through a session needs the person's signature. An order and a row carry
/// one of their own; what only tells or asks, and what protects recordings from deletion, needs none.
pub fn needs_signature(act: &Act) -> bool {
    !matches!(
        act,
        Act::Report(_)
            | Act::Order(_)
            | Act::Sign { .. }
            | Act::End(_)
            | Act::Parties { .. }
            | Act::AskHold(_)
            | Act::AskDisclosure(_)
            | Act::AddAccount(_)
            | Act::AccountKey { .. }
            | Act::EndAccount { .. }
            | Act::ResetAccount { .. }
            | Act::UnlockAccount { .. }
    )
}

/// The act as it is signed. A listening is signed by its order and recording: the facts of the row
/// are the recorder's.
fn canonical(act: &Act) -> String {
    match act {
        Act::Begin(Begin {
            order, recording, ..
        }) => json!({"act": "listen", "order": order, "recording": recording}).to_string(),
        other => json!(other).to_string(),
    }
}

/// The text that a person signs for an act.
pub fn act_text(origin: &str, head: &str, act: &Act) -> String {
    format!("linetap-act-1\n{origin}\n{head}\n{}", canonical(act))
}

/// The act of a body, signed or not.
pub(super) fn act_of(body: &str) -> Option<Act> {
    let plain = serde_json::from_str::<Act>(body).ok();
    plain.or_else(|| {
        let signed: SignedAct = serde_json::from_str(body).ok()?;
        Some(signed.signed_act)
    })
}

impl Procedure {
    /// The body of the entry, if the signature is that of one of the actor's keys over this act, and
    /// was not used before.
    pub(super) fn signed_body(
        &self,
        actor: &Actor,
        act: &Act,
        origin: &str,
        given: &Signature,
    ) -> Result<String, super::Refused> {
        self.fresh(&given.head)?;
        self.unused(&given.signature)?;
        let keys = self.keys_of(actor);
        if keys.is_empty() {
            return state(
                "no key of yours is known",
                "show one on the page of your account; the director confirms it",
            );
        }
        let text = act_text(origin, &given.head, act);
        let by = |key: &&String| key::verify(key, &text, &given.signature);
        let Some(key) = keys.iter().find(by) else {
            return state(
                "the signature is not yours over this act",
                "sign it anew with the key that is in force",
            );
        };
        let signed = SignedAct {
            signed_act: act.clone(),
            head: given.head.clone(),
            key: key.clone(),
            signature: given.signature.clone(),
        };
        Ok(json!(signed).to_string())
    }

    /// A signature counts once: the heads it may carry are the newest ones, and so are these.
    fn unused(&self, signature: &str) -> Answer {
        if self.signatures.iter().any(|used| used == signature) {
            return state("this signature was used already", "sign it anew");
        }
        Ok(())
    }

    /// Remembers the signature of an entry.
    pub(super) fn note_signature(&mut self, body: &str) {
        if let Ok(signed) = serde_json::from_str::<SignedAct>(body) {
            self.signatures.push_back(signed.signature);
            if self.signatures.len() > HEADS {
                self.signatures.pop_front();
            }
        }
    }
}
