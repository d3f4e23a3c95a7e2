//! `linetap listen`: the recording comes sealed and is opened here, with the listener's own
//! identity, piece by piece; the recorder is asked before every second of sound whether the order
//! is still open, and is told at the end what was played.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::control::{Client, Request};
use crate::hardware::playback::Playback;
use crate::hardware::player::Player;
use crate::register::{Act, End};
use crate::vault::keys::Dek;
use crate::vault::{Archive, Place, Sound};
use crate::words::RATE_HZ;

use super::exit::{Exit, Failure, Outcome};
use super::procedure::{client, failed, identity};
use super::procedure_args::ListenArgs;

/// Sound between two questions whether the order is still open: 1 s in blocks of 0.25 s.
const ASK_EVERY: u64 = 4;

/// A recording fetched to a private folder, as the vault lays it out; removed when dropped.
pub(super) struct Fetched {
    dir: PathBuf,
    place: Place,
}

impl Drop for Fetched {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.dir));
    }
}

impl Fetched {
    /// Fetches a recording through the gate `gate`; `file` is the recorder's answer about it.
    pub(super) fn get(client: &mut Client, gate: &str, file: &Value) -> Result<Self, Failure> {
        let place: Place = file["place"]
            .as_str()
            .unwrap_or_default()
            .parse()
            .map_err(failed)?;
        let fetched = Self {
            dir: private_folder(place.id())?,
            place,
        };
        if let Some(key) = file["key"].as_str() {
            let blob = STANDARD.decode(key).map_err(failed)?;
            let name = fetched.place.to_string();
            let name = name.trim_end_matches(".rec");
            fetched
                .write("keys", &format!("{name}.age"))?
                .write_all(&blob)?;
        }
        let mut out = fetched.write("recordings", &fetched.place.to_string())?;
        let mut offset = 0;
        loop {
            let request = Request::Fetch {
                gate: gate.to_owned(),
                recording: fetched.place.id().to_string(),
                offset,
            };
            let answer = client.ask(&request)?;
            let bytes = STANDARD
                .decode(answer["bytes"].as_str().unwrap_or_default())
                .map_err(failed)?;
            if bytes.is_empty() {
                return Ok(fetched);
            }
            out.write_all(&bytes)?;
            offset += bytes.len() as u64;
        }
    }

