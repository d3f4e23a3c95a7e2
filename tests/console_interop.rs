//! The browser's part of the console against this program, both ways: Node opens recordings, keys
//! and passphrase-protected files made here, and what it makes opens here. Needs node and the
//! packages of the committed lock.
//!
//! `LINETAP_WRITE_VECTORS=1 cargo test --test console_interop` writes the committed vectors anew.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use ed25519_dalek::{Signature, VerifyingKey};
use linetap::register::SecretKey;
use linetap::vault::keys::{self, Identity};
use linetap::vault::{Archive, Begin, Place, Tags, Vault};
use linetap::words::{CallId, RecordingId};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const PASSPHRASE: &str = "zażółć gęślą jaźń";
const SIGNED: &str = "linetap-act-1\ncentrala\n00ff\n{\"act\":\"revoke\",\"reason\":\"zażółć\"}";

fn web() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/console/web")
}

fn id(n: u128) -> RecordingId {
    RecordingId(uuid::Uuid::from_u128((n << 64) + 0x0190_0000))
}

/// Two tones and a pause, so that the decoder's prediction and the short last frame are met.
fn pcm(channels: usize) -> Vec<i16> {
    let sample = |at: usize, side: usize| {
        let hertz = [350.0, 440.0][side];
        let swell = if (at / 4_000).is_multiple_of(2) {
            9_000.0
        } else {
            40.0
        };
        (swell * (std::f64::consts::TAU * hertz * at as f64 / 8_000.0).sin()) as i16
    };
    (0..13_700 * channels)
        .map(|at| sample(at / channels, at % channels))
        .collect()
}

