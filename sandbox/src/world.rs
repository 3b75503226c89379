//! The state of both providers: people, apps, grants, meetings.

use crate::ids::{Ids, uuid};
use crate::oauth::grants::Grants;
use crate::options::{App, Options, Provider, User};
use crate::settings::Settings;
use crate::{webex, zoom};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};

/// A user with the ids that the providers gave him.
#[derive(Clone, Debug)]
pub struct Person {
    /// As configured.
    pub user: User,
    /// Zoom's user id, 22 characters.
    pub zoom_id: String,
    /// Zoom's personal meeting id.
    pub pmi: u64,
    /// Webex's id, base64 of `ciscospark://us/PEOPLE/<uuid>`.
    pub webex_id: String,
}

/// How much of a limit somebody has used in a period.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quota {
    /// When the period began, in seconds since 1970.
    pub since: i64,
    /// Requests in it.
    pub used: u32,
}

/// Everything that can change.
#[derive(Debug)]
pub struct World {
    /// Who has an account; the position is the user's internal number.
    pub people: Vec<Person>,
    /// Registered apps.
    pub apps: Vec<App>,
    /// Settings.
    pub settings: Settings,
    /// Zoom's account.
    pub zoom_account: String,
    /// Webex's organization, a UUID.
    pub webex_org: String,
    /// Codes, tokens and what they stand for.
    pub grants: Grants,
    /// Requests counted against daily limits, by provider and user.
    pub quotas: HashMap<(Provider, usize), Quota>,
    /// Zoom's meetings, deleted ones too: they can be recovered.
    pub zoom: BTreeMap<u64, zoom::meeting::Meeting>,
    /// Zoom's `next_page_token`s.
    pub zoom_pages: HashMap<String, zoom::list::Page>,
    /// Webex's meeting series.
    pub webex: BTreeMap<String, webex::meeting::Meeting>,
    /// Webex's webhooks.
    pub webex_webhooks: BTreeMap<String, webex::webhooks::Hook>,
}

impl World {
    /// The state at the start.
    pub fn new(options: &Options, ids: &Ids) -> Self {
        let person = |user: &User| {
            let label = format!("person {}", user.email);
            let id = ids.fixed(&label, 32);
            let pmi = ids.fixed(&format!("{label} pmi"), 4);
            let number = u32::from_be_bytes([pmi[0], pmi[1], pmi[2], pmi[3]]);
            Person {
                user: user.clone(),
                zoom_id: URL_SAFE_NO_PAD.encode(&id[..16]),
                pmi: 1_000_000_000 + u64::from(number),
                webex_id: spark("PEOPLE", &uuid(&id[16..])),
            }
        };
        World {
            people: options.users.iter().map(person).collect(),
            apps: options.apps.clone(),
            settings: options.settings.clone(),
            zoom_account: URL_SAFE_NO_PAD.encode(ids.fixed("zoom account", 16)),
            webex_org: uuid(&ids.fixed("webex organization", 16)),
            grants: Grants::default(),
            quotas: HashMap::new(),
            zoom: BTreeMap::new(),
            zoom_pages: HashMap::new(),
            webex: BTreeMap::new(),
            webex_webhooks: BTreeMap::new(),
        }
    }

    /// The number of a user, by address (compared without case), Zoom id or Webex id.
    pub fn find_person(&self, name: &str) -> Option<usize> {
        self.people.iter().position(|person| {
            person.user.email.eq_ignore_ascii_case(name)
                || person.zoom_id == name
                || person.webex_id == name
        })
    }

    /// An app of a provider.
    pub fn app(&self, provider: Provider, client_id: &str) -> Option<&App> {
        self.apps.iter().find(|app| app.provider == provider && app.client_id == client_id)
    }

    /// Counts a request against a limit; when it is exceeded, the seconds until it is lifted.
    ///
    /// `period_s` long windows begin at multiples of it since 1970, so a day is a UTC day.
    pub fn use_quota(
        &mut self,
        provider: Provider,
        person: usize,
        limit: Option<u32>,
        now: Timestamp,
        period_s: i64,
    ) -> Result<(), i64> {
        let since = now.as_second().div_euclid(period_s) * period_s;
        let quota = self.quotas.entry((provider, person)).or_default();
        if quota.since != since {
            *quota = Quota { since, used: 0 };
        }
        if limit.is_some_and(|limit| quota.used >= limit) {
            return Err((since + period_s - now.as_second()).max(1));
        }
        quota.used += 1;
        Ok(())
    }
}

/// Webex's ids: base64 of a `ciscospark` URI.
pub fn spark(kind: &str, id: &str) -> String {
    STANDARD_NO_PAD.encode(format!("ciscospark://us/{kind}/{id}"))
}
