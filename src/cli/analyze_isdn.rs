//! `linetap analyze --isdn`: the calls of a tapped D channel, offline. Stores nothing. Memory is bounded
//! for raw streams of any length, packed with xz or not; a pcap capture is read as a whole.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Cursor, Read, Write};
use std::path::Path;
use std::thread::{self, JoinHandle};

use crate::call::report;
use crate::isdn::pcap::{Packet, Packets, is_pcap};
use crate::isdn::{DChannel, Interface, Notice, Options, Side, lapd};
use crate::words::{CallEvent, SampleTime};

use super::analyze::sentence;
use super::args::{AnalyzeArgs, IsdnArg};
use super::exit::{Exit, Failure, Outcome};

/// Octets of each direction handed on at a time.
const BLOCK: usize = 4_000;
/// Largest capture read.
const PCAP_MAX: u64 = 1 << 30;
const XZ_MAGIC: [u8; 6] = [0xFD, b'7', b'z', b'X', b'Z', 0];

/// Analyses a D channel.
pub(super) fn analyze(args: &AnalyzeArgs, isdn: IsdnArg) -> Outcome {
    let interface = match isdn {
        IsdnArg::Pri => Interface::Pri,
        IsdnArg::Bri => Interface::Bri,
    };
    let mut listener = Listener {
        channel: DChannel::new(interface, Options::default()),
        interface,
        json: args.json,
        out: BufWriter::new(io::stdout().lock()),
    };
    match (&args.file, &args.net, &args.user) {
        (Some(file), None, None) => listener.capture(file)?,
        (None, Some(net), Some(user)) => {
            let stdin = Path::new("-");
            if net == stdin && user == stdin {
                let text = "only one of --net and --user can come from standard input";
                return Err(Failure::message(Exit::Usage, text));
            }
            listener.streams(Stream::open(net)?, Stream::open(user)?)?;
        }
        _ => {
            let text = "--isdn takes --net RAW and --user RAW, or one pcap file";
            return Err(Failure::message(Exit::Usage, text));
        }
    }
    listener.out.flush()?;
    Ok(())
}

/// A stream of octets, unpacked on the way.
struct Stream {
    name: String,
    octets: Box<dyn Read>,
    unpacking: Option<JoinHandle<Result<(), String>>>,
}

impl Stream {
    fn open(path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let named = |error: io::Error| Failure::message(Exit::Failed, format!("{name}: {error}"));
        let mut file: Box<dyn Read + Send> = if path == Path::new("-") {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(path).map_err(named)?)
        };
        let mut head = Vec::new();
        file.by_ref()
            .take(XZ_MAGIC.len() as u64)
            .read_to_end(&mut head)
            .map_err(named)?;
        let packed = head == XZ_MAGIC;
        let whole = BufReader::new(Cursor::new(head).chain(file));
        if !packed {
            return Ok(Self {
                name,
                octets: Box::new(whole),
                unpacking: None,
            });
        }
        let (octets, thread) = unpack(whole).map_err(named)?;
        Ok(Self {
            name,
            octets: Box::new(octets),
            unpacking: Some(thread),
        })
    }

    /// Fills `block` as far as there are octets.
    fn next(&mut self, block: &mut Vec<u8>) -> Outcome {
        block.clear();
        let read = self.octets.by_ref().take(BLOCK as u64).read_to_end(block);
        read.map_err(|error| Failure::message(Exit::Failed, format!("{}: {error}", self.name)))?;
        if block.is_empty() {
            self.check_unpacked()?;
        }
        Ok(())
    }

    fn check_unpacked(&mut self) -> Outcome {
        let Some(thread) = self.unpacking.take() else {
            return Ok(());
        };
        let ended = thread.join().unwrap_or_else(|_| Err("broken".into()));
        ended.map_err(|error| {
            let text = format!("{}: {error}; check it with `xz -t`", self.name);
            Failure::message(Exit::Failed, text)
        })
    }
}

/// Unpacks in a thread of its own, as fast as the reader takes it.
fn unpack(
    mut packed: impl io::BufRead + Send + 'static,
) -> io::Result<(io::PipeReader, JoinHandle<Result<(), String>>)> {
    let (reader, writer) = io::pipe()?;
    let thread = thread::Builder::new().name("unxz".into()).spawn(move || {
        let mut writer = BufWriter::new(writer);
        lzma_rs::xz_decompress(&mut packed, &mut writer).map_err(|error| format!("{error:?}"))?;
        writer.flush().map_err(|error| error.to_string())
    })?;
    Ok((reader, thread))
}

