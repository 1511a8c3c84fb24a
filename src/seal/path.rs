//! Which names a file of a bundle may have.
//!
//! A bundle travels: by mail, on a USB stick, through Windows and macOS. The rule is narrow on purpose. With letters,
//! digits, dot, hyphen and underscore alone there are no two spellings of one name, nothing a shell or a file system
//! reads in its own way, and no way out of the folder.

/// Longest path, in bytes.
pub const PATH_BYTES_MAX: usize = 512;
/// Longest single name, in bytes.
pub const NAME_BYTES_MAX: usize = 128;
/// Most names in a path.
pub const DEPTH_MAX: usize = 8;

/// Why a path is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Nothing there, or `a//b`, or a trailing slash.
    #[error("a name in the path is empty")]
    Empty,
    /// Starts at the root of a file system.
    #[error("the path is absolute")]
    Absolute,
    /// `.` or `..`
    #[error("the path steps to `.` or `..`")]
    Traversal,
    /// A character outside `A-Z a-z 0-9 . _ -`.
    #[error("the path has a character other than A-Z a-z 0-9 . _ -")]
    Character,
    /// A name that starts with a dot or a hyphen, or ends with a dot.
    #[error("a name in the path starts with a dot or hyphen, or ends with a dot")]
    Shape,
    /// Too long or too deep.
    #[error("the path is too long or too deep")]
    TooLong,
}

/// Checks that `path` is relative, uses `/` only, stays inside the bundle and has one spelling everywhere.
pub fn check(path: &str) -> Result<(), PathError> {
    if path.len() > PATH_BYTES_MAX {
        return Err(PathError::TooLong);
    }
    if path.starts_with('/') {
        return Err(PathError::Absolute);
    }
    let mut depth = 0;
    for name in path.split('/') {
        depth += 1;
        if name.is_empty() {
            return Err(PathError::Empty);
        }
        if name == "." || name == ".." {
            return Err(PathError::Traversal);
        }
        if !name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        {
            return Err(PathError::Character);
        }
        if name.starts_with(['.', '-']) || name.ends_with('.') {
            return Err(PathError::Shape);
        }
        if name.len() > NAME_BYTES_MAX || depth > DEPTH_MAX {
            return Err(PathError::TooLong);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good() {
        for path in [
            "bagit.txt",
            "data/0193a5d2-1111-7000-8000-000000000001/segment-001/witness-1-camera.webm",
            "A_b-c.9",
        ] {
            assert_eq!(check(path), Ok(()), "{path}");
        }
    }

    #[test]
    fn bad() {
        let deep = "a/".repeat(8) + "a";
        let long = "a".repeat(129);
        for (path, why) in [
            ("", PathError::Empty),
            ("a//b", PathError::Empty),
            ("a/", PathError::Empty),
            ("/etc/passwd", PathError::Absolute),
            ("../x", PathError::Traversal),
            ("data/../../x", PathError::Traversal),
            ("data/./x", PathError::Traversal),
            ("data\\x", PathError::Character),
            ("C:x", PathError::Character),
            ("data/e\u{301}.webm", PathError::Character),
            ("data/é.webm", PathError::Character),
            ("a b", PathError::Character),
            ("a\0b", PathError::Character),
            ("a\nb", PathError::Character),
            (".hidden", PathError::Shape),
            ("data/-rf", PathError::Shape),
            ("data/x.", PathError::Shape),
            (&deep, PathError::TooLong),
            (&long, PathError::TooLong),
        ] {
            assert_eq!(check(path), Err(why), "{path:?}");
        }
    }
}
