//! The register on paper (HTML, Polish) and as CSV. Everything a person entered is escaped; a CSV
//! cell that a spreadsheet would take for a formula begins with an apostrophe.

use std::fmt::Write;

use super::act::Gone;
use super::procedure::DisclosureState;
use super::rows::Row;

const STYLE: &str = "body{font:11pt serif;margin:2cm}h1{font-size:14pt;text-align:center}\
table{border-collapse:collapse;width:100%}th,td{border:1px solid #000;padding:3pt;text-align:left;\
vertical-align:top}.hash{font:8pt monospace;overflow-wrap:anywhere}.sign{height:2.2cm}\
@media print{.sheet{break-after:page}}";

/// Text as HTML.
fn escape(text: &str) -> String {
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
    format!(
        "<!DOCTYPE html>\n<html lang=\"pl\"><head><meta charset=\"utf-8\"><title>{0}</title>\
         <style>{STYLE}</style></head><body>\n<h1>{0}</h1>\n{body}</body></html>\n",
        escape(title)
    )
}

fn table(rows: &[(&str, String)]) -> String {
    let mut out = String::from("<table>\n");
    for (name, value) in rows {
        let _ = writeln!(
            out,
            "<tr><th>{}</th><td>{}</td></tr>",
            escape(name),
            escape(value)
        );
    }
    out.push_str("</table>\n");
    out
}

fn signed(row: &Row) -> String {
    let short = match row.signed.strip_prefix("ed25519:") {
        Some(signature) => format!(
            "podpis elektroniczny (ed25519) {}…",
            &signature[..16.min(signature.len())]
        ),
        None => row.signed.clone(),
    };
    if row.signature_stale {
        format!("{short} – wpis poprawiono po podpisaniu, wymaga ponownego podpisu")
    } else {
        short
    }
}

fn condition(row: &Row) -> String {
    let missing = row.missing();
    if missing.is_empty() {
        "kompletny".to_owned()
    } else {
        format!("NIEKOMPLETNY – brak: {}", missing.join(", "))
    }
}

fn played(row: &Row) -> String {
    let second = |ms: u64| format!("{},{:01} s", ms / 1_000, ms % 1_000 / 100);
    let spans = row
        .played
        .iter()
        .map(|(from, to)| format!("{} – {}", second(*from), second(*to)));
    let spans: Vec<String> = spans.collect();
    match (row.ended.is_empty(), spans.is_empty()) {
        (true, _) => "odsłuch przerwany lub w toku".to_owned(),
        (false, true) => "nic".to_owned(),
        (false, false) => spans.join("; "),
    }
}

const FIELDS: [&str; 9] = [
    "a) numer telefonu, na który wykonano połączenie",
    "b) numer telefonu, z którego wykonano połączenie",
    "c) data połączenia",
    "d) godzina rozpoczęcia rozmowy",
    "e) godzina zakończenia rozmowy",
    "f) dane osobowe umożliwiające identyfikację rozmówców",
    "g) imię, nazwisko i stanowisko osoby odsłuchującej",
    "h) data dokonania odsłuchania",
    "i) podpis osoby odsłuchującej",
];

fn cells(row: &Row) -> [String; 9] {
    let listener = match (row.listener.is_empty(), row.post.is_empty()) {
        (false, false) => format!("{}, {}", row.listener, row.post),
        _ => format!("{}{}", row.listener, row.post),
    };
    [
        row.called.clone(),
        row.calling.clone(),
        row.date.clone(),
        row.start.clone(),
        row.end.clone(),
        row.parties.clone(),
        listener,
        row.heard_on.clone(),
        signed(row),
    ]
}

/// One row on a sheet of its own, to be signed by hand where it is not signed by key.
pub fn row_html(office: &str, row: &Row) -> String {
    page(
        "Ewidencja odsłuchań nagranych rozmów – wpis",
        &sheet(office, row),
    )
}

