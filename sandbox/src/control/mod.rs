//! The control API under `/_sandbox/`: for tests and for people who look at a running sandbox.
//! It has no authentication, as the sandbox listens on loopback only and holds nothing real.

pub mod actions;

use crate::call::{Answer, Call};
use crate::error::{Error, Result};
use crate::fault::Fault;
use crate::pipeline;
use crate::routes;
use crate::site::Site;
use crate::webhook::Target;
use actions::{Event, Whose};
use axum::Router;
use axum::extract::{RawPathParams, Request};
use axum::routing::{MethodFilter, MethodRouter};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

type Action = fn(&Site, &Call) -> Result<Value>;

/// Adds the control routes.
pub fn mount(mut router: Router, site: &Arc<Site>) -> Router {
    let get = MethodFilter::GET;
    let post = MethodFilter::POST;
    let patch = MethodFilter::PATCH;
    let delete = MethodFilter::DELETE;
    let table: &[(MethodFilter, &str, Action)] = &[
        (get, "/_sandbox/", index),
        (get, "/_sandbox/statistics", |site, _| Ok(json!(site.statistics()))),
        (get, "/_sandbox/requests", |site, _| Ok(json!(site.book.last_requests()))),
        (get, "/_sandbox/secrets", |site, _| Ok(json!(site.ledger.all()))),
        (post, "/_sandbox/reset", |site, _| {
            site.reset();
            Ok(json!({}))
        }),
        (get, "/_sandbox/faults", |site, _| Ok(json!(site.faults.list()))),
        (post, "/_sandbox/faults", add_faults),
        (delete, "/_sandbox/faults", |site, call| {
            site.faults.clear(call.query("route"));
            Ok(json!({}))
        }),
        (post, "/_sandbox/expire", |site, call| {
            Ok(json!({ "expired": actions::expire(site, &body(call)?)? }))
        }),
        (post, "/_sandbox/revoke_grants", |site, call| {
            Ok(json!({ "revoked": actions::revoke(site, &body::<Whose>(call)?)? }))
        }),
        (get, "/_sandbox/settings", |site, _| Ok(json!(site.world().settings))),
        (patch, "/_sandbox/settings", |site, call| {
            Ok(json!(actions::patch_settings(site, &body(call)?)?))
        }),
        (post, "/_sandbox/reset_limits", |site, _| {
            site.world().quotas.clear();
            Ok(json!({}))
        }),
        (get, "/_sandbox/apps", |site, _| Ok(json!(site.world().apps))),
        (patch, "/_sandbox/apps/{id}", |site, call| {
            actions::patch_app(site, call.param("id"), &body(call)?)
        }),
        (get, "/_sandbox/users", users),
        (patch, "/_sandbox/users/{id}", |site, call| {
            actions::patch_user(site, call.param("id"), &body(call)?)
        }),
        (get, "/_sandbox/meetings", |site, _| Ok(actions::meetings(site))),
        (delete, "/_sandbox/meetings", |site, _| Ok(actions::delete_meetings(site))),
        (post, "/_sandbox/consent", consent),
        (get, "/_sandbox/webhooks", |site, _| Ok(json!(*site.post.targets()))),
        (post, "/_sandbox/webhooks", |site, call| {
            actions::add_target(site, body::<Target>(call)?);
            Ok(json!({}))
        }),
        (delete, "/_sandbox/webhooks", |site, _| {
            site.post.targets().clear();
            Ok(json!({}))
        }),
        (post, "/_sandbox/webhooks/switch_off", |site, _| Ok(actions::switch_off_webhooks(site))),
        (post, "/_sandbox/webhooks/send", |site, call| {
            Ok(json!(actions::send(site, &body::<Event>(call)?)?))
        }),
        (get, "/_sandbox/webhooks/deliveries", deliveries),
        (post, "/_sandbox/webhooks/deliveries/{number}/repeat", repeat),
    ];
    for &(method, path, action) in table {
        router = router.route(path, route(site, method, action));
    }
    router
}

