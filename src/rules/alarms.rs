//! Alarms: states that stand until their cause is gone, against events that pass.
//!
//! Each [`Alarm`] is a condition over one reading in the unit of the table: it begins when the
//! reading has been at `on` or above for `raise_s` seconds, and ends when it has been at `off` or
//! below for `clear_s`; between the two nothing changes. A reading that is not given changes
//! nothing, so an alarm is not lost because nobody could look. Time is milliseconds of a clock that
//! does not jump. Each beginning gets a new number, and a person acknowledges that number: what
//! begins later is never covered by it. Memory: one entry for each reading; nothing blocks.

use std::collections::BTreeMap;

macro_rules! alarms {
    ($($(#[doc = $doc:literal])* $name:ident $word:literal $unit:literal
       on $on:literal off $off:literal raise $raise:literal clear $clear:literal $remedy:literal;)*) => {
        /// Something that somebody has to look after. A closed list.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Alarm { $($(#[doc = $doc])* $name,)* }

        impl Alarm {
            /// Every alarm, in the table's order.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The word of status, metrics and log.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// What to do.
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$name => $remedy,)* }
            }

            /// When it begins and ends.
            pub const fn limits(self) -> Limits {
                match self { $(Self::$name => Limits {
                    unit: $unit, on: $on, off: $off, raise_s: $raise, clear_s: $clear,
                },)* }
            }
        }
    };
}

/// When an alarm begins and ends.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Limits {
    /// Unit of the reading.
    pub unit: &'static str,
    /// It begins at this reading or above.
    pub on: f64,
    /// It ends at this reading or below.
    pub off: f64,
    /// Seconds the reading must stand before it begins.
    pub raise_s: u32,
    /// Seconds the reading must be gone before it ends.
    pub clear_s: u32,
}

alarms! {
    /// Nothing was heard on the line through hours in which the office was open.
    LineSilent "line_silent" "hours open" on 8.0 off 0.01 raise 0 clear 0 "call the line; if nothing is seen here, look at the wiring";
    /// The line has been off-hook so long that the handset is off or the pair is shorted.
    OffHookLong "off_hook_long" "hours" on 4.0 off 0.0 raise 0 clear 5 "look whether the handset lies beside the telephone; low voltage is also a broken pair";
    /// No voltage, or no signal of any kind.
    LineDead "line_dead" "0/1" on 1.0 off 0.0 raise 30 clear 30 "the line is cut or unplugged at the tap";
    /// No dial tone on outgoing calls.
    NoDialTone "no_dial_tone" "0/1" on 1.0 off 0.0 raise 0 clear 30 "the tap does not hear the exchange; look at the wiring";
    /// Samples at full scale.
    Clipping "clipping" "0/1" on 1.0 off 0.0 raise 10 clear 300 "turn the capture level of the channel down";
    /// Mains hum.
    Hum "hum" "0/1" on 1.0 off 0.0 raise 60 clear 300 "look for a ground loop or a missing transformer at the tap";
    /// Another fault of the wire: one side silent, voltage moved, crosstalk, level too low.
    LineFault "line_fault" "0/1" on 1.0 off 0.0 raise 60 clear 300 "linetap status names the fault of the line";
    /// No D channel is heard on an ISDN line.
    DChannelLost "d_channel_lost" "0/1" on 1.0 off 0.0 raise 10 clear 10 "ISDN calls are not seen; look at the tap of both directions";
    /// The line's call machine failed and was replaced.
    LineFailed "line_failed" "failures an hour" on 0.9 off 0.1 raise 0 clear 0 "audio goes on; report it with the log";
    /// A detector of the card failed; all its detectors were built anew.
    DetectorsFailed "detectors_failed" "failures an hour" on 0.9 off 0.1 raise 0 clear 0 "audio goes on; report it with the log";
    /// The card is open but brings nothing, or is gone.
    CardStalled "card_stalled" "0/1" on 1.0 off 0.0 raise 5 clear 5 "look at the card, its cable and the kernel log";
    /// The driver's buffer overran.
    Xruns "xruns" "overruns an hour" on 3.0 off 0.5 raise 0 clear 0 "the machine is too slow or lacks real-time priority";
    /// The line worker does not keep up.
    Overload "overload" "frames an hour" on 1.0 off 0.5 raise 0 clear 0 "the machine is too slow for its lines";
    /// The card's clock runs apart from the machine's.
    Drift "drift" "ppm" on 250.0 off 150.0 raise 300 clear 300 "the card's crystal is bad, or the machine's clock is being pulled";
    /// Incoming calls on the line go without the announcement (§4.1).
    AnnouncementMissing "announcement_missing" "calls in a row" on 2.0 off 0.0 raise 0 clear 0 "callers are not told; look at the message port, then linetap announcement missing";
    /// The announcement's file cannot be used.
    AnnouncementUnusable "announcement_unusable" "0/1" on 1.0 off 0.0 raise 0 clear 0 "linetap check says what is wrong with the file";
    /// The disk with the recordings fills.
    DiskLow "disk_low" "% used" on 90.0 off 85.0 raise 10 clear 60 "make room; recordings are never deleted before their term";
    /// The disk refuses recordings or the index.
    WriteFailed "write_failed" "refused writes" on 1.0 off 0.0 raise 0 clear 30 "calls are being lost: look at the disk, dmesg and free space; the log has its words";
    /// A recording is kept beyond its term.
    RetentionLate "retention_late" "hours late" on 1.0 off 0.0 raise 60 clear 0 "the log says why it cannot be deleted";
    /// The clock jumped: nothing is deleted until it is right.
    ClockJumped "clock_jumped" "0/1" on 1.0 off 0.0 raise 0 clear 0 "look at the machine's time and its time source; if it is right: linetap retention --confirm-clock";
    /// No time service keeps the clock right; hours, terms and the times of calls follow it.
    ClockUnsynchronised "clock_unsynchronised" "0/1" on 1.0 off 0.0 raise 600 clear 10 "systemctl enable --now systemd-timesyncd (or chrony); docs/custody.md, The clock";
    /// The keys to which recordings are sealed are not those of last week.
    KeyChanged "key_changed" "0/1" on 1.0 off 0.0 raise 0 clear 0 "compare the fingerprints with those on paper; a change nobody ordered is an attack";
    /// The main thread finds a card or a writer stuck and lets the watchdog go hungry.
    Watchdog "watchdog" "seconds unfed" on 5.0 off 3.0 raise 0 clear 0 "systemd restarts the recorder after 10 s; the log says what is stuck";
    /// Too many attempts to sign in shut an account of the console.
    AccountLocked "account_locked" "accounts" on 1.0 off 0.0 raise 0 clear 0 "ask its person; `linetap account unlock` lifts it early";
    /// Recordings are not encrypted.
    Unsealed "unsealed" "0/1" on 1.0 off 0.0 raise 0 clear 0 "name the director's key in [vault] recipients";
}

