//! The one place from which a recording's bytes leave the recorder. Every piece needs a [`Gate`],
//! which only a committed entry makes, and is asked for anew: window, designation, revocation and
//! restriction act between two pieces. Sealed recordings leave sealed, with the key wrapped to
//! whoever the order names; this process cannot open them.

use std::os::unix::fs::FileExt;
use std::sync::PoisonError;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::control::{Refusal, RefusalKind};
use crate::register::{Act, Begin, Gate, Procedure, Purpose, Signature};
use crate::rules::Action;
use crate::vault::{Archive, Place};

use super::asker::Asker;
use super::desk::Desk;
use super::procedure_calls;
use super::procedure_desk::{refusal, unsigned};
use super::registrar::{Opened, RegistrarError};

/// Bytes of one piece.
const PIECE: usize = 256 * 1024;

/// What somebody asks to listen to.
pub(super) struct Listening<'a> {
    pub(super) order: &'a str,
    /// May be left out if the order names one only.
    pub(super) recording: Option<&'a str>,
    pub(super) parties: String,
    pub(super) signed: Option<Signature>,
}

fn failed(error: &dyn std::fmt::Display) -> Refusal {
    let remedy = "`linetap verify` checks the files";
    Refusal::new(RefusalKind::Failed, error.to_string(), remedy)
}

fn missing(what: &str) -> Refusal {
    let remedy = "the list commands show the numbers";
    Refusal::new(RefusalKind::NotFound, format!("there is no {what}"), remedy)
}

impl Desk {
    fn archive(&self) -> Result<Archive, Refusal> {
        Archive::open(&self.settings.state).map_err(|error| failed(&error))
    }

    fn place(&self, recording: &str) -> Result<Place, Refusal> {
        let reader = self.reader().map_err(|error| failed(&error))?;
        let row = procedure_calls::recording(&reader, recording)?;
        let place = row.place.unwrap_or_default();
        place
            .parse()
            .map_err(|error: crate::vault::VaultError| failed(&error))
    }

    /// Wrapped keys for the director, who unwraps them on a machine of his own.
    pub(super) fn keys(&self, asker: &Asker, of: &str) -> Result<Value, Refusal> {
        self.allow_any(asker, &[Action::Order, Action::Export])?;
        let found = self.registrar.with(|register| {
            let procedure = register.procedure();
            Ok((recordings_of(procedure, of), recipient_of(procedure, of)))
        });
        let (recordings, recipient) = found.map_err(refusal)?;
        let recordings = recordings.ok_or_else(|| missing(of))?;
        let archive = self.archive()?;
        let mut keys = Vec::new();
        for recording in recordings {
            let place = self.place(&recording)?;
            let blob = match place.sealed() {
                true => Some(archive.key_blob(&place).map_err(|error| failed(&error))?),
                false => None,
            };
            keys.push(json!({
                "recording": recording,
                "blob": blob.map(|blob| STANDARD.encode(blob)),
            }));
        }
        Ok(json!({"keys": keys, "recipient": recipient}))
    }

    /// Enters the release, then puts the wrappings where `listen` finds them.
    pub(super) fn release(
        &self,
        asker: &Asker,
        order: &str,
        wrappings: &[(String, String)],
        signed: Option<&Signature>,
    ) -> Result<Value, Refusal> {
        let found = self
            .registrar
            .with(|register| Ok(recordings_of(register.procedure(), order)));
        let recordings = found.map_err(refusal)?.ok_or_else(|| missing(order))?;
        let archive = self.archive()?;
        let mut blobs = Vec::new();
        for recording in recordings {
            let place = self.place(&recording)?;
            let given = wrappings.iter().find(|(id, _)| *id == recording);
            match given.map(|(_, blob)| STANDARD.decode(blob)) {
                Some(Ok(blob)) => blobs.push((place, blob)),
                None if !place.sealed() => {}
                _ => {
                    return Err(Refusal::new(
                        RefusalKind::Invalid,
                        format!("the key of recording {recording} is missing"),
                        "release with the identity that opens it",
                    ));
                }
            }
        }
        let act = Act::Release {
            order: order.to_owned(),
        };
        let (entry, _) = self.enter(asker, &act, signed)?;
        for (place, blob) in &blobs {
            archive
                .put_wrapping(place, order, blob)
                .map_err(|error| failed(&error))?;
        }
        Ok(json!({"released": blobs.len(), "hash": entry.hash.to_string()}))
    }

