//! The hash tree of RFC 6962 and its two proofs.

use super::super::digest::{Digest, Hasher};

/// A proof that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The numbers do not fit each other.
    #[error("entry {index} of a log of {size} entries")]
    Index {
        /// Of the entry, from 0.
        index: u64,
        /// Of the tree.
        size: u64,
    },
    /// The older tree is the larger one.
    #[error("a log of {old} entries cannot have come before one of {new}")]
    Sizes {
        /// Of the older tree.
        old: u64,
        /// Of the newer tree.
        new: u64,
    },
    /// The hashes lead to another root.
    #[error("the hashes do not lead to the root of the log")]
    Root,
}

/// The hash of an entry (RFC 6962, section 2.1).
pub fn leaf_hash(entry: &[u8]) -> Digest {
    let mut hasher = Hasher::new();
    hasher.update(&[0]);
    hasher.update(entry);
    hasher.finish()
}

/// The hash over two hashes.
pub(super) fn node_hash(left: &Digest, right: &Digest) -> Digest {
    let mut hasher = Hasher::new();
    hasher.update(&[1]);
    hasher.update(&left.0);
    hasher.update(&right.0);
    hasher.finish()
}

/// The root over hashes whose number is a power of two.
pub(super) fn full_root(hashes: &[Digest]) -> Digest {
    match hashes {
        [] => Digest::of(b""),
        [one] => *one,
        more => {
            let (left, right) = more.split_at(more.len() / 2);
            node_hash(&full_root(left), &full_root(right))
        }
    }
}

/// Checks that the entry with the hash `leaf` is entry `index` of the log of `size` entries under `root` (RFC 9162, section
/// 2.1.3.2).
pub fn check_inclusion(
    leaf: Digest,
    index: u64,
    size: u64,
    root: Digest,
    proof: &[Digest],
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Index { index, size });
    }
    let (mut at, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in proof {
        if last == 0 {
            return Err(ProofError::Root);
        }
        if at & 1 == 1 || at == last {
            hash = node_hash(sibling, &hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    match last == 0 && hash == root {
        true => Ok(()),
        false => Err(ProofError::Root),
    }
}

/// Checks that the log of `new` entries under `new_root` begins with that of `old` entries under `old_root` (RFC 9162,
/// section 2.1.4.2). Every log begins with the empty one, and with itself.
pub fn check_consistency(
    (old, old_root): (u64, Digest),
    (new, new_root): (u64, Digest),
    proof: &[Digest],
) -> Result<(), ProofError> {
    if old > new {
        return Err(ProofError::Sizes { old, new });
    }
    let holds = if old == 0 {
        proof.is_empty()
    } else if old == new {
        proof.is_empty() && old_root == new_root
    } else {
        leads_to_both((old, old_root), (new, new_root), proof).unwrap_or(false)
    };
    holds.then_some(()).ok_or(ProofError::Root)
}

/// For 0 < old < new; None when there are too few hashes.
fn leads_to_both(
    (old, old_root): (u64, Digest),
    (new, new_root): (u64, Digest),
    proof: &[Digest],
) -> Option<bool> {
    let mut hashes = proof.iter().copied();
    let (mut at, mut last) = (old - 1, new - 1);
    while at & 1 == 1 {
        at >>= 1;
        last >>= 1;
    }
    // A whole subtree of the new log: its root is known and not in the proof.
    let first = match old.is_power_of_two() {
        true => old_root,
        false => hashes.next()?,
    };
    let (mut of_old, mut of_new) = (first, first);
    for hash in hashes {
        if last == 0 {
            return None;
        }
        if at & 1 == 1 || at == last {
            of_old = node_hash(&hash, &of_old);
            of_new = node_hash(&hash, &of_new);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            of_new = node_hash(&of_new, &hash);
        }
        at >>= 1;
        last >>= 1;
    }
    Some(last == 0 && of_old == old_root && of_new == new_root)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The entries that the reference implementations of RFC 6962 are tested with.
    pub(in crate::seal::tlog) fn entries() -> Vec<Vec<u8>> {
        [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ]
        .map(|text| hex::decode(text).unwrap())
        .to_vec()
    }

    /// The roots over the first one, two … eight of them.
    pub(in crate::seal::tlog) const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    pub(in crate::seal::tlog) fn digests(texts: &[&str]) -> Vec<Digest> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn proofs_of_the_reference_implementation() {
        let (leaves, roots) = (entries(), digests(&ROOTS));
        let path = digests(&[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ]);
        let included = |index, size, proof: &[Digest]| {
            check_inclusion(leaf_hash(&leaves[0]), index, size, roots[7], proof)
        };
        assert_eq!(included(0, 8, &path), Ok(()));
        for (index, size, proof) in [
            (1, 8, &path[..]),
            (0, 4, &path),
            (0, 8, &path[..2]),
            (0, 8, &[&path[..], &path[..1]].concat()),
        ] {
            assert_eq!(included(index, size, proof), Err(ProofError::Root));
        }
        assert_eq!(
            included(8, 8, &path),
            Err(ProofError::Index { index: 8, size: 8 })
        );
        assert_eq!(included(0, 0, &[]), Err(ProofError::Index { index: 0, size: 0 }));

        let path = digests(&[
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ]);
        let follows = |old: u64, new: u64, proof: &[Digest]| {
            let root = |size: u64| roots[usize::try_from(size).unwrap() - 1];
            check_consistency((old, root(old)), (new, root(new)), proof)
        };
        assert_eq!(follows(6, 8, &path), Ok(()));
        assert_eq!(follows(5, 5, &[]), Ok(()));
        for (old, new, proof) in [
            (5, 8, &path[..]),
            (6, 7, &path),
            (6, 8, &path[..2]),
            (6, 8, &[]),
            (5, 5, &path),
        ] {
            assert_eq!(follows(old, new, proof), Err(ProofError::Root), "{old} {new}");
        }
        assert_eq!(follows(8, 6, &path), Err(ProofError::Sizes { old: 8, new: 6 }));
        let other = check_consistency((5, roots[4]), (5, roots[3]), &[]);
        assert_eq!(other, Err(ProofError::Root), "a fork of the same size");
        assert_eq!(
            check_consistency((0, Digest::of(b"")), (8, roots[7]), &[]),
            Ok(())
        );
    }
}
