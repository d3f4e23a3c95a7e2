//! What an entry changes. Total: an entry on disk is a fact, whatever the rules say today. An erased
//! body changes only the counts, so that numbers stay.

use jiff::Timestamp;

use super::act::{Act, Begin, Correct, End, Finding, Order, Outcome};
use super::log::Record;
use super::procedure::{
    Designation, DisclosureState, HEADS, HoldState, OrderState, PlaybackState, Procedure,
    ReportState, SuspensionState,
};
use super::rows::Row;
use super::signed::act_of;

impl Procedure {
    /// Takes one entry in. Gives the number it made, such as `O-3`.
    pub fn fold(&mut self, record: &Record) -> Option<String> {
        let entry = &record.entry;
        self.heads.push_back(entry.hash.to_string());
        if self.heads.len() > HEADS {
            self.heads.pop_front();
        }
        let number = prefix(&entry.kind).map(|prefix| self.count(prefix));
        let body = record.body.as_deref();
        let act: Option<Act> = body.and_then(act_of);
        if let Some(body) = body {
            self.note_signature(body);
        }
        let at = Timestamp::from_millisecond(entry.ms).unwrap_or_default();
        self.begun.get_or_insert(at);
        match (act, number.clone()) {
            (Some(act), Some(number)) => self.make(number, act, at, record),
            (Some(act), None) => self.change(act, at),
            (None, _) => {}
        }
        number
    }

    fn count(&mut self, prefix: char) -> String {
        let count = self.counts.entry(prefix).or_insert(0);
        *count += 1;
        format!("{prefix}-{count}")
    }

    /// Acts that make something new under a number.
    fn make(&mut self, number: String, act: Act, at: Timestamp, record: &Record) {
        match act {
            Act::Designate(document) => {
                let ended = None;
                self.designations
                    .insert(number, Designation { document, ended });
            }
            Act::Report(report) => {
                let (orders, refused, refused_at) = (Vec::new(), None, None);
                self.reports.insert(
                    number,
                    ReportState {
                        report,
                        at,
                        orders,
                        refused,
                        refused_at,
                    },
                );
            }
            Act::Order(order) => self.order(number, order, at),
            Act::Begin(begin) => self.begin(number, begin, record),
            Act::AskHold(asked) => {
                let (judged, ended) = (None, None);
                self.holds.insert(
                    number,
                    HoldState {
                        asked,
                        judged,
                        ended,
                    },
                );
            }
            Act::AskDisclosure(asked) => {
                let state = DisclosureState {
                    asked,
                    at,
                    judged: None,
                    exports: 0,
                    exported_at: None,
                    handed_over: None,
                    ended: None,
                };
                self.disclosures.insert(number, state);
            }
            Act::Suspend(suspended) => {
                let resumed = None;
                self.suspensions
                    .insert(number, SuspensionState { suspended, resumed });
            }
            Act::Decide(decide) => drop(self.decisions.insert(number, decide)),
            Act::AddAccount(asked) => self.add_account(number, asked),
            _ => {}
        }
    }

    fn order(&mut self, number: String, order: Order, at: Timestamp) {
        if let Some(report) = order
            .report
            .as_ref()
            .and_then(|id| self.reports.get_mut(id))
        {
            report.orders.push(number.clone());
        }
        let state = OrderState {
            order,
            at: Some(at),
            notice: None,
            released: false,
            revoked: None,
            playbacks: Vec::new(),
            finding: None,
        };
        self.orders.insert(number, state);
    }

    fn begin(&mut self, number: String, begin: Begin, record: &Record) {
        let actor = record.entry.actor.strip_prefix("uid:");
        let uid = actor.and_then(|uid| uid.parse().ok()).unwrap_or(u32::MAX);
        let Some(order) = self.orders.get_mut(&begin.order) else {
            return;
        };
        order.playbacks.push(number.clone());
        let listener = self.designations.get(&order.order.listener);
        let (name, post) = listener.map_or_else(Default::default, |listener| {
            (
                listener.document.name.clone(),
                listener.document.post.clone(),
            )
        });
        let facts = begin.facts;
        let row = Row {
            playback: number.clone(),
            order: begin.order,
            recording: begin.recording,
            sha256: facts.sha256,
            called: facts.called,
            calling: facts.calling,
            date: facts.date,
            start: facts.start,
            end: facts.end,
            parties: begin.parties,
            listener: name,
            post,
            heard_on: facts.heard_on,
            hash: record.entry.hash.to_string(),
            ..Row::default()
        };
        let ended = false;
        self.playbacks
            .insert(number, PlaybackState { row, uid, ended });
    }

