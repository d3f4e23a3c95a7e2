//! A profile's mixer settings: applied to a card, and read back.
//!
//! What a driver accepts is not always what it does: every setting is read again after it was
//! written, and only what reads back as wished counts as set. Needs the rights of the group audio;
//! blocks for as long as the driver takes. Nothing is opened for capture.

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
    let mixer = Mixer::new(&format!("hw:CARD={card_id}"), true)
        .map_err(|error| format!("the mixer of card {card_id} cannot be opened: {error}"))?;
    let each = settings.iter().map(|setting| {
        let controls = mixer.iter().filter_map(Selem::new);
        outcome(
            setting,
            controls.map(|control| (name(&control), control)),
            set,
        )
    });
    Ok(each.collect())
}

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

/// Applies one setting to every control it is for.
fn outcome<C>(
    setting: &MixerSetting,
    controls: impl Iterator<Item = (String, C)>,
    set: impl Fn(&C, &MixerSetting) -> Result<(), String>,
) -> Outcome {
    let mut done = 0;
    for (short, control) in controls {
        if names(&short).iter().any(|name| setting.is_for(name)) {
            if let Err(error) = set(&control, setting) {
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

/// Writes a value and reads it back.
fn set(control: &Selem<'_>, setting: &MixerSetting) -> Result<(), String> {
    let playback = setting.control.contains("Playback");
    let told = |error: alsa::Error| error.to_string();
    match &setting.value {
        MixerValue::On(on) => switch(control, *on, playback).map_err(told)?,
        MixerValue::Percent(percent) => volume(control, *percent, playback).map_err(told)?,
        MixerValue::Choice(choice) => return choose(control, choice),
    }
    .then_some(())
    .ok_or_else(|| "it reads back otherwise than it was set".to_owned())
}

fn switch(control: &Selem<'_>, on: bool, playback: bool) -> alsa::Result<bool> {
    let (channel, value) = (SelemChannelId::mono(), i32::from(on));
    if playback || !control.has_capture_switch() {
        control.set_playback_switch_all(value)?;
        return Ok(control.get_playback_switch(channel)? == value);
    }
    control.set_capture_switch_all(value)?;
    Ok(control.get_capture_switch(channel)? == value)
}

fn volume(control: &Selem<'_>, percent: u8, playback: bool) -> alsa::Result<bool> {
    let channel = SelemChannelId::mono();
    if playback || !control.has_capture_volume() {
        let value = level(control.get_playback_volume_range(), percent);
        control.set_playback_volume_all(value)?;
        return Ok(control.get_playback_volume(channel)? == value);
    }
    let value = level(control.get_capture_volume_range(), percent);
    control.set_capture_volume_all(value)?;
    Ok(control.get_capture_volume(channel)? == value)
}

/// The step of a range that is nearest to `percent` of it.
fn level((low, high): (i64, i64), percent: u8) -> i64 {
    low + ((high - low) * i64::from(percent) + 50) / 100
}

fn choose(control: &Selem<'_>, choice: &str) -> Result<(), String> {
    let told = |error: alsa::Error| error.to_string();
    let channel = SelemChannelId::mono();
    let names: Vec<String> = control
        .iter_enum()
        .map_err(told)?
        .filter_map(Result::ok)
        .collect();
    let Some(at) = names.iter().position(|name| name == choice) else {
        return Err(format!("there is no {choice:?} among {}", names.join(", ")));
    };
    let at = u32::try_from(at).unwrap_or(u32::MAX);
    control.set_enum_item(channel, at).map_err(told)?;
    match control.get_enum_item(channel).map_err(told)? == at {
        true => Ok(()),
        false => Err("it reads back otherwise than it was set".to_owned()),
    }
}

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
