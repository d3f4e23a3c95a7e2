//! A card's capture devices and what they offer, as far as `/proc` tells without opening them:
//! USB cards list their settings in `streamN`, others keep them to themselves until asked.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// One way a device can be run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StreamSetting {
    /// Channels of a frame.
    pub channels: u16,
    /// ALSA's word for the encoding: `S24_3LE`.
    pub format: String,
    /// Frames a second it offers, ascending; for a range its two ends.
    pub rates: Vec<u32>,
}

/// One capture device of a card.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Capture {
    /// Its number on the card.
    pub device: u32,
    /// Its name.
    pub name: String,
    /// What it offers; empty where nothing is known before it is opened.
    pub settings: Vec<StreamSetting>,
}

impl Capture {
    /// The setting with the most channels; among those, the most bits a sample.
    pub fn widest(&self) -> Option<&StreamSetting> {
        self.settings
            .iter()
            .max_by_key(|setting| (setting.channels, bits(&setting.format)))
    }
}

/// Significant bits of an encoding by its name; unknown ones are the last choice.
fn bits(format: &str) -> u16 {
    let digits: String = format
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().unwrap_or(0)
}

/// The capture devices of the card whose `/proc/asound/cardN` is `folder`.
pub(super) fn captures(folder: &Path) -> Vec<Capture> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found: Vec<Capture> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let device = name.to_str()?.strip_prefix("pcm")?.strip_suffix('c')?;
            let device = device.parse().ok()?;
            Some(capture(folder, &entry.path(), device))
        })
        .collect();
    found.sort_by_key(|capture| capture.device);
    found
}

fn capture(folder: &Path, pcm: &Path, device: u32) -> Capture {
    let info = fs::read_to_string(pcm.join("info")).unwrap_or_default();
    let field = |key: &str| {
        let value = info
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
        value.map(|value| value.trim().to_owned())
    };
    let name = field("name").filter(|name| !name.is_empty());
    let stream = fs::read_to_string(folder.join(format!("stream{device}"))).unwrap_or_default();
    Capture {
        device,
        name: name.or_else(|| field("id")).unwrap_or_default(),
        settings: settings(&stream),
    }
}

/// The `Capture:` part of a USB card's stream file.
fn settings(text: &str) -> Vec<StreamSetting> {
    let part = text
        .lines()
        .skip_while(|line| line.trim() != "Capture:")
        .skip(1)
        .take_while(|line| line.trim() != "Playback:");
    let mut all: Vec<StreamSetting> = Vec::new();
    let mut format = String::new();
    for line in part {
        let Some((key, value)) = line.trim().split_once(':') else {
            continue;
        };
        let value = value.trim();
        match key {
            "Format" => value.clone_into(&mut format),
            "Channels" => all.extend(value.parse().ok().map(|channels| StreamSetting {
                channels,
                format: format.clone(),
                rates: Vec::new(),
            })),
            "Rates" => {
                if let Some(last) = all.last_mut() {
                    last.rates = rates(value);
                }
            }
            _ => {}
        }
    }
    all
}

/// `44100, 48000` or `8000 - 96000 (continuous)`.
fn rates(text: &str) -> Vec<u32> {
    let numbers: BTreeSet<u32> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|part| part.parse().ok())
        .collect();
    numbers.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "\
Acme Tap8 at usb-0000:00:14.0-2, high speed : USB Audio

Playback:
  Status: Stop
  Interface 1
    Altset 1
    Format: S32_LE
    Channels: 10
    Rates: 44100, 48000

Capture:
  Status: Stop
  Interface 2
    Altset 1
    Format: S16_LE
    Channels: 8
    Endpoint: 0x81 (1 IN) (ASYNC)
    Rates: 48000, 44100
  Interface 2
    Altset 2
    Format: S24_3LE
    Channels: 8
    Rates: 8000 - 96000 (continuous)
";

    #[test]
    fn only_the_capture_part_counts_and_more_bits_win() {
        let settings = settings(STREAM);
        assert_eq!(settings.len(), 2);
        assert_eq!(settings[0].rates, [44_100, 48_000]);
        assert_eq!(settings[1].rates, [8_000, 96_000]);
        let capture = Capture {
            device: 0,
            name: String::new(),
            settings,
        };
        assert_eq!(capture.widest().expect("two").format, "S24_3LE");
    }
}
