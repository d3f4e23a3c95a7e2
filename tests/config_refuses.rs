//! A bad file is refused with everything that is wrong in it, each with its line and a remedy.

use linetap::config::{Config, Problems};
use proptest::prelude::*;

const HEAD: &str = "[office]\nname = \"O\"\ntimezone = \"Europe/Warsaw\"\n";
const CARD: &str = "[[card]]\nname = \"c\"\nexchange = 4\n";
const LINE: &str = "[[line]]\nname = \"a\"\ncard = \"c\"\nchannels = [0]\nrole = \"trunk\"\nhook = { mode = \"audio\" }\n";

fn problems(text: &str) -> Problems {
    match Config::parse(text, "linetap.toml") {
        Ok(_) => panic!("accepted:\n{text}"),
        Err(problems) => problems,
    }
}

/// The one problem of a file: its line, and its message with the remedy.
#[track_caller]
fn only(text: &str, line: usize, what: &str, remedy: &str) {
    let problems = problems(text);
    assert_eq!(problems.list.len(), 1, "{problems}");
    let problem = &problems.list[0];
    assert_eq!(problem.line, line, "{problems}");
    assert!(problem.what.contains(what), "{problems}");
    assert!(problem.remedy.contains(remedy), "{problems}");
}

#[track_caller]
fn in_hours(hours: &str, what: &str, remedy: &str) {
    only(&format!("{HEAD}[hours]\n{hours}\n"), 5, what, remedy);
}

#[track_caller]
fn in_line(from: &str, to: &str, line: usize, what: &str, remedy: &str) {
    assert!(LINE.contains(from), "{from}");
    only(
        &format!("{HEAD}{CARD}{}", LINE.replace(from, to)),
        line,
        what,
        remedy,
    );
}

#[track_caller]
fn in_card(card: &str, line: usize, what: &str, remedy: &str) {
    only(
        &format!("{HEAD}[[card]]\nname = \"c\"\n{card}\n"),
        line,
        what,
        remedy,
    );
}

#[test]
fn hours() {
    in_hours(
        "mon = [\"07:30-25:00\"]",
        "\"25:00\" is no time of day",
        "24:00",
    );
    in_hours("mon = [\"07:30\"]", "is no span", "07:30-15:30");
    in_hours(
        "mon = [\"15:30-07:30\"]",
        "is no span",
        "later than the beginning",
    );
    in_hours("mon = [\"08:00-08:00\"]", "is no span", "later");
    in_hours(
        "mon = [\"07:00-12:00\", \"11:59-15:00\"]",
        "overlaps \"07:00-12:00\"",
        "join",
    );
    in_hours("mon = \"07:00-12:00\"", "of type string", "list of texts");
    in_hours(
        "holidays = \"pl\"",
        "\"pl\" is not known",
        "\"PL\" or \"none\"",
    );
    in_hours("closed = [\"2026-02-30\"]", "is no date", "2026-12-31");
    in_hours("closed = [\"31.12.2026\"]", "is no date", "2026-12-31");
    in_hours(
        "at_opening = \"wait\"",
        "\"wait\" is not known",
        "\"skip\" or \"join\"",
    );
    in_hours(
        "monday = [\"07:30-15:30\"]",
        "unknown key [hours] monday",
        "mon",
    );
    only(
        &format!("{HEAD}[hours]\n[hours.open]\n\"2026-13-01\" = [\"08:00-12:00\"]\n"),
        6,
        "\"2026-13-01\" is no date",
        "existing day",
    );
    only(
        &format!("{HEAD}[hours]\n[hours.open]\n\"2026-12-01\" = [\"08:00-12:61\"]\n"),
        6,
        "\"12:61\" is no time of day",
        "24:00",
    );
}

#[test]
fn office() {
    only(
        "[[card]]\nname = \"c\"\nexchange = 1\n",
        1,
        "office is missing",
        "[office]",
    );
    only(
        &HEAD.replace("Europe/Warsaw", "Europe/Bydgoszcz"),
        3,
        "no time zone",
        "Europe/Warsaw",
    );
    only(
        &HEAD.replace("\"O\"", "\"\""),
        2,
        "[office] name is empty",
        "Miejski",
    );
}

#[track_caller]
fn tail(text: &str, what: &str, remedy: &str) {
    only(&format!("{HEAD}{text}"), 5, what, remedy);
}

