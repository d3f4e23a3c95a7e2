//! What the configuration means to each part of the recorder: values only, nothing is started.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::call::CallSettings;
use crate::config::{CasSignals, Config, Hook, Interface, LineConfig, RecordFrom};
use crate::control::GroupIds;
use crate::isdn::{self, cas::Patterns};
use crate::register::{self, Letterhead};
use crate::signal::announcement::Announcement;
use crate::signal::{HookMode, LineSetup, Volts};
use crate::vault::Encoder;
use crate::words::{LineIndex, ms};

use super::assembly::StartError;
use super::board::LineView;
use super::clock::Clock;
use super::completeness::Wired;
use super::desk::DeskSettings;
use super::isdn_chain::{IsdnChain, IsdnLayout};
use super::isdn_signalling::Protocol;
use super::janitor::RetentionView;
use super::line_chain::LineChain;
use super::line_recorder::LineRecorder;
use super::policy::{LineRules, Policy};
use super::recovery::Term;
use super::rules_in_force::{Rules, Terms};
use super::sources::{Prepared, prepare};
use super::store::StoreSettings;
use super::tags::LineLabel;

/// Where the index lies.
pub(crate) fn index_path(config: &Config) -> PathBuf {
    config.paths.state.join("index.sqlite")
}

/// Virtual if any card's time is; it then starts with the earliest.
pub(super) fn clock(config: &Config) -> Clock {
    let starts = config
        .cards
        .iter()
        .filter_map(|card| card.source.virtual_start());
    starts.min().map_or_else(Clock::real, Clock::virtual_from)
}

/// Who encodes the recordings.
pub(super) fn encoder(config: &Config) -> Encoder {
    config
        .vault
        .flac_level
        .map_or(Encoder::Own, Encoder::Libflac)
}

/// The term recordings are kept.
pub(super) fn term(config: &Config) -> Term {
    Term {
        months: config.retention.months,
        zone: config.office.zone.clone(),
        zone_name: config.office.timezone.clone(),
    }
}

/// The rules, applied to the lines.
pub(super) fn policy(config: &Config) -> Result<Policy, StartError> {
    let rules = |line: &LineConfig| LineRules {
        role: line.role,
        suspended: AtomicBool::new(false),
    };
    Ok(Policy {
        hours: config.require_hours()?.clone(),
        numbering: config.numbering.clone(),
        lines: config.lines.iter().map(rules).collect(),
        pre_roll: ms(u64::from(config.vault.pre_roll_ms)),
        mute_dtmf: config.vault.mute_dtmf,
    })
}

/// Terms and version of the rules.
pub(super) fn terms(config: &Config) -> Terms {
    Terms {
        months: config.retention.months,
        version: config.version(),
    }
}

/// Opens every card once. Cards that cannot be opened are tried again later, unless none can, or
/// trying again is no use, or a line names a channel that is not there.
pub(super) fn cards(config: &Config, folder: &Path) -> Result<Vec<Prepared>, StartError> {
    if config.cards.is_empty() {
        return Err(StartError::NoCards);
    }
    let mut all = Vec::new();
    let mut troubles = Vec::new();
    for (at, card) in config.cards.iter().enumerate() {
        let lines: Vec<&LineConfig> = config.lines_of(at).map(|(_, line)| line).collect();
        let prepared = prepare(card, &lines, folder);
        if let Some(trouble) = &prepared.trouble {
            troubles.push((trouble.is_final(), format!("card {}: {trouble}", card.name)));
        }
        let channels = prepared.format.map(|format| format.channels);
        troubles.extend(missing_channels(&lines, channels).map(|text| (true, text)));
        all.push(prepared);
    }
    let hopeless = troubles.iter().any(|(last, _)| *last);
    let none = all.iter().all(|card| card.trouble.is_some());
    if hopeless || none {
        let texts: Vec<String> = troubles.into_iter().map(|(_, text)| text).collect();
        return Err(StartError::Device(texts.join("\n")));
    }
    for (_, trouble) in troubles {
        log::error!("{trouble}; it is tried again while the other cards record");
    }
    Ok(all)
}

