//! The one writer, and the gate that only it can make.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::RegisterError;
use super::act::{Act, Begin};
use super::admit::{Refused, state};
use super::entry::Entry;
use super::log::{Log, New, Record};
use super::procedure::{Actor, Procedure};
use super::signed::{Signature, act_of};
use crate::rules::{Action, Role};

/// For what sound may leave.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// This row of the register.
    Playback(String),
    /// This disclosure.
    Export(String),
}

/// The right to the audio of some recordings for one purpose. There is no other way to one than an
/// entry that is on disk, and it is good only as long as [`Register::still_open`] says so.
#[derive(Debug)]
pub struct Gate {
    purpose: Purpose,
    order: String,
    recordings: Vec<String>,
    uid: u32,
    /// An export signed in the browser: what [`Procedure::may_copy`] asks holds for every piece.
    signed: bool,
}

impl Gate {
    /// For what.
    pub fn purpose(&self) -> &Purpose {
        &self.purpose
    }

    /// The order or the disclosure: the label of the keys released for it.
    pub fn label(&self) -> &str {
        &self.order
    }

    /// Whether it is for this recording.
    pub fn covers(&self, recording: &str) -> bool {
        self.recordings.iter().any(|id| id == recording)
    }
}

/// Log and procedure, kept in step.
#[derive(Debug)]
pub struct Register {
    log: Log,
    procedure: Procedure,
    /// Erasable entries: number, time.
    erasable: Vec<(u64, i64)>,
}

/// Kinds whose body is erased when the register's own term is over. Designations, decisions, holds,
/// suspensions and deletions carry what is in force or no one's number, and stay.
const ERASABLE: [&str; 21] = [
    "report",
    "order",
    "refuse_report",
    "revoke",
    "notice",
    "release",
    "begin",
    "end",
    "parties",
    "correct",
    "sign",
    "signed_on_paper",
    "finding",
    "judge_disclosure",
    "export",
    "handed_over",
    "password_set",
    "signed_in",
    "signed_out",
    "sign_in_refused",
    "account_locked",
];

/// The procedure as the log in `dir` has it, without opening the log for writing: for commands that
/// read the state beside the recorder or without one. What is damaged is left out here; `check` tells.
///
/// # Errors
/// If the files cannot be read.
pub fn read(dir: &Path, zone: TimeZone) -> Result<Procedure, RegisterError> {
    let mut procedure = Procedure::new(zone);
    for record in &super::check::load(dir)?.records {
        procedure.fold(record);
    }
    Ok(procedure)
}

impl Register {
    /// Opens the log in `dir`; `origin` names it on checkpoints.
    ///
    /// # Errors
    /// As [`Log::open`].
    pub fn open(dir: &Path, origin: &str, zone: TimeZone) -> Result<Self, RegisterError> {
        let (log, records) = Log::open(dir, origin)?;
        let procedure = Procedure::new(zone);
        let erasable = Vec::new();
        let mut this = Self {
            log,
            procedure,
            erasable,
        };
        for record in &records {
            this.take(record);
        }
        this.erase_again(&records)?;
        Ok(this)
    }

    fn take(&mut self, record: &Record) -> Option<String> {
        let kind = record.entry.kind.as_str();
        if record.body.is_some() && ERASABLE.contains(&kind) {
            self.erasable.push((record.entry.seq, record.entry.ms));
        }
        self.procedure.fold(record)
    }

    /// A backup may have brought back what was erased, and a crash may have come in between.
    fn erase_again(&mut self, records: &[Record]) -> Result<(), RegisterError> {
        let erased = records
            .iter()
            .filter(|record| record.entry.kind == "erased");
        for record in erased {
            let act = record.body.as_deref().and_then(act_of);
            if let Some(Act::Erased { seqs, .. }) = act {
                let back = |seq: &u64| {
                    let at = usize::try_from(*seq).unwrap_or(0);
                    at.checked_sub(1)
                        .and_then(|at| records.get(at))
                        .is_some_and(|record| record.body.is_some())
                };
                let seqs: Vec<u64> = seqs.into_iter().filter(back).collect();
                self.log.erase(&seqs)?;
            }
        }
        Ok(())
    }

    /// Enters an act if the procedure allows it. Gives the entry and the number it made.
    ///
    /// # Errors
    /// A refusal, or the disk's; nothing has happened then.
    pub fn enter(
        &mut self,
        actor: &Actor,
        act: &Act,
    ) -> Result<(Entry, Option<String>), RegisterError> {
        self.procedure.admit(actor, act)?;
        let body = serde_json::to_string(act).map_err(|error| {
            let (what, remedy) = (error.to_string(), "report this".to_owned());
            Refused::State { what, remedy }
        })?;
        self.write(actor, act, body)
    }