/// Actions may wait for deliveries, so they run where blocking is allowed.
fn route(site: &Arc<Site>, method: MethodFilter, action: Action) -> MethodRouter {
    let site = Arc::clone(site);
    MethodRouter::new().on(method, move |params: RawPathParams, request: Request| {
        let params = routes::decoded(&params);
        let connection = routes::connection(&request);
        let site = Arc::clone(&site);
        async move {
            let call = match pipeline::read(&site, &connection, params, request).await {
                Ok(call) => call,
                Err(answer) => return answer.into_response(),
            };
            let work = tokio::task::spawn_blocking(move || action(&site, &call));
            let answer = match work.await {
                Ok(Ok(value)) => Answer::json(200, &value),
                Ok(Err(error)) => Answer::json(400, &json!({ "error": error.to_string() })),
                Err(error) => Answer::json(500, &json!({ "error": error.to_string() })),
            };
            answer.into_response()
        }
    })
}

/// An empty body is an empty object.
fn body<T: DeserializeOwned>(call: &Call) -> Result<T> {
    let text: &[u8] = if call.body.is_empty() { b"{}" } else { &call.body };
    serde_json::from_slice(text).map_err(|error| Error::Invalid(error.to_string()))
}

fn index(_: &Site, _: &Call) -> Result<Value> {
    Ok(json!({
        "what": "meetbridge-sandbox: an imitation of Zoom (/zoom/) and Webex (/webex/)",
        "read": ["statistics", "requests", "secrets", "faults", "settings", "apps", "users",
                 "meetings", "webhooks", "webhooks/deliveries"],
        "do": ["reset", "faults", "expire", "revoke_grants", "settings", "reset_limits",
               "apps/{client_id}", "users/{email}", "consent", "webhooks", "webhooks/send", "webhooks/switch_off",
               "webhooks/deliveries/{number}/repeat"],
        "documentation": "sandbox/README.md",
    }))
}

/// One rule or a list of rules.
fn add_faults(site: &Site, call: &Call) -> Result<Value> {
    let value: Value = body(call)?;
    let rules = match value {
        Value::Array(rules) => rules,
        rule => vec![rule],
    };
    let parsed: std::result::Result<Vec<Fault>, _> =
        rules.into_iter().map(serde_json::from_value).collect();
    for fault in parsed.map_err(|error| Error::Invalid(error.to_string()))? {
        site.faults.push(fault);
    }
    Ok(json!(site.faults.list()))
}

fn users(site: &Site, _: &Call) -> Result<Value> {
    let world = site.world();
    let show = |person: &crate::world::Person| {
        let mut shown = json!(person.user);
        shown["zoom_id"] = json!(person.zoom_id);
        shown["webex_id"] = json!(person.webex_id);
        shown
    };
    Ok(json!({
        "zoom_account_id": world.zoom_account,
        "webex_organization": world.webex_org,
        "users": world.people.iter().map(show).collect::<Vec<_>>(),
    }))
}

fn consent(site: &Site, call: &Call) -> Result<Value> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wish {
        authorization_url: String,
        user: String,
        #[serde(default = "allow")]
        decision: String,
    }
    fn allow() -> String {
        "allow".to_owned()
    }
    let wish: Wish = body(call)?;
    let allow = match wish.decision.as_str() {
        "allow" => true,
        "deny" => false,
        other => {
            return Err(Error::Invalid(format!("decision: \"{other}\" is not allow or deny")));
        }
    };
    let location = actions::consent(site, &wish.authorization_url, &wish.user, allow)?;
    Ok(json!({ "location": location }))
}

/// `?wait=N` waits until N deliveries have ended, at most ten seconds.
fn deliveries(site: &Site, call: &Call) -> Result<Value> {
    if let Some(count) = call.query("wait") {
        let count = count.parse().map_err(|_| Error::Invalid("wait: not a number".to_owned()))?;
        site.post.wait(count, Duration::from_secs(10));
    }
    Ok(json!(site.post.deliveries()))
}

fn repeat(site: &Site, call: &Call) -> Result<Value> {
    let number = call.param("number").parse().unwrap_or_default();
    let sent = site.post.repeat(site, number);
    let sent = sent.ok_or_else(|| Error::Invalid(format!("there is no delivery {number}")))?;
    Ok(json!(site.post.wait_for(sent, Duration::from_secs(12))))
}
