//! A printed page: A4, Polish, everything a person entered escaped, nothing fetched from anywhere.

use std::fmt::Write;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::polish;

const STYLE: &str = "@page{size:A4;margin:2cm 2cm 2cm 2.5cm}\
@page lista{size:A4 landscape;margin:1.5cm}\
body{font:11pt/1.35 'Liberation Serif','Times New Roman',serif;margin:0 auto}\
h1{font-size:13pt;text-align:center;margin:1.2em 0 1em;text-wrap:balance}\
h2{font-size:11.5pt;margin:1.2em 0 .5em}\
p{margin:.5em 0;text-align:justify}ol{padding-left:1.6em}li{margin:.35em 0;text-align:justify}\
table{border-collapse:collapse;width:100%;margin:.6em 0}\
th,td{border:1px solid #000;padding:3pt 4pt;text-align:left;vertical-align:top}\
th{font-weight:bold}.facts th{width:38%;font-weight:normal}tr{break-inside:avoid}\
thead{display:table-header-group}.head{display:flex;justify-content:space-between;gap:1cm}\
.head p{text-align:left;margin:0}.head .right{text-align:right;white-space:nowrap}.right{text-align:right}.center{text-align:center}\
.hash{font:8pt/1.3 'Liberation Mono',monospace;overflow-wrap:anywhere;text-align:left}\
p:has(+.signs),p:has(+.hash+.signs){break-after:avoid}\
.signs{display:flex;justify-content:space-between;gap:1.5cm;margin-top:1.8cm;break-inside:avoid;break-before:avoid}\
.signs p{flex:1;border-top:1px dotted #000;text-align:center;font-size:9pt;padding-top:2pt}\
.list{page:lista}.list table{font-size:8pt}.list+.sheet,.sheet+.sheet{break-before:page}\
pre{font:9pt/1.4 'Liberation Mono',monospace;white-space:pre-wrap;overflow-wrap:anywhere}\
@media screen{body{padding:1cm;max-width:17cm}.list{width:26cm}}";

/// Text as HTML.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A whole page.
pub(super) fn page(title: &str, body: &str) -> String {
    headed(title, &format!("<h1>{}</h1>\n{body}", escape(title)))
}

/// A whole page whose body has its own heading.
pub(super) fn headed(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"pl\"><head><meta charset=\"utf-8\"><title>{}</title>\
         <style>{STYLE}</style></head><body>\n{body}</body></html>\n",
        escape(title)
    )
}

/// Facts, one a line: name and value.
pub(super) fn facts(rows: &[(&str, String)]) -> String {
    let mut out = String::from("<table class=\"facts\">\n");
    for (name, value) in rows {
        let (name, value) = (escape(name), escape(value));
        let _ = writeln!(out, "<tr><th>{name}</th><td>{value}</td></tr>");
    }
    out.push_str("</table>\n");
    out
}

/// A table under headings.
pub(super) fn grid(headings: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut out = String::from("<table><thead><tr>");
    for heading in headings {
        let _ = write!(out, "<th>{}</th>", escape(heading));
    }
    out.push_str("</tr></thead>\n");
    for row in rows {
        out.push_str("<tr>");
        for cell in row {
            let _ = write!(out, "<td>{}</td>", escape(&cell));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</table>\n");
    out
}

/// A paragraph. A full stop after „2026 r.” is the abbreviation's own.
pub(super) fn paragraph(text: &str) -> String {
    let text = text.replace("r..", "r.");
    format!("<p>{}</p>\n", escape(&polish::bound(&text)))
}

/// Places for signatures side by side, each with what is to be signed there.
pub(super) fn signatures(places: &[&str]) -> String {
    let places: String = places
        .iter()
        .map(|place| format!("<p>{}</p>", escape(place)))
        .collect();
    format!("<div class=\"signs\">{places}</div>\n")
}

/// Who writes, and when: the head of every letter.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Letterhead {
    /// The office.
    pub office: String,
    /// Its address.
    pub address: String,
    /// How it is reached.
    pub contact: String,
    /// The town.
    pub place: String,
    /// The act that introduced the rules, in the genitive.
    pub regulation: String,
    /// The data protection officer.
    pub officer: String,
    /// What recordings are for, in the genitive.
    pub purpose: String,
    /// What the office holds to be its legal basis.
    pub basis: String,
    /// Months recordings are kept.
    pub months: u16,
    /// The day of the letter.
    pub day: Option<Date>,
    /// IANA name of the office's zone.
    pub zone: String,
}

impl Letterhead {
    /// Office on the left, town and date on the right.
    pub(super) fn html(&self) -> String {
        let left: Vec<String> = [&self.office, &self.address, &self.contact]
            .into_iter()
            .filter(|text| !text.is_empty())
            .map(|text| escape(text))
            .collect();
        let day = self.day.map(polish::date).unwrap_or_default();
        let right = match self.place.is_empty() {
            true => format!("dnia {day}"),
            false => format!("{}, dnia {day}", self.place),
        };
        format!(
            "<div class=\"head\"><p>{}</p><p class=\"right\">{}</p></div>\n",
            left.join("<br>"),
            escape(&right)
        )
    }

    /// „szczegółowych zasad nagrywania rozmów telefonicznych”, with the act that introduced them.
    pub(super) fn rules(&self) -> String {
        let rules = "szczegółowych zasad nagrywania rozmów telefonicznych";
        match self.regulation.is_empty() {
            true => rules.to_owned(),
            false => format!("{rules}, stanowiących załącznik do {}", self.regulation),
        }
    }

    /// The same where the sentence goes on: an inserted clause ends with a comma.
    pub(super) fn rules_then(&self) -> String {
        let comma = if self.regulation.is_empty() { "" } else { "," };
        format!("{}{comma}", self.rules())
    }

    pub(super) fn tz(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::get(&self.zone).unwrap_or(jiff::tz::TimeZone::UTC)
    }
}
