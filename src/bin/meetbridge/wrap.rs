//! Lines that fit a terminal of 80 columns, in scripts with and without spaces.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How wide help and errors are at most.
pub const COLUMNS: usize = 80;

/// What no line begins with (JIS X 4051), and what none ends with.
const NOT_FIRST: &str =
    "、。，．・：；？！）」』】〉》〕］｝ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ…)]},.:;!?";
const NOT_LAST: &str = "（「『【〈《〔［｛([{";

/// The text in lines of at most so many columns. Line breaks of the text stay.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    text.split('\n').flat_map(|line| wrap_line(line, columns)).collect()
}

/// The same with each line behind so many spaces.
pub fn indented(text: &str, indent: usize) -> String {
    let lines = wrap(text, COLUMNS.saturating_sub(indent));
    let line = |line: String| if line.is_empty() { line } else { " ".repeat(indent) + &line };
    lines.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

fn wrap_line(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for (spaced, piece) in pieces(text) {
        let gap = usize::from(spaced && used > 0);
        if used > 0 && used + gap + piece.width() > columns {
            lines.push(String::new());
            used = 0;
        } else if gap > 0 {
            push(&mut lines, ' ');
            used += 1;
        }
        for letter in piece.chars() {
            let width = letter.width().unwrap_or(0);
            // Longer than a line by itself: a path or an address.
            if used + width > columns {
                lines.push(String::new());
                used = 0;
            }
            push(&mut lines, letter);
            used += width;
        }
    }
    lines
}

fn push(lines: &mut [String], letter: char) {
    if let Some(last) = lines.last_mut() {
        last.push(letter);
    }
}

/// What stays on one line, and whether a space stands before it.
fn pieces(text: &str) -> Vec<(bool, String)> {
    let mut pieces: Vec<(bool, String)> = Vec::new();
    let mut before = ' ';
    for letter in text.chars() {
        if letter != ' ' {
            match pieces.last_mut() {
                Some((_, piece)) if before != ' ' && !may_part(before, letter) => {
                    piece.push(letter);
                }
                _ => pieces.push((before == ' ', letter.to_string())),
            }
        }
        before = letter;
    }
    pieces
}

/// Whether a line may end between these.
fn may_part(before: char, after: char) -> bool {
    let is_wide = |letter: char| letter.width() == Some(2);
    (is_wide(before) || is_wide(after)) && !NOT_LAST.contains(before) && !NOT_FIRST.contains(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_spaces_and_between_japanese_letters() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("a\n\nb  c", 8), ["a", "", "b c"]);
        assert_eq!(wrap("鍵を確認します。", 8), ["鍵を確認", "します。"]);
        assert_eq!(wrap("鍵を確認。", 8), ["鍵を確", "認。"]);
        assert_eq!(wrap("鍵（key）を", 9), ["鍵（key）", "を"]);
        assert_eq!(wrap("/a/long/path", 5), ["/a/lo", "ng/pa", "th"]);
    }

    #[test]
    fn no_line_is_wider_than_asked() {
        let text = "設定 store.sqlite の場所 /local/meetbridge/meetbridge.db に書き込めません。";
        for columns in 4..60 {
            assert!(wrap(text, columns).iter().all(|line| line.width() <= columns));
        }
        let together: String = wrap(text, 10).concat().split(' ').collect();
        assert_eq!(together, text.replace(' ', ""));
    }
}
