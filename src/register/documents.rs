//! The letters and minutes of the procedure, in Polish, ready to be printed and signed.

use super::act::{CallRef, DisclosureKind, Notice};
use super::page::{Letterhead, escape, facts, grid, headed, paragraph, signatures};
use super::polish::{clock_of, date, day_of, moment};
use super::procedure::{Designation, DisclosureState, OrderState, ReportState};

/// Title in the middle, below the head.
pub(super) fn letter(head: &Letterhead, title: &str, body: &str) -> String {
    let title_html = escape(title);
    headed(
        title,
        &format!("{}<h1>{title_html}</h1>\n{body}", head.html()),
    )
}

fn direction(call: &CallRef) -> &'static str {
    match call.direction.as_str() {
        "incoming" => "przychodząca",
        "outgoing" => "wychodząca",
        _ => "nieustalona",
    }
}

/// The calls a document is about.
pub(super) fn calls(calls: &[CallRef]) -> String {
    let headings = [
        "Lp.",
        "Numer, na który wykonano połączenie",
        "Numer, z którego wykonano połączenie",
        "Data",
        "Początek",
        "Koniec",
        "Rozmowa",
    ];
    let rows = calls.iter().zip(1..).map(|(call, n)| {
        vec![
            format!("{n}."),
            call.called.clone(),
            call.calling.clone(),
            day_of(&call.start),
            clock_of(&call.start),
            clock_of(&call.end),
            direction(call).to_owned(),
        ]
    });
    grid(&headings, rows)
}

fn listener(designation: Option<&Designation>) -> String {
    let Some(Designation { document, .. }) = designation else {
        return "osoba wyznaczona przez Dyrektora".to_owned();
    };
    format!(
        "{}, {} (wyznaczenie nr {} z dnia {}, upoważnienie do przetwarzania danych osobowych nr {})",
        document.name,
        document.post,
        document.number,
        date(document.dated),
        document.authorisation
    )
}

/// „nagrania rozmowy telefonicznej” or „nagrań rozmów telefonicznych”.
fn of_recordings(order: &OrderState) -> &'static str {
    match order.order.calls.len() {
        1 => "nagrania rozmowy telefonicznej",
        _ => "nagrań rozmów telefonicznych",
    }
}

/// The director's order to listen (§5.5-6).
pub fn order_html(
    head: &Letterhead,
    number: &str,
    order: &OrderState,
    who: Option<&Designation>,
) -> String {
    let zone = head.tz();
    let of = of_recordings(order);
    let shown = match order.order.calls.len() {
        1 => "wskazanej",
        _ => "wskazanych",
    };
    let mut body = paragraph(&format!(
        "Na podstawie § 5 ust. 5 i 6 {} polecam odsłuchanie {of}, {shown} poniżej, i wyrażam na to zgodę.",
        head.rules_then()
    ));
    let mut rows = vec![
        ("Zgłoszenie", reference(order.order.report.as_ref())),
        ("Przypadek", order.order.ground.polish().to_owned()),
    ];
    if !order.order.reason.is_empty() {
        rows.push(("Uzasadnienie", order.order.reason.clone()));
    }
    rows.extend([
        ("Osoba dokonująca odsłuchania", listener(who)),
        (
            "Pracownik, który prowadził rozmowę",
            order.order.employee.clone(),
        ),
        ("Odsłuchanie możliwe od", moment(order.order.from, &zone)),
        ("Odsłuchanie możliwe do", moment(order.order.until, &zone)),
    ]);
    body.push_str(&facts(&rows));
    body.push_str(&calls(&order.order.calls));
    body.push_str(&paragraph(
        "Przed odsłuchaniem należy poinformować o nim pracownika, który prowadził rozmowę, a jeżeli jest on \
         nieobecny – niezwłocznie po jego zgłoszeniu się do pracy (§ 5 ust. 7). Odsłuchanie podlega odnotowaniu \
         w ewidencji odsłuchań nagranych rozmów (§ 6 ust. 1).",
    ));
    if let Some(reason) = &order.revoked {
        body.push_str(&paragraph(&format!("Polecenie cofnięto: {reason}.")));
    }
    body.push_str(&signatures(&["podpis Dyrektora"]));
    body.push_str(&format!(
        "<p class=\"hash\">Polecenie podpisano w systemie podpisem elektronicznym (ed25519): {}<br>\
         Stan dziennika w chwili podpisania: {}</p>\n",
        escape(&order.order.signature),
        escape(&order.order.head)
    ));
    let title = format!("Polecenie odsłuchania {of} nr {number}");
    letter(&issued(head, order), &title, &body)
}