fn missing_channels<'a>(
    lines: &'a [&'a LineConfig],
    channels: Option<u16>,
) -> impl Iterator<Item = String> + 'a {
    lines.iter().filter_map(move |line| {
        let channels = channels?;
        let missing = line
            .used_channels()
            .into_iter()
            .find(|channel| *channel >= channels)?;
        Some(format!(
            "line {:?} uses channel {missing} of card {:?}, which has {channels} (0 to {}); \
             correct `channels` or `hook` of the line",
            line.name,
            line.card_name,
            channels.saturating_sub(1)
        ))
    })
}

/// The lines of a card whose calls are found by sound or voltage.
pub(super) fn analog_lines(config: &Config, card: usize) -> Vec<(LineIndex, &LineConfig)> {
    lines_that(config, card, |line| !matches!(line.hook, Hook::Isdn(_)))
}

/// The lines of a card whose calls a D channel tells.
pub(super) fn isdn_lines(config: &Config, card: usize) -> Vec<(LineIndex, &LineConfig)> {
    lines_that(config, card, |line| matches!(line.hook, Hook::Isdn(_)))
}

fn lines_that(
    config: &Config,
    card: usize,
    wanted: impl Fn(&LineConfig) -> bool,
) -> Vec<(LineIndex, &LineConfig)> {
    let index = |at: usize| LineIndex(u16::try_from(at).unwrap_or(u16::MAX));
    config
        .lines_of(card)
        .filter(|(_, line)| wanted(line))
        .map(|(at, line)| (index(at), line))
        .collect()
}

/// How a line lies on its card, in the words of the detectors.
pub(crate) fn line_setup(line: &LineConfig) -> LineSetup {
    let channel = |at: usize| line.channels.get(at).map(|channel| usize::from(*channel));
    let volts = |volts: crate::config::Volts| Volts {
        full_scale: volts.full_scale,
        off_hook_below: volts.off_hook_below,
        dead_below: volts.dead_below,
    };
    LineSetup {
        audio: channel(0).unwrap_or(0),
        other: channel(1),
        hook: match line.hook {
            Hook::Audio => HookMode::Audio,
            Hook::Dc(scale) => HookMode::Dc(volts(scale)),
            Hook::Sense {
                channel,
                volts: scale,
            } => HookMode::Sense {
                channel: usize::from(channel),
                volts: volts(scale),
            },
            Hook::Isdn(_) => HookMode::Isdn,
        },
    }
}

/// How the call machine of a line is to judge.
pub(crate) fn call_settings(line: &LineConfig) -> CallSettings {
    match line.hook {
        Hook::Audio => CallSettings::audio(),
        Hook::Dc(_) | Hook::Sense { .. } | Hook::Isdn(_) => CallSettings::sensed(),
    }
}

/// A line's machine and recorder.
pub(super) fn chain(
    at: LineIndex,
    line: &LineConfig,
    policy: &Arc<Policy>,
    announcement: Option<Arc<Announcement>>,
) -> LineChain {
    let channels = line
        .channels
        .iter()
        .map(|channel| usize::from(*channel))
        .collect::<Vec<_>>();
    let sides = u8::try_from(channels.len()).unwrap_or(1);
    let recorder = LineRecorder::new(at, Arc::clone(policy), sides, policy.memory(at))
        .with_announcement(announcement);
    LineChain::new(line.name.clone(), call_settings(line), recorder, channels)
}

