//! The announcement (annex 1) and the information clause (annex 2) in Polish, from configuration.
//!
//! The program prints what the office holds to be its purpose and legal basis; it does not judge
//! them, and what is not configured is left as a visible gap to be filled in by hand.

use super::page::{escape, headed, paragraph};
use super::polish::{bound, counted};
use crate::config::{AnnouncementConfig, Office};

const GAP: &str = "………………………………";

fn or_gap(text: Option<&String>) -> String {
    text.map_or_else(|| GAP.to_owned(), Clone::clone)
}

/// The purpose of §3.1 in the genitive, unless another one is configured.
pub fn purpose(office: &Office) -> String {
    office.purpose.clone().unwrap_or_else(|| {
        "podniesienia bezpieczeństwa oraz standardów obsługi, a także zabezpieczenia interesu \
         prawnego osoby, której dane osobowe są rejestrowane, w tym dochodzenia roszczeń"
            .to_owned()
    })
}

/// How a key is called when it is read out.
fn spoken(key: &str) -> String {
    match key {
        "*" => "gwiazdkę".to_owned(),
        "#" => "krzyżyk".to_owned(),
        digit => format!("cyfrę {digit}"),
    }
}

/// What callers hear before they are connected (§4.1, annex 1): text to be read out for the
/// recording.
pub fn announcement_text(office: &Office, announcement: &AnnouncementConfig) -> String {
    let key = announcement.clause_key.as_deref();
    let clause = key.map_or_else(String::new, |key| {
        format!(
            "Aby przed uzyskaniem połączenia wysłuchać pełnej treści klauzuli informacyjnej, prosimy \
             wybrać {}. ",
            spoken(key)
        )
    });
    format!(
        "Dzień dobry. Tu {name}. Informujemy, że rozmowy telefoniczne są nagrywane w celu {purpose}. \
         Jeżeli nie wyrażają Państwo zgody na nagrywanie rozmowy, prosimy o zakończenie połączenia. \
         Kontynuowanie połączenia po wysłuchaniu tego komunikatu oznacza zgodę na przetwarzanie danych \
         osobowych. {clause}Pełna treść klauzuli informacyjnej jest dostępna na stronie Biuletynu \
         Informacji Publicznej, w zakładce Ochrona Danych, oraz na naszej tablicy ogłoszeń. Prosimy czekać \
         na połączenie.\n",
        name = office.name,
        purpose = purpose(office)
    )
}

/// The points of the clause (GDPR art. 13 par. 1-2), in order.
fn points(office: &Office, months: u16) -> Vec<String> {
    let kept = counted(u64::from(months), "miesiąc", "miesiące", "miesięcy");
    vec![
        format!(
            "Administratorem Pani/Pana danych osobowych utrwalonych w nagraniu rozmowy telefonicznej \
             jest {}, adres: {}. Z administratorem można skontaktować się: {}.",
            office.name,
            or_gap(office.address.as_ref()),
            or_gap(office.contact.as_ref())
        ),
        format!(
            "Administrator wyznaczył inspektora ochrony danych, z którym można skontaktować się \
             we wszystkich sprawach dotyczących przetwarzania danych osobowych: {}.",
            or_gap(office.data_protection_officer.as_ref())
        ),
        format!(
            "Dane osobowe są przetwarzane w celu {}. Podstawa prawna wskazana przez administratora: {}.",
            purpose(office),
            or_gap(office.legal_basis.as_ref())
        ),
        "Nagrywany jest wyłącznie dźwięk rozmów telefonicznych zewnętrznych, przychodzących \
         i wychodzących, w godzinach pracy. Rozmowy wewnętrzne nie są nagrywane. Nagrań nie odsłuchuje się \
         w sposób stały; odsłuchanie następuje wyłącznie na polecenie i za zgodą Dyrektora."
            .to_owned(),
        format!(
            "Nagrania są przechowywane przez {kept} od dnia nagrania. Jeżeli nagranie stanowi dowód \
             w postępowaniu, okres ten ulega przedłużeniu do czasu prawomocnego zakończenia postępowania. \
             Po upływie tych okresów nagrania są automatycznie usuwane."
        ),
        "Odbiorcami danych mogą być wyłącznie uprawnione instytucje, jeżeli obowiązek udostępnienia \
         nagrania wynika z przepisów prawa, w zakresie prowadzonych przez nie postępowań."
            .to_owned(),
        "Przysługuje Pani/Panu prawo dostępu do danych, w tym uzyskania ich kopii, prawo do ich \
         sprostowania, usunięcia lub ograniczenia przetwarzania oraz prawo wniesienia sprzeciwu, a jeżeli \
         podstawą przetwarzania jest zgoda – prawo do jej cofnięcia w dowolnym momencie, bez wpływu \
         na zgodność z prawem przetwarzania, którego dokonano przed jej cofnięciem."
            .to_owned(),
        "Przysługuje Pani/Panu prawo wniesienia skargi do Prezesa Urzędu Ochrony Danych Osobowych, \
         ul. Stanisława Moniuszki 1A, 00-014 Warszawa."
            .to_owned(),
        "Podanie danych jest dobrowolne. Osoba, która nie wyraża zgody na nagrywanie, jest proszona \
         o zakończenie połączenia; sprawę może załatwić osobiście lub pisemnie."
            .to_owned(),
        "Dane osobowe nie są przekazywane do państw trzecich ani organizacji międzynarodowych i nie służą \
         do zautomatyzowanego podejmowania decyzji, w tym do profilowania."
            .to_owned(),
    ]
}

