//! The detectors that listen to many channels at once. One ear per direction of a line; lines on
//! the D channel alone need none of their signals but get them all the same.

use super::LineSetup;
use super::lane::Lane;
use crate::signal::bank::{Arithmetic, LANES};
use crate::signal::caller_id::{CarrierBank, Listening};
use crate::signal::dtmf::{Context, DtmfBank};
use crate::signal::hook::{JumpBank, ResidueBank, Sound};
use crate::signal::level::LevelBank;
use crate::signal::tile::Tiles;
use crate::signal::tones::{LiveBurst, ToneBank, TonePlan};
use crate::words::{SampleTime, Signal, Tone, ms};

/// Times of one digit or tone on both directions of a line differ by less than this.
const SAME: u64 = ms(60);

/// See the module's description.
pub(super) struct Ears {
    tiles: Tiles,
    levels: LevelBank,
    dtmf: DtmfBank,
    tones: ToneBank,
    residue: ResidueBank,
    jumps: JumpBank,
    carriers: CarrierBank,
    /// The line and the direction (0 or 1) of each ear: first all lines, then their other sides.
    of: Vec<(usize, usize)>,
    /// The ears of each line.
    at: Vec<[Option<usize>; 2]>,
    /// What was heard in this hop.
    heard: Vec<(usize, Signal)>,
    /// Last digit and tone of each line that has two directions.
    last: Vec<Last>,
}

#[derive(Clone, Copy, Default)]
struct Last {
    digit: Option<(usize, SampleTime, SampleTime)>,
    tone: Option<(usize, Tone, SampleTime)>,
}

/// What a line's judgement needs of one hop, beside its levels.
pub(super) struct Heard<'a> {
    /// The tones that sound now in both directions.
    pub(super) bursts: [Option<LiveBurst>; 2],
    /// Our side.
    pub(super) sound: Sound<'a>,
    /// How much of it is an FSK carrier, and how many hops before it were one that the line has not
    /// been told of.
    pub(super) carrier: (f32, u32),
}

impl Ears {
    pub(super) fn new(lines: &[LineSetup], arithmetic: Arithmetic) -> Self {
        let mut of: Vec<_> = (0..lines.len()).map(|line| (line, 0)).collect();
        let mut at: Vec<_> = (0..lines.len()).map(|line| [Some(line), None]).collect();
        let mut channels: Vec<_> = lines.iter().map(|line| line.audio).collect();
        for (line, setup) in lines.iter().enumerate() {
            if let Some(other) = setup.other {
                at[line][1] = Some(of.len());
                of.push((line, 1));
                channels.push(other);
            }
        }
        let plan = TonePlan::of("pl").unwrap_or_default();
        Self {
            tiles: Tiles::new(&channels, arithmetic),
            levels: LevelBank::new(of.len(), arithmetic),
            dtmf: DtmfBank::with_arithmetic(of.len(), arithmetic),
            tones: ToneBank::hearing(of.len(), &plan, arithmetic),
            residue: ResidueBank::new(lines.len(), arithmetic),
            jumps: JumpBank::new(lines.len(), arithmetic),
            carriers: CarrierBank::new(lines.len(), arithmetic),
            heard: Vec::new(),
            last: vec![Last::default(); lines.len()],
            of,
            at,
        }
    }

    /// Takes a hop of a card's frames.
    pub(super) fn take(&mut self, hop: &[i16], channels: usize) {
        self.tiles.take(hop, channels);
    }

    /// Our side of a line in this hop, to be changed before it is listened to.
    pub(super) fn audio(&mut self, line: usize) -> impl Iterator<Item = &mut f32> {
        self.tiles.newest_mut(line)
    }

    /// Measures what each line carries in this hop.
    pub(super) fn measure(&mut self, lanes: &mut [Lane]) {
        let frames = self.levels.frame(&self.tiles);
        for ((line, direction), frame) in self.of.iter().zip(frames) {
            lanes[*line].measured(*direction, *frame);
        }
    }

