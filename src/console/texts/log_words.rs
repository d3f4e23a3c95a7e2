//! Words of the log, the index and the status, as people read them: word, Polish, English.

use super::{POLISH, Texts};

/// Alarms, faults, states, reasons, roles and what acts say.
const WORDS: &[(&str, &str, &str)] = &[
    ("true", "tak", "yes"),
    ("false", "nie", "no"),
    // Roles and capacities.
    ("director", "Dyrektor", "director"),
    ("deputy", "zastępca Dyrektora", "deputy"),
    ("gestor", "gestor systemu", "custodian"),
    ("asi", "ASI", "administrator"),
    ("listener", "osoba odsłuchująca", "listener"),
    ("employee", "pracownik", "employee"),
    // Calls.
    ("incoming", "przychodząca", "incoming"),
    ("outgoing", "wychodząca", "outgoing"),
    ("unknown", "kierunek nieustalony", "unknown"),
    (
        "undeclared",
        "kanał nieopisany jako linia",
        "undeclared channel",
    ),
    ("suspended", "nagrywanie wstrzymane", "recording suspended"),
    ("internal", "rozmowa wewnętrzna", "internal call"),
    (
        "outside_hours",
        "poza godzinami pracy",
        "outside office hours",
    ),
    (
        "under_way_at_opening",
        "trwała już w chwili otwarcia",
        "under way at opening",
    ),
    (
        "undecided_extension",
        "nie ustalono, że jest zewnętrzna",
        "not known to be external",
    ),
    ("data_call", "transmisja danych", "data call"),
    ("vault_failed", "błąd zapisu", "could not be written"),
    // Recordings.
    ("open", "w trakcie zapisu", "being written"),
    ("closed", "zamknięte", "closed"),
    ("recovered", "odzyskane po awarii", "recovered"),
    ("deleted", "usunięte", "deleted"),
    // Lines and their faults.
    ("idle", "wolna", "idle"),
    ("in_call", "w rozmowie", "in a call"),
    ("dialling", "wybieranie numeru", "dialling"),
    ("ringing", "dzwoni", "ringing"),
    ("dead", "brak sygnału z linii", "dead"),
    ("hum", "przydźwięk sieci", "hum"),
    ("clipping", "przesterowanie", "clipping"),
    ("one_sided", "słychać tylko jedną stronę", "one side only"),
    ("no_dial_tone", "brak sygnału centrali", "no dial tone"),
    ("dc_drift", "niestabilne napięcie", "voltage drifts"),
    (
        "duplicate",
        "ten sam dźwięk co na innej linii",
        "the same sound as another line",
    ),
    ("crosstalk", "przesłuch z innej linii", "crosstalk"),
    ("low_level", "zbyt cichy dźwięk", "low level"),
    // Cards.
    ("opening", "uruchamiana", "opening"),
    ("running", "działa", "running"),
    ("stalled", "nie dostarcza dźwięku", "stalled"),
    ("lost", "odłączona", "lost"),
    (
        "ended",
        "koniec odtwarzanego pliku",
        "end of the file replayed",
    ),
    // The procedure.
    ("evidence", "dowód w postępowaniu", "evidence"),
    (
        "restriction",
        "ograniczenie przetwarzania (art. 18 RODO)",
        "restriction of processing (GDPR art. 18)",
    ),
    ("given", "poinformowany", "told"),
    ("absent", "nieobecny", "absent"),
    (
        "institution",
        "uprawniona instytucja",
        "entitled institution",
    ),
    ("person", "osoba, której dane dotyczą", "person concerned"),
    ("hold", "zabezpieczyć jako dowód", "hold as evidence"),
    (
        "delete",
        "usunąć (brak uzasadnienia)",
        "delete (not justified)",
    ),
    (
        "term",
        "przechowywać do końca terminu",
        "keep to the end of the term",
    ),
    // Alarms that are no faults of a line.
    ("line_silent", "linia milczy", "line silent"),
    (
        "off_hook_long",
        "słuchawka długo podniesiona",
        "off-hook for long",
    ),
    ("line_dead", "linia bez napięcia", "line dead"),
    ("line_fault", "usterka linii", "line fault"),
    ("d_channel_lost", "brak kanału D", "D channel lost"),
    ("line_failed", "błąd obsługi linii", "line failed"),
    ("detectors_failed", "błąd detektorów", "detectors failed"),
    (
        "card_stalled",
        "karta nie dostarcza dźwięku",
        "card stalled",
    ),
    ("xruns", "przepełnienia sterownika", "overruns"),
    ("overload", "przeciążenie", "overload"),
    ("drift", "zegar karty odbiega", "clock drift"),
    (
        "announcement_missing",
        "komunikat nie jest odtwarzany",
        "announcement missing",
    ),
    (
        "announcement_unusable",
        "nagranie komunikatu nie nadaje się do użycia",
        "announcement unusable",
    ),
    ("disk_low", "mało miejsca na dysku", "disk low"),
    (
        "write_failed",
        "zapis na dysk nieudany",
        "writing to the disk fails",
    ),
    ("retention_late", "opóźnione usuwanie", "deletion late"),
    ("clock_jumped", "skok zegara", "clock jumped"),
    (
        "clock_unsynchronised",
        "zegar niezsynchronizowany",
        "clock not synchronised",
    ),
    (
        "key_changed",
        "zmienione klucze nagrań",
        "recording keys changed",
    ),
    ("watchdog", "rejestrator nie odpowiada w porę", "watchdog"),
    ("account_locked", "konto zablokowane", "account locked"),
    (
        "unsealed",
        "nagrania niezaszyfrowane",
        "recordings unsealed",
    ),
    ("other", "inna podstawa", "another ground"),
    // Units of alarms' readings.
    ("hours open", "godz. pracy", "hours open"),
    ("hours", "godz.", "hours"),
    ("failures an hour", "błędów na godz.", "failures an hour"),
    (
        "overruns an hour",
        "przepełnień na godz.",
        "overruns an hour",
    ),
    ("frames an hour", "ramek na godz.", "frames an hour"),
    ("calls in a row", "rozmów z rzędu", "calls in a row"),
    ("% used", "% zajęte", "% used"),
    ("refused writes", "odrzuconych zapisów", "refused writes"),
    ("hours late", "godz. opóźnienia", "hours late"),
    ("seconds unfed", "s bez odpowiedzi", "seconds unfed"),
    ("accounts", "kont", "accounts"),
];

