//! Signature version 4 of requests to an S3 store.
//! Source: AWS, "Signature Version 4 for API requests" (Amazon S3 API Reference, "Authenticating Requests (AWS Signature Version 4)").

use crate::seal::digest::Digest;
use ring::hmac;
use time::OffsetDateTime;
use time::macros::format_description;

/// Who asks, and of which region.
#[derive(Clone)]
pub(super) struct Credentials {
    pub key_id: String,
    pub secret: String,
    pub region: String,
}

/// What is signed of a request.
pub(super) struct ToSign<'a> {
    pub method: &'a str,
    /// Encoded, from the first `/` on.
    pub path: &'a str,
    /// Name and value, not encoded.
    pub query: &'a [(&'a str, &'a str)],
    /// `host` and every `x-amz-…` header beside the two that are added here; names in small letters.
    pub headers: &'a [(String, String)],
    pub payload: Digest,
}

/// The headers that make a request a signed one.
pub(super) fn sign(of: &ToSign<'_>, by: &Credentials, at: OffsetDateTime) -> Vec<(String, String)> {
    let stamp = at
        .format(format_description!("[year][month][day]T[hour][minute][second]Z"))
        .unwrap_or_default();
    let day = stamp.get(..8).unwrap_or_default();
    let mut headers = of.headers.to_vec();
    headers.push(("x-amz-content-sha256".into(), of.payload.to_string()));
    headers.push(("x-amz-date".into(), stamp.clone()));
    headers.sort();
    let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    let names = names.join(";");
    let lines: String = headers
        .iter()
        .map(|(name, value)| format!("{name}:{}\n", value.trim()))
        .collect();
    let canonical = format!(
        "{}\n{}\n{}\n{lines}\n{names}\n{}",
        of.method,
        of.path,
        query(of.query),
        of.payload
    );
    let scope = format!("{day}/{}/s3/aws4_request", by.region);
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}",
        Digest::of(canonical.as_bytes())
    );
    let mut key = format!("AWS4{}", by.secret).into_bytes();
    for part in [day, &by.region, "s3", "aws4_request"] {
        key = mac(&key, part);
    }
    let signature = hex::encode(mac(&key, &to_sign));
    headers.push((
        "authorization".into(),
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope},SignedHeaders={names},Signature={signature}",
            by.key_id
        ),
    ));
    headers
}

fn mac(key: &[u8], of: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), of.as_bytes())
        .as_ref()
        .to_vec()
}

/// As it is signed and as it is sent: sorted and encoded.
pub(super) fn query(of: &[(&str, &str)]) -> String {
    let mut parts: Vec<String> = of
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name, false), encode(value, false)))
        .collect();
    parts.sort();
    parts.join("&")
}

/// Everything but letters, digits, `-._~`, and `/` where it parts a path, as `%XX`.
pub(super) fn encode(text: &str, is_path: bool) -> String {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || (is_path && byte == b'/');
    text.bytes()
        .map(|byte| match plain(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    /// The example "GET Object" of the documentation.
    #[test]
    fn the_documented_example_is_signed_as_documented() {
        let by = Credentials {
            key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            region: "us-east-1".into(),
        };
        let headers = [
            ("host".to_owned(), "examplebucket.s3.amazonaws.com".to_owned()),
            ("range".to_owned(), "bytes=0-9".to_owned()),
        ];
        let of = ToSign {
            method: "GET",
            path: "/test.txt",
            query: &[],
            headers: &headers,
            payload: Digest::of(b""),
        };
        let signed = sign(&of, &by, datetime!(2013-05-24 00:00:00 UTC));
        let (_, authorization) = signed.iter().find(|(name, _)| name == "authorization").unwrap();
        assert!(
            authorization
                .ends_with("Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
            "{authorization}"
        );
    }

    #[test]
    fn queries_are_sorted_and_encoded() {
        assert_eq!(
            query(&[("prefix", "a/b c+é"), ("list-type", "2")]),
            "list-type=2&prefix=a%2Fb%20c%2B%C3%A9"
        );
        assert_eq!(encode("a/b c", true), "a/b%20c");
    }
}
