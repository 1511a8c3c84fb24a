//! The tree as tiles (C2SP tlog-tiles): how it grows at its right edge, and the proofs that are taken from it.

use super::super::digest::Digest;
use super::merkle::{full_root, node_hash};
use std::io;

/// Hashes in a full tile.
pub const TILE_WIDTH: u64 = 256;
/// Binary levels of the tree that a tile spans.
const TILE_HEIGHT: u32 = 8;
/// Levels of tiles that a tree of 2^64 entries has.
const LEVELS: usize = 8;

/// A tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tile {
    /// From 0, where its hashes are those of entries.
    pub level: u8,
    /// From 0, within its level.
    pub index: u64,
    /// Hashes in it: 1 to 256.
    pub width: u16,
}

impl Tile {
    /// Its path below the log's address.
    pub fn path(&self) -> String {
        format!("tile/{}/{}", self.level, numbered(self.index, self.width))
    }
}

/// The path of the entries below a tile of level 0, below the log's address.
pub fn entries(index: u64, width: u16) -> String {
    format!("tile/entries/{}", numbered(index, width))
}

/// `x001/x234/067.p/5`: three digits a folder, and the width unless it is full.
fn numbered(index: u64, width: u16) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    match u64::from(width) == TILE_WIDTH {
        true => path,
        false => format!("{path}.p/{width}"),
    }
}

/// Why something cannot be told of a tree.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// A tile cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A tile does not have as many hashes as it should.
    #[error("{0}: it does not have the length of this tile")]
    Length(String),
    /// The tree has no such part.
    #[error("a log of {size} entries has no entry {index}")]
    Index {
        /// Asked for.
        index: u64,
        /// Entries.
        size: u64,
    },
}

/// A tree of which the tiles can be read.
pub struct Tree<'a> {
    size: u64,
    read: &'a dyn Fn(Tile) -> io::Result<Vec<u8>>,
}

impl<'a> Tree<'a> {
    /// The tree of `size` entries whose tiles `read` gives.
    pub fn new(size: u64, read: &'a dyn Fn(Tile) -> io::Result<Vec<u8>>) -> Self {
        Self { size, read }
    }

    /// Its root.
    pub fn root(&self) -> Result<Digest, TreeError> {
        self.range(0, self.size)
    }

    /// The proof that an entry is in the tree: from the sibling of the entry upward (RFC 6962, section 2.1.1).
    pub fn inclusion(&self, index: u64) -> Result<Vec<Digest>, TreeError> {
        if index >= self.size {
            let size = self.size;
            return Err(TreeError::Index { index, size });
        }
        let (mut low, mut high, mut path) = (0, self.size, Vec::new());
        while high - low > 1 {
            let middle = low + split(high - low);
            if index < middle {
                path.push(self.range(middle, high)?);
                high = middle;
            } else {
                path.push(self.range(low, middle)?);
                low = middle;
            }
        }
        path.reverse();
        Ok(path)
    }

    /// The proof that the tree begins with that of its first `old` entries (RFC 6962, section 2.1.2).
    pub fn consistency(&self, old: u64) -> Result<Vec<Digest>, TreeError> {
        if old > self.size {
            let (index, size) = (old, self.size);
            return Err(TreeError::Index { index, size });
        }
        let mut path = Vec::new();
        if old == 0 || old == self.size {
            return Ok(path);
        }
        let (mut low, mut high) = (0, self.size);
        while old != high {
            let middle = low + split(high - low);
            if old <= middle {
                path.push(self.range(middle, high)?);
                high = middle;
            } else {
                path.push(self.range(low, middle)?);
                low = middle;
            }
        }
        // Where it is the beginning of the tree itself, its root is known to whoever checks.
        if low > 0 {
            path.push(self.range(low, high)?);
        }
        path.reverse();
        Ok(path)
    }

    /// The hash over the entries from `low` up to `high`.
    fn range(&self, low: u64, high: u64) -> Result<Digest, TreeError> {
        let entries = high - low;
        if entries == 0 {
            return Ok(Digest::of(b""));
        }
        if entries.is_power_of_two() && low.is_multiple_of(entries) {
            return self.subtree(entries.trailing_zeros(), low / entries);
        }
        let middle = low + split(entries);
        Ok(node_hash(&self.range(low, middle)?, &self.range(middle, high)?))
    }