    /// Enters the row; only then is there a gate, and only then the listener's key.
    pub(super) fn listen(
        &self,
        asker: &Asker,
        Listening {
            order,
            recording,
            parties,
            signed,
        }: Listening<'_>,
    ) -> Result<Value, Refusal> {
        let actor = self.actor(asker);
        let found = self.registrar.with(|register| {
            let found = register.procedure().orders().get(order);
            Ok(found.map(|found| (found.order.calls.clone(), found.order.until)))
        });
        let (calls, until) = found.map_err(refusal)?.ok_or_else(|| missing(order))?;
        let mut all = calls
            .iter()
            .flat_map(|call| call.recordings.iter().map(move |id| (call, id)))
            .filter(|(_, id)| recording.is_none_or(|wanted| id.starts_with(wanted)));
        let (call, id) = all
            .next()
            .ok_or_else(|| missing("such recording in the order"))?;
        if all.next().is_some() {
            return Err(Refusal::new(
                RefusalKind::Invalid,
                format!("{order} names several recordings"),
                "say which one with --recording; `linetap order list` shows them",
            ));
        }
        let reader = self.reader().map_err(|error| failed(&error))?;
        let row = procedure_calls::recording(&reader, id)?;
        // Whoever holds the console's sessions could else enter rows of listenings that nobody asked for.
        if asker.session.is_some() && signed.is_none() {
            return Err(unsigned());
        }
        let begin = Begin {
            order: order.to_owned(),
            call: call.call.clone(),
            recording: id.clone(),
            facts: procedure_calls::facts(call, &row, actor.now, &self.settings.zone),
            parties,
        };
        let gate = self
            .registrar
            .with(|register| register.begin_playback(&actor, begin, signed.as_ref()));
        let gate = gate.map_err(refusal)?;
        let file = self.file_of(&gate, id)?;
        let number = self.keep(asker, gate);
        Ok(json!({
            "playback": number,
            "file": file,
            "until": until.to_string(),
            "samples": row.samples,
            "channels": row.channels,
        }))
    }

    /// Enters the export; only then is there a gate. Through a session the director makes it, and signs.
    pub(super) fn export(
        &self,
        asker: &Asker,
        disclosure: &str,
        signed: Option<&Signature>,
    ) -> Result<Value, Refusal> {
        let actor = self.actor(asker);
        if asker.session.is_some() && signed.is_none() {
            let allowed = self
                .registrar
                .with(|register| Ok(register.procedure().may_copy(&actor, disclosure)?));
            allowed.map_err(refusal)?;
            return Err(unsigned());
        }
        let gate = self
            .registrar
            .with(|register| register.begin_export(&actor, disclosure, signed));
        let gate = gate.map_err(refusal)?;
        let found = self.registrar.with(|register| {
            let procedure = register.procedure();
            let state = procedure.disclosures().get(disclosure).cloned();
            let before = procedure.recipients_before(disclosure);
            Ok((state, recordings_of(procedure, disclosure), before))
        });
        let (state, recordings, before) = found.map_err(refusal)?;
        let files: Result<Vec<Value>, Refusal> = recordings
            .unwrap_or_default()
            .iter()
            .map(|id| self.file_of(&gate, id))
            .collect();
        let files = files?;
        let gate = self.keep(asker, gate);
        Ok(json!({
            "gate": gate,
            "disclosure": state,
            "recipients": before,
            "files": files,
            "office": self.settings.office.0,
            "letterhead": self.letterhead(),
            "made": super::call_json::local(actor.now, &self.settings.zone),
            "vendor": Archive::VENDOR,
        }))
    }

