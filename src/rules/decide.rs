//! Record or not: one pure function, asked again whenever one of its inputs changes.

use super::{AtClosing, AtOpening, HoursSinceStart};

/// What a channel is wired to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LineRole {
    /// A line of the public network: external by construction.
    Trunk,
    /// A line of the office's own exchange: external only once the number shows it.
    Extension,
}

impl LineRole {
    /// The word of the configuration.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Trunk => "trunk",
            Self::Extension => "extension",
        }
    }
}

/// Everything the decision depends on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Situation {
    /// What the line is; `None` for a channel that no line of the configuration claims.
    pub role: Option<LineRole>,
    /// What the numbers have shown: external, internal, or nothing yet.
    pub external: Option<bool>,
    /// Its bearer carries sound; a data call is logged without audio.
    pub audio: bool,
    /// The call is over: nothing more will be learnt.
    pub ended: bool,
    /// How the call lies to the office hours at this moment.
    pub hours: HoursSinceStart,
    /// Calls under way at opening.
    pub at_opening: AtOpening,
    /// Calls under way at closing.
    pub at_closing: AtClosing,
    /// Recording of this line is suspended by the director's order.
    pub suspended: bool,
}

/// What to do with the audio of this moment.
///
/// `Never` wipes what memory holds of the call. A later answer may differ (the office opens and
/// `at_opening` is *join*; a suspension ends), and then concerns only audio from that moment on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Decision {
    /// Write it to disk, with what memory holds.
    Record,
    /// Keep it in memory: it is not decided yet.
    HoldInMemory,
    /// Do not keep it.
    Never(Reason),
}

/// Why audio is not kept. Stored with the call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reason {
    /// No line of the configuration claims the channel.
    Undeclared,
    /// The director has suspended recording.
    Suspended,
    /// The call is internal (§1.5).
    Internal,
    /// The office is closed (§3.2).
    OutsideHours,
    /// The call was already under way when the office opened.
    UnderWayAtOpening,
    /// A call of an extension ended before any number showed it to be external.
    UndecidedExtension,
    /// The bearer carries data, not sound.
    DataCall,
}

impl Reason {
    /// Every reason, for reports.
    pub const ALL: [Self; 7] = [
        Self::Undeclared,
        Self::Suspended,
        Self::Internal,
        Self::OutsideHours,
        Self::UnderWayAtOpening,
        Self::UndecidedExtension,
        Self::DataCall,
    ];

    /// The word of the index.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Undeclared => "undeclared",
            Self::Suspended => "suspended",
            Self::Internal => "internal",
            Self::OutsideHours => "outside_hours",
            Self::UnderWayAtOpening => "under_way_at_opening",
            Self::UndecidedExtension => "undecided_extension",
            Self::DataCall => "data_call",
        }
    }

    /// The reason of a word of the index.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }
}

/// Whether the audio of this moment is recorded.
pub fn decide(situation: &Situation) -> Decision {
    let Some(role) = situation.role else {
        return Decision::Never(Reason::Undeclared);
    };
    if !situation.audio {
        return Decision::Never(Reason::DataCall);
    }
    if situation.suspended {
        return Decision::Never(Reason::Suspended);
    }
    if situation.external == Some(false) {
        return Decision::Never(Reason::Internal);
    }
    if let Some(reason) = hours_forbid(situation) {
        return Decision::Never(reason);
    }
    match (role, situation.external) {
        (LineRole::Trunk, _) | (LineRole::Extension, Some(_)) => Decision::Record,
        (LineRole::Extension, None) if situation.ended => {
            Decision::Never(Reason::UndecidedExtension)
        }
        (LineRole::Extension, None) => Decision::HoldInMemory,
    }
}