fn tags(pairs: &[(&str, &str)]) -> Tags {
    let mut tags = Tags::new();
    for (key, value) in pairs {
        tags.set(key, value);
    }
    tags
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 of the file that `linetap export` writes of a recording.
fn exported(archive: &Archive, place: &Place, director: &Identity) -> String {
    let dek = place
        .sealed()
        .then(|| archive.dek(place, director).unwrap());
    let mut flac = Cursor::new(Vec::new());
    archive.export_flac(place, dek.as_ref(), &mut flac).unwrap();
    hex(&Sha256::digest(flac.into_inner()))
}

/// Cuts a sealed file before its last record, as a crash does.
fn cut(path: &Path) {
    let whole = fs::read(path).unwrap();
    let word = |at: usize| u32::from_le_bytes(whole[at..at + 4].try_into().unwrap()) as usize;
    let mut at = 12 + word(8) + 8;
    while at + 20 + word(at) < whole.len() {
        at += 20 + word(at);
    }
    fs::write(path, &whole[..at]).unwrap();
}

/// One recording, with what is expected of it.
fn record(vault: &Vault, n: u128, channels: u8) -> (Place, Value) {
    let begin = Begin {
        id: id(n),
        call: CallId(uuid::Uuid::from_u128(7)),
        line: "Centrala 1".into(),
        started: "2026-11-23T09:00:00Z".parse().unwrap(),
        channels,
        rules_version: "r".into(),
        tags: tags(&[("LINE", "Centrala 1"), ("CALLER", "525550199")]),
    };
    let pcm = pcm(usize::from(channels));
    let mut recording = vault.begin(&begin).unwrap();
    recording.write(&pcm).unwrap();
    let late = tags(&[
        ("CALLER", "525550142"),
        ("MUTED", "1.5-2.0"),
        ("LINE", "Żółta"),
    ]);
    let closed = recording.finish(&late).unwrap();
    let bytes: Vec<u8> = pcm.iter().flat_map(|s| s.to_le_bytes()).collect();
    let hash = hex(&Sha256::digest(bytes));
    let expected = json!({"recording": id(n).to_string(), "channels": channels, "sha256": hash});
    (closed.place, expected)
}

fn protected(text: &str) -> Vec<u8> {
    let passphrase = age::secrecy::SecretString::from(PASSPHRASE.to_owned());
    let mut recipient = age::scrypt::Recipient::new(passphrase);
    recipient.set_work_factor(10);
    let to = std::iter::once(&recipient as &dyn age::Recipient);
    let mut out = Vec::new();
    let mut writer = age::Encryptor::with_recipients(to)
        .unwrap()
        .wrap_output(&mut out)
        .unwrap();
    writer.write_all(text.as_bytes()).unwrap();
    writer.finish().unwrap();
    out
}

/// Everything Node is given.
fn write_vectors(to: &Path) {
    fs::create_dir_all(to).unwrap();
    let (director, listener) = (Identity::generate(), Identity::generate());
    let scratch = tempfile::tempdir().unwrap();
    let recipients = [director.recipient().to_string()];
    let sealed = Vault::open(&scratch.path().join("sealed"), &recipients).unwrap();
    let mut expected = serde_json::Map::new();
    for (name, n, channels) in [("mono", 1, 1), ("stereo", 2, 2)] {
        let (place, mut of) = record(&sealed, n, channels);
        let path = scratch
            .path()
            .join("sealed/recordings")
            .join(place.to_string());
        fs::copy(&path, to.join(format!("{name}.rec"))).unwrap();
        let blob = sealed.archive().key_blob(&place).unwrap();
        fs::write(to.join(format!("{name}.age")), blob).unwrap();
        let archive = sealed.archive();
        of["flac"] = json!(exported(archive, &place, &director));
        cut(&path);
        of["cut"] = json!(exported(archive, &place, &director));
        expected.insert(name.into(), of);
    }
    let open = Vault::open(&scratch.path().join("open"), &[]).unwrap();
    let (place, mut of) = record(&open, 3, 2);
    let path = scratch
        .path()
        .join("open/recordings")
        .join(place.to_string());
    fs::copy(path, to.join("plain.flac")).unwrap();
    of["flac"] = json!(exported(open.archive(), &place, &director));
    expected.insert("plain".into(), of);
    expected.insert("vendor".into(), json!(Archive::VENDOR));
    fs::write(to.join("director.key"), director.to_file_text().as_bytes()).unwrap();
    fs::write(to.join("listener.key"), listener.to_file_text().as_bytes()).unwrap();
    drop(fs::remove_file(to.join("sign.key")));
    let signing = SecretKey::create(&to.join("sign.key")).unwrap();
    let seed = fs::read_to_string(to.join("sign.key")).unwrap();
    let both = format!("{}{seed}", director.to_file_text().as_str());
    fs::write(to.join("protected.age"), protected(&both)).unwrap();
    expected.insert("recipient".into(), json!(recipients[0]));
    expected.insert(
        "fingerprint".into(),
        json!(director.recipient().fingerprint()),
    );
    expected.insert("passphrase".into(), json!(PASSPHRASE));
    expected.insert(
        "sign".into(),
        json!({"text": SIGNED, "public": signing.public(), "signature": signing.sign(SIGNED)}),
    );
    let text = serde_json::to_string_pretty(&expected).unwrap();
    fs::write(to.join("expected.json"), text + "\n").unwrap();
}

fn node_tests(vectors: Option<&Path>) {
    let tests = ["sound", "keys", "playback", "forms", "medium", "texts"];
    support::node_tests(&web(), &tests, vectors);
}

#[test]
fn the_browser_reads_what_this_program_wrote_once() {
    let committed = web().join("test/vectors");
    if std::env::var_os("LINETAP_WRITE_VECTORS").is_some() {
        write_vectors(&committed);
    }
    node_tests(None);
}

#[test]
fn the_browser_and_this_program_read_each_other_today() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    write_vectors(dir.path());
    node_tests(Some(dir.path()));

    let signature = fs::read_to_string(at("made/signature")).unwrap();
    let public = SecretKey::read(&at("sign.key")).unwrap().public();
    let key = VerifyingKey::from_bytes(&unhex(&public).try_into().unwrap()).unwrap();
    let signature = Signature::from_slice(&unhex(&signature)).unwrap();
    let text = "polecenie Dyrektora – zażółć";
    key.verify_strict(text.as_bytes(), &signature).unwrap();

    let listener = fs::read_to_string(at("listener.key")).unwrap();
    let listener = Identity::from_file_text(&listener).unwrap();
    let blob = fs::read(at("made/mono.listener.age")).unwrap();
    keys::unwrap(&blob, id(1), &listener, &at("made/mono.listener.age")).unwrap();

    new_keys_of_the_browser_serve_the_command_line(dir.path());
}

/// The file that the browser gives a person, opened as `age -d` opens it.
fn new_keys_of_the_browser_serve_the_command_line(dir: &Path) {
    let sealed = fs::read(dir.join("made/keys.age")).unwrap();
    let passphrase = age::secrecy::SecretString::from("długie hasło do kluczy".to_owned());
    let identity = age::scrypt::Identity::new(passphrase);
    let text = age::decrypt(&identity, &sealed).unwrap();
    let path = dir.join("made/keys.txt");
    fs::write(&path, &text).unwrap();
    let public = fs::read_to_string(dir.join("made/keys.public")).unwrap();
    let mut public = public.lines();
    let identity = Identity::from_file_text(std::str::from_utf8(&text).unwrap()).unwrap();
    assert_eq!(
        Some(identity.recipient().to_string().as_str()),
        public.next()
    );
    assert_eq!(
        Some(SecretKey::read(&path).unwrap().public().as_str()),
        public.next()
    );
}

fn unhex(text: &str) -> Vec<u8> {
    let pair = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(pair).collect()
}

#[path = "console/packages.rs"]
mod support;
