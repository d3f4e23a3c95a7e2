//! What the D channels of a big site cost: 64 of 64 kbit/s, both directions, as share of one core.
//!
//! `cargo bench --bench isdn`. Three loads: idle links, a busy hour, and noise where a D channel
//! should be: never locked (the search for the bit order never ends), and behind a lock. Counted is
//! the time this thread had on a core, so that a shared machine tells the same.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::fs;

use linetap::isdn::encode::{Fill, HdlcWriter, LinkPair, MessageBuilder};
use linetap::isdn::q931::MessageKind as Kind;
use linetap::isdn::{DChannel, Interface, Options, Side, Variant};
use linetap::words::SampleTime;

const CHANNELS: usize = 64;
const SECONDS: usize = 20;
const OCTETS: usize = SECONDS * 8_000;

/// One call every `every_ms` of 20 s, with all its messages.
fn calls(every_ms: usize) -> [Vec<u8>; 2] {
    let mut links = LinkPair::new();
    let mut writers = [Side::Network; 2].map(|_| HdlcWriter::new(Fill::Flags, Variant::default()));
    let mut streams = [vec![0; OCTETS], vec![0; OCTETS]];
    let step = every_ms * 8;
    for (n, at) in (0..OCTETS).step_by(step).enumerate() {
        let value = n as u16 % 1_000 + 1;
        let message = |kind, back| MessageBuilder::new(Interface::Pri, value, back, kind);
        let setup = message(Kind::Setup, false)
            .audio()
            .channel(1 + n as u8 % 15, true);
        let setup = setup
            .calling(0x21, 3, "601000001")
            .called(0x41, "3730")
            .complete();
        let script = [
            (Side::Network, setup),
            (Side::User, message(Kind::CallProceeding, true)),
            (Side::User, message(Kind::Alerting, true)),
            (Side::User, message(Kind::Connect, true)),
            (Side::Network, message(Kind::ConnectAcknowledge, false)),
            (Side::Network, message(Kind::Disconnect, false).cause(16)),
            (Side::User, message(Kind::Release, true).cause(16)),
            (
                Side::Network,
                message(Kind::ReleaseComplete, false).cause(16),
            ),
        ];
        if every_ms < 20_000 {
            for (sender, builder) in script {
                for sent in links.send(sender, 0, &builder.build()) {
                    writers[sent.sender as usize].queue(&sent.frame);
                }
            }
        }
        let end = (at + step).min(OCTETS);
        for (writer, stream) in writers.iter_mut().zip(&mut streams) {
            writer.fill(&mut stream[at..end]);
        }
    }
    streams
}

fn noise() -> [Vec<u8>; 2] {
    let mut state = 1u32;
    let mut stream = || {
        let mut octet = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as u8
        };
        (0..OCTETS).map(|_| octet()).collect::<Vec<u8>>()
    };
    [stream(), stream()]
}

/// A second of calls, then noise: the locked order is heard on beside the search.
fn locked_noise() -> [Vec<u8>; 2] {
    let [mut streams, noise] = [calls(2_000), noise()];
    for (stream, noise) in streams.iter_mut().zip(noise) {
        stream[8_000..].copy_from_slice(&noise[8_000..]);
    }
    streams
}

/// Seconds of one core for `CHANNELS` channels and a second of line.
fn cost(streams: &[Vec<u8>; 2]) -> (f64, usize) {
    let mut channels: Vec<_> = (0..CHANNELS)
        .map(|_| DChannel::new(Interface::Pri, Options::default()))
        .collect();
    let mut events = 0;
    let begun = on_core();
    // Blocks of 20 ms, as the line worker hands them on.
    for at in (0..OCTETS).step_by(160) {
        for channel in &mut channels {
            channel.push(
                Side::Network,
                &streams[0][at..at + 160],
                SampleTime(at as u64),
            );
            channel.push(Side::User, &streams[1][at..at + 160], SampleTime(at as u64));
            while channel.poll().is_some() {
                events += 1;
            }
        }
    }
    ((on_core() - begun) / SECONDS as f64, events)
}

/// Seconds this thread has run so far.
fn on_core() -> f64 {
    let told = fs::read_to_string("/proc/thread-self/schedstat").expect("a kernel with schedstat");
    let nanoseconds: f64 = told
        .split(' ')
        .next()
        .and_then(|n| n.parse().ok())
        .expect("a time");
    nanoseconds / 1e9
}

fn main() {
    println!("{CHANNELS} D channels of 64 kbit/s, both directions, share of one core");
    let loads = [
        ("idle", calls(20_000)),
        ("a call every 2 s each", calls(2_000)),
        ("noise, never locked", noise()),
        ("noise behind a lock", locked_noise()),
    ];
    for (name, streams) in loads {
        let (share, events) = cost(&streams);
        println!("{name:<24} {:6.3} %   {events} events", share * 100.0);
    }
}
