//! The gate: whatever is tried in whatever order by whomever, it opens only with a committed row, an
//! open order inside its window, a valid designation, a settled notice. The oracle below keeps its
//! own books of the accepted acts and knows nothing of the register's state.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]
#![expect(
    clippy::too_many_lines,
    reason = "one list of everything that can be tried"
)]
#![expect(clippy::needless_pass_by_value, reason = "an attempt is spent")]

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use linetap::register::{
    Act, Actor, AskHold, Begin, CallRef, Capacity, Designate, End, Gate, Ground, Notice, Order,
    Register, RowFacts, SecretKey, order_text,
};
use linetap::rules::Role;
use proptest::prelude::*;

const DIRECTOR: u32 = 1001;
const LISTENER: u32 = 1002;
const OTHER: u32 = 1003;

fn start() -> Timestamp {
    "2026-11-24T08:00:00Z".parse().unwrap()
}

fn person(uid: u32, now: Timestamp) -> Actor {
    let roles: &[Role] = match uid {
        DIRECTOR => &[Role::Director],
        LISTENER => &[Role::Listener],
        OTHER => &[Role::Listener, Role::Gestor],
        1004 => &[Role::Asi],
        _ => &[],
    };
    Actor::person(uid, roles, now)
}

fn designation(capacity: Capacity, uid: u32, key: Option<String>, days: i64) -> Act {
    let day = |days: i64| {
        TimeZone::UTC
            .to_datetime(start() + SignedDuration::from_hours(24 * days))
            .date()
    };
    Act::Designate(Designate {
        capacity,
        number: "1/2026".into(),
        dated: day(0),
        name: format!("osoba {uid}"),
        post: "stanowisko".into(),
        uid,
        authorisation: "U/1".into(),
        valid_from: day(0),
        valid_to: Some(day(days)),
        recipient: None,
        key,
    })
}

fn order(register: &Register, key: &SecretKey, listener: &str, from: i64, hours: i64) -> Act {
    let from = start() + SignedDuration::from_hours(from);
    let mut order = Order {
        report: None,
        calls: vec![CallRef {
            call: "c".into(),
            recordings: vec!["r".into()],
            line: "1".into(),
            direction: "incoming".into(),
            called: "1".into(),
            calling: "2".into(),
            start: String::new(),
            end: String::new(),
        }],
        listener: listener.into(),
        ground: Ground::A,
        reason: String::new(),
        employee: "pracownik".into(),
        from,
        until: from + SignedDuration::from_hours(hours),
        head: register.log().head().to_string(),
        signature: String::new(),
    };
    order.signature = key.sign(&order_text(&order));
    Act::Order(order)
}

fn begin(order: &str, recording: &str) -> Begin {
    let empty = String::new;
    Begin {
        order: order.into(),
        call: "c".into(),
        recording: recording.into(),
        facts: RowFacts {
            called: empty(),
            calling: empty(),
            date: empty(),
            start: empty(),
            end: empty(),
            heard_on: empty(),
            sha256: empty(),
        },
        parties: empty(),
    }
}

/// One thing somebody tries.
#[derive(Clone, Debug)]
enum Try {
    Designate {
        by: u32,
        whom: u32,
        days: i64,
    },
    EndDesignation {
        by: u32,
        which: usize,
    },
    Order {
        by: u32,
        listener: usize,
        from: i64,
        hours: i64,
        forged: bool,
    },
    Revoke {
        by: u32,
        which: usize,
    },
    Notice {
        by: u32,
        which: usize,
        given: bool,
    },
    Release {
        by: u32,
        which: usize,
    },
    Restrict {
        by: u32,
        release: bool,
    },
    Begin {
        by: u32,
        which: usize,
        wrong: bool,
    },
    Pass {
        by: u32,
        which: usize,
    },
    End {
        by: u32,
        which: usize,
    },
    Wait {
        hours: i64,
    },
}

fn tries() -> impl Strategy<Value = Try> {
    let by =
        prop_oneof![4 => Just(DIRECTOR), 4 => Just(LISTENER), 1 => Just(OTHER), 1 => 1004u32..1006];
    let director = prop_oneof![8 => Just(DIRECTOR), 1 => 1002u32..1006];
    let listens =
        prop_oneof![8 => Just(LISTENER), 1 => Just(OTHER), 1 => Just(DIRECTOR), 1 => 1004u32..1006];
    prop_oneof![
        2 => (director.clone(), prop_oneof![Just(LISTENER), Just(OTHER), Just(DIRECTOR)], 0i64..4)
            .prop_map(|(by, whom, days)| Try::Designate { by, whom, days }),
        1 => (director.clone(), 1usize..5).prop_map(|(by, which)| Try::EndDesignation { by, which }),
        4 => (director.clone(), 1usize..4, 0i64..6, 0i64..40, prop::bool::weighted(0.1))
            .prop_map(|(by, listener, from, hours, forged)| Try::Order { by, listener, from, hours, forged }),
        1 => (director.clone(), 1usize..5).prop_map(|(by, which)| Try::Revoke { by, which }),
        5 => (by.clone(), 1usize..5, any::<bool>()).prop_map(|(by, which, given)| Try::Notice { by, which, given }),
        5 => (director.clone(), 1usize..5).prop_map(|(by, which)| Try::Release { by, which }),
        1 => (director, any::<bool>()).prop_map(|(by, release)| Try::Restrict { by, release }),
        6 => (listens.clone(), 1usize..5, prop::bool::weighted(0.1))
            .prop_map(|(by, which, wrong)| Try::Begin { by, which, wrong }),
        8 => (listens, 0usize..4).prop_map(|(by, which)| Try::Pass { by, which }),
        1 => (by, 1usize..4).prop_map(|(by, which)| Try::End { by, which }),
        3 => (0i64..9).prop_map(|hours| Try::Wait { hours }),
    ]
}

