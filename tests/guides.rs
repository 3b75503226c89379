//! What the guides say that can be compared with something: statuses, tests and links.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The guides, and whatever else people read first.
fn guides() -> Vec<PathBuf> {
    let docs = fs::read_dir(root().join("docs")).unwrap();
    let mut guides: Vec<PathBuf> = docs.map(|entry| entry.unwrap().path()).collect();
    guides.extend(["README.md", "README.ja.md", "sandbox/README.md"].map(|name| root().join(name)));
    guides.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    assert!(guides.len() > 10, "{guides:?}");
    guides
}

/// The text without its fenced blocks, in which nothing is a link or a heading.
fn prose(text: &str) -> String {
    let mut is_code = false;
    let mut prose = String::new();
    for line in text.lines() {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        if !is_code && !is_fence {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    prose
}

/// What a translation leaves as it is, in any order: the fenced blocks, code within sentences,
/// links to other files than `twin`, and the levels of the headings.
fn untranslated(text: &str, twin: &str) -> Vec<String> {
    let prose = prose(text);
    let fenced = text.split("```").skip(1).step_by(2).map(str::to_owned);
    let codes = prose.split('`').skip(1).step_by(2);
    let links = prose.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let levels = prose.lines().filter(|line| line.starts_with('#'));
    let mut parts: Vec<String> =
        codes.chain(links.filter(|link| *link != twin)).map(words).collect();
    parts.extend(fenced);
    parts.extend(levels.map(|line| line.chars().take_while(|letter| *letter == '#').collect()));
    parts
}

/// Where a line ends does not matter.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The anchors of the headings, as GitHub makes them.
fn anchors(text: &str) -> HashSet<String> {
    let mut anchors = HashSet::new();
    for line in prose(text).lines().filter(|line| line.starts_with('#')) {
        let heading = line.trim_start_matches('#').trim().to_lowercase();
        let kept = |letter: &char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
        anchors.insert(heading.chars().filter(kept).collect::<String>().replace(' ', "-"));
    }
    anchors
}

#[test]
fn every_status_is_explained() {
    let (header, guide) = (read("include/meetbridge.h"), read("docs/status-codes.md"));
    let status = |line: &str| {
        let (name, number) = line.strip_prefix("#define MEETBRIDGE_")?.split_once(' ')?;
        Some((number.parse().ok()?, name.to_owned()))
    };
    let row = |line: &str| {
        let cells: Vec<&str> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
        let number = cells[0].parse().ok()?;
        assert!(cells.len() == 5 && cells.iter().all(|cell| !cell.is_empty()), "{line}");
        Some((number, cells[1].to_owned()))
    };
    let statuses: Vec<(u16, String)> = header.lines().filter_map(status).collect();
    let rows: Vec<(u16, String)> = guide.lines().filter_map(row).collect();
    assert!(statuses.len() > 30, "{statuses:?}");
    assert_eq!(rows, statuses);
}

#[test]
fn the_readme_says_the_same_in_japanese() {
    let english = untranslated(&read("README.md"), "README.ja.md");
    let japanese = untranslated(&read("README.ja.md"), "README.md");
    assert!(english.len() > 50, "{english:?}");
    for part in english.iter().chain(&japanese) {
        let times = |parts: &[String]| parts.iter().filter(|one| *one == part).count();
        assert_eq!(times(&japanese), times(&english), "{part}");
    }
}

/// A test is named as `file::test`.
#[test]
fn every_test_that_a_guide_names_exists() {
    let mut named = 0;
    for guide in guides() {
        let text = fs::read_to_string(&guide).unwrap();
        for (path, name) in text.split('`').filter_map(|code| code.split_once(".rs::")) {
            let is_there = read(&format!("{path}.rs")).contains(&format!("fn {name}("));
            assert!(is_there, "{}: {path}.rs::{name}", guide.display());
            named += 1;
        }
    }
    assert!(named > 20, "{named} tests are named");
}

#[test]
fn every_link_leads_somewhere() {
    for guide in guides() {
        let text = fs::read_to_string(&guide).unwrap();
        for link in prose(&text).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match path.is_empty() {
                true => guide.clone(),
                false => guide.parent().unwrap().join(path),
            };
            let place = format!("{}: {link}", guide.display());
            assert!(target.exists(), "{place}");
            let is_there = || anchors(&fs::read_to_string(&target).unwrap()).contains(anchor);
            assert!(anchor.is_empty() || is_there(), "{place}");
        }
    }
}