    /// Tells the digits and tones heard.
    pub(super) fn hop(
        &mut self,
        lanes: &mut [Lane],
        out: &mut dyn FnMut(&mut [Lane], usize, Signal),
    ) {
        let heard = &mut self.heard;
        self.dtmf
            .hear(&self.tiles, &mut |ear, signal| heard.push((ear, signal)));
        self.tones
            .hear(&self.tiles, &mut |ear, signal| heard.push((ear, signal)));
        self.tell(&mut |line, signal| out(lanes, line, signal));
    }

    /// Looks at our side of each line in this hop, for [`Ears::heard`].
    pub(super) fn look(&mut self, lanes: &[Lane]) {
        self.residue.hop(&self.tiles);
        let tones = &self.tones;
        self.jumps.hop(&self.tiles, |line| {
            lanes.get(line)?.sought(tones.sounds(line))
        });
        self.carriers.hop(&self.tiles, |line| {
            lanes.get(line).map_or(Listening::Not, Lane::listening)
        });
    }

    /// What was heard of a line in this hop.
    pub(super) fn heard(&self, line: usize) -> Heard<'_> {
        Heard {
            bursts: self.at[line].map(|ear| ear.and_then(|ear| self.tones.burst(ear))),
            sound: Sound {
                past: self.tiles.past(line),
                residue: self.residue.of(line),
                jumps: self.jumps.jumps(line),
                toned: self.tones.sounds(line),
            },
            carrier: (self.carriers.likeness(line), self.carriers.before(line)),
        }
    }

    /// The signs of our side's samples of each line, one bit each.
    pub(super) fn signs(&self) -> impl Iterator<Item = u128> {
        (0..self.tiles.groups()).flat_map(|group| {
            let [first, second, third] = self.tiles.signs(group);
            let join = move |lane: usize| {
                u128::from(first[lane]) << 64
                    | u128::from(second[lane]) << 32
                    | u128::from(third[lane])
            };
            (0..LANES).map(join)
        })
    }

    pub(super) fn gap(&mut self, samples: u64) {
        self.dtmf.recall(&self.tiles);
        self.dtmf.gap(samples);
        self.tones.gap(samples);
    }

    pub(super) fn finish(&mut self, out: &mut dyn FnMut(usize, Signal)) {
        let heard = &mut self.heard;
        self.dtmf.recall(&self.tiles);
        self.dtmf
            .finish(&mut |ear, signal| heard.push((ear, signal)));
        self.tones
            .finish(&mut |ear, signal| heard.push((ear, signal)));
        self.tell(out);
    }

    pub(super) fn set_context(&mut self, line: usize, context: Context) {
        for ear in self.at[line].into_iter().flatten() {
            self.dtmf.set_context(ear, context);
        }
    }

    fn tell(&mut self, out: &mut dyn FnMut(usize, Signal)) {
        for (ear, signal) in self.heard.drain(..) {
            let (line, _) = self.of[ear];
            let double = self.at[line][1].is_some() && self.last[line].has(ear, &signal);
            if !double {
                out(line, signal);
            }
        }
    }
}

impl Last {
    /// Whether the other direction has told `signal` already: a hybrid leaks.
    fn has(&mut self, ear: usize, signal: &Signal) -> bool {
        match signal {
            Signal::Dtmf { start, end, .. } => {
                let double = self.digit.is_some_and(|(other, from, to)| {
                    other != ear && *start <= to && *end + SAME >= from
                });
                if !double {
                    self.digit = Some((ear, *start, *end));
                }
                double
            }
            Signal::ToneOn { tone, start } => {
                let double = self.tone.is_some_and(|(other, known, from)| {
                    other != ear && known == *tone && near(*start, from)
                });
                if !double {
                    self.tone = Some((ear, *tone, *start));
                }
                double
            }
            Signal::ToneOff { tone, start, .. } => self.tone.is_some_and(|(other, known, from)| {
                other != ear && known == *tone && near(*start, from)
            }),
            _ => false,
        }
    }
}

fn near(a: SampleTime, b: SampleTime) -> bool {
    a.0.abs_diff(b.0) < SAME
}