/// Readings of one look: each alarm's, for its line, card or (empty) the recorder.
pub type Readings = BTreeMap<(Alarm, String), f64>;

/// An alarm that stands.
#[derive(Clone, PartialEq, Debug)]
pub struct Standing {
    /// Its number, never given twice.
    pub number: u64,
    /// Which.
    pub alarm: Alarm,
    /// Line or card; empty for the recorder.
    pub subject: String,
    /// When it began (ms).
    pub since_ms: u64,
    /// The last reading.
    pub reading: f64,
    /// Who has taken note of it.
    pub acknowledged: Option<String>,
}

/// What a look has changed.
#[derive(Clone, PartialEq, Debug)]
pub enum Change {
    /// It has begun.
    Began(Standing),
    /// It has ended.
    Ended(Standing),
}

#[derive(Default)]
struct Watch {
    /// Since when the reading has been beyond the limit that changes the state.
    beyond_since: Option<u64>,
    standing: Option<Standing>,
}

/// All alarms of a recorder.
#[derive(Default)]
pub struct Alarms {
    watches: BTreeMap<(Alarm, String), Watch>,
    last_number: u64,
}

impl Alarms {
    /// Takes a look at `now_ms`, which never goes back.
    pub fn observe(&mut self, now_ms: u64, readings: &Readings) -> Vec<Change> {
        let mut changes = Vec::new();
        for ((alarm, subject), &reading) in readings {
            let key = (*alarm, subject.clone());
            let watch = self.watches.entry(key).or_default();
            if let Some(standing) = &mut watch.standing {
                standing.reading = reading;
            }
            if !watch.is_due(now_ms, alarm.limits(), reading) {
                continue;
            }
            changes.push(match watch.standing.take() {
                Some(standing) => Change::Ended(standing),
                None => {
                    self.last_number += 1;
                    let standing = Standing {
                        number: self.last_number,
                        alarm: *alarm,
                        subject: subject.clone(),
                        since_ms: now_ms,
                        reading,
                        acknowledged: None,
                    };
                    watch.standing = Some(standing.clone());
                    Change::Began(standing)
                }
            });
        }
        changes
    }

