//! `fragments.tsv` and `gaps.jsonl`: written once, line by line.

use super::append::{Fragment, create_new, sync_folder, taken_beyond};
use super::gap::Gap;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, PermissionsExt};
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

/// The most bytes that are kept until they are known to be on the disk: many hours of a disk that takes lines and does not sync.
const FRESH_MAX: usize = 1 << 20;

/// A file of lines, written once. What the disk does not take at first is kept and goes before the next line, so that a
/// line is never left torn while the process lives.
///
/// After a synchronisation that failed, Linux takes what was not written for written: the next one succeeds and proves
/// nothing. So what is not known to be on the disk is kept, and then written once more to its place, the very same bytes.
#[derive(Debug)]
pub(super) struct Lines {
    path: PathBuf,
    file: File,
    len: u64,
    rest: VecDeque<u8>,
    /// What the file has taken since it was last known to be on the disk: its end.
    fresh: Vec<u8>,
    /// More than [`FRESH_MAX`] of it was not kept.
    forgotten: bool,
    /// A synchronisation failed since.
    doubtful: bool,
}

impl Lines {
    pub(super) fn create(path: PathBuf) -> io::Result<Self> {
        let file = create_new(&path)?;
        Ok(Self {
            path,
            file,
            len: 0,
            rest: VecDeque::new(),
            fresh: Vec::new(),
            forgotten: false,
            doubtful: false,
        })
    }

    /// Goes on with a file after a crash.
    pub(super) fn resume(path: PathBuf) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).open(&path)?;
        let len = file.metadata()?.len();
        Ok(Self {
            path,
            file,
            len,
            rest: VecDeque::new(),
            fresh: Vec::new(),
            forgotten: false,
            doubtful: false,
        })
    }

    /// Appends a line. After an error it is kept, and tried again with the next one: a file whose line fails is given
    /// up, so there are never more of them than open files.
    pub(super) fn append(&mut self, line: &str) -> io::Result<()> {
        self.rest.extend(line.as_bytes());
        self.rest.push_back(b'\n');
        self.flush()
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        while !self.rest.is_empty() {
            match self.file.write(self.rest.make_contiguous()) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(taken) => self.took(taken),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    // What it took all the same is not written again.
                    let taken = taken_beyond(&self.path, self.len, self.rest.make_contiguous());
                    self.took(taken.unwrap_or(0));
                    return Err(e);
                }
            }
        }
        Ok(())
    }

    fn took(&mut self, bytes: usize) {
        let taken = self.rest.drain(..bytes.min(self.rest.len()));
        self.len += taken.len() as u64;
        match self.fresh.len() + taken.len() <= FRESH_MAX {
            true => self.fresh.extend(taken),
            false => self.forgotten = true,
        }
    }

    /// Bytes that the disk has not taken yet.
    pub(super) fn waiting(&self) -> usize {
        self.rest.len()
    }

    /// Something waits for the disk, or could not be seen onto it.
    pub(super) fn is_behind(&self) -> bool {
        self.waiting() > 0 || self.doubtful
    }

    pub(super) fn sync(&mut self) -> io::Result<()> {
        if self.fresh.is_empty() && !self.forgotten {
            return Ok(());
        }
        if self.doubtful {
            self.write_again()?;
        }
        self.synced(self.file.sync_data())
    }

    /// The same bytes to the same place, so that the kernel has them to write.
    fn write_again(&self) -> io::Result<()> {
        if self.forgotten {
            return Err(io::Error::other(
                "it cannot be known what of this ledger is on the disk: synchronising failed for too long",
            ));
        }
        let from = self.len - self.fresh.len() as u64;
        // The other handle can only append.
        let file = OpenOptions::new().write(true).open(&self.path)?;
        file.write_all_at(&self.fresh, from)
    }

    fn synced(&mut self, done: io::Result<()>) -> io::Result<()> {
        self.doubtful |= done.is_err();
        done?;
        self.doubtful = false;
        // Without the doubt all that was written is there, kept or not.
        self.forgotten = false;
        self.fresh.clear();
        Ok(())
    }

    /// No more lines: read-only, and on the disk.
    pub(super) fn close(&mut self) -> io::Result<()> {
        self.flush()?;
        self.sync()?;
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
        })
    }

    /// Enters fragments whose bytes are on the disk. When this returns `Ok`, so are the entries, and every gap that was
    /// declared before them.
    pub(super) fn fragments<'a>(
        &mut self,
        cut: impl IntoIterator<Item = (&'a str, Fragment)>,
    ) -> io::Result<()> {
        let gaps = self.gaps.sync();
        let mut entered = Ok(());
        for (file, fragment) in cut {
            // One that the disk does not take is kept, and those after it come after it.
            entered = entered.and(self.enter(file, fragment));
        }
        entered?;
        gaps?;
        self.fragments.sync()
    }

    fn enter(&mut self, file: &str, fragment: Fragment) -> io::Result<()> {
        let (seq, chain) = (self.count, link(&self.chain, &fragment.sha256));
        self.count += 1;
        self.chain = chain;
        self.fragments.append(&format!(
            "{seq}\t{file}\t{}\t{}\t{}\t{}",
            fragment.offset,
            fragment.bytes,
            hex::encode(fragment.sha256),
            hex::encode(chain),
        ))
    }

    /// Declares a gap. It is on the disk no later than the next fragment.
    pub(super) fn gap(&mut self, gap: &Gap) -> io::Result<()> {
        self.gap_count += 1;
        self.gaps.append(&serde_json::to_string(gap)?)
    }

    /// Tries what the disk has not taken yet.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.gaps.flush()?;
        self.gaps.sync()?;
        self.fragments.flush()?;
        self.fragments.sync()
    }

    /// Lines wait for the disk, or are in doubt.
    pub(super) fn is_behind(&self) -> bool {
        self.gaps.is_behind() || self.fragments.is_behind()
    }

    pub(super) fn close(&mut self) -> io::Result<()> {
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
    /// Fragments.
    pub count: u64,
    /// Last link.
    pub chain: [u8; 32],
    /// Bytes of each file that are in fragments.
    pub covered: HashMap<String, u64>,
}

