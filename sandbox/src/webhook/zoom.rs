//! Zoom's events (Zoom API "Meetings events"; schemas in Zoom's own OpenAPI of events).

use super::{Parcel, Target, sha256};
use crate::clock::{utc, utc_ms};
use crate::options::Provider;
use crate::site::Site;
use crate::world::World;
use crate::zoom::meeting::{Meeting, Occurrence, after};
use crate::zoom::settings;
use serde_json::{Map, Value, json};

/// Sends an event to everybody who wants it; the deliveries' numbers.
pub fn raise(site: &Site, event: &str, client: Option<&str>, payload: Value) -> Vec<u64> {
    let receivers = site.post.receivers(Provider::Zoom, event, client);
    if receivers.is_empty() {
        return Vec::new();
    }
    let now = site.clock.now();
    let body = json!({ "event": event, "event_ts": now.as_millisecond(), "payload": payload });
    let body = body.to_string();
    let sent = receivers.iter().map(|target| {
        let parcel = parcel(site, target, event, &body);
        site.post.send(site, parcel)
    });
    sent.collect()
}

/// `x-zm-signature: v0=hex(HMAC-SHA256(secret, "v0:" + timestamp + ":" + body))`, the timestamp
/// in seconds (Zoom's webhook-sample).
fn parcel(site: &Site, target: &Target, event: &str, body: &str) -> Parcel {
    let timestamp = site.clock.now().as_second();
    let mut headers: std::collections::BTreeMap<String, String> = [
        ("x-zm-request-timestamp".to_owned(), timestamp.to_string()),
        ("x-zm-trackingid".to_owned(), site.tracking(Provider::Zoom)),
        ("user-agent".to_owned(), "Zoom Marketplace/1.0a".to_owned()),
    ]
    .into();
    if let Some(secret) = &target.secret {
        let signature = sha256(secret, &format!("v0:{timestamp}:{body}"));
        headers.insert("x-zm-signature".to_owned(), format!("v0={signature}"));
    }
    if let Some(client_id) = &target.client_id {
        headers.insert("clientid".to_owned(), client_id.clone());
    }
    if let Some(token) = &target.verification_token {
        headers.insert("authorization".to_owned(), token.clone());
    }
    Parcel {
        provider: Provider::Zoom,
        event: event.to_owned(),
        url: target.url.clone(),
        headers,
        body: body.to_owned(),
    }
}

/// Operator and account, common to created, updated and deleted.
fn envelope(world: &World, meeting: &Meeting) -> Value {
    let host = &world.people[meeting.host];
    json!({
        "account_id": world.zoom_account, "operator": host.user.email,
        "operator_id": host.zoom_id,
    })
}

fn basics(world: &World, meeting: &Meeting) -> Value {
    let mut object = json!({
        "uuid": meeting.uuid, "id": meeting.id, "host_id": world.people[meeting.host].zoom_id,
        "topic": meeting.topic, "type": meeting.kind, "duration": meeting.duration,
        "timezone": meeting.time_zone,
    });
    if meeting.kind != 3 {
        object["start_time"] = json!(utc(meeting.start));
    }
    if meeting.recurrence.is_some() {
        object["occurrences"] = Value::Array(meeting.show_occurrences(None));
    }
    object
}

/// `meeting.created`: here `object.id` is a number.
pub fn created(site: &Site, world: &World, id: u64) -> Vec<u64> {
    if !site.post.listened(Provider::Zoom) {
        return Vec::new();
    }
    let meeting = &world.zoom[&id];
    let mut payload = envelope(world, meeting);
    payload["operation"] = json!("all");
    let mut object = basics(world, meeting);
    object["join_url"] = json!(meeting.join_url());
    object["password"] = json!(meeting.password);
    object["creation_source"] = json!("open_api");
    let all = settings::complete(&meeting.settings);
    object["settings"] = json!({
        "use_pmi": all["use_pmi"], "alternative_hosts": all["alternative_hosts"],
        "join_before_host": all["join_before_host"], "jbh_time": all["jbh_time"],
        "meeting_invitees": all["meeting_invitees"],
    });
    if let Some((recurrence, _)) = &meeting.recurrence {
        object["recurrence"] = recurrence.clone();
    }
    payload["object"] = object;
    raise(site, "meeting.created", None, payload)
}

/// `meeting.updated`: the changed fields in `object`, their earlier values in `old_object`.
pub fn updated(
    site: &Site,
    world: &World,
    before: &Meeting,
    scope: &str,
    sent: &Map<String, Value>,
) -> Vec<u64> {
    if !site.post.listened(Provider::Zoom) {
        return Vec::new();
    }
    let meeting = &world.zoom[&before.id];
    let mut payload = envelope(world, meeting);
    let all_new = meeting.show(world, meeting.show_occurrences(None));
    let all_old = before.show(world, before.show_occurrences(None));
    let mut new = json!({ "id": meeting.id, "uuid": meeting.uuid, "host_id": all_new["host_id"] });
    let mut old = json!({ "id": meeting.id });
    for name in sent.keys() {
        match sent[name].as_object().filter(|_| name == "settings") {
            Some(settings) => {
                for setting in settings.keys() {
                    new["settings"][setting] = all_new["settings"][setting].clone();
                    old["settings"][setting] = all_old["settings"][setting].clone();
                }
            }
            None => {
                for (into, from) in [(&mut new, &all_new), (&mut old, &all_old)] {
                    if !from[name].is_null() {
                        into[name] = from[name].clone();
                    }
                }
            }
        }
    }
    if meeting.recurrence.is_some() {
        new["occurrences"] = all_new["occurrences"].clone();
        old["occurrences"] = all_old["occurrences"].clone();
    }
    payload["scope"] = json!(scope);
    payload["time_stamp"] = json!(site.clock.now().as_millisecond());
    payload["object"] = new;
    payload["old_object"] = old;
    raise(site, "meeting.updated", None, payload)
}