fn sheet(office: &str, row: &Row) -> String {
    let mut fields: Vec<(&str, String)> = vec![
        ("Jednostka", office.to_owned()),
        ("Numer wpisu", row.playback.clone()),
        ("Polecenie Dyrektora", row.order.clone()),
    ];
    fields.extend(FIELDS.into_iter().zip(cells(row)));
    fields.push(("Odsłuchane fragmenty nagrania", played(row)));
    fields.push(("Identyfikator nagrania", row.recording.clone()));
    fields.push(("SHA-256 pliku nagrania", row.sha256.clone()));
    fields.push(("Stan wpisu", condition(row)));
    for [field, old, new, reason] in &row.corrections {
        fields.push((
            "Sprostowanie",
            format!("{field}: „{old}” → „{new}” ({reason})"),
        ));
    }
    format!(
        "<div class=\"sheet\">{}<p>Podpis osoby odsłuchującej:</p><div class=\"sign\"></div>\
         <p class=\"hash\">Skrót wpisu w dzienniku: {}</p></div>\n",
        table(&fields),
        escape(&row.hash)
    )
}

/// The list, then every row on its sheet. `head` is the newest hash of the log.
pub fn list_html(office: &str, rows: &[Row], head: &str) -> String {
    let mut body = format!(
        "<p>{}</p><p>Podstawa: §6 szczegółowych zasad nagrywania rozmów telefonicznych. \
         Ewidencję prowadzi gestor systemu.</p>\n<table><tr><th>Nr</th>",
        escape(office)
    );
    for field in FIELDS {
        let _ = write!(body, "<th>{}</th>", escape(field));
    }
    body.push_str("<th>Stan</th></tr>\n");
    for row in rows {
        let _ = write!(body, "<tr><td>{}</td>", escape(&row.playback));
        for cell in cells(row) {
            let _ = write!(body, "<td>{}</td>", escape(&cell));
        }
        let _ = writeln!(body, "<td>{}</td></tr>", escape(&condition(row)));
    }
    let _ = writeln!(
        body,
        "</table><p>Liczba wpisów: {}.</p><p class=\"hash\">Skrót ostatniego wpisu dziennika: {}</p>",
        rows.len(),
        escape(head)
    );
    for row in rows {
        body.push_str(&sheet(office, row));
    }
    page("Ewidencja odsłuchań nagranych rozmów", &body)
}

/// A CSV cell (RFC 4180, always quoted), harmless in a spreadsheet.
pub fn csv_cell(text: &str) -> String {
    let dangerous = text
        .trim_start()
        .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        || text.starts_with(['\t', '\r', '\n']);
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let guard = if dangerous { "'" } else { "" };
    format!("\"{guard}{}\"", plain.replace('"', "\"\""))
}

/// The register as CSV with semicolons, as Polish spreadsheets read it.
pub fn csv(rows: &[Row]) -> String {
    let mut head = vec!["numer wpisu", "polecenie"];
    head.extend(FIELDS);
    head.extend(["odsłuchane fragmenty", "stan", "skrót wpisu"]);
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| csv_cell(cell)).collect();
        format!("{}\r\n", cells.join(";"))
    };
    let head: Vec<String> = head.into_iter().map(str::to_owned).collect();
    let mut out = line(&head);
    for row in rows {
        let mut all = vec![row.playback.clone(), row.order.clone()];
        all.extend(cells(row));
        all.extend([played(row), condition(row), row.hash.clone()]);
        out.push_str(&line(&all));
    }
    out
}

/// What a deletion report is about.
#[derive(Clone, Debug, Default)]
pub struct Deletions {
    /// From and to, as people read it.
    pub span: String,
    /// What was deleted: when, and what.
    pub gone: Vec<(String, Gone)>,
    /// Recordings past their term that a hold keeps.
    pub held: u64,
    /// The oldest recording there is.
    pub oldest: Option<String>,
    /// Months of the term.
    pub months: u16,
}

/// The report on deletion, with the statement about what is left.
pub fn deletions_html(office: &str, report: &Deletions) -> String {
    let mut body = format!(
        "<p>{}</p><p>Okres: {}. Usunięto nagrań: {}.</p>\n<table><tr><th>Usunięto</th>\
         <th>Identyfikator nagrania</th><th>Koniec okresu przechowywania</th><th>Podstawa</th></tr>\n",
        escape(office),
        escape(&report.span),
        report.gone.len()
    );
    for (at, gone) in &report.gone {
        let why = match gone.why.as_str() {
            "listed" => "§3 ust. 5 – brak uzasadnienia",
            _ => "§3 ust. 4 – upływ okresu przechowywania",
        };
        let _ = writeln!(
            body,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{why}</td></tr>",
            escape(at),
            escape(&gone.recording),
            gone.due
        );
    }
    let oldest = report.oldest.as_deref().unwrap_or("brak nagrań");
    let _ = writeln!(
        body,
        "</table><p>Oświadczenie: system nie przechowuje nagrań starszych niż {} mies., \
         z wyjątkiem zabezpieczonych (nagrań objętych zabezpieczeniem: {}). Najstarsze nagranie: {}.</p>",
        report.months,
        report.held,
        escape(oldest)
    );
    page("Raport z usuwania nagrań", &body)
}

