//! What a configuration says is what the recorder gets: every key of the contract, and every default.

use linetap::config::{CardSource, Config, Hook, Lines, Pace, RecordFrom};
use linetap::rules::LineRole;
use linetap::words::Direction;

const SMALLEST: &str = r#"
[office]
name = "Ośrodek"
timezone = "Europe/Warsaw"
"#;

const CONTRACT: &str = r#"
[office]
name = "Miejski Ośrodek Pomocy Społecznej w Bydgoszczy"
site = "centrala"
timezone = "Europe/Warsaw"

[paths]
state = "/srv/linetap"
socket = "/run/other.sock"

[hours]
mon = ["07:30-15:30"]
tue = ["12:30-17:00", "07:30-12:00"]
holidays = "PL"
closed = ["2026-12-31"]
at_opening = "join"
at_closing = "finish"
[hours.open]
"2026-12-19" = ["08:00-12:00"]

[retention]
months = 6

[numbering]
internal = ["[2-4]XX", "9XXX"]
outside_prefix = "0"
country = "48"

[vault]
recipients = ["age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"]
pre_roll_ms = 500
flac_level = 8

[[card]]
name = "trunks"
device = "hw:CARD=Tap,DEV=0"
profile = "generic-usb-8"

[[card]]
name = "file"
replay = "calls.wav"
pace = "max"
start = "2026-11-23T09:00:00"

[[card]]
name = "toy"
exchange = 8
seed = 7

[[line]]
name = "Centrala 1"
card = "trunks"
channels = [0]
role = "trunk"
number = "+48523730000"
hook = { mode = "audio" }

[[line]]
name = "Pokój 12"
card = "file"
channels = [2, 3]
role = "extension"
hook = { mode = "dc", volts_full_scale = 150.0, off_hook_below = 20.0, dead_below = 3.0 }

[[line]]
name = "Pokój 13"
card = "toy"
channels = [0]
role = "extension"
hook = { mode = "sense", channel = 1, volts_full_scale = 150, off_hook_below = 20, dead_below = 3 }
"#;

