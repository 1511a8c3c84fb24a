//! Certificates as PDF, read by programs that are not ours (poppler).

use oyer::seal::paper::{Block, PAGES_MAX, Paper, PdfError, plain, strong};
use oyer::seal::timestamp::Timestamp;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings-schema/vectors")
}

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .unwrap_or_else(|e| panic!("{program} (poppler-utils): {e}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// Without spaces and line ends: where lines break is not what is compared.
fn dense(text: &str) -> String {
    text.split_whitespace().collect()
}

/// The text in the order in which a screen reader reads it.
fn spoken(pdf: &Path) -> String {
    let structure = run("pdfinfo", &["-struct-text", pdf.to_str().unwrap()]);
    let said = structure.lines().map(str::trim);
    said.filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'))
        .collect()
}

/// What a page says, without its marks: each element by itself.
fn lines_of(html: &str) -> Vec<String> {
    let (_, body) = html.split_once("<main>").unwrap();
    let mut lines = Vec::new();
    for part in body.split('<') {
        let (_, text) = part.split_once('>').unwrap_or(("", part));
        let text = text
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&amp;", "&");
        if !text.trim().is_empty() {
            lines.push(text);
        }
    }
    lines
}

fn put(pdf: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("paper.pdf");
    fs::write(&path, pdf).unwrap();
    (folder, path)
}

#[test]
fn the_certificate_of_custody_says_the_same_as_a_page_and_as_a_pdf() {
    let folder = tempfile::tempdir().unwrap();
    let [html, pdf] = ["c.html", "c.pdf"].map(|name| folder.path().join(name));
    let custody = |file: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_oyer"));
        command.arg("custody").arg(vectors().join("good/closed"));
        command
            .arg("--trust")
            .arg(vectors().join("keys/TEST-ONLY-court/root.pem"));
        command.arg("--certificate").arg(file).output().unwrap()
    };
    for file in [&html, &pdf] {
        let made = custody(file);
        assert_eq!(made.status.code(), Some(0), "{made:?}");
        assert!(made.stdout.is_empty());
        // A certificate that somebody signed is not written over.
        assert_eq!(custody(file).status.code(), Some(2));
    }
    assert_eq!(custody(&folder.path().join("c.txt")).status.code(), Some(2));

    let spoken = dense(&spoken(&pdf));
    let printed = dense(&run("pdftotext", &[pdf.to_str().unwrap(), "-"]));
    let page = fs::read_to_string(&html).unwrap();
    let mut lines = 0;
    for line in lines_of(&page) {
        // The two were made at different moments.
        if line.contains("of the computer that made this page") {
            continue;
        }
        lines += 1;
        assert!(spoken.contains(&dense(&line)), "{line:?} is not in the PDF");
        let word = line.split_whitespace().next().unwrap();
        assert!(
            word.len() > 20 || printed.contains(word),
            "{word:?} is not printed"
        );
    }
    assert!(lines > 50, "{lines}");
    let info = run("pdfinfo", &[pdf.to_str().unwrap()]);
    assert!(info.contains("Tagged:          yes"), "{info}");
    assert!(info.contains("Certificate of custody 01930000"), "{info}");
    let fonts = run("pdffonts", &[pdf.to_str().unwrap()]);
    for font in fonts.lines().skip(2) {
        // Enclosed, only what is used of them, and with the letters that their glyphs stand for.
        assert!(
            font.contains("+DejaVuSans") && font.contains("yes yes yes"),
            "{font}"
        );
    }
    assert_eq!(fonts.lines().count(), 4);
}

fn paper(blocks: Vec<Block>) -> Paper {
    Paper {
        title: "Paper".into(),
        heading: "Paper".into(),
        blocks,
        made_at: "2026-01-15T09:30:00.000Z".parse::<Timestamp>().unwrap(),
    }
}

#[test]
fn names_in_latin_cyrillic_and_uzbek_are_set_and_others_are_numbers() {
    let set = "Gʻulomova Oʻgʻiloy, Шаҳноза Қодирова, Ғуломов Ўткир, Łukasz Žižek, Παπαδόπουλος, გიორგი, Հայկ ‘a’ “b” № § — _";
    let not = "中 שלום\u{202e}\u{7}";
    let pdf = paper(vec![
        Block::Paragraph(vec![plain(set), strong(set)]),
        Block::Facts(vec![("Name", plain(not))]),
    ]);
    let (_folder, path) = put(&pdf.pdf().unwrap());
    let text = run("pdftotext", &[path.to_str().unwrap(), "-"]);
    assert_eq!(dense(&text).matches(&dense(set)).count(), 2, "{text}");
    assert!(
        dense(&text).contains("[U+4E2D][U+05E9][U+05DC][U+05D5][U+05DD]"),
        "{text}"
    );
    assert!(!text.contains('\u{202e}'));
}

#[test]
fn a_long_chain_goes_over_pages_under_its_names() {
    let row = |i: usize| vec![i.to_string(), "particular ".repeat(40)];
    let rows: Vec<Vec<String>> = (0..80).map(row).collect();
    let table = |rows| Block::Table {
        title: "Chain",
        columns: &["Number", "Particulars"],
        rows,
    };
    let (_folder, path) = put(&paper(vec![table(rows)]).pdf().unwrap());
    let info = run("pdfinfo", &[path.to_str().unwrap()]);
    let pages = info.lines().find_map(|line| line.strip_prefix("Pages:")).unwrap();
    let pages: usize = pages.trim().parse().unwrap();
    assert!((4..30).contains(&pages), "{pages}");
    let text = run("pdftotext", &["-layout", path.to_str().unwrap(), "-"]);
    // On each page for the eye, and once for whoever has it read out.
    assert_eq!(text.matches("Particulars").count(), pages);
    let spoken = spoken(&path);
    assert_eq!(spoken.matches("Particulars").count(), 1);
    assert_eq!(spoken.matches("particular ").count(), 80 * 40);
    assert!(text.contains(&format!("page {pages} of {pages}")));

    // One row that is longer than a page, and one without a place to break.
    let (_folder, path) = put(&paper(vec![table(vec![
        vec!["1".into(), "x".repeat(20_000)],
        vec!["2".into(), String::new()],
    ])])
    .pdf()
    .unwrap());
    assert_eq!(self::spoken(&path).matches('x').count(), 20_000);
}

#[test]
fn what_nobody_would_print_is_refused_before_it_is_set() {
    let rows = (0..PAGES_MAX * 80).map(|i| vec![i.to_string()]).collect();
    let chain = Block::Table {
        title: "Chain",
        columns: &["Number"],
        rows,
    };
    assert!(matches!(paper(vec![chain]).pdf(), Err(PdfError::TooLong)));
}
