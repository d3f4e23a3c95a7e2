//! `[office]`, `[paths]`, `[retention]`, `[vault]`.

use std::path::PathBuf;

use jiff::tz::TimeZone;

use super::section::{Placed, Section};

/// Whose recorder this is, and where it stands.
#[derive(Clone, Debug)]
pub struct Office {
    /// The office's name, as it stands on printed pages.
    pub name: String,
    /// Tells the recorders of one office apart.
    pub site: String,
    /// IANA name of the zone.
    pub timezone: String,
    /// The zone itself.
    pub zone: TimeZone,
    /// The town, for the date of letters.
    pub place: Option<String>,
    /// The act that introduced the rules of recording, in the genitive: „Zarządzenia Nr 59/2023
    /// Dyrektora ... z dnia 18 lipca 2023 r.”.
    pub regulation: Option<String>,
    /// Where the clause is published (§4.5).
    pub website: Option<String>,
    /// Postal address, for the information clause.
    pub address: Option<String>,
    /// How the office is reached, for the information clause.
    pub contact: Option<String>,
    /// How the data protection officer is reached, for the information clause.
    pub data_protection_officer: Option<String>,
    /// What recordings are for (§3.1), printed on the clause and on reports.
    pub purpose: Option<String>,
    /// What the office holds to be its legal basis; printed, never judged.
    pub legal_basis: Option<String>,
}

/// Where things lie; all absolute.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Paths {
    /// Recordings, index, register.
    pub state: PathBuf,
    /// The control socket.
    pub socket: PathBuf,
    /// File to write metrics to for a textfile collector, if any.
    pub metrics: Option<PathBuf>,
}

/// How long things are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Retention {
    /// Calendar months from the day of recording, 1-600.
    pub months: u16,
    /// Calendar months for rows of the register and of disclosures, 1-600.
    pub register_months: u16,
}

/// How recordings are kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Vault {
    /// age recipients to whom each recording's key is wrapped; empty = recordings are not sealed.
    pub recipients: Vec<String>,
    /// Audio kept from before a call was recognised (milliseconds).
    pub pre_roll_ms: u32,
    /// Whether digits typed in a conversation are silenced in its recording.
    pub mute_dtmf: bool,
    /// Level of libFLAC, 0 to 8; `None`: the vault's own encoder.
    pub flac_level: Option<u8>,
}

/// Longest pre-roll (ms): memory is reserved for it on every line.
const MAX_PRE_ROLL_MS: i64 = 60_000;

fn optional(section: &Section<'_>, key: &'static str) -> Option<String> {
    section.text(key).map(|text| text.value.to_owned())
}

pub(super) fn read_office(root: &Section<'_>) -> Office {
    root.require("office", "a table: [office] with name and timezone");
    let section = root.section("office");
    let text = |key, example| {
        let text = section.as_ref()?.required_text(key, example)?;
        Some(text.value.to_owned())
    };
    let maybe = |key| optional(section.as_ref()?, key);
    let name = text("name", "\"Miejski Ośrodek Pomocy Społecznej\"").unwrap_or_default();
    let (timezone, zone) = section
        .as_ref()
        .and_then(read_zone)
        .unwrap_or((String::new(), TimeZone::UTC));
    let office = Office {
        name,
        site: maybe("site").unwrap_or_else(|| "centrala".to_owned()),
        timezone,
        zone,
        place: maybe("place"),
        regulation: maybe("regulation"),
        website: maybe("website"),
        address: maybe("address"),
        contact: maybe("contact"),
        data_protection_officer: maybe("data_protection_officer"),
        purpose: maybe("purpose"),
        legal_basis: maybe("legal_basis"),
    };
    if let Some(section) = section {
        section.finish();
    }
    office
}