    fn keep(&self, asker: &Asker, gate: Gate) -> String {
        let (Purpose::Playback(number) | Purpose::Export(number)) = gate.purpose().clone();
        let mut gates = self
            .registrar
            .gates
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let session = asker.session.as_ref().map(|through| through.token.clone());
        gates.insert(number.clone(), Opened { gate, session });
        number
    }

    /// Where a recording lies and the key for who passes the gate.
    fn file_of(&self, gate: &Gate, recording: &str) -> Result<Value, Refusal> {
        let place = self.place(recording)?;
        let archive = self.archive()?;
        let blob = match (place.sealed(), gate.purpose()) {
            (false, _) => Ok(None),
            (true, Purpose::Playback(_)) => archive.wrapping(&place, gate.label()),
            (true, Purpose::Export(_)) => archive.key_blob(&place).map(Some),
        };
        let file = archive.file(&place).and_then(|file| {
            file.metadata()
                .map_err(|source| crate::vault::VaultError::Io {
                    doing: "read the size of",
                    path: self.settings.state.join(place.to_string()),
                    source,
                })
        });
        Ok(json!({
            "recording": recording,
            "place": place.to_string(),
            "bytes": file.map_err(|error| failed(&error))?.len(),
            "key": blob.map_err(|error| failed(&error))?.map(|blob| STANDARD.encode(blob)),
        }))
    }

    /// A piece of the file, if the gate is open at this moment.
    pub(super) fn fetch(
        &self,
        asker: &Asker,
        gate: &str,
        recording: &str,
        offset: u64,
    ) -> Result<Value, Refusal> {
        let actor = self.actor(asker);
        {
            let gates = self
                .registrar
                .gates
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let session = asker.session.as_ref().map(|through| &through.token);
            let gate = gates
                .get(gate)
                .filter(|opened| opened.session.as_ref() == session)
                .map(|opened| &opened.gate)
                .ok_or_else(|| missing("such open listening"))?;
            if !gate.covers(recording) {
                return Err(missing("such recording behind this gate"));
            }
            let open = self
                .registrar
                .with(|register| Ok(register.still_open(gate, &actor)?));
            open.map_err(refusal)?;
        }
        let place = self.place(recording)?;
        let file = self
            .archive()?
            .file(&place)
            .map_err(|error| failed(&error))?;
        let mut piece = vec![0; PIECE];
        let read = file
            .read_at(&mut piece, offset)
            .map_err(|error| failed(&error))?;
        piece.truncate(read);
        Ok(json!({"bytes": STANDARD.encode(&piece), "end": read == 0}))
    }

    pub(super) fn allow_any(&self, asker: &Asker, actions: &[Action]) -> Result<(), Refusal> {
        let actor = self.actor(asker);
        let answer = self.registrar.with(|register| {
            let roles = register.procedure().roles(&actor);
            Ok(roles.iter().any(|role| {
                actions
                    .iter()
                    .any(|action| crate::rules::may(*role, *action).allowed())
            }))
        });
        match answer {
            Ok(true) => Ok(()),
            Ok(false) => self.allow(asker, actions[0]),
            Err(error) => Err(refusal(RegistrarError::Shut(error.to_string()))),
        }
    }
}

fn recordings_of(procedure: &Procedure, number: &str) -> Option<Vec<String>> {
    let order = procedure
        .orders()
        .get(number)
        .map(|order| &order.order.calls);
    let calls = order.or_else(|| procedure.disclosures().get(number).map(|d| &d.asked.calls))?;
    Some(
        calls
            .iter()
            .flat_map(|call| call.recordings.clone())
            .collect(),
    )
}

fn recipient_of(procedure: &Procedure, number: &str) -> Option<String> {
    let order = procedure.orders().get(number)?;
    let listener = procedure.designations().get(&order.order.listener)?;
    listener.document.recipient.clone()
}
