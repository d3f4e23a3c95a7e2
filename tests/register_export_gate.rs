//! The other way out: an export opens only with a request, the director's consent, a row in the log,
//! and the right role, until the medium is handed over; whatever is tried in whatever order by whomever.
//! The oracle keeps its own books of what was accepted.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use jiff::Timestamp;
use jiff::tz::TimeZone;
use linetap::register::{
    Act, Actor, AskDisclosure, AskHold, CallRef, DisclosureKind, Gate, HandedOver, Register,
};
use linetap::rules::Role;
use proptest::prelude::*;

const PEOPLE: [(u32, &[Role]); 6] = [
    (1, &[Role::Director]),
    (2, &[Role::Gestor]),
    (3, &[Role::Asi]),
    (4, &[Role::Listener]),
    (5, &[]),
    (6, &[Role::Asi, Role::Listener]),
];

fn now() -> Timestamp {
    "2026-11-26T08:00:00Z".parse().unwrap()
}

fn person(who: usize) -> Actor {
    let (uid, roles) = PEOPLE[who];
    Actor::person(uid, roles, now())
}

#[derive(Clone, Debug)]
enum Try {
    Ask {
        by: usize,
        person: bool,
    },
    Judge {
        by: usize,
        which: usize,
        granted: bool,
    },
    Export {
        by: usize,
        which: usize,
    },
    HandOver {
        by: usize,
        which: usize,
    },
}

fn tries() -> impl Strategy<Value = Try> {
    let by = || prop_oneof![3 => 0usize..2, 1 => 2usize..6];
    prop_oneof![
        2 => (by(), any::<bool>()).prop_map(|(by, person)| Try::Ask { by, person }),
        3 => (by(), 1usize..4, prop::bool::weighted(0.8))
            .prop_map(|(by, which, granted)| Try::Judge { by, which, granted }),
        4 => (by(), 1usize..4).prop_map(|(by, which)| Try::Export { by, which }),
        1 => (by(), 1usize..4).prop_map(|(by, which)| Try::HandOver { by, which }),
    ]
}

/// Granted, exported, over.
#[derive(Default)]
struct Book {
    granted: bool,
    judged: bool,
    exported: bool,
    over: bool,
}

struct Stage {
    register: Register,
    books: Vec<Book>,
    /// Disclosure, who opened it, gate.
    gates: Vec<(usize, usize, Gate)>,
    _dir: tempfile::TempDir,
}

fn recording(which: usize) -> String {
    format!("r{which}")
}