fn hours_forbid(situation: &Situation) -> Option<Reason> {
    let HoursSinceStart {
        at_start,
        now,
        throughout,
    } = situation.hours;
    let finishing = at_start && situation.at_closing == AtClosing::Finish;
    if throughout || finishing {
        return None;
    }
    if !now {
        return Some(Reason::OutsideHours);
    }
    // Open now, but not all the time since the call began: it was under way at an opening.
    match situation.at_opening {
        AtOpening::Skip => Some(Reason::UnderWayAtOpening),
        AtOpening::Join => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OPEN: HoursSinceStart = HoursSinceStart {
        at_start: true,
        now: true,
        throughout: true,
    };
    const CLOSED: HoursSinceStart = HoursSinceStart {
        at_start: false,
        now: false,
        throughout: false,
    };

    fn trunk() -> Situation {
        Situation {
            role: Some(LineRole::Trunk),
            external: None,
            audio: true,
            ended: false,
            hours: OPEN,
            at_opening: AtOpening::Skip,
            at_closing: AtClosing::Stop,
            suspended: false,
        }
    }

    #[test]
    fn a_data_call_is_logged_without_audio() {
        let data = Situation {
            audio: false,
            ..trunk()
        };
        assert_eq!(decide(&data), Decision::Never(Reason::DataCall));
    }

    #[test]
    fn trunk_is_recorded_extension_waits_for_the_number() {
        assert_eq!(decide(&trunk()), Decision::Record);
        let extension = Situation {
            role: Some(LineRole::Extension),
            ..trunk()
        };
        assert_eq!(decide(&extension), Decision::HoldInMemory);
        assert_eq!(
            decide(&Situation {
                external: Some(true),
                ..extension
            }),
            Decision::Record
        );
        assert_eq!(
            decide(&Situation {
                external: Some(false),
                ..extension
            }),
            Decision::Never(Reason::Internal)
        );
        assert_eq!(
            decide(&Situation {
                ended: true,
                ..extension
            }),
            Decision::Never(Reason::UndecidedExtension)
        );
        assert_eq!(
            decide(&Situation {
                role: None,
                ..trunk()
            }),
            Decision::Never(Reason::Undeclared)
        );
        assert_eq!(
            decide(&Situation {
                suspended: true,
                ..trunk()
            }),
            Decision::Never(Reason::Suspended)
        );
    }

    #[test]
    fn opening_and_closing_as_configured() {
        let at_open = HoursSinceStart {
            at_start: false,
            now: true,
            throughout: false,
        };
        let at_close = HoursSinceStart {
            at_start: true,
            now: false,
            throughout: false,
        };
        let next_day = HoursSinceStart {
            at_start: true,
            now: true,
            throughout: false,
        };
        let with = |hours, at_opening, at_closing| {
            decide(&Situation {
                hours,
                at_opening,
                at_closing,
                ..trunk()
            })
        };
        use {AtClosing as C, AtOpening as O, Decision as D};
        assert_eq!(
            with(at_open, O::Skip, C::Stop),
            D::Never(Reason::UnderWayAtOpening)
        );
        assert_eq!(with(at_open, O::Join, C::Stop), D::Record);
        assert_eq!(
            with(at_close, O::Skip, C::Stop),
            D::Never(Reason::OutsideHours)
        );
        assert_eq!(with(at_close, O::Skip, C::Finish), D::Record);
        assert_eq!(
            with(CLOSED, O::Join, C::Finish),
            D::Never(Reason::OutsideHours)
        );
        assert_eq!(
            with(next_day, O::Skip, C::Stop),
            D::Never(Reason::UnderWayAtOpening),
            "a call over night is not taken up again"
        );
    }

    fn situations() -> impl Strategy<Value = Situation> {
        let role = prop_oneof![
            Just(None),
            Just(Some(LineRole::Trunk)),
            Just(Some(LineRole::Extension))
        ];
        let flags = any::<[bool; 7]>();
        (role, any::<Option<bool>>(), flags).prop_map(|(role, external, f)| Situation {
            role,
            external,
            audio: true,
            ended: f[0],
            hours: HoursSinceStart {
                at_start: f[1],
                now: f[2],
                throughout: f[1] && f[2] && f[3],
            },
            at_opening: if f[4] {
                AtOpening::Join
            } else {
                AtOpening::Skip
            },
            at_closing: if f[5] {
                AtClosing::Finish
            } else {
                AtClosing::Stop
            },
            suspended: f[6],
        })
    }

    proptest! {
        #[test]
        fn nothing_forbidden_is_ever_recorded(s in situations()) {
            if decide(&s) == Decision::Record {
                prop_assert!(s.role.is_some(), "undeclared");
                prop_assert!(s.external != Some(false), "internal");
                prop_assert!(s.role == Some(LineRole::Trunk) || s.external == Some(true));
                prop_assert!(!s.suspended);
                prop_assert!(s.hours.now || (s.hours.at_start && s.at_closing == AtClosing::Finish));
            }
        }

        #[test]
        fn what_is_over_is_never_undecided(s in situations()) {
            prop_assert!(!s.ended || decide(&s) != Decision::HoldInMemory);
        }

        #[test]
        fn held_audio_is_audio_that_could_still_be_recorded(s in situations()) {
            if decide(&s) == Decision::HoldInMemory {
                let proven = Situation { external: Some(true), ..s };
                prop_assert_eq!(decide(&proven), Decision::Record);
            }
        }
    }

    #[test]
    fn words_lead_back_to_reasons() {
        for reason in Reason::ALL {
            assert_eq!(Reason::from_word(reason.word()), Some(reason));
        }
        assert_eq!(Reason::from_word("because"), None);
    }
}
