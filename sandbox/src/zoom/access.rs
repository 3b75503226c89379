//! Who is calling, whether the token suffices, and whom the path means.

use super::error;
use super::meeting::Meeting;
use crate::call::{Answer, Call};
use crate::oauth::grants::Refused;
use crate::options::{AppKind, Provider};
use crate::site::Site;
use crate::world::World;

/// The scopes of an operation, as the OpenAPI lists them for the user level; the `:admin` forms
/// follow from them.
#[derive(Clone, Copy, Debug)]
pub struct Needs {
    /// Classic.
    pub classic: &'static str,
    /// Granular.
    pub granular: &'static str,
}

/// A caller with a valid token of sufficient scope.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The user behind the token; nobody for Server-to-Server apps.
    pub person: Option<usize>,
    /// The app.
    pub client_id: String,
    /// Whether other users may be addressed.
    pub admin: bool,
}

/// Checks the bearer token and its scopes.
pub fn caller(site: &Site, world: &World, call: &Call, needs: Needs) -> Result<Caller, Answer> {
    if call.query("access_token").is_some() {
        // Refused since February 2023 (Zoom blog "Access token change FAQ").
        let text = "Invalid access token, this access token is not supported as query parameter \
                    string.";
        return Err(error(site, 401, 124, text));
    }
    let token = call.bearer().unwrap_or_default();
    let number = match world.grants.check(Provider::Zoom, token, site.clock.now()) {
        Ok(number) => number,
        Err(Refused::Expired) => {
            return Err(error(site, 401, 124, "Access token has expired."));
        }
        Err(_) => return Err(error(site, 401, 124, "Invalid access token.")),
    };
    let grant = world.grants.grant(number);
    let has = |scope: &str| grant.scopes.iter().any(|granted| granted == scope);
    let admin_classic = format!("{}:admin", needs.classic);
    let admin_granular = format!("{}:admin", needs.granular);
    let admin = has(&admin_classic) || has(&admin_granular);
    if !admin && !has(needs.classic) && !has(needs.granular) {
        return Err(missing(site, &grant.scopes, needs));
    }
    Ok(Caller { person: grant.person, client_id: grant.client_id.clone(), admin })
}

/// The scope error. Its status varies in the wild (400, 401, 403), its code too (4700, 4711).
fn missing(site: &Site, granted: &[String], needs: Needs) -> Answer {
    let classic = granted.iter().any(|scope| scope.matches(':').count() == 1);
    let name = if classic { needs.classic } else { needs.granular };
    let text = format!("Invalid access token, does not contain scopes:[{name}, {name}:admin].");
    error(site, 400, 4711, &text)
}

/// The user that a path's `{userId}` means. A user-level token knows only `me` (Zoom
/// "End-user authorization"); a Server-to-Server token knows no `me`.
pub fn target(
    site: &Site,
    world: &World,
    call: &Call,
    caller: &Caller,
    needs: Needs,
) -> Result<usize, Answer> {
    let name = call.param("user");
    let nobody = || error(site, 404, 1001, &format!("User does not exist: {name}."));
    if name == "me" {
        return caller.person.ok_or_else(nobody);
    }
    if !caller.admin {
        return Err(missing(site, &[], needs));
    }
    world.find_person(name).ok_or_else(nobody)
}

/// The number of the meeting that a path means, if the caller may see it. Other people's meetings
/// are answered like missing ones.
pub fn meeting_id(site: &Site, world: &World, call: &Call, caller: &Caller) -> Result<u64, Answer> {
    let text = call.param("id");
    let Ok(id) = text.parse::<u64>() else {
        return Err(super::invalid(site, &["meetingId".to_owned()]));
    };
    match world.zoom.get(&id) {
        Some(meeting) if !meeting.deleted && visible(meeting, caller) => Ok(id),
        _ => Err(error(site, 404, 3001, &format!("Meeting does not exist: {id}."))),
    }
}

/// Whether the caller is the host or acts for the account.
pub fn visible(meeting: &Meeting, caller: &Caller) -> bool {
    caller.admin || caller.person == Some(meeting.host)
}

/// Counts a create or an update against the host's 100 a day.
///
/// The body is the one in Zoom's reference of both operations. `Retry-After` and
/// `X-RateLimit-Type` were absent in this case (devforum 18928), and the other headers showed the
/// Light bucket.
pub fn count(site: &Site, world: &mut World, host: usize) -> Result<(), Answer> {
    let limit = world.settings.zoom_daily_limit;
    let now = site.clock.now();
    if world.use_quota(Provider::Zoom, host, limit, now, 86_400).is_ok() {
        return Ok(());
    }
    let text = format!(
        "You have exceeded the daily rate limit ({}) of Meeting Create/Update API requests \
         permitted for this particular user. You may resume these requests at GMT 00:00:00.",
        limit.unwrap_or(100)
    );
    Err(error(site, 429, 429, &text)
        .with("x-ratelimit-category", "Light")
        .with("x-ratelimit-limit", "80")
        .with("x-ratelimit-remaining", "79"))
}

/// Whether an app may schedule for others.
pub fn is_account_app(world: &World, client_id: &str) -> bool {
    world.app(Provider::Zoom, client_id).is_some_and(|app| app.kind != AppKind::User)
}