/// `meeting.deleted`, for all or for a single date.
pub fn deleted(site: &Site, world: &World, id: u64, one: Option<&Occurrence>) -> Vec<u64> {
    if !site.post.listened(Provider::Zoom) {
        return Vec::new();
    }
    let meeting = &world.zoom[&id];
    let mut payload = envelope(world, meeting);
    payload["operation"] = json!(if one.is_some() { "single" } else { "all" });
    let mut object = basics(world, meeting);
    if let Some(one) = one {
        object["occurrences"] = json!([{ "occurrence_id": one.id, "start_time": utc(one.start) }]);
    }
    payload["object"] = object;
    raise(site, "meeting.deleted", None, payload)
}

/// `meeting.recovered`.
pub fn recovered(site: &Site, world: &World, id: u64) -> Vec<u64> {
    if !site.post.listened(Provider::Zoom) {
        return Vec::new();
    }
    let meeting = &world.zoom[&id];
    let mut payload = envelope(world, meeting);
    payload["operation"] = json!("all");
    payload["object"] = basics(world, meeting);
    payload["object"]["start_time"] = json!(utc(meeting.start));
    raise(site, "meeting.recovered", None, payload)
}

/// `meeting.started`: here `object.id` is text.
pub fn started(site: &Site, world: &World, id: u64) -> Vec<u64> {
    if !site.post.listened(Provider::Zoom) {
        return Vec::new();
    }
    let payload = run(site, world, &world.zoom[&id]);
    raise(site, "meeting.started", None, payload)
}

/// `meeting.ended`.
pub fn ended(site: &Site, world: &World, id: u64) -> Vec<u64> {
    if !site.post.listened(Provider::Zoom) {
        return Vec::new();
    }
    let meeting = &world.zoom[&id];
    let mut payload = run(site, world, meeting);
    let end = after(site.clock.now(), meeting.duration);
    payload["object"]["end_time"] = json!(utc(end));
    raise(site, "meeting.ended", None, payload)
}

fn run(site: &Site, world: &World, meeting: &Meeting) -> Value {
    let host = &world.people[meeting.host];
    json!({
        "account_id": world.zoom_account,
        "object": {
            "id": meeting.id.to_string(), "uuid": meeting.uuid, "host_id": host.zoom_id,
            "host_email": host.user.email, "topic": meeting.topic, "type": meeting.kind,
            "start_time": utc(site.clock.now()), "timezone": meeting.time_zone,
            "duration": meeting.duration,
        },
    })
}

/// `app_deauthorized`, to the app's deauthorization endpoint. Comes after our own revocations
/// too.
pub fn deauthorized(site: &Site, world: &World, grant: usize) -> Vec<u64> {
    let grant = world.grants.grant(grant);
    let user_id = grant.person.map(|person| world.people[person].zoom_id.clone());
    let payload = json!({
        "account_id": world.zoom_account, "user_id": user_id, "client_id": grant.client_id,
        "signature": site.ids.hex("zoom deauthorization", 32),
        "deauthorization_time": utc_ms(site.clock.now()),
    });
    raise(site, "app_deauthorized", Some(&grant.client_id), payload)
}

/// `user.created`, `user.updated`, `user.deleted`, `user.deactivated`, `user.activated`,
/// `user.disassociated` (rivet-javascript, users).
pub fn user(site: &Site, world: &World, person: usize, event: &str) -> Vec<u64> {
    let person = &world.people[person];
    let (first, last) = crate::zoom::user::names(&person.user.display_name);
    let mut payload = json!({
        "account_id": world.zoom_account, "operator": "admin@example.com", "operator_id": "admin",
        "object": {
            "id": person.zoom_id, "first_name": first, "last_name": last,
            "display_name": person.user.display_name, "email": person.user.email,
            "type": if person.user.licensed { 2 } else { 1 },
        },
    });
    match event {
        "user.created" => payload["creation_type"] = json!("create"),
        "user.updated" => payload["time_stamp"] = json!(site.clock.now().as_millisecond()),
        _ => {}
    }
    raise(site, event, None, payload)
}

/// `endpoint.url_validation`: the receiver must answer with the HMAC of the token.
pub fn validation(site: &Site) -> Vec<u64> {
    let token = site.ids.base64url("zoom plainToken", 16);
    raise(site, "endpoint.url_validation", None, json!({ "plainToken": token }))
}
