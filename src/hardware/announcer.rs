//! Plays recordings into an output for ever, in a loop or on a cue, and outlives the device.
//!
//! An output that goes away, refuses or stops taking samples is opened again, after a pause that
//! grows to [`LONGEST_PAUSE`]. What is lost meanwhile is lost: a message port has no memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cpal::{ErrorKind, Stream};

use super::player::{PlayError, Player};
use crate::signal::interpolate::Interpolator;

/// How often the output and the wish to stop are looked at.
const LOOK: Duration = Duration::from_millis(50);
/// An output that has taken nothing for so long is opened anew.
const STUCK: Duration = Duration::from_secs(3);
/// Pauses before opening again: the first, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// One recording and where it goes.
#[derive(Clone, Debug)]
pub struct Track {
    /// At 8 kHz.
    pub samples: Arc<[i16]>,
    /// Channel of the output from 0, or all of them.
    pub channel: Option<u16>,
}

/// When the tracks play.
#[derive(Clone, Debug)]
pub enum When {
    /// Over and over, with so much silence between (ms).
    Loop(u32),
    /// Once from the beginning whenever the number grows; the newest cue wins.
    Cue(Arc<AtomicU32>),
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Announcer {
    /// The output's id or name; `None`: the system's default.
    pub output: Option<String>,
    /// What plays, all at the same time.
    pub tracks: Vec<Track>,
    /// When.
    pub when: When,
}

/// What cpal's thread tells.
#[derive(Default)]
struct Told {
    frames: AtomicU64,
    failed: AtomicBool,
}

impl Announcer {
    /// Whether the output is there and has the tracks' channels.
    ///
    /// # Errors
    /// [`PlayError`], a missing channel among them.
    pub fn check(&self) -> Result<(), PlayError> {
        self.open().map(drop)
    }

    fn open(&self) -> Result<Player, PlayError> {
        let player = Player::open(self.output.as_deref())?;
        let wanted = self.tracks.iter().filter_map(|track| track.channel).max();
        match wanted.filter(|channel| *channel >= player.channels()) {
            Some(channel) => Err(PlayError::Channel {
                channel,
                last: player.channels().saturating_sub(1),
            }),
            None => Ok(player),
        }
    }

