//! The whole procedure with five Unix users over the real socket: sealed recordings, real age keys,
//! from the report to the printed register, the medium and the deletion. Needs root and a mount
//! namespace (for the groups); says so and passes where it has neither.

#![expect(clippy::print_stdout, reason = "a failing walk shows its steps")]
#![expect(clippy::too_many_lines, reason = "a walk is read from top to bottom")]
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod closed_row;
#[path = "alsa/speaker.rs"]
mod speaker;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use closed_row::closed_row;
use jiff::{SignedDuration, Timestamp};
use linetap::index::{CallRow, Entry, Index};
use linetap::vault::keys::Identity;
use linetap::vault::{Archive, Begin, Tags, Vault};
use linetap::words::{CallId, Digits, Direction, RecordingId};
use speaker::Speaker;

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
        self.as_somebody(who).args(args).output().unwrap()
    }

    fn as_somebody(&self, who: (u32, u32)) -> Command {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid", &who.0.to_string(), "--regid", &who.0.to_string()])
            .args(["--groups", &format!("{SOCKET_GROUP},{}", who.1)])
            .arg(self.path("linetap"))
            .env("TMPDIR", self.home(who, ""))
            .env_remove("XDG_RUNTIME_DIR")
            .current_dir(self.home(who, ""));
        command
    }

    fn run(&self, who: (u32, u32), args: &[&str]) -> Output {
        self.command(who, args).output().unwrap()
    }

    /// The program as somebody, asking the recorder.
    fn command(&self, who: (u32, u32), args: &[&str]) -> Command {
        let mut command = self.as_somebody(who);
        command
            .args(args)
            .arg("--socket")
            .arg(self.path("run/control.sock"));
        command
    }

    /// One line over the socket as somebody, as `socat` would send it. Debian's own Python by its path:
    /// one that comes first in root's PATH may lie where nobody else reads.
    fn asks(&self, who: (u32, u32), line: &str) -> String {
        let script = "import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\n\
                      s.sendall(sys.argv[2].encode()+b'\\n')\nprint(s.makefile().readline())";
        let done = Command::new("setpriv")
            .args(["--reuid", &who.0.to_string(), "--regid", &who.0.to_string()])
            .args(["--groups", &format!("{SOCKET_GROUP},{}", who.1)])
            .args(["/usr/bin/python3", "-c", script])
            .arg(self.path("run/control.sock"))
            .arg(line)
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        String::from_utf8(done.stdout).unwrap()
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
             place = \"Bydgoszcz\"\naddress = \"ul. Próbna 1, 85-000 Bydgoszcz\"\n\
             contact = \"tel. 52 555 01 00\"\n\
             regulation = \"Zarządzenia Nr 59/2023 Dyrektora z dnia 18 lipca 2023 r.\"\n\
             data_protection_officer = \"iod@proba.example\"\n\
             legal_basis = \"art. 6 ust. 1 lit. e RODO\"\n\
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
        let row = closed_row(&begin, &closed);
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
    nothing_leaves_without_an_order(&office, &call, recording);
    order(&office, &call);
    listening(&office, &pcm);
    row(&office);
    on_this_machine(&office, &call);
    disclosure(&office, &call);
    access_request(&office, recording, other);
    papers(&office);
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
    root_finds_no_sound(&office, &pcm);
}

