//! Floor 2, hardware: cards, profiles, mixer settings, test tones.
