//! `fragments.tsv` and `gaps.jsonl`: written once, line by line.

use super::append::{Fragment, sync_folder};
use super::gap::Gap;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// File name of the fragment ledger.
pub(super) const FRAGMENTS: &str = "fragments.tsv";
/// File name of the gap ledger.
pub(super) const GAPS: &str = "gaps.jsonl";
/// First line of `fragments.tsv`.
pub(super) const HEADER: &str = "seq\tfile\toffset\tbytes\tsha256\tchain";

/// `chain_n = SHA-256(chain_{n-1} || sha256_n)` over the raw values; before the first there are 32 zero bytes.
pub(super) fn link(previous: &[u8; 32], sha256: &[u8; 32]) -> [u8; 32] {
    Sha256::new()
        .chain_update(previous)
        .chain_update(sha256)
        .finalize()
        .into()
}

/// A file of lines. A line that the disk took only in part is ended before the next one; readers skip it.
#[derive(Debug)]
pub(super) struct Lines {
    path: PathBuf,
    file: File,
    torn: bool,
    unsynced: bool,
}

impl Lines {
    pub(super) fn create(path: PathBuf) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create_new(true).open(&path)?;
        Ok(Self {
            path,
            file,
            torn: false,
            unsynced: false,
        })
    }

    /// Goes on with a file that a crash may have left with a torn line.
    pub(super) fn resume(path: PathBuf, torn: bool) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).open(&path)?;
        Ok(Self {
            path,
            file,
            torn,
            unsynced: false,
        })
    }

    pub(super) fn append(&mut self, line: &str) -> io::Result<()> {
        let text = format!("{}{line}\n", if self.torn { "\n" } else { "" });
        self.unsynced = true;
        self.torn = true;
        self.file.write_all(text.as_bytes())?;
        self.torn = false;
        Ok(())
    }

    pub(super) fn sync(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.unsynced) {
            self.file.sync_data()?;
        }
        Ok(())
    }

    /// No more lines: read-only, and on the disk.
    pub(super) fn close(&mut self) -> io::Result<()> {
        self.file.set_permissions(Permissions::from_mode(0o444))?;
        self.file.sync_all()
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// Both ledgers of a recording.
#[derive(Debug)]
pub(super) struct Ledger {
    dir: PathBuf,
    fragments: Lines,
    gaps: Lines,
    count: u64,
    chain: [u8; 32],
    gap_count: u64,
    backlog: VecDeque<(String, Fragment)>,
}

/// Where a fragment ledger found on disk ends.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Position {
    pub count: u64,
    pub chain: [u8; 32],
    pub gaps: u64,
    pub fragments_torn: bool,
    pub gaps_torn: bool,
}

impl Ledger {
    pub(super) fn create(dir: &Path) -> io::Result<Self> {
        let mut fragments = Lines::create(dir.join(FRAGMENTS))?;
        fragments.append(HEADER)?;
        fragments.sync()?;
        let gaps = Lines::create(dir.join(GAPS))?;
        sync_folder(dir)?;
        Ok(Self {
            dir: dir.to_owned(),
            fragments,
            gaps,
            count: 0,
            chain: [0; 32],
            gap_count: 0,
            backlog: VecDeque::new(),
        })
    }

    /// Goes on after a crash.
    pub(super) fn resume(dir: &Path, at: Position) -> io::Result<Self> {
        Ok(Self {
            dir: dir.to_owned(),
            fragments: Lines::resume(dir.join(FRAGMENTS), at.fragments_torn)?,
            gaps: Lines::resume(dir.join(GAPS), at.gaps_torn)?,
            count: at.count,
            chain: at.chain,
            gap_count: at.gaps,
            backlog: VecDeque::new(),
        })
    }

    /// Enters a fragment whose bytes are on the disk. When this returns `Ok`, so is the entry, and every gap that was
    /// declared before it. After an error the entry is kept and tried again with the next one.
    pub(super) fn fragment(&mut self, file: &str, fragment: Fragment) -> io::Result<()> {
        self.backlog.push_back((file.to_owned(), fragment));
        self.write_backlog()
    }

    /// The backlog holds one entry in good times. A file whose entry fails is given up, so it never holds more than
    /// one for each open file.
    fn write_backlog(&mut self) -> io::Result<()> {
        self.gaps.sync()?;
        while let Some((file, fragment)) = self.backlog.front() {
            let chain = link(&self.chain, &fragment.sha256);
            self.fragments.append(&format!(
                "{}\t{file}\t{}\t{}\t{}\t{}",
                self.count,
                fragment.offset,
                fragment.bytes,
                hex::encode(fragment.sha256),
                hex::encode(chain),
            ))?;
            self.count += 1;
            self.chain = chain;
            self.backlog.pop_front();
        }
        self.fragments.sync()
    }

