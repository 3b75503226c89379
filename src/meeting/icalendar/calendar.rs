//! The components of an iCalendar text that tell of a meeting.

use super::lines::{Line, Unfolded};

/// A component with its own properties; those of components within are left out.
pub(super) struct Component<'a> {
    /// Of its BEGIN.
    pub number: usize,
    pub lines: Vec<Line<'a>>,
}

/// A VTIMEZONE.
pub(super) struct ZoneComponent<'a> {
    pub id: String,
    /// `true`: DAYLIGHT.
    pub observances: Vec<(bool, Component<'a>)>,
}

#[derive(Default)]
pub(super) struct Calendar<'a> {
    pub events: Vec<Component<'a>>,
    pub zones: Vec<ZoneComponent<'a>>,
}

/// More entries, or time zones, than one meeting ever has.
const MAX_EVENTS: usize = 5000;
const MAX_ZONES: usize = 1000;

impl Component<'_> {
    /// The one property of this name.
    pub fn one(&self, name: &str) -> Result<Option<&Line<'_>>, String> {
        let mut found = self.lines.iter().filter(|line| line.name == name);
        let first = found.next();
        match found.next() {
            Some(second) => Err(second.fail("twice")),
            None => Ok(first),
        }
    }
}

impl<'a> Calendar<'a> {
    pub fn read(text: &'a Unfolded) -> Result<Calendar<'a>, String> {
        let mut calendar = Calendar::default();
        // The components that are open, with the numbers of their BEGIN.
        let mut open: Vec<(String, usize)> = Vec::new();
        for line in text.lines()? {
            match line.name.as_str() {
                "BEGIN" => {
                    let name = line.raw().trim().to_ascii_uppercase();
                    calendar.begin(&open, &name, line.number)?;
                    open.push((name, line.number));
                }
                "END" => match open.pop() {
                    Some((name, _)) if line.is(&name) => {}
                    Some((name, number)) => {
                        let begun = format!("{name} of line {number} is still open");
                        return Err(line.fail(begun));
                    }
                    None => return Err(line.fail("nothing is open")),
                },
                _ => calendar.take(&open, line)?,
            }
        }
        // The end of the whole may be missing; of an entry the rest might matter.
        match open.iter().find(|(name, _)| name != "VCALENDAR") {
            Some((name, number)) => Err(format!("line {number}: BEGIN:{name} without its END")),
            None => Ok(calendar),
        }
    }

    fn begin(&mut self, open: &[(String, usize)], name: &str, number: usize) -> Result<(), String> {
        let component = Component { number, lines: Vec::new() };
        let outer = open.last().map(|(name, _)| name.as_str());
        match (outer, name) {
            (None | Some("VCALENDAR"), "VEVENT") => {
                if self.events.len() >= MAX_EVENTS {
                    return Err(format!("line {number}: more than {MAX_EVENTS} entries"));
                }
                self.events.push(component);
            }
            (None | Some("VCALENDAR"), "VTIMEZONE") => {
                if self.zones.len() >= MAX_ZONES {
                    return Err(format!("line {number}: more than {MAX_ZONES} time zones"));
                }
                self.zones.push(ZoneComponent { id: String::new(), observances: Vec::new() });
            }
            (Some("VTIMEZONE"), "STANDARD" | "DAYLIGHT") => {
                if let Some(zone) = self.zones.last_mut() {
                    zone.observances.push((name == "DAYLIGHT", component));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Puts a property where it belongs.
    fn take(&mut self, open: &[(String, usize)], line: Line<'a>) -> Result<(), String> {
        let names: Vec<&str> = open.iter().rev().take(2).map(|(name, _)| name.as_str()).collect();
        match names[..] {
            ["VEVENT", "VCALENDAR"] | ["VEVENT"] => {
                if let Some(event) = self.events.last_mut() {
                    event.lines.push(line);
                }
            }
            ["VTIMEZONE", ..] if line.name == "TZID" => {
                if let Some(zone) = self.zones.last_mut() {
                    zone.id = line.raw().trim().to_owned();
                }
            }
            ["STANDARD" | "DAYLIGHT", "VTIMEZONE"] => {
                let observances = self.zones.last_mut().map(|zone| &mut zone.observances);
                if let Some((_, observance)) = observances.and_then(|all| all.last_mut()) {
                    observance.lines.push(line);
                }
            }
            ["VCALENDAR"] => check_header(&line)?,
            _ => {}
        }
        Ok(())
    }
}

/// Refuses what is no plan of a meeting.
fn check_header(line: &Line<'_>) -> Result<(), String> {
    match line.name.as_str() {
        "VERSION" if line.is("1.0") => Err(line.fail("vCalendar 1.0 is not read")),
        "METHOD" if line.is("CANCEL") => Err(line.fail("CANCEL takes a meeting back")),
        // RFC 5546, section 1.4: the others are answers, or parts of a meeting.
        "METHOD" if !line.is("PUBLISH") && !line.is("REQUEST") => {
            Err(line.fail("only PUBLISH and REQUEST tell of a whole meeting"))
        }
        "CALSCALE" if !line.is("GREGORIAN") => Err(line.fail("only GREGORIAN is read")),
        _ => Ok(()),
    }
}
