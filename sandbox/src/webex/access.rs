//! Who is calling, whether the token suffices, and for whom.

use super::meeting::Meeting;
use super::{NOT_FOUND, error};
use crate::call::{Answer, Call};
use crate::options::Provider;
use crate::site::Site;
use crate::world::World;

const UNAUTHORIZED: &str =
    "The request requires a valid access token set in the Authorization request header.";

/// Webex's text for 403; quoted widely, not found in Cisco's own pages.
const FORBIDDEN: &str = "The server understood the request, but refused to fulfill it because the \
                         access token is missing required scopes or the user is missing required \
                         roles or licenses.";

/// A caller with a valid token of sufficient scope.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The user behind the token.
    pub person: usize,
    /// The app.
    pub client_id: String,
    /// Whether `hostEmail` is allowed.
    pub admin: bool,
}

/// Checks the bearer token and its scope.
pub fn caller(site: &Site, world: &World, call: &Call, scope: &str) -> Result<Caller, Answer> {
    let token = call.bearer().unwrap_or_default();
    let found = world.grants.check(Provider::Webex, token, site.clock.now());
    let Ok(number) = found else {
        return Err(error(site, 401, UNAUTHORIZED, &[]));
    };
    let grant = world.grants.grant(number);
    let has = |wanted: &str| grant.scopes.iter().any(|granted| granted == wanted);
    let admin_scope = match scope {
        "meeting:schedules_read" => "meeting:admin_schedule_read",
        "meeting:schedules_write" => "meeting:admin_schedule_write",
        other => other,
    };
    // "Admin scope on a non-admin's token gives nothing": it is as if it were not there.
    let has_role = grant.person.is_some_and(|person| world.people[person].user.administrator);
    let admin = admin_scope != scope && has(admin_scope) && has_role;
    match grant.person {
        Some(person) if admin || has(scope) => {
            Ok(Caller { person, client_id: grant.client_id.clone(), admin })
        }
        _ => Err(forbidden(site)),
    }
}

/// 403.
pub fn forbidden(site: &Site) -> Answer {
    error(site, 403, FORBIDDEN, &[])
}

/// The host that the call is for: the caller, or `hostEmail` with an admin scope ("hostEmail:
/// only used if the user or application calling the API has the admin-level scopes").
pub fn host(
    site: &Site,
    world: &World,
    caller: &Caller,
    host_email: Option<&str>,
) -> Result<usize, Answer> {
    let Some(email) = host_email else {
        return Ok(caller.person);
    };
    match world.find_person(email) {
        Some(person) if caller.admin || person == caller.person => Ok(person),
        Some(_) => Err(forbidden(site)),
        None => Err(error(site, 404, NOT_FOUND, &[])),
    }
}

/// Counts a create against the user's 100 in 24 hours; failed requests count ("Create a
/// Meeting", description). The window is a UTC day here: Webex does not say where it begins.
pub fn count(site: &Site, world: &mut World, person: usize) -> Result<(), Answer> {
    let limit = world.settings.webex_daily_limit;
    let now = site.clock.now();
    match world.use_quota(Provider::Webex, person, limit, now, 86_400) {
        Ok(()) => Ok(()),
        Err(seconds) => {
            Err(error(site, 429, "Too many requests.", &[])
                .with("retry-after", &seconds.to_string()))
        }
    }
}

/// The series and the part of it that an id names, if it is the host's.
pub fn meeting<'a>(
    site: &Site,
    world: &'a World,
    host: usize,
    id: &str,
) -> Result<(&'a Meeting, Option<String>), Answer> {
    let (series, part) = match id.split_once('_') {
        Some((series, part)) => (series, Some(part.to_owned())),
        None => (id, None),
    };
    match world.webex.get(series).filter(|meeting| meeting.host == host) {
        Some(meeting) => Ok((meeting, part)),
        None => Err(error(site, 404, NOT_FOUND, &[])),
    }
}
