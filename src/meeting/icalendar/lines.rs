//! The content lines of an iCalendar text (RFC 5545, section 3.1), unfolded, with their numbers.

use std::borrow::Cow;

use ical::tree::line::IcalLine;
use ical::tree::param::lens::IcalParamLens;

/// Names that must not be lost where a line is damaged.
const VITAL: [&str; 13] = [
    "BEGIN",
    "END",
    "METHOD",
    "DTSTART",
    "DTEND",
    "DURATION",
    "RRULE",
    "RDATE",
    "EXDATE",
    "EXRULE",
    "RECURRENCE-ID",
    "STATUS",
    "UID",
];

/// A property.
pub(super) struct Line<'a> {
    /// Of the physical line that it begins on, from 1.
    pub number: usize,
    /// In capitals.
    pub name: String,
    content: IcalLine<'a>,
}

impl Line<'_> {
    /// The value as it is written.
    pub fn raw(&self) -> Cow<'_, str> {
        self.content.raw_value_str()
    }

    /// The value of a property of type TEXT; `None` if there is nothing to read in it.
    pub fn text(&self) -> Option<String> {
        let text = self.content.value.decode();
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    pub fn is(&self, value: &str) -> bool {
        self.raw().trim().eq_ignore_ascii_case(value)
    }

    pub fn param<P: IcalParamLens>(&self) -> Option<P::Target<'_>> {
        self.content.param::<P>()
    }

    /// A parameter that people wrote: with the commas of one that lacks its quotes.
    pub fn name_param(&self, name: &str) -> Option<String> {
        let is_it = |found: &str| found.eq_ignore_ascii_case(name);
        let param = self.content.params.iter().find(|param| is_it(param.name.get()))?;
        let values: Vec<&str> = param.values.iter().map(|value| value.get()).collect();
        let text = values.join(",");
        let text = text.trim().trim_matches('"').trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// What is wrong with it.
    pub fn fail(&self, what: impl std::fmt::Display) -> String {
        format!("line {}: {}: {what}", self.number, self.name)
    }
}

/// A text without its folds and blank lines, and the number of each line that is left.
pub(super) struct Unfolded {
    text: String,
    numbers: Vec<usize>,
}

impl Unfolded {
    pub fn of(text: &str) -> Unfolded {
        let mut unfolded =
            Unfolded { text: String::with_capacity(text.len()), numbers: Vec::new() };
        for (at, line) in text.split('\n').enumerate() {
            let line = line.strip_suffix('\r').unwrap_or(line);
            match line.strip_prefix([' ', '\t']) {
                Some(more) if !unfolded.numbers.is_empty() => unfolded.text.push_str(more),
                _ if line.trim().is_empty() => {}
                _ => {
                    if !unfolded.numbers.is_empty() {
                        unfolded.text.push('\n');
                    }
                    unfolded.text.push_str(line);
                    unfolded.numbers.push(at + 1);
                }
            }
        }
        unfolded
    }

    /// All lines. Those that are no properties are passed over, as broken exports have them after
    /// long texts; one on which the meeting depends is an error.
    pub fn lines(&self) -> Result<Vec<Line<'_>>, String> {
        let mut rest = self.text.as_bytes();
        let mut at = 0;
        let mut lines = Vec::new();
        while !rest.is_empty() {
            let number = self.numbers.get(at).copied().unwrap_or_default();
            let tail = match IcalLine::take(rest) {
                Ok((content, tail)) => {
                    let name = content.name.get().trim().to_ascii_uppercase();
                    lines.push(Line { number, name, content });
                    tail
                }
                Err(_) => {
                    let (junk, tail) = IcalLine::take_physical(rest);
                    let name =
                        junk.split(|byte| b";= \n".contains(byte)).next().unwrap_or_default();
                    if VITAL.iter().any(|vital| name.eq_ignore_ascii_case(vital.as_bytes())) {
                        return Err(format!("line {number}: a property without a value"));
                    }
                    tail
                }
            };
            // More than one where quoted-printable text goes on.
            let taken = rest.len().saturating_sub(tail.len());
            at += rest.iter().take(taken).filter(|byte| **byte == b'\n').count();
            rest = tail;
        }
        Ok(lines)
    }
}