impl Texts {
    /// A number with the language's decimal sign.
    pub(in crate::console) fn decimal(&self, number: String) -> String {
        match std::ptr::eq(self, &raw const POLISH) {
            true => number.replace('.', ","),
            false => number,
        }
    }

    /// The words of one of the log's words.
    pub(in crate::console) fn log_word(&self, word: &str) -> Option<&'static str> {
        let (_, polish, english) = WORDS.iter().find(|(known, _, _)| *known == word)?;
        let is_polish = std::ptr::eq(self, &raw const POLISH);
        Some(if is_polish { polish } else { english })
    }
}

#[cfg(test)]
mod tests {
    use super::super::ENGLISH;
    use super::*;
    use crate::rules::{Alarm, Reason, Role};

    #[test]
    fn every_word_that_pages_show_is_known_once() {
        let alarms = Alarm::ALL.iter().map(|alarm| alarm.word());
        let reasons = Reason::ALL.iter().map(|reason| reason.word());
        let roles = Role::ALL.iter().map(|role| role.word());
        for word in alarms.chain(reasons).chain(roles) {
            assert!(POLISH.log_word(word).is_some(), "{word}");
        }
        for (at, (word, _, _)) in WORDS.iter().enumerate() {
            assert!(
                WORDS[..at].iter().all(|(other, _, _)| other != word),
                "{word}"
            );
        }
        assert_eq!(POLISH.log_word("hum"), Some("przydźwięk sieci"));
        assert_eq!(ENGLISH.log_word("asi"), Some("administrator"));
        assert_eq!(POLISH.log_word("Kowalski"), None);
    }
}
