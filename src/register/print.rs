//! The register on paper (HTML, Polish) and as CSV. Everything a person entered is escaped; a CSV
//! cell that a spreadsheet would take for a formula begins with an apostrophe.

use std::fmt::Write;

use super::act::{DisclosureKind, Gone};
use super::page::{Letterhead, escape, facts, grid, page, paragraph, signatures};
use super::polish::{counted, date_of};
use super::procedure::DisclosureState;
use super::rows::Row;

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
    "a) numer telefonu, na który było wykonane połączenie",
    "b) numer telefonu, z którego wykonywano połączenie",
    "c) data połączenia",
    "d) godzina rozpoczęcia odsłuchiwanej rozmowy",
    "e) godzina zakończenia odsłuchiwanej rozmowy",
    "f) dane osobowe umożliwiające identyfikację rozmówców",
    "g) imię, nazwisko i stanowisko osoby dokonującej odsłuchania",
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

/// The fields as they stand on paper: dates in words.
fn printed(row: &Row) -> [String; 9] {
    let mut all = cells(row);
    for dated in [2, 7] {
        all[dated] = date_of(&all[dated]);
    }
    all
}

/// One row on a sheet of its own, to be signed by hand where it is not signed by key.
pub fn row_html(office: &str, row: &Row) -> String {
    let title = "Ewidencja odsłuchań nagranych rozmów – wpis";
    super::page::headed(title, &sheet(office, row))
}

fn sheet(office: &str, row: &Row) -> String {
    let mut fields: Vec<(&str, String)> = vec![
        ("Jednostka", office.to_owned()),
        ("Numer wpisu", row.playback.clone()),
        ("Polecenie Dyrektora", format!("nr {}", row.order)),
    ];
    fields.extend(FIELDS.into_iter().zip(printed(row)));
    fields.push(("Odsłuchane fragmenty nagrania", played(row)));
    fields.push(("Identyfikator nagrania", row.recording.clone()));
    fields.push(("Stan wpisu", condition(row)));
    for [field, old, new, reason] in &row.corrections {
        let field = field_name(field);
        fields.push((
            "Sprostowanie",
            format!("{field}: „{old}” zmieniono na „{new}” ({reason})"),
        ));
    }
    format!(
        "<div class=\"sheet\"><h1>Ewidencja odsłuchań nagranych rozmów<br>wpis nr {}</h1>\n{}{}\
         <p class=\"hash\">Skrót wpisu w dzienniku: {}<br>SHA-256 pliku nagrania: {}</p></div>\n",
        escape(&row.playback),
        facts(&fields),
        signatures(&[
            "data i podpis osoby odsłuchującej",
            "data i podpis gestora systemu"
        ]),
        escape(&row.hash),
        escape(&row.sha256)
    )
}

/// A corrected field, as the register calls it.
fn field_name(field: &str) -> &str {
    match field {
        "called" => FIELDS[0],
        "calling" => FIELDS[1],
        "date" => FIELDS[2],
        "start" => FIELDS[3],
        "end" => FIELDS[4],
        "parties" => FIELDS[5],
        "heard_on" => FIELDS[7],
        other => other,
    }
}