/// A letter about an order carries the day on which the order was entered.
fn issued(head: &Letterhead, order: &OrderState) -> Letterhead {
    let day = order.at.map(|at| head.tz().to_datetime(at).date());
    Letterhead {
        day: day.or(head.day),
        ..head.clone()
    }
}

fn reference(report: Option<&String>) -> String {
    report.map_or_else(
        || "bez zgłoszenia (z urzędu)".to_owned(),
        |number| format!("nr {number}"),
    )
}

/// What was or will be heard, as the notice says it.
fn hearing(number: &str, order: &OrderState, heard: bool) -> String {
    let of = of_recordings(order);
    let led = match order.order.calls.len() {
        1 => "którą Pani/Pan prowadziła/prowadził",
        _ => "które Pani/Pan prowadziła/prowadził",
    };
    match heard {
        true => {
            format!("w wykonaniu polecenia Dyrektora nr {number} dokonano odsłuchania {of}, {led}:")
        }
        false => {
            format!("w wykonaniu polecenia Dyrektora nr {number} nastąpi odsłuchanie {of}, {led}:")
        }
    }
}

/// The employee's notice (§5.7).
pub fn notice_html(
    head: &Letterhead,
    number: &str,
    order: &OrderState,
    who: Option<&Designation>,
) -> String {
    let zone = head.tz();
    let heard = !order.playbacks.is_empty();
    let absent = match &order.notice {
        Some(Notice::Absent { note }) => Some(note),
        _ => None,
    };
    let what = hearing(number, order, heard);
    let mut body = format!(
        "<p class=\"right\">Pani/Pan<br>{}</p>\n",
        escape(&order.order.employee)
    );
    body.push_str(&paragraph(&format!(
        "Na podstawie § 5 ust. 7 {} informuję, że {what}",
        head.rules_then()
    )));
    body.push_str(&calls(&order.order.calls));
    let mut rows = vec![
        ("Przypadek", order.order.ground.polish().to_owned()),
        ("Osoba dokonująca odsłuchania", listener(who)),
    ];
    if !heard {
        rows.push((
            "Odsłuchanie nastąpi w okresie",
            format!(
                "od {} do {}",
                moment(order.order.from, &zone),
                moment(order.order.until, &zone)
            ),
        ));
    }
    if let Some(note) = absent {
        rows.push(("Przyczyna poinformowania po powrocie", note.clone()));
    }
    body.push_str(&facts(&rows));
    body.push_str(&paragraph(
        "Odsłuchanie podlega odnotowaniu w ewidencji odsłuchań nagranych rozmów, prowadzonej przez gestora \
         systemu (§ 6). Ma Pani/Pan prawo dostępu do swoich danych osobowych utrwalonych w nagraniu.",
    ));
    body.push_str(&signatures(&[
        "podpis osoby informującej",
        "przyjąłem/przyjęłam do wiadomości – data i podpis pracownika",
    ]));
    letter(
        head,
        "Zawiadomienie pracownika o odsłuchaniu rozmowy",
        &body,
    )
}

/// No listening follows from a report.
pub fn refusal_html(head: &Letterhead, number: &str, report: &ReportState) -> String {
    let zone = head.tz();
    let mut body = format!("<p class=\"right\">{}</p>\n", escape(&report.report.by));
    body.push_str(&paragraph(&format!(
        "Po rozpatrzeniu zgłoszenia nr {number} z dnia {} nie znajduję podstaw do wydania polecenia \
         odsłuchania nagrania rozmowy telefonicznej, o którym mowa w § 5 ust. 5 i 6 {}.",
        date(zone.to_datetime(report.at).date()),
        head.rules()
    )));
    body.push_str(&facts(&[
        (
            "Przypadek wskazany w zgłoszeniu",
            report.report.ground.polish().to_owned(),
        ),
        ("Treść zgłoszenia", report.report.text.clone()),
        (
            "Uzasadnienie rozstrzygnięcia",
            report.refused.clone().unwrap_or_default(),
        ),
    ]));
    body.push_str(&paragraph(
        "Rozstrzygnięcie nie ogranicza prawa do złożenia skargi na zasadach określonych w dziale VIII Kodeksu \
         postępowania administracyjnego ani praw wynikających z przepisów o ochronie danych osobowych.",
    ));
    body.push_str(&signatures(&["podpis Dyrektora"]));
    let day = report.refused_at.map(|at| zone.to_datetime(at).date());
    let head = Letterhead {
        day: day.or(head.day),
        ..head.clone()
    };
    letter(&head, "Informacja o nieuwzględnieniu zgłoszenia", &body)
}