    fn write(&self, branch: &str, name: &str) -> Result<fs::File, Failure> {
        use std::os::unix::fs::OpenOptionsExt;
        let path = self.dir.join(branch).join(name);
        fs::create_dir_all(path.parent().unwrap_or(&self.dir))?;
        let mut options = fs::OpenOptions::new();
        Ok(options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?)
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// The archive and the key of the fetched recording.
    pub(super) fn open(&self, with: Option<&Path>) -> Result<(Archive, Option<Dek>), Failure> {
        let archive = Archive::open(&self.dir).map_err(failed)?;
        if !self.place.sealed() {
            return Ok((archive, None));
        }
        let path = with.ok_or_else(|| {
            Failure::message(Exit::Usage, "the recording is sealed: give --identity")
        })?;
        let dek = archive.dek(&self.place, &identity(path)?).map_err(failed)?;
        Ok((archive, Some(dek)))
    }
}

/// In memory where the session has such a folder; only ciphertext lies there of sealed recordings.
fn private_folder(id: crate::words::RecordingId) -> Result<PathBuf, Failure> {
    use std::os::unix::fs::DirBuilderExt;
    let base = std::env::var_os("XDG_RUNTIME_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let dir = base.join(format!("linetap-{id}-{}", std::process::id()));
    fs::DirBuilder::new()
        .mode(0o700)
        .create(&dir)
        .map_err(|error| failed(format!("{}: {error}", dir.display())))?;
    Ok(dir)
}

/// `linetap listen`.
pub(super) fn listen(args: &ListenArgs) -> Outcome {
    use std::io::IsTerminal;
    if args.device.is_none() && io::stdout().is_terminal() {
        let hint = "sound goes to standard output: give --device to hear it on this machine, or pipe it, \
                    e.g. `linetap listen O-1 | aplay`";
        return Err(Failure::message(Exit::Usage, hint));
    }
    if let Some(path) = &args.identity {
        identity(path)?; // before a row is entered for nothing
    }
    if let Some(device) = &args.device {
        Player::open(named(device)).map_err(|error| Failure::new(Exit::Device, error))?;
    }
    let mut client = client(&args.target)?;
    let request = Request::Listen {
        order: args.order.clone(),
        recording: args.recording.clone(),
        parties: args.parties.clone(),
        head: None,
        signature: None,
    };
    let answer = client.ask(&request)?;
    let playback = answer["playback"].as_str().unwrap_or_default().to_owned();
    let mut player = Listening {
        client: &mut client,
        playback: playback.clone(),
        recording: String::new(),
        from: u64::from(args.from) * u64::from(RATE_HZ),
        to: args
            .to
            .map_or(u64::MAX, |to| u64::from(to) * u64::from(RATE_HZ)),
        at: 0,
    };
    let outcome = player.play(args, &answer);
    let (from, at) = (player.from, player.at);
    let played = if at > from {
        vec![(ms(from), ms(at))]
    } else {
        Vec::new()
    };
    let why = outcome.as_ref().map_or("cut off", |why| why).to_owned();
    let end = Act::End(End {
        playback,
        played,
        why,
    });
    let act = serde_json::to_value(end).map_err(failed)?;
    client.ask(&Request::Act {
        act,
        head: None,
        signature: None,
    })?;
    outcome.map(drop)
}

fn ms(samples: u64) -> u64 {
    samples * 1_000 / u64::from(RATE_HZ)
}

/// The output of `--device`; without a name the system's default.
fn named(device: &str) -> Option<&str> {
    (device != "default").then_some(device)
}

/// Where the sound goes.
enum Ear<'o> {
    /// WAV on standard output.
    Wav(&'o mut dyn Write),
    /// An output of this machine.
    Device(&'o mut Playback),
}

impl Ear<'_> {
    /// Whether it still listens.
    fn hear(&mut self, samples: &[i16]) -> Result<bool, Failure> {
        match self {
            Self::Wav(out) => {
                let bytes: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
                match out.write_all(&bytes) {
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
                    other => other.map(|()| true).map_err(Failure::from),
                }
            }
            Self::Device(output) => {
                let played = output.push(samples);
                played
                    .map(|()| true)
                    .map_err(|error| Failure::new(Exit::Device, error))
            }
        }
    }
}

struct Listening<'c> {
    client: &'c mut Client,
    playback: String,
    recording: String,
    /// Span asked for, and how far it is played: samples.
    from: u64,
    to: u64,
    at: u64,
}

impl Listening<'_> {
    /// Plays to the device or to standard output; says why it ended.
    fn play(&mut self, args: &ListenArgs, answer: &Value) -> Result<&'static str, Failure> {
        let fetched = Fetched::get(self.client, &self.playback, &answer["file"])?;
        self.recording = fetched.place().id().to_string();
        let (archive, dek) = fetched.open(args.identity.as_deref())?;
        let sound = archive
            .sound(fetched.place(), dek.as_ref())
            .map_err(failed)?;
        let samples = answer["samples"].as_u64().unwrap_or(0);
        let span = samples.min(self.to).saturating_sub(self.from);
        if let Some(device) = &args.device {
            let device_failed = |error| Failure::new(Exit::Device, error);
            let mut output =
                Playback::open(named(device), sound.channels()).map_err(device_failed)?;
            let why = self.stream(sound, &mut Ear::Device(&mut output))?;
            if why != "window" {
                output.drain().map_err(device_failed)?;
            }
            return Ok(why);
        }
        let mut out = io::stdout().lock();
        match write_header(&mut out, sound.channels(), span) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok("stopped"),
            other => other?,
        }
        let why = self.stream(sound, &mut Ear::Wav(&mut out))?;
        match out.flush() {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
            _ => Ok(why),
        }
    }

    fn stream(&mut self, mut sound: Sound, ear: &mut Ear<'_>) -> Result<&'static str, Failure> {
        let channels = usize::from(sound.channels());
        let mut position = 0u64;
        let mut blocks = 0u64;
        while let Some(block) = sound.next_block().map_err(failed)? {
            if blocks.is_multiple_of(ASK_EVERY) && !self.is_open() {
                return Ok("window");
            }
            blocks += 1;
            let frames = (block.len() / channels) as u64;
            let first = self.from.saturating_sub(position).min(frames);
            let last = self.to.saturating_sub(position).min(frames);
            let part = first as usize * channels..last.max(first) as usize * channels;
            if !part.is_empty() && !ear.hear(&block[part])? {
                return Ok("stopped");
            }
            position += frames;
            if position > self.from {
                self.at = position.min(self.to);
            }
            if position >= self.to {
                return Ok("stopped");
            }
        }
        Ok("end")
    }

    /// Asks the recorder, whose clock decides.
    fn is_open(&mut self) -> bool {
        let request = Request::Fetch {
            gate: self.playback.clone(),
            recording: self.recording.clone(),
            offset: u64::from(u32::MAX),
        };
        self.client.ask(&request).is_ok()
    }
}

/// RIFF, 16 bits, 8 kHz.
fn write_header(out: &mut impl Write, channels: u8, samples: u64) -> io::Result<()> {
    let frame = u32::from(channels) * 2;
    let data = u32::try_from(samples * u64::from(frame)).unwrap_or(u32::MAX - 36);
    let mut head = Vec::with_capacity(44);
    head.extend_from_slice(b"RIFF");
    head.extend_from_slice(&(data + 36).to_le_bytes());
    head.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0");
    head.extend_from_slice(&u16::from(channels).to_le_bytes());
    head.extend_from_slice(&RATE_HZ.to_le_bytes());
    head.extend_from_slice(&(RATE_HZ * frame).to_le_bytes());
    head.extend_from_slice(&(frame as u16).to_le_bytes());
    head.extend_from_slice(b"\x10\0data");
    head.extend_from_slice(&data.to_le_bytes());
    out.write_all(&head)
}