fn parsed(text: &str) -> Config {
    Config::parse(text, "linetap.toml").unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
fn the_smallest_file_gets_every_default() {
    let config = parsed(SMALLEST);
    assert_eq!(config.office.site, "centrala");
    assert_eq!(config.paths.state.to_str(), Some("/var/lib/linetap"));
    assert_eq!(
        config.paths.socket.to_str(),
        Some("/run/linetap/control.sock")
    );
    assert_eq!(config.retention.months, 3);
    assert_eq!(config.vault.pre_roll_ms, 2_000);
    assert_eq!(config.vault.flac_level, None);
    assert!(config.vault.recipients.is_empty());
    assert_eq!(config.numbering.outside_prefix(), "0");
    assert_eq!(config.numbering.country(), "48");
    assert!(config.cards.is_empty() && config.lines.is_empty());
    let error = config.require_hours().expect_err("no hours").to_string();
    assert!(error.contains("linetap.toml: no [hours]"), "{error}");
}

#[test]
fn every_key_of_the_contract_arrives() {
    let config = parsed(CONTRACT);
    assert_eq!(config.paths.socket.to_str(), Some("/run/other.sock"));
    assert_eq!(config.retention.months, 6);
    assert_eq!(config.vault.recipients.len(), 1);
    assert_eq!(config.cards.len(), 3);
    let CardSource::Replay { path, pace, start } = &config.cards[1].source else {
        panic!("{:?}", config.cards[1]);
    };
    assert_eq!((path.to_str(), *pace), (Some("calls.wav"), Pace::Max));
    let start = start.expect("virtual time");
    assert_eq!(
        start.to_string(),
        "2026-11-23T08:00:00Z",
        "local time of the office"
    );
    assert!(matches!(
        config.cards[2].source,
        CardSource::Exchange {
            lines: 8,
            seed: 7,
            ..
        }
    ));
    let hours = config.require_hours().expect("hours");
    assert!(hours.open_at(start));
    let spans = hours.spans("2026-11-24".parse().expect("a Tuesday"));
    assert_eq!(spans.len(), 2);
    assert!(spans[0] < spans[1], "sorted");
    let roles: Vec<_> = config.lines.iter().map(|line| line.role).collect();
    assert_eq!(
        roles,
        [LineRole::Trunk, LineRole::Extension, LineRole::Extension]
    );
    assert_eq!(config.lines[1].channels, [2, 3]);
    let Hook::Sense { channel, volts } = config.lines[2].hook else {
        panic!("{:?}", config.lines[2].hook);
    };
    assert_eq!(
        (channel, volts.off_hook_below, volts.full_scale),
        (1, 20.0, 150.0)
    );
    assert_eq!(config.lines[2].used_channels(), [0, 1]);
    assert_eq!(
        config
            .lines_of(1)
            .map(|(index, _)| index)
            .collect::<Vec<_>>(),
        [1]
    );
}

#[test]
fn an_isdn_line_knows_its_timeslots() {
    let text = r#"
[office]
name = "O"
timezone = "Europe/Warsaw"
[[card]]
name = "e1"
device = "hw:0"
channels = 64
[[line]]
name = "PRI"
card = "e1"
channels = [0, 32]
role = "trunk"
hook = { mode = "isdn", interface = "pri" }
"#;
    let config = parsed(text);
    let line = &config.lines[0];
    let Hook::Isdn(tap) = line.hook else {
        panic!("{:?}", line.hook);
    };
    assert_eq!(
        (tap.d_ours, tap.d_theirs),
        (15, 47),
        "timeslot 16 of each direction"
    );
    assert_eq!(line.bearer(1), Some([0, 32]));
    assert_eq!(line.bearer(31), Some([30, 62]));
    assert_eq!((line.bearer(0), line.bearer(32)), (None, None));
    assert_eq!(line.used_channels().len(), 62);
    let own = text.replace(
        "\"pri\" }",
        "\"pri\", timeslots = 15, d_channel = [31, 63] }",
    );
    let config = parsed(&own);
    let Hook::Isdn(tap) = config.lines[0].hook else {
        panic!("{:?}", config.lines[0].hook);
    };
    assert_eq!((tap.timeslots, tap.d_ours, tap.d_theirs), (15, 31, 63));
}

#[test]
fn analyze_reads_numbering_and_lines_and_nothing_else() {
    let text = CONTRACT
        .replace(
            "timezone = \"Europe/Warsaw\"",
            "timezone = \"Mars/Olympus\"",
        )
        .replace("07:30-15:30", "25:00-26:00")
        .replace("name = \"toy\"", "name = \"another\"");
    assert!(Config::parse(&text, "f").is_err());
    let lines = Lines::parse(&text, "f").unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(lines.lines.len(), 3);
    assert_eq!(lines.lines[2].card, 2, "cards in the order they are named");
    assert_eq!(lines.numbering.internal().len(), 2);
    let external = linetap::words::Digits::from_text("0523730000");
    let class = lines.numbering.classify(&external, Direction::Outgoing);
    assert_eq!(class.external(), Some(true));
    let bad = text.replace("channels = [0]", "chanels = [0]");
    assert!(
        Lines::parse(&bad, "f").is_err(),
        "lines are checked all the same"
    );
}

#[test]
fn the_version_follows_the_rules_and_nothing_else() {
    let version = parsed(CONTRACT).version();
    assert_eq!(version.len(), 16);
    let same = [
        ("# nothing\n[office]", "[office]"),
        ("calls.wav", "others.wav"),
        ("pre_roll_ms = 500", "pre_roll_ms = 400"),
        (
            "[\"12:30-17:00\", \"07:30-12:00\"]",
            "[\"07:30-12:00\", \"12:30-17:00\"]",
        ),
    ];
    for (a, b) in same {
        let text = CONTRACT.replace(a, b);
        assert_eq!(parsed(&text).version(), version, "{a}");
    }
    let other = [
        ("07:30-15:30", "07:30-15:31"),
        ("months = 6", "months = 3"),
        ("9XXX", "8XXX"),
        ("role = \"trunk\"", "role = \"extension\""),
        ("2026-12-31", "2026-12-30"),
        ("\"PL\"", "\"none\""),
        ("\"join\"", "\"skip\""),
    ];
    for (a, b) in other {
        let text = CONTRACT.replace(a, b);
        assert_ne!(parsed(&text).version(), version, "{a}");
    }
}

#[test]
fn an_isdn_line_may_record_from_the_seizure_and_have_its_own_bits() {
    let text = |hook: &str| {
        format!(
            "[[line]]\nname = \"E1\"\ncard = \"e1\"\nchannels = [1, 33]\nrole = \"trunk\"\nhook = {{ mode = \"isdn\", {hook} }}\n"
        )
    };
    let tap = |hook: &str| {
        let lines = Lines::parse(&text(hook), "f").unwrap_or_else(|problems| panic!("{problems}"));
        let Hook::Isdn(tap) = lines.lines[0].hook else {
            panic!("{hook}");
        };
        tap
    };
    let plain = tap("interface = \"pri\"");
    assert_eq!(plain.record, RecordFrom::Answer);
    assert_eq!(
        tap("interface = \"bri\", record = \"seizure\"").record,
        RecordFrom::Seizure
    );
    let cas = tap(
        "interface = \"cas\", signals = \"r2_pulse\", bits = { idle = \"1101\", debounce_ms = 30 }",
    );
    assert_eq!((cas.signals.idle, cas.signals.debounce_ms), (0b1101, 30));
    assert_eq!((cas.signals.pulse, cas.signals.seize), (Some(0b1001), 1));
    assert_eq!((cas.d_ours, cas.d_theirs), (16, 48));
    let refused = |hook: &str| {
        Lines::parse(&text(hook), "f")
            .expect_err("refused")
            .to_string()
    };
    assert!(refused("interface = \"pri\", signals = \"r2\"").contains("belongs to interface"));
    assert!(refused("interface = \"cas\", bits = { idle = \"0001\" }").contains("idle and seize"));
    assert!(refused("interface = \"cas\", bits = { idle = \"12\" }").contains("four bits"));
}
