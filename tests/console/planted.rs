//! An office with a past: its configuration, its calls of the last days, and recordings of them, sealed
//! to the director's key but for one that is older than any key; and the sound of a line on which one
//! call goes out.

use std::fs;

use jiff::{SignedDuration, Timestamp};
use linetap::index::{CallRow, Entry, Index, RecordingRow};
use linetap::vault::{Begin, Tags, Vault};
use linetap::words::{CallId, Digits, Direction, Presentation, RecordingId};
use serde_json::{Value, json};

use crate::closed_row::closed_row;
use crate::office::{ALWAYS, Office, sound};

/// Frequencies of the case's two sides: what must come out of the loudspeaker.
pub(crate) const SIDES: [f64; 2] = [440.0, 700.0];

const LINES: [(&str, &str); 4] = [
    ("Centrala 1", "+48525550100"),
    ("Centrala 2", "+48525550101"),
    ("Sekretariat", "+48525550102"),
    ("Pomoc doraźna", "+48525550103"),
];

/// Writes the configuration: four lines of one card, which replays `wav`.
pub(crate) fn configure(office: &Office, recipient: Option<&str>, wav: &str) {
    let recipients = recipient.map_or_else(String::new, |key| format!("{key:?}"));
    let mut text = format!(
        "[office]\nname = \"Ośrodek Pomocy Społecznej w Przykładowie\"\nsite = \"centrala\"\n\
         timezone = \"Europe/Warsaw\"\nplace = \"Przykładowo\"\n\
         address = \"ul. Próbna 1, 00-001 Przykładowo\"\ncontact = \"tel. 52 555 01 00\"\n\
         regulation = \"Zarządzenia Nr 1/2026 Dyrektora z dnia 2 stycznia 2026 r.\"\n\
         data_protection_officer = \"iod@przyklad.example\"\n\
         legal_basis = \"art. 6 ust. 1 lit. e RODO\"\n\n\
         [paths]\nstate = {:?}\nsocket = {:?}\n\n{ALWAYS}\n[vault]\nrecipients = [{recipients}]\n\n\
         [[card]]\nname = \"linie\"\nreplay = {wav:?}\npace = \"realtime\"\n\n",
        office.state(),
        office.socket(),
    );
    for (at, (name, number)) in LINES.iter().enumerate() {
        let hook = match at {
            0 => {
                "{ mode = \"sense\", channel = 4, volts_full_scale = 150.0, off_hook_below = 20.0, \
                  dead_below = 3.0 }"
            }
            _ => "{ mode = \"audio\" }",
        };
        text.push_str(&format!(
            "[[line]]\nname = {name:?}\ncard = \"linie\"\nchannels = [{at}]\nrole = \"trunk\"\n\
             number = {number:?}\nhook = {hook}\n\n"
        ));
    }
    fs::write(office.config(), text).unwrap();
}

fn tone(hz: f64, second: f64) -> f64 {
    (std::f64::consts::TAU * hz * second).sin()
}

/// Loud and soft as speech is, so that a waveform has a shape.
fn speech(hz: f64, second: f64) -> i16 {
    let syllables = (0.5 + 0.5 * tone(1.7, second)) * (0.6 + 0.4 * tone(0.23, second));
    (9_000.0 * syllables * tone(hz, second)) as i16
}

const DIALLED: &str = "525550123";

/// DTMF, four keys a row.
fn keys(digit: char) -> (f64, f64) {
    let at = "123A456B789C*0#D".find(digit).unwrap();
    let rows = [697.0, 770.0, 852.0, 941.0];
    let columns = [1_209.0, 1_336.0, 1_477.0, 1_633.0];
    (rows[at / 4], columns[at % 4])
}

/// What is on the first line at a second: dial tone, digits, ringing, speech; off-hook from 2 to 13.
fn call_out(second: f64) -> (i16, bool) {
    let dialling = (second - 3.2) / 0.16;
    let sample = match second {
        2.0..3.0 => 2_000.0 * tone(425.0, second),
        3.2..4.64 if dialling.fract() < 0.5 => {
            let (low, high) = keys(DIALLED.chars().nth(dialling as usize).unwrap());
            4_000.0 * tone(low, second) + 4_000.0 * tone(high, second)
        }
        5.0..6.0 => 2_000.0 * tone(425.0, second),
        7.0..12.5 => f64::from(speech(500.0, second)),
        _ => 0.0,
    };
    (sample as i16, (2.0..13.0).contains(&second))
}

/// The four lines and what their first is sensed by: silence, or one outgoing call.
pub(crate) fn wav(office: &Office, name: &str, seconds: u64, with_call: bool) {
    let mut at = 0u64;
    sound::wav(&office.path(name), 5, seconds * 8_000, false, |frames| {
        for frame in frames.chunks_mut(5) {
            let (sample, off_hook) = match with_call {
                true => call_out(at as f64 / 8_000.0),
                false => (0, false),
            };
            frame.fill(0);
            frame[0] = sample;
            frame[4] = if off_hook { 1_747 } else { 10_485 };
            at += 1;
        }
    });
}

/// A call of the past: how long ago, on which line, with whom, how long, how recorded.
struct Past {
    n: u128,
    /// One moment for all of them: an id is made of it more than once.
    now: Timestamp,
    ago: SignedDuration,
    line: usize,
    direction: Direction,
    number: &'static str,
    seconds: i64,
    /// Channels of the recording; none if there is none.
    channels: u8,
    reason: &'static str,
}