    /// The same with the person's signature, which goes into the log.
    ///
    /// # Errors
    /// As [`enter`](Self::enter), or the signature is not the person's over this act.
    pub fn enter_signed(
        &mut self,
        actor: &Actor,
        act: &Act,
        given: &Signature,
    ) -> Result<(Entry, Option<String>), RegisterError> {
        self.procedure.admit(actor, act)?;
        let origin = self.log.origin();
        let body = self.procedure.signed_body(actor, act, origin, given)?;
        self.write(actor, act, body)
    }

    fn write(
        &mut self,
        actor: &Actor,
        act: &Act,
        body: String,
    ) -> Result<(Entry, Option<String>), RegisterError> {
        let roles = self.procedure.roles(actor);
        let entry = self.log.append(New {
            ms: actor.now.as_millisecond(),
            actor: actor.word(),
            role: roles
                .first()
                .map_or("-", |role: &Role| role.word())
                .to_owned(),
            kind: act.kind().to_owned(),
            body: body.clone(),
        })?;
        let record = Record {
            entry,
            body: Some(body),
        };
        let number = self.take(&record);
        Ok((record.entry, number))
    }

    /// Enters a listening, and only then gives the right to the recording's audio.
    ///
    /// # Errors
    /// As [`enter`](Self::enter).
    pub fn begin_playback(
        &mut self,
        actor: &Actor,
        begin: Begin,
        signed: Option<&Signature>,
    ) -> Result<Gate, RegisterError> {
        let (order, recording) = (begin.order.clone(), begin.recording.clone());
        let begin = Act::Begin(begin);
        let (_, number) = match signed {
            Some(signed) => self.enter_signed(actor, &begin, signed)?,
            None => self.enter(actor, &begin)?,
        };
        Ok(Gate {
            purpose: Purpose::Playback(number.unwrap_or_default()),
            order,
            recordings: vec![recording],
            uid: actor.uid().unwrap_or(u32::MAX),
            signed: signed.is_some(),
        })
    }

    /// Enters an export, and only then gives the right to its recordings' audio. One that is signed is
    /// made in the browser.
    ///
    /// # Errors
    /// As [`enter`](Self::enter).
    pub fn begin_export(
        &mut self,
        actor: &Actor,
        number: &str,
        signed: Option<&Signature>,
    ) -> Result<Gate, RegisterError> {
        let disclosure = number.to_owned();
        let export = Act::Export { disclosure };
        match signed {
            Some(signed) => {
                self.procedure.may_copy(actor, number)?;
                self.enter_signed(actor, &export, signed)?;
            }
            None => drop(self.enter(actor, &export)?),
        }
        let calls = &self.procedure.granted(number)?.asked.calls;
        Ok(Gate {
            purpose: Purpose::Export(number.to_owned()),
            order: number.to_owned(),
            recordings: calls
                .iter()
                .flat_map(|call| call.recordings.clone())
                .collect(),
            uid: actor.uid().unwrap_or(u32::MAX),
            signed: signed.is_some(),
        })
    }

    /// Whether sound may leave through `gate` at this very moment: asked for every piece of it.
    ///
    /// # Errors
    /// Why it is shut: window, designation, revocation, restriction, end of the row.
    pub fn still_open(&self, gate: &Gate, actor: &Actor) -> Result<(), Refused> {
        if actor.uid() != Some(gate.uid) {
            return Err(Refused::Role("the gate was opened by somebody else".into()));
        }
        match &gate.purpose {
            Purpose::Playback(number) => {
                let row = self.procedure.find(&self.procedure.playbacks, number)?;
                if row.ended {
                    return state(format!("{number} has ended"), "begin a new listening");
                }
                let recording = &row.row.recording;
                self.procedure.may_listen(actor, &gate.order, recording)
            }
            Purpose::Export(number) => {
                self.procedure.any_role(actor, &[Action::Export])?;
                match gate.signed {
                    true => self.procedure.may_copy(actor, number),
                    false => self.procedure.may_leave(number, actor.now),
                }
            }
        }
    }

    /// Erases the bodies of entries older than `before` whose own term is over. Gives how many.
    ///
    /// # Errors
    /// The disk's; repeatable.
    pub fn erase_before(
        &mut self,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<u64, RegisterError> {
        let limit = before.as_millisecond();
        let old = |(_, ms): &&(u64, i64)| *ms < limit;
        let seqs: Vec<u64> = self
            .erasable
            .iter()
            .filter(old)
            .map(|(seq, _)| *seq)
            .collect();
        if seqs.is_empty() {
            return Ok(0);
        }
        let reason = "term of the register".to_owned();
        let act = Act::Erased {
            seqs: seqs.clone(),
            reason,
        };
        self.enter(&Actor::recorder(now), &act)?;
        self.log.erase(&seqs)?;
        self.erasable.retain(|(_, ms)| *ms >= limit);
        self.procedure.forget(before);
        Ok(seqs.len() as u64)
    }

    /// What the entries add up to.
    pub fn procedure(&self) -> &Procedure {
        &self.procedure
    }

    /// The log, to read.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Lines that every checkpoint carries from now on.
    pub fn set_notes(&mut self, notes: Vec<String>) {
        self.log.set_notes(notes);
    }
}
