//! `GET /users/{userId}`.

use super::access::{self, Needs};
use super::ok;
use crate::call::{Answer, Call};
use crate::site::Site;
use crate::world::World;
use serde_json::{Value, json};

const NEEDS: Needs = Needs { classic: "user:read", granular: "user:read:user" };

/// A user, usually `me`.
pub fn get(site: &Site, call: &Call) -> Answer {
    let world = site.world();
    let found = access::caller(site, &world, call, NEEDS)
        .and_then(|caller| access::target(site, &world, call, &caller, NEEDS));
    match found {
        Ok(person) => ok(site, 200, &show(&world, person, &call.base)),
        Err(answer) => answer,
    }
}

fn show(world: &World, person: usize, base: &str) -> Value {
    let person = &world.people[person];
    let (first, last) = names(&person.user.display_name);
    json!({
        "id": person.zoom_id, "account_id": world.zoom_account, "email": person.user.email,
        "first_name": first, "last_name": last, "display_name": person.user.display_name,
        // 1 basic, 2 licensed.
        "type": if person.user.licensed { 2 } else { 1 },
        "status": "active", "role_name": "Member", "role_id": "2", "pmi": person.pmi,
        "use_pmi": false, "timezone": person.user.time_zone, "language": "en-US", "verified": 1,
        "personal_meeting_url": format!("{base}/zoom/j/{}", person.pmi), "cluster": "us04",
        "dept": "", "created_at": "2024-01-15T09:00:00Z", "user_created_at": "2024-01-15T09:00:00Z",
        "login_types": [100], "group_ids": [], "im_group_ids": [], "jid": "", "phone_number": "",
    })
}

/// First and last name from a display name.
pub fn names(display: &str) -> (&str, &str) {
    display.split_once(' ').unwrap_or((display, ""))
}
