//! A primary rate line (E1) of the built-in exchange, tapped in both directions: A-law, 64
//! channels, 8 kHz. Channel n (0-31) is timeslot n as sent by the network, 32 + n as sent by the
//! user. Timeslot 16 carries the D channel: HDLC flags, LAPD link with TEI 0, Q.931 calls.
//!
//! A call's timeslot carries one steady tone each way while it is connected, so that a test can
//! tell every recording's two sides: [`E1Call::tones_hz`]. Elastic: nothing is lost. `read` sleeps
//! at [`Pacing::Realtime`] and allocates when a message is sent. [`E1Source::new`] plays exactly what
//! was asked for, [`E1Source::random`] the traffic of an office.

mod traffic;

use std::collections::VecDeque;

use traffic::E1Traffic;

use super::pacing::Pacer;
use super::{Pace, Pacing, Read, Source};
use crate::isdn::encode::{Fill, HdlcWriter, LinkPair, MessageBuilder, Sent};
use crate::isdn::q931::MessageKind;
use crate::isdn::{Interface, Side, Variant};
use crate::signal::exchange::marker_hz;
use crate::signal::g711::to_a_law;
use crate::words::{DBM0_SINE_PEAK, Digits, Direction, Encoding, Layout, RATE_HZ};
use crate::words::{SampleTime, StreamFormat};

const TIMESLOTS: usize = 32;
const D_CHANNEL: usize = 16;
/// From the end of a frame to its acknowledgement: 2 ms.
const REACTION: u64 = 16;
/// An empty timeslot.
const IDLE: u8 = 0xd5;
/// Timeslot 0 with and without the frame alignment signal (ITU-T G.704).
const ALIGNMENT: [u8; 2] = [0x9b, 0xdf];
/// Level of the tones: -10 dBm0.
const TONE_PEAK: f64 = DBM0_SINE_PEAK as f64 * 0.316_227_766;
/// Number type and plan: unknown, ISDN (Q.931 4.5.8).
const UNKNOWN_ISDN: u8 = 0x01;

/// One call of the script.
#[derive(Clone, PartialEq, Debug)]
pub struct E1Call {
    /// SETUP (s from the start, at least 0.1).
    pub start_s: f64,
    /// Incoming: SETUP by the network.
    pub direction: Direction,
    /// 1-31 without 16.
    pub timeslot: u8,
    /// Called number.
    pub called: Digits,
    /// Calling number; empty = not sent.
    pub calling: Digits,
    /// From SETUP to CONNECT (s, at least 0.1); `None` = never answered.
    pub answer_s: Option<f64>,
    /// From SETUP to DISCONNECT (s), by the caller.
    pub length_s: f64,
}

impl E1Call {
    /// The tones (Hz) that network and user send on a timeslot while connected.
    pub fn tones_hz(timeslot: u8) -> [f64; 2] {
        let marker = usize::from(timeslot % 28);
        [marker_hz(marker), marker_hz(marker + 28)]
    }
}

/// A message to come.
struct Due {
    at: u64,
    sender: Side,
    message: Vec<u8>,
}

/// When a timeslot is connected.
struct Connected {
    from: u64,
    to: u64,
    timeslot: usize,
    hz: [f64; 2],
}

/// The line as a card.
pub struct E1Source {
    links: LinkPair,
    due: VecDeque<Due>,
    /// Acknowledgements to come: when, by whom, of everything before which number.
    unacknowledged: VecDeque<(u64, Side, u8)>,
    connected: Vec<Connected>,
    /// By network and user.
    writers: [HdlcWriter; 2],
    now: u64,
    end: Option<u64>,
    pacer: Pacer,
    traffic: Option<E1Traffic>,
    /// Call references given out.
    references: u16,
}

impl E1Source {
    const PERIOD: usize = 160;

    /// A line on which exactly `calls` happen, until `end` or for ever.
    pub fn new(calls: &[E1Call], pacing: Pacing, end: Option<SampleTime>) -> Self {
        let writer = || HdlcWriter::new(Fill::Flags, Variant::default());
        let mut source = Self {
            links: LinkPair::new(),
            due: VecDeque::new(),
            unacknowledged: VecDeque::new(),
            connected: Vec::new(),
            writers: [writer(), writer()],
            now: 0,
            end: end.map(|end| end.0),
            pacer: Pacer::new(pacing, RATE_HZ),
            traffic: None,
            references: 0,
        };
        source.schedule(calls);
        let up = source.links.establish(Side::Network, 0);
        source.queue(&up);
        source
    }

    /// A line with random calls on all its channels.
    pub fn random(seed: u64, pacing: Pacing, end: Option<SampleTime>) -> Self {
        let mut source = Self::new(&[], pacing, end);
        source.traffic = Some(E1Traffic::new(seed));
        source
    }

    fn schedule(&mut self, calls: &[E1Call]) {
        let mut due = Vec::from(std::mem::take(&mut self.due));
        for call in calls {
            self.references = self.references % 0x7fff + 1;
            script(call, self.references, &mut due);
        }
        due.sort_by_key(|due| due.at);
        self.due = due.into();
        let now = self.now;
        self.connected.retain(|call| call.to > now);
        self.connected.extend(calls.iter().filter_map(connection));
    }