/// The list, then every row on its sheet. `head` is the newest hash of the log.
pub fn list_html(office: &str, rows: &[Row], head: &str) -> String {
    let mut headings = vec!["Nr wpisu"];
    headings.extend(FIELDS);
    headings.push("Stan wpisu");
    let lines = rows.iter().map(|row| {
        let mut line = vec![row.playback.clone()];
        line.extend(printed(row));
        line.push(condition(row));
        line
    });
    let mut body = format!(
        "<p class=\"center\">{}</p>\n<p>Ewidencję prowadzi gestor systemu nagrywania rozmów telefonicznych \
         na podstawie § 6 ust. 3 szczegółowych zasad nagrywania rozmów telefonicznych.</p>\n{}",
        escape(office),
        grid(&headings, lines)
    );
    let _ = writeln!(
        body,
        "<p>Ewidencja obejmuje {}.</p><p class=\"hash\">Skrót ostatniego wpisu dziennika: {}</p>{}",
        counted(rows.len() as u64, "wpis", "wpisy", "wpisów"),
        escape(head),
        signatures(&["data i podpis gestora systemu"])
    );
    let title = "Ewidencja odsłuchań nagranych rozmów";
    let mut whole = format!("<div class=\"list\"><h1>{title}</h1>\n{body}</div>\n");
    for row in rows {
        whole.push_str(&sheet(office, row));
    }
    super::page::headed(title, &whole)
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
#[derive(Clone, Debug)]
pub struct Deletions {
    /// When, as a sentence begins: „W okresie od ... do ...”.
    pub span: String,
    /// What was deleted: when, and what.
    pub gone: Vec<(String, Gone)>,
    /// Recordings past their term that a hold keeps.
    pub held: u64,
    /// The oldest recording there is.
    pub oldest: Option<String>,
    /// Months of the term.
    pub months: u16,
    /// The office's zone.
    pub zone: jiff::tz::TimeZone,
}

/// The report on deletion, with the statement about what is left.
pub fn deletions_html(office: &str, report: &Deletions) -> String {
    let count = report.gone.len() as u64;
    let mut body = format!(
        "<p class=\"center\">{}</p>\n{}",
        escape(office),
        paragraph(&match count {
            0 => format!("{} nie usunięto żadnego nagrania.", report.span),
            _ => format!(
                "{} usunięto {}.",
                report.span,
                counted(count, "nagranie", "nagrania", "nagrań")
            ),
        })
    );
    if count > 0 {
        let headings = [
            "Usunięto dnia",
            "Identyfikator nagrania",
            "Koniec okresu przechowywania",
            "Podstawa usunięcia",
        ];
        let rows = report.gone.iter().map(|(at, gone)| {
            let why = match gone.why.as_str() {
                "listed" => "§ 3 ust. 5 – brak uzasadnienia",
                _ => "§ 3 ust. 4 – upływ okresu przechowywania",
            };
            let due = report.zone.to_datetime(gone.due).date();
            vec![
                at.clone(),
                gone.recording.clone(),
                super::polish::date(due),
                why.to_owned(),
            ]
        });
        body.push_str(&grid(&headings, rows));
    }
    let months = counted(u64::from(report.months), "miesiąc", "miesiące", "miesięcy");
    let oldest = match &report.oldest {
        Some(at) => format!(
            "Najstarsze przechowywane nagranie pochodzi z dnia {}.",
            date_of(at)
        ),
        None => "System nie przechowuje żadnych nagrań.".to_owned(),
    };
    let held = counted(report.held, "nagranie", "nagrania", "nagrań");
    body.push_str(&paragraph(&format!(
        "Oświadczenie: okres przechowywania nagrań wynosi {months} od dnia nagrania. System nie przechowuje \
         nagrań po upływie tego okresu, z wyjątkiem nagrań zabezpieczonych jako dowód lub objętych wnioskiem \
         (obecnie: {held}). {oldest}"
    )));
    body.push_str(&signatures(&["data i podpis gestora systemu"]));
    page("Raport z usuwania nagrań rozmów telefonicznych", &body)
}

/// A checkpoint of the log on a sheet of its own, to be kept in the file.
pub fn checkpoint_html(office: &str, day: &str, note: &str) -> String {
    let head = note
        .lines()
        .find_map(|line| line.strip_prefix("head "))
        .unwrap_or_default();
    let groups: Vec<&str> = (0..head.len().min(32) / 4)
        .filter_map(|n| head.get(4 * n..4 * n + 4))
        .collect();
    let mut body = format!("<p class=\"center\">{}</p>\n", escape(office));
    body.push_str(&facts(&[
        ("Stan na dzień", date_of(day)),
        (
            "Skrót ostatniego wpisu (32 pierwsze cyfry)",
            groups.join(" "),
        ),
    ]));
    let _ = writeln!(body, "<pre>{}</pre>", escape_lines(note));
    body.push_str(&paragraph(
        "Wydruk należy przechowywać w aktach. Pozwala on w każdym czasie sprawdzić, czy wpisów dziennika \
         dokonanych do tego dnia nie zmieniono ani nie usunięto. Sprawdzenia dokonuje się poleceniem:",
    ));
    let digits = head.get(..32).unwrap_or_default();
    let _ = writeln!(
        body,
        "<pre>linetap register verify --checkpoint {}</pre>",
        escape(digits)
    );
    body.push_str(&signatures(&["data i podpis gestora systemu"]));
    page("Punkt kontrolny dziennika", &body)
}

/// Escaped, with its lines kept.
fn escape_lines(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(escape).collect();
    lines.join("\n")
}

/// What lies on the medium.
#[derive(Clone, Debug)]
pub struct Medium {
    /// File names with their SHA-256; empty where only the medium itself knows them.
    pub files: Vec<(String, String)>,
    /// SHA-256 of `SHA256SUMS`; empty if it is to be filled in by hand.
    pub sums: String,
    /// When it was made: RFC 3339, local; empty if that is not known.
    pub made: String,
}

/// What whoever takes the medium is told.
fn told(kind: DisclosureKind) -> &'static str {
    match kind {
        DisclosureKind::Institution => {
            "Odbiorca został pouczony, że nagrania zawierają dane osobowe i\u{a0}mogą być wykorzystane \
             wyłącznie w\u{a0}zakresie prowadzonego postępowania (§ 7 ust. 2)."
        }
        DisclosureKind::Person => {
            "Odbiorca został poinformowany, że kopia zawiera również głos innych osób i\u{a0}że należy \
             z\u{a0}niej korzystać z\u{a0}poszanowaniem ich praw i\u{a0}wolności (art. 15 ust. 4 RODO)."
        }
    }
}

