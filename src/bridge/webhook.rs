//! Notifications of the providers: verified, tied to what we know, obeyed where they end a
//! consent, and told to the host once.

use std::time::{Duration, Instant};

use http::HeaderMap;
use jiff::Timestamp;
use ring::digest;
use serde_json::{Map, Value};

use crate::authorization;
use crate::context::Context;
use crate::error::{Error, Result, Status};
use crate::json;
use crate::provider::webhook::{Delivery, Kind, Notice, Proof, Secrets, Untrusted};
use crate::provider::{self, Provider};
use crate::settings::App;
use crate::store::{GrantKey, GrantRow, GrantState, ReferenceKey};
use crate::text;
use crate::webhook::{self, Event, Outcome, Respond};

/// How long a notification is remembered to know it again, in seconds: a week. Zoom repeats one
/// for an hour and a half.
const REMEMBERED: i64 = 7 * 86_400;
/// How far back a call can have begun that has caused an event, in milliseconds: the longest
/// deadline and the longest wait for a refresh.
const LONGEST_CALL: i64 = 400_000;
/// A notification may be here before the call that caused it is written down: events as young as
/// this are looked for again, so long.
const YOUNG_MS: i64 = 10_000;
const PATIENCE: Duration = Duration::from_millis(400);
const LOOK: Duration = Duration::from_millis(50);

/// Verifies a notification, obeys it and tells what it means. What is not verified changes
/// nothing.
///
/// All that can fail comes before the notification is remembered, so that the provider's
/// repetition of one that failed is not taken for a duplicate. Ending a consent twice is as once;
/// only whose it was cannot be told a second time.
pub fn handle(
    context: &Context<'_>,
    provider: &str,
    headers: &str,
    body: &[u8],
) -> Result<Outcome> {
    let headers = webhook::parse_headers(headers)?;
    let (provider, apps) = apps(context, provider)?;
    let now = Timestamp::now();
    let Verified { first, proof, apps } = verify(provider, apps, &headers, body, now)?;
    let document = read_document(body).map_err(|error| error.with_provider(provider.name()))?;
    let unreadable = || {
        let what = "a signed notification that is not of the documented form";
        Error::new(Status::UnexpectedAnswer, what).with_provider(provider.name())
    };
    let notice = provider.webhooks().read(&document, proof, now).ok_or_else(unreadable)?;
    if let Kind::Challenge { answer } = &notice.kind {
        // Answered as often as it comes, and nobody's business but the provider's.
        let respond = Respond::with(answer.clone());
        let event = event(provider, &notice, Subject::default(), false, None);
        return Ok(Outcome { respond, duplicate: false, event });
    }
    let grant = match notice.kind {
        Kind::Deauthorized { .. } => deauthorize(context, &apps, &notice, now)?,
        _ => find_grant(context, &apps, &notice)?,
    };
    // Before the reference is looked for: a meeting of ours may be told of before it is noted.
    let own = is_own(context, provider, &notice, grant.is_some(), now)?;
    let subject = subject(context, provider, &apps, &notice, grant)?;
    // One that tells no time may come again in the same words and mean another change.
    let hour = notice.occurred_at.is_none().then(|| now.as_second() / 3600);
    let digest = digest_of(first, body, hour);
    let forget_at = now.as_second() + REMEMBERED;
    let duplicate = !context.vault.store().claim_nonce(&digest, forget_at)?;
    let raw = Some(Event::without_secrets(document));
    let event = event(provider, &notice, subject, own, raw);
    Ok(Outcome { respond: Respond::with("{}".to_owned()), duplicate, event })
}

/// The provider of that name, and its enabled apps that may be meant.
fn apps<'a>(
    context: &Context<'a>,
    provider: &str,
) -> Result<(&'static dyn Provider, Vec<&'a App>)> {
    let refuse = |detail: &str| Error::new(Status::UnknownProvider, detail);
    let known = provider::by_name(provider).ok_or_else(|| refuse("there is no such provider"))?;
    let wanted = context.call.options.app.as_deref();
    let apps: Vec<&App> = (context.settings.apps.iter())
        .filter(|app| app.enabled && app.provider.name() == known.name())
        .filter(|app| wanted.is_none_or(|id| app.client_id.as_str() == id))
        .collect();
    match apps.is_empty() {
        false => Ok((known, apps)),
        true => Err(refuse("the settings have no such enabled app").with_provider(known.name())),
    }
}

