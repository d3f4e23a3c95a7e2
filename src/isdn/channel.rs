//! A tapped D channel: two directions of octets with sample times in, call events and notices out.
//!
//! * Units: 8 kHz samples. An octet lasts one sample on primary rate, four on basic rate.
//! * Order: frames are read in the order in which they were complete on the line, whichever receiver
//!   told first. A frame waits until the other direction has been heard up to its end, or until
//!   [`SKEW`] after it on the clock of [`DChannel::advance`]. So the events do not depend on how the
//!   input is cut.
//! * Blocks nothing. Allocates per frame; holds at most [`QUEUE`] frames in wait, 128 calls, 127
//!   links: below [`MEMORY_BOUND`] octets beside events and notices not yet polled. Poll after each
//!   push.
//! * Errors: none. Damage shows as notices and as what is missing in a call.

use std::collections::VecDeque;

use super::bits::Variant;
use super::endpoints::{Endpoints, Layer3, Reception};
use super::line::{Line, LineFrame};
use super::q931::Message;
use super::tracker::{Heard, Tracker};
use super::{Interface, Side};
use crate::words::{CallEvent, CallKey, EndReason, SampleTime};

/// How much later than the line's clock a receiver may tell a frame: 100 ms.
pub const SKEW: u64 = 800;
/// Frames waiting for the other direction at most; the eldest is read early when one more comes.
pub const QUEUE: usize = 256;
/// No D channel holds more than this on the heap, polled events aside.
pub const MEMORY_BOUND: usize = 4 << 20;
/// Without a valid frame for so long the D channel is lost: three polls of an idle link (T203).
const LOST_AFTER: u64 = 35 * 8_000;

/// What befalls calls when the D channel is lost. Either way it is told.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum OnLoss {
    /// They run on; whoever hears the channels closes them ([`DChannel::close`]).
    #[default]
    Keep,
    /// They end T309 (90 s, Q.931 9.1) after the last frame.
    Close,
}

/// What may differ from line to line.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Options {
    /// Channels are numbered 1-30 instead of by timeslot (some private exchanges, QSIG).
    pub logical_channels: bool,
    /// What befalls calls when the D channel is lost.
    pub on_loss: OnLoss,
}

/// What a technician or administrator should know of the D channel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Notice {
    /// Valid frames were found in this bit order.
    Locked {
        /// Receiver.
        receiver: Side,
        /// Bit order.
        variant: Variant,
        /// When.
        at: SampleTime,
    },
    /// The receiver said to hear the network hears the user, and the reverse. Directions are right
    /// nevertheless; the wiring is to be corrected.
    Swapped {
        /// When it was noticed.
        at: SampleTime,
        /// False: it is right again.
        swapped: bool,
    },
    /// No valid frame for 35 s while there must be some.
    Lost {
        /// Last valid frame, or where listening began.
        since: SampleTime,
    },
    /// Valid frames again.
    Back {
        /// When.
        at: SampleTime,
    },
    /// The other end acknowledged frames that the tap did not hear: digits may be missing.
    FramesLost {
        /// Who sent them.
        sender: Side,
        /// How many.
        frames: u64,
        /// When it was noticed.
        at: SampleTime,
    },
}

#[derive(Clone, Debug)]
struct Waiting {
    octets: Vec<u8>,
    heard: Reception,
}

/// One tapped D channel.
#[derive(Clone, Debug)]
pub struct DChannel {
    interface: Interface,
    options: Options,
    lines: [Line; 2],
    /// Up to where each direction is known: by its octets, or by the clock.
    known: [SampleTime; 2],
    variants: [Option<Variant>; 2],
    waiting: VecDeque<Waiting>,
    endpoints: Endpoints,
    tracker: Tracker,
    notices: VecDeque<Notice>,
    /// Last valid frame; before the first one, where listening began.
    last_frame: Option<SampleTime>,
    lost: bool,
}

