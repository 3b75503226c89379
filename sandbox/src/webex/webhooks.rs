//! `/webhooks`: one for each user, resource and event.

use super::{NOT_FOUND, access, done, error, invalid, ok, page};
use crate::call::{Answer, Call};
use crate::clock::utc_ms;
use crate::site::Site;
use crate::world::{World, spark};
use jiff::Timestamp;
use serde_json::{Value, json};

/// A webhook.
#[derive(Clone, Debug)]
pub struct Hook {
    /// Base64 of a `ciscospark` URI.
    pub id: String,
    /// Name.
    pub name: String,
    /// Where to.
    pub target_url: String,
    /// `meetings`, …
    pub resource: String,
    /// `created`, …
    pub event: String,
    /// Filter, kept but not applied.
    pub filter: Option<String>,
    /// Key of the signature.
    pub secret: Option<String>,
    /// Whether deliveries are made.
    pub active: bool,
    /// When it was created.
    pub created: Timestamp,
    /// Whose.
    pub person: usize,
    /// By which app.
    pub client_id: String,
}

const RESOURCES: &[&str] = &[
    "attachmentActions",
    "dataSources",
    "memberships",
    "messages",
    "rooms",
    "meetings",
    "recordings",
    "convergedRecordings",
    "meetingParticipants",
    "meetingTranscripts",
    "serviceApp",
];

/// `all` is not in the current reference.
const EVENTS: &[&str] = &[
    "created",
    "updated",
    "deleted",
    "started",
    "ended",
    "joined",
    "left",
    "migrated",
    "authorized",
    "deauthorized",
    "statusChanged",
];

impl Hook {
    /// The body of answers.
    pub fn show(&self) -> Value {
        let mut body = json!({
            "id": self.id, "name": self.name, "targetUrl": self.target_url,
            "resource": self.resource, "event": self.event, "ownedBy": "creator",
            "status": if self.active { "active" } else { "inactive" },
            "created": utc_ms(self.created),
        });
        if let Some(filter) = &self.filter {
            body["filter"] = json!(filter);
        }
        if let Some(secret) = &self.secret {
            body["secret"] = json!(secret);
        }
        body
    }
}

/// Creating a webhook needs the read scope of its resource ("Create a Webhook").
fn scope(resource: &str) -> &'static str {
    match resource {
        "recordings" | "convergedRecordings" => "meeting:recordings_read",
        "meetingParticipants" => "meeting:participants_read",
        "meetings" => "meeting:schedules_read",
        _ => "spark:all",
    }
}

/// The person whose webhooks they are: any token of his will do to see and remove them.
fn owner(site: &Site, world: &World, call: &Call) -> Result<access::Caller, Answer> {
    access::caller(site, world, call, "meeting:schedules_read")
}

/// Lists the caller's webhooks.
pub fn list(site: &Site, call: &Call) -> Answer {
    let world = site.world();
    match owner(site, &world, call) {
        Ok(caller) => {
            let own = world
                .webex_webhooks
                .values()
                .filter(|hook| hook.person == caller.person && hook.client_id == caller.client_id);
            page(site, call, own.map(Hook::show).collect(), 100)
        }
        Err(answer) => answer,
    }
}

/// Creates a webhook.
pub fn create(site: &Site, call: &Call) -> Answer {
    let mut world = site.world();
    let body = call.json().unwrap_or_default();
    let text = |name: &str| body[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let needed = (text("name"), text("targetUrl"), text("resource"), text("event"));
    let (Some(name), Some(target_url), Some(resource), Some(event)) = needed else {
        // The token comes first, as everywhere.
        return match owner(site, &world, call) {
            Err(answer) => answer,
            Ok(_) => invalid(site, "'name', 'targetUrl', 'resource' and 'event' are required."),
        };
    };
    let caller = match access::caller(site, &world, call, scope(&resource)) {
        Ok(caller) => caller,
        Err(answer) => return answer,
    };
    if !RESOURCES.contains(&resource.as_str()) || !EVENTS.contains(&event.as_str()) {
        return invalid(site, "'resource' or 'event' is invalid.");
    }
    if url::Url::parse(&target_url).is_err() {
        return invalid(site, "'targetUrl' is not an absolute URL.");
    }
    let secret = text("secret");
    if let Some(secret) = &secret {
        site.ledger.add(|all| all.webhook_secrets.push(secret.clone()));
    }
    let label = format!("webex webhook {}", world.people[caller.person].user.email);
    let hook = Hook {
        id: spark("WEBHOOK", &crate::ids::uuid(&site.ids.bytes(&label, 16))),
        name,
        target_url,
        resource,
        event,
        filter: text("filter"),
        secret,
        active: true,
        created: site.clock.now(),
        person: caller.person,
        client_id: caller.client_id,
    };
    let answer = ok(site, &hook.show());
    world.webex_webhooks.insert(hook.id.clone(), hook);
    answer
}

fn find(site: &Site, world: &World, call: &Call) -> Result<String, Answer> {
    let caller = owner(site, world, call)?;
    let id = call.param("id");
    let own = |hook: &&Hook| hook.person == caller.person && hook.client_id == caller.client_id;
    match world.webex_webhooks.get(id).filter(own) {
        Some(_) => Ok(id.to_owned()),
        None => Err(error(site, 404, NOT_FOUND, &[])),
    }
}

/// Shows a webhook.
pub fn get(site: &Site, call: &Call) -> Answer {
    let world = site.world();
    match find(site, &world, call) {
        Ok(id) => ok(site, &world.webex_webhooks[&id].show()),
        Err(answer) => answer,
    }
}

/// Changes a webhook; `status: "active"` re-activates one that was switched off.
pub fn put(site: &Site, call: &Call) -> Answer {
    let mut world = site.world();
    let id = match find(site, &world, call) {
        Ok(id) => id,
        Err(answer) => return answer,
    };
    let body = call.json().unwrap_or_default();
    let (Some(name), Some(target)) = (body["name"].as_str(), body["targetUrl"].as_str()) else {
        return invalid(site, "'name' and 'targetUrl' are required.");
    };
    let Some(hook) = world.webex_webhooks.get_mut(&id) else {
        return error(site, 404, NOT_FOUND, &[]);
    };
    hook.name = name.to_owned();
    hook.target_url = target.to_owned();
    if let Some(secret) = body["secret"].as_str() {
        hook.secret = Some(secret.to_owned());
        site.ledger.add(|all| all.webhook_secrets.push(secret.to_owned()));
    }
    hook.active |= body["status"] == "active";
    ok(site, &hook.show())
}

/// Removes a webhook.
pub fn delete(site: &Site, call: &Call) -> Answer {
    let mut world = site.world();
    match find(site, &world, call) {
        Ok(id) => {
            world.webex_webhooks.remove(&id);
            done(site)
        }
        Err(answer) => answer,
    }
}