/// One entry of the register of disclosures (§7), as a certified extract.
pub(super) fn extract_html(head: &Letterhead, number: &str, of: &DisclosureState) -> String {
    let zone = head.tz();
    let asked = &of.asked;
    let kind = match asked.kind {
        DisclosureKind::Institution => "udostępnienie uprawnionej instytucji (§ 7 ust. 2 i 3)",
        DisclosureKind::Person => "dostęp osoby, której dane dotyczą (art. 15 RODO)",
    };
    let decision = match &of.judged {
        None => "nie rozpatrzono".to_owned(),
        Some((true, reason)) => format!("wyrażono zgodę – {reason}"),
        Some((false, reason)) => format!("odmówiono – {reason}"),
    };
    let handed = of
        .handed_over
        .as_ref()
        .map_or_else(|| "nie przekazano".to_owned(), |(to, _)| to.clone());
    let mut rows = vec![
        ("Numer wpisu", number.to_owned()),
        ("Rodzaj", kind.to_owned()),
        ("Wnioskodawca", asked.who.clone()),
        ("Wniosek (numer i data)", asked.request.clone()),
        ("Podstawa prawna", asked.basis.clone()),
        ("Data wpisu", date(zone.to_datetime(of.at).date())),
        ("Rozstrzygnięcie Dyrektora", decision),
        (
            "Sporządzone nośniki",
            match of.exports {
                0 => "nie sporządzono".to_owned(),
                count => count.to_string(),
            },
        ),
        ("Przekazano", handed),
    ];
    if let Some(given) = &asked.asked_number {
        rows.insert(4, ("Numer telefonu podany we wniosku", given.clone()));
    }
    if let Some(ended) = of.ended {
        rows.push(("Sprawę zakończono", date(zone.to_datetime(ended).date())));
    }
    let mut body = paragraph(&format!(
        "Wypis sporządzono z rejestru udostępnień, prowadzonego na podstawie § 7 {}.",
        head.rules()
    ));
    body.push_str(&facts(&rows));
    body.push_str("<h2>Nagrania rozmów objęte wpisem</h2>\n");
    body.push_str(&match asked.calls.is_empty() {
        true => paragraph("Nie odnaleziono nagrań rozmów wnioskodawcy."),
        false => calls(&asked.calls),
    });
    let handed = of.handed_over.as_ref();
    if let Some((_, sums)) = handed.filter(|(_, sums)| !sums.is_empty()) {
        let sums = escape(sums);
        body.push_str(&format!(
            "<p class=\"hash\">SHA-256 pliku SHA256SUMS przekazanego nośnika: {sums}</p>\n"
        ));
    }
    body.push_str(&paragraph("Zgodność wypisu z rejestrem stwierdzam."));
    body.push_str(&signatures(&["podpis gestora systemu"]));
    letter(head, "Wypis z rejestru udostępnień nagrań rozmów", &body)
}

/// A day's incoming calls on which the announcement was not heard, and those that ended during it or
/// right after (§4.1, §4.3): time, line, number, length, id.
pub fn unannounced_html(
    head: &Letterhead,
    day: jiff::civil::Date,
    missing: &[[String; 5]],
    left: &[[String; 5]],
) -> String {
    let headings = [
        "Godzina",
        "Linia",
        "Numer",
        "Czas trwania",
        "Identyfikator rozmowy",
    ];
    let list = |rows: &[[String; 5]]| match rows.is_empty() {
        true => paragraph("Nie stwierdzono."),
        false => grid(&headings, rows.iter().map(|row| row.to_vec())),
    };
    let mut body = paragraph(&format!(
        "Wykaz sporządzono na podstawie § 4 {}.",
        head.rules()
    ));
    body.push_str(
        "<h2>Rozmowy przychodzące, w których nie stwierdzono odtworzenia komunikatu</h2>\n",
    );
    body.push_str(&list(missing));
    body.push_str("<h2>Rozmowy zakończone w trakcie komunikatu lub bezpośrednio po nim</h2>\n");
    body.push_str(&list(left));
    body.push_str(&signatures(&["data i podpis gestora systemu"]));
    let title = format!(
        "Wykaz dotyczący odtwarzania komunikatu w dniu {}",
        date(day)
    );
    letter(head, &title, &body)
}