impl Stage {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let register = Register::open(&dir.path().join("r"), "t", TimeZone::UTC).unwrap();
        Self {
            register,
            books: Vec::new(),
            gates: Vec::new(),
            _dir: dir,
        }
    }

    /// What it comes to after these.
    fn after(attempts: &[Try]) -> Self {
        let mut stage = Self::new();
        for attempt in attempts {
            stage.attempt(attempt);
        }
        stage
    }

    fn ask(&self, kind: DisclosureKind) -> Act {
        let text = String::from;
        Act::AskDisclosure(AskDisclosure {
            kind,
            who: text("Komenda"),
            request: text("W/1"),
            basis: text("art. 217 kpk"),
            calls: vec![CallRef {
                call: text("c"),
                recordings: vec![recording(self.books.len() + 1)],
                line: text("1"),
                direction: text("incoming"),
                called: text("1"),
                calling: text("2"),
                start: String::new(),
                end: String::new(),
            }],
            asked_number: None,
        })
    }

    fn attempt(&mut self, attempt: &Try) {
        match *attempt {
            Try::Ask { by, person: one } => {
                let kind = match one {
                    true => DisclosureKind::Person,
                    false => DisclosureKind::Institution,
                };
                let act = self.ask(kind);
                if self.register.enter(&person(by), &act).is_ok() {
                    self.books.push(Book::default());
                }
            }
            Try::Judge { by, which, granted } => {
                let act = Act::JudgeDisclosure {
                    disclosure: format!("X-{which}"),
                    granted,
                    reason: "bo".into(),
                };
                if self.register.enter(&person(by), &act).is_ok() {
                    assert_eq!(by, 0, "the director alone consents (§7.2)");
                    let book = &mut self.books[which - 1];
                    assert!(!book.judged, "once");
                    (book.granted, book.judged, book.over) = (granted, true, !granted);
                }
            }
            Try::Export { by, which } => self.export(by, which),
            Try::HandOver { by, which } => {
                let act = Act::HandedOver(HandedOver {
                    disclosure: format!("X-{which}"),
                    to: "kurier".into(),
                    sums: "0".into(),
                });
                if self.register.enter(&person(by), &act).is_ok() {
                    let book = &mut self.books[which - 1];
                    assert!(book.exported && book.granted && !book.over);
                    book.over = true;
                }
            }
        }
        self.look_at_every_gate();
    }

    fn export(&mut self, by: usize, which: usize) {
        let before = self.register.log().size();
        let gate = self
            .register
            .begin_export(&person(by), &format!("X-{which}"), None);
        let stands = |book: &Book| book.granted && !book.over;
        let right = by < 2 && self.books.get(which - 1).is_some_and(stands);
        assert_eq!(gate.is_ok(), right, "X-{which} by {by}: {:?}", gate.err());
        let committed = self.register.log().size() - before;
        assert_eq!(
            committed,
            u64::from(right),
            "a gate without its row, or a row without"
        );
        if let Ok(gate) = gate {
            assert!(gate.covers(&recording(which)) && !gate.covers(&recording(which + 1)));
            self.books[which - 1].exported = true;
            self.gates.push((which, by, gate));
        }
    }

    /// As the daemon asks for each piece of sound, for everybody.
    fn look_at_every_gate(&self) {
        for (which, opened_by, gate) in &self.gates {
            for by in 0..PEOPLE.len() {
                let open = self.register.still_open(gate, &person(by)).is_ok();
                let right = by == *opened_by && !self.books[which - 1].over;
                assert_eq!(
                    open, right,
                    "X-{which}, opened by {opened_by}, asked by {by}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn no_sequence_of_acts_opens_an_export_but_the_right_one(
        tried in prop::collection::vec(tries(), 1..40),
    ) {
        Stage::after(&tried);
    }
}

/// The director's consent to the first request.
const GRANT: Try = Try::Judge {
    by: 0,
    which: 1,
    granted: true,
};

#[test]
fn the_right_sequence_does_open_it_until_the_hand_over() {
    let mut stage = Stage::after(&[
        Try::Ask {
            by: 1,
            person: true,
        },
        Try::Export { by: 0, which: 1 },
        Try::Judge {
            by: 1,
            which: 1,
            granted: true,
        },
        GRANT,
        Try::Export { by: 1, which: 1 },
    ]);
    assert_eq!(stage.gates.len(), 1);
    let open = |stage: &Stage| {
        let (_, by, gate) = &stage.gates[0];
        stage.register.still_open(gate, &person(*by)).is_ok()
    };
    assert!(open(&stage));
    stage.attempt(&Try::HandOver { by: 1, which: 1 });
    assert!(!open(&stage));
}

/// GDPR art. 18: what is restricted leaves for no medium, and a medium in the making stops.
#[test]
fn a_restriction_shuts_every_export_until_it_ends() {
    let mut stage = Stage::after(&[
        Try::Ask {
            by: 1,
            person: true,
        },
        GRANT,
        Try::Export { by: 1, which: 1 },
    ]);
    let text = String::from;
    let enter = |stage: &mut Stage, act: &Act| {
        let entered = stage.register.enter(&person(0), act);
        entered.expect("the director's act").1
    };
    let asked = Act::AskHold(AskHold {
        recordings: vec![recording(1)],
        kind: text("restriction"),
        case: text("S/1"),
        basis: text("art. 18 RODO"),
        justification: text("spór o treść"),
        review: jiff::civil::date(2027, 2, 1),
    });
    let hold = enter(&mut stage, &asked).expect("a number");
    let judged = Act::JudgeHold {
        hold: hold.clone(),
        granted: true,
        reason: text("tak"),
    };
    enter(&mut stage, &judged);
    let shut = |stage: &mut Stage| {
        let (_, by, gate) = &stage.gates[0];
        let in_the_making = stage.register.still_open(gate, &person(*by)).is_err();
        let another = stage.register.begin_export(&person(0), "X-1", None);
        (in_the_making, another.is_err())
    };
    assert_eq!(shut(&mut stage), (true, true));
    let release = Act::ReleaseHold {
        hold,
        reason: text("wyjaśniono"),
    };
    enter(&mut stage, &release);
    assert_eq!(shut(&mut stage), (false, false));
}
