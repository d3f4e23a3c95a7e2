//! What the fuzz targets of files and words do with their input. `tests/parser_corpus.rs` does the
//! same with the corpora, so that every input that once found something is tried at each test run.

#![allow(dead_code, reason = "each target uses one of the entries")]

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::sync::LazyLock;

use aead_stream::{NewStream, StreamBE32, StreamPrimitive};
use chacha20poly1305::XChaCha20Poly1305;
use linetap::capture::{Pacing, Read, Replay, Source};
use linetap::config::{Config, Profile};
use linetap::control::Request;
use linetap::register::{Checkpoint, Log, New, Register, SecretKey};
use linetap::signal::caller_id::{self, NAME_MAX};
use linetap::signal::{Analyzer, HookMode, LineSetup, Volts};
use linetap::vault::keys::{self, Identity};
use linetap::vault::{Archive, Depth, Expected, Place, Vault};
use linetap::words::{Digits, RecordingId};
use serde_json::Value;

/// Most frames of one replayed input: beyond, nothing new is tried.
const MOST_READS: usize = 10_000;

/// A configuration: refused with places and remedies, or checked as a whole.
pub(crate) fn config(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Config::parse(&text, "fuzz.toml") {
        Ok(config) => {
            assert!(config.version().len() >= 8);
            for (card, _) in config.cards.iter().enumerate() {
                for (_, line) in config.lines_of(card) {
                    assert!(!line.channels.is_empty());
                }
            }
            // What was accepted is accepted again: nothing depends on an earlier reading.
            assert!(Config::parse(&text, "fuzz.toml").is_ok());
        }
        Err(problems) => assert!(problems.to_string().contains("fuzz.toml")),
    }
}

/// A hardware profile.
pub(crate) fn profile(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Err(problems) = Profile::parse(&text, "fuzz.toml") {
        assert!(problems.to_string().contains("fuzz.toml"));
    }
}

/// A line of the control socket: what is understood survives the way back. The last bit of a fraction may
/// not, which serde_json reads to the nearest but one: an act, kept as it came, may hold one; none does
/// that is carried out.
pub(crate) fn wire(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(request) = Request::parse(&text) {
        let line = request.to_line();
        let again = Request::parse(&line).expect("what was understood is understood again");
        let sent: Value = serde_json::from_str(&line).expect("JSON");
        assert!(again == request || holds_fraction(&sent), "{line}");
    }
}

