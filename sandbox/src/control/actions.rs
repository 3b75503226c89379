//! What the control API and the Rust API both do.

use crate::error::{Error, Result};
use crate::oauth::consent::{self, Refusal};
use crate::oauth::grants::Grant;
use crate::options::Provider;
use crate::routes::provider_of_authorize;
use crate::settings::Settings;
use crate::site::{Site, note_client_secrets};
use crate::webex::meeting::Invitee;
use crate::webhook::{self, Delivery, Target};
use crate::world::World;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;

/// How long a sent event is waited for.
const DELIVERY_LIMIT: Duration = Duration::from_secs(12);

/// Whose tokens or grants are meant; absent fields mean all.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Whose {
    /// Of one provider.
    pub provider: Option<Provider>,
    /// Of one user, by address.
    pub user: Option<String>,
    /// Of one app.
    pub client_id: Option<String>,
    /// Revocation only: send Zoom's deauthorization event.
    pub notify: bool,
}

impl Whose {
    /// One user at one provider.
    pub fn user(provider: Provider, user: &str) -> Self {
        Whose { provider: Some(provider), user: Some(user.to_owned()), ..Whose::default() }
    }

    fn matcher(&self, world: &World) -> Result<impl Fn(&Grant) -> bool + use<>> {
        let person = match &self.user {
            None => None,
            Some(name) => {
                let found = world.find_person(name);
                Some(found.ok_or_else(|| Error::Invalid(format!("there is no user {name}")))?)
            }
        };
        let (provider, client_id) = (self.provider, self.client_id.clone());
        Ok(move |grant: &Grant| {
            provider.is_none_or(|wanted| wanted == grant.provider)
                && (person.is_none() || person == grant.person)
                && client_id.as_ref().is_none_or(|wanted| *wanted == grant.client_id)
        })
    }
}

/// Lets access tokens expire now; returns how many.
pub fn expire(site: &Site, whose: &Whose) -> Result<usize> {
    let mut world = site.world();
    let wanted = whose.matcher(&world)?;
    Ok(world.grants.expire(wanted, site.clock.now()))
}

/// Ends grants, as users do on the provider's own pages; returns how many.
pub fn revoke(site: &Site, whose: &Whose) -> Result<usize> {
    let mut world = site.world();
    let wanted = whose.matcher(&world)?;
    let living = world.grants.living(wanted);
    for number in &living {
        world.grants.end(*number);
        if whose.notify && world.grants.grant(*number).provider == Provider::Zoom {
            webhook::zoom::deauthorized(site, &world, *number);
        }
    }
    Ok(living.len())
}

/// Replaces the settings.
pub fn set_settings(site: &Site, settings: Settings) {
    site.clock.set_offset(settings.clock_offset_s);
    site.world().settings = settings;
}

/// Merges JSON into the settings (RFC 7396).
pub fn patch_settings(site: &Site, patch: &Value) -> Result<Settings> {
    let old = site.world().settings.clone();
    let new: Settings = merged(&old, patch)?;
    set_settings(site, new.clone());
    Ok(new)
}

/// Merges JSON into an app.
pub fn patch_app(site: &Site, client_id: &str, patch: &Value) -> Result<Value> {
    let mut world = site.world();
    let app = world.apps.iter_mut().find(|app| app.client_id == client_id);
    let app = app.ok_or_else(|| Error::Invalid(format!("there is no app {client_id}")))?;
    *app = merged(app, patch)?;
    note_client_secrets(&site.ledger, std::slice::from_ref(app));
    Ok(json!(app))
}

/// Merges JSON into a user.
pub fn patch_user(site: &Site, email: &str, patch: &Value) -> Result<Value> {
    let mut world = site.world();
    let found = world.find_person(email);
    let person = found.ok_or_else(|| Error::Invalid(format!("there is no user {email}")))?;
    let user = &mut world.people[person].user;
    *user = merged(user, patch)?;
    Ok(json!(user))
}

fn merged<T: Serialize + for<'de> Deserialize<'de>>(old: &T, patch: &Value) -> Result<T> {
    let mut value = json!(old);
    // At the top a null is a value (no limit); deeper it removes, as RFC 7396 has it.
    let Value::Object(fields) = patch else {
        return Err(Error::Invalid("not a JSON object".to_owned()));
    };
    for (name, new) in fields {
        merge(&mut value[name], new);
    }
    serde_json::from_value(value).map_err(|error| Error::Invalid(error.to_string()))
}

fn merge(into: &mut Value, patch: &Value) {
    match (into, patch) {
        (Value::Object(into), Value::Object(patch)) => {
            for (name, new) in patch {
                if new.is_null() {
                    into.remove(name);
                } else {
                    merge(into.entry(name.clone()).or_insert(Value::Null), new);
                }
            }
        }
        (into, patch) => *into = patch.clone(),
    }
}

/// Does what a browser and a person would do with an authorization URL; returns where the browser
/// is sent afterwards.
pub fn consent(site: &Site, authorization_url: &str, user: &str, allow: bool) -> Result<String> {
    let url = Url::parse(authorization_url)
        .map_err(|error| Error::Invalid(format!("authorization_url: {error}")))?;
    let provider = provider_of_authorize(url.path())
        .ok_or_else(|| Error::Invalid("authorization_url: not an authorization page".to_owned()))?;
    let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let decision = if allow { "allow" } else { "deny" };
    match consent::settle(site, provider, &query, user, decision) {
        Ok(location) | Err(Refusal::Redirect(location)) => Ok(location),
        Err(Refusal::Page(_, text)) => Err(Error::Invalid(text)),
    }
}