#[test]
fn paths_retention_vault_numbering() {
    tail(
        "[paths]\nstate = \"data\"\n",
        "not an absolute path",
        "begin it with /",
    );
    tail(
        "[retention]\nmonths = 0\n",
        "months = 0 is out of range",
        "1 to 600",
    );
    tail(
        "[retention]\nmonths = 3.5\n",
        "of type float",
        "whole number",
    );
    tail(
        "[vault]\nrecipients = [\"ssh-ed25519 AAAA\"]\n",
        "no age public key",
        "age1",
    );
    tail(
        "[vault]\nrecipients = [\"AGE-SECRET-KEY-1QQ\"]\n",
        "a secret key",
        "public key",
    );
    tail("[vault]\npre_roll_ms = -1\n", "out of range", "0 to 60000");
    tail("[vault]\nflac_level = 9\n", "out of range", "0 to 8");
    tail(
        "[numbering]\ninternal = [\"2YX\"]\n",
        "holds 'Y'",
        "[2-4]XX",
    );
    tail(
        "[numbering]\ninternal = [\"0XX\"]\n",
        "outside_prefix \"0\"",
        "narrow",
    );
    tail(
        "[numbering]\ncountry = \"+48\"\n",
        "not one to three digits",
        "48",
    );
    only(
        &format!("{HEAD}[retension]\nmonths = 3\n"),
        4,
        "unknown key retension",
        "retention?",
    );
}

#[test]
fn a_secret_key_is_not_repeated_in_the_message() {
    let text = format!("{HEAD}[vault]\nrecipients = [\"AGE-SECRET-KEY-1QPZRY\"]\n");
    assert!(!problems(&text).to_string().contains("QPZRY"));
}

#[test]
fn cards() {
    in_card("", 4, "no source", "linetap cards");
    in_card(
        "device = \"hw:0\"\nreplay = \"a.wav\"",
        7,
        "device and replay at once",
        "keep one",
    );
    in_card(
        "device = \"hw:0\"\nstart = \"2026-11-23T09:00:00\"",
        7,
        "start means nothing",
        "replay",
    );
    in_card(
        "device = \"hw:0\"\npace = \"max\"",
        7,
        "pace means nothing",
        "replay",
    );
    in_card(
        "replay = \"a.wav\"\nstart = \"23.11.2026\"",
        7,
        "no date and time",
        "2026-11-23T09",
    );
    in_card(
        "replay = \"a.wav\"\npace = \"fast\"",
        7,
        "\"fast\" is not known",
        "\"max\"",
    );
    in_card("exchange = 0", 6, "out of range", "1 to");
    in_card("device = \"\"", 6, "[[card]] device is empty", "hw:CARD");
    in_card(
        "devise = \"hw:0\"\nexchange = 1",
        6,
        "unknown key [[card]] devise",
        "device?",
    );
    in_card(
        "device = \"hw:0\"\nformat = \"S17\"",
        7,
        "\"S17\" is not known",
        "S16_LE",
    );
    in_card("device = \"hw:0\"\nrate = 44", 7, "out of range", "8000");
    let twice = format!("{HEAD}{CARD}{CARD}");
    only(&twice, 8, "two cards are named \"c\"", "its own name");
}

#[test]
fn lines_on_cards_and_channels() {
    in_line("card = \"c\"", "card = \"d\"", 9, "no such card", "\"c\"");
    in_line(
        "[0]",
        "[4]",
        10,
        "has 4 channels, there is no channel 4",
        "0 to 3",
    );
    in_line("[0]", "[0, 1, 2]", 10, "has 3 channels", "ours, theirs");
    in_line("[0]", "[]", 10, "has 0 channels", "[0]");
    in_line("[0]", "[-1]", 10, "-1 is no channel", "from 0");
    in_line("[0]", "[1, 1]", 10, "channel 1 twice", "ours, theirs");
    in_line(
        "trunk",
        "trunks",
        11,
        "\"trunks\" is not known",
        "\"extension\"",
    );
    let second = LINE.replace("\"a\"", "\"b\"");
    only(
        &format!("{HEAD}{CARD}{LINE}{second}"),
        16,
        "channel 0 of card \"c\" is on two lines, \"a\" and \"b\"",
        "one line",
    );
    let same = LINE.replace("[0]", "[1]");
    only(
        &format!("{HEAD}{CARD}{LINE}{same}"),
        14,
        "two lines are named \"a\"",
        "own name",
    );
}

