//! Who is invited.

use ical::tree::param::cutype::CUTYPE;

use super::calendar::Component;
use super::lines::Line;

/// An address and the name that goes with it.
pub type Invitee = (String, Option<String>);

/// The people among the attendees, each once, without the one who invites. Rooms and resources
/// are not people; nor can a provider invite whoever has no Internet address.
pub(super) fn of(event: &Component<'_>) -> Vec<Invitee> {
    let organizer = event.lines.iter().find(|line| line.name == "ORGANIZER").and_then(address);
    let mut seen: std::collections::HashSet<String> =
        organizer.iter().map(|email| email.to_lowercase()).collect();
    let mut people = Vec::new();
    for line in event.lines.iter().filter(|line| line.name == "ATTENDEE") {
        let person = line.param::<CUTYPE>().is_none_or(|kind| {
            kind.eq_ignore_ascii_case("INDIVIDUAL") || kind.eq_ignore_ascii_case("GROUP")
        });
        let Some(email) = address(line).filter(|_| person) else { continue };
        if seen.insert(email.to_lowercase()) {
            let name = line.name_param("CN").filter(|name| *name != email);
            people.push((email, name));
        }
    }
    people
}

/// The address of `mailto:`, else of the parameter EMAIL (RFC 7986, section 6.2).
fn address(line: &Line<'_>) -> Option<String> {
    const SCHEME: &str = "mailto:";
    let value = line.raw();
    let value = value.trim();
    let mailto = value
        .get(..SCHEME.len())
        .filter(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
        .and_then(|_| value.get(SCHEME.len()..))
        .and_then(|rest| rest.split('?').next())
        .map(str::to_owned);
    [mailto, line.name_param("EMAIL")].into_iter().flatten().find_map(|email| {
        let email = email.trim().trim_matches(['<', '>']);
        let fits = email.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && !host.is_empty() && !host.contains('@')
        }) && !email.contains(|c: char| c.is_whitespace() || c.is_control());
        fits.then(|| email.to_owned())
    })
}
