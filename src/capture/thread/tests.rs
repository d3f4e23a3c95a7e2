use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Instant;

use super::*;
use crate::capture::ring::{RingItem, RingReader, ring};
use crate::words::{Encoding, Layout, StreamFormat};

const RATE: u32 = 8_000;
const PERIOD: usize = 160;

fn format(rate: u32) -> StreamFormat {
    StreamFormat {
        rate,
        channels: 2,
        encoding: Encoding::S16Le,
        layout: Layout::Interleaved,
    }
}

/// A source that plays a list of answers, then ends.
struct Scripted {
    rate: u32,
    pace: Pace,
    answers: VecDeque<Read>,
}

impl Source for Scripted {
    fn format(&self) -> StreamFormat {
        format(self.rate)
    }
    fn pace(&self) -> Pace {
        self.pace
    }
    fn period_frames(&self) -> usize {
        PERIOD
    }
    fn read(&mut self, buffer: &mut [u8]) -> Read {
        assert_eq!(buffer.len(), PERIOD * 4);
        buffer.fill(self.answers.len() as u8);
        self.answers.pop_front().unwrap_or(Read::Ended)
    }
    fn describe(&self) -> String {
        format!("scripted {} Hz", self.rate)
    }
}

/// `count` periods, the first sampled at `from_ns`.
fn periods(from_ns: i64, count: i64) -> impl Iterator<Item = Read> {
    (0..count).map(move |at| Read::Frames {
        frames: PERIOD,
        time: Some(DeviceTime {
            monotonic_ns: from_ns + at * 20_000_000,
        }),
    })
}

/// Opens the given sources one after the other; then there is no device any more.
fn opener(sources: Vec<Result<Scripted, OpenError>>) -> Opener {
    let mut sources = VecDeque::from(sources);
    Box::new(move || match sources.pop_front() {
        Some(source) => source.map(|source| Box::new(source) as Box<dyn Source>),
        None => Err(missing()),
    })
}

fn missing() -> OpenError {
    OpenError::Missing {
        device: "hw:CARD=Gone".to_owned(),
        why: "no such device".to_owned(),
    }
}

fn device(rate: u32, answers: impl IntoIterator<Item = Read>) -> Result<Scripted, OpenError> {
    Ok(Scripted {
        rate,
        pace: Pace::Device,
        answers: answers.into_iter().collect(),
    })
}

/// All items up to the end.
fn collect(reader: &mut RingReader) -> Vec<RingItem> {
    let (mut items, mut buffer) = (Vec::new(), Vec::new());
    loop {
        match reader.next(&mut buffer) {
            RingItem::Ended => return items,
            RingItem::Empty => reader.wait(Duration::from_millis(100)),
            item => items.push(item),
        }
    }
}

#[test]
fn a_device_that_comes_back_leaves_a_gap_of_the_right_length() {
    let gone = [Read::DeviceLost {
        errno: libc::ENODEV,
    }];
    // 100 periods take 2 s; the device is back 0.5 s later, with another rate.
    let first = device(RATE, periods(0, 100).chain(gone));
    let second = device(16_000, periods(2_500_000_000, 3));
    let (writer, mut reader) = ring(1 << 20);
    let capture = spawn("cap-test", opener(vec![first, second]), writer).unwrap();
    let items = collect(&mut reader);
    let status = capture.status().snapshot();
    assert_eq!(items[0], RingItem::Opened(format(RATE)));
    assert_eq!(
        items[101],
        RingItem::DeviceLost {
            errno: libc::ENODEV
        }
    );
    assert_eq!(items[102], RingItem::Opened(format(16_000)));
    let gap = RingItem::Gap {
        frames: 8_000, // 0.5 s at the rate that was opened last
        cause: GapCause::DeviceLost,
        first_frame: 16_000,
    };
    assert_eq!(items[103], gap);
    assert_eq!(items.len(), 107);
    assert_eq!((status.reopenings, status.lost_frames), (1, 8_000));
    assert_eq!(status.frames, 103 * PERIOD as u64);
    assert!(capture.join());
}

#[test]
fn losses_that_the_source_counts_stand_between_the_frames() {
    let lost = Read::Lost {
        frames: 77,
        cause: GapCause::Overrun,
    };
    let answers = periods(0, 1)
        .chain([lost, Read::Idle])
        .chain(periods(29_625_000, 1));
    let (writer, mut reader) = ring(1 << 16);
    let capture = spawn("cap-test", opener(vec![device(RATE, answers)]), writer).unwrap();
    let items = collect(&mut reader);
    assert!(matches!(
        items[2],
        RingItem::Gap {
            frames: 77,
            cause: GapCause::Overrun,
            first_frame: 160
        }
    ));
    assert!(matches!(
        items[3],
        RingItem::Frames {
            first_frame: 237,
            ..
        }
    ));
    assert_eq!(items.len(), 4);
    assert_eq!(capture.status().snapshot().xruns, 1);
}

#[test]
fn a_silent_hole_in_the_devices_time_is_a_loss() {
    let answers = periods(0, 50).chain(periods(3_000_000_000, 50));
    let (writer, mut reader) = ring(1 << 20);
    let _capture = spawn("cap-test", opener(vec![device(RATE, answers)]), writer).unwrap();
    let items = collect(&mut reader);
    assert!(matches!(
        items[51],
        RingItem::Gap {
            frames: 16_000,
            cause: GapCause::DeviceLost,
            first_frame: 8_000
        }
    ));
}

