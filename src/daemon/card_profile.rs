//! A card's hardware profile at work: its mixer settings, applied each time the card is opened, for
//! a card that was unplugged comes back with settings of its own.
//!
//! What a mixer refuses is a warning: a line recorded too loud is better than none.

use std::path::Path;

use crate::config::{Card, MixerSetting};
use crate::hardware::cards::discover;
use crate::hardware::mixer;
use crate::hardware::profiles::Library;

/// The mixer settings of one card.
pub(super) struct CardMixer {
    name: String,
    card_id: String,
    settings: Vec<MixerSetting>,
}

impl CardMixer {
    /// Those of the profile the configuration names, or of the one that recognises the card;
    /// `None` if there is nothing to set.
    pub(super) fn of(card: &Card, device: &str) -> Option<Self> {
        let root = Path::new("/");
        let (_, id) = device.split_once("CARD=")?;
        let id = id.split(',').next()?;
        let library = Library::load(root);
        let profile = match &card.profile {
            Some(name) => library.named(name),
            None => {
                let cards = discover(root);
                library.of(cards.iter().find(|card| card.id == id)?)
            }
        };
        let settings = profile?.mixer.clone();
        (!settings.is_empty()).then(|| Self {
            name: card.name.clone(),
            card_id: id.to_owned(),
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