    /// The root of the whole subtree of this height, `index` of those of its height.
    fn subtree(&self, height: u32, index: u64) -> Result<Digest, TreeError> {
        let (level, inside) = (height / TILE_HEIGHT, height % TILE_HEIGHT);
        let (first, hashes) = (index << inside, 1usize << inside);
        let number = first / TILE_WIDTH;
        let there = (self.size >> (level * TILE_HEIGHT)) - number * TILE_WIDTH;
        let tile = Tile {
            level: u8::try_from(level).unwrap_or(u8::MAX),
            index: number,
            width: u16::try_from(there.min(TILE_WIDTH)).unwrap_or(u16::MAX),
        };
        let content = (self.read)(tile).map_err(|source| TreeError::Read {
            path: tile.path(),
            source,
        })?;
        let all = hashes_of(tile, &content)?;
        let from = usize::try_from(first % TILE_WIDTH).unwrap_or(usize::MAX);
        let part = all.get(from..from.saturating_add(hashes));
        Ok(full_root(part.ok_or_else(|| TreeError::Length(tile.path()))?))
    }
}

/// Where a tree of this many entries, two or more, parts: the largest power of two below.
fn split(entries: u64) -> u64 {
    1 << (u64::BITS - 1 - (entries - 1).leading_zeros())
}

fn hashes_of(tile: Tile, content: &[u8]) -> Result<Vec<Digest>, TreeError> {
    let (hashes, rest) = content.as_chunks::<32>();
    if !rest.is_empty() || hashes.len() != usize::from(tile.width) {
        return Err(TreeError::Length(tile.path()));
    }
    Ok(hashes.iter().map(|raw| Digest(*raw)).collect())
}

/// A tile and what is in it.
pub type Completed = (Tile, Vec<u8>);

/// The right edge of a tree: all it takes to append to it, in bounded memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    /// Hashes of the tile that is not full yet, for each level.
    levels: [Vec<Digest>; LEVELS],
}

impl Default for Edge {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl Edge {
    /// Of the tree without entries.
    pub const EMPTY: Edge = Edge {
        size: 0,
        levels: [const { Vec::new() }; LEVELS],
    };

    /// The edge of a tree of `size` entries whose tiles `read` gives.
    pub fn load(size: u64, read: &dyn Fn(Tile) -> io::Result<Vec<u8>>) -> Result<Self, TreeError> {
        let mut edge = Self::EMPTY;
        edge.size = size;
        for tile in (0..LEVELS).filter_map(|level| partial(size, level)) {
            let content = read(tile).map_err(|source| TreeError::Read {
                path: tile.path(),
                source,
            })?;
            if let Some(level) = edge.levels.get_mut(usize::from(tile.level)) {
                *level = hashes_of(tile, &content)?;
            }
        }
        Ok(edge)
    }

    /// Entries of the tree.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends an entry by its hash. Gives the tiles that it made full.
    pub fn append(&mut self, leaf: Digest) -> Vec<Completed> {
        self.size += 1;
        let (mut next, mut completed) = (leaf, Vec::new());
        for (level, hashes) in self.levels.iter_mut().enumerate() {
            hashes.push(next);
            if hashes.len() as u64 != TILE_WIDTH {
                break;
            }
            let in_level = self.size >> (TILE_HEIGHT * level as u32);
            let tile = Tile {
                level: level as u8,
                index: in_level / TILE_WIDTH - 1,
                width: TILE_WIDTH as u16,
            };
            completed.push((tile, bytes_of(hashes)));
            next = full_root(hashes);
            hashes.clear();
        }
        completed
    }

    /// The tiles that are not full.
    pub fn partial_tiles(&self) -> Vec<Completed> {
        (0..LEVELS)
            .filter_map(|level| {
                let tile = partial(self.size, level)?;
                Some((tile, bytes_of(self.levels.get(level)?)))
            })
            .collect()
    }