impl DChannel {
    /// Nothing heard yet.
    pub fn new(interface: Interface, options: Options) -> Self {
        Self {
            interface,
            options,
            lines: [Line::new(interface), Line::new(interface)],
            known: [SampleTime(0); 2],
            variants: [None; 2],
            waiting: VecDeque::new(),
            endpoints: Endpoints::default(),
            tracker: Tracker::new(options.logical_channels),
            notices: VecDeque::new(),
            last_frame: None,
            lost: false,
        }
    }

    /// A D channel in the place of this one, which has failed inside: bit order and links are found
    /// anew. Told events stay told, keys stay unique; the calls under way come along or are forgotten.
    pub fn renewed(&self, keep_calls: bool) -> Self {
        Self {
            tracker: self.tracker.renewed(keep_calls),
            notices: self.notices.clone(),
            last_frame: self.last_frame,
            lost: self.lost,
            ..Self::new(self.interface, self.options)
        }
    }

    /// Octets one receiver heard, of which the first lies at `at`. What lies between the last push
    /// and `at` is a gap.
    pub fn push(&mut self, receiver: Side, octets: &[u8], at: SampleTime) {
        self.last_frame.get_or_insert(at);
        let mut found = Vec::new();
        let line = &mut self.lines[receiver.index()];
        line.push(octets, at, &mut found);
        let (heard, variant) = (line.heard(), line.variant());
        for LineFrame { octets, start, end } in found {
            self.enqueue(
                octets,
                Reception {
                    side: receiver,
                    start,
                    end,
                },
            );
        }
        self.note_variant(receiver, variant, heard);
        self.reached(receiver, heard);
    }

    /// Octets are missing until `until`.
    pub fn gap(&mut self, receiver: Side, until: SampleTime) {
        self.lines[receiver.index()].gap(until);
        self.reached(receiver, until);
    }

    /// A frame another back end has decoded (address to information), complete at `at`. Follow with
    /// [`DChannel::advance`], or frames wait for the other direction.
    pub fn frame(&mut self, receiver: Side, octets: &[u8], at: SampleTime) {
        if octets.len() <= super::hdlc::MAX_FRAME {
            let heard = Reception {
                side: receiver,
                start: at,
                end: at,
            };
            self.enqueue(octets.to_vec(), heard);
        }
    }

    /// The line's clock is at `now`: nothing older than [`SKEW`] is still to come.
    pub fn advance(&mut self, now: SampleTime) {
        let settled = now.back(SKEW);
        for known in &mut self.known {
            *known = (*known).max(settled);
        }
        self.settle();
    }

    /// The input ended at `now`: reads what waits and ends every call.
    pub fn finish(&mut self, now: SampleTime) {
        self.known = [now; 2];
        self.settle();
        while let Some(frame) = self.waiting.pop_front() {
            self.read(&frame);
        }
        self.tracker.close_all(now, EndReason::EndOfInput);
    }

    /// The next call event.
    pub fn poll(&mut self) -> Option<CallEvent> {
        self.tracker.poll()
    }

    /// The next notice.
    pub fn poll_notice(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }

    /// Ends a call that someone else knows is over, e.g. by silence while the D channel is lost.
    pub fn close(&mut self, key: CallKey, at: SampleTime, reason: EndReason) {
        self.tracker.close(key, at, reason);
    }

    /// Whether the D channel is lost.
    pub fn is_lost(&self) -> bool {
        self.lost
    }

    /// Frames each receiver heard damaged: network's, user's.
    pub fn bad_frames(&self) -> [u64; 2] {
        [self.lines[0].bad_frames(), self.lines[1].bad_frames()]
    }

    /// Octets on the heap, events not yet polled included.
    pub fn footprint(&self) -> usize {
        let waiting: usize = self.waiting.iter().map(|w| w.octets.capacity()).sum();
        waiting
            + self.waiting.capacity() * size_of::<Waiting>()
            + self.endpoints.footprint()
            + self.tracker.footprint()
            + self.notices.capacity() * size_of::<Notice>()
            + self.lines.iter().map(Line::footprint).sum::<usize>()
    }

