//! The raw image of a disk on which a recorder ran, searched byte by byte: of an internal call and of
//! sound outside office hours nothing was ever written, in no file, journal or freed block. And what
//! deletion leaves in the state directory: no number, no sound.
//!
//! Calls carry white noise of their own, which no encoder makes smaller: FLAC keeps it verbatim, 16
//! bits a sample, so any four samples in a row can be looked for. A recorded call is found that way,
//! or the search would prove nothing. Needs root and a loop device; says so where it skips.
#![allow(clippy::print_stdout, reason = "figures, and what was skipped")]

mod disk;
mod office;

use std::collections::HashSet;
use std::f64::consts::TAU;
use std::fs;
use std::path::{Path, PathBuf};

use disk::Disk;
use office::sound;

/// Dialled on the extension: internal, then outside. Seen on the trunk: outside hours.
const INTERNAL: &str = "74836251";
const OUTSIDE: &str = "0618273645";
const LATE: &str = "593827164";

const RATE: usize = 8_000;

/// White noise over the whole range.
fn noise(seed: u64, samples: usize) -> Vec<i16> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as i16
    };
    std::iter::repeat_with(next).take(samples).collect()
}

/// `number` in DTMF at -10 dBm0, 100 ms each.
fn dialled(number: &str) -> Vec<i16> {
    let low = [697.0, 770.0, 852.0, 941.0];
    let high = [1209.0, 1336.0, 1477.0, 1633.0];
    let mut out = Vec::new();
    for key in number.chars() {
        let at = "123A456B789C*0#D".find(key).expect("a key");
        let tone = |n: usize| {
            let t = n as f64 / RATE as f64;
            let sum = (TAU * low[at / 4] * t).sin() + (TAU * high[at % 4] * t).sin();
            (sum * 5_000.0) as i16
        };
        out.extend((0..800).map(tone));
        out.extend([0; 800]);
    }
    out
}

/// One call from `start` (s): off-hook, digits, its noise, on-hook. Audio and loop voltage.
fn call(audio: &mut [i16], volts: &mut [i16], start: usize, number: &str, sound: &[i16]) {
    let start = start * RATE;
    let digits = dialled(number);
    let speech = start + RATE + digits.len() + RATE / 2;
    audio[start + RATE..][..digits.len()].copy_from_slice(&digits);
    audio[speech..][..sound.len()].copy_from_slice(sound);
    let on = speech + sound.len() + RATE / 4;
    let off_hook = (8.0 / 150.0 * 32_768.0) as i16;
    volts[start..on].fill(off_hook);
}

/// 40 s of two lines, each with a channel for its voltage.
fn write(path: &Path, lines: [(&[i16], &[i16]); 2]) {
    let mut at = 0;
    sound::wav(path, 4, 40 * RATE as u64, false, |frames| {
        for frame in frames.chunks_mut(4) {
            let [(a, b), (c, d)] = lines;
            frame.copy_from_slice(&[a[at], b[at], c[at], d[at]]);
            at += 1;
        }
    });
}

/// All runs of four samples of `sound` as they would lie on a disk: little-endian, and big-endian
/// at any bit (FLAC's verbatim subframes).
fn keys(sound: &[i16], into: &mut HashSet<u64>) {
    for five in sound.windows(5) {
        let little = five[..4].iter().flat_map(|s| s.to_le_bytes());
        let little: Vec<u8> = little.collect();
        into.insert(u64::from_be_bytes(little.try_into().expect("eight")));
        let mut wide = 0u128;
        for sample in five {
            wide = (wide << 16) | u128::from(*sample as u16);
        }
        into.extend((0..8).map(|shift| (wide >> (16 - shift)) as u64));
    }
}