impl Past {
    fn start(&self) -> Timestamp {
        let start = self.now - self.ago;
        Timestamp::from_second(start.as_second()).unwrap()
    }

    fn id(&self) -> CallId {
        let ms = self.start().as_millisecond() as u128;
        CallId(uuid::Uuid::from_u128(
            (ms << 80) | (7 << 76) | (2 << 62) | self.n,
        ))
    }

    fn call(&self) -> CallRow {
        let start = self.start();
        let mut call = CallRow::begun(self.id(), LINES[self.line].0, start, "Europe/Warsaw");
        call.direction = self.direction;
        match self.direction {
            Direction::Outgoing => call.dialled = Digits::from_text(self.number),
            _ if self.number.is_empty() => call.presentation = Some(Presentation::Restricted),
            _ => {
                call.caller = Digits::from_text(self.number);
                call.presentation = Some(Presentation::Allowed);
            }
        }
        call.answered = Some(start + SignedDuration::from_secs(6));
        call.end = Some(start + SignedDuration::from_secs(self.seconds));
        call.external = Some(self.reason != "internal");
        call.recorded = self.channels > 0;
        call.reason = self.reason.into();
        call.end_reason = Some("on_hook".into());
        call.rules_version = "20260102-3f9a".into();
        if self.direction == Direction::Incoming && self.channels > 0 {
            call.announcement_expected = true;
            call.announcement = Some((start + SignedDuration::from_secs(2), 0.997));
        }
        call
    }

    /// Its recording, sealed if the vault seals, at most `most` seconds of it.
    fn record(&self, vault: &Vault, most: i64) -> RecordingRow {
        let (call, start) = (self.id(), self.start());
        let id = RecordingId(uuid::Uuid::from_u128(call.0.as_u128() + 0x1_0000));
        let begin = Begin {
            id,
            call,
            line: LINES[self.line].0.into(),
            started: start,
            channels: self.channels,
            rules_version: "20260102-3f9a".into(),
            tags: Tags::new(),
        };
        let mut recording = vault.begin(&begin).unwrap();
        let samples = self.seconds.min(most) * 8_000;
        for second in (0..samples).map(|at| at as f64 / 8_000.0) {
            let sides: Vec<i16> = SIDES.iter().map(|hz| speech(*hz, second)).collect();
            recording
                .write(&sides[..usize::from(self.channels)])
                .unwrap();
        }
        let closed = recording.finish(&Tags::new()).unwrap();
        closed_row(&begin, &closed)
    }
}

const NUMBERS: [&str; 7] = [
    "525550199",
    "525550142",
    "",
    "525550177",
    "225550131",
    "525550164",
    "585550118",
];

/// An ordinary call of the last days.
fn ordinary(n: u128, now: Timestamp) -> Past {
    let at = n as usize;
    let (direction, reason, channels) = match at % 6 {
        0 => (Direction::Incoming, "outside_hours", 0),
        3 => (Direction::Outgoing, "", 1),
        5 if at % 12 == 5 => (Direction::Incoming, "suspended", 0),
        _ => (Direction::Incoming, "", 1),
    };
    Past {
        n,
        now,
        ago: SignedDuration::from_mins(47 * (n as i64 + 2)),
        line: at % 4,
        direction,
        number: NUMBERS[at % 7],
        seconds: 40 + (n as i64 * 37) % 400,
        channels,
        reason,
    }
}

/// Fills index and vault; gives the ids of the calls that the walk is about.
pub(crate) fn past(office: &Office, recipient: &str) -> Value {
    let mut index = Index::open(&office.state().join("index.sqlite")).unwrap();
    let now = Timestamp::now();
    let case = Past {
        n: 900,
        now,
        ago: SignedDuration::from_mins(64),
        line: 0,
        direction: Direction::Incoming,
        number: "525550199",
        seconds: 24,
        channels: 2,
        reason: "",
    };
    let other = Past {
        n: 901,
        ago: SignedDuration::from_mins(31),
        line: 2,
        number: "525550142",
        channels: 1,
        ..case
    };
    let plain = Past {
        n: 902,
        ago: SignedDuration::from_hours(52),
        line: 1,
        number: "585550118",
        channels: 1,
        seconds: 30,
        ..case
    };
    // One vault at a time: first the one of an office without a key.
    let unsealed = Vault::open(&office.state(), &[]).unwrap();
    let mut entries = vec![
        Entry::Call(plain.call()),
        Entry::Recording(plain.record(&unsealed, 60)),
    ];
    drop(unsealed);
    let vault = Vault::open(&office.state(), &[recipient.to_owned()]).unwrap();
    let [case_id, other_id, plain_id] = [&case, &other, &plain].map(|past| past.id().to_string());
    for past in (1..40).map(|n| ordinary(n, now)).chain([case, other]) {
        entries.push(Entry::Call(past.call()));
        if past.channels > 0 {
            let most = if past.n >= 900 { 60 } else { 1 };
            entries.push(Entry::Recording(past.record(&vault, most)));
        }
    }
    index.write(&entries).unwrap();
    json!({"case": case_id, "other": other_id, "plain": plain_id, "dialled": DIALLED})
}