    fn note_variant(&mut self, receiver: Side, variant: Option<Variant>, at: SampleTime) {
        let told = &mut self.variants[receiver.index()];
        if let Some(variant) = variant
            && *told != Some(variant)
        {
            *told = Some(variant);
            self.tell(Notice::Locked {
                receiver,
                variant,
                at,
            });
        }
    }

    fn enqueue(&mut self, octets: Vec<u8>, heard: Reception) {
        let order = |h: &Reception| (h.end, h.side.index());
        let place = self
            .waiting
            .partition_point(|w| order(&w.heard) <= order(&heard));
        self.waiting.insert(place, Waiting { octets, heard });
        if self.waiting.len() > QUEUE
            && let Some(eldest) = self.waiting.pop_front()
        {
            self.read(&eldest);
        }
    }

    fn reached(&mut self, receiver: Side, heard: SampleTime) {
        let known = &mut self.known[receiver.index()];
        *known = (*known).max(heard);
        self.settle();
    }

    /// Reads what both directions have passed.
    fn settle(&mut self) {
        let settled = self.known[0].min(self.known[1]);
        while let Some(frame) = self.waiting.front()
            && frame.heard.end <= settled
            && let Some(frame) = self.waiting.pop_front()
        {
            self.read(&frame);
        }
        self.expire(settled);
    }

    fn read(&mut self, frame: &Waiting) {
        self.expire(frame.heard.end);
        let swapped = self.endpoints.swapped();
        let mut messages = Vec::new();
        let sender = self
            .endpoints
            .frame(&frame.octets, frame.heard, &mut messages);
        let Some(sender) = sender else {
            return;
        };
        let at = frame.heard.end;
        if swapped != self.endpoints.swapped() {
            self.tell(Notice::Swapped {
                at,
                swapped: !swapped,
            });
        }
        self.last_frame = Some(at);
        if std::mem::take(&mut self.lost) {
            self.tell(Notice::Back { at });
        }
        self.tracker.heard_from(sender, at);
        self.tell_lost_frames(at);
        self.messages(&messages);
    }

    fn messages(&mut self, messages: &[Layer3]) {
        for layer3 in messages {
            if let Some(message) = Message::parse(&layer3.octets) {
                self.tracker.message(&Heard {
                    sender: layer3.sender,
                    tei: layer3.tei,
                    at: layer3.at,
                    message,
                });
            }
        }
    }

    fn tell_lost_frames(&mut self, at: SampleTime) {
        let lost = self.endpoints.take_lost();
        for (sender, frames) in [Side::Network, Side::User].into_iter().zip(lost) {
            if frames > 0 {
                self.tell(Notice::FramesLost { sender, frames, at });
            }
        }
    }

    fn tell(&mut self, notice: Notice) {
        // Who does not read notices gets the latest ones.
        if self.notices.len() >= QUEUE {
            self.notices.pop_front();
        }
        self.notices.push_back(notice);
    }

    /// Deadlines up to `now`, in their order.
    fn expire(&mut self, now: SampleTime) {
        while let Some(due) = self.endpoints.next_deadline().filter(|due| *due <= now) {
            self.tracker.expire(due);
            let mut messages = Vec::new();
            self.endpoints.expire(due, &mut messages);
            self.tell_lost_frames(due);
            self.messages(&messages);
        }
        self.tracker.expire(now);
        self.watch_for_loss(now);
    }

    /// A basic rate bus may sleep when no call is under way; a primary rate link never does.
    fn watch_for_loss(&mut self, now: SampleTime) {
        let Some(since) = self.last_frame else {
            return;
        };
        let expected = self.interface == Interface::Pri || self.tracker.under_way() > 0;
        if !self.lost && expected && now - since > LOST_AFTER {
            self.lost = true;
            self.tell(Notice::Lost { since });
        }
        if self.lost && self.options.on_loss == OnLoss::Close && now - since >= T309 {
            self.tracker
                .close_all(since + T309, EndReason::SignallingLost);
        }
    }
}

/// How long calls outlive the loss of their D channel.
const T309: u64 = 90 * 8_000;