/// `listen --device`: the sound comes out of the listener's machine, and stops with the window, which
/// is asked for every second.
fn on_this_machine(office: &Office, call: &str) {
    let Some(speaker) = Speaker::build(8_000).map(Speaker::for_everybody) else {
        return;
    };
    let zone = jiff::tz::TimeZone::get("Europe/Warsaw").unwrap();
    let until = Timestamp::now() + SignedDuration::from_secs(20);
    let until = until
        .to_zoned_datetime(zone)
        .strftime("%Y-%m-%d %H:%M:%S")
        .to_string();
    let (sign, age) = (
        office.home(DIRECTOR, "keys/sign.key"),
        office.home(DIRECTOR, "keys/age.key"),
    );
    let order = [
        "order",
        "add",
        "--call",
        call,
        "--listener",
        "D-2",
        "--ground",
        "a",
        "--employee",
        "Osoba Dzwoniąca",
        "--until",
        &until,
        "--key",
        &sign,
    ];
    assert!(office.does(DIRECTOR, &order).starts_with("O-2 "));
    office.does(
        LISTENER,
        &["notice", "O-2", "--absent", "urlop do końca miesiąca"],
    );
    office.does(DIRECTOR, &["order", "release", "O-2", "--identity", &age]);
    let own = office.home(LISTENER, "keys/age.key");
    let listen = ["listen", "O-2", "--identity", &own, "--device", "alsa:port"];
    let (name, file) = speaker.environment();
    let heard = office
        .command(LISTENER, &listen)
        .env(name, &file)
        .output()
        .unwrap();
    assert!(
        heard.status.success(),
        "{}",
        String::from_utf8_lossy(&heard.stderr)
    );
    assert!(heard.stdout.is_empty(), "not to standard output");
    let loud = |from: usize| {
        speaker.played()[0][from..]
            .iter()
            .filter(|s| s.abs() > 500)
            .count()
    };
    assert!(loud(0) > 20_000, "5 s of sound: {}", loud(0));
    let (before, mut stopped) = (speaker.played()[0].len(), false);
    while !stopped {
        let heard = office
            .command(LISTENER, &listen)
            .env(name, &file)
            .output()
            .unwrap();
        stopped = !heard.status.success();
    }
    let rows = office.does(GESTOR, &["register", "--json"]);
    let last: serde_json::Value = serde_json::from_str(rows.lines().last().unwrap()).unwrap();
    let played = last["played"][0][1].as_u64().unwrap_or(0);
    assert!(
        last["ended"] == "window" && played < 5_000 || last["ended"] == "end",
        "the window's end stops the sound or comes after it: {last}"
    );
    assert!(speaker.played()[0].len() >= before);
    let todo = office.does(GESTOR, &["register", "todo"]);
    assert!(todo.contains("po powrocie"), "§5.7: {todo}");
    office.does(
        LISTENER,
        &["notice", "O-2", "--given", "osobiście, po powrocie"],
    );
}

/// Every request that could carry audio, by everybody, before there is an order.
fn nothing_leaves_without_an_order(office: &Office, call: &str, recording: RecordingId) {
    let everybody = [DIRECTOR, GESTOR, ASI, LISTENER, EMPLOYEE, (0, 0)];
    let recording = recording.to_string();
    let fetch = |gate: &str| {
        format!(
            "{{\"request\":\"fetch\",\"gate\":\"{gate}\",\"recording\":\"{recording}\",\"offset\":0}}"
        )
    };
    let requests = [
        "{\"request\":\"listen\",\"order\":\"O-1\"}".to_owned(),
        "{\"request\":\"export\",\"disclosure\":\"X-1\"}".to_owned(),
        "{\"request\":\"keys\",\"of\":\"O-1\"}".to_owned(),
        fetch("P-1"),
        fetch("X-1"),
        fetch(""),
        fetch(&recording),
        fetch(call),
        format!("{{\"request\":\"audio\",\"recording\":\"{recording}\"}}"),
        "{\"request\":\"act\",\"act\":{\"act\":\"export\",\"disclosure\":\"X-1\"}}".to_owned(),
        "{\"request\":\"act\",\"act\":{\"act\":\"release\",\"order\":\"O-1\"}}".to_owned(),
    ];
    for who in everybody {
        for request in &requests {
            let answer = office.asks(who, request);
            assert!(
                answer.contains("\"ok\":false"),
                "{} {request}: {answer}",
                who.0
            );
            assert!(
                !answer.contains("\"bytes\""),
                "{} {request}: {answer}",
                who.0
            );
        }
    }
    let log = fs::read_to_string(office.path("state/register/log")).unwrap();
    for kind in [" begin ", " export ", " release "] {
        assert!(!log.contains(kind), "no row was entered: {kind}");
    }
}

