//! The announcement (annex 1) and the information clause (annex 2) in Polish, from configuration.
//!
//! The program prints what the office holds to be its purpose and legal basis; it does not judge
//! them, and what is not configured is left as a visible gap to be filled in by hand.

use super::print::page;
use crate::config::Office;

const GAP: &str = "………………………………";

fn or_gap(text: Option<&String>) -> String {
    text.map_or_else(|| GAP.to_owned(), Clone::clone)
}

/// The purpose of §3.1, unless another one is configured.
fn purpose(office: &Office) -> String {
    office.purpose.clone().unwrap_or_else(|| {
        "podniesienia bezpieczeństwa oraz standardów obsługi, a także zabezpieczenia interesu \
         prawnego osoby, której dane są rejestrowane, w tym dochodzenia roszczeń"
            .to_owned()
    })
}

/// What callers hear before they are connected (§4.1): text to be read out for the recording.
pub fn announcement_text(office: &Office) -> String {
    format!(
        "Dzień dobry. Tu {name}. Informujemy, że rozmowy telefoniczne są nagrywane. Nagrywanie \
         odbywa się w celu {purpose}. Jeżeli nie wyrażają Państwo zgody na nagrywanie, prosimy \
         o zakończenie połączenia. Kontynuacja połączenia oznacza zgodę na przetwarzanie danych \
         osobowych. Pełna treść klauzuli informacyjnej dostępna jest w Biuletynie Informacji \
         Publicznej w zakładce Ochrona Danych oraz na tablicy ogłoszeń. Prosimy czekać na połączenie.\n",
        name = office.name,
        purpose = purpose(office)
    )
}

/// The points of the clause (GDPR art. 13 par. 1-2), in order.
fn points(office: &Office, months: u16) -> Vec<String> {
    let kept = match months {
        1 => "1 miesiąc".to_owned(),
        2..=4 => format!("{months} miesiące"),
        _ => format!("{months} miesięcy"),
    };
    vec![
        format!(
            "Administratorem Pani/Pana danych osobowych utrwalonych w nagraniu rozmowy telefonicznej \
             jest {}, {}. Kontakt: {}.",
            office.name,
            or_gap(office.address.as_ref()),
            or_gap(office.contact.as_ref())
        ),
        format!(
            "Z inspektorem ochrony danych można skontaktować się: {}.",
            or_gap(office.data_protection_officer.as_ref())
        ),
        format!(
            "Dane przetwarzane są w celu {}. Podstawa prawna wskazana przez administratora: {}.",
            purpose(office),
            or_gap(office.legal_basis.as_ref())
        ),
        "Nagrywany jest wyłącznie dźwięk rozmów telefonicznych zewnętrznych, przychodzących \
         i wychodzących, w godzinach pracy. Rozmowy wewnętrzne nie są nagrywane, a nagrania nie są \
         stale odsłuchiwane."
            .to_owned(),
        format!(
            "Nagrania przechowywane są przez {kept} od dnia nagrania, a jeżeli nagranie stanowi dowód \
             w postępowaniu – do czasu jego prawomocnego zakończenia. Po upływie tych okresów \
             nagrania są automatycznie usuwane."
        ),
        "Nagrania mogą być udostępnione wyłącznie uprawnionym instytucjom, jeżeli obowiązek ich \
         udostępnienia wynika z przepisów prawa, w zakresie prowadzonych przez nie postępowań."
            .to_owned(),
        "Przysługuje Pani/Panu prawo dostępu do danych, w tym uzyskania ich kopii, prawo do ich \
         sprostowania, usunięcia lub ograniczenia przetwarzania, prawo wniesienia sprzeciwu, a jeżeli \
         podstawą przetwarzania jest zgoda – prawo do jej cofnięcia w dowolnym momencie, bez wpływu \
         na zgodność z prawem przetwarzania dokonanego przed jej cofnięciem."
            .to_owned(),
        "Przysługuje Pani/Panu prawo wniesienia skargi do Prezesa Urzędu Ochrony Danych Osobowych, \
         ul. Stawki 2, 00-193 Warszawa."
            .to_owned(),
        "Podanie danych jest dobrowolne. Osoba, która nie wyraża zgody na nagrywanie, proszona jest \
         o zakończenie połączenia; sprawę można załatwić osobiście lub pisemnie."
            .to_owned(),
        "Dane nie są przekazywane do państw trzecich i nie służą do podejmowania decyzji w sposób \
         zautomatyzowany, w tym do profilowania."
            .to_owned(),
    ]
}

const TITLE: &str = "Klauzula informacyjna – nagrywanie rozmów telefonicznych";

const BASIS: &str = "Na podstawie art. 13 ust. 1 i 2 rozporządzenia Parlamentu Europejskiego i Rady \
(UE) 2016/679 z dnia 27 kwietnia 2016 r. (RODO) informujemy:";

/// The clause as plain text.
pub fn clause_text(office: &Office, months: u16) -> String {
    let mut out = format!("{TITLE}\n\n{BASIS}\n\n");
    for (at, point) in points(office, months).iter().enumerate() {
        out.push_str(&format!("{}. {point}\n", at + 1));
    }
    out
}

/// The clause ready to publish (§4.5).
pub fn clause_html(office: &Office, months: u16) -> String {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let mut body = format!("<p>{BASIS}</p>\n<ol>\n");
    for point in points(office, months) {
        body.push_str(&format!("<li>{}</li>\n", escape(&point)));
    }
    body.push_str("</ol>\n");
    page(TITLE, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn office() -> Office {
        let text = "[office]\nname = \"Ośrodek & Pomoc\"\ntimezone = \"Europe/Warsaw\"\n";
        crate::config::Config::parse(text, "t").unwrap().office
    }

    #[test]
    fn the_texts_name_the_office_and_show_what_is_not_configured() {
        let office = office();
        assert!(announcement_text(&office).contains("Tu Ośrodek & Pomoc."));
        let text = clause_text(&office, 3);
        assert!(text.contains("przez 3 miesiące od dnia nagrania") && text.contains(GAP));
        assert!(clause_text(&office, 6).contains("6 miesięcy"));
        assert!(clause_html(&office, 1).contains("Ośrodek &amp; Pomoc"));
    }
}