    /// Acts that change what is there.
    fn change(&mut self, act: Act, at: Timestamp) {
        match act {
            Act::EndDesignation {
                designation,
                reason,
            } => {
                if let Some(found) = self.designations.get_mut(&designation) {
                    found.ended = Some(reason);
                }
            }
            Act::RefuseReport { report, reason } => {
                if let Some(found) = self.reports.get_mut(&report) {
                    found.refused = Some(reason);
                    found.refused_at = Some(at);
                }
            }
            Act::Revoke { order, reason } => {
                self.with_order(&order, |order| order.revoked = Some(reason));
            }
            Act::Notice { order, notice } => {
                self.with_order(&order, |order| order.notice = Some(notice));
            }
            Act::Release { order } => self.with_order(&order, |order| order.released = true),
            Act::Finding(finding) => self.finding(finding),
            Act::Resume { suspension, reason } => {
                if let Some(found) = self.suspensions.get_mut(&suspension) {
                    found.resumed = Some(reason);
                }
            }
            Act::DeleteListed { recordings } => self.to_delete.extend(recordings),
            Act::Deleted { gone } => {
                for one in gone {
                    self.to_delete.remove(&one.recording);
                    self.listed.remove(&one.recording);
                    self.gone.insert(one.recording.clone());
                    self.deletions.push((at, one));
                }
            }
            Act::DeletionReport { day, .. } => self.reported = Some(day),
            Act::Started(started) => {
                let before = self.recipients.replace(started.recipients.clone());
                if before.is_some_and(|before| before != started.recipients) {
                    self.keys_changed = Some(at);
                }
            }
            Act::JudgeHold { .. } | Act::ReleaseHold { .. } => self.change_hold(act, at),
            Act::JudgeDisclosure { .. } | Act::Export { .. } | Act::HandedOver(_) => {
                self.change_disclosure(act, at);
            }
            Act::AccountKey { .. } | Act::ConfirmAccount(_) | Act::EndAccount { .. } => {
                self.change_account(act);
            }
            other => self.change_row(other, at),
        }
    }

    fn with_order(&mut self, number: &str, change: impl FnOnce(&mut OrderState)) {
        if let Some(order) = self.orders.get_mut(number) {
            change(order);
        }
    }

    fn finding(&mut self, finding: Finding) {
        let Some(order) = self.orders.get_mut(&finding.order) else {
            return;
        };
        let recordings = order.order.calls.iter().flat_map(|call| &call.recordings);
        if finding.outcome == Outcome::Delete {
            self.listed.extend(recordings.cloned());
        } else {
            for id in recordings {
                self.listed.remove(id);
            }
        }
        order.finding = Some(finding);
    }

    fn change_hold(&mut self, act: Act, at: Timestamp) {
        match act {
            Act::JudgeHold {
                hold,
                granted,
                reason,
            } => {
                let Some(found) = self.holds.get_mut(&hold) else {
                    return;
                };
                found.judged = Some((granted, reason));
                let recordings = found.asked.recordings.iter();
                if granted {
                    for id in recordings {
                        self.listed.remove(id);
                    }
                } else {
                    found.ended = Some(at);
                    self.listed.extend(recordings.cloned());
                }
            }
            Act::ReleaseHold { hold, .. } => {
                if let Some(found) = self.holds.get_mut(&hold) {
                    found.ended = Some(at);
                }
            }
            _ => {}
        }
    }

    fn change_disclosure(&mut self, act: Act, at: Timestamp) {
        match act {
            Act::JudgeDisclosure {
                disclosure,
                granted,
                reason,
            } => {
                if let Some(found) = self.disclosures.get_mut(&disclosure) {
                    found.judged = Some((granted, reason));
                    found.ended = (!granted).then_some(at);
                }
            }
            Act::Export { disclosure } => {
                if let Some(found) = self.disclosures.get_mut(&disclosure) {
                    found.exports += 1;
                    found.exported_at = Some(at);
                }
            }
            Act::HandedOver(handed) => {
                if let Some(found) = self.disclosures.get_mut(&handed.disclosure) {
                    found.handed_over = Some((handed.to, handed.sums));
                    found.ended = Some(at);
                }
            }
            _ => {}
        }
    }

    fn change_row(&mut self, act: Act, at: Timestamp) {
        let (Act::End(End { playback, .. })
        | Act::Parties { playback, .. }
        | Act::Correct(Correct { playback, .. })
        | Act::Sign { playback, .. }
        | Act::SignedOnPaper { playback, .. }) = &act
        else {
            return;
        };
        let Some(state) = self.playbacks.get_mut(playback) else {
            return;
        };
        let row = &mut state.row;
        match act {
            Act::End(end) => {
                state.ended = true;
                row.played.extend(end.played);
                row.ended = end.why;
            }
            Act::Parties { parties, .. } => {
                let old = std::mem::replace(&mut row.parties, parties);
                row.signature_stale = !row.signed.is_empty();
                if !old.is_empty() {
                    let new = row.parties.clone();
                    row.corrections
                        .push(["parties".into(), old, new, "uzupełnienie".into()]);
                }
            }
            Act::Correct(correct) => {
                if let Some(field) = row.field(&correct.field) {
                    let old = std::mem::replace(field, correct.value.clone());
                    let change = [correct.field, old, correct.value, correct.reason];
                    row.corrections.push(change);
                    row.signature_stale = !row.signed.is_empty();
                }
            }
            Act::Sign { signature, .. } => {
                row.signed = format!("ed25519:{signature}");
                row.signed_at = at.to_string();
                row.signature_stale = false;
            }
            Act::SignedOnPaper { on, .. } => {
                row.signed = format!("podpisano na papierze {on}");
                row.signed_at.clear();
                row.signature_stale = false;
            }
            _ => {}
        }
    }
}

/// The letter of the number that an act of this kind makes.
fn prefix(kind: &str) -> Option<char> {
    Some(match kind {
        "designate" => 'D',
        "report" => 'R',
        "order" => 'O',
        "begin" => 'P',
        "ask_hold" => 'H',
        "ask_disclosure" => 'X',
        "suspend" => 'S',
        "decide" => 'C',
        "add_account" => 'A',
        _ => return None,
    })
}
