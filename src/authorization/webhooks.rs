//! The webhooks of each user, where the provider has them so: created with his consent, looked
//! after, and removed at its end. Each carries the sealed name of its user, by which what it sends
//! finds him again.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use super::{key_of, token};
use crate::context::Context;
use crate::error::{Error, Result, Status};
use crate::http::{Request, Response};
use crate::log::Level;
use crate::provider::{Access, Subscription, Subscriptions, Wanted};
use crate::settings::{App, AppKind};
use crate::store::Lock;
use crate::store::seal::{KeyId, KeyRing};
use crate::store::vault::Grant;
use crate::user::UserName;

const PURPOSE: &str = "webhook";
/// What the name of each begins with; people see it at the provider.
const NAME: &str = "Meetbridge ";
/// The most parts of a list that are read.
const MAX_PARTS: usize = 10;

/// What was done for one user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tended {
    pub created: u32,
    /// Those that the provider had switched off, or that were not as they should be.
    pub reactivated: u32,
    /// Those that another one makes superfluous.
    pub removed: u32,
}

/// Whether each user of the app is to have webhooks of his own.
pub fn wants_webhooks(app: &App) -> bool {
    Wish::of(app).is_some()
}

/// Sees to it that there is one active webhook for each event, and notes when. Does nothing for an
/// app that does not ask for any. One whose consent does not allow it counts as looked after.
pub fn tend_webhooks(context: &Context<'_>, app: &App, user: &UserName) -> Result<Tended> {
    let Some(wish) = Wish::of(app) else { return Ok(Tended::default()) };
    let grant = token::usable(context, app, user)?;
    let tended = match wish.tend(context, app, user, &grant) {
        Err(error) if is_forbidden(&error) => {
            let user = &grant.row.user;
            context.log(Level::Warn, format_args!("{user}: no webhooks: {error}"));
            Tended::default()
        }
        outcome => outcome?,
    };
    let now = Timestamp::now().as_second();
    context.vault.store().set_webhooks_checked(&key_of(app, user), now)?;
    if tended != Tended::default() {
        let Tended { created, reactivated, removed } = tended;
        let what = format!("{created} created, {reactivated} reactivated, {removed} removed");
        context.log(Level::Info, format_args!("{}: webhooks: {what}", grant.row.user));
    }
    Ok(tended)
}

/// Removes them before a consent ends: afterwards there is no token to do it with. The lock of the
/// grant is held.
pub fn remove_webhooks(
    context: &Context<'_>,
    app: &App,
    user: &UserName,
    grant: &Grant,
    lock: &dyn Lock,
) -> Result<()> {
    let Some(wish) = Wish::of(app) else { return Ok(()) };
    let renewed;
    let grant = match grant.row.expires_at <= Timestamp::now().as_second() {
        true => {
            renewed = token::renew_locked(context, app, user, grant, lock)?;
            &*renewed
        }
        false => grant,
    };
    let access = token::access(app, grant);
    for one in wish.list(context, app, access)? {
        wish.change(context, app, wish.subscriptions.delete_request(access, &one.id))?;
    }
    Ok(())
}

/// The normalized name of the user whom a webhook's name tells; none if we did not give it, or
/// with a key that is no longer there.
pub fn user_of_webhook(keys: &KeyRing, app: &App, name: &str) -> Option<String> {
    let plain = keys.open(PURPOSE, &place(app), sealed_name(name)?).ok()?;
    String::from_utf8(plain.to_vec()).ok()
}

fn sealed_name(name: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(name.strip_prefix(NAME)?).ok()
}

fn name_of_webhook(keys: &KeyRing, app: &App, user: &UserName) -> Result<String> {
    let sealed = keys.seal(PURPOSE, &place(app), user.key.as_bytes())?;
    Ok(format!("{NAME}{}", URL_SAFE_NO_PAD.encode(sealed)))
}