/// The apps whose secret verifies a notification; mostly it is one.
struct Verified<'a> {
    first: &'a App,
    /// Of the first.
    proof: Proof<'a>,
    /// With the first.
    apps: Vec<&'a App>,
}

fn verify<'a>(
    provider: &dyn Provider,
    apps: Vec<&'a App>,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<Verified<'a>> {
    let mut verified: Option<Verified<'a>> = None;
    let mut reason = Untrusted::NoSecret;
    for app in apps {
        let (secret, token) = (app.webhook_secret.as_ref(), app.verification_token.as_ref());
        let proof = match body.len() > webhook::MAX_BODY {
            true => Err(Untrusted::TooLong),
            false => {
                let delivery = Delivery { headers, body };
                provider.webhooks().verify(delivery, Secrets { secret, token }, now)
            }
        };
        match (proof, &mut verified) {
            (Ok(_), Some(verified)) => verified.apps.push(app),
            (Ok(proof), None) => verified = Some(Verified { first: app, proof, apps: vec![app] }),
            (Err(other), _) => reason = reason.max(other),
        }
    }
    verified.ok_or_else(|| {
        Error::new(Status::WebhookUntrusted, reason.to_string()).with_provider(provider.name())
    })
}

fn read_document(body: &[u8]) -> Result<Map<String, Value>> {
    let refuse = |why: String| Error::new(Status::UnexpectedAnswer, why);
    let text = std::str::from_utf8(body).map_err(|_| refuse("body: not UTF-8".to_owned()))?;
    json::parse(text, "body").map_err(|error| refuse(error.to_string()))
}

/// Ends the consent that a user has ended at the provider. None if there is nothing to be ended.
fn deauthorize(
    context: &Context<'_>,
    apps: &[&App],
    notice: &Notice,
    now: Timestamp,
) -> Result<Option<GrantRow>> {
    let Kind::Deauthorized { client_id } = &notice.kind else { return Ok(None) };
    let Some(user_id) = notice.user_id.as_deref() else { return Ok(None) };
    let meant = |app: &&&App| client_id.as_deref().is_none_or(|id| id == app.client_id.as_str());
    match apps.iter().find(meant) {
        Some(app) => {
            let at = notice.occurred_at.unwrap_or(now);
            authorization::deauthorize(context, app, user_id, at)
        }
        None => Ok(None),
    }
}

/// Whom and what of ours a notification is about.
#[derive(Default)]
struct Subject {
    user: Option<String>,
    email: Option<String>,
    reference: Option<String>,
}

impl Subject {
    fn of_grant(row: &GrantRow) -> Subject {
        let email = row.account.as_ref().and_then(|account| account.email.clone());
        Subject { user: Some(row.user.clone()), email, reference: None }
    }
}

/// Whom the grant belongs to, else whose the reference is under which the meeting was made.
fn subject(
    context: &Context<'_>,
    provider: &dyn Provider,
    apps: &[&App],
    notice: &Notice,
    grant: Option<GrantRow>,
) -> Result<Subject> {
    let references = references(context, provider, notice)?;
    let owner = grant.as_ref().map(|row| row.key.user.as_str());
    let same = |key: &&ReferenceKey| owner.is_none_or(|owner| owner == key.user);
    let reference = references.iter().find(same).or(references.first());
    let subject = match (&grant, reference) {
        (Some(row), _) => Subject::of_grant(row),
        (None, Some(key)) => of_reference(context, apps, key)?,
        (None, None) => Subject::default(),
    };
    Ok(Subject { reference: reference.map(|key| key.reference.clone()), ..subject })
}

fn references(
    context: &Context<'_>,
    provider: &dyn Provider,
    notice: &Notice,
) -> Result<Vec<ReferenceKey>> {
    let mut references = Vec::new();
    for id in notice.dates.iter().chain(&notice.meeting_id) {
        references.extend(context.vault.store().references_of_meeting(provider.name(), id)?);
    }
    Ok(references)
}

