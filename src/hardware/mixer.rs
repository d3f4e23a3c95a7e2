//! A profile's mixer settings: applied to a card, and read back.
//!
//! What a driver accepts is not always what it does: every setting is read again after it was
//! written, on every channel and from the card itself, and only what reads back as wished counts as
//! set. Needs the rights of the group audio; blocks for as long as the driver takes. Nothing is
//! opened for capture.

use alsa::mixer::{Mixer, Selem, SelemChannelId};

use crate::config::{MixerSetting, MixerValue};

/// What became of one setting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It reads back as wished, on so many controls.
    Set(usize),
    /// The card has no such control, and need not have it.
    Absent,
    /// The card has no such control, but should.
    Missing,
    /// Written, but it reads back otherwise, or the driver refused.
    Refused(String),
}

impl Outcome {
    /// Whether the card is as the profile wishes.
    pub fn is_well(&self) -> bool {
        matches!(self, Self::Set(_) | Self::Absent)
    }
}

/// Applies all settings to the card of this ALSA id; the outcomes in their order, or why its mixer
/// cannot be opened.
pub fn apply(card_id: &str, settings: &[MixerSetting]) -> Result<Vec<Outcome>, String> {
    let written = each(&open(card_id)?, settings, write);
    // ALSA's mixer remembers what it was told and answers that; only one opened anew asks the card.
    let found = each(&open(card_id)?, settings, check);
    let both = written.into_iter().zip(found);
    let outcome = |(written, found): (Outcome, Outcome)| match written.is_well() {
        true => found,
        false => written,
    };
    Ok(both.map(outcome).collect())
}

fn open(card_id: &str) -> Result<Mixer, String> {
    Mixer::new(&format!("hw:CARD={card_id}"), true)
        .map_err(|error| format!("the mixer of card {card_id} cannot be opened: {error}"))
}

/// Does `one` for every control that each setting is for.
fn each(mixer: &Mixer, settings: &[MixerSetting], one: Step) -> Vec<Outcome> {
    let each = settings.iter().map(|setting| {
        let controls = mixer.iter().filter_map(Selem::new);
        let named = controls.map(|control| (name(&control), control));
        outcome(setting, named, one)
    });
    each.collect()
}

