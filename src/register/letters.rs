//! The letters that belong to a number of the procedure, made from what the recorder's views answer.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;

use super::access::access_html;
use super::act::DisclosureKind;
use super::documents::{extract_html, notice_html, order_html, refusal_html};
use super::page::Letterhead;
use super::print::{Medium, protocol_html};
use super::procedure::{Designation, DisclosureState, OrderState, ReportState};
use super::recipients::DataRecipient;

/// A letter of the procedure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Letter {
    /// The order to listen (§5.5).
    Order,
    /// The employee's notice (§5.7).
    Notice,
    /// Why no listening follows from a report.
    Refusal,
    /// The extract of the register of disclosures (§7).
    Extract,
    /// The answer to a person's request (GDPR art. 15).
    Answer,
    /// The hand-over protocol (§7.3).
    Protocol,
}

/// Why there is no such letter.
#[derive(Debug, Error)]
pub enum NoLetter {
    /// No entry has the number.
    #[error("there is no {0}")]
    Unknown(String),
    /// The report was not refused.
    #[error("{0} was not refused; its order is printed by the order's number")]
    NotRefused(String),
    /// The disclosure is not decided.
    #[error("{0} is not decided yet: there is no answer")]
    NotDecided(String),
    /// It is no person's request.
    #[error("{0} is no person's request: its extract is printed")]
    NoPerson(String),
    /// No medium was made.
    #[error("{0} was never exported")]
    NotExported(String),
    /// The recorder answers otherwise than this program expects.
    #[error("the recorder is of another version: {0}")]
    Shape(#[from] serde_json::Error),
}

impl Letter {
    /// The view in which its number stands.
    pub const fn view(self) -> &'static str {
        match self {
            Self::Order | Self::Notice => "orders",
            Self::Refusal => "reports",
            Self::Extract | Self::Answer | Self::Protocol => "disclosures",
        }
    }

    /// The letter as a page. `rows` is its view's list, `designations` that view's, if it may be seen.
    ///
    /// # Errors
    /// There is no such letter (yet).
    pub fn html(
        self,
        head: &Letterhead,
        number: &str,
        rows: &Value,
        designations: &Value,
    ) -> Result<String, NoLetter> {
        match self {
            Self::Order | Self::Notice => {
                let order: OrderState = entry(rows, number)?;
                let who: Option<Designation> = entry(designations, &order.order.listener).ok();
                Ok(match self {
                    Self::Notice => notice_html(head, number, &order, who.as_ref()),
                    _ => order_html(head, number, &order, who.as_ref()),
                })
            }
            Self::Refusal => {
                let report: ReportState = entry(rows, number)?;
                match report.refused {
                    Some(_) => Ok(refusal_html(head, number, &report)),
                    None => Err(NoLetter::NotRefused(number.to_owned())),
                }
            }
            disclosed => {
                let before = recipients(rows, number)?;
                disclosed.of_disclosure(head, number, &entry(rows, number)?, &before)
            }
        }
    }

    fn of_disclosure(
        self,
        head: &Letterhead,
        number: &str,
        of: &DisclosureState,
        before: &[DataRecipient],
    ) -> Result<String, NoLetter> {
        let number_of = || number.to_owned();
        match self {
            Self::Answer if of.asked.kind != DisclosureKind::Person => {
                Err(NoLetter::NoPerson(number_of()))
            }
            Self::Answer if of.judged.is_none() => Err(NoLetter::NotDecided(number_of())),
            Self::Answer => Ok(access_html(head, number, of, before)),
            Self::Protocol if of.exports == 0 => Err(NoLetter::NotExported(number_of())),
            Self::Protocol => {
                // The list of files is on the medium's own protocol; the log knows their sums' sum.
                let medium = Medium {
                    files: Vec::new(),
                    sums: of
                        .handed_over
                        .as_ref()
                        .map(|(_, sums)| sums.clone())
                        .unwrap_or_default(),
                    made: String::new(),
                };
                Ok(protocol_html(head, number, of, &medium))
            }
            _ => Ok(extract_html(head, number, of)),
        }
    }
}

/// What goes with a medium, by file name: the protocol, and the register's extract or the answer to the
/// person, which names those who had recordings `before`.
pub fn medium_papers(
    head: &Letterhead,
    number: &str,
    of: &DisclosureState,
    before: &[DataRecipient],
    medium: &Medium,
) -> [(&'static str, String); 2] {
    let with = match of.asked.kind {
        DisclosureKind::Institution => ("wypis.html", extract_html(head, number, of)),
        DisclosureKind::Person => ("odpowiedz.html", access_html(head, number, of, before)),
    };
    let protocol = protocol_html(head, number, of, medium);
    [("protokol.html", protocol), with]
}

/// The same from the view's list `rows`.
///
/// # Errors
/// No entry has the number, or no medium was made.
pub fn medium_papers_of(
    head: &Letterhead,
    number: &str,
    rows: &Value,
    medium: &Medium,
) -> Result<[(&'static str, String); 2], NoLetter> {
    let of: DisclosureState = entry(rows, number)?;
    if of.exports == 0 {
        return Err(NoLetter::NotExported(number.to_owned()));
    }
    let before = recipients(rows, number)?;
    Ok(medium_papers(head, number, &of, &before, medium))
}

/// Who had recordings before, as the view says of a person's request.
fn recipients(rows: &Value, number: &str) -> Result<Vec<DataRecipient>, NoLetter> {
    let mut all = rows.as_array().into_iter().flatten();
    let found = all.find(|entry| entry["id"].as_str() == Some(number));
    let listed = found.and_then(|entry| entry.get("recipients"));
    Ok(listed.map_or(Ok(Vec::new()), Vec::deserialize)?)
}

/// The entry of a list with this number.
fn entry<T: DeserializeOwned>(list: &Value, number: &str) -> Result<T, NoLetter> {
    let mut all = list.as_array().into_iter().flatten();
    let found = all.find(|entry| entry["id"].as_str() == Some(number));
    let mut found = found
        .cloned()
        .ok_or_else(|| NoLetter::Unknown(number.to_owned()))?;
    if let Some(object) = found.as_object_mut() {
        object.remove("id");
        object.remove("listener_name");
        object.remove("recipients");
    }
    // What the view adds of recordings that are still there is no part of an order.
    for call in found["calls"].as_array_mut().into_iter().flatten() {
        call.as_object_mut().map(|call| call.remove("kept"));
    }
    Ok(serde_json::from_value(found)?)
}