#[test]
fn hooks() {
    let hook = "{ mode = \"audio\" }";
    let volts = "volts_full_scale = 150.0, off_hook_below = 20.0, dead_below = 3.0";
    let bad = |to: &str, what, remedy| in_line(hook, to, 12, what, remedy);
    bad("{ mode = \"vox\" }", "\"vox\" is not known", "\"sense\"");
    bad("{ }", "mode is missing", "audio");
    bad("{ mode = \"audio\", channel = 1 }", "unknown key", "mode");
    bad(
        "{ mode = \"dc\", off_hook_below = 20.0, dead_below = 3.0 }",
        "volts_full_scale is missing",
        "150",
    );
    bad(
        &format!("{{ mode = \"sense\", {volts} }}"),
        "channel is missing",
        "channel = 1",
    );
    bad(
        &format!("{{ mode = \"sense\", channel = 0, {volts} }}"),
        "senses channel 0, which carries its audio",
        "mode = \"dc\"",
    );
    bad(
        "{ mode = \"dc\", volts_full_scale = 150.0, off_hook_below = 3.0, dead_below = 20.0 }",
        "dead_below = 20 is not below off_hook_below = 3",
        "idle line",
    );
    bad("{ mode = \"isdn\" }", "interface is missing", "\"pri\"");
    bad(
        "{ mode = \"isdn\", interface = \"pri\" }",
        "needs both directions",
        "[0, 32]",
    );
    in_line(
        "hook = { mode = \"audio\" }\n",
        "",
        7,
        "hook is missing",
        "mode = \"audio\"",
    );
}

#[test]
fn all_at_once_in_the_order_of_the_file() {
    let text = "\
[office]
name = 7
timezone = \"Nowhere\"
[hours]
mon = [\"25:00-26:00\", \"9-10\"]
[retention]
moths = 3
[[line]]
name = \"a\"
card = \"c\"
channels = [0]
role = \"boss\"
hook = { mode = \"dc\" }
";
    let problems = problems(text);
    let lines: Vec<_> = problems.list.iter().map(|problem| problem.line).collect();
    assert_eq!(
        lines,
        [2, 3, 5, 5, 5, 5, 7, 10, 12, 13, 13, 13],
        "{problems}"
    );
    let shown = problems.to_string();
    assert_eq!(shown.lines().count(), 12);
    assert!(
        shown
            .lines()
            .all(|line| line.starts_with("linetap.toml:") && line.contains("; "))
    );
    assert!(shown.contains("linetap.toml:7: unknown key [retention] moths; did you mean months?"));
}

#[test]
fn broken_syntax_names_its_line() {
    let problems = problems("[office]\nname = \"O\ntimezone = 1\n");
    assert_eq!(problems.list[0].line, 2, "{problems}");
    assert!(problems.list[0].what.starts_with("not TOML"), "{problems}");
    assert!(Config::parse("", "empty").is_err());
    assert!(Config::parse("\u{0}\u{1}garbage", "bin").is_err());
}

/// A sound file, damaged: cut, doubled, or with a stretch replaced.
fn damaged() -> impl Strategy<Value = String> {
    let whole = format!(
        "{HEAD}[hours]\nmon = [\"07:30-15:30\"]\n[hours.open]\n\"2026-12-19\" = [\"08:00-12:00\"]\n\
         [numbering]\ninternal = [\"[2-4]XX\"]\n{CARD}{LINE}"
    );
    let junk = prop_oneof![
        Just(String::new()),
        "[ -~\\n]{1,12}",
        prop::sample::select(vec![
            "nan",
            "inf",
            "-1",
            "99999999999999999999",
            "[]",
            "{}",
            "\"\"",
            "0x",
            "ż",
            "\u{0}",
            "\\n",
            "\\u001b",
            "[[",
            "=",
        ])
        .prop_map(str::to_owned),
    ];
    (0..whole.len(), 0..40_usize, junk).prop_map(move |(from, length, junk)| {
        let to = (from + length).min(whole.len());
        format!("{}{junk}{}", &whole[..from], &whole[to..])
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn no_damage_makes_it_stumble(text in damaged()) {
        let lines = text.lines().count() + 1;
        if let Err(problems) = Config::parse(&text, "f") {
            prop_assert!(!problems.list.is_empty());
            for problem in &problems.list {
                prop_assert!((1..=lines).contains(&problem.line), "{problems}");
                prop_assert!(!problem.what.is_empty() && !problem.remedy.is_empty(), "{problems}");
            }
            prop_assert_eq!(problems.to_string().lines().count(), problems.list.len(), "{}", problems);
        }
    }
}

#[test]
fn muting_is_on_or_off_and_nothing_between() {
    let with = |value: &str| format!("{HEAD}[vault]\nmute_dtmf = {value}\n");
    only(&with("\"yes\""), 5, "mute_dtmf", "true");
    let config = |value| Config::parse(&with(value), "linetap.toml").expect("in order");
    assert!(config("true").vault.mute_dtmf && !config("false").vault.mute_dtmf);
}