fn holds_fraction(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(values) => values.iter().any(holds_fraction),
        Value::Object(fields) => fields.values().any(holds_fraction),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

/// A file played as a card (WAV, RF64, FLAC, e1-tracer): reading ends, and never gives more than
/// the buffer holds.
pub(crate) fn replay(data: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("input");
    fs::write(&path, data).expect("an input");
    let Ok(mut replay) = Replay::open(&path, None, Pacing::Max) else {
        return;
    };
    let format = replay.format();
    assert!(format.channels > 0 && format.rate > 0);
    let width = usize::from(format.channels) * format.encoding.bytes();
    let mut buffer = vec![0; replay.period_frames() * width];
    for _ in 0..MOST_READS {
        match replay.read(&mut buffer) {
            Read::Frames { frames, .. } => assert!((1..=replay.period_frames()).contains(&frames)),
            Read::Ended => return,
            Read::Lost { .. } | Read::Idle | Read::DeviceLost { .. } => {}
        }
    }
}

/// A caller-ID message with the input as its body and length and sum set right, then the same octets
/// as samples into all detectors of two lines.
pub(crate) fn caller_id(data: &[u8]) {
    drop(caller_id::parse(data));
    for kind in [0x04, 0x80] {
        let body = &data[..data.len().min(255)];
        let mut message = [&[kind, body.len() as u8], body].concat();
        let sum = message
            .iter()
            .fold(0u8, |sum, octet| sum.wrapping_add(*octet));
        message.push(sum.wrapping_neg());
        let Ok(message) = caller_id::parse(&message) else {
            continue;
        };
        let shown = format!("{:?}", message.caller);
        assert!(shown.len() <= 64 + (Digits::MAX + NAME_MAX) * 8, "{shown}");
        assert!(!shown.chars().any(char::is_control), "{shown}");
    }
    let line = |audio, hook| LineSetup {
        audio,
        other: None,
        hook,
    };
    let volts = Volts::default();
    let lines = [
        line(0, HookMode::Audio),
        line(1, HookMode::Sense { channel: 2, volts }),
    ];
    let mut analyzer = Analyzer::new(&lines, 3);
    let (octets, _) = data.as_chunks::<6>();
    let frames: Vec<i16> = octets
        .iter()
        .flat_map(|six| [0, 2, 4].map(|at| i16::from_le_bytes([six[at], six[at + 1]])))
        .collect();
    for block in frames.chunks(3 * 61) {
        analyzer.push(block, &mut |place, _| assert!(place < 2));
    }
    analyzer.gap(77, &mut |_, _| {});
    analyzer.finish(&mut |_, _| {});
}

const DAY: &str = "2026/11/23";
const ID: &str = "0193569a-0000-7000-8000-000000000001";
const DEK: [u8; 32] = [7; 32];

/// The key of the container that the target seals, wrapped to an identity of its own.
static KEY: LazyLock<(Identity, Vec<u8>)> = LazyLock::new(|| {
    let identity = Identity::generate();
    let recipient: age::x25519::Recipient = identity
        .recipient()
        .to_string()
        .parse()
        .expect("a recipient");
    let id: RecordingId = ID.parse().expect("an id");
    let plain = [DEK.as_slice(), id.0.as_bytes()].concat();
    let blob = age::encrypt(&recipient, &plain).expect("a wrapping");
    (identity, blob)
});

fn with_sum(mut bytes: Vec<u8>) -> Vec<u8> {
    let sum = blake3::hash(&bytes);
    bytes.extend_from_slice(&sum.as_bytes()[..8]);
    bytes
}

/// A container whose sums and seals are right and whose content is the input's: records of
/// `samples u8, length u8, content`, the last one marked as the last if the first octet is odd.
fn sealed(data: &[u8]) -> Vec<u8> {
    let nonce = [9u8; 19];
    let json = format!(
        r#"{{"id":"{ID}","call":"{ID}","line":"L","started":"2026-11-23T09:00:00Z","channels":{},"rate":8000,"codec":"flac","rules":"r","nonce":"{}","recipients":[]}}"#,
        data.first().map_or(1, |octet| octet >> 6),
        "09".repeat(19),
    );
    let head = [
        b"LTREC\x01\r\n".as_slice(),
        &(json.len() as u32).to_le_bytes(),
        json.as_bytes(),
    ];
    let mut file = with_sum(head.concat());
    let header = *blake3::hash(&file).as_bytes();
    let stream = StreamBE32::<XChaCha20Poly1305>::new((&DEK).into(), (&nonce).into());
    let (mut rest, mut sequence) = (data.get(1..).unwrap_or_default(), 0u32);
    while let [samples, length, after @ ..] = rest {
        let (content, after) = after.split_at(after.len().min(usize::from(*length)));
        let last = after.len() < 2 && data[0] & 1 == 1;
        let word = sequence | u32::from(last) << 31;
        let samples = u32::from(*samples) * 16;
        let known = [
            header.as_slice(),
            &word.to_le_bytes(),
            &samples.to_le_bytes(),
        ]
        .concat();
        let mut sealed = content.to_vec();
        stream
            .encrypt_in_place(sequence, last, &known, &mut sealed)
            .expect("room in a vector");
        let parts = [sealed.len() as u32, word, samples].map(u32::to_le_bytes);
        file.extend(with_sum([parts.as_flattened(), &sealed].concat()));
        (rest, sequence) = (after, sequence + 1);
    }
    file
}

/// A recording's file as a crash or a hand may leave it: recovery, verification, opening and export
/// say what is wrong, and recovering twice changes nothing more.
pub(crate) fn vault(data: &[u8]) {
    let Some((mode, data)) = data.split_first() else {
        return;
    };
    let (ending, content) = match mode % 3 {
        0 => ("rec", data.to_vec()),
        1 => ("rec", sealed(data)),
        _ => ("flac", data.to_vec()),
    };
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let part = if mode & 0x80 == 0 { "" } else { ".part" };
    let (identity, blob) = &*KEY;
    drop(Vault::open(root, &[identity.recipient().to_string()]).expect("a vault"));
    for (branch, name, bytes) in [
        ("recordings", format!("{ID}.{ending}{part}"), &content),
        ("keys", format!("{ID}.age"), blob),
    ] {
        let day = root.join(branch).join(DAY);
        fs::create_dir_all(&day).expect("a day");
        fs::write(day.join(name), bytes).expect("a file");
    }
    let vault = Vault::open(root, &[identity.recipient().to_string()]).expect("a vault");
    drop(vault.recover().expect("directories can be read"));
    let again = vault.recover().expect("directories can be read");
    assert!(
        again.iter().all(|recovered| recovered.outcome.is_err()),
        "twice recovered"
    );
    read_back(
        vault.archive(),
        &format!("{DAY}/{ID}.{ending}").parse().expect("a place"),
        identity,
    );
}

fn read_back(archive: &Archive, place: &Place, identity: &Identity) {
    let mut expected = Vec::new();
    let mut visit = |place: Place, found: Result<linetap::vault::Found, _>| {
        expected.extend(found.ok().map(|found| Expected {
            place,
            open: false,
            bytes: Some(found.bytes),
            sha256: Some(found.sha256),
            key_sha256: found.key_sha256,
        }));
    };
    archive.scan(&mut visit).expect("directories can be read");
    drop(
        archive
            .verify(expected, Depth::Full)
            .expect("directories can be read"),
    );
    let dek = archive.dek(place, identity).ok();
    let mut out = Cursor::new(Vec::new());
    if let Ok(exported) = archive.export_flac(place, dek.as_ref(), &mut out) {
        assert!((1..=2).contains(&exported.channels));
        drop(claxon::FlacReader::new(Cursor::new(out.into_inner())));
    }
    drop(archive.export_wav(place, dek.as_ref(), &mut Cursor::new(Vec::new())));
}

/// The register's log: raw files, or entries whose chain is right and whose bodies are the input's
/// lines. What was opened once opens again and is the same.
pub(crate) fn log(data: &[u8]) {
    let Some((mode, data)) = data.split_first() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("register");
    let open = || Register::open(&dir, "office/site", jiff::tz::TimeZone::UTC);
    if mode % 2 == 0 {
        fs::create_dir(&dir).expect("a folder");
        let mut parts = data.splitn(3, |octet| *octet == 0);
        for name in ["log", "bodies", "head"] {
            fs::write(dir.join(name), parts.next().unwrap_or_default()).expect("a file");
        }
        drop(open());
        return;
    }
    let entered = {
        let (mut log, _) = Log::open(&dir, "office/site").expect("an empty log");
        for line in data.split(|octet| *octet == b'\n').take(32) {
            let body = String::from_utf8_lossy(line).into_owned();
            let kind = serde_json::from_str::<Value>(&body)
                .ok()
                .and_then(|body| Some(body.get("act")?.as_str()?.to_owned()))
                .filter(|kind| {
                    !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
                })
                .unwrap_or_else(|| "decide".to_owned());
            let _ = log.append(New {
                ms: 1_795_000_000_000,
                actor: "uid:1001".into(),
                role: "director".into(),
                kind,
                body,
            });
        }
        (log.size(), log.head())
    };
    let size = |register: &Register| (register.log().size(), register.log().head());
    if let Ok(register) = open() {
        assert_eq!(size(&register), entered);
        drop(register);
        assert_eq!(size(&open().expect("it opened before")), entered);
    }
}

/// A checkpoint from paper or mail.
pub(crate) fn note(data: &[u8]) {
    static PUBLIC: LazyLock<String> = LazyLock::new(|| {
        let folder = tempfile::tempdir().expect("a folder");
        SecretKey::create(&folder.path().join("key"))
            .expect("a key")
            .public()
    });
    let text = String::from_utf8_lossy(data);
    assert!(
        Checkpoint::open(&text, &PUBLIC).is_err(),
        "a note that nobody signed"
    );
}

/// A key's wrapping: refused with a reason, never more.
pub(crate) fn wrapping(data: &[u8]) {
    let (identity, blob) = &*KEY;
    let id: RecordingId = ID.parse().expect("an id");
    let opened = keys::unwrap(data, id, identity, Path::new("fuzz.age")).is_ok();
    // Whoever knows the recipient can wrap; that this input does so by chance cannot be.
    assert!(!opened || data == blob.as_slice());
    drop(Identity::from_file_text(&String::from_utf8_lossy(data)));
}
