//! The answer to a person's request for access (GDPR art. 15), in Polish.

use super::documents::{calls, letter};
use super::page::{Letterhead, escape, facts, paragraph, signatures};
use super::polish::counted;
use super::procedure::DisclosureState;

/// The answer to a person's request for access (GDPR art. 15).
pub fn access_html(head: &Letterhead, number: &str, of: &DisclosureState) -> String {
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
        _ => body.push_str(&access_granted(head, of)),
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
fn points(head: &Letterhead) -> [String; 8] {
    let kept = counted(u64::from(head.months), "miesiąc", "miesiące", "miesięcy");
    [
        format!(
            "Cel przetwarzania: rozmowy nagrywa się w celu {}. Podstawa prawna wskazana przez administratora: {}.",
            or(&head.purpose, "określonym w § 3 ust. 1 szczegółowych zasad nagrywania rozmów telefonicznych"),
            or(&head.basis, "………………………………")
        ),
        "Kategorie danych: głos, treść rozmowy, numer telefonu oraz data i godzina rozmowy.".to_owned(),
        "Odbiorcami danych mogą być wyłącznie uprawnione instytucje, jeżeli obowiązek udostępnienia nagrania \
         wynika z przepisów prawa. Dane nie są przekazywane do państw trzecich ani organizacji \
         międzynarodowych."
            .to_owned(),
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

/// Art. 15 par. 1 a-h and par. 3, in order.
fn access_granted(head: &Letterhead, of: &DisclosureState) -> String {
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
    let points = points(head);
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