    /// Declares a gap. It is on the disk no later than the next fragment.
    pub(super) fn gap(&mut self, gap: &Gap) -> io::Result<()> {
        self.gaps.append(&serde_json::to_string(gap)?)?;
        self.gap_count += 1;
        Ok(())
    }

    pub(super) fn close(&mut self) -> io::Result<()> {
        self.write_backlog()?;
        self.gaps.close()?;
        self.fragments.close()?;
        sync_folder(&self.dir)
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn chain(&self) -> [u8; 32] {
        self.chain
    }

    pub(super) fn gap_count(&self) -> u64 {
        self.gap_count
    }

    pub(super) fn path(&self) -> &Path {
        self.fragments.path()
    }
}

/// A fragment ledger found on disk.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub position: Position,
    /// Bytes of each file that are in fragments.
    pub covered: HashMap<String, u64>,
}

/// Reads `fragments.tsv`. A line that does not parse, does not follow the one before or does not continue its file is
/// skipped: a crash can leave one torn line at the end.
pub(super) fn read_fragments(dir: &Path) -> io::Result<Found> {
    let text = match std::fs::read(dir.join(FRAGMENTS)) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Found::default()),
        text => text?,
    };
    let mut found = Found::default();
    found.position.fragments_torn = text.last().is_some_and(|last| *last != b'\n');
    for line in text.split(|b| *b == b'\n') {
        let Some((seq, file, fragment, chain)) = std::str::from_utf8(line).ok().and_then(parse) else {
            continue;
        };
        let position = &mut found.position;
        let covered = found.covered.entry(file.to_owned()).or_default();
        let follows = seq == position.count
            && fragment.offset == *covered
            && chain == link(&position.chain, &fragment.sha256);
        if !follows {
            continue;
        }
        let Some(end) = covered.checked_add(fragment.bytes) else {
            continue;
        };
        *covered = end;
        position.count += 1;
        position.chain = chain;
    }
    Ok(found)
}

fn parse(line: &str) -> Option<(u64, &str, Fragment, [u8; 32])> {
    let mut fields = line.split('\t');
    let mut next = || fields.next();
    let (seq, file) = (next()?.parse().ok()?, next()?);
    let (offset, bytes) = (next()?.parse().ok()?, next()?.parse().ok()?);
    let digest = |text: &str| <[u8; 32]>::try_from(hex::decode(text).ok()?).ok();
    let (sha256, chain) = (digest(next()?)?, digest(next()?)?);
    fields.next().is_none().then_some((
        seq,
        file,
        Fragment {
            offset,
            bytes,
            sha256,
        },
        chain,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fragment(offset: u64, bytes: u64) -> Fragment {
        Fragment {
            offset,
            bytes,
            sha256: [offset as u8; 32],
        }
    }

    #[test]
    fn a_torn_line_is_kept_ended_and_skipped() {
        let dir = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::create(dir.path()).unwrap();
        ledger.fragment("a", fragment(0, 10)).unwrap();
        ledger.fragment("b", fragment(0, 5)).unwrap();
        let before = ledger.chain();
        drop(ledger);
        let path = dir.path().join(FRAGMENTS);
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"2\ta\t10\t7\tabab").unwrap();
        let torn = std::fs::read(&path).unwrap();
        let found = read_fragments(dir.path()).unwrap();
        assert!(found.position.fragments_torn);
        assert_eq!((found.position.count, found.position.chain), (2, before));
        assert_eq!(found.covered["a"], 10);
        let mut ledger = Ledger::resume(dir.path(), found.position).unwrap();
        ledger.fragment("a", fragment(10, 9)).unwrap();
        ledger.close().unwrap();
        let now = std::fs::read(&path).unwrap();
        assert!(now.starts_with(&torn), "nothing is rewritten");
        let found = read_fragments(dir.path()).unwrap();
        assert_eq!(
            (found.position.count, found.covered["a"], found.covered["b"]),
            (3, 19, 5)
        );
        assert_eq!(found.position.chain, ledger.chain());
        assert!(!found.position.fragments_torn);
    }

    #[test]
    fn a_line_out_of_order_or_with_a_wrong_chain_does_not_count() {
        let dir = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::create(dir.path()).unwrap();
        ledger.fragment("a", fragment(0, 10)).unwrap();
        let path = dir.path().join(FRAGMENTS);
        let text = std::fs::read_to_string(&path).unwrap();
        let line = text.lines().nth(1).unwrap().to_owned();
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        let zeros = "0".repeat(64);
        writeln!(
            file,
            "{line}\n1\ta\t10\t5\t{zeros}\t{zeros}\n1\ta\t-1\tx\n\t\t\t\t\t\t"
        )
        .unwrap();
        let found = read_fragments(dir.path()).unwrap();
        assert_eq!((found.position.count, found.covered["a"]), (1, 10));
    }
}
