//! The answer to a person's request for access (GDPR art. 15), in Polish.

use super::act::DisclosureKind;
use super::documents::{calls, letter};
use super::page::{Letterhead, escape, facts, paragraph, signatures};
use super::polish::{counted, date};
use super::procedure::DisclosureState;
use super::recipients::DataRecipient;

/// The answer to a person's request for access (GDPR art. 15). `before` are those for whom media with
/// recordings of the same calls were made.
pub(super) fn access_html(
    head: &Letterhead,
    number: &str,
    of: &DisclosureState,
    before: &[DataRecipient],
) -> String {
    let asked = &of.asked;
    let mut body = format!(
        "<p class=\"right\">Pani/Pan<br>{}</p>\n",
        escape(&asked.who)
    );
    body.push_str(&facts(&[
        ("Znak sprawy", number.to_owned()),
        ("Wniosek (numer i data)", asked.request.clone()),
    ]));
    match &of.judged {
        Some((false, reason)) => body.push_str(&access_refused(reason)),
        _ if asked.calls.is_empty() => body.push_str(&nothing_kept(head, of, before)),
        _ => body.push_str(&access_granted(head, of, before)),
    }
    body.push_str(&signatures(&["podpis Dyrektora"]));
    letter(
        head,
        "Odpowiedź na wniosek o dostęp do danych osobowych",
        &body,
    )
}

fn access_refused(reason: &str) -> String {
    let mut body = paragraph(&format!(
        "W odpowiedzi na Pani/Pana wniosek o dostęp do danych osobowych, na podstawie art. 12 ust. 4 w związku \
         z art. 15 RODO, informuję, że wniosek nie może zostać uwzględniony z następujących powodów: {reason}."
    ));
    body.push_str(&paragraph(COMPLAINT));
    body.push_str(&paragraph(
        "Przysługuje Pani/Panu także prawo do skutecznego środka ochrony prawnej przed sądem (art. 79 RODO).",
    ));
    body
}

const COMPLAINT: &str = "Przysługuje Pani/Panu prawo wniesienia skargi do Prezesa Urzędu Ochrony Danych \
Osobowych, ul. Stanisława Moniuszki 1A, 00-014 Warszawa.";

fn or<'a>(text: &'a str, other: &'a str) -> &'a str {
    if text.is_empty() { other } else { text }
}

/// Art. 15 par. 1 a-h, but for the calls themselves.
fn points(head: &Letterhead, before: &[DataRecipient]) -> [String; 8] {
    let kept = counted(u64::from(head.months), "miesiąc", "miesiące", "miesięcy");
    [
        format!(
            "Cel przetwarzania: rozmowy nagrywa się w celu {}. Podstawa prawna wskazana przez administratora: {}.",
            or(&head.purpose, "określonym w § 3 ust. 1 szczegółowych zasad nagrywania rozmów telefonicznych"),
            or(&head.basis, "………………………………")
        ),
        "Kategorie danych: głos, treść rozmowy, numer telefonu oraz data i godzina rozmowy.".to_owned(),
        format!(
            "{} Odbiorcami danych mogą być wyłącznie uprawnione instytucje, jeżeli obowiązek udostępnienia \
             nagrania wynika z przepisów prawa. Dane nie są przekazywane do państw trzecich ani organizacji \
             międzynarodowych.",
            recipients(head, before)
        ),
        format!(
            "Nagrania są przechowywane przez {kept} od dnia nagrania, a jeżeli stanowią dowód w postępowaniu – \
             do czasu jego prawomocnego zakończenia. Nagrania objęte wnioskiem zabezpieczono do czasu jego \
             załatwienia."
        ),
        "Przysługuje Pani/Panu prawo żądania sprostowania lub usunięcia danych, ograniczenia ich przetwarzania \
         oraz prawo wniesienia sprzeciwu, a jeżeli podstawą przetwarzania jest zgoda – prawo do jej cofnięcia \
         w dowolnym momencie."
            .to_owned(),
        COMPLAINT.to_owned(),
        "Dane pochodzą bezpośrednio od rozmówców uczestniczących w nagranych rozmowach.".to_owned(),
        "Dane nie służą do zautomatyzowanego podejmowania decyzji, w tym do profilowania.".to_owned(),
    ]
}

