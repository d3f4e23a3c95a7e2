//! What a D channel allocates, counted by the allocator itself: however hostile the line, it never
//! holds more than `MEMORY_BOUND`, nor asks for more at once.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use linetap::isdn::encode::{Fill, HdlcWriter, LinkPair, MessageBuilder};
use linetap::isdn::q931::MessageKind;
use linetap::isdn::{DChannel, Interface, MEMORY_BOUND, Options, Side, Variant};
use linetap::words::SampleTime;

static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST_HELD: AtomicUsize = AtomicUsize::new(0);
static LARGEST: AtomicUsize = AtomicUsize::new(0);

struct Counting;

#[expect(
    unsafe_code,
    reason = "an allocator that counts can be written in no other way"
)]
// SAFETY: every request goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST_HELD.fetch_max(held, Ordering::Relaxed);
        LARGEST.fetch_max(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Octets of one direction: valid frames with messages no one would send, in bursts, and noise.
fn hostile(side: Side, seconds: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9u32 ^ (side as u32 + 1);
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    let mut links = LinkPair::new();
    let mut writer = HdlcWriter::new(Fill::Flags, Variant::default());
    let mut stream = vec![0; seconds * 8_000];
    for block in stream.chunks_mut(80) {
        let (_, kind) = MessageKind::NAMED[random() as usize % MessageKind::NAMED.len()];
        let value = random() as u16 & 0x7FFF;
        let mut message =
            MessageBuilder::new(Interface::Pri, value, random().is_multiple_of(2), kind);
        for _ in 0..random() % 4 {
            let content: Vec<u8> = (0..random() % 40).map(|_| random() as u8).collect();
            message = message.element(random() as u8 & 0x7F, &content);
        }
        let tei = random() as u8 % 127;
        writer.queue(&links.information(side, tei, &message.build()).frame);
        writer.fill(block);
        if random().is_multiple_of(16) {
            block.iter_mut().for_each(|octet| *octet ^= random() as u8);
        }
    }
    stream
}

#[test]
fn no_line_makes_a_d_channel_hold_or_ask_for_more_than_its_bound() {
    const SECONDS: usize = 60;
    let streams = [Side::Network, Side::User].map(|side| hostile(side, SECONDS));
    let before = HELD.load(Ordering::Relaxed);
    MOST_HELD.store(before, Ordering::Relaxed);
    LARGEST.store(0, Ordering::Relaxed);
    let mut channel = DChannel::new(Interface::Pri, Options::default());
    let mut events = 0;
    for at in (0..SECONDS * 8_000).step_by(160) {
        for (side, stream) in [Side::Network, Side::User].into_iter().zip(&streams) {
            channel.push(side, &stream[at..at + 160], SampleTime(at as u64));
        }
        while channel.poll().is_some() {
            events += 1;
        }
        while channel.poll_notice().is_some() {}
    }
    let held = MOST_HELD.load(Ordering::Relaxed) - before;
    let largest = LARGEST.load(Ordering::Relaxed);
    assert!(events > 1_000, "{events} events: the line was read");
    assert!(held <= MEMORY_BOUND, "{held} octets held");
    assert!(largest <= MEMORY_BOUND / 4, "{largest} octets at once");
    println!("{events} events, {held} octets held at most, {largest} at once");
}