/// What a sealed name is bound to.
fn place(app: &App) -> [&[u8]; 2] {
    [app.provider.name().as_bytes(), app.client_id.as_bytes()]
}

/// Whether asking again would give the same answer.
fn is_forbidden(error: &Error) -> bool {
    error.status() == Status::ScopeMissing || error.provider_status() == Some(403)
}

/// An app that wants webhooks.
struct Wish<'a> {
    subscriptions: &'static dyn Subscriptions,
    url: &'a str,
    secret: &'a SecretString,
}

impl<'a> Wish<'a> {
    /// One without a secret would be believed by nobody, and only a user's own consent is for his
    /// own webhooks.
    fn of(app: &'a App) -> Option<Wish<'a>> {
        if app.kind != AppKind::User {
            return None;
        }
        Some(Wish {
            subscriptions: app.provider.subscriptions()?,
            url: app.webhook_url.as_ref()?.as_str(),
            secret: app.webhook_secret.as_ref()?,
        })
    }

    fn tend(
        &self,
        context: &Context<'_>,
        app: &App,
        user: &UserName,
        grant: &Grant,
    ) -> Result<Tended> {
        let keys = context.vault.keys();
        let access = token::access(app, grant);
        let name = name_of_webhook(keys, app, user)?;
        let wanted = Wanted { name: &name, url: self.url, secret: self.secret };
        let mut known = self.list(context, app, access)?;
        let is_good = |one: &Subscription| {
            let same =
                |secret: &SecretString| secret.expose_secret() == self.secret.expose_secret();
            let owner = user_of_webhook(keys, app, &one.name);
            // With an older key it would not open for long.
            let sealed = sealed_name(&one.name).and_then(|sealed| KeyId::of_sealed(&sealed));
            one.is_active
                && sealed == Some(keys.first())
                && one.secret.as_ref().is_none_or(same)
                && owner.is_some_and(|owner| owner == user.key)
        };
        // Of several for one event the best is kept.
        known.sort_by_key(|one| !is_good(one));
        let mut tended = Tended::default();
        let mut served: Vec<&str> = Vec::new();
        for one in &known {
            let event = self.subscriptions.events().iter().find(|event| **event == one.event);
            match event.filter(|event| !served.contains(*event)) {
                None => {
                    let request = self.subscriptions.delete_request(access, &one.id);
                    self.change(context, app, request)?;
                    tended.removed += 1;
                    continue;
                }
                Some(event) => served.push(event),
            }
            if !is_good(one) {
                let request = self.subscriptions.renew_request(access, &one.id, &wanted);
                self.change(context, app, request)?;
                tended.reactivated += 1;
            }
        }
        for event in self.subscriptions.events().iter().filter(|event| !served.contains(*event)) {
            let request = self.subscriptions.create_request(access, event, &wanted);
            self.change(context, app, request)?;
            tended.created += 1;
        }
        Ok(tended)
    }

    /// Those that send to us.
    fn list(
        &self,
        context: &Context<'_>,
        app: &App,
        access: Access<'_>,
    ) -> Result<Vec<Subscription>> {
        let (mut ours, mut next) = (Vec::new(), None::<String>);
        for _ in 0..MAX_PARTS {
            let request = self.subscriptions.list_request(access, next.as_deref());
            let part =
                self.subscriptions.read_list(access.api_url, &send(context, app, request)?)?;
            ours.extend(part.subscriptions.into_iter().filter(|one| one.url == self.url));
            next = part.next;
            if next.is_none() {
                break;
            }
        }
        Ok(ours)
    }

    fn change(&self, context: &Context<'_>, app: &App, request: Result<Request>) -> Result<()> {
        self.subscriptions.read_done(&send(context, app, request)?)
    }
}

fn send(context: &Context<'_>, app: &App, request: Result<Request>) -> Result<Response> {
    Ok(context.send(app.provider.name(), request?)?)
}
