//! How surely the announcement is found: simulated calls at 10 dB SNR with every level, A-law, another
//! voice over it and a start in the middle; and speech in which it is not.
//!
//! Quick: 40 calls and 5 minutes of speech. `LINETAP_ANNOUNCEMENT=full`: 1,000 calls and an hour.
#![allow(clippy::print_stdout, reason = "figures are printed")]

mod announced;

use std::sync::Arc;
use std::time::Instant;

use announced::{rms, speech};
use linetap::signal::announcement::{Announcement, AnnouncementDetector};
use linetap::signal::{g711, pcm};
use linetap::words::{Encoding, SampleTime};

/// Seconds of the announcement.
const LENGTH: usize = 20;

fn full() -> bool {
    std::env::var("LINETAP_ANNOUNCEMENT").is_ok_and(|form| form == "full")
}

struct Dice(u64);

impl Dice {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    fn between(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.next()
    }
}

/// The first seconds of a call: silence, the announcement from somewhere in its first half, another
/// voice, noise 10 dB below the announcement, a level, A-law.
fn call(announcement: &[i16], talker: &[i16], dice: &mut Dice) -> (Vec<i16>, usize) {
    let silence = dice.between(0.2, 3.0);
    let start = (silence * 8_000.0) as usize;
    let from = match dice.next() < 0.5 {
        true => 0,
        false => (dice.next() * announcement.len() as f64 / 2.0) as usize,
    };
    let loud = rms(announcement);
    let noise = loud / 10f64.powf(10.0 / 20.0) * 3f64.sqrt();
    let over = match dice.next() < 0.5 {
        true => 0.5 * loud / rms(talker).max(1.0),
        false => 0.0,
    };
    let gain = 10f64.powf(dice.between(-24.0, 0.0) / 20.0);
    let offset = (dice.next() * talker.len() as f64 / 2.0) as usize;
    let length = start + announcement.len() - from;
    let line = (0..length).map(|at| {
        let said = at
            .checked_sub(start)
            .map_or(0.0, |at| f64::from(announcement[from + at]));
        let other = over * f64::from(talker[(offset + at) % talker.len()]);
        let hiss = noise * (2.0 * dice.next() - 1.0);
        let sample = (gain * (said + other + hiss)).clamp(-32_768.0, 32_767.0);
        g711::to_a_law(sample as i16)
    });
    let coded: Vec<u8> = line.collect();
    let mut line = Vec::with_capacity(coded.len());
    pcm::decode_i16(Encoding::ALaw, &coded, &mut line);
    (line, start)
}

#[test]
fn it_is_found_in_99_of_100_calls_at_10_db() {
    let announcement = speech(LENGTH, 7);
    let talker = speech(30, 1_001);
    let known = Arc::new(Announcement::from_samples(&announcement).expect("it can be used"));
    let count = if full() { 1_000 } else { 40 };
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let (mut found, mut lowest, mut latest) = (0, 1.0f32, 0.0f64);
    let (mut heard_samples, begun) = (0, Instant::now());
    for _ in 0..count {
        let (line, start) = call(&announcement, &talker, &mut dice);
        let mut detector = AnnouncementDetector::new(Arc::clone(&known));
        let mut first = None;
        for (n, block) in line.chunks(160).enumerate() {
            let at = SampleTime(160 * n as u64);
            detector.push(block, at, &mut |_| first = first.or(Some(160 * (n + 1))));
        }
        heard_samples += line.len();
        if let (Some(hearing), Some(first)) = (detector.hearing(), first) {
            found += 1;
            lowest = lowest.min(hearing.best);
            latest = latest.max((first - start) as f64 / 8_000.0);
        }
    }
    let share = f64::from(found) / f64::from(count);
    let ns = begun.elapsed().as_secs_f64() * 1e9 / heard_samples as f64;
    println!(
        "{found} of {count} found, lowest score {lowest:.2}, at the latest {latest:.1} s after its \
         beginning; {ns:.0} ns a sample with making the calls"
    );
    assert!(share >= 0.99, "{found} of {count}");
}

#[test]
fn it_is_not_found_in_speech() {
    let known = speech(LENGTH, 7);
    let known = Arc::new(Announcement::from_samples(&known).expect("it can be used"));
    let minutes = if full() { 60 } else { 5 };
    for minute in 0..minutes {
        let line = speech(60, 50_000 + minute);
        let mut detector = AnnouncementDetector::new(Arc::clone(&known));
        detector.push(&line, SampleTime(0), &mut |found| {
            panic!("minute {minute}: {found:?}");
        });
        assert!(rms(&line) > 50.0, "there is something to hear");
    }
    println!("nothing found in {minutes} minutes of other voices");
}
