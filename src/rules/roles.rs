//! Who may do what: one table, asked by every command, the socket and the console.
//!
//! The regulation's persons: director, custodian (gestor), administrator (ASI), designated listener,
//! employee (§§1.6, 1.7, 3.5, 5-7). The table says what a role may ask for; the procedure (order,
//! notice, window, designation) is checked besides and never replaced by a role.

/// A person's role. One person may have several; any one that allows is enough.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// Orders and consents to every listening.
    Director,
    /// Custodian: supervises recording, keeps the playback register.
    Gestor,
    /// Administrator: keeps the system running and hears nothing.
    Asi,
    /// Designated in writing to listen on order.
    Listener,
    /// Whose calls are recorded.
    Employee,
}

impl Role {
    /// Every role, in the table's order.
    pub const ALL: [Self; 5] = [
        Self::Director,
        Self::Gestor,
        Self::Asi,
        Self::Listener,
        Self::Employee,
    ];

    /// The word of the log and of the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Director => "director",
            Self::Gestor => "gestor",
            Self::Asi => "asi",
            Self::Listener => "listener",
            Self::Employee => "employee",
        }
    }

    /// The Unix group whose members have the role; employees need none.
    pub const fn group(self) -> Option<&'static str> {
        match self {
            Self::Director => Some("linetap-director"),
            Self::Gestor => Some("linetap-gestor"),
            Self::Asi => Some("linetap-asi"),
            Self::Listener => Some("linetap-listener"),
            Self::Employee => None,
        }
    }

    /// The role of a Unix group.
    pub fn from_group(group: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|role| role.group() == Some(group))
    }
}

