//! The grounds of §5.6. They are examples ("m.in."): another one needs the director's reason.

use serde::{Deserialize, Serialize};

/// Why a listening is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// Verbal aggression of the party, reported by an employee.
    A,
    /// Violation of an employee's personal rights.
    B,
    /// Attempted corruption, reported by an employee.
    C,
    /// Violation of law, reported by an employee.
    D,
    /// The party's complaint about how it was treated.
    E,
    /// Verbal aggression of the employee, reported by the party.
    F,
    /// Violation of the party's personal rights by an employee.
    G,
    /// Another one; the director's written reason goes with it.
    Other,
}

impl Ground {
    /// Every ground, in the order of the regulation.
    pub const ALL: [Self; 8] = [
        Self::A,
        Self::B,
        Self::C,
        Self::D,
        Self::E,
        Self::F,
        Self::G,
        Self::Other,
    ];

    /// The letter on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
            Self::C => "c",
            Self::D => "d",
            Self::E => "e",
            Self::F => "f",
            Self::G => "g",
            Self::Other => "other",
        }
    }

    /// Of a letter.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ground| ground.word() == word)
    }

    /// How it stands on paper.
    pub const fn polish(self) -> &'static str {
        match self {
            Self::A => {
                "§ 5 ust. 6 lit. a – słowna agresja ze strony rozmówcy (zgłoszenie pracownika)"
            }
            Self::B => "§ 5 ust. 6 lit. b – naruszenie dóbr osobistych pracownika",
            Self::C => "§ 5 ust. 6 lit. c – próba korupcji",
            Self::D => "§ 5 ust. 6 lit. d – naruszenie prawa",
            Self::E => "§ 5 ust. 6 lit. e – skarga rozmówcy na sposób potraktowania",
            Self::F => {
                "§ 5 ust. 6 lit. f – słowna agresja ze strony pracownika (zgłoszenie rozmówcy)"
            }
            Self::G => "§ 5 ust. 6 lit. g – naruszenie dóbr osobistych rozmówcy przez pracownika",
            Self::Other => "§ 5 ust. 6 – inny przypadek, uzasadniony pisemnie przez Dyrektora",
        }
    }
}