/// An ISDN line's D channel and recorders; `None` for a line that is none.
pub(super) fn isdn_chain(
    at: LineIndex,
    line: &LineConfig,
    policy: &Arc<Policy>,
    announcement: Option<&Arc<Announcement>>,
) -> Option<IsdnChain> {
    let Hook::Isdn(tap) = line.hook else {
        return None;
    };
    let bearer = |slot| line.bearer(slot).map(|pair| pair.map(usize::from));
    let layout = IsdnLayout {
        protocol: match tap.interface {
            Interface::Pri => Protocol::D(isdn::Interface::Pri),
            Interface::Bri => Protocol::D(isdn::Interface::Bri),
            Interface::Cas => Protocol::Cas(patterns(&tap.signals)),
        },
        from_seizure: tap.record == RecordFrom::Seizure,
        d_channel: [usize::from(tap.d_ours), usize::from(tap.d_theirs)],
        bearers: (1..=tap.timeslots).filter_map(bearer).collect(),
    };
    let name = line.name.clone();
    Some(IsdnChain::new(name, at, layout, policy, announcement))
}

fn patterns(signals: &CasSignals) -> Patterns {
    Patterns {
        mask: signals.counted,
        idle: signals.idle,
        seize: signals.seize,
        answer: signals.answer,
        clear_back: signals.clear_back,
        forced_release: signals.forced_release,
        pulse: signals.pulse,
        debounce: ms(u64::from(signals.debounce_ms)),
    }
}

/// A line before its first frame.
pub(super) fn view(line: &LineConfig) -> LineView {
    LineView {
        line: line.name.clone(),
        card: line.card_name.clone(),
        role: line.role.word(),
        state: "waiting",
        ..LineView::default()
    }
}

/// What tags and rows say of each line.
pub(super) fn labels(config: &Config) -> Vec<LineLabel> {
    config
        .lines
        .iter()
        .map(|line| LineLabel {
            name: line.name.clone(),
            number: line
                .number
                .as_ref()
                .map(|n| n.as_str().to_owned())
                .unwrap_or_default(),
            basis: line
                .legal_basis
                .as_ref()
                .or(config.office.legal_basis.as_ref())
                .cloned()
                .unwrap_or_default(),
        })
        .collect()
}

/// What the store needs to know.
pub(super) fn store(
    config: &Config,
    lines: Arc<Vec<LineLabel>>,
    rules: Arc<Rules>,
    retention: Arc<RetentionView>,
) -> StoreSettings {
    StoreSettings {
        lines,
        zone: config.office.zone.clone(),
        zone_name: config.office.timezone.clone(),
        rules,
        sealed: !config.vault.recipients.is_empty(),
        tally: Arc::default(),
        retention,
        health: Arc::default(),
    }
}

/// Each line and its card, for the completeness of a day.
pub(crate) fn wired(config: &Config) -> Vec<Wired> {
    let name = |line: &LineConfig| (line.name.clone(), line.card_name.clone());
    config.lines.iter().map(name).collect()
}

/// The head of the office's letters, without a day.
fn letterhead(config: &Config) -> Letterhead {
    let office = &config.office;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Letterhead {
        office: office.name.clone(),
        address: text(&office.address),
        contact: text(&office.contact),
        place: text(&office.place),
        regulation: text(&office.regulation),
        officer: text(&office.data_protection_officer),
        purpose: register::purpose(office),
        basis: text(&office.legal_basis),
        months: config.retention.months,
        day: None,
        zone: office.timezone.clone(),
    }
}

/// What the desk needs to know.
pub(super) fn desk(config: &Config, announcement_troubles: Vec<String>) -> DeskSettings {
    DeskSettings {
        index: index_path(config),
        state: config.paths.state.clone(),
        zone: config.office.zone.clone(),
        office: (config.office.name.clone(), config.office.site.clone()),
        letterhead: letterhead(config),
        sealed: !config.vault.recipients.is_empty(),
        own_uid: rustix::process::geteuid().as_raw(),
        groups: GroupIds::from_system(),
        lines: labels(config),
        metrics: config.paths.metrics.clone(),
        wired: wired(config),
        announcement_troubles,
    }
}