/// The zone and its name. UTC stands in after a problem, so that the rest can be read.
fn read_zone(section: &Section<'_>) -> Option<(String, TimeZone)> {
    let name = section.required_text("timezone", "\"Europe/Warsaw\"")?;
    match TimeZone::get(name.value) {
        Ok(zone) => Some((name.value.to_owned(), zone)),
        Err(_) => {
            let what = format!("[office] timezone = \"{}\" is no time zone", name.value);
            section.problem(
                &name.place,
                what,
                "use an IANA name such as \"Europe/Warsaw\"",
            );
            None
        }
    }
}

pub(super) fn read_paths(root: &Section<'_>) -> Paths {
    let section = root.section("paths");
    let path = |key, default: &str| {
        let given = section.as_ref().and_then(|section| absolute(section, key));
        given.unwrap_or_else(|| PathBuf::from(default))
    };
    let paths = Paths {
        state: path("state", "/var/lib/linetap"),
        socket: path("socket", "/run/linetap/control.sock"),
        metrics: section
            .as_ref()
            .and_then(|section| absolute(section, "metrics")),
    };
    if let Some(section) = section {
        section.finish();
    }
    paths
}

fn absolute(section: &Section<'_>, key: &'static str) -> Option<PathBuf> {
    let text = section.text(key)?;
    let path = PathBuf::from(text.value);
    if path.is_absolute() {
        return Some(path);
    }
    let what = format!("[paths] {key} = \"{}\" is not an absolute path", text.value);
    section.problem(
        &text.place,
        what,
        "begin it with /; a service has no folder of its own to start from",
    );
    None
}

pub(super) fn read_retention(root: &Section<'_>) -> Retention {
    let section = root.section("retention");
    let months = |key, default| {
        let given = section
            .as_ref()
            .and_then(|section| section.integer(key, 1..=600));
        given.map_or(default, |months| {
            u16::try_from(months.value).unwrap_or(default)
        })
    };
    let retention = Retention {
        months: months("months", 3),
        register_months: months("register_months", 24),
    };
    if let Some(section) = section {
        section.finish();
    }
    retention
}

pub(super) fn read_vault(root: &Section<'_>) -> Vault {
    let Some(section) = root.section("vault") else {
        return Vault {
            recipients: Vec::new(),
            pre_roll_ms: 2_000,
            mute_dtmf: false,
            flac_level: None,
        };
    };
    let recipients = section
        .texts("recipients")
        .map_or(Vec::new(), |list| list.value);
    let pre_roll = section.integer("pre_roll_ms", 0..=MAX_PRE_ROLL_MS);
    let mute = section.flag("mute_dtmf");
    let level = section.integer("flac_level", 0..=8);
    section.finish();
    Vault {
        recipients: check_recipients(&section, &recipients),
        pre_roll_ms: pre_roll.map_or(2_000, |ms| u32::try_from(ms.value).unwrap_or(2_000)),
        mute_dtmf: mute.is_some_and(|flag| flag.value),
        flac_level: level.and_then(|level| u8::try_from(level.value).ok()),
    }
}

fn check_recipients(section: &Section<'_>, given: &[Placed<&str>]) -> Vec<String> {
    let mut recipients: Vec<String> = Vec::new();
    for Placed { value, place } in given {
        if value.starts_with("AGE-SECRET-KEY-") {
            let what = "[vault] recipients holds a secret key";
            let remedy = "take it out, consider it lost, and write the public key (age1...)";
            section.problem(place, what, remedy);
        } else if !looks_like_recipient(value) {
            let what = format!("[vault] recipients: \"{value}\" is no age public key");
            let remedy = "write the 62 characters age1... that `linetap keys new` printed";
            section.problem(place, what, remedy);
        } else if recipients.iter().any(|known| known == value) {
            let what = "[vault] recipients names the same key twice";
            section.problem(place, what, "name the director's key and the escrow key");
        } else {
            recipients.push((*value).to_owned());
        }
    }
    recipients
}

/// `age1` and 58 characters of Bech32's alphabet: an X25519 recipient by its looks.
fn looks_like_recipient(text: &str) -> bool {
    const BECH32: &str = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    text.strip_prefix("age1")
        .is_some_and(|data| data.len() == 58 && data.chars().all(|c| BECH32.contains(c)))
}
