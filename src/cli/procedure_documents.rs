//! `linetap register document`: the letters of the procedure, for printing.

use std::io::{self, Write};

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::control::Request;
use crate::register::{
    Designation, DisclosureKind, DisclosureState, Letterhead, OrderState, ReportState, access_html,
    extract_html, notice_html, order_html, refusal_html,
};

use super::args::Target;
use super::exit::{Exit, Failure, Outcome};
use super::procedure::{client, failed, view};

/// Prints the document that belongs to a number.
pub(super) fn document(target: &Target, number: &str, notice: bool, extract: bool) -> Outcome {
    let number = number.to_uppercase();
    let name = match number.chars().next() {
        Some('O') => "orders",
        Some('R') => "reports",
        Some('X') => "disclosures",
        _ => {
            let text =
                "documents are made of orders (O-1), refused reports (R-1), disclosures (X-1)";
            return Err(Failure::message(Exit::Usage, text));
        }
    };
    let mut client = client(target)?;
    let request = Request::Procedure {
        view: name.to_owned(),
    };
    let answer = client.ask(&request)?;
    let head: Letterhead = serde_json::from_value(answer["letterhead"].clone()).map_err(failed)?;
    let page = match name {
        "orders" => {
            let order: OrderState = entry(&answer[name], &number)?;
            let all = view(&mut client, "designations")?;
            let who: Option<Designation> = entry(&all, &order.order.listener).ok();
            match notice {
                true => notice_html(&head, &number, &order, who.as_ref()),
                false => order_html(&head, &number, &order, who.as_ref()),
            }
        }
        "reports" => {
            let report: ReportState = entry(&answer[name], &number)?;
            if report.refused.is_none() {
                let text =
                    format!("{number} was not refused; its order is printed by the order's number");
                return Err(failed(text));
            }
            refusal_html(&head, &number, &report)
        }
        _ => {
            let disclosure: DisclosureState = entry(&answer[name], &number)?;
            let person = disclosure.asked.kind == DisclosureKind::Person;
            if person && !extract && disclosure.judged.is_none() {
                return Err(failed(format!(
                    "{number} is not decided yet: there is no answer"
                )));
            }
            match person && !extract {
                true => access_html(&head, &number, &disclosure),
                false => extract_html(&head, &number, &disclosure),
            }
        }
    };
    write!(io::stdout().lock(), "{page}")?;
    Ok(())
}

/// The entry of a list with this number.
fn entry<T: DeserializeOwned>(list: &Value, number: &str) -> Result<T, Failure> {
    let mut all = list.as_array().into_iter().flatten();
    let found = all.find(|entry| entry["id"].as_str() == Some(number));
    let mut found = found.cloned().ok_or_else(|| {
        failed(format!(
            "there is no {number}; the list commands show the numbers"
        ))
    })?;
    if let Some(object) = found.as_object_mut() {
        object.remove("id");
    }
    // What the view adds of recordings that are still there is no part of an order.
    for call in found["calls"].as_array_mut().into_iter().flatten() {
        call.as_object_mut().map(|call| call.remove("kept"));
    }
    serde_json::from_value(found).map_err(failed)
}