const TITLE: &str = "Klauzula informacyjna dotycząca nagrywania rozmów telefonicznych";

const BASIS: &str = "Na podstawie art. 13 ust. 1 i 2 rozporządzenia Parlamentu Europejskiego i Rady (UE) \
2016/679 z dnia 27 kwietnia 2016 r. w sprawie ochrony osób fizycznych w związku z przetwarzaniem danych \
osobowych i w sprawie swobodnego przepływu takich danych oraz uchylenia dyrektywy 95/46/WE (ogólne \
rozporządzenie o ochronie danych) informuję, że:";

/// The clause as plain text.
pub fn clause_text(office: &Office, months: u16) -> String {
    let mut out = format!("{TITLE}\n\n{BASIS}\n\n");
    for (at, point) in points(office, months).iter().enumerate() {
        out.push_str(&format!("{}. {point}\n", at + 1));
    }
    out
}

/// „Załącznik nr 1 do szczegółowych zasad ...”, on the right.
fn annex(office: &Office, number: u8) -> String {
    let rules = match &office.regulation {
        Some(act) => format!(", stanowiących załącznik do {act}"),
        None => String::new(),
    };
    format!(
        "<p class=\"right\">Załącznik nr {number}<br>do szczegółowych zasad nagrywania<br>rozmów \
         telefonicznych{}</p>\n",
        escape(&rules)
    )
}

/// Annex 1 on a page.
pub fn announcement_html(office: &Office, announcement: &AnnouncementConfig) -> String {
    let title = "Treść komunikatu odtwarzanego w oczekiwaniu na połączenie";
    let text = announcement_text(office, announcement);
    let body = format!(
        "{}<h1>{title}</h1>\n{}",
        annex(office, 1),
        paragraph(&format!("„{}”", text.trim()))
    );
    headed(title, &body)
}

/// Annex 2, ready to publish (§4.5).
pub fn clause_html(office: &Office, months: u16) -> String {
    let mut body = format!(
        "{}<h1>{TITLE}</h1>\n{}<ol>\n",
        annex(office, 2),
        paragraph(BASIS)
    );
    for point in points(office, months) {
        body.push_str(&format!("<li>{}</li>\n", escape(&bound(&point))));
    }
    body.push_str("</ol>\n");
    if let Some(website) = &office.website {
        body.push_str(&paragraph(&format!(
            "Klauzulę opublikowano na stronie Biuletynu Informacji Publicznej ({website}) w zakładce Ochrona \
             Danych oraz na tablicy ogłoszeń."
        )));
    }
    headed(TITLE, &body)
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
        let none = AnnouncementConfig::default();
        assert!(announcement_text(&office, &none).contains("Tu Ośrodek & Pomoc."));
        assert!(!announcement_text(&office, &none).contains("wybrać"));
        let key = AnnouncementConfig {
            clause_key: Some("*".into()),
            ..none
        };
        assert!(announcement_text(&office, &key).contains("prosimy wybrać gwiazdkę."));
        assert!(announcement_html(&office, &key).contains("Załącznik nr 1<br>"));
        let text = clause_text(&office, 3);
        assert!(text.contains("przez 3 miesiące od dnia nagrania") && text.contains(GAP));
        assert!(clause_text(&office, 6).contains("6 miesięcy"));
        assert!(clause_html(&office, 1).contains("Ośrodek &amp; Pomoc"));
    }
}