/// The authorization of whom the notification is about: by the name of his webhook, else by his
/// account at the provider.
fn find_grant(context: &Context<'_>, apps: &[&App], notice: &Notice) -> Result<Option<GrantRow>> {
    let store = context.vault.store();
    for app in apps {
        let (provider, client_id) = (app.provider.name(), app.client_id.to_string());
        let name = notice.webhook_name.as_deref();
        let user =
            name.and_then(|name| authorization::user_of_webhook(context.vault.keys(), app, name));
        if let Some(user) = user
            && let Some(row) = store.read_grant(&GrantKey { provider, client_id, user })?
        {
            return Ok(Some(row));
        }
    }
    let Some(user_id) = notice.user_id.as_deref() else { return Ok(None) };
    for app in apps {
        let rows = store.grants_of_account(app.provider.name(), app.client_id.as_str(), user_id)?;
        let newest = |row: &GrantRow| (row.state == GrantState::Authorized, row.authorized_at);
        if let Some(row) = rows.into_iter().max_by_key(newest) {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// Whose reference it is, by the name that the host wrote where we have it.
fn of_reference(context: &Context<'_>, apps: &[&App], key: &ReferenceKey) -> Result<Subject> {
    for app in apps {
        let (provider, client_id) = (app.provider.name(), app.client_id.to_string());
        let grant = GrantKey { provider, client_id, user: key.user.clone() };
        if let Some(row) = context.vault.store().read_grant(&grant)? {
            return Ok(Subject::of_grant(&row));
        }
    }
    Ok(Subject { user: Some(key.user.clone()), ..Subject::default() })
}

/// Whether a call of ours has caused the event, of this process or another.
fn is_own(
    context: &Context<'_>,
    provider: &dyn Provider,
    notice: &Notice,
    is_of_a_user: bool,
    now: Timestamp,
) -> Result<bool> {
    let changes = [Kind::MeetingCreated, Kind::MeetingUpdated, Kind::MeetingDeleted];
    if notice.by_hand || !changes.contains(&notice.kind) {
        return Ok(false);
    }
    let at = notice.occurred_at.unwrap_or(now).as_millisecond();
    let since = at.saturating_sub(LONGEST_CALL);
    let look = || -> Result<bool> {
        for id in notice.meeting_id.iter().chain(&notice.dates) {
            let store = context.vault.store();
            let rows = store.audit_of_meeting(provider.name(), id, since)?;
            if webhook::is_echo(&rows, &notice.kind, !notice.dates.is_empty(), at) {
                return Ok(true);
            }
        }
        Ok(false)
    };
    let may_be_early = is_of_a_user && now.as_millisecond() - at < YOUNG_MS;
    let until = Instant::now() + PATIENCE;
    loop {
        if look()? {
            return Ok(true);
        }
        if !may_be_early || Instant::now() >= until {
            return Ok(false);
        }
        context.pause(LOOK)?;
    }
}

/// What a repetition of the same notification has in common with it.
fn digest_of(app: &App, body: &[u8], hour: Option<i64>) -> [u8; 32] {
    let mut hash = digest::Context::new(&digest::SHA256);
    let hour = hour.unwrap_or_default().to_be_bytes();
    let parts: [&[u8]; 5] =
        [b"webhook", app.provider.name().as_bytes(), app.client_id.as_bytes(), &hour, body];
    for part in parts {
        hash.update(&(part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(hash.finish().as_ref());
    digest
}

fn event(
    provider: &dyn Provider,
    notice: &Notice,
    subject: Subject,
    own: bool,
    raw: Option<Map<String, Value>>,
) -> Event {
    Event {
        kind: notice.kind.name(),
        provider: provider.name(),
        meeting_id: notice.meeting_id.clone(),
        occurrences: notice.dates.clone(),
        reference: subject.reference,
        user: subject.user,
        email: notice.email.clone().or(subject.email),
        own,
        occurred_at: notice.occurred_at.map(text::utc),
        raw,
    }
}
