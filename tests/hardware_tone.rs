//! `linetap tone` beside the detectors: what is sent is what is heard.

mod hardware;

use hardware::linetap;

fn events(file: &str, event: &str) -> Vec<serde_json::Value> {
    let (code, out, err) = linetap(&["analyze", file, "--json"]);
    assert_eq!(code, 0, "{err}");
    out.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .filter(|value: &serde_json::Value| value["event"] == event)
        .collect()
}

fn send(arguments: &[&str], name: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(name).display().to_string();
    let (code, _, err) = linetap(&[&["tone"], arguments, &["--wav", &file]].concat());
    assert_eq!(code, 0, "{err}");
    (folder, file)
}

#[test]
fn the_keypad_sent_is_the_keypad_heard() {
    for rate in ["8000", "48000"] {
        let (_folder, file) = send(&["dtmf", "--rate", rate, "--level", "-20"], "keys.wav");
        let heard: String = events(&file, "dtmf")
            .iter()
            .filter_map(|event| event["digit"].as_str().map(str::to_owned))
            .collect();
        assert_eq!(heard, "1234567890*#", "at {rate} Hz");
    }
}

#[test]
fn dial_tone_is_heard_as_dial_tone_and_the_reference_as_nothing() {
    let (_folder, file) = send(&["dial"], "dial.wav");
    let tones = events(&file, "tone");
    assert!(
        tones.iter().any(|event| event["tone"] == "dial"),
        "{tones:?}"
    );
    let (_folder, file) = send(&["reference"], "reference.wav");
    assert_eq!(events(&file, "tone"), Vec::<serde_json::Value>::new());
    assert_eq!(events(&file, "dtmf"), Vec::<serde_json::Value>::new());
}

#[test]
fn wrong_wishes_are_wrong_usage() {
    for arguments in [
        &["tone"][..],
        &["tone", "dtmf", "--digits", "12x", "--wav", "/dev/null"],
        &["tone", "dial", "--level", "3", "--wav", "/dev/null"],
        &["tone", "dial", "--seconds", "0", "--wav", "/dev/null"],
        &["tone", "dial", "--output", "a", "--wav", "b"],
    ] {
        assert_eq!(linetap(arguments).0, 2, "{arguments:?}");
    }
}
