//! The loop of the capture thread allocates nothing: a real-time thread that asks the allocator
//! may wait for whoever holds its lock, and frames are lost meanwhile.
//!
//! A counting allocator notes every allocation of each thread; the source, which is called from
//! within the loop, reads the count at its first and last call.
#![expect(
    unsafe_code,
    reason = "a global allocator that counts can be written in no other way; test only"
)]

use std::alloc::{GlobalAlloc, Layout as Block, System};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use linetap::capture::ring::{RingItem, ring};
use linetap::capture::{DeviceTime, Now, Pace, Read, Source, thread};
use linetap::words::{Encoding, GapCause, Layout, StreamFormat};

thread_local! {
    static ASKED: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

fn asked() -> u64 {
    ASKED.with(Cell::get)
}

// SAFETY: every call is handed to the system's allocator unchanged; the counter is a plain cell
// of the thread, whose initial value is constant and which has no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, block: Block) -> *mut u8 {
        ASKED.with(|count| count.set(count.get() + 1));
        // SAFETY: as above.
        unsafe { System.alloc(block) }
    }

    unsafe fn dealloc(&self, at: *mut u8, block: Block) {
        ASKED.with(|count| count.set(count.get() + 1));
        // SAFETY: as above.
        unsafe { System.dealloc(at, block) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const PERIOD: usize = 160;
const READS: u64 = 20_000;

/// A card with every kind of loss, so that every way through the loop is taken.
struct Card {
    pace: Pace,
    reads: u64,
    at_first: u64,
    begun_ns: i64,
    made: Arc<AtomicU64>,
}

impl Source for Card {
    fn format(&self) -> StreamFormat {
        StreamFormat {
            rate: 8_000,
            channels: 16,
            encoding: Encoding::S16Le,
            layout: Layout::Interleaved,
        }
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    fn period_frames(&self) -> usize {
        PERIOD
    }

    fn read(&mut self, buffer: &mut [u8]) -> Read {
        self.reads += 1;
        // The first hundred calls include what happens once: entering the thread to be woken.
        if self.reads == 100 {
            self.at_first = asked();
        }
        if self.reads == READS {
            self.made.store(asked() - self.at_first, Relaxed);
            return Read::Ended;
        }
        // Now and then the reader gets its turn, even where this thread has real-time priority.
        if self.reads.is_multiple_of(100) {
            std::thread::sleep(Duration::from_millis(1));
        }
        buffer.fill(self.reads as u8);
        let frames = PERIOD;
        let monotonic_ns = self.begun_ns + self.reads as i64 * 20_000_000;
        match self.reads % 50 {
            7 => Read::Idle,
            13 => Read::Lost {
                frames: 321,
                cause: GapCause::Overrun,
            },
            at if at % 2 == 0 => Read::Frames { frames, time: None },
            _ => Read::Frames {
                frames,
                time: Some(DeviceTime { monotonic_ns }),
            },
        }
    }

    fn describe(&self) -> String {
        "counting card".to_owned()
    }
}

fn allocations(pace: Pace) -> u64 {
    let made = Arc::new(AtomicU64::new(u64::MAX));
    let shared = Arc::clone(&made);
    let opener: thread::Opener = Box::new(move || {
        Ok(Box::new(Card {
            pace,
            reads: 0,
            at_first: 0,
            begun_ns: Now::read().monotonic_ns,
            made: Arc::clone(&shared),
        }))
    });
    // A small ring: it is full most of the time.
    let (writer, mut reader) = ring(40_000);
    let capture = thread::spawn("cap-count", opener, writer).expect("a thread");
    let (mut buffer, mut got, mut gaps) = (Vec::new(), 0, 0);
    loop {
        match reader.next(&mut buffer) {
            RingItem::Ended => break,
            RingItem::Empty => reader.wait(Duration::from_millis(100)),
            RingItem::Frames { .. } => got += 1,
            RingItem::Gap { .. } => gaps += 1,
            _ => {}
        }
    }
    assert!(got > 10 && gaps > 0, "{got} periods, {gaps} gaps");
    assert!(capture.join());
    made.load(Relaxed)
}

#[test]
fn the_counter_counts() {
    let before = asked();
    drop(std::hint::black_box(vec![1_u8; 100]));
    assert_eq!(asked() - before, 2);
}

#[test]
fn the_loop_of_a_device_allocates_nothing() {
    assert_eq!(allocations(Pace::Device), 0);
}

#[test]
fn the_loop_of_a_file_allocates_nothing() {
    assert_eq!(allocations(Pace::Elastic), 0);
}
