//! How far a recording that runs has come, from what is on the disk of it.

use crate::seal::digest::Digest;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// Enough for the longest line of `fragments.tsv`.
const TAIL_BYTES: u64 = 4096;

/// The last link in `fragments.tsv`; none when there is no fragment yet. It is on the disk for good when this comes back: what is
/// entered in the log must not be lost by a crash, or an honest recording would not fit its receipt.
pub(super) fn last_link(path: &Path) -> io::Result<Option<Digest>> {
    let mut file = match File::open(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let bytes = file.metadata()?.len();
    file.seek(SeekFrom::Start(bytes.saturating_sub(TAIL_BYTES)))?;
    let mut tail = Vec::new();
    (&mut file).take(TAIL_BYTES).read_to_end(&mut tail)?;
    let link = link_of(&tail);
    if link.is_some() {
        file.sync_data()?;
    }
    Ok(link)
}

/// The link of the last whole line.
fn link_of(tail: &[u8]) -> Option<Digest> {
    let end = tail.iter().rposition(|b| *b == b'\n')?;
    let lines = tail.get(..end)?;
    let start = lines.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    let line = std::str::from_utf8(lines.get(start..)?).ok()?;
    let columns: Vec<&str> = line.split('\t').collect();
    match columns[..] {
        [_, _, _, _, _, link] => link.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::fragments::HEADER;

    #[test]
    fn of_the_last_whole_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fragments.tsv");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            last_link(&path).unwrap()
        };
        assert_eq!(last_link(&folder.path().join("none")).unwrap(), None);
        assert_eq!(read(""), None);
        assert_eq!(read(&format!("{HEADER}\n")), None);
        let link = |n: u8| Digest::of(&[n]);
        let line = |n: u8| format!("{n}\tsegment-001/a.webm\t0\t1\t{}\t{}", link(1), link(n));
        let text = format!("{HEADER}\n{}\n{}\n", line(0), line(1));
        assert_eq!(read(&text), Some(link(1)));
        assert_eq!(
            read(&format!("{text}{}", line(2))),
            Some(link(1)),
            "a line being written"
        );
        let long = format!(
            "{HEADER}\n{}",
            (0..200).map(|n| line(n) + "\n").collect::<String>()
        );
        assert_eq!(read(&long), Some(link(199)));
    }
}
