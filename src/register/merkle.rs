//! The Merkle tree hash of RFC 6962 §2.1 over the lines of the log: the root of a checkpoint.

use super::entry::Hash;

/// The root over `leaves`, each already hashed with [`leaf`].
pub(super) fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::of(&[]),
        [one] => *one,
        many => {
            let half = many.len().next_power_of_two() / 2;
            let (left, right) = many.split_at(half);
            Hash::of(&[&[1], &root(left).0, &root(right).0])
        }
    }
}

/// The hash of a leaf.
pub(super) fn leaf(line: &str) -> Hash {
    Hash::of(&[&[0], line.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roots_of_rfc_6962() {
        assert_eq!(
            root(&[]).to_string(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(
            root(&[leaf("")]).to_string(),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
        let (a, b, c) = (leaf("a"), leaf("b"), leaf("c"));
        let ab = Hash::of(&[&[1], &a.0, &b.0]);
        assert_eq!(root(&[a, b, c]), Hash::of(&[&[1], &ab.0, &c.0]));
    }
}
