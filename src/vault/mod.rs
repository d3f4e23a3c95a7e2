//! Floor 2, vault: recordings on disk, from the first sample to the one deletion.