    /// Notes that somebody has seen alarm `number`. False if no such alarm stands: it has ended, and
    /// what may have begun since is another.
    pub fn acknowledge(&mut self, number: u64, by: &str) -> bool {
        let mut all = self.watches.values_mut();
        let found = all.find_map(|watch| watch.standing.as_mut().filter(|s| s.number == number));
        let Some(standing) = found else { return false };
        standing.acknowledged.get_or_insert_with(|| by.to_owned());
        true
    }

    /// What stands, in the table's order.
    pub fn standing(&self) -> impl Iterator<Item = &Standing> {
        self.watches.values().filter_map(|w| w.standing.as_ref())
    }
}

impl Watch {
    /// Whether the state changes now.
    fn is_due(&mut self, now_ms: u64, limits: Limits, reading: f64) -> bool {
        let (beyond, wait) = match self.standing {
            None => (reading >= limits.on, limits.raise_s),
            Some(_) => (reading <= limits.off, limits.clear_s),
        };
        if !beyond {
            self.beyond_since = None;
            return false;
        }
        let since = *self.beyond_since.get_or_insert(now_ms);
        let due = now_ms.saturating_sub(since) >= u64::from(wait) * 1_000;
        if due {
            self.beyond_since = None;
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn look(alarms: &mut Alarms, now_ms: u64, alarm: Alarm, reading: f64) -> Vec<Change> {
        alarms.observe(now_ms, &Readings::from([((alarm, "a".into()), reading)]))
    }

    #[test]
    fn limits_leave_room_between_on_and_off_and_words_are_unique() {
        let mut words: Vec<_> = Alarm::ALL.iter().map(|alarm| alarm.word()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Alarm::ALL.len());
        for alarm in Alarm::ALL {
            assert!(alarm.limits().off < alarm.limits().on, "{alarm:?}");
        }
    }

    #[test]
    fn a_reading_nobody_could_take_ends_nothing() {
        let mut alarms = Alarms::default();
        look(&mut alarms, 0, Alarm::ClockJumped, 1.0);
        assert!(alarms.observe(1_000_000, &Readings::new()).is_empty());
        assert_eq!(alarms.standing().count(), 1);
    }

    proptest! {
        #[test]
        fn an_alarm_neither_flaps_nor_is_lost(
            which in 0..Alarm::ALL.len(),
            steps in prop::collection::vec((1u64..60_000, 0.0f64..2.0), 1..200),
        ) {
            let alarm = Alarm::ALL[which];
            let limits = alarm.limits();
            let (mut alarms, mut now) = (Alarms::default(), 0);
            // A plain retelling of the contract: how long the reading has been high, or low.
            let (mut high, mut low, mut stands) = (None, None, false);
            for (step, share) in steps {
                now += step;
                let reading = share * limits.on;
                high = if reading >= limits.on { high.or(Some(now)) } else { None };
                low = if reading <= limits.off { low.or(Some(now)) } else { None };
                let changes = look(&mut alarms, now, alarm, reading);
                let long = |since: Option<u64>, s: u32| since.is_some_and(|at| now - at >= u64::from(s) * 1_000);
                prop_assert!(changes.len() <= 1);
                let turns = if stands { long(low, limits.clear_s) } else { long(high, limits.raise_s) };
                prop_assert_eq!(changes.len() == 1, turns);
                stands ^= turns;
                prop_assert_eq!(alarms.standing().count() == 1, stands);
            }
        }

        #[test]
        fn acknowledging_never_hides_a_new_one(
            steps in prop::collection::vec((any::<bool>(), any::<bool>()), 1..100),
        ) {
            let mut alarms = Alarms::default();
            let mut seen = 0;
            for (at, (on, acknowledge)) in steps.into_iter().enumerate() {
                let changes = look(&mut alarms, at as u64, Alarm::ClockJumped, f64::from(u8::from(on)));
                for change in &changes {
                    if let Change::Began(standing) = change {
                        prop_assert!(standing.number > seen && standing.acknowledged.is_none());
                        prop_assert!(!alarms.acknowledge(seen, "asi") || seen == standing.number);
                        seen = standing.number;
                    }
                }
                if changes.iter().any(|change| matches!(change, Change::Began(_))) {
                    let fresh = alarms.standing().all(|s| s.acknowledged.is_none());
                    prop_assert!(fresh, "an old acknowledgement covers a new alarm");
                }
                if acknowledge {
                    let stands = alarms.standing().count() == 1;
                    prop_assert_eq!(alarms.acknowledge(seen, "asi"), stands);
                }
            }
        }
    }
}
