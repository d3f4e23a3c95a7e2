use proptest::prelude::*;

use super::*;
use crate::words::{Encoding, Layout};

const FORMAT: StreamFormat = StreamFormat {
    rate: 8_000,
    channels: 2,
    encoding: Encoding::S16Le,
    layout: Layout::Interleaved,
};

/// A payload whose every byte tells the position it stands for.
fn period(first: u64, frames: usize) -> Vec<u8> {
    (0..frames as u64)
        .flat_map(|at| ((first + at) as u32).to_ne_bytes())
        .collect()
}

#[derive(Clone, Debug)]
enum Step {
    Frames(usize),
    Lose(u64, GapCause),
    Reopen,
    Read(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (1_usize..60).prop_map(Step::Frames),
        1 => (1_u64..5_000, 0_usize..6).prop_map(|(n, c)| Step::Lose(n, GapCause::ALL[c])),
        1 => Just(Step::Reopen),
        4 => (0_usize..4).prop_map(Step::Read),
    ]
}

/// What came out so far.
#[derive(Default)]
struct Tally {
    position: u64,
    gaps: [u64; 6],
    frames: u64,
    opened: u64,
    lost: u64,
    ended: bool,
}

impl Tally {
    /// Reads one item and holds it against the account; false when the ring is empty.
    fn read(&mut self, reader: &mut RingReader, buffer: &mut Vec<u8>) -> bool {
        match reader.next(buffer) {
            RingItem::Frames {
                frames,
                first_frame,
                time,
            } => {
                assert_eq!(first_frame, self.position);
                assert_eq!(*buffer, period(first_frame, frames));
                assert_eq!(time.map(|t| t.monotonic_ns), Some(first_frame as i64));
                self.position += frames as u64;
                self.frames += frames as u64;
            }
            RingItem::Gap {
                frames,
                cause,
                first_frame,
            } => {
                assert!(frames > 0);
                assert_eq!(first_frame, self.position);
                self.position += frames;
                self.gaps[cause as usize] += frames;
            }
            RingItem::Opened(format) => {
                assert_eq!(format, FORMAT);
                self.opened += 1;
            }
            RingItem::DeviceLost { errno } => {
                assert_eq!(errno, 19);
                self.lost += 1;
            }
            RingItem::Empty => return false,
            RingItem::Ended => {
                self.ended = true;
                return false;
            }
        }
        true
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// However the ring is filled and emptied, what comes out is what went in, in order, and
    /// every loss is counted under its own cause.
    #[test]
    fn frames_and_gaps_add_up(capacity in 400_usize..2_000, steps in prop::collection::vec(step(), 1..400)) {
        let (mut writer, mut reader) = ring(capacity);
        let mut buffer = Vec::new();
        let (mut into, mut out) = (Tally::default(), Tally::default());
        for step in steps {
            match step {
                Step::Frames(frames) => {
                    let time = Some(DeviceTime { monotonic_ns: into.position as i64 });
                    if writer.frames(frames, time, &period(into.position, frames)) {
                        into.frames += frames as u64;
                    } else {
                        writer.lose(frames as u64, GapCause::RingFull);
                        into.gaps[GapCause::RingFull as usize] += frames as u64;
                    }
                    into.position += frames as u64;
                }
                Step::Lose(frames, cause) => {
                    writer.lose(frames, cause);
                    into.gaps[cause as usize] += frames;
                    into.position += frames;
                }
                Step::Reopen => {
                    into.lost += u64::from(writer.notice(Notice::DeviceLost { errno: 19 }));
                    into.opened += u64::from(writer.notice(Notice::Opened(FORMAT)));
                }
                Step::Read(items) => {
                    for _ in 0..items {
                        out.read(&mut reader, &mut buffer);
                    }
                }
            }
        }
        while !writer.settle() {
            prop_assert!(out.read(&mut reader, &mut buffer));
        }
        drop(writer);
        while out.read(&mut reader, &mut buffer) {}
        prop_assert!(out.ended);
        prop_assert_eq!(out.position, into.position);
        prop_assert_eq!(out.frames, into.frames);
        prop_assert_eq!(out.gaps, into.gaps);
        prop_assert_eq!((out.opened, out.lost), (into.opened, into.lost));
    }
}

#[test]
fn two_threads_lose_nothing_when_the_writer_waits() {
    let (mut writer, mut reader) = ring(4_096);
    assert!(writer.holds(400));
    let feeder = thread::spawn(move || {
        let mut position = 0;
        for round in 0..20_000_usize {
            let frames = 1 + round % 97;
            let payload = period(position, frames);
            let time = Some(DeviceTime {
                monotonic_ns: position as i64,
            });
            while !writer.frames(frames, time, &payload) {
                writer.wait_for_room(Duration::from_secs(5));
            }
            position += frames as u64;
        }
        position
    });
    let (mut out, mut buffer) = (Tally::default(), Vec::new());
    loop {
        while out.read(&mut reader, &mut buffer) {}
        if out.ended {
            break;
        }
        reader.wait(Duration::from_secs(5));
    }
    assert_eq!(out.frames, feeder.join().unwrap());
    assert_eq!(out.gaps, [0; 6]);
}

#[test]
fn a_sleeping_reader_is_woken_by_data_and_by_the_end() {
    let (mut writer, mut reader) = ring(4_096);
    let feeder = thread::spawn(move || {
        thread::sleep(Duration::from_millis(50));
        assert!(writer.frames(10, None, &period(0, 10)));
        thread::sleep(Duration::from_millis(50));
    });
    let begun = std::time::Instant::now();
    let mut buffer = Vec::new();
    let mut seen = 0;
    loop {
        match reader.next(&mut buffer) {
            RingItem::Frames { frames, .. } => seen += frames,
            RingItem::Ended => break,
            _ => reader.wait(Duration::from_secs(20)),
        }
    }
    assert_eq!(seen, 10);
    assert!(begun.elapsed() < Duration::from_secs(10));
    feeder.join().unwrap();
}

#[test]
fn a_payload_that_never_fits_is_told_beforehand() {
    let (writer, reader) = ring(1_000);
    assert!(writer.holds(700) && !writer.holds(1_000));
    assert!(!writer.abandoned());
    drop(reader);
    assert!(writer.abandoned());
}
