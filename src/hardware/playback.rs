//! An output that is fed as it plays: at most [`AHEAD`] blocks wait, so that whoever feeds it can stop
//! the sound within a second. Dropping it ends the sound at once.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use cpal::{ErrorKind, Stream};

use super::player::{PlayError, Player};
use crate::signal::interpolate::Interpolator;

/// Blocks that wait to be played.
const AHEAD: usize = 2;
/// How long the output may take no block.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a full output is tried again.
const LOOK: Duration = Duration::from_millis(10);

/// See the module.
pub struct Playback {
    blocks: Option<SyncSender<Vec<f32>>>,
    voices: Vec<Interpolator>,
    /// Channels of the output.
    channels: usize,
    name: String,
    failed: Arc<AtomicBool>,
    empty: Arc<AtomicBool>,
    _stream: Stream,
}

impl Playback {
    /// Opens an output (`None`: the system's default) for sound of `sides` channels: two go left and
    /// right where the output has two channels.
    ///
    /// # Errors
    /// [`PlayError`].
    pub fn open(output: Option<&str>, sides: u8) -> Result<Self, PlayError> {
        let player = Player::open(output)?;
        let (sender, receiver) = sync_channel(AHEAD);
        let (failed, empty) = (Arc::new(AtomicBool::new(false)), Arc::default());
        let mut feed = Feed {
            blocks: receiver,
            now: VecDeque::new(),
            empty: Arc::clone(&empty),
        };
        let told = Arc::clone(&failed);
        let stream = player.start(
            move |data| feed.fill(data),
            move |error| match error.kind() {
                ErrorKind::Xrun | ErrorKind::RealtimeDenied => {}
                _ => told.store(true, Ordering::Release),
            },
        )?;
        Ok(Self {
            blocks: Some(sender),
            voices: vec![Interpolator::new(player.rate()); usize::from(sides.max(1))],
            channels: usize::from(player.channels()),
            name: output.unwrap_or("default").to_owned(),
            failed,
            empty,
            _stream: stream,
        })
    }

    /// Hands on interleaved frames at 8 kHz; waits while enough is waiting already.
    ///
    /// # Errors
    /// [`PlayError::Stalled`] where the output takes nothing any more.
    pub fn push(&mut self, frames: &[i16]) -> Result<(), PlayError> {
        let mut block = self.at_outputs_rate(frames);
        let begun = Instant::now();
        loop {
            let Some(blocks) = &self.blocks else {
                return Ok(());
            };
            block = match blocks.try_send(block) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Full(block)) => block,
                Err(TrySendError::Disconnected(_)) => return Err(self.stalled()),
            };
            if self.failed.load(Ordering::Acquire) || begun.elapsed() > PATIENCE {
                return Err(self.stalled());
            }
            thread::sleep(LOOK);
        }
    }

    /// Waits until everything handed on was played.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn drain(mut self) -> Result<(), PlayError> {
        drop(self.blocks.take());
        let begun = Instant::now();
        while !self.empty.load(Ordering::Acquire) {
            if self.failed.load(Ordering::Acquire) || begun.elapsed() > PATIENCE {
                return Err(self.stalled());
            }
            thread::sleep(LOOK);
        }
        thread::sleep(Duration::from_millis(200)); // the driver's own buffer
        Ok(())
    }

    fn stalled(&self) -> PlayError {
        PlayError::Stalled(self.name.clone())
    }

    fn at_outputs_rate(&mut self, frames: &[i16]) -> Vec<f32> {
        let sides = self.voices.len();
        let voices: Vec<Vec<f32>> = self
            .voices
            .iter_mut()
            .enumerate()
            .map(|(side, voice)| {
                let one: Vec<i16> = frames.iter().skip(side).step_by(sides).copied().collect();
                let mut out = Vec::new();
                voice.push(&one, &mut out);
                out
            })
            .collect();
        let apart = sides > 1 && self.channels > 1;
        let length = voices.first().map_or(0, Vec::len);
        let mut block = Vec::with_capacity(length * self.channels);
        for at in 0..length {
            let all: f32 = voices.iter().map(|voice| voice[at]).sum();
            block.extend((0..self.channels).map(|channel| match apart {
                true => voices.get(channel).map_or(0.0, |voice| voice[at]),
                false => all / sides as f32,
            }));
        }
        block
    }
}

/// What cpal's thread owns.
struct Feed {
    blocks: Receiver<Vec<f32>>,
    now: VecDeque<f32>,
    empty: Arc<AtomicBool>,
}

impl Feed {
    fn fill(&mut self, data: &mut [f32]) {
        while self.now.len() < data.len() {
            match self.blocks.try_recv() {
                Ok(block) => self.now.extend(block),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    if self.now.is_empty() {
                        self.empty.store(true, Ordering::Release);
                    }
                    break;
                }
            }
        }
        let there = self.now.len().min(data.len());
        for (to, from) in data.iter_mut().zip(self.now.drain(..there)) {
            *to = from;
        }
    }
}