struct Listener<W> {
    channel: DChannel,
    interface: Interface,
    json: bool,
    out: W,
}

impl<W: Write> Listener<W> {
    fn streams(&mut self, mut network: Stream, mut user: Stream) -> Outcome {
        let per_octet = self.interface.samples_per_octet();
        let (mut net, mut usr) = (Vec::new(), Vec::new());
        let mut at = SampleTime(0);
        loop {
            network.next(&mut net)?;
            user.next(&mut usr)?;
            let octets = net.len().max(usr.len()) as u64;
            if octets == 0 {
                break;
            }
            let end = at + octets * per_octet;
            for (side, block) in [(Side::Network, &net), (Side::User, &usr)] {
                self.channel.push(side, block, at);
                self.channel.gap(side, end);
            }
            at = end;
            self.tell()?;
        }
        self.channel.finish(at);
        self.tell()
    }

    fn capture(&mut self, path: &Path) -> Outcome {
        let mut stream = Stream::open(path)?;
        let name = stream.name.clone();
        let failed = |text: &dyn std::fmt::Display| {
            Failure::message(Exit::Failed, format!("{name}: {text}"))
        };
        let mut file = Vec::new();
        let octets = stream.octets.by_ref().take(PCAP_MAX);
        octets.take(PCAP_MAX).read_to_end(&mut file)?;
        stream.check_unpacked()?;
        if !is_pcap(&file) {
            return Err(failed(
                &"no pcap file; name raw streams with --net and --user",
            ));
        }
        let packets = Packets::new(&file).map_err(|error| failed(&error))?;
        let (mut first, mut now) = (None, SampleTime(0));
        for packet in packets {
            match packet {
                Ok(packet) => {
                    let origin = *first.get_or_insert(packet.nanoseconds);
                    let since = packet.nanoseconds.saturating_sub(origin);
                    now = now.max(SampleTime(since / NANOSECONDS_PER_SAMPLE));
                    self.packet(&packet, now);
                    self.tell()?;
                }
                Err(error) => log::warn!("{name}: {error}"),
            }
        }
        self.channel.finish(now);
        self.tell()
    }

    fn packet(&mut self, packet: &Packet<'_>, at: SampleTime) {
        match packet.sender {
            Some(sender) => self.channel.frame(sender, packet.frame, at),
            None => {
                // Without a direction only frames that name their sender can be placed.
                let frame = lapd::Frame::parse(packet.frame);
                match frame.and_then(|frame| frame.from_network()) {
                    Some(true) => self.channel.frame(Side::Network, packet.frame, at),
                    Some(false) => self.channel.frame(Side::User, packet.frame, at),
                    None => {}
                }
            }
        }
        self.channel.advance(at);
    }

    fn tell(&mut self) -> Outcome {
        while let Some(notice) = self.channel.poll_notice() {
            tell_notice(&notice);
        }
        while let Some(event) = self.channel.poll() {
            let CallEvent::Ended { facts, .. } = event else {
                continue;
            };
            // A trunk's calls are external by construction.
            let object = report::call_object(0, &facts, Some(true));
            if self.json {
                writeln!(self.out, "{object}")?;
            } else {
                writeln!(self.out, "{}", sentence(&object))?;
            }
        }
        Ok(())
    }
}

const NANOSECONDS_PER_SAMPLE: u64 = 125_000;

/// What a technician should know goes to standard error.
fn tell_notice(notice: &Notice) {
    match notice {
        Notice::Locked {
            receiver,
            variant,
            at,
        } => {
            let (side, word) = (side_word(*receiver), variant.word());
            log::info!("{:.3} s: {side} receiver: bits are {word}", at.seconds());
        }
        Notice::Swapped { at, swapped: true } => {
            log::warn!(
                "{:.3} s: the receivers are swapped: what was given as sent by the network is sent \
                 by the user; calls are told right, exchange the two inputs",
                at.seconds()
            );
        }
        Notice::Swapped { at, swapped: false } => {
            log::warn!("{:.3} s: the receivers are no longer swapped", at.seconds());
        }
        Notice::Lost { since } => {
            log::warn!("{:.3} s: the D channel is lost", since.seconds());
        }
        Notice::Back { at } => log::warn!("{:.3} s: the D channel is back", at.seconds()),
        Notice::FramesLost { sender, frames, at } => {
            let (at, side) = (at.seconds(), side_word(*sender));
            log::warn!("{at:.3} s: {frames} frames of the {side} are missing: digits may be, too");
        }
    }
}

const fn side_word(side: Side) -> &'static str {
    match side {
        Side::Network => "network",
        Side::User => "user",
    }
}