#[test]
fn a_device_does_not_wait_and_a_file_does() {
    let total = 500 * PERIOD as u64;
    for pace in [Pace::Device, Pace::Elastic] {
        let source = Scripted {
            rate: RATE,
            pace,
            answers: periods(0, 500).collect(),
        };
        let (writer, mut reader) = ring(4_096);
        let capture = spawn("cap-test", opener(vec![Ok(source)]), writer).unwrap();
        thread::sleep(Duration::from_millis(100)); // a line worker that is held up
        let (mut got, mut lost) = (0, 0);
        for item in collect(&mut reader) {
            match item {
                RingItem::Frames { frames, .. } => got += frames as u64,
                RingItem::Gap { frames, cause, .. } => {
                    assert_eq!(cause, GapCause::RingFull);
                    lost += frames;
                }
                _ => {}
            }
        }
        assert_eq!(got + lost, total, "{pace:?}");
        assert_eq!(lost == 0, pace == Pace::Elastic);
        assert_eq!(capture.status().snapshot().ring_full_frames, lost);
    }
}

#[test]
fn one_card_is_lost_and_the_other_goes_on() {
    let (writer, mut reader) = ring(1 << 16);
    let lost = spawn(
        "cap-lost",
        opener(vec![device(RATE, [Read::DeviceLost { errno: 5 }])]),
        writer,
    );
    let lost = lost.unwrap();
    let (other_writer, mut other) = ring(1 << 16);
    let second = spawn(
        "cap-other",
        opener(vec![device(RATE, periods(0, 40))]),
        other_writer,
    );
    assert_eq!(collect(&mut other).len(), 41);
    let begun = Instant::now();
    while lost.status().snapshot().trouble != Some(missing().to_string()) {
        assert!(begun.elapsed() < Duration::from_secs(5));
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(lost.status().snapshot().state, CaptureState::Lost);
    assert!(lost.join(), "it can be stopped while it waits");
    assert_eq!(collect(&mut reader).len(), 2);
    assert!(second.unwrap().join());
}

#[test]
fn a_missing_device_is_tried_again_and_a_bad_file_is_not() {
    let (writer, mut reader) = ring(1 << 16);
    let sources = vec![Err(missing()), Err(missing()), device(RATE, periods(0, 1))];
    let capture = spawn("cap-test", opener(sources), writer).unwrap();
    assert_eq!(collect(&mut reader).len(), 2);
    assert_eq!(capture.status().snapshot().reopenings, 0);

    let (writer, mut reader) = ring(1 << 16);
    let sources = vec![Err(OpenError::Input(
        "x.wav: ends inside its header".to_owned(),
    ))];
    let capture = spawn("cap-test", opener(sources), writer).unwrap();
    assert_eq!(collect(&mut reader), []);
    let status = capture.status().snapshot();
    assert_eq!(
        status.trouble.as_deref(),
        Some("x.wav: ends inside its header")
    );
}

#[test]
fn names_are_cut_between_letters() {
    assert_eq!(thread_name("cap-trunks"), "cap-trunks");
    assert_eq!(thread_name("line-Łączność"), "line-Łącznoś");
    assert_eq!(thread_name("store"), "store");
    assert_eq!(thread_name("cap-wewnętrzne-łącza"), "cap-wewnętrzne");
    assert_eq!(thread_name("cap-wewnętrzneł").len(), 15);
}

#[test]
fn silence_is_judged_by_its_length() {
    let judged = [0, 999, 1_000, 9_999, 10_000].map(|ms| Silence::of(ms * 1_000_000));
    let expected = [
        Silence::Ordinary,
        Silence::Ordinary,
        Silence::Stalled,
        Silence::Stalled,
        Silence::GivenUp,
    ];
    assert_eq!(judged, expected);
}

#[test]
fn the_thread_ends_when_nobody_reads() {
    let (writer, reader) = ring(1 << 12);
    let endless = std::iter::repeat_n(Read::Idle, 1_000_000).chain(periods(0, 1));
    drop(reader);
    let capture = spawn(
        "a-name-that-is-longer-than-the-kernel-keeps",
        opener(vec![device(RATE, endless)]),
        writer,
    );
    assert!(capture.unwrap().join());
}

#[test]
fn a_silent_device_is_shown_as_stalled() {
    /// Says nothing, at a device's speed.
    struct Silent(Arc<Mutex<bool>>);
    impl Source for Silent {
        fn format(&self) -> StreamFormat {
            format(RATE)
        }
        fn pace(&self) -> Pace {
            Pace::Device
        }
        fn period_frames(&self) -> usize {
            PERIOD
        }
        fn read(&mut self, _: &mut [u8]) -> Read {
            thread::sleep(Duration::from_millis(50));
            if *self.0.lock().unwrap() {
                Read::Ended
            } else {
                Read::Idle
            }
        }
        fn describe(&self) -> String {
            "silent".to_owned()
        }
    }
    let end = Arc::new(Mutex::new(false));
    let source = Arc::clone(&end);
    let (writer, _reader) = ring(1 << 12);
    let opener: Opener = Box::new(move || Ok(Box::new(Silent(Arc::clone(&source)))));
    let capture = spawn("cap-silent", opener, writer).unwrap();
    let begun = Instant::now();
    while capture.status().snapshot().state != CaptureState::Stalled {
        assert!(begun.elapsed() < Duration::from_secs(8));
        thread::sleep(Duration::from_millis(20));
    }
    assert!(begun.elapsed() >= Duration::from_millis(1_000));
    *end.lock().unwrap() = true;
    assert!(capture.join());
}
