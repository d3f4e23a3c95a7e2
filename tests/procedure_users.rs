//! The whole procedure with five Unix users over the real socket: sealed recordings, real age keys,
//! from the report to the printed register, the medium and the deletion. Needs root and a mount
//! namespace (for the groups); says so and passes where it has neither.

#![expect(clippy::print_stdout, reason = "a failing walk shows its steps")]
#![expect(clippy::too_many_lines, reason = "a walk is read from top to bottom")]
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use linetap::index::{CallRow, Entry, Index, RecordingRow, State};
use linetap::vault::keys::Identity;
use linetap::vault::{Archive, Begin, Tags, Vault};
use linetap::words::{CallId, Digits, Direction, RecordingId};

const SOCKET_GROUP: u32 = 3000;
/// Who, user number, group of the role.
const DIRECTOR: (u32, u32) = (2001, 3001);
const GESTOR: (u32, u32) = (2002, 3002);
const ASI: (u32, u32) = (2003, 3003);
const LISTENER: (u32, u32) = (2004, 3004);
const EMPLOYEE: (u32, u32) = (2005, SOCKET_GROUP);

struct Office {
    dir: tempfile::TempDir,
    recorder: Option<Child>,
}

impl Drop for Office {
    fn drop(&mut self) {
        if let Some(child) = &mut self.recorder {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

fn possible() -> bool {
    let root = rustix::process::geteuid().is_root();
    let works = |program: &str, args: &[&str]| {
        let run = Command::new(program)
            .args(args)
            .stderr(Stdio::null())
            .status();
        run.is_ok_and(|status| status.success())
    };
    root && works(
        "unshare",
        &["-m", "mount", "--bind", "/etc/hosts", "/etc/group"],
    ) && works(
        "setpriv",
        &[
            "--reuid",
            "2001",
            "--regid",
            "2001",
            "--clear-groups",
            "true",
        ],
    )
}

impl Office {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let program = dir.path().join("linetap");
        fs::copy(env!("CARGO_BIN_EXE_linetap"), &program).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        for who in [DIRECTOR, GESTOR, ASI, LISTENER, EMPLOYEE, (0, 0)] {
            let home = dir.path().join(who.0.to_string());
            fs::create_dir(&home).unwrap();
            std::os::unix::fs::chown(&home, Some(who.0), Some(who.0)).unwrap();
        }
        let recorder = None;
        Self { dir, recorder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn home(&self, who: (u32, u32), name: &str) -> String {
        self.path(&format!("{}/{name}", who.0))
            .display()
            .to_string()
    }

    /// Runs the program as somebody, without talking to the recorder.
    fn alone(&self, who: (u32, u32), args: &[&str]) -> Output {
        Command::new("setpriv")
            .args(["--reuid", &who.0.to_string(), "--regid", &who.0.to_string()])
            .args(["--groups", &format!("{SOCKET_GROUP},{}", who.1)])
            .arg(self.path("linetap"))
            .args(args)
            .env("TMPDIR", self.home(who, ""))
            .env_remove("XDG_RUNTIME_DIR")
            .current_dir(self.home(who, ""))
            .output()
            .unwrap()
    }

    fn run(&self, who: (u32, u32), args: &[&str]) -> Output {
        let socket = self.path("run/control.sock").display().to_string();
        let args = [args, &["--socket", &socket]].concat();
        self.alone(who, &args)
    }

    fn does(&self, who: (u32, u32), args: &[&str]) -> String {
        let output = self.run(who, args);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {told}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What it says when it refuses.
    fn refused(&self, who: (u32, u32), args: &[&str]) -> String {
        // Not "anything but success": it must be the recorder or the program that says no.
        let output = self.run(who, args);
        assert!(!output.status.success(), "{args:?} was allowed");
        assert!(output.stdout.is_empty(), "{args:?} gave something");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.starts_with("linetap: "), "{args:?}: {told}");
        println!("{}: {} -> {told}", who.0, args.join(" "));
        told
    }

    /// Makes keys; gives recipient and public signing key.
    fn keys(&self, who: (u32, u32)) -> (String, String) {
        let output = self.alone(who, &["designate", "keys", &self.home(who, "keys")]);
        let text = String::from_utf8(output.stdout).unwrap();
        let field = |name: &str| {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().to_owned()
        };
        (field("recipient"), field("key"))
    }

    fn configure(&self, recipient: &str) {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 8_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut wav = hound::WavWriter::create(self.path("silence.wav"), spec).unwrap();
        (0..8_000 * 120).for_each(|_| wav.write_sample(0i16).unwrap());
        wav.finalize().unwrap();
        let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let hours: String = days
            .map(|day| format!("{day} = [\"00:00-24:00\"]\n"))
            .concat();
        let (state, run) = (self.path("state"), self.path("run"));
        fs::create_dir(&run).unwrap();
        let text = format!(
            "[office]\nname = \"Ośrodek <Próba>\"\ntimezone = \"Europe/Warsaw\"\n\
             [paths]\nstate = {state:?}\nsocket = {:?}\n[hours]\n{hours}\
             [vault]\nrecipients = [\"{recipient}\"]\n\
             [[card]]\nname = \"k\"\nreplay = \"silence.wav\"\npace = \"realtime\"\n\
             [[line]]\nname = \"Centrala\"\ncard = \"k\"\nchannels = [0]\nrole = \"trunk\"\n\
             number = \"+48525550100\"\nhook = {{ mode = \"audio\" }}\n",
            run.join("control.sock")
        );
        fs::write(self.path("linetap.toml"), text).unwrap();
    }

    /// A sealed recording of 5 s with its rows; gives call, recording and sound.
    fn record(&self, n: u128, recipient: &str) -> (String, RecordingId, Vec<i16>) {
        let vault = Vault::open(&self.path("state"), &[recipient.to_owned()]).unwrap();
        let mut index = Index::open(&self.path("state/index.sqlite")).unwrap();
        let start = Timestamp::now() - SignedDuration::from_hours(1);
        let id = CallId(uuid::Uuid::from_u128(n << 96));
        let mut call = CallRow::begun(id, "Centrala", start, "Europe/Warsaw");
        call.direction = Direction::Incoming;
        call.caller = Digits::from_text("525550199");
        (call.recorded, call.external) = (true, Some(true));
        call.end = Some(start + SignedDuration::from_secs(5));
        let begin = Begin {
            id: RecordingId(uuid::Uuid::from_u128((n << 96) + 1)),
            call: id,
            line: call.line.clone(),
            started: start,
            channels: 1,
            rules_version: "r".into(),
            tags: Tags::new(),
        };
        let pcm: Vec<i16> = (0..40_000i32)
            .map(|s| (s * 37 % 9_001 - 4_500) as i16)
            .collect();
        let mut recording = vault.begin(&begin).unwrap();
        recording.write(&pcm).unwrap();
        let closed = recording.finish(&Tags::new()).unwrap();
        let row = RecordingRow {
            call: Some(id),
            segment: 0,
            place: Some(closed.place.to_string()),
            state: State::Closed,
            sealed: true,
            samples: Some(closed.samples),
            bytes: Some(closed.bytes),
            sha256: Some(closed.sha256),
            key_sha256: closed.key_sha256,
            due: start + SignedDuration::from_hours(24 * 90),
            ..RecordingRow::begun(begin.id, 1, start)
        };
        index
            .write(&[Entry::Call(call), Entry::Recording(row)])
            .unwrap();
        (id.to_string(), begin.id, pcm)
    }

    fn start(&mut self) {
        let groups = self.path("group");
        let lines = [
            ("director", DIRECTOR.1),
            ("gestor", GESTOR.1),
            ("asi", ASI.1),
            ("listener", LISTENER.1),
        ];
        let text = lines
            .map(|(role, gid)| format!("linetap-{role}:x:{gid}:\n"))
            .concat();
        fs::write(&groups, format!("root:x:0:\n{text}")).unwrap();
        let script = format!(
            "mount --bind {} /etc/group && exec setpriv --regid {SOCKET_GROUP} --clear-groups {} run --config {}",
            groups.display(),
            self.path("linetap").display(),
            self.path("linetap.toml").display()
        );
        let log = fs::File::create(self.path("recorder.log")).unwrap();
        let child = Command::new("unshare")
            .args(["-m", "sh", "-c", &script])
            .stderr(log)
            .spawn();
        self.recorder = Some(child.unwrap());
        let begun = Instant::now();
        while !self.path("run/control.sock").exists() {
            let log = || fs::read_to_string(self.path("recorder.log")).unwrap();
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "no socket: {}",
                log()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

fn samples(wav: &[u8]) -> Vec<i16> {
    let reader = hound::WavReader::new(wav).unwrap();
    reader
        .into_samples()
        .map(|sample| sample.unwrap())
        .collect()
}

fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

fn designations(office: &Office) {
    let (recipient, key) = office.keys(LISTENER);
    let director_key = office.keys_text(DIRECTOR);
    let common = ["--dated", "2026-01-02", "--authorisation", "U/7"];
    let director = [
        "designate",
        "add",
        "--as",
        "director",
        "--number",
        "1/2026",
        "--name",
        "Osoba Kierująca",
        "--post",
        "Dyrektor",
        "--uid",
        "2001",
        "--key",
        &director_key,
    ];
    office.refused(GESTOR, &[&director[..], &common].concat());
    office.does(DIRECTOR, &[&director[..], &common].concat());
    let listener = [
        "designate",
        "add",
        "--number",
        "2/2026",
        "--name",
        "Osoba Słuchająca",
        "--post",
        "inspektor",
        "--uid",
        "2004",
        "--recipient",
        &recipient,
        "--key",
        &key,
    ];
    let made = office.does(DIRECTOR, &[&listener[..], &common].concat());
    assert!(made.starts_with("D-2 "), "{made}");
}

impl Office {
    /// The public signing key of keys made already.
    fn keys_text(&self, who: (u32, u32)) -> String {
        let path = self.path(&format!("{}/keys/sign.key", who.0));
        linetap::register::SecretKey::read(&path).unwrap().public()
    }
}

fn order(office: &Office, call: &str) {
    let employee = [
        "report",
        "add",
        "--ground",
        "e",
        "--by",
        "rozmówca",
        "--text",
        "skarga",
        "--call",
        call,
    ];
    assert!(office.does(EMPLOYEE, &employee).starts_with("R-1 "));
    let key = office.home(DIRECTOR, "keys/sign.key");
    let order = |key: &str| {
        [
            "order",
            "add",
            "--report",
            "R-1",
            "--call",
            call,
            "--listener",
            "D-2",
            "--ground",
            "e",
            "--employee",
            "Osoba Dzwoniąca",
            "--until",
            "2099-01-01",
            "--key",
            key,
        ]
        .map(str::to_owned)
    };
    fn refs(list: &[String]) -> Vec<&str> {
        list.iter().map(String::as_str).collect()
    }
    let own = office.path("asi.key");
    drop(linetap::register::SecretKey::create(&own).unwrap());
    fs::set_permissions(&own, fs::Permissions::from_mode(0o644)).unwrap();
    office.refused(ASI, &refs(&order(own.to_str().unwrap())));
    assert!(
        office
            .refused(DIRECTOR, &refs(&order(own.to_str().unwrap())))
            .contains("not yours")
    );
    assert!(
        office
            .does(DIRECTOR, &refs(&order(&key)))
            .starts_with("O-1 ")
    );
}

fn listening(office: &Office, pcm: &[i16]) {
    let own = office.home(LISTENER, "keys/age.key");
    let listen = ["listen", "O-1", "--identity", &own];
    assert!(office.refused(LISTENER, &listen).contains("5.7"));
    office.refused(
        DIRECTOR,
        &[
            "order",
            "release",
            "O-1",
            "--identity",
            &office.home(DIRECTOR, "keys/age.key"),
        ],
    );
    office.does(GESTOR, &["notice", "O-1", "--given", "osobiście"]);
    assert!(office.refused(LISTENER, &listen).contains("not released"));
    office.does(
        DIRECTOR,
        &[
            "order",
            "release",
            "O-1",
            "--identity",
            &office.home(DIRECTOR, "keys/age.key"),
        ],
    );
    for other in [DIRECTOR, GESTOR, ASI, (0, 0)] {
        office.refused(other, &["listen", "O-1"]);
    }
    assert!(
        office.does(GESTOR, &["register"]).lines().count() == 1,
        "a row without listening"
    );
    let heard = office.run(LISTENER, &listen);
    assert!(
        heard.status.success(),
        "{}",
        String::from_utf8_lossy(&heard.stderr)
    );
    assert_eq!(samples(&heard.stdout), pcm);
    let part = office.run(
        LISTENER,
        &[&listen[..], &["--from", "1", "--to", "2"]].concat(),
    );
    assert_eq!(samples(&part.stdout), pcm[8_000..16_000]);
}

fn row(office: &Office) {
    let key = office.home(LISTENER, "keys/sign.key");
    assert!(
        office
            .refused(LISTENER, &["register", "sign", "P-1", "--key", &key])
            .contains("field f")
    );
    office.does(
        LISTENER,
        &["register", "parties", "P-1", "pracownik; =klientka <X>"],
    );
    office.refused(
        GESTOR,
        &[
            "register",
            "sign",
            "P-1",
            "--key",
            &office.path("asi.key").display().to_string(),
        ],
    );
    office.does(LISTENER, &["register", "sign", "P-1", "--key", &key]);
    office.does(
        LISTENER,
        &[
            "finding",
            "O-1",
            "--confirmed",
            "--text",
            "potwierdzono",
            "--outcome",
            "hold",
        ],
    );
    let rows = office.does(GESTOR, &["register", "--json"]);
    let first: serde_json::Value = serde_json::from_str(rows.lines().next().unwrap()).unwrap();
    assert_eq!(first["played"], serde_json::json!([[0, 5_000]]));
    assert_eq!(
        (first["called"].as_str(), first["calling"].as_str()),
        (Some("+48525550100"), Some("525550199"))
    );
    let html = office.does(GESTOR, &["register", "--html"]);
    for text in [
        "Ośrodek &lt;Próba&gt;",
        "Osoba Słuchająca, inspektor",
        "klientka &lt;X&gt;",
        "Stan wpisu</th><td>kompletny",
        "i) podpis",
    ] {
        assert!(html.contains(text), "{text} in {html}");
    }
    assert!(
        office
            .does(GESTOR, &["register", "--csv"])
            .contains("pracownik; =klientka")
    );
    office.refused(ASI, &["register", "--html"]);
}

fn disclosure(office: &Office, call: &str) {
    let ask = [
        "disclose",
        "ask",
        "--call",
        call,
        "--who",
        "Komenda",
        "--request",
        "W/1",
        "--basis",
        "art. 217 kpk",
    ];
    office.does(GESTOR, &ask);
    let folder = office.home(DIRECTOR, "nosnik");
    let identity = office.home(DIRECTOR, "keys/age.key");
    let export = ["export", "X-1", "--to", &folder, "--identity", &identity];
    office.refused(
        GESTOR,
        &["disclose", "judge", "X-1", "--grant", "--reason", "tak"],
    );
    office.refused(DIRECTOR, &export);
    fs::remove_dir(&folder).unwrap();
    office.does(
        DIRECTOR,
        &["disclose", "judge", "X-1", "--grant", "--reason", "zgoda"],
    );
    office.does(DIRECTOR, &export);
    let check = Command::new("sha256sum")
        .args(["-c", "--quiet", "SHA256SUMS"])
        .current_dir(&folder)
        .status();
    assert!(check.unwrap().success());
    let flac = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let flac: Vec<PathBuf> = flac
        .filter(|path| path.extension().is_some_and(|e| e == "flac"))
        .collect();
    assert_eq!(flac.len(), 1);
    if has("flac") {
        let tested = Command::new("flac")
            .args(["-t", "-s"])
            .arg(&flac[0])
            .status();
        assert!(tested.unwrap().success());
    }
    let protocol = fs::read_to_string(Path::new(&folder).join("protokol.html")).unwrap();
    assert!(protocol.contains("Komenda") && protocol.contains("sha256sum -c"));
    office.does(
        DIRECTOR,
        &[
            "disclose",
            "handed-over",
            "X-1",
            "--to",
            "kurier",
            "--folder",
            &folder,
        ],
    );
    office.refused(
        DIRECTOR,
        &[
            "export",
            "X-1",
            "--to",
            &office.home(DIRECTOR, "drugi"),
            "--identity",
            &identity,
        ],
    );
}

/// A hold that is refused puts the recording on the delete list, and the administrator deletes it.
fn deletion(office: &Office, call: &str, kept: RecordingId, gone: RecordingId) {
    let ask = [
        "hold",
        "ask",
        "--call",
        call,
        "--case",
        "S/1",
        "--basis",
        "kpa",
        "--justification",
        "może",
        "--review",
        "2027-01-01",
    ];
    office.does(GESTOR, &ask);
    office.refused(ASI, &["hold", "delete", &gone.to_string()]);
    office.refused(
        LISTENER,
        &["hold", "judge", "H-1", "--refuse", "--reason", "nie"],
    );
    office.does(
        GESTOR,
        &["hold", "judge", "H-1", "--refuse", "--reason", "nieistotne"],
    );
    assert!(
        office
            .does(ASI, &["register", "todo"])
            .contains(&gone.to_string())
    );
    office.refused(ASI, &["hold", "delete", &kept.to_string()]);
    office.does(ASI, &["hold", "delete"]);
    let begun = Instant::now();
    while !office
        .does(ASI, &["register", "deletions"])
        .contains(&gone.to_string())
    {
        assert!(begun.elapsed() < Duration::from_secs(10), "not deleted");
        std::thread::sleep(Duration::from_millis(100));
    }
    let left = Command::new("find")
        .arg(office.path("state"))
        .args(["-name", &format!("{gone}*")])
        .output();
    assert!(left.unwrap().stdout.is_empty());
}

#[test]
fn five_people_from_the_report_to_the_printed_register() {
    if !possible() {
        println!("skipped: needs root, unshare -m and setpriv");
        return;
    }
    let mut office = Office::new();
    let (recipient, _) = office.keys(DIRECTOR);
    office.configure(&recipient);
    let (call, recording, pcm) = office.record(0xa1, &recipient);
    let (second, other, _) = office.record(0xb2, &recipient);
    office.start();
    designations(&office);
    order(&office, &call);
    listening(&office, &pcm);
    row(&office);
    disclosure(&office, &call);
    deletion(&office, &second, recording, other);
    let director = ["suspend", "add", "--reason", "awaria komunikatu"];
    office.refused(ASI, &director);
    office.does(DIRECTOR, &director);
    assert!(office.does(ASI, &["suspend", "list"]).contains("awaria"));
    let note = office.does(ASI, &["register", "checkpoint"]);
    office.does(ASI, &["suspend", "list"]);
    office.does(
        DIRECTOR,
        &["suspend", "end", "S-1", "--reason", "naprawiono"],
    );
    office.does(ASI, &["register", "verify", "--checkpoint", &note]);
    nobody_else_opens_it(&office, recording);
}

/// Root reads every file there is, the released wrapping included, and has no key.
fn nobody_else_opens_it(office: &Office, recording: RecordingId) {
    let archive = Archive::open(&office.path("state")).unwrap();
    let index = linetap::index::Reader::open(&office.path("state/index.sqlite")).unwrap();
    let row = index.recording(recording).unwrap().unwrap();
    let place = row.place.unwrap().parse().unwrap();
    assert!(archive.dek(&place, &Identity::generate()).is_err());
    assert!(archive.sound(&place, None).is_err());
    let wrapped = archive.wrapping(&place, "O-1").unwrap().expect("released");
    let path = Path::new("O-1");
    let root = linetap::vault::keys::unwrap(&wrapped, recording, &Identity::generate(), path);
    assert!(root.is_err());
    let text = fs::read_to_string(office.path(&format!("{}/keys/age.key", LISTENER.0))).unwrap();
    let listener = Identity::from_file_text(&text).unwrap();
    assert!(linetap::vault::keys::unwrap(&wrapped, recording, &listener, path).is_ok());
}
