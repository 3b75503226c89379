//! `GET /people/me` and `GET /meetingPreferences/sites`.

use super::{SITE, access, ok};
use crate::call::{Answer, Call};
use crate::site::Site;
use crate::world::spark;
use crate::zoom::user::names;
use serde_json::json;

/// The caller.
pub fn me(site: &Site, call: &Call) -> Answer {
    let world = site.world();
    let caller = match access::caller(site, &world, call, "spark:people_read") {
        Ok(caller) => caller,
        Err(answer) => return answer,
    };
    let person = &world.people[caller.person];
    let (first, last) = names(&person.user.display_name);
    // A host needs a site without "#attendee" ("siteUrls", List People).
    let sites = if person.user.licensed { SITE.to_owned() } else { format!("{SITE}#attendee") };
    let body = json!({
        "id": person.webex_id, "emails": [person.user.email], "phoneNumbers": [],
        "displayName": person.user.display_name, "nickName": first, "firstName": first,
        "lastName": last, "orgId": spark("ORGANIZATION", &world.webex_org),
        "created": "2024-01-15T09:00:00.000Z", "lastModified": "2024-01-15T09:00:00.000Z",
        "timezone": person.user.time_zone, "siteUrls": [sites], "status": "active",
        "type": "person", "invitePending": "false", "loginEnabled": "true",
    });
    ok(site, &body)
}

/// The caller's sites.
pub fn sites(site: &Site, call: &Call) -> Answer {
    let world = site.world();
    match access::caller(site, &world, call, "meeting:preferences_read") {
        Ok(_) => ok(site, &json!({ "sites": [{ "siteUrl": SITE, "default": true }] })),
        Err(answer) => answer,
    }
}
