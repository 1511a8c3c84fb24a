//! The little that is read and written of an S3 store's XML: elements by name, without attributes, not nested in their like.

/// What stands in each element of this name.
pub fn all<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(&open) {
        let Some((inside, after)) = after.split_once(&close) else {
            break;
        };
        found.push(inside);
        rest = after;
    }
    found
}

/// The text of the first element of this name.
pub fn first(text: &str, name: &str) -> Option<String> {
    all(text, name).first().map(|text| unescaped(text))
}

/// Text as it stands in an element.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn unescaped(text: &str) -> String {
    let plain = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&#39;", "'"),
    ];
    let text = plain
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    text.replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_by_name() {
        let text = "<L><Contents><Key>a&amp;lt;b</Key><Size>5</Size></Contents><Contents><Key>c</Key></Contents></L>";
        let keys: Vec<_> = all(text, "Contents").iter().map(|c| first(c, "Key")).collect();
        assert_eq!(keys, [Some("a&lt;b".into()), Some("c".into())]);
        assert_eq!(first(text, "None"), None);
        assert_eq!(
            first(&format!("<Key>{}</Key>", escaped("a&lt;<b>")), "Key"),
            Some("a&lt;<b>".into())
        );
        assert!(all("<Key>cut off", "Key").is_empty());
    }
}
