//! Every word that the pages say, in Polish and English. Polish is what the office reads; documents
//! for paper are the register's own and always Polish.

mod words;

pub(super) use words::{ENGLISH, POLISH, Texts};

/// A language of the pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Lang {
    /// Polish, if nothing else is asked for.
    Polish,
    /// English.
    English,
}

impl Lang {
    /// Of a cookie or an address.
    pub(super) fn of(code: Option<&str>) -> Self {
        match code {
            Some("en") => Self::English,
            _ => Self::Polish,
        }
    }

    /// For `lang`.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Polish => "pl",
            Self::English => "en",
        }
    }

    /// In itself.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Polish => "Polski",
            Self::English => "English",
        }
    }

    /// The one to change to.
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Polish => Self::English,
            Self::English => Self::Polish,
        }
    }

    /// Its words.
    pub(super) const fn texts(self) -> &'static Texts {
        match self {
            Self::Polish => &POLISH,
            Self::English => &ENGLISH,
        }
    }
}

/// Alarms: the log's word, Polish, English.
const ALARMS: [(&str, &str, &str); 26] = [
    ("line_silent", "linia milczy", "line silent"),
    (
        "off_hook_long",
        "słuchawka długo podniesiona",
        "off-hook for long",
    ),
    ("line_dead", "linia bez napięcia", "line dead"),
    ("no_dial_tone", "brak sygnału centrali", "no dial tone"),
    ("clipping", "przesterowanie", "clipping"),
    ("hum", "przydźwięk sieci", "hum"),
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
    (
        "announcement_unusable",
        "komunikatu nie da się rozpoznać",
        "announcement unusable",
    ),
    ("watchdog", "rejestrator nie odpowiada w porę", "watchdog"),
    ("account_locked", "konto zablokowane", "account locked"),
    (
        "unsealed",
        "nagrania niezaszyfrowane",
        "recordings unsealed",
    ),
];

impl Texts {
    /// The words of an alarm.
    pub(super) fn alarm(&self, word: &str) -> String {
        let found = ALARMS.iter().find(|(known, _, _)| *known == word);
        let polish = std::ptr::eq(self, &raw const POLISH);
        found.map_or_else(
            || word.to_owned(),
            |(_, pl, en)| if polish { *pl } else { *en }.to_owned(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_words_of_their_own_for_every_alarm() {
        for alarm in crate::rules::Alarm::ALL {
            let known = ALARMS.iter().any(|(word, _, _)| *word == alarm.word());
            assert!(known, "{alarm:?}");
        }
        assert_eq!(POLISH.alarm("hum"), "przydźwięk sieci");
        assert_eq!(ENGLISH.alarm("hum"), "hum");
        assert_eq!(Lang::of(Some("de")), Lang::Polish);
        assert_ne!(POLISH.sign_in, ENGLISH.sign_in);
    }
}
