//! The status as Prometheus text (format 0.0.4, which textfile collectors read too): built anew for
//! each reader from the same facts. Names of lines and cards, never numbers of people.

use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::rules::Alarm;

use super::board::LineView;
use super::desk::Desk;

type Labels = Vec<(&'static str, String)>;
type Level = Gauge<f64, AtomicU64>;

/// States a line can be in; each is a series of 0 or 1.
const STATES: [&str; 6] = ["waiting", "idle", "ringing", "dialling", "in_call", "dead"];

/// A registry that is filled in one go.
#[derive(Default)]
struct Page(Registry);

impl Page {
    fn gauges(&mut self, name: &str, help: &str, series: impl IntoIterator<Item = (Labels, f64)>) {
        let family = Family::<Labels, Level>::default();
        for (labels, value) in series {
            family.get_or_create(&labels).set(value);
        }
        self.0.register(name, help, family);
    }

    fn counters(
        &mut self,
        name: &str,
        help: &str,
        series: impl IntoIterator<Item = (Labels, u64)>,
    ) {
        let family = Family::<Labels, Counter>::default();
        for (labels, value) in series {
            family.get_or_create(&labels).inc_by(value);
        }
        self.0.register(name, help, family);
    }

    /// The text. The library writes OpenMetrics; the older format names a counter by its sample.
    fn text(&self) -> String {
        let mut open = String::new();
        let _ = encode(&mut open, &self.0); // writing to a String cannot fail
        let mut text = String::with_capacity(open.len() + 512);
        let mut help = "";
        for line in open.lines().filter(|line| *line != "# EOF") {
            if line.starts_with("# HELP ") {
                help = line;
                continue;
            }
            if let Some(name) = line.strip_prefix("# TYPE ") {
                let counter = name.ends_with(" counter");
                let named = |line: &str| match counter {
                    true => {
                        let mut words: Vec<String> =
                            line.splitn(4, ' ').map(str::to_owned).collect();
                        words[2].push_str("_total");
                        words.join(" ")
                    }
                    false => line.to_owned(),
                };
                text.push_str(&format!("{}\n{}\n", named(help), named(line)));
                continue;
            }
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

fn is(fact: bool) -> f64 {
    f64::from(u8::from(fact))
}

impl Desk {
    /// The page.
    pub(super) fn metrics(&self) -> String {
        let mut page = Page::default();
        let boards = self
            .boards
            .iter()
            .flat_map(|board| board.read(&self.clock).0);
        lines(&mut page, &boards.collect::<Vec<_>>());
        self.card_metrics(&mut page);
        self.recorder_metrics(&mut page);
        page.text()
    }

    fn card_metrics(&self, page: &mut Page) {
        let cards: Vec<_> = self
            .cards
            .iter()
            .zip(&self.boards)
            .map(|(card, board)| {
                let labels: Labels = vec![("card", card.name.clone())];
                (labels, card.capture.snapshot(), board)
            })
            .collect();
        let mut count = |name, help, figure: &dyn Fn(&crate::capture::CaptureSnapshot) -> u64| {
            page.counters(
                name,
                help,
                cards.iter().map(|(l, c, _)| (l.clone(), figure(c))),
            );
        };
        count("linetap_card_frames", "Frames received", &|card| {
            card.frames
        });
        count(
            "linetap_card_lost_frames",
            "Frames lost, all causes",
            &|card| card.lost_frames,
        );
        count("linetap_card_xruns", "Overruns of the driver", &|card| {
            card.xruns
        });
        count(
            "linetap_card_reopenings",
            "Openings after a loss",
            &|card| card.reopenings,
        );
        let failures = cards
            .iter()
            .map(|(l, _, board)| (l.clone(), u64::from(board.detector_failures())));
        page.counters(
            "linetap_card_detector_failures",
            "Panics of detectors caught",
            failures,
        );
        let running = cards
            .iter()
            .map(|(l, c, _)| (l.clone(), is(c.state.word() == "running")));
        page.gauges("linetap_card_running", "Whether frames come", running);
        let drift = cards
            .iter()
            .filter_map(|(l, _, board)| Some((l.clone(), board.read(&self.clock).2?)));
        page.gauges(
            "linetap_card_drift_ppm",
            "Card clock against the machine's",
            drift,
        );
    }

    fn recorder_metrics(&self, page: &mut Page) {
        let one = |value: f64| [(Labels::new(), value)];
        let build = vec![
            ("version", env!("CARGO_PKG_VERSION").to_owned()),
            ("site", self.settings.office.1.clone()),
        ];
        page.gauges("linetap_build_info", "Version and site", [(build, 1.0)]);
        page.gauges(
            "linetap_sealed",
            "Whether recordings are sealed",
            one(is(self.settings.sealed)),
        );
        let open = self.rules.policy().hours.open_at(self.clock.now());
        page.gauges(
            "linetap_office_open",
            "Whether the office is open",
            one(is(open)),
        );
        self.disk_metrics(page);
        let view = &self.retention;
        page.counters(
            "linetap_retention_deleted",
            "Recordings deleted",
            [(Labels::new(), view.deleted.load(Ordering::Acquire))],
        );
        page.gauges(
            "linetap_retention_failing",
            "Deletions tried again",
            one(view.failing.load(Ordering::Acquire) as f64),
        );
        page.gauges(
            "linetap_retention_stopped",
            "Stopped by a clock that jumped",
            one(is(view.stopped_by_clock.load(Ordering::Acquire))),
        );
        let calls = self
            .tally
            .read()
            .into_iter()
            .map(|((direction, recorded, reason), count)| {
                let labels = vec![
                    ("direction", direction.to_owned()),
                    ("recorded", recorded.to_string()),
                    ("reason", reason),
                ];
                (labels, count)
            });
        page.counters("linetap_calls", "Calls ended since the start", calls);
        self.alarm_metrics(page);
    }

    fn disk_metrics(&self, page: &mut Page) {
        let one = |value: f64| [(Labels::new(), value)];
        if let Some((free, total)) = self.disk_bytes() {
            page.gauges(
                "linetap_disk_free_bytes",
                "Free where recordings lie",
                one(free as f64),
            );
            page.gauges(
                "linetap_disk_size_bytes",
                "Size of that file system",
                one(total as f64),
            );
        }
        if let Some(hours) = self.hours_late() {
            let help = "By how much the oldest recording has outlived its term";
            page.gauges("linetap_retention_late_seconds", help, one(hours * 3_600.0));
        }
    }

    fn alarm_metrics(&self, page: &mut Page) {
        let watch = self.watched();
        let mut counts = Vec::new();
        for alarm in Alarm::ALL {
            for acknowledged in [false, true] {
                let of = watch.alarms.standing().filter(|standing| {
                    standing.alarm == *alarm && standing.acknowledged.is_some() == acknowledged
                });
                let labels = vec![
                    ("alarm", alarm.word().to_owned()),
                    ("acknowledged", acknowledged.to_string()),
                ];
                counts.push((labels, of.count() as f64));
            }
        }
        page.gauges("linetap_alarms", "Alarms that stand", counts);
    }
}

fn lines(page: &mut Page, lines: &[LineView]) {
    let labels = |line: &LineView| -> Labels {
        vec![("line", line.line.clone()), ("card", line.card.clone())]
    };
    let states = lines.iter().flat_map(|line| {
        STATES.map(|state| {
            let mut labels = labels(line);
            labels.push(("state", state.to_owned()));
            (labels, is(line.state == state))
        })
    });
    page.gauges("linetap_line_state", "1 for the state a line is in", states);
    let mut gauge = |name, help, figure: &dyn Fn(&LineView) -> Option<f64>| {
        let series = lines
            .iter()
            .filter_map(|line| Some((labels(line), figure(line)?)));
        page.gauges(name, help, series);
    };
    gauge(
        "linetap_line_level_dbm0",
        "Level of the last second",
        &|line| Some(line.level_dbm0),
    );
    gauge("linetap_line_noise_dbm0", "Noise floor", &|line| {
        Some(line.noise_dbm0)
    });
    gauge("linetap_line_volts", "Loop voltage", &|line| line.volts);
    gauge(
        "linetap_line_recording",
        "Whether audio goes to the vault",
        &|line| Some(is(line.recording)),
    );
    gauge("linetap_line_calls_under_way", "Calls under way", &|line| {
        Some(line.calls as f64)
    });
    gauge("linetap_line_faults", "Faults present", &|line| {
        Some(line.faults.len() as f64)
    });
    gauge(
        "linetap_line_last_frame_age_seconds",
        "Since the last frame",
        &|line| line.last_frame_age_ms.map(|ms| ms as f64 / 1_000.0),
    );
    let lost = lines.iter().map(|line| (labels(line), line.lost_ms * 8));
    page.counters("linetap_line_lost_samples", "Samples lost (8 kHz)", lost);
    let failures = lines
        .iter()
        .map(|line| (labels(line), u64::from(line.failures)));
    page.counters(
        "linetap_line_failures",
        "Panics of the call machine caught",
        failures,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_series_is_typed_and_names_are_escaped() {
        let view = LineView {
            line: "a \"b\"\nc".into(),
            card: "k".into(),
            state: "idle",
            ..LineView::default()
        };
        let mut page = Page::default();
        lines(&mut page, &[view]);
        let text = page.text();
        assert!(
            text.contains(r#"linetap_line_state{line="a \"b\"\nc",card="k",state="idle"} 1"#),
            "{text}"
        );
        let mut typed = Vec::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                typed.extend(rest.split(' ').next());
            } else if !line.starts_with('#') {
                let (series, value) = line.rsplit_once(' ').expect("a value");
                let name = series.split('{').next().expect("a name");
                assert!(typed.contains(&name), "{name} has no type: {text}");
                assert!(value.parse::<f64>().is_ok(), "{line}");
            }
        }
        assert!(typed.contains(&"linetap_line_lost_samples_total"), "{text}");
    }
}
