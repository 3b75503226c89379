//! Webex's events on meetings (Webex "Access Meeting Resources Guide" and "Webhooks").

use super::{Parcel, sha1};
use crate::clock::{utc, utc_ms};
use crate::options::Provider;
use crate::site::Site;
use crate::webex::SITE;
use crate::webex::meeting::Meeting;
use crate::webex::webhooks::Hook;
use crate::world::{World, spark};
use serde_json::{Value, json};

/// Tells the host's webhooks, and the receivers set up through the control API, that something
/// happened to a meeting.
pub fn happened(site: &Site, world: &World, meeting: &Meeting, event: &str) -> Vec<u64> {
    let fits = |hook: &&Hook| {
        hook.active
            && hook.resource == "meetings"
            && hook.event == event
            && hook.person == meeting.host
    };
    let mut sent = Vec::new();
    for hook in world.webex_webhooks.values().filter(fits) {
        let body = body(site, world, meeting, event, hook.show());
        sent.push(send(site, &hook.target_url, hook.secret.as_deref(), event, &body));
    }
    for target in site.post.receivers(Provider::Webex, event, None) {
        let head = json!({
            "id": spark("WEBHOOK", "sandbox"), "name": "sandbox", "targetUrl": target.url,
            "resource": "meetings", "event": event, "ownedBy": "creator", "status": "active",
            "created": utc_ms(site.clock.now()),
        });
        let body = body(site, world, meeting, event, head);
        sent.push(send(site, &target.url, target.secret.as_deref(), event, &body));
    }
    sent
}

/// No title and no link: the receiver has to GET the meeting. In started and ended the id is that
/// of the instance.
fn body(site: &Site, world: &World, meeting: &Meeting, event: &str, mut head: Value) -> Value {
    let host = &world.people[meeting.host];
    let one = meeting.current(site.clock.now());
    let org = spark("ORGANIZATION", &world.webex_org);
    let instance = meeting.running.as_ref().filter(|_| matches!(event, "started" | "ended"));
    let state = match event {
        "started" => "inProgress",
        "ended" => "ended",
        _ => "active",
    };
    if let Value::Object(head) = &mut head {
        // A webhook's secret is never delivered.
        head.remove("secret");
    }
    head["orgId"] = json!(org);
    head["createdBy"] = json!(host.webex_id);
    head["appId"] = json!(spark("APPLICATION", &meeting.client_id));
    head["actorId"] = json!(host.webex_id);
    head["data"] = json!({
        "id": instance.unwrap_or(&meeting.id),
        "meetingType": if instance.is_some() { "meeting" } else { "meetingSeries" },
        "timezone": "UTC", "start": utc(one.start), "end": utc(one.end()),
        "hostUserId": host.webex_id, "hostEmail": host.user.email, "state": state,
        "siteUrl": SITE, "orgId": org,
    });
    head
}

/// `X-Spark-Signature: hex(HMAC-SHA1(secret, raw body))`, only where a secret was set (Webex blog
/// "Using a webhook secret").
fn send(site: &Site, url: &str, secret: Option<&str>, event: &str, body: &Value) -> u64 {
    let body = body.to_string();
    let mut headers = std::collections::BTreeMap::new();
    headers.insert("trackingid".to_owned(), site.tracking(Provider::Webex));
    if let Some(secret) = secret {
        headers.insert("x-spark-signature".to_owned(), sha1(secret, &body));
    }
    let parcel = Parcel {
        provider: Provider::Webex,
        event: event.to_owned(),
        url: url.to_owned(),
        headers,
        body,
    };
    site.post.send(site, parcel)
}