macro_rules! actions {
    ($($(#[doc = $doc:literal])* $name:ident $word:literal $allowed:tt $why:literal;)*) => {
        /// Something a person may ask of the system.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Action { $($(#[doc = $doc])* $name,)* }

        impl Action {
            /// Every action, in the table's order.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The word of the log and of the wire.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// What it is, in a few words.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),*).trim_ascii(),)* }
            }

            /// Who may, and the rule that says so.
            const fn rule(self) -> (&'static [Role], &'static str) {
                use Role::*;
                match self { $(Self::$name => (&$allowed, $why),)* }
            }
        }
    };
}

actions! {
    /// See the state of lines, cards, disk and clock
    SeeStatus "see_status" [Director, Gestor, Asi, Listener] "the recorder is supervised (§1.6) and kept running (§1.7) without hearing anything";
    /// Read metrics and the self-check
    SeeMetrics "see_metrics" [Director, Gestor, Asi] "figures about the machine, no personal data";
    /// See the wiring view: meters and detected signals
    SeeWiring "see_wiring" [Asi] "the technician's work; digits on a line are personal data, so no one else";
    /// Acknowledge an alarm
    Acknowledge "acknowledge" [Asi] "the administrator looks after the machine (§1.7); the alarm stands until its cause is gone";
    /// Reload or change the configuration
    Configure "configure" [Asi] "the administrator keeps the system running (§1.7)";
    /// Confirm the clock after an implausible jump
    ConfirmClock "confirm_clock" [Asi] "the administrator answers for the machine's time";
    /// Make a backup or restore one
    Backup "backup" [Asi] "sealed files only; a restore replays the deletions";
    /// Search the index of calls, numbers included
    SeeCalls "see_calls" [Director, Gestor, Asi] "needed for orders (§5.5), supervision (§1.6) and to see that every line is recorded (§1.7)";
    /// See the calls named in an order made out to oneself
    SeeOrderedCalls "see_ordered_calls" [Director, Gestor, Listener] "a listener sees what the order names, nothing else (§5.5)";
    /// Report a suspected violation with its ground
    Report "report" [Director, Gestor, Asi, Listener, Employee] "anyone may report; it opens nothing by itself (§5.6)";
    /// Order or refuse a listening
    Order "order" [Director] "listening takes place on the director's order and consent alone (§5.5)";
    /// Enter a director's decision
    Decide "decide" [Director] "the director decides what is unregulated (§8.1)";
    /// Suspend or resume recording
    Suspend "suspend" [Director] "recording is stopped and resumed by the director's order, in the log";
    /// Designate a listener or end a designation
    Designate "designate" [Director] "listeners are designated in writing by the director (§5.2-3)";
    /// Enter that the employee was told, or is absent
    Notice "notice" [Director, Gestor, Listener] "the employee is told before the listening (§5.7)";
    /// Listen under an open order
    Listen "listen" [Director, Gestor, Listener] "only under an open order that names the person, with a valid designation; the director is bound too (§5.5)";
    /// Hear a line live
    ListenLive "listen_live" [] "there is no continuous monitoring and no live listening, for no one (§5.4)";
    /// Enter the finding of a listening
    Finding "finding" [Director, Gestor, Listener] "who listened says what was found (§7.1)";
    /// Ask for a hold
    AskHold "ask_hold" [Director, Gestor, Listener] "an authorised person judges whether a recording matters (§3.5)";
    /// Grant, refuse or release a hold
    JudgeHold "judge_hold" [Director, Gestor] "needs a written justification; the administrator does not judge content (§3.4-3.5)";
    /// Delete what is on the delete list
    DeleteListed "delete_listed" [Asi] "the administrator deletes what was left without justification (§3.5)";
    /// See what retention will delete and when
    SeeRetention "see_retention" [Director, Gestor, Asi] "terms and counts, no numbers";
    /// Read and print the playback register
    SeeRegister "see_register" [Director, Gestor] "the gestor keeps the register (§6.3), the director answers for it";
    /// Correct the register by a further entry, or note a paper signature
    KeepRegister "keep_register" [Gestor] "the gestor keeps the register; nothing in it is edited (§6.3)";
    /// Sign one's own row of the register
    SignRow "sign_row" [Director, Gestor, Listener] "the listener signs (§6.2 i)";
    /// Order a disclosure
    Disclose "disclose" [Director] "disclosure only with the director's knowledge (§7.2)";
    /// Make the export of an ordered disclosure
    Export "export" [Director, Gestor] "a medium is handed over on written request (§7.3); it needs a key, which the administrator has not";
    /// Check files, index and log against each other
    Verify "verify" [Director, Gestor, Asi] "needs no key and shows no content";
    /// Make, end, reset and unlock accounts of the console
    ManageAccounts "manage_accounts" [Asi] "the administrator makes accounts (§1.7); roles of the procedure count once the director has confirmed them";
    /// Confirm an account's roles and key
    ConfirmAccount "confirm_account" [Director] "who may order and listen is the director's to say (§5.2-3)";
    /// See accounts and their roles
    SeeAccounts "see_accounts" [Director, Gestor, Asi] "names and roles; nothing of passwords";
    /// Wrap keys to a new director
    Rewrap "rewrap" [Director] "only who holds the old key can hand it on";
}

/// The table's answer, with its reason.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// The role may.
    Allow(&'static str),
    /// It may not.
    Deny(&'static str),
}

impl Answer {
    /// Whether it is allowed.
    pub const fn allowed(self) -> bool {
        matches!(self, Self::Allow(_))
    }

    /// The rule behind the answer.
    pub const fn why(self) -> &'static str {
        match self {
            Self::Allow(why) | Self::Deny(why) => why,
        }
    }
}

/// Whether a role may do something.
pub fn may(role: Role, action: Action) -> Answer {
    let (allowed, why) = action.rule();
    if allowed.contains(&role) {
        Answer::Allow(why)
    } else {
        Answer::Deny(why)
    }
}

/// The table as a page of the documentation (Markdown).
pub fn roles_page() -> String {
    let mut page = String::from(
        "# Who may do what\n\n\
         Generated from the table the program itself asks. A tick lets a role ask; order, notice,\n\
         designation and time window are checked besides.\n\n\
         | action | word | director | gestor | asi | listener | employee | why |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for &action in Action::ALL {
        let ticks = Role::ALL.map(|role| {
            if may(role, action).allowed() {
                "✓"
            } else {
                "–"
            }
        });
        let (title, word) = (action.title(), action.word());
        let (ticks, why) = (ticks.join(" | "), action.rule().1);
        page.push_str(&format!("| {title} | `{word}` | {ticks} | {why} |\n"));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_administrator_hears_nothing_and_judges_nothing() {
        for action in [
            Action::Listen,
            Action::ListenLive,
            Action::SeeOrderedCalls,
            Action::Order,
            Action::JudgeHold,
            Action::Export,
            Action::SeeRegister,
            Action::Rewrap,
        ] {
            assert!(!may(Role::Asi, action).allowed(), "{action:?}");
        }
        assert!(may(Role::Asi, Action::DeleteListed).allowed());
    }

    #[test]
    fn no_one_listens_live_and_only_the_director_orders() {
        for role in Role::ALL {
            assert!(!may(role, Action::ListenLive).allowed());
            for action in [
                Action::Order,
                Action::Disclose,
                Action::Designate,
                Action::Suspend,
            ] {
                assert_eq!(may(role, action).allowed(), role == Role::Director);
            }
        }
    }

    #[test]
    fn an_employee_may_report_and_nothing_else() {
        for &action in Action::ALL {
            let allowed = may(Role::Employee, action).allowed();
            assert_eq!(allowed, action == Action::Report, "{action:?}");
        }
    }

    #[test]
    fn the_page_has_a_row_for_each_action_and_words_are_unique() {
        let page = roles_page();
        let mut words: Vec<_> = Action::ALL.iter().map(|action| action.word()).collect();
        assert!(words.iter().all(|word| page.contains(&format!("`{word}`"))));
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Action::ALL.len());
        assert_eq!(Role::from_group("linetap-gestor"), Some(Role::Gestor));
        assert_eq!(Role::from_group("audio"), None);
    }
}
