//! Every word that the pages say, in Polish and English. Polish is what the office reads; documents
//! for paper are the register's own and always Polish.

mod log_words;
mod refusals;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polish_is_what_is_not_asked_for_otherwise() {
        assert_eq!(Lang::of(Some("de")), Lang::Polish);
        assert_eq!(Lang::of(Some("en")), Lang::English);
        assert_ne!(POLISH.sign_in, ENGLISH.sign_in);
    }
}
