//! The office of the years and the true time: what happens, step by step.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::config::Config;
use crate::daemon::anchor::Anchor;
use crate::daemon::clock::{Clock, Script};
use crate::daemon::outputs::Output;
use crate::index::Reader;
use crate::register::{Act, Actor, AskHold};
use crate::rules::Role;
use crate::signal::exchange::random::Random;
use crate::words::{CallEvent, CallFacts, CallKey, Digits, Direction, EndReason, RATE_HZ};

use super::machine::Machine;
use super::truth::{Call, Kind, Sums, Truth};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// The trunk and the extension, by their place.
const TRUNK: usize = 0;
const EXTENSION: usize = 1;

/// See the module.
pub(super) struct World {
    dir: tempfile::TempDir,
    config: Config,
    zone: TimeZone,
    script: Arc<Script>,
    /// The true time, and by how much the machine's clock is ahead of it (ms).
    now_ms: i64,
    ahead_ms: i64,
    machine: Option<Machine>,
    /// One reader for all the years.
    reader: Option<Reader>,
    truth: Truth,
    dice: Random,
    pub(super) sums: Sums,
}

fn configuration(state: &std::path::Path) -> Config {
    let days: String = ["mon", "tue", "wed", "thu", "fri"]
        .map(|day| format!("{day} = [\"07:30-15:30\"]\n"))
        .concat();
    let line = |name, channel, role| {
        format!(
            "[[line]]\nname = \"{name}\"\ncard = \"c\"\nchannels = [{channel}]\nrole = \"{role}\"\n\
             hook = {{ mode = \"audio\" }}\n"
        )
    };
    let text = format!(
        "[office]\nname = \"O\"\ntimezone = \"Europe/Warsaw\"\n[paths]\nstate = {state:?}\n\
         [hours]\n{days}[numbering]\ninternal = [\"[2-4]XX\"]\noutside_prefix = \"0\"\n\
         [[card]]\nname = \"c\"\nexchange = 2\n{}{}",
        line("T", 0, "trunk"),
        line("E", 1, "extension"),
    );
    Config::parse(&text, "years").unwrap_or_else(|problems| panic!("{problems}"))
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        // In memory where there is such a folder: this is about rules, not about disks.
        let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let dir = dir.expect("a folder");
        let config = configuration(&dir.path().join("state"));
        let mut dice = Random::new(seed, 0);
        let start: Timestamp = "2025-10-01T08:00:00Z".parse().expect("a time");
        let mut world = Self {
            zone: config.office.zone.clone(),
            truth: Truth::new(config.office.zone.clone(), dir.path().join("state")),
            dir,
            config,
            script: Arc::default(),
            now_ms: start.as_millisecond() + (dice.unit() * 400.0) as i64 * DAY_MS,
            ahead_ms: 0,
            machine: None,
            reader: None,
            dice,
            sums: Sums::default(),
        };
        world.boot();
        world
    }

    fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    fn machine(&mut self) -> &mut Machine {
        self.machine.as_mut().expect("it runs")
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now_ms).expect("a time")
    }

    fn boot(&mut self) {
        self.script.elapsed_ms.store(0, Ordering::Release);
        self.tick(0);
        let clock = Clock::scripted(&self.script);
        self.machine = Some(Machine::boot(&self.config, &self.state(), &clock));
        self.round();
    }

    /// Time passes, and the machine's clock with it.
    fn tick(&mut self, ms: i64) {
        self.now_ms += ms;
        let wall = self.now_ms + self.ahead_ms;
        self.script.wall_ms.store(wall, Ordering::Release);
        self.script
            .elapsed_ms
            .fetch_add(u64::try_from(ms).expect("forwards"), Ordering::AcqRel);
    }

    /// Two rounds, as a second look at the clock comes before the next round.
    fn round(&mut self) {
        self.machine().round();
        self.tick(61_000);
        self.machine().round();
    }

    /// So many days.
    pub(super) fn live(&mut self, days: i64) {
        let end = self.now_ms + days * DAY_MS;
        while self.now_ms < end {
            self.something();
            let step = self.dice.between(2.0, 11.0) * HOUR_MS as f64;
            self.tick(step as i64);
            self.round();
            self.check();
        }
        self.truth.no_other_file();
    }

    fn is_right(&mut self) -> bool {
        self.ahead_ms == 0 && self.machine().trusts_its_clock()
    }

    fn check(&mut self) {
        let right = self.is_right();
        let now = self.now();
        let path = self.state().join("index.sqlite");
        let open = || Reader::open(&path).expect("the index");
        let reader = self.reader.get_or_insert_with(open);
        self.truth.check(reader, now, right, &mut self.sums);
    }

    fn something(&mut self) {
        let dice = self.dice.below(100);
        match dice {
            0..16 => self.call(TRUNK),
            16..28 => self.call(EXTENSION),
            28..36 => self.go_to_an_edge(),
            36..44 => self.keep_something(),
            44..46 => self.set_the_clock(),
            46..48 => self.crash(),
            _ => {}
        }
        if self.ahead_ms != 0 && self.dice.chance(0.15) {
            self.ahead_ms = 0; // somebody sets it right
            self.tick(2_000);
            self.round();
            self.truth.doubt_is_over();
        }
        if self.ahead_ms == 0 && !self.machine().trusts_its_clock() && self.dice.chance(0.2) {
            self.confirm();
        }
    }

    /// To three seconds before the office opens or closes, and a call there.
    fn go_to_an_edge(&mut self) {
        let wall = |at: i64| Timestamp::from_millisecond(at).expect("a time");
        let today = self.zone.to_datetime(wall(self.now_ms)).date();
        let tomorrow = today.checked_add(1.days()).expect("a day");
        let time = if self.dice.chance(0.5) {
            Time::constant(7, 29, 57, 0)
        } else {
            Time::constant(15, 29, 57, 0)
        };
        let edge = self.zone.to_timestamp(tomorrow.to_datetime(time));
        let edge = edge.expect("no clock change by day").as_millisecond();
        self.tick(edge - self.now_ms);
        self.round();
        let edge = edge - self.now_ms + 3_000 - 1_000;
        if edge > 0 {
            self.tick(edge);
        }
        self.call(TRUNK);
    }

    /// A call of some seconds, its sound one value that is its own.
    fn call(&mut self, line: usize) {
        let marker = self.truth.next_marker();
        let (kind, number) = match line {
            TRUNK => (Kind::Trunk, ""),
            _ if self.dice.chance(0.6) => (Kind::Internal, "312"),
            _ => (Kind::Outside, "0523730000"),
        };
        let doubtful = !self.is_right();
        let start = self.now();
        let wall_ahead = SignedDuration::from_millis(self.ahead_ms);
        let anchor = Anchor::new(self.machine().position(line), start + wall_ahead);
        let mut facts = CallFacts::begun(self.machine().position(line), Direction::Outgoing);
        let key = CallKey(0);
        let mut call = Call::new(kind, start, wall_ahead, marker, doubtful);
        let begun = facts.clone();
        self.act(
            line,
            CallEvent::Began { key, facts: begun },
            &anchor,
            &mut call,
        );
        self.sound(line, marker, 1, &anchor, &mut call);
        facts.dialled = Digits::from_text(number);
        let changed = facts.clone();
        self.act(
            line,
            CallEvent::Changed {
                key,
                facts: changed,
            },
            &anchor,
            &mut call,
        );
        let seconds = 1 + self.dice.below(7);
        self.sound(line, marker, seconds, &anchor, &mut call);
        self.machine().round();
        if self.dice.chance(0.01) {
            self.truth.enter(call);
            return self.crash();
        }
        facts.end = Some(self.machine().position(line));
        facts.end_reason = Some(EndReason::OnHook);
        self.act(line, CallEvent::Ended { key, facts }, &anchor, &mut call);
        self.sound(line, 0, 4, &anchor, &mut call);
        self.machine().round();
        self.sums.count(&call);
        self.truth.enter(call);
    }

    fn act(&mut self, line: usize, event: CallEvent, anchor: &Anchor, call: &mut Call) {
        let out = self.machine().event(line, event, anchor);
        self.pass(out, call);
    }

    fn sound(&mut self, line: usize, value: i16, seconds: usize, anchor: &Anchor, call: &mut Call) {
        for _ in 0..seconds {
            let out = self.machine().audio(line, value, RATE_HZ as usize, anchor);
            self.pass(out, call);
            self.tick(1_000);
        }
    }

    fn pass(&mut self, outputs: Vec<Output>, call: &mut Call) {
        for output in &outputs {
            match output {
                Output::CallBegan(note) => call.id = Some(note.id),
                Output::Open(open) => call.recordings.push(open.recording),
                _ => {}
            }
        }
        self.machine().write(outputs);
    }

    fn set_the_clock(&mut self) {
        let years = 1.0 + 4.0 * self.dice.unit();
        // Set to less than five days ahead before it is believed at all it cannot be told from right.
        let kinds = if self.machine().trusts_its_clock() {
            3
        } else {
            1
        };
        let by = match self.dice.below(kinds) {
            0 => years * 365.0 * DAY_MS as f64,
            1 => (1.0 + 20.0 * self.dice.unit()) * DAY_MS as f64,
            _ => (1.0 + 5.0 * self.dice.unit()) * HOUR_MS as f64,
        };
        let sign = if self.dice.chance(0.5) { 1.0 } else { -1.0 };
        self.ahead_ms = (by * sign) as i64;
        self.tick(1_000);
        self.machine().round(); // within a second it is seen
        self.sums.clock_steps += 1;
    }

    /// The machine is gone, for a moment or for days. It comes back with the right clock, or with one
    /// that is off by years: a clock ahead by less than five days cannot be told at a start.
    fn crash(&mut self) {
        self.machine = None;
        self.truth.crashed();
        let days = if self.dice.chance(0.3) { 8.0 } else { 0.1 };
        let down = self.dice.unit() * days * DAY_MS as f64;
        if self.ahead_ms.abs() < 365 * DAY_MS || self.dice.chance(0.5) {
            self.ahead_ms = 0;
        }
        self.tick(down as i64);
        self.boot();
        self.sums.crashes += 1;
    }

    fn confirm(&mut self) {
        let shown = self.now();
        let asi = Actor::person(1, &[Role::Asi], shown);
        let machine = self.machine();
        machine.enter(&asi, &Act::ConfirmClock { shown });
        machine.view.clock_confirmed.store(true, Ordering::Release);
        machine.round();
        assert!(machine.trusts_its_clock(), "it was confirmed");
        self.truth.doubt_is_over();
        self.sums.confirmed += 1;
    }

    /// A hold is asked for, judged, released, or the administrator deletes what is listed.
    fn keep_something(&mut self) {
        if !self.is_right() {
            return; // acts under a wrong clock bear wrong times
        }
        let now = self.now();
        let gestor = Actor::person(2, &[Role::Gestor], now);
        let pick = self.dice.unit();
        let Some(at) = self.truth.some_present(pick) else {
            return;
        };
        let id = self.truth.calls[at].recordings[0].to_string();
        let hold = self.truth.calls[at].hold.clone();
        match hold {
            None if self.truth.calls[at].listed => {
                let asi = Actor::person(1, &[Role::Asi], now);
                let recordings = vec![id];
                self.machine()
                    .enter(&asi, &Act::DeleteListed { recordings });
                self.truth.calls[at].ordered = true;
                self.sums.ordered += 1;
            }
            None => self.ask_hold(at, &gestor),
            Some(hold) if self.dice.chance(0.5) => {
                let granted = self.truth.calls[at].granted || self.dice.chance(0.6);
                let reason = "bo tak".to_owned();
                if self.truth.calls[at].granted {
                    self.machine()
                        .enter(&gestor, &Act::ReleaseHold { hold, reason });
                    self.truth.released(at, now);
                } else {
                    let act = Act::JudgeHold {
                        hold,
                        granted,
                        reason,
                    };
                    self.machine().enter(&gestor, &act);
                    self.truth.judged(at, granted);
                }
            }
            Some(_) => {}
        }
    }

    fn ask_hold(&mut self, at: usize, gestor: &Actor) {
        let asked = AskHold {
            recordings: self.truth.ids_of(at),
            kind: "evidence".into(),
            case: "II K 1/26".into(),
            basis: "k.p.k.".into(),
            justification: "dowód".into(),
            review: self.zone.to_datetime(gestor.now).date(),
        };
        let number = self.machine().enter(gestor, &Act::AskHold(asked));
        self.truth.calls[at].hold = number;
        self.sums.held += 1;
    }
}
