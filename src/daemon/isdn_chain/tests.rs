//! Packing of D bits; calls recorded although their signalling fails inside.

use std::collections::BTreeMap;

use super::*;
use crate::capture::{E1Call, E1Source, Pacing, Read, Source};
use crate::config::Config;
use crate::daemon::board::{CardBoard, LineView};
use crate::daemon::clock::Clock;
use crate::daemon::ids::TimeIds;
use crate::daemon::planes::Planes;
use crate::daemon::setup;
use crate::words::{Digits, Direction, EndReason, RecordingId, ms};

#[test]
fn basic_rate_bits_are_packed_across_blocks() {
    let mut rest = (0, 0);
    let (none, at) = pack(
        &mut rest,
        [0b0100_0000, 0b1100_0000].into_iter(),
        SampleTime(100),
    );
    assert!(none.is_empty() && at == SampleTime(100));
    let next = [0b1000_0000, 0b0000_0000, 0b1111_1111].into_iter();
    let (one, at) = pack(&mut rest, next, SampleTime(102));
    assert_eq!((one, at), (vec![0b0111_1000], SampleTime(100)));
    assert_eq!(rest, (0b11, 1));
}

const CHANNELS: usize = 64;
const SECONDS: f64 = 40.0;

/// Two calls that are up after 4 s, and one that comes later.
fn calls() -> Vec<E1Call> {
    let call = |timeslot: u8, start_s, length_s| E1Call {
        start_s,
        direction: Direction::Incoming,
        timeslot,
        called: Digits::from_text(&format!("55500{timeslot}")),
        calling: Digits::from_text("601000001"),
        answer_s: Some(1.0),
        length_s,
    };
    vec![call(1, 1.0, 9.0), call(2, 2.0, 10.0), call(17, 7.0, 3.0)]
}

/// What came out: ended calls by timeslot, and all audio of each recording.
struct Heard {
    ended: BTreeMap<Option<u8>, CallFacts>,
    audio: BTreeMap<RecordingId, Vec<i16>>,
    /// Timeslot of each recording, in the order of their beginning.
    opened: Vec<(RecordingId, Option<u8>)>,
    failures: u32,
}

impl Heard {
    fn note(&mut self, output: Output) {
        match output {
            Output::CallEnded(note) => {
                self.ended.insert(note.facts.timeslot, note.facts);
            }
            Output::Open(open) => self.opened.push((open.recording, open.call.facts.timeslot)),
            Output::Audio { recording, samples } => {
                self.audio.entry(recording).or_default().extend(samples);
            }
            _ => {}
        }
    }

    /// The only recording of a timeslot.
    fn audio(&self, timeslot: u8) -> &[i16] {
        let mut of_it = self
            .opened
            .iter()
            .filter(|(_, slot)| *slot == Some(timeslot));
        let (recording, _) = of_it.next().expect("a recording");
        assert!(
            of_it.next().is_none(),
            "one recording of timeslot {timeslot}"
        );
        &self.audio[recording]
    }
}

fn chain() -> IsdnChain {
    let text = "[office]\nname = \"O\"\ntimezone = \"Europe/Warsaw\"\n[hours]\n\
        mon = [\"00:00-24:00\"]\n[[card]]\nname = \"e1\"\nexchange_e1 = true\n[[line]]\n\
        name = \"PRI\"\ncard = \"e1\"\nchannels = [33, 1]\nrole = \"trunk\"\n\
        hook = { mode = \"isdn\", interface = \"pri\", d_channel = [48, 16] }\n";
    let config = Config::parse(text, "test").expect("in order");
    let policy = Arc::new(setup::policy(&config).expect("hours"));
    let layout = IsdnLayout {
        protocol: Protocol::D(Interface::Pri),
        from_seizure: false,
        d_channel: [48, 16],
        bearers: (1..32).map(|slot| [32 + slot, slot]).collect(),
    };
    IsdnChain::new("PRI".into(), LineIndex(0), layout, &policy, None)
}

/// The line recorded while its signalling fails at each of `traps`.
fn heard(traps: &[u64]) -> Heard {
    let mut chain = chain();
    chain.signalling.traps = traps.iter().map(|at| SampleTime(ms(*at))).collect();
    let monday = "2026-11-23T09:00:00Z".parse().expect("a time");
    let anchor = Anchor::new(SampleTime(0), monday);
    let mut source = E1Source::new(
        &calls(),
        Pacing::Max,
        Some(SampleTime::from_seconds(SECONDS)),
    );
    let mut period = vec![0; source.period_frames() * CHANNELS];
    let mut planes = Planes::default();
    let (mut at, mut ids) = (SampleTime(0), TimeIds);
    let mut heard = Heard {
        ended: BTreeMap::new(),
        audio: BTreeMap::new(),
        opened: Vec::new(),
        failures: 0,
    };
    while let Read::Frames { frames, .. } = source.read(&mut period) {
        let octets = &period[..frames * CHANNELS];
        let samples: Vec<i16> = octets
            .iter()
            .map(|octet| g711::A_LAW[usize::from(*octet)])
            .collect();
        planes.take(&samples, CHANNELS);
        chain.audio(&planes, at);
        at = at + frames as u64;
        chain.pump(at, &anchor, &mut ids);
        chain.out.drain(..).for_each(|output| heard.note(output));
    }
    chain.finish(at, &anchor, &mut ids);
    chain.out.drain(..).for_each(|output| heard.note(output));
    // What the alarm `line_failed` is raised by.
    let board = CardBoard::new(vec![LineView::default()]);
    let (lines, clock) = ((&[][..], std::slice::from_ref(&chain)), Clock::real());
    board.update(at, &anchor, lines, &|_| None, &clock);
    heard.failures = board.read(&clock).0[0].failures;
    heard
}

#[test]
fn calls_under_way_outlive_a_failure_of_their_signalling_and_end_by_it() {
    let (whole, failed) = (heard(&[]), heard(&[5_000]));
    assert_eq!((whole.failures, failed.failures), (0, 1));
    assert_eq!(whole.ended.len(), 3);
    assert_eq!(
        failed.ended, whole.ended,
        "the same calls with the same ends"
    );
    for timeslot in [1, 2, 17] {
        assert!(whole.audio(timeslot).len() > 2 * ms(1_500) as usize);
        assert_eq!(
            failed.audio(timeslot),
            whole.audio(timeslot),
            "every sample of timeslot {timeslot}"
        );
    }
}

#[test]
fn calls_on_which_signalling_fails_again_and_again_run_on_by_their_sound() {
    let (whole, failed) = (heard(&[]), heard(&[5_000, 5_020, 5_060]));
    assert_eq!(failed.failures, 3);
    for timeslot in [1, 2] {
        let call = &failed.ended[&Some(timeslot)];
        assert_eq!(call.end_reason, Some(EndReason::Silence));
        let (end, true_end) = (call.end, whole.ended[&Some(timeslot)].end);
        let (end, true_end) = (end.expect("it"), true_end.expect("it"));
        assert!(
            end.0.abs_diff(true_end.0) <= ms(200),
            "{end:?} {true_end:?}"
        );
        let (audio, truth) = (failed.audio(timeslot), whole.audio(timeslot));
        let common = audio.len().min(truth.len());
        assert!(common + 2 * ms(200) as usize >= truth.len());
        assert_eq!(audio[..common], truth[..common]);
    }
    assert_eq!(
        failed.ended[&Some(17)],
        whole.ended[&Some(17)],
        "by its signalling"
    );
}