/// What lies on the medium.
#[derive(Clone, Debug)]
pub struct Medium {
    /// File names with their SHA-256.
    pub files: Vec<(String, String)>,
    /// SHA-256 of `SHA256SUMS`.
    pub sums: String,
    /// When it was made, as people read it.
    pub made: String,
}

/// The hand-over protocol, two copies' worth of signatures.
pub fn protocol_html(office: &str, number: &str, of: &DisclosureState, medium: &Medium) -> String {
    let asked = &of.asked;
    let decision = of.judged.as_ref().map_or("", |(_, reason)| reason);
    let mut body = table(&[
        ("Przekazujący", office.to_owned()),
        ("Odbiorca", asked.who.clone()),
        ("Wniosek (numer i data)", asked.request.clone()),
        ("Podstawa prawna", asked.basis.clone()),
        ("Numer w rejestrze udostępnień", number.to_owned()),
        ("Zgoda Dyrektora", decision.to_owned()),
        ("Data sporządzenia nośnika", medium.made.clone()),
    ]);
    body.push_str("<p>Na nośniku zapisano:</p>\n<table><tr><th>Plik</th><th>SHA-256</th></tr>\n");
    for (name, sha256) in &medium.files {
        let _ = writeln!(
            body,
            "<tr><td>{}</td><td class=\"hash\">{}</td></tr>",
            escape(name),
            escape(sha256)
        );
    }
    body.push_str("</table>\n<p>Rozmowy:</p>\n<table><tr><th>Numer wywoływany</th><th>Numer wywołujący</th><th>Początek</th><th>Koniec</th></tr>\n");
    for call in &asked.calls {
        let _ = writeln!(
            body,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(&call.called),
            escape(&call.calling),
            escape(&call.start),
            escape(&call.end)
        );
    }
    let _ = writeln!(
        body,
        "</table>\n<p class=\"hash\">SHA-256 pliku SHA256SUMS: {}</p>\n<p>Zgodność plików można \
         sprawdzić poleceniami <code>sha256sum -c SHA256SUMS</code> oraz <code>flac -t</code>. \
         Odbiorca został pouczony, że nagrania zawierają dane osobowe i mogą być wykorzystane \
         wyłącznie w zakresie prowadzonego postępowania (§7 ust. 2).</p>\n<table><tr>\
         <td>Przekazujący (data, podpis)<div class=\"sign\"></div></td>\
         <td>Odbierający (data, podpis)<div class=\"sign\"></div></td></tr></table>",
        escape(&medium.sums)
    );
    page("Protokół przekazania nośnika z zapisem rozmów", &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        Row {
            playback: "P-1".into(),
            order: "O-1".into(),
            parties: "=HYPERLINK(\"http://x\");\"<script>alert(1)</script>".into(),
            called: "+48523730000".into(),
            ended: "end".into(),
            played: vec![(0, 12_340)],
            ..Row::default()
        }
    }

    #[test]
    fn what_people_enter_is_never_markup_or_a_formula() {
        let html = list_html("Ośrodek <1>", &[row()], "abc");
        assert!(!html.contains("<script>") && html.contains("&lt;script&gt;"));
        assert!(html.contains("Ośrodek &lt;1&gt;") && html.contains("NIEKOMPLETNY"));
        let csv = csv(&[row()]);
        assert!(csv.contains("\"'=HYPERLINK(\"\"http") && csv.contains("\"'+48523730000\""));
        for bad in ["=1", "+1", "-1", "@x", " =1", "\t=1", "\r1", "\n=1"] {
            assert!(csv_cell(bad).starts_with("\"'"), "{bad:?}");
        }
        assert_eq!(csv_cell("Nowak\nAnna"), "\"Nowak Anna\"");
        assert_eq!(csv.lines().count(), 2);
    }

    #[test]
    fn the_sheet_has_the_nine_fields_in_order() {
        let html = row_html("Ośrodek", &row());
        let places: Vec<usize> = FIELDS.iter().filter_map(|f| html.find(f)).collect();
        assert!(places.len() == 9 && places.is_sorted());
        assert!(html.contains("0,0 s – 12,3 s"));
    }
}