/// The files of the medium, or where their list is.
fn files(medium: &Medium, kind: DisclosureKind) -> String {
    let mut out = String::from("<h2>Pliki zapisane na nośniku</h2>\n");
    if medium.files.is_empty() {
        out.push_str(&paragraph(
            "Wykaz plików wraz z ich skrótami zawiera plik SHA256SUMS zapisany na nośniku.",
        ));
    } else {
        out.push_str("<table><thead><tr><th>Plik</th><th>SHA-256</th></tr></thead>\n");
        for (name, sha256) in &medium.files {
            let (name, sha256) = (escape(name), escape(sha256));
            let _ = writeln!(
                out,
                "<tr><td class=\"hash\">{name}</td><td class=\"hash\">{sha256}</td></tr>"
            );
        }
        out.push_str("</table>\n");
    }
    let sums = match medium.sums.is_empty() {
        true => "……………………………………………………………………………………",
        false => &medium.sums,
    };
    let _ = writeln!(
        out,
        "<p class=\"hash\">SHA-256 pliku SHA256SUMS: {}</p>\n<p>Zgodność plików z&nbsp;powyższym \
         wykazem można sprawdzić poleceniem <code>sha256sum -c SHA256SUMS</code>, a poprawność zapisu \
         dźwięku – poleceniem <code>flac -t</code>. {}</p>\n\
         <p>Protokół sporządzono w&nbsp;dwóch jednobrzmiących egzemplarzach, po jednym dla każdej ze stron.</p>",
        escape(sums),
        told(kind)
    );
    out
}

/// The hand-over protocol, in two copies.
pub(super) fn protocol_html(
    head: &Letterhead,
    number: &str,
    of: &DisclosureState,
    medium: &Medium,
) -> String {
    let asked = &of.asked;
    let decision = of.judged.as_ref().map_or("", |(_, reason)| reason);
    let made = (date_of(&medium.made), medium.made.get(11..16));
    let mut body = head.html();
    body.push_str("<h1>Protokół przekazania nośnika z zapisem rozmów telefonicznych</h1>\n");
    body.push_str(&paragraph(&match asked.kind {
        DisclosureKind::Institution => format!(
            "Na podstawie § 7 ust. 2 i 3 {} przekazuje się nośnik zawierający zapis rozmów telefonicznych.",
            head.rules_then()
        ),
        DisclosureKind::Person => "Na podstawie art. 15 ust. 3 RODO przekazuje się osobie, której dane dotyczą, \
                                   nośnik zawierający kopię nagrań jej rozmów telefonicznych."
            .to_owned(),
    }));
    let mut rows = vec![
        ("Przekazujący", head.office.clone()),
        ("Odbiorca", asked.who.clone()),
        ("Wniosek (numer i data)", asked.request.clone()),
        ("Podstawa prawna", asked.basis.clone()),
        ("Numer w rejestrze udostępnień", number.to_owned()),
        ("Zgoda Dyrektora", decision.to_owned()),
    ];
    if let Some((to, _)) = &of.handed_over {
        rows.push(("Przekazano", to.clone()));
    }
    if let Some(time) = made.1 {
        rows.push(("Nośnik sporządzono", format!("{}, godz. {time}", made.0)));
    }
    body.push_str(&facts(&rows));
    body.push_str("<h2>Nagrania zapisane na nośniku</h2>\n");
    body.push_str(&super::documents::calls(&asked.calls));
    body.push_str(&files(medium, asked.kind));
    body.push_str(&signatures(&[
        "przekazujący – data i podpis",
        "odbierający – data i podpis",
    ]));
    super::page::headed(
        "Protokół przekazania nośnika z zapisem rozmów telefonicznych",
        &body,
    )
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
