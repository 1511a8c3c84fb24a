//! Text that goes into URLs and columns.

/// Percent-encodes a path for the path part of a URL (RFC 3986, section 3.3); slashes stay.
pub(super) fn percent_encode_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// `$1, $2, …` for a list of `count` values, numbered from `first`.
pub(super) fn placeholders(first: usize, count: usize) -> String {
    (first..first + count)
        .map(|n| format!("${n}"))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn encodes_what_a_url_would_take_for_syntax() {
        assert_eq!(
            super::percent_encode_path("/a b/ü?#%.db"),
            "/a%20b/%C3%BC%3F%23%25.db"
        );
    }

    #[test]
    fn numbers_placeholders() {
        assert_eq!(super::placeholders(2, 3), "$2, $3, $4");
        assert_eq!(super::placeholders(1, 0), "");
    }
}
