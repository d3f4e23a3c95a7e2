//! What monitoring systems import (docs/monitoring/) names only figures and alarms that exist, and
//! the page that documents the figures names every one that a recorder gives.

mod office;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use linetap::rules::Alarm;
use office::{ALWAYS, DC, Office, lines, replay, sound};

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every word of a text that begins with `linetap_`.
fn figures(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("linetap_"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn dashboards_and_templates_show_figures_that_exist() {
    let documented = figures(&document("monitoring.md"));
    assert!(documented.len() > 20, "{documented:?}");
    for file in [
        "monitoring/grafana-dashboard.json",
        "monitoring/zabbix-template.yaml",
    ] {
        let used = figures(&document(file));
        let unknown: Vec<_> = used.difference(&documented).collect();
        assert!(used.len() > 10 && unknown.is_empty(), "{file}: {unknown:?}");
    }
}

#[test]
fn the_zabbix_template_watches_every_alarm_with_its_remedy() {
    let template = document("monitoring/zabbix-template.yaml");
    let page = document("monitoring.md");
    for alarm in Alarm::ALL {
        let word = alarm.word();
        let trigger = format!("last(/linetap by Zabbix agent/linetap.alarm[{word}])>0");
        assert!(template.contains(&trigger), "no trigger for {word}");
        let remedy = format!("description: '{}'", alarm.remedy().replace('\'', "''"));
        assert!(template.contains(&remedy), "{word}: the remedy is another");
        assert!(
            page.contains(&format!("`{word}`")),
            "monitoring.md lacks {word}"
        );
    }
}

#[test]
fn the_grafana_dashboard_is_one() {
    let text = document("monitoring/grafana-dashboard.json");
    let board: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let panels = board["panels"].as_array().expect("panels");
    assert!(panels.len() >= 10);
    let mut ids = BTreeSet::new();
    for panel in panels {
        assert!(ids.insert(panel["id"].as_u64().expect("an id")), "{panel}");
        assert!(panel["targets"][0]["expr"].is_string(), "{panel}");
        let place = &panel["gridPos"];
        let end = place["x"].as_u64().expect("x") + place["w"].as_u64().expect("w");
        assert!(end <= 24, "{panel}");
    }
}

#[test]
fn every_figure_of_a_recorder_is_documented_and_monitoring_may_read_its_file() {
    use std::os::unix::fs::PermissionsExt;
    let rest = replay("c", "still.wav", "pace = \"realtime\"") + &lines("c", 2, "trunk", DC);
    let office = Office::new(ALWAYS, &rest);
    sound::wav(&office.path("still.wav"), 2, 8_000 * 30, false, |piece| {
        piece.fill(10_000);
    });
    let metrics = office.path("linetap.prom");
    let text = fs::read_to_string(office.config()).expect("configuration");
    let with = text.replace("[paths]", &format!("[paths]\nmetrics = {metrics:?}"));
    fs::write(office.config(), with).expect("configuration");
    let mut command = std::process::Command::new("sh");
    let program = env!("CARGO_BIN_EXE_linetap");
    command
        .args([
            "-c",
            "umask 077; exec \"$0\" run --config linetap.toml",
            program,
        ])
        .current_dir(office.path(""));
    let mut running = office.spawn(&mut command);
    running.until("the metrics are written", |_| {
        fs::metadata(&metrics).is_ok_and(|file| file.permissions().mode() & 0o777 == 0o644)
    });
    let page = fs::read_to_string(&metrics).expect("metrics");
    let names: BTreeSet<_> = page
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| Some(line.split(['{', ' ']).next()?.to_owned()))
        .collect();
    let unknown: Vec<_> = names
        .difference(&figures(&document("monitoring.md")))
        .cloned()
        .collect();
    assert!(
        names.len() > 15 && unknown.is_empty(),
        "not in docs/monitoring.md: {unknown:?}"
    );
}
