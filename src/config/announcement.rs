//! `[announcement]`: what callers are to hear before they are connected (§4).

use super::section::Section;

/// What callers are to hear.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AnnouncementConfig {
    /// Its recording, WAV or FLAC; relative paths begin at the configuration's folder.
    pub file: Option<String>,
    /// The key a caller presses to hear the full clause first (§4.6), if there is one.
    pub clause_key: Option<String>,
}

/// What the callers of one line are to hear.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum LineAnnouncement {
    /// The office's on a trunk, nothing on an extension.
    #[default]
    Office,
    /// Nothing.
    None,
    /// The recording in this file.
    File(String),
}

pub(super) fn read(root: &Section<'_>) -> AnnouncementConfig {
    let Some(section) = root.section("announcement") else {
        return AnnouncementConfig::default();
    };
    let text = |key| section.text(key).map(|text| text.value.to_owned());
    let (file, clause_key) = (text("file"), section.text("clause_key"));
    if let Some(key) = &clause_key
        && !(key.value.len() == 1 && key.value.chars().all(|c| "0123456789*#".contains(c)))
    {
        let what = format!(
            "[announcement] clause_key = \"{}\" is no key of a telephone",
            key.value
        );
        section.problem(&key.place, what, "write one of 0-9, * or #");
    }
    section.finish();
    AnnouncementConfig {
        file,
        clause_key: clause_key.map(|key| key.value.to_owned()),
    }
}

/// The key `announcement` of a line.
pub(super) fn of_line(section: &Section<'_>) -> LineAnnouncement {
    match section.text("announcement").map(|text| text.value) {
        None => LineAnnouncement::Office,
        Some("none") => LineAnnouncement::None,
        Some(file) => LineAnnouncement::File(file.to_owned()),
    }
}