    /// Plans a second's random calls ahead.
    fn plan(&mut self) {
        if !self.now.is_multiple_of(u64::from(RATE_HZ)) {
            return;
        }
        let until = self.now as f64 / f64::from(RATE_HZ) + 1.0;
        if let Some(calls) = self.traffic.as_mut().map(|traffic| traffic.until(until)) {
            self.schedule(&calls);
        }
    }

    fn queue(&mut self, frames: &[Sent]) {
        for sent in frames {
            let side = usize::from(sent.sender == Side::User);
            self.writers[side].queue(&sent.frame);
        }
    }

    fn frame(&mut self, frame: &mut [u8]) {
        self.plan();
        while self.due.front().is_some_and(|due| due.at <= self.now) {
            let Some(due) = self.due.pop_front() else {
                break;
            };
            let frame = self.links.information(due.sender, 0, &due.message);
            self.queue(&[frame]);
            let sent = self.writers[due.sender as usize].waiting() as u64;
            let (receiver, nr) = (due.sender.other(), self.links.numbered(due.sender, 0));
            let at = self.now + sent + REACTION;
            self.unacknowledged.push_back((at, receiver, nr));
        }
        while let Some(&(at, receiver, nr)) = self.unacknowledged.front()
            && at <= self.now
        {
            self.unacknowledged.pop_front();
            let ready = self.links.has(receiver, 0, nr);
            self.queue(&[ready]);
        }
        frame.fill(IDLE);
        for (side, half) in frame.chunks_exact_mut(TIMESLOTS).enumerate() {
            half[0] = ALIGNMENT[self.now as usize % 2];
            self.writers[side].fill(&mut half[D_CHANNEL..=D_CHANNEL]);
            let talking = |c: &&Connected| (c.from..c.to).contains(&self.now);
            for call in self.connected.iter().filter(talking) {
                let turns = call.hz[side] * (self.now - call.from) as f64 / f64::from(RATE_HZ);
                let sample = TONE_PEAK * (turns * std::f64::consts::TAU).sin();
                half[call.timeslot] = to_a_law(sample as i16);
            }
        }
        self.now += 1;
    }
}

fn samples(seconds: f64) -> u64 {
    SampleTime::from_seconds(seconds).0
}

fn connection(call: &E1Call) -> Option<Connected> {
    let from = call.start_s + call.answer_s?;
    Some(Connected {
        from: samples(from),
        to: samples(call.start_s + call.length_s),
        timeslot: usize::from(call.timeslot) % TIMESLOTS,
        hz: E1Call::tones_hz(call.timeslot),
    })
}

/// The messages of one call, in ETSI's usual order (Q.931 5.1, 5.2, 5.3).
fn script(call: &E1Call, reference: u16, due: &mut Vec<Due>) {
    let (caller, called) = match call.direction {
        Direction::Incoming => (Side::Network, Side::User),
        Direction::Outgoing | Direction::Unknown => (Side::User, Side::Network),
    };
    let begin =
        |sender: Side, kind| MessageBuilder::new(Interface::Pri, reference, sender == called, kind);
    let mut say = |at_s: f64, sender: Side, message: MessageBuilder| {
        due.push(Due {
            at: samples(call.start_s + at_s),
            sender,
            message: message.build(),
        });
    };
    let mut setup = begin(caller, MessageKind::Setup)
        .audio()
        .channel(call.timeslot, true);
    if !call.calling.is_empty() {
        setup = setup.calling(UNKNOWN_ISDN, 0x01, call.calling.as_str());
    }
    say(
        0.0,
        caller,
        setup.called(UNKNOWN_ISDN, call.called.as_str()).complete(),
    );
    let proceeding = begin(called, MessageKind::CallProceeding);
    say(0.03, called, proceeding.channel(call.timeslot, true));
    say(0.06, called, begin(called, MessageKind::Alerting));
    if let Some(answer) = call.answer_s {
        say(answer, called, begin(called, MessageKind::Connect));
        say(
            answer + 0.02,
            caller,
            begin(caller, MessageKind::ConnectAcknowledge),
        );
    }
    let end = call.length_s;
    say(
        end,
        caller,
        begin(caller, MessageKind::Disconnect).cause(16),
    );
    say(end + 0.03, called, begin(called, MessageKind::Release));
    say(
        end + 0.06,
        caller,
        begin(caller, MessageKind::ReleaseComplete),
    );
}

impl Source for E1Source {
    fn format(&self) -> StreamFormat {
        StreamFormat {
            rate: RATE_HZ,
            channels: 2 * TIMESLOTS as u16,
            encoding: Encoding::ALaw,
            layout: Layout::Interleaved,
        }
    }

    fn pace(&self) -> Pace {
        Pace::Elastic
    }

    fn period_frames(&self) -> usize {
        Self::PERIOD
    }

    fn read(&mut self, buffer: &mut [u8]) -> Read {
        let left = self
            .end
            .map_or(u64::MAX, |end| end.saturating_sub(self.now));
        let room = buffer.len() / (2 * TIMESLOTS);
        let frames = room.min(Self::PERIOD).min(left as usize);
        if frames == 0 {
            return Read::Ended;
        }
        for frame in buffer.chunks_exact_mut(2 * TIMESLOTS).take(frames) {
            self.frame(frame);
        }
        self.pacer.wait(frames);
        Read::Frames { frames, time: None }
    }

    fn describe(&self) -> String {
        format!("built-in exchange: primary rate line, both directions, {RATE_HZ} Hz A-law")
    }
}

#[cfg(test)]
mod tests;