/// In how many places of `raw` one of `keys` stands.
fn found(raw: &[u8], keys: &HashSet<u64>) -> usize {
    // Most of a disk is nothing, and most of the rest is told from a key by a few of its bits.
    let place = |key: u64| (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize;
    let mut sieve = vec![false; 1 << 24];
    for key in keys {
        sieve[place(*key)] = true;
    }
    let mut window = 0u64;
    let mut count = 0;
    for byte in raw {
        window = (window << 8) | u64::from(*byte);
        count += usize::from(window != 0 && sieve[place(window)] && keys.contains(&window));
    }
    count
}

/// A number, as the index keeps it (backwards too).
fn stands_in(raw: &[u8], number: &str) -> bool {
    let backwards: String = number.chars().rev().collect();
    [number, &backwards]
        .iter()
        .any(|text| raw.windows(text.len()).any(|part| part == text.as_bytes()))
}

fn configuration(dir: &Path, wav: &Path, start: &str) -> PathBuf {
    let line = |name, role, audio: u8| {
        format!(
            "[[line]]\nname = \"{name}\"\ncard = \"c\"\nchannels = [{audio}]\nrole = \"{role}\"\n\
             hook = {{ mode = \"sense\", channel = {}, volts_full_scale = 150.0, \
             off_hook_below = 20.0, dead_below = 3.0 }}\n",
            audio + 1
        )
    };
    let text = format!(
        "[office]\nname = \"U\"\ntimezone = \"Europe/Warsaw\"\n[paths]\nstate = {:?}\nsocket = {:?}\n\
         [hours]\nmon = [\"07:30-15:30\"]\n[numbering]\ninternal = [\"7XXXXXXX\"]\n\
         [[card]]\nname = \"c\"\nreplay = {wav:?}\npace = \"max\"\nstart = \"{start}\"\n{}{}",
        dir.join("state"),
        dir.join("socket"),
        line("wewnętrzna", "extension", 0),
        line("miejska", "trunk", 2),
    );
    let path = dir.join("linetap.toml");
    fs::write(&path, text).expect("a configuration");
    path
}

/// Runs the recorder; what it logged.
fn record(config: &Path) -> Vec<u8> {
    let done = office::program()
        .args(["run", "--until-end", "--config"])
        .arg(config)
        .output()
        .expect("it runs");
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    done.stderr
}

fn everything_under(dir: &Path, into: &mut Vec<u8>) {
    for entry in fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            everything_under(&path, into);
        } else {
            into.extend(fs::read(&path).expect("a file"));
        }
    }
}

#[test]
fn of_what_is_not_recorded_no_sample_reaches_the_disk_and_of_what_is_deleted_none_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path();
    let image = dir.join("disk.img");
    let Some(disk) = Disk::over(&dir.join("state"), &image, 48) else {
        return;
    };
    let [internal, outside, late] = [1, 2, 3].map(|seed| noise(seed, 5 * RATE));
    let silence = vec![0i16; 40 * RATE];
    let idle = vec![(48.0 / 150.0 * 32_768.0) as i16; 40 * RATE];
    let wav = dir.join("calls.wav");

    // Monday morning: an internal call and one outside, on an extension.
    let (mut audio, mut volts) = (silence.clone(), idle.clone());
    call(&mut audio, &mut volts, 3, INTERNAL, &internal);
    call(&mut audio, &mut volts, 22, OUTSIDE, &outside);
    write(&wav, [(&audio, &volts), (&silence, &idle)]);
    let mut logged = record(&configuration(dir, &wav, "2026-11-23T09:00:00"));
    // Monday evening: a call on the trunk.
    let (mut audio, mut volts) = (silence.clone(), idle.clone());
    call(&mut audio, &mut volts, 3, LATE, &late);
    write(&wav, [(&silence, &idle), (&audio, &volts)]);
    let config = configuration(dir, &wav, "2026-11-23T19:00:00");
    logged.extend(record(&config));

    let raw = disk.raw();
    let count = |sound: &[i16]| {
        let mut wanted = HashSet::new();
        keys(sound, &mut wanted);
        found(&raw, &wanted)
    };
    let (control, inside, after) = (count(&outside), count(&internal), count(&late));
    println!(
        "{} bytes searched: {control} places of the recorded call's sound, {inside} of the internal, {after} of the late one",
        raw.len()
    );
    assert!(control > 30_000, "the recorded call is found: {control}");
    assert_eq!((inside, after), (0, 0));
    assert!(stands_in(&raw, OUTSIDE), "numbers are found that way");
    assert!(!stands_in(&raw, INTERNAL), "the internal number");
    let calls = office::calls_of(&config);
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert_eq!(calls[1]["not_recorded"], "outside_hours");
    assert_eq!(
        calls[1]["dialled"], LATE,
        "kept three months, as calls not recorded are"
    );

    // The day after the term of both: of numbers and sound nothing stays in the state directory.
    write(&wav, [(&silence, &idle), (&silence, &idle)]);
    logged.extend(record(&configuration(dir, &wav, "2027-02-24T09:00:00")));
    let mut state = Vec::new();
    everything_under(&dir.join("state"), &mut state);
    for number in [INTERNAL, OUTSIDE, LATE] {
        assert!(
            !stands_in(&state, number),
            "{number} is still in the state directory"
        );
        assert!(!stands_in(&logged, number), "{number} was logged");
    }
    let mut wanted = HashSet::new();
    keys(&outside, &mut wanted);
    assert_eq!(found(&state, &wanted), 0, "its sound");
    println!(
        "after deletion: {} bytes of state, no number and no sound in them",
        state.len()
    );
}
