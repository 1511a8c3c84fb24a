//! A paper as a page.

use super::{Block, Paper, Run, shown};
use std::fmt::Write;

const STYLE: &str = "
body { font: 1rem/1.5 system-ui, sans-serif; color: #0b0c0c; background: #fff; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.75rem; line-height: 1.2 }
h2 { font-size: 1.25rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid #b1b4b6; padding: .4rem .6rem .4rem 0; text-align: left; vertical-align: top; overflow-wrap: break-word }
td:last-child { overflow-wrap: anywhere }
dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: .3rem 1.5rem; margin: 0 }
dt { font-weight: 600 }
dd { margin: 0; overflow-wrap: anywhere }
code { font: .875rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere }
.notice { border-left: .5rem solid #d4351c; padding: .5rem 1rem; margin: 1rem 0 }
@media (max-width: 40rem) { dl { display: block } dd { margin-bottom: .5rem }
  table, tbody, tr, td { display: block } thead { display: none } tr { border-bottom: 1px solid #b1b4b6; padding: .5rem 0 }
  td { border: 0; padding: 0 } td::before { content: attr(data-label) ': '; font-weight: 600 } }
@media print { body { margin: 0; max-width: none } }
";

/// A whole page, from text that is HTML already.
pub(in crate::seal) fn page(title: &str, heading: &str, lead: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>{heading}</h1>\n{lead}{body}</main>\n</body>\n</html>\n"
    )
}

// Writing to a String cannot fail, so the results below are of no interest.

pub(in crate::seal) fn fact(body: &mut String, name: &str, value: &str) {
    let _ = writeln!(body, "<dt>{}</dt><dd>{}</dd>", escape(name), escape(value));
}

pub(in crate::seal) fn code(body: &mut String, name: &str, value: &str) {
    let _ = writeln!(
        body,
        "<dt>{}</dt><dd><code>{}</code></dd>",
        escape(name),
        escape(value)
    );
}

/// A table; on a narrow screen each row is a list, and each cell says what it is.
pub(in crate::seal) fn table(
    body: &mut String,
    title: &str,
    columns: &[&str],
    rows: impl Iterator<Item = impl AsRef<[String]>>,
) {
    let head: String = columns
        .iter()
        .map(|column| format!("<th scope=\"col\">{column}</th>"))
        .collect();
    let _ = writeln!(
        body,
        "<h2>{title}</h2>\n<table>\n<thead><tr>{head}</tr></thead>\n<tbody>"
    );
    for row in rows {
        let cells: String = columns
            .iter()
            .zip(row.as_ref())
            .map(|(column, cell)| format!("<td data-label=\"{column}\">{}</td>", escape(cell)))
            .collect();
        let _ = writeln!(body, "<tr>{cells}</tr>");
    }
    body.push_str("</tbody>\n</table>\n");
}

/// The page of a paper.
pub(super) fn of(paper: &Paper) -> String {
    let mut body = String::new();
    for block in &paper.blocks {
        write(&mut body, block);
    }
    page(&escape(&paper.title), &escape(&paper.heading), "", &body)
}

fn write(body: &mut String, block: &Block) {
    match block {
        Block::Heading(text) => {
            let _ = writeln!(body, "<h2>{}</h2>", escape(text));
        }
        Block::Paragraph(runs) => {
            let _ = writeln!(body, "<p>{}</p>", inline(runs));
        }
        Block::Notice(runs) => {
            let _ = writeln!(body, "<p class=\"notice\">{}</p>", inline(runs));
        }
        Block::Facts(facts) => {
            body.push_str("<dl>\n");
            for (name, value) in facts {
                match value {
                    Run::Code(digits) => code(body, name, digits),
                    other => fact(body, name, other.text()),
                }
            }
            body.push_str("</dl>\n");
        }
        Block::Numbered(items) => {
            body.push_str("<ol>\n");
            for item in items {
                let _ = writeln!(body, "<li>{}</li>", inline(item));
            }
            body.push_str("</ol>\n");
        }
        Block::Table { title, columns, rows } => table(body, title, columns, rows.iter()),
    }
}

fn inline(runs: &[Run]) -> String {
    let one = |run: &Run| match run {
        Run::Plain(text) => escape(text),
        Run::Strong(text) => format!("<strong>{}</strong>", escape(text)),
        Run::Code(text) => format!("<code>{}</code>", escape(text)),
    };
    runs.iter().map(one).collect()
}

/// Text of others, in which nothing has a meaning in HTML.
pub(in super::super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in shown(text) {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_stays_text() {
        assert_eq!(
            escape("<b title=\"x\">'&\u{202e}\n"),
            "&lt;b title=&quot;x&quot;&gt;&#39;&amp; "
        );
    }
}