    /// The root of the tree.
    pub fn root(&self) -> Digest {
        let mut root: Option<Digest> = None;
        for hashes in &self.levels {
            // Whole subtrees from right to left: the smallest first.
            for height in 0..TILE_HEIGHT {
                let (width, entries) = (hashes.len(), 1usize << height);
                if width & entries == 0 {
                    continue;
                }
                let from = width >> (height + 1) << (height + 1);
                let left = full_root(hashes.get(from..from + entries).unwrap_or_default());
                root = Some(root.map_or(left, |right| node_hash(&left, &right)));
            }
        }
        root.unwrap_or_else(|| Digest::of(b""))
    }
}

/// The tile of this level that is not full in a tree of `size` entries.
fn partial(size: u64, level: usize) -> Option<Tile> {
    let in_level = size >> (TILE_HEIGHT as usize * level);
    let width = in_level % TILE_WIDTH;
    (width > 0).then_some(Tile {
        level: level as u8,
        index: in_level / TILE_WIDTH,
        width: width as u16,
    })
}

fn bytes_of(hashes: &[Digest]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

#[cfg(test)]
mod tests {
    use super::super::merkle::tests::{ROOTS, digests, entries};
    use super::super::merkle::{check_consistency, check_inclusion, leaf_hash};
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn roots_of_the_reference_implementation() {
        let mut edge = Edge::EMPTY;
        assert_eq!(edge.root(), Digest::of(b""));
        for (entry, root) in entries().iter().zip(digests(&ROOTS)) {
            edge.append(leaf_hash(entry));
            assert_eq!(edge.root(), root, "{} entries", edge.size());
        }
    }

    #[test]
    fn paths_of_the_specification() {
        let path = |level, index, width| Tile { level, index, width }.path();
        assert_eq!(path(0, 1_234_067, 256), "tile/0/x001/x234/067");
        assert_eq!(path(1, 0, 17), "tile/1/000.p/17");
        assert_eq!(super::entries(1000, 255), "tile/entries/x001/000.p/255");
        // A tree of 70,000: 273 full tiles and one of 112; one full and one of 17; one of 1.
        let widths: Vec<_> = (0..LEVELS).filter_map(|level| partial(70_000, level)).collect();
        let told: Vec<_> = widths.iter().map(|t| (t.level, t.index, t.width)).collect();
        assert_eq!(told, [(0, 273, 112), (1, 1, 17), (2, 0, 1)]);
    }

    /// The root, as RFC 6962 defines it.
    fn defined(leaves: &[Digest]) -> Digest {
        match leaves.len() {
            0 | 1 => full_root(leaves),
            more => {
                let (left, right) = leaves.split_at(usize::try_from(split(more as u64)).unwrap());
                node_hash(&defined(left), &defined(right))
            }
        }
    }

    #[test]
    fn a_tree_of_several_levels_grows_and_proves_everything() {
        let (mut edge, mut tiles, mut leaves) = (Edge::EMPTY, HashMap::new(), Vec::new());
        let mut roots = vec![Digest::of(b"")];
        let mut put = |tile: Tile, content| tiles.insert(tile, content);
        let sizes = [
            1u64, 2, 3, 5, 255, 256, 257, 511, 512, 700, 65_536, 65_537, 66_000,
        ];
        for number in 0..66_000u64 {
            let leaf = leaf_hash(&number.to_be_bytes());
            leaves.push(leaf);
            for (tile, content) in edge.append(leaf) {
                put(tile, content);
            }
            if sizes.contains(&edge.size()) {
                for (tile, content) in edge.partial_tiles() {
                    put(tile, content);
                }
                roots.push(edge.root());
                assert_eq!(edge.root(), defined(&leaves), "{} entries", edge.size());
            }
        }
        let read = |tile: Tile| tiles.get(&tile).cloned().ok_or(io::ErrorKind::NotFound.into());
        for (size, root) in sizes.iter().zip(&roots[1..]) {
            let tree = Tree::new(*size, &read);
            assert_eq!(tree.root().unwrap(), *root);
            let again = Edge::load(*size, &read).unwrap();
            assert_eq!((again.root(), again.size()), (*root, *size));
            for index in [0, 1, 254, 255, 256, 300, 65_535, size - 1] {
                if index < *size {
                    let proof = tree.inclusion(index).unwrap();
                    let leaf = leaves[usize::try_from(index).unwrap()];
                    assert_eq!(check_inclusion(leaf, index, *size, *root, &proof), Ok(()));
                    assert!(check_inclusion(Digest::ZERO, index, *size, *root, &proof).is_err());
                } else {
                    assert!(matches!(tree.inclusion(index), Err(TreeError::Index { .. })));
                }
            }
            for (old, old_root) in sizes.iter().zip(&roots[1..]).filter(|(old, _)| *old <= size) {
                let proof = tree.consistency(*old).unwrap();
                let (older, newer) = ((*old, *old_root), (*size, *root));
                assert_eq!(check_consistency(older, newer, &proof), Ok(()), "{old} {size}");
                assert!(check_consistency((*old, Digest::ZERO), newer, &proof).is_err());
            }
        }
    }

    #[test]
    fn every_pair_of_small_trees() {
        let leaves: Vec<Digest> = (0..40u8).map(|n| leaf_hash(&[n])).collect();
        for size in 0..=leaves.len() {
            let mut edge = Edge::EMPTY;
            for leaf in &leaves[..size] {
                edge.append(*leaf);
            }
            let tiles: HashMap<_, _> = edge.partial_tiles().into_iter().collect();
            let read = |tile: Tile| tiles.get(&tile).cloned().ok_or(io::ErrorKind::NotFound.into());
            let tree = Tree::new(size as u64, &read);
            let newer = (size as u64, edge.root());
            for old in 0..=size {
                let proof = tree.consistency(old as u64).unwrap();
                let older = (old as u64, defined(&leaves[..old]));
                assert_eq!(check_consistency(older, newer, &proof), Ok(()), "{old} {size}");
                let inclusion = tree.inclusion(old as u64);
                if old < size {
                    let proof = inclusion.unwrap();
                    let holds = check_inclusion(leaves[old], old as u64, newer.0, newer.1, &proof);
                    assert_eq!(holds, Ok(()));
                }
            }
        }
    }
}