/// Reads `fragments.tsv` as far as its lines follow each other: a crash can leave a torn one at the end.
pub(super) fn read_fragments(dir: &Path) -> io::Result<Found> {
    let text = match std::fs::read(dir.join(FRAGMENTS)) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Found::default()),
        text => text?,
    };
    let mut found = Found::default();
    for line in text.split_inclusive(|b| *b == b'\n').skip(1) {
        let line = line
            .strip_suffix(b"\n")
            .and_then(|line| std::str::from_utf8(line).ok());
        let Some((seq, file, fragment, chain)) = line.and_then(parse) else {
            break;
        };
        let covered = found.covered.entry(file.to_owned()).or_default();
        let follows = seq == found.count
            && fragment.offset == *covered
            && chain == link(&found.chain, &fragment.sha256);
        let Some(end) = covered.checked_add(fragment.bytes).filter(|_| follows) else {
            break;
        };
        *covered = end;
        found.count += 1;
        found.chain = chain;
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
    fn what_was_written_is_read_and_a_torn_line_is_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::create(dir.path()).unwrap();
        ledger.fragments([("a", fragment(0, 10))]).unwrap();
        ledger.fragments([("b", fragment(0, 5))]).unwrap();
        let (two, chain) = (std::fs::read(ledger.path()).unwrap(), ledger.chain());
        ledger.fragments([("a", fragment(10, 9))]).unwrap();
        let three = std::fs::read(ledger.path()).unwrap();
        let path = dir.path().join(FRAGMENTS);
        for torn in two.len()..three.len() {
            std::fs::write(&path, &three[..torn]).unwrap();
            let found = read_fragments(dir.path()).unwrap();
            assert_eq!((found.count, found.chain, found.covered["a"]), (2, chain, 10));
        }
        std::fs::write(&path, &three).unwrap();
        let found = read_fragments(dir.path()).unwrap();
        assert_eq!(
            (found.count, found.chain, found.covered["a"]),
            (3, ledger.chain(), 19)
        );
    }

    #[test]
    fn what_is_cut_together_is_entered_in_one_chain() {
        let dir = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::create(dir.path()).unwrap();
        ledger
            .fragments([("a", fragment(0, 10)), ("b", fragment(0, 5))])
            .unwrap();
        ledger.fragments([("a", fragment(10, 9))]).unwrap();
        let found = read_fragments(dir.path()).unwrap();
        assert_eq!((found.count, found.chain), (3, ledger.chain()));
        assert_eq!((found.covered["a"], found.covered["b"]), (19, 5));
    }

    #[test]
    fn a_line_out_of_order_or_with_a_wrong_chain_does_not_count() {
        let dir = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::create(dir.path()).unwrap();
        ledger.fragments([("a", fragment(0, 10))]).unwrap();
        let path = dir.path().join(FRAGMENTS);
        let good = std::fs::read_to_string(&path).unwrap();
        let again = good.lines().nth(1).unwrap();
        let zeros = "0".repeat(64);
        for bad in [
            again,
            &format!("1\ta\t10\t5\t{zeros}\t{zeros}"),
            "1\ta\t-1\tx",
            "\t\t\t\t\t\t",
            "",
        ] {
            std::fs::write(&path, format!("{good}{bad}\n")).unwrap();
            let found = read_fragments(dir.path()).unwrap();
            assert_eq!((found.count, found.covered["a"]), (1, 10), "{bad}");
        }
    }

    /// A pipe takes bytes and cannot be synchronised, as a disk that fails. What it took is gone, as Linux may drop it.
    #[test]
    fn what_a_failed_synchronisation_left_in_doubt_is_written_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lines");
        let mut lines = Lines::create(path.clone()).unwrap();
        lines.append("one").unwrap();
        lines.sync().unwrap();
        let (_kept, pipe) = io::pipe().unwrap();
        let disk = std::mem::replace(&mut lines.file, std::os::fd::OwnedFd::from(pipe).into());
        lines.append("two").unwrap();
        lines.append("three").unwrap();
        assert!(lines.sync().is_err() && lines.sync().is_err());
        assert!(lines.is_behind(), "nobody may vouch for what is in doubt");
        lines.file = disk;
        assert_eq!(std::fs::read(&path).unwrap(), b"one\ntwo\nthree\n");
        lines.append("four").unwrap();
        lines.sync().unwrap();
        assert!(!lines.doubtful && lines.fresh.is_empty());
        lines.close().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"one\ntwo\nthree\nfour\n");
    }

    #[test]
    fn what_a_full_disk_did_not_take_goes_before_the_next_line() {
        let full = OpenOptions::new().append(true).open("/dev/full").unwrap();
        let dir = tempfile::tempdir().unwrap();
        let mut lines = Lines::create(dir.path().join("lines")).unwrap();
        let good = std::mem::replace(&mut lines.file, full);
        assert_eq!(lines.append("one").unwrap_err().raw_os_error(), Some(28));
        lines.file = good;
        lines.append("two").unwrap();
        assert_eq!(std::fs::read_to_string(lines.path()).unwrap(), "one\ntwo\n");
    }
}