/// Art. 15: all calls of a number are found, held, exported, and the answer is logged.
fn access_request(office: &Office, first: RecordingId, second: RecordingId) {
    let ask = [
        "disclose",
        "ask",
        "--person-number",
        "525550199",
        "--who",
        "Osoba Wnioskująca",
        "--request",
        "pismo z dnia 20 listopada 2026 r.",
        "--basis",
        "art. 15 RODO",
    ];
    office.refused(LISTENER, &ask);
    assert!(office.does(GESTOR, &ask).starts_with("X-2 "));
    office.refused(GESTOR, &["register", "document", "X-2"]);
    let list = office.does(GESTOR, &["disclose", "list", "--json"]);
    let last = list.lines().last().unwrap();
    for id in [first, second] {
        assert!(last.contains(&id.to_string()), "every call of the number");
    }
    office.does(
        DIRECTOR,
        &[
            "disclose",
            "judge",
            "X-2",
            "--grant",
            "--reason",
            "wniosek zasadny",
        ],
    );
    let folder = office.home(DIRECTOR, "odpowiedz");
    let identity = office.home(DIRECTOR, "keys/age.key");
    office.does(
        DIRECTOR,
        &[
            "export",
            "X-2",
            "--to",
            &folder,
            "--identity",
            &identity,
            "--wav",
        ],
    );
    let answer = fs::read_to_string(Path::new(&folder).join("odpowiedz.html")).unwrap();
    let answer = answer.replace('\u{a0}', " ");
    for text in [
        "Osoba Wnioskująca",
        "2 rozmów telefonicznych",
        "iod@proba.example",
        "przez 3 miesiące od dnia nagrania",
        "art. 6 ust. 1 lit. e RODO",
    ] {
        assert!(answer.contains(text), "{text}");
    }
    let wavs = fs::read_dir(&folder).unwrap().filter(|entry| {
        let path = entry.as_ref().unwrap().path();
        path.extension().is_some_and(|end| end == "wav")
    });
    assert_eq!(wavs.count(), 2);
    office.does(
        DIRECTOR,
        &[
            "disclose",
            "handed-over",
            "X-2",
            "--to",
            "listem poleconym",
            "--folder",
            &folder,
        ],
    );
    let list = office.does(GESTOR, &["disclose", "list"]);
    assert!(list.contains("listem poleconym"), "{list}");
}