#[derive(Default)]
struct Books {
    /// uid, last hour in force, ended.
    designations: Vec<(u32, i64, bool)>,
    /// Designation, from, until, notice, released, revoked.
    orders: Vec<(usize, i64, i64, bool, bool, bool)>,
    /// Order, uid, ended.
    rows: Vec<(usize, u32, bool)>,
    restrictions: Vec<bool>,
}

impl Books {
    fn may(&self, order: usize, uid: u32, hour: i64) -> bool {
        let Some((designation, from, until, notice, released, revoked)) = order
            .checked_sub(1)
            .and_then(|at| self.orders.get(at))
            .copied()
        else {
            return false;
        };
        let (whom, last, ended) = self.designations[designation - 1];
        let restricted = self.restrictions.iter().any(|stands| *stands);
        whom == uid
            && !ended
            && hour <= last
            && hour >= from
            && hour < until
            && notice
            && released
            && !revoked
            && !restricted
    }
}

struct Stage {
    register: Register,
    books: Books,
    gates: Vec<(usize, Gate)>,
    hour: i64,
    key: SecretKey,
    opened: u32,
    _dir: tempfile::TempDir,
}

impl Stage {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut register = Register::open(&dir.path().join("r"), "t", TimeZone::UTC).unwrap();
        let key = SecretKey::create(&dir.path().join("key")).unwrap();
        let act = designation(Capacity::Director, DIRECTOR, Some(key.public()), 30);
        register.enter(&person(DIRECTOR, start()), &act).unwrap();
        let mut books = Books::default();
        books.designations.push((DIRECTOR, 1_000, false));
        Self {
            register,
            books,
            gates: Vec::new(),
            hour: 0,
            key,
            opened: 0,
            _dir: dir,
        }
    }

    fn now(&self) -> Timestamp {
        start() + SignedDuration::from_hours(self.hour)
    }

    fn enter(&mut self, by: u32, act: &Act) -> bool {
        let actor = person(by, self.now());
        self.register.enter(&actor, act).is_ok()
    }

    /// The gate as the daemon asks it for each piece of sound; the books must agree.
    fn passes(&mut self, at: usize, by: u32) {
        let actor = person(by, self.now());
        let (row, gate) = &self.gates[at];
        let open = self.register.still_open(gate, &actor).is_ok();
        let (order, uid, ended) = self.books.rows[row - 1];
        let right = !ended && uid == by && self.books.may(order, by, self.hour);
        assert_eq!(open, right, "hour {} by {by} row {row}", self.hour);
        self.opened += u32::from(open);
    }

    fn attempt(&mut self, attempt: Try) {
        match attempt {
            Try::Wait { hours } => self.hour += hours,
            Try::Designate { by, whom, days } => {
                let act = designation(Capacity::Listener, whom, None, days);
                if self.enter(by, &act) {
                    // The last day ends at midnight: 16 hours after 08:00 of that day.
                    self.books.designations.push((whom, 24 * days + 15, false));
                }
            }
            Try::EndDesignation { by, which } => {
                let (designation, reason) = (format!("D-{}", which + 1), "koniec".into());
                if self.enter(
                    by,
                    &Act::EndDesignation {
                        designation,
                        reason,
                    },
                ) {
                    self.books.designations[which].2 = true;
                }
            }
            Try::Order {
                by,
                listener,
                from,
                hours,
                forged,
            } => {
                let number = format!("D-{listener}");
                let mut act = order(&self.register, &self.key, &number, from, hours);
                if let (true, Act::Order(order)) = (forged, &mut act) {
                    order.until += SignedDuration::from_hours(1);
                }
                if self.enter(by, &act) {
                    assert!(!forged && by == DIRECTOR);
                    let entry = (listener, from, from + hours, false, false, false);
                    self.books.orders.push(entry);
                }
            }
            Try::Revoke { by, which } => {
                let (order, reason) = (format!("O-{which}"), "cofnięte".into());
                if self.enter(by, &Act::Revoke { order, reason }) {
                    self.books.orders[which - 1].5 = true;
                }
            }
            Try::Notice { by, which, given } => {
                let note = String::from("ustnie");
                let notice = if given {
                    Notice::Given { note }
                } else {
                    Notice::Absent { note }
                };
                let order = format!("O-{which}");
                if self.enter(by, &Act::Notice { order, notice }) {
                    self.books.orders[which - 1].3 = true;
                }
            }
            Try::Release { by, which } => {
                if self.enter(
                    by,
                    &Act::Release {
                        order: format!("O-{which}"),
                    },
                ) {
                    assert!(
                        by == DIRECTOR && self.books.orders[which - 1].3,
                        "released untold"
                    );
                    self.books.orders[which - 1].4 = true;
                }
            }
            Try::Restrict { by, release } => self.restrict(by, release),
            Try::Begin { by, which, wrong } => self.begin(by, which, wrong),
            Try::Pass { by, which } if which < self.gates.len() => self.passes(which, by),
            Try::Pass { .. } => {}
            Try::End { by, which } => {
                let (playback, why) = (format!("P-{which}"), "end".into());
                if self.enter(
                    by,
                    &Act::End(End {
                        playback,
                        played: vec![],
                        why,
                    }),
                ) {
                    assert_eq!(self.books.rows[which - 1].1, by);
                    self.books.rows[which - 1].2 = true;
                }
            }
        }
    }

    fn restrict(&mut self, by: u32, release: bool) {
        if release {
            for at in 0..self.books.restrictions.len() {
                let (hold, reason) = (format!("H-{}", at + 1), "koniec".into());
                if self.enter(by, &Act::ReleaseHold { hold, reason }) {
                    self.books.restrictions[at] = false;
                }
            }
            return;
        }
        let act = Act::AskHold(AskHold {
            recordings: vec!["r".into()],
            kind: "restriction".into(),
            case: "1".into(),
            basis: "art. 18".into(),
            justification: "wniosek".into(),
            review: "2027-01-01".parse().unwrap(),
        });
        if self.enter(by, &act) {
            self.books.restrictions.push(true);
        }
    }

    fn begin(&mut self, by: u32, which: usize, wrong: bool) {
        let actor = person(by, self.now());
        let right = !wrong && self.books.may(which, by, self.hour);
        let before = self.register.log().size();
        let recording = if wrong { "x" } else { "r" };
        let gate =
            self.register
                .begin_playback(&actor, begin(&format!("O-{which}"), recording), None);
        assert_eq!(
            gate.is_ok(),
            right,
            "hour {} order {which} by {by}: {:?}",
            self.hour,
            gate.err()
        );
        let committed = self.register.log().size() - before;
        assert_eq!(
            committed,
            u64::from(right),
            "a gate without its row, or a row without"
        );
        if let Ok(gate) = gate {
            self.books.rows.push((which, by, false));
            self.gates.push((self.books.rows.len(), gate));
            self.passes(self.gates.len() - 1, by);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn no_sequence_of_acts_opens_the_gate_but_the_right_one(
        prepared in 0usize..5,
        tried in prop::collection::vec(tries(), 1..60),
    ) {
        let mut stage = Stage::new();
        let preparation = [
            Try::Designate { by: DIRECTOR, whom: LISTENER, days: 2 },
            Try::Order { by: DIRECTOR, listener: 2, from: 0, hours: 30, forged: false },
            Try::Notice { by: LISTENER, which: 1, given: true },
            Try::Release { by: DIRECTOR, which: 1 },
        ];
        for attempt in preparation.into_iter().take(prepared) {
            stage.attempt(attempt);
        }
        for attempt in tried {
            stage.attempt(attempt);
            for at in 0..stage.gates.len() {
                for by in [DIRECTOR, LISTENER, OTHER] {
                    stage.passes(at, by);
                }
            }
        }
    }
}

#[test]
fn the_right_sequence_does_open_it_and_the_windows_end_shuts_it() {
    let mut stage = Stage::new();
    for attempt in [
        Try::Designate {
            by: DIRECTOR,
            whom: LISTENER,
            days: 2,
        },
        Try::Order {
            by: DIRECTOR,
            listener: 2,
            from: 0,
            hours: 8,
            forged: false,
        },
        Try::Begin {
            by: LISTENER,
            which: 1,
            wrong: false,
        },
        Try::Notice {
            by: LISTENER,
            which: 1,
            given: false,
        },
        Try::Release {
            by: DIRECTOR,
            which: 1,
        },
        Try::Begin {
            by: LISTENER,
            which: 1,
            wrong: false,
        },
        Try::Wait { hours: 7 },
        Try::Pass {
            by: LISTENER,
            which: 0,
        },
    ] {
        stage.attempt(attempt);
    }
    assert_eq!((stage.opened, stage.gates.len()), (2, 1));
    stage.attempt(Try::Wait { hours: 1 });
    stage.attempt(Try::Pass {
        by: LISTENER,
        which: 0,
    });
    assert_eq!(stage.opened, 2);
    let todo = stage.register.procedure().todo(stage.now());
    assert!(
        todo.iter()
            .any(|todo| todo.about == "O-1" && todo.what.contains("po powrocie"))
    );
}
