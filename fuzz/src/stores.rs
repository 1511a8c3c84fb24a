//! What a court's own stores hand back: encrypted files, and an S3 store's lists. A disk that fails and a store that is somebody
//! else's may answer anything.

// `open` is for files.
#[allow(dead_code)]
#[path = "../../src/evidence/envelope/format.rs"]
mod format;
// What it writes is not read here.
#[allow(dead_code)]
#[path = "../../src/evidence/second/s3/xml.rs"]
mod xml;

use format::{Envelope, seal};
use std::io::{Cursor, Read, Seek, SeekFrom};

const KEY: [u8; 32] = [7; 32];
/// What the reader is asked for at most: a header may promise any length.
const READ_BYTES_MAX: u64 = 1 << 20;

/// The bytes as an encrypted file, and as the content of one.
pub fn envelope(data: &[u8]) {
    if let Ok(mut file) = Envelope::new(Cursor::new(data), &KEY) {
        let promised = file.len();
        let mut content = Vec::new();
        if (&mut file).take(READ_BYTES_MAX).read_to_end(&mut content).is_ok() {
            assert_eq!(content.len() as u64, promised.min(READ_BYTES_MAX));
        }
        for to in [
            SeekFrom::End(-1),
            SeekFrom::Start(promised / 2),
            SeekFrom::Current(i64::MAX),
        ] {
            let _ = file.seek(to).map(|_| file.read(&mut [0; 100]));
        }
    }
    let mut sealed = Vec::new();
    seal(&KEY, data, data.len() as u64, &mut sealed).expect("memory takes everything");
    let opened = |sealed: &[u8]| {
        let mut content = Vec::new();
        let mut file = Envelope::new(Cursor::new(sealed), &KEY)?;
        file.read_to_end(&mut content).map(|_| content)
    };
    assert_eq!(opened(&sealed).expect("as it was sealed"), data);
    let at = data.first().map_or(0, |first| usize::from(*first) % sealed.len());
    sealed[at] ^= 1;
    assert!(opened(&sealed).is_err(), "a changed byte is taken");
}

/// A list of objects or of versions, and an error.
pub fn s3_list(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for name in ["Contents", "Version", "DeleteMarker", "Key"] {
        let found = xml::all(&text, name);
        let inside: usize = found.iter().map(|one| one.len()).sum();
        assert!(inside <= text.len(), "elements do not overlap");
        for one in found {
            assert!(!one.contains(&format!("</{name}>")));
            for inner in ["Key", "Size", "VersionId"] {
                let read = xml::first(one, inner);
                assert!(read.is_none_or(|read| read.len() <= one.len()));
            }
        }
    }
    for name in ["NextContinuationToken", "NextKeyMarker", "IsTruncated", "Code"] {
        let _ = xml::first(&text, name);
    }
}
