//! A card's hardware profile at work: what it asks of the stream, and its mixer settings, applied each
//! time the card is opened, for a card that was unplugged comes back with settings of its own.
//!
//! What a mixer refuses is a warning: a line recorded too loud is better than none.

use std::path::Path;

use crate::config::{Card, MixerSetting, Profile};
use crate::hardware::cards::discover;
use crate::hardware::mixer;
use crate::hardware::profiles::Library;

/// The profile the configuration names for a card, or the one that recognises it.
pub(super) fn of(card: &Card, device: &str) -> Option<Profile> {
    let root = Path::new("/");
    let library = Library::load(root);
    let profile = match &card.profile {
        Some(name) => library.named(name),
        None => {
            let (id, cards) = (card_id(device)?, discover(root));
            library.of(cards.iter().find(|card| card.id == id)?)
        }
    };
    profile.cloned()
}

/// ALSA's id of the card in a device's name.
fn card_id(device: &str) -> Option<&str> {
    let (_, id) = device.split_once("CARD=")?;
    id.split(',').next()
}

/// The mixer settings of one card.
pub(super) struct CardMixer {
    name: String,
    card_id: String,
    settings: Vec<MixerSetting>,
}

impl CardMixer {
    /// Those of its profile; `None` if there is nothing to set.
    pub(super) fn of(card: &Card, device: &str, profile: &Profile) -> Option<Self> {
        let settings = profile.mixer.clone();
        let card_id = card_id(device).filter(|_| !settings.is_empty())?;
        Some(Self {
            name: card.name.clone(),
            card_id: card_id.to_owned(),
            settings,
        })
    }

    /// Applies them; tells of each that the card is without.
    pub(super) fn apply(&self) {
        let outcomes = match mixer::apply(&self.card_id, &self.settings) {
            Ok(outcomes) => outcomes,
            Err(error) => return log::warn!("card {}: {error}", self.name),
        };
        for (setting, outcome) in self.settings.iter().zip(outcomes) {
            if !outcome.is_well() {
                log::warn!(
                    "card {}: mixer {:?}: {outcome:?}",
                    self.name,
                    setting.control
                );
            }
        }
    }
}