type Step = fn(&Selem<'_>, &MixerSetting) -> Result<(), String>;

/// A control's name as the profile has it: ALSA's simple mixer leaves off `Capture Volume` and the
/// like, so both the short name and the name with the ending are held against the pattern.
fn names(short: &str) -> Vec<String> {
    let endings = [
        "",
        " Capture Volume",
        " Capture Switch",
        " Playback Volume",
        " Playback Switch",
        " Volume",
        " Switch",
        " Capture Enum",
    ];
    endings.map(|ending| format!("{short}{ending}")).into()
}

fn name(control: &Selem<'_>) -> String {
    control.get_id().get_name().unwrap_or_default().to_owned()
}

fn outcome<C>(
    setting: &MixerSetting,
    controls: impl Iterator<Item = (String, C)>,
    step: impl Fn(&C, &MixerSetting) -> Result<(), String>,
) -> Outcome {
    let mut done = 0;
    for (short, control) in controls {
        if names(&short).iter().any(|name| setting.is_for(name)) {
            if let Err(error) = step(&control, setting) {
                return Outcome::Refused(format!("{short}: {error}"));
            }
            done += 1;
        }
    }
    match (done, setting.optional) {
        (0, true) => Outcome::Absent,
        (0, false) => Outcome::Missing,
        (done, _) => Outcome::Set(done),
    }
}

/// Writes a value to all channels.
fn write(control: &Selem<'_>, setting: &MixerSetting) -> Result<(), String> {
    let playback = is_playback(control, setting);
    let done = match &setting.value {
        MixerValue::On(on) if playback => control.set_playback_switch_all(i32::from(*on)),
        MixerValue::On(on) => control.set_capture_switch_all(i32::from(*on)),
        MixerValue::Percent(percent) => {
            let value = level(range(control, playback), *percent);
            match playback {
                true => control.set_playback_volume_all(value),
                false => control.set_capture_volume_all(value),
            }
        }
        MixerValue::Choice(choice) => {
            let item = item(control, choice)?;
            let mut channels = CHANNELS
                .into_iter()
                .filter(|channel| has_choice(control, *channel));
            channels.try_for_each(|channel| control.set_enum_item(channel, item))
        }
    };
    done.map_err(|error| error.to_string())
}

/// Whether each channel reads as wished.
fn check(control: &Selem<'_>, setting: &MixerSetting) -> Result<(), String> {
    let playback = is_playback(control, setting);
    let wished = match &setting.value {
        MixerValue::On(on) => i64::from(*on),
        MixerValue::Percent(percent) => level(range(control, playback), *percent),
        MixerValue::Choice(choice) => i64::from(item(control, choice)?),
    };
    for channel in CHANNELS {
        let found = match &setting.value {
            MixerValue::Choice(_) if !has_choice(control, channel) => continue,
            MixerValue::Choice(_) => control.get_enum_item(channel).map(i64::from),
            _ if playback && !control.has_playback_channel(channel) => continue,
            _ if !playback && !control.has_capture_channel(channel) => continue,
            MixerValue::On(_) if playback => control.get_playback_switch(channel).map(i64::from),
            MixerValue::On(_) => control.get_capture_switch(channel).map(i64::from),
            MixerValue::Percent(_) if playback => control.get_playback_volume(channel),
            MixerValue::Percent(_) => control.get_capture_volume(channel),
        };
        let found = found.map_err(|error| error.to_string())?;
        if found != wished {
            return Err(format!(
                "{wished} was written, but {channel} reads back {found}"
            ));
        }
    }
    Ok(())
}

/// Whether a setting is about what the control does to the output.
fn is_playback(control: &Selem<'_>, setting: &MixerSetting) -> bool {
    let captures = match setting.value {
        MixerValue::On(_) => control.has_capture_switch(),
        MixerValue::Percent(_) => control.has_capture_volume(),
        MixerValue::Choice(_) => true,
    };
    setting.control.contains("Playback") || !captures
}

fn range(control: &Selem<'_>, playback: bool) -> (i64, i64) {
    match playback {
        true => control.get_playback_volume_range(),
        false => control.get_capture_volume_range(),
    }
}

/// The step of a range that is nearest to `percent` of it.
fn level((low, high): (i64, i64), percent: u8) -> i64 {
    low + ((high - low) * i64::from(percent) + 50) / 100
}

/// A choice's number.
fn item(control: &Selem<'_>, choice: &str) -> Result<u32, String> {
    let names = control.iter_enum().map_err(|error| error.to_string())?;
    let names: Vec<String> = names.filter_map(Result::ok).collect();
    let at = names.iter().position(|name| name == choice);
    at.and_then(|at| u32::try_from(at).ok())
        .ok_or_else(|| format!("there is no {choice:?} among {}", names.join(", ")))
}

fn has_choice(control: &Selem<'_>, channel: SelemChannelId) -> bool {
    control.get_enum_item(channel).is_ok()
}

/// All that ALSA has names for.
const CHANNELS: [SelemChannelId; 9] = [
    SelemChannelId::FrontLeft,
    SelemChannelId::FrontRight,
    SelemChannelId::RearLeft,
    SelemChannelId::RearRight,
    SelemChannelId::FrontCenter,
    SelemChannelId::Woofer,
    SelemChannelId::SideLeft,
    SelemChannelId::SideRight,
    SelemChannelId::RearCenter,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(control: &str, optional: bool) -> MixerSetting {
        MixerSetting {
            control: control.into(),
            value: MixerValue::On(false),
            optional,
        }
    }

    fn of(setting: &MixerSetting, controls: &[&str], works: bool) -> Outcome {
        let controls = controls.iter().map(|name| ((*name).to_owned(), ()));
        let refuse = || Err("no".to_owned());
        outcome(
            setting,
            controls,
            |(), _| if works { Ok(()) } else { refuse() },
        )
    }

    #[test]
    fn controls_are_found_by_short_and_by_full_name() {
        let wish = setting("Mic Capture Volume", false);
        assert_eq!(of(&wish, &["Speaker", "Mic"], true), Outcome::Set(1));
        assert_eq!(of(&wish, &["Mic Capture Volume"], true), Outcome::Set(1));
        let all = setting("Line In * Level Capture Enum", true);
        let inputs = [
            "Line In 1 Level Capture Enum",
            "Line In 2 Level Capture Enum",
        ];
        assert_eq!(of(&all, &inputs, true), Outcome::Set(2));
    }

    #[test]
    fn a_missing_control_matters_unless_it_is_optional() {
        assert_eq!(
            of(&setting("Auto Gain Control", true), &["Mic"], true),
            Outcome::Absent
        );
        let missing = of(&setting("Auto Gain Control", false), &["Mic"], true);
        assert_eq!(missing, Outcome::Missing);
        assert!(!missing.is_well());
        let refused = of(&setting("Mic", false), &["Mic"], false);
        assert_eq!(refused, Outcome::Refused("Mic: no".into()));
    }

    #[test]
    fn percent_is_of_the_controls_own_range() {
        assert_eq!(level((0, 255), 100), 255);
        assert_eq!(level((-10, 10), 50), 0);
        assert_eq!(level((0, 31), 40), 12);
    }
}
