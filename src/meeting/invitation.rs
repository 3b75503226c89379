//! The invitation to a meeting: plain text for people to read and room systems to parse.

mod messages;
mod tag;
mod when;

use fluent_bundle::FluentValue;

use crate::meeting::{DialIn, Meeting, Occurrence};
use messages::Messages;
use when::Clock;

pub use tag::{Tag, negotiate};

/// The most dates of a repeating meeting that are written out; of the others the number is told.
const MAX_DATES: usize = 20;

/// Plain text with LF line ends, the last one included. Never a start link or a host key.
///
/// Each link stands alone on its line, where mail programs and room systems find it; what is not
/// known is left out. Times are those of the meeting's zone, or UTC where that is not known.
pub fn text(meeting: &Meeting, language: Tag) -> String {
    let messages = Messages::new(language);
    let writer = Writer { meeting, clock: Clock::new(&messages, meeting), messages: &messages };
    let mut text = String::new();
    for block in [writer.opening(), writer.subject(), writer.join(), writer.phones(), writer.sip()]
    {
        if !text.is_empty() && !block.is_empty() {
            text.push('\n');
        }
        for line in block {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

/// Writes the blocks of lines between which a blank line stands.
struct Writer<'a> {
    meeting: &'a Meeting,
    messages: &'a Messages,
    clock: Clock<'a>,
}

impl Writer<'_> {
    fn opening(&self) -> Vec<String> {
        let host = self.meeting.host.as_ref().and_then(|host| known(&host.name));
        vec![match host {
            Some(host) => self.say("invited-by", [("host", host)]),
            None => self.say("invited", []),
        }]
    }

    /// What is spoken of, and when.
    fn subject(&self) -> Vec<String> {
        let topic = known(&self.meeting.topic);
        let mut lines: Vec<String> =
            topic.map(|topic| self.say("topic", [("topic", topic)])).into_iter().collect();
        let dates = dates(self.meeting);
        let separate = has_own_links(self.meeting, &dates);
        let single = match dates.as_slice() {
            [] => self.meeting.start.map(|start| (start, self.meeting.duration_minutes)),
            [date] if !separate => date.start.map(|start| (start, self.minutes(date))),
            _ => None,
        };
        if let Some((start, minutes)) = single {
            let period = self.clock.period(start, minutes);
            lines.push(self.say("time", [("period", period)]));
            lines.push(self.zone());
        } else if dates.is_empty() {
            lines.push(self.say("time-none", []));
        } else {
            lines.push(self.zone());
            lines.push(self.say("dates", []));
            for date in dates.iter().take(MAX_DATES) {
                let Some(start) = date.start else { continue };
                let period = self.clock.period(start, self.minutes(date));
                lines.push(self.say("date-line", [("period", period)]));
                let link = date.join_url.as_deref().filter(|_| separate).map(solid);
                lines.extend(link.filter(|link| !link.is_empty()));
            }
            if dates.len() > MAX_DATES {
                let more = FluentValue::from(dates.len() - MAX_DATES);
                lines.push(self.messages.say("dates-more", [("count", more)]));
            }
        }
        lines
    }

    fn zone(&self) -> String {
        self.say("time-zone", [("zone", self.clock.zone().to_owned())])
    }

    fn minutes(&self, date: &Occurrence) -> Option<u32> {
        date.duration_minutes.or(self.meeting.duration_minutes)
    }

    fn join(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let link = solid(self.meeting.join_url.as_deref().unwrap_or_default());
        if !link.is_empty() {
            let dates = dates(self.meeting);
            // Where each date has a meeting of its own, this block speaks of one of them.
            let own = |date: &&&Occurrence| date.join_url == self.meeting.join_url;
            let date = dates.iter().find(own).and_then(|date| date.start);
            lines.push(match date.filter(|_| has_own_links(self.meeting, &dates)) {
                Some(start) => self.say("join-on", [("date", self.clock.date(start))]),
                None => self.say("join", []),
            });
            lines.push(link);
        }
        if let Some(number) = known(&self.meeting.number) {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            let number = grouped(&self.meeting.provider, number);
            lines.push(self.say("number", [("number", number)]));
        }
        // No space can be lost in it: Webex forbids them in passwords, and Zoom's schema tells of
        // letters, digits and punctuation.
        if let Some(passcode) = known(&self.meeting.passcode) {
            lines.push(self.say("passcode", [("passcode", passcode)]));
        }
        lines
    }

    fn phones(&self) -> Vec<String> {
        let mut lines: Vec<String> =
            self.meeting.dial_in.iter().filter_map(|dial| self.phone(dial)).collect();
        if !lines.is_empty() {
            lines.insert(0, self.say("phone", []));
        }
        lines
    }

    fn phone(&self, dial: &DialIn) -> Option<String> {
        let number = Some(one_line(&dial.number)).filter(|number| !number.is_empty())?;
        let number = match dial.toll_free {
            Some(true) => self.say("phone-toll-free", [("number", number)]),
            _ => number,
        };
        let place = match (known(&dial.label), known(&dial.country)) {
            (Some(label), Some(country)) => {
                Some(self.say("phone-place", [("label", label), ("country", country)]))
            }
            (label, country) => label.or(country),
        };
        Some(match place {
            Some(place) => self.say("phone-line", [("place", place), ("number", number)]),
            None => self.say("phone-line-bare", [("number", number)]),
        })
    }

    /// As a URI, which is what room systems look for (Pexip's One-Touch Join: `sip:<uri>`).
    fn sip(&self) -> Vec<String> {
        let address = self.meeting.sip.as_deref().map(solid).filter(|address| !address.is_empty());
        let Some(address) = address else { return Vec::new() };
        let scheme = address.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
        let is_uri = scheme.is_some_and(|scheme| scheme == "sip" || scheme == "sips");
        let uri = if is_uri { address } else { format!("sip:{address}") };
        vec![self.say("sip", [("uri", uri)])]
    }

    fn say<const N: usize>(&self, id: &str, values: [(&'static str, String); N]) -> String {
        let values = values.map(|(name, value)| (name, FluentValue::from(value)));
        let provider = ("provider", FluentValue::from(self.meeting.provider.clone()));
        self.messages.say(id, values.into_iter().chain([provider]))
    }
}

/// The dates of a repeating meeting in their order.
fn dates(meeting: &Meeting) -> Vec<&Occurrence> {
    let mut dates: Vec<&Occurrence> =
        meeting.occurrences.iter().filter(|date| date.start.is_some()).collect();
    dates.sort_by_key(|date| date.start);
    dates
}

/// Whether some date is met elsewhere than at the meeting's own link.
fn has_own_links(meeting: &Meeting, dates: &[&Occurrence]) -> bool {
    dates.iter().any(|date| date.join_url.is_some() && date.join_url != meeting.join_url)
}

/// A meeting number as people read it and as the providers write it: Zoom 3 4 4, Webex 4 3 4;
/// shorter ones 3 3 4 and 3 3 3. What is no such number stays as it is.
fn grouped(provider: &str, number: String) -> String {
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return number;
    }
    let groups = match (number.len(), provider) {
        (11, "webex") => [4, 3],
        (11, _) => [3, 4],
        (9 | 10, _) => [3, 3],
        _ => return number,
    };
    let (first, rest) = number.split_at(groups[0]);
    let (second, third) = rest.split_at(groups[1]);
    format!("{first} {second} {third}")
}

/// The text on one line, unless it is missing or empty.
fn known(text: &Option<String>) -> Option<String> {
    text.as_deref().map(one_line).filter(|text| !text.is_empty())
}

/// Somebody's text in one line, so that it cannot pass for lines of ours: a run of line breaks,
/// control characters and spaces becomes one space, marks that turn the direction are left out.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut spaced = true;
    for letter in text.chars().filter(|letter| !is_hidden(*letter)) {
        let breaks = letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}');
        let letter = if breaks { ' ' } else { letter };
        if !(spaced && letter.is_whitespace()) {
            line.push(letter);
        }
        spaced = letter.is_whitespace();
    }
    line.truncate(line.trim_end().len());
    line
}

/// A link or an address: no space, no break.
fn solid(text: &str) -> String {
    let stays =
        |letter: &char| !(letter.is_whitespace() || letter.is_control() || is_hidden(*letter));
    text.chars().filter(stays).collect()
}

/// Marks without width that hide text or turn its direction (Unicode UAX #9, UTS #39). Joiners
/// stay: some scripts and emoji need them.
fn is_hidden(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests;