/// Adds a receiver of webhooks.
pub fn add_target(site: &Site, target: Target) {
    site.ledger.add(|all| {
        all.webhook_secrets.extend(target.secret.clone());
        all.webhook_secrets.extend(target.verification_token.clone());
    });
    site.post.targets().push(target);
}

/// Switches off all webhooks that were made with Webex's API.
pub fn switch_off_webhooks(site: &Site) -> Value {
    for hook in site.world().webex_webhooks.values_mut() {
        hook.active = false;
    }
    json!({})
}

/// An event to be sent on demand.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Whose.
    pub provider: Provider,
    /// `meeting.started`, `started`, `user.deactivated`, `app_deauthorized`,
    /// `endpoint.url_validation`, …
    pub event: String,
    /// The meeting it is about.
    #[serde(default)]
    pub meeting_id: Option<String>,
    /// The user it is about.
    #[serde(default)]
    pub user: Option<String>,
    /// Zoom: this payload instead of the sandbox's own.
    #[serde(default)]
    pub payload: Option<Value>,
}

/// Sends an event and waits for its deliveries. Started and ended change the meeting as well.
pub fn send(site: &Site, event: &Event) -> Result<Vec<Delivery>> {
    let numbers = match event.provider {
        Provider::Zoom => send_zoom(site, event)?,
        Provider::Webex => send_webex(site, event)?,
    };
    let wait = |number| site.post.wait_for(number, DELIVERY_LIMIT);
    Ok(numbers.into_iter().filter_map(wait).collect())
}

fn send_zoom(site: &Site, event: &Event) -> Result<Vec<u64>> {
    use webhook::zoom;
    if let Some(payload) = &event.payload {
        return Ok(zoom::raise(site, &event.event, None, payload.clone()));
    }
    let mut world = site.world();
    let missing = |what: &str| Error::Invalid(format!("{what} is missing or unknown"));
    let meeting = event.meeting_id.as_ref().and_then(|id| id.parse::<u64>().ok());
    let meeting =
        meeting.filter(|id| world.zoom.contains_key(id)).ok_or_else(|| missing("meeting_id"));
    let person = event.user.as_ref().and_then(|name| world.find_person(name));
    let person = person.ok_or_else(|| missing("user"));
    Ok(match event.event.as_str() {
        "endpoint.url_validation" => zoom::validation(site),
        "app_deauthorized" => {
            let person = person?;
            let of_user =
                |grant: &Grant| grant.provider == Provider::Zoom && grant.person == Some(person);
            let living = world.grants.living(of_user);
            living.into_iter().flat_map(|n| zoom::deauthorized(site, &world, n)).collect()
        }
        "meeting.created" => zoom::created(site, &world, meeting?),
        "meeting.deleted" => zoom::deleted(site, &world, meeting?, None),
        "meeting.recovered" => zoom::recovered(site, &world, meeting?),
        "meeting.started" | "meeting.ended" => {
            let id = meeting?;
            let started = event.event == "meeting.started";
            if let Some(meeting) = world.zoom.get_mut(&id) {
                meeting.started = started;
                if started {
                    // "uuid: a new one for each instance".
                    meeting.uuid = site.ids.base64("zoom instance", 16);
                }
            }
            if started { zoom::started(site, &world, id) } else { zoom::ended(site, &world, id) }
        }
        name if name.starts_with("user.") => zoom::user(site, &world, person?, name),
        name => return Err(Error::Invalid(format!("{name} needs a payload"))),
    })
}

fn send_webex(site: &Site, event: &Event) -> Result<Vec<u64>> {
    let mut world = site.world();
    let id = event.meeting_id.clone().unwrap_or_default();
    let Some(meeting) = world.webex.get_mut(&id) else {
        return Err(Error::Invalid("meeting_id is missing or unknown".to_owned()));
    };
    if event.event == "started" {
        meeting.running = Some(format!("{id}_I_{}", site.ids.number("webex instance", 18)));
    }
    let sent = webhook::webex::happened(site, &world, &world.webex[&id], &event.event);
    if event.event == "ended"
        && let Some(meeting) = world.webex.get_mut(&id)
    {
        meeting.running = None;
    }
    Ok(sent)
}

/// Ends all meetings, as their hosts would without the app.
pub fn delete_meetings(site: &Site) -> Value {
    let mut world = site.world();
    for meeting in world.zoom.values_mut() {
        meeting.deleted = true;
    }
    world.webex.clear();
    json!({})
}

/// All meetings, deleted Zoom ones marked; those of Webex with their invitees.
pub fn meetings(site: &Site) -> Value {
    let world = site.world();
    let now = site.clock.now();
    let zoom = world.zoom.values().map(|meeting| {
        let mut shown = meeting.show(&world, meeting.show_occurrences(None));
        shown["deleted"] = json!(meeting.deleted);
        shown
    });
    let webex = world.webex.values().map(|meeting| {
        let zone = jiff::tz::TimeZone::UTC;
        let one = meeting.current(now);
        let mut shown = meeting.show_series(&world, &one, now, &zone, &meeting.client_id);
        let person = |one: &Invitee| json!({ "email": one.email, "coHost": one.co_host });
        shown["invitees"] = meeting.invitees.iter().map(person).collect();
        shown
    });
    json!({ "zoom": zoom.collect::<Vec<_>>(), "webex": webex.collect::<Vec<_>>() })
}
