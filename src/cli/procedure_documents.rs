//! `linetap register document`: the letters of the procedure, for printing.

use std::io::{self, Write};

use crate::control::Request;
use crate::register::{Letter, Letterhead};

use super::args::Target;
use super::exit::{Exit, Failure, Outcome};
use super::procedure::{client, failed, view};

/// Prints the document that belongs to a number.
pub(super) fn document(target: &Target, number: &str, notice: bool, extract: bool) -> Outcome {
    let number = number.to_uppercase();
    let letter = match (number.chars().next(), notice) {
        (Some('O'), true) => Letter::Notice,
        (Some('O'), false) => Letter::Order,
        (Some('R'), _) => Letter::Refusal,
        (Some('X'), _) => Letter::Extract,
        _ => {
            let text =
                "documents are made of orders (O-1), refused reports (R-1), disclosures (X-1)";
            return Err(Failure::message(Exit::Usage, text));
        }
    };
    let name = letter.view();
    let mut client = client(target)?;
    let request = Request::Procedure {
        view: name.to_owned(),
    };
    let answer = client.ask(&request)?;
    let head: Letterhead = serde_json::from_value(answer["letterhead"].clone()).map_err(failed)?;
    let designations = match letter.view() {
        "orders" => view(&mut client, "designations")?,
        _ => serde_json::Value::Null,
    };
    let rows = &answer[name];
    let persons = rows.as_array().into_iter().flatten();
    let person = persons
        .filter(|row| row["id"] == number.as_str())
        .any(|row| row["kind"] == "person");
    let letter = match letter {
        Letter::Extract if person && !extract => Letter::Answer,
        letter => letter,
    };
    let page = letter
        .html(&head, &number, rows, &designations)
        .map_err(failed)?;
    write!(io::stdout().lock(), "{page}")?;
    Ok(())
}
