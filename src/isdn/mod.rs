//! Floor 1, isdn: D channel bits to call events. No clock, no file, no thread, no log.
