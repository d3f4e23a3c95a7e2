//! What the recorder says when it says no, in Polish: the recorder and the terminal speak English, the
//! office reads Polish. `{}` stands for what differs from case to case; it is said in Polish too, if it
//! is one of these texts itself.

mod acts;
mod who;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{POLISH, Texts};

/// English, Polish.
const SAID: [&[(&str, &str)]; 2] = [who::SAID, acts::SAID];

/// What stands for the `{}` of a pattern, if the text is one of its kind.
fn parts<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut pieces = pattern.split("{}");
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let mut found = Vec::new();
    let pieces: Vec<&str> = pieces.collect();
    for (at, piece) in pieces.iter().enumerate() {
        let last = at + 1 == pieces.len();
        let place = match last {
            true => rest.ends_with(piece).then(|| rest.len() - piece.len()),
            false => rest.find(piece),
        };
        let (part, behind) = rest.split_at(place?);
        found.push(part);
        rest = &behind[piece.len()..];
    }
    (rest.is_empty() && found.iter().all(|part| !part.is_empty())).then_some(found)
}

/// The pattern whose own words are most of the text.
fn known(text: &str) -> Option<(&'static str, Vec<&str>)> {
    let all = SAID.into_iter().flatten();
    let fit = all.filter_map(|(english, polish)| Some((*english, *polish, parts(english, text)?)));
    let (_, polish, parts) = fit.max_by_key(|(english, _, _)| english.len())?;
    Some((polish, parts))
}

fn polish(text: &str, zone: &TimeZone) -> Option<String> {
    let (pattern, parts) = known(text)?;
    let mut out = String::new();
    let mut parts = parts.into_iter();
    for (at, piece) in pattern.split("{}").enumerate() {
        if at > 0 {
            let part = parts.next().unwrap_or_default();
            out.push_str(&part_in_polish(part, zone));
        }
        out.push_str(piece);
    }
    Some(out)
}

/// A number, a name, a moment (in the office's zone), or a text of the table.
fn part_in_polish(part: &str, zone: &TimeZone) -> String {
    if let Ok(at) = part.parse::<Timestamp>() {
        let at = at.to_zoned_datetime(zone.clone());
        return at.strftime("%Y-%m-%d %H:%M").to_string();
    }
    polish(part, zone).unwrap_or_else(|| part.trim_matches('"').to_owned())
}

impl Texts {
    /// What the recorder said, in this language; none if these texts do not know it.
    pub(in crate::console) fn said(&self, text: &str, zone: &TimeZone) -> Option<String> {
        match std::ptr::eq(self, &raw const POLISH) {
            true => polish(text, zone),
            false => Some(text.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::rules::{Action, Role, may};

    fn said(text: &str) -> Option<String> {
        let zone = TimeZone::get("Europe/Warsaw").expect("bundled");
        POLISH.said(text, &zone)
    }

    #[test]
    fn numbers_moments_and_reasons_are_put_where_they_belong() {
        for (english, polish) in [
            ("the reason is empty", "Nie wypełniono: uzasadnienie"),
            (
                "O-2 is open from 2026-11-25T08:00:00Z until 2026-11-25T09:30:00Z",
                "Poza wyznaczonym oknem: polecenie O-2 obowiązuje od 2026-11-25 09:00 do 2026-11-25 10:30.",
            ),
            (
                "not allowed: the listener signs (§6.2 i)",
                "Rola na to nie pozwala: wpis podpisuje osoba odsłuchująca (§ 6 ust. 2 lit. i).",
            ),
            (
                "O-3 was revoked: zgłoszenie wycofano",
                "Polecenie O-3 zostało cofnięte: zgłoszenie wycofano",
            ),
            ("field f of P-1 is empty", "Brakuje: pole f wpisu P-1."),
            ("there is no O-9", "Nie ma: O-9"),
        ] {
            assert_eq!(said(english).as_deref(), Some(polish), "{english}");
        }
        assert_eq!(said("something nobody has said before"), None);
    }

    #[test]
    fn every_reason_of_the_roles_is_known() {
        for &action in Action::ALL {
            let why = may(Role::Employee, action).why();
            assert!(said(why).is_some_and(|text| text != why), "{why}");
        }
    }

    /// The texts of a call's arguments in a source file: `{...}` as what differs.
    fn texts_of(source: &str, call: &str) -> Vec<String> {
        let mut found = Vec::new();
        for (at, _) in source.match_indices(call) {
            let behind = &source[at + call.len()..];
            let mut parts = behind[..end_of(behind)].split('"');
            while let (Some(_), Some(text)) = (parts.next(), parts.next()) {
                found.push(text.to_owned());
            }
        }
        found
    }

    /// Where a statement ends: at a semicolon that stands in no text.
    fn end_of(source: &str) -> usize {
        let mut quoted = false;
        let end = source.char_indices().find(|(_, c)| {
            quoted ^= *c == '"';
            *c == ';' && !quoted
        });
        end.map_or(source.len(), |(at, _)| at)
    }

    #[test]
    fn what_the_sources_refuse_with_is_known() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut missing = Vec::new();
        for file in [
            "register/admit.rs",
            "register/admit_keeping.rs",
            "register/account.rs",
            "register/signed.rs",
            "register/gate.rs",
            "daemon/accounts_desk.rs",
            "daemon/asker.rs",
            "daemon/procedure_desk.rs",
            "daemon/procedure_audio.rs",
            "daemon/procedure_calls.rs",
            "daemon/procedure_views.rs",
            "daemon/sign_desk.rs",
            "control/person.rs",
            "console/pages/disclosing.rs",
        ] {
            let source = fs::read_to_string(root.join(file)).expect("a source");
            for call in [
                "return state(",
                " state(",
                "Refusal::new(",
                "Refused::Role(",
                "written(",
                "#[error(",
                "let remedy = match error",
            ] {
                for text in texts_of(&source, call) {
                    let text = text.replace("\\\n", "");
                    let plain = !text.contains('{') && text.split(' ').count() > 1;
                    if plain && said(&text).is_none() {
                        missing.push(format!("{file}: {text}"));
                    }
                }
            }
        }
        assert_eq!(missing, [] as [String; 0]);
    }
}
