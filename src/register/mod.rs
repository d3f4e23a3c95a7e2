//! Floor 2, register: the hash-chained log of everything people decide and do.
