//! Floor 1, config: from the text of a configuration file to a checked value. Reads no file.