/// The concrete recipients (par. 1 c); another person who asked for a copy is not named.
fn recipients(head: &Letterhead, before: &[DataRecipient]) -> String {
    if before.is_empty() {
        return "Według rejestru udostępnień nagrań Pani/Pana rozmów nie przekazano dotychczas żadnemu \
                odbiorcy."
            .to_owned();
    }
    let one = |of: &DataRecipient| {
        let who = match of.kind {
            DisclosureKind::Institution => of.who.as_str(),
            DisclosureKind::Person => "osoba, której dane dotyczą, na jej wniosek (art. 15 RODO)",
        };
        let day = date(head.tz().to_datetime(of.on).date());
        let when = match of.handed_over {
            true => format!("dnia {day}"),
            false => format!("nośnik sporządzony dnia {day}, jeszcze nieprzekazany"),
        };
        format!(
            "{who} – {when} (nr {} w rejestrze udostępnień)",
            of.disclosure
        )
    };
    let all: Vec<String> = before.iter().map(one).collect();
    format!(
        "Według rejestru udostępnień nagrania Pani/Pana rozmów przekazano następującym odbiorcom: {}.",
        all.join("; ")
    )
}

/// No recording of the person's calls is kept: that, too, is an answer (art. 15 par. 1, art. 12 par. 3).
fn nothing_kept(head: &Letterhead, of: &DisclosureState, before: &[DataRecipient]) -> String {
    let number = of.asked.asked_number.as_deref();
    let number = number.map_or_else(String::new, |number| format!(" {number},"));
    let kept = counted(u64::from(head.months), "miesiąc", "miesiące", "miesięcy");
    let mut body = paragraph(&format!(
        "W odpowiedzi na Pani/Pana wniosek, na podstawie art. 15 ust. 1 w związku z art. 12 ust. 3 rozporządzenia \
         Parlamentu Europejskiego i Rady (UE) 2016/679 z dnia 27 kwietnia 2016 r. (RODO), informuję, że {} \
         nie przechowuje nagrań rozmów telefonicznych przeprowadzonych z numerem{number} wskazanym we wniosku: rozmów \
         tych nie utrwalono albo ich nagrania usunięto po upływie okresu przechowywania, który wynosi {kept} od \
         dnia nagrania. Nie ma zatem danych, których kopię można by przekazać (art. 15 ust. 3 RODO).",
        head.office
    ));
    // Without a number nobody knows whether recordings went to anybody before they were deleted.
    if of.asked.asked_number.is_some() {
        body.push_str(&paragraph(&recipients(head, before)));
    }
    body.push_str(&paragraph(COMPLAINT));
    let officer = or(&head.officer, "………………………………");
    body.push_str(&paragraph(&format!(
        "Kontakt z inspektorem ochrony danych: {officer}."
    )));
    body
}

/// Art. 15 par. 1 a-h and par. 3, in order.
fn access_granted(head: &Letterhead, of: &DisclosureState, before: &[DataRecipient]) -> String {
    let calls_held = of.asked.calls.len() as u64;
    let many = counted(
        calls_held,
        "rozmowy telefonicznej",
        "rozmów telefonicznych",
        "rozmów telefonicznych",
    );
    let in_recordings = if calls_held == 1 {
        "nagraniu"
    } else {
        "nagraniach"
    };
    let mut body = paragraph(&format!(
        "W odpowiedzi na Pani/Pana wniosek, na podstawie art. 15 ust. 1 i 3 rozporządzenia Parlamentu \
         Europejskiego i Rady (UE) 2016/679 z dnia 27 kwietnia 2016 r. (RODO), potwierdzam, że {} przetwarza \
         Pani/Pana dane osobowe utrwalone w {in_recordings} {many}:",
        head.office
    ));
    body.push_str(&calls(&of.asked.calls));
    let points = points(head, before);
    body.push_str("<ol>\n");
    for point in points {
        body.push_str(&format!("<li>{}</li>\n", escape(&point)));
    }
    body.push_str("</ol>\n");
    body.push_str(&paragraph(
        "Kopię danych, w postaci plików dźwiękowych, przekazuje się na nośniku wraz z niniejszą odpowiedzią \
         (art. 15 ust. 3 RODO). Kopia zawiera również głos innych osób; prosimy o korzystanie z niej \
         z poszanowaniem ich praw i wolności (art. 15 ust. 4 RODO).",
    ));
    let officer = or(&head.officer, "………………………………");
    body.push_str(&paragraph(&format!(
        "Kontakt z inspektorem ochrony danych: {officer}."
    )));
    body
}
