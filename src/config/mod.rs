//! Floor 1, config: from the text of a configuration file to a checked value. Reads no file.
//!
//! Two stages: the TOML tree with the place of every value ([`section`]), then checked types with
//! units and defaults, nothing left to guess. All problems are reported at once, each with line,
//! what is wrong and what to do; a file with one problem gives no configuration at all. Nothing
//! changes a [`Config`] after it was made.
//!
//! The one thing looked up beyond the text is the rules of the named time zone (the system's zone
//! data, so that a change of the law arrives with the system's updates; built-in data otherwise).
//!
//! The serde route was not taken: it stops at the first unknown key of a file.

mod announcement;
mod card;
mod hook;
mod hours;
mod line;
mod lines;
mod office;
mod problems;
mod profile;
mod section;
mod version;

pub use announcement::{AnnouncementConfig, LineAnnouncement};
pub use card::{Access, Card, CardSource, Pace, StreamWish};
pub use hook::{CasSignals, Hook, Interface, IsdnTap, RecordFrom, Volts};
pub use line::LineConfig;
pub use lines::Lines;
pub use office::{Office, Paths, Retention, Vault};
pub use problems::{NoHours, Problem, Problems};
pub use profile::{Coupling, MixerSetting, MixerValue, Profile, ProfileMatch};

use crate::call::NumberingPlan;
use crate::rules::{LineRole, OfficeHours};
use section::Book;

/// A checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Whose recorder this is, and where.
    pub office: Office,
    /// Where state and socket lie.
    pub paths: Paths,
    /// When recording takes place; `None` where the file does not say, and then nothing may run
    /// (see [`Config::require_hours`]).
    pub hours: Option<OfficeHours>,
    /// How long recordings are kept.
    pub retention: Retention,
    /// What makes a number internal.
    pub numbering: NumberingPlan,
    /// How recordings are kept.
    pub vault: Vault,
    /// What callers are to hear.
    pub announcement: AnnouncementConfig,
    /// Cards in the order of the file.
    pub cards: Vec<Card>,
    /// Lines in the order of the file; a [`crate::words::LineIndex`] counts these.
    pub lines: Vec<LineConfig>,
    name: String,
}

impl Config {
    /// Reads a configuration. `name` is the file's name as it is to stand in messages.
    pub fn parse(text: &str, name: &str) -> Result<Self, Problems> {
        let (book, root) = Book::open(text, name)?;
        let root = book.root(&root);
        let office = office::read_office(&root);
        let paths = office::read_paths(&root);
        let hours = hours::read(&root, &office.zone);
        let retention = office::read_retention(&root);
        let numbering = lines::read_numbering(&root);
        let vault = office::read_vault(&root);
        let announcement = announcement::read(&root);
        let cards = card::read_all(&root, &office.zone);
        let lines = line::read_all(&root, Some(&cards));
        root.finish();
        book.close(Self {
            office,
            paths,
            hours,
            retention,
            numbering,
            vault,
            announcement,
            cards,
            lines,
            name: name.to_owned(),
        })
    }

    /// The office hours, or the error that names what is missing. Recording without hours would
    /// mean recording always, and that must be written down by someone.
    pub fn require_hours(&self) -> Result<&OfficeHours, NoHours> {
        self.hours.as_ref().ok_or_else(|| NoHours {
            file: self.name.clone(),
        })
    }

    /// A short, stable fingerprint of the rules in this file (hours, retention, numbering, roles of
    /// the lines); it is stored with each recording as the version of the rules (§8.2). 16
    /// hexadecimal digits; formatting and comments of the file do not change it.
    pub fn version(&self) -> String {
        version::of(self)
    }

    /// The file with what callers of `line` are to hear; `None` where they hear nothing.
    pub fn announcement_of<'a>(&'a self, line: &'a LineConfig) -> Option<&'a str> {
        match &line.announcement {
            LineAnnouncement::File(file) => Some(file),
            LineAnnouncement::Office if line.role == LineRole::Trunk => {
                self.announcement.file.as_deref()
            }
            LineAnnouncement::Office | LineAnnouncement::None => None,
        }
    }

    /// The lines of one card, with their index.
    pub fn lines_of(&self, card: usize) -> impl Iterator<Item = (usize, &LineConfig)> {
        self.lines
            .iter()
            .enumerate()
            .filter(move |(_, line)| line.card == card)
    }
}