/// Every document, as its reader gets it. `LINETAP_PAPERS=DIR` keeps them, to be looked at.
fn papers(office: &Office) {
    let report = [
        "report",
        "add",
        "--ground",
        "a",
        "--by",
        "Osoba Dzwoniąca",
        "--text",
        "krzyk",
    ];
    office.does(EMPLOYEE, &report);
    let refusal = [
        "report",
        "refuse",
        "R-2",
        "--reason",
        "nie wskazano rozmowy",
    ];
    office.does(DIRECTOR, &refusal);
    let config = office.path("linetap.toml").display().to_string();
    let documents: [(&str, &[&str], &[&str]); 12] = [
        (
            "polecenie",
            &["register", "document", "O-1"],
            &[
                "Polecenie odsłuchania nagrania rozmowy telefonicznej nr O-1",
                "Osoba Słuchająca, inspektor",
                "Zarządzenia Nr 59/2023",
            ],
        ),
        (
            "zawiadomienie",
            &["register", "document", "O-1", "--notice"],
            &["dokonano odsłuchania nagrania", "§ 5 ust. 7"],
        ),
        (
            "odmowa",
            &["register", "document", "R-2"],
            &["nie wskazano rozmowy", "nie znajduję podstaw"],
        ),
        (
            "wypis",
            &["register", "document", "X-1"],
            &["Wypis z rejestru udostępnień", "Komenda"],
        ),
        (
            "odpowiedz",
            &["register", "document", "X-2"],
            &["Odpowiedź na wniosek o dostęp"],
        ),
        (
            "ewidencja",
            &["register", "--html"],
            &[
                "a) numer telefonu, na który było wykonane połączenie",
                "Ewidencja obejmuje ",
            ],
        ),
        (
            "usuniecia",
            &["register", "deletions"],
            &["Raport z usuwania nagrań"],
        ),
        (
            "punkt",
            &["register", "checkpoint", "--html"],
            &["Punkt kontrolny dziennika"],
        ),
        (
            "komunikat",
            &["announcement", "text", "--html"],
            &["Załącznik nr 1", "Tu Ośrodek &lt;Próba&gt;"],
        ),
        (
            "klauzula",
            &["announcement", "clause", "--html"],
            &["Załącznik nr 2", "Moniuszki 1A"],
        ),
        (
            "komunikat-brak",
            &["announcement", "missing", "--html"],
            &["Nie stwierdzono."],
        ),
        ("todo", &["order", "list"], &["O-1"]),
    ];
    for (name, args, texts) in documents {
        let page = match args[..2] {
            ["announcement", "text" | "clause"] => {
                let all = [args, &["--config", &config]].concat();
                String::from_utf8(office.alone((0, 0), &all).stdout).unwrap()
            }
            _ => office.does(GESTOR, args),
        };
        let plain = page.replace('\u{a0}', " ");
        for text in texts {
            assert!(plain.contains(text), "{name}: {text} in {page}");
        }
        if let Some(dir) = std::env::var_os("LINETAP_PAPERS") {
            fs::write(Path::new(&dir).join(format!("{name}.html")), &page).unwrap();
        }
    }
    if let Some(dir) = std::env::var_os("LINETAP_PAPERS") {
        let from = office.home(DIRECTOR, "nosnik/protokol.html");
        fs::copy(from, Path::new(&dir).join("protokol.html")).unwrap();
    }
    // The recorder keeps a checkpoint of each day by itself, and the log is as it says.
    let kept: Vec<_> = fs::read_dir(office.path("state/register/checkpoints"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(kept.len() >= 2, "a note and a page of each day");
    // Not today's: it may have become another since.
    let day = kept[0].file_stem().unwrap().to_str().unwrap();
    let note = office.does(GESTOR, &["register", "checkpoint", "--day", day]);
    let verified = office.does(ASI, &["register", "verify", "--checkpoint", &note]);
    assert!(verified.contains("wpisów"), "{verified}");
    let mut other = note.into_bytes();
    let at = other.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    other[at] = if other[at] == b'9' { b'8' } else { b'9' };
    let other = String::from_utf8(other).unwrap();
    assert!(
        !office
            .run(ASI, &["register", "verify", "--checkpoint", &other])
            .status
            .success()
    );
}

/// Root reads every byte of the state: no file is plain sound, and none holds a stretch of it.
fn root_finds_no_sound(office: &Office, pcm: &[i16]) {
    let stretch: Vec<u8> = pcm[16_000..16_064]
        .iter()
        .flat_map(|s| s.to_le_bytes())
        .collect();
    let found = Command::new("find")
        .arg(office.path("state"))
        .args(["-type", "f"])
        .output()
        .unwrap();
    let mut sealed = 0;
    for path in String::from_utf8(found.stdout).unwrap().lines() {
        let bytes = fs::read(path).unwrap();
        sealed += u32::from(path.ends_with(".rec"));
        assert!(
            !bytes.windows(4).any(|four| four == b"fLaC"),
            "{path} holds FLAC"
        );
        assert!(
            !bytes.windows(stretch.len()).any(|part| part == stretch),
            "{path} holds sound"
        );
    }
    assert!(sealed >= 1, "there is a recording to look at");
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