    /// Plays until `stop`.
    pub fn run(&self, stop: &AtomicBool) {
        let mut pause = FIRST_PAUSE;
        let mut troubled = false;
        while !stop.load(Ordering::Acquire) {
            match self.play(stop) {
                Ok(Ended::Told) => return,
                Ok(Ended::Failed { played }) => {
                    log::error!("the output has gone or stopped; it is opened again");
                    troubled = true;
                    if played {
                        pause = FIRST_PAUSE;
                    }
                }
                Err(error) if !troubled => {
                    log::error!("{error}; it is tried again");
                    troubled = true;
                }
                Err(_) => {}
            }
            wait(pause, stop);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn play(&self, stop: &AtomicBool) -> Result<Ended, PlayError> {
        let told = Arc::new(Told::default());
        let _stream = self.start(&told)?;
        log::info!(
            "playing on {}",
            self.output.as_deref().unwrap_or("the default output")
        );
        let mut seen = (0, Instant::now());
        loop {
            thread::sleep(LOOK);
            if stop.load(Ordering::Acquire) {
                return Ok(Ended::Told);
            }
            let frames = told.frames.load(Ordering::Acquire);
            if frames != seen.0 {
                seen = (frames, Instant::now());
            }
            if told.failed.load(Ordering::Acquire) || seen.1.elapsed() > STUCK {
                return Ok(Ended::Failed { played: frames > 0 });
            }
        }
    }

    fn start(&self, told: &Arc<Told>) -> Result<Stream, PlayError> {
        let player = self.open()?;
        let rate = player.rate();
        let voices = self.tracks.iter().map(|track| Voice::new(track, rate));
        let mut feed = Feed {
            voices: voices.collect(),
            turn: Turn::new(&self.when, rate),
            channels: usize::from(player.channels()),
            at: 0,
            told: Arc::clone(told),
        };
        let failed = Arc::clone(told);
        player.start(
            move |data| feed.fill(data),
            move |error| match error.kind() {
                ErrorKind::Xrun | ErrorKind::RealtimeDenied => {}
                _ => failed.failed.store(true, Ordering::Release),
            },
        )
    }
}

fn wait(pause: Duration, stop: &AtomicBool) {
    let begun = Instant::now();
    while begun.elapsed() < pause && !stop.load(Ordering::Acquire) {
        thread::sleep(LOOK);
    }
}

enum Ended {
    /// Somebody wanted it.
    Told,
    /// The output is gone or stuck.
    Failed { played: bool },
}

/// A track at the output's rate.
struct Voice {
    samples: Vec<f32>,
    channel: Option<usize>,
}

impl Voice {
    fn new(track: &Track, rate: u32) -> Self {
        let mut samples = Vec::new();
        Interpolator::new(rate).push(&track.samples, &mut samples);
        Self {
            samples,
            channel: track.channel.map(usize::from),
        }
    }
}

/// When the next round begins.
enum Turn {
    Loop { pause: usize },
    Cue { cue: Arc<AtomicU32>, seen: u32 },
}

impl Turn {
    fn new(when: &When, rate: u32) -> Self {
        match when {
            When::Loop(ms) => Self::Loop {
                pause: (u64::from(*ms) * u64::from(rate) / 1_000) as usize,
            },
            // What was cued while there was no output is over.
            When::Cue(cue) => Self::Cue {
                seen: cue.load(Ordering::Acquire),
                cue: Arc::clone(cue),
            },
        }
    }
}

/// What cpal's thread owns.
struct Feed {
    voices: Vec<Voice>,
    turn: Turn,
    channels: usize,
    /// Frames since the round began.
    at: usize,
    told: Arc<Told>,
}

impl Feed {
    fn fill(&mut self, data: &mut [f32]) {
        let longest = self.voices.iter().map(|voice| voice.samples.len()).max();
        let longest = longest.unwrap_or(0);
        self.heed_cue(longest);
        for frame in data.chunks_exact_mut(self.channels.max(1)) {
            for voice in &self.voices {
                let sample = voice.samples.get(self.at).copied().unwrap_or(0.0);
                for (channel, out) in frame.iter_mut().enumerate() {
                    if voice.channel.is_none_or(|only| only == channel) {
                        *out += sample;
                    }
                }
            }
            self.at = self.at.saturating_add(1);
            if let Turn::Loop { pause } = self.turn
                && self.at >= longest + pause
            {
                self.at = 0;
            }
        }
        let frames = (data.len() / self.channels.max(1)) as u64;
        self.told.frames.fetch_add(frames, Ordering::AcqRel);
    }

    /// A new cue begins the round; until the first nothing plays.
    fn heed_cue(&mut self, longest: usize) {
        if let Turn::Cue { cue, seen } = &mut self.turn {
            let now = cue.load(Ordering::Acquire);
            if now != *seen {
                *seen = now;
                self.at = 0;
            } else if self.told.frames.load(Ordering::Acquire) == 0 {
                self.at = longest;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(when: &When) -> Feed {
        let voice = |first: usize, channel| Voice {
            samples: (0..3).map(|n| (first + n) as f32).collect(),
            channel: Some(channel),
        };
        Feed {
            voices: vec![voice(1, 0), voice(10, 1)],
            turn: Turn::new(when, 1_000),
            channels: 2,
            at: 0,
            told: Arc::default(),
        }
    }

    #[test]
    fn the_loop_plays_both_recordings_and_the_pause() {
        let mut feed = feed(&When::Loop(2));
        let mut data = [0.0; 14];
        feed.fill(&mut data);
        let expected = [1., 10., 2., 11., 3., 12., 0., 0., 0., 0., 1., 10., 2., 11.];
        assert_eq!(data, expected);
        assert_eq!(feed.told.frames.load(Ordering::Acquire), 7);
    }

    #[test]
    fn a_cue_plays_once_from_the_beginning_and_a_new_one_begins_anew() {
        let cue = Arc::new(AtomicU32::new(7));
        let mut feed = feed(&When::Cue(Arc::clone(&cue)));
        let mut left = || {
            let mut data = [0.0; 4];
            feed.fill(&mut data);
            [data[0], data[2]]
        };
        assert_eq!(left(), [0.0, 0.0], "nothing before the first cue");
        cue.store(8, Ordering::Release);
        assert_eq!(left(), [1.0, 2.0]);
        cue.store(9, Ordering::Release);
        assert_eq!(left(), [1.0, 2.0]);
        assert_eq!(left(), [3.0, 0.0]);
        assert_eq!(left(), [0.0, 0.0]);
    }
}
