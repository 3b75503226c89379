//! One number for all that the settings mean.

use ring::digest::{Context, SHA256};
use secrecy::{ExposeSecret, SecretString};

use super::membership::Names;
use super::{App, HttpSettings, KeySource, RetrySettings, Settings, StoreSettings};
use crate::file;
use crate::trust::MAX_PEM;

/// Feeds a digest so that no two different sequences of values look the same.
struct Meaning(Context);

pub fn of(settings: &Settings) -> [u8; 32] {
    let Settings { apps, redirect_url: _, language, log, store, keys, http, retry, audit_days } =
        settings;
    let mut meaning = Meaning(Context::new(&SHA256));
    meaning.number(apps.len() as u64);
    for app in apps {
        meaning.app(app);
        meaning.text(settings.own_redirect(app).map(|it| it.url.as_str()).unwrap_or_default());
    }
    meaning.text(language.tag());
    meaning.optional(log.file.as_ref().map(|file| file.as_os_str().as_encoded_bytes()));
    meaning.number(log.level as u64);
    meaning.store(store);
    meaning.number(keys.len() as u64);
    for key in keys {
        let (value, file) = match key {
            KeySource::Value(key) => (Some(key.expose_secret().as_slice()), None),
            KeySource::File(file) => (None, Some(file.as_os_str().as_encoded_bytes())),
        };
        meaning.optional(value);
        meaning.optional(file);
    }
    meaning.http(http);
    meaning.retry(retry);
    meaning.number(audit_days.unsigned_abs());
    let mut bytes = [0; 32];
    bytes.copy_from_slice(meaning.0.finish().as_ref());
    bytes
}

impl Meaning {
    fn number(&mut self, number: u64) {
        self.0.update(&number.to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.update(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn optional(&mut self, bytes: Option<&[u8]>) {
        self.number(u64::from(bytes.is_some()));
        self.bytes(bytes.unwrap_or_default());
    }

    fn secret(&mut self, secret: &Option<SecretString>) {
        self.optional(secret.as_ref().map(|secret| secret.expose_secret().as_bytes()));
    }

    fn texts<'a>(&mut self, texts: impl ExactSizeIterator<Item = &'a str>) {
        self.number(texts.len() as u64);
        texts.for_each(|text| self.text(text));
    }

    fn names(&mut self, names: &Names) {
        self.number(u64::from(names.everyone));
        self.texts(names.exact.iter().map(AsRef::as_ref));
        self.texts(names.endings.iter().map(AsRef::as_ref));
    }

    fn app(&mut self, app: &App) {
        self.text(app.provider.name());
        self.text(&app.client_id);
        self.text(app.client_secret.secret());
        self.texts(app.redirect_urls.iter().map(|it| it.url.as_str()));
        self.texts(app.scopes.iter().map(AsRef::as_ref));
        self.number(u64::from(app.membership.members.is_some()));
        if let Some(members) = &app.membership.members {
            self.names(members);
        }
        self.names(&app.membership.exclude);
        self.number(app.kind as u64);
        self.optional(app.account_id.as_deref().map(str::as_bytes));
        self.number(u64::from(app.pkce));
        self.number(u64::from(app.enabled));
        self.text(app.endpoints.authorization_url.as_str());
        self.text(app.endpoints.token_url.as_str());
        self.optional(app.endpoints.revoke_url.as_ref().map(|url| url.as_str().as_bytes()));
        self.text(app.endpoints.api_url.as_str());
        self.optional(app.webhook_url.as_ref().map(|url| url.as_str().as_bytes()));
        self.secret(&app.webhook_secret);
        self.secret(&app.verification_token);
    }

    fn store(&mut self, store: &StoreSettings) {
        match store {
            StoreSettings::Sqlite(file) => self.bytes(file.as_os_str().as_encoded_bytes()),
            #[cfg(feature = "postgres")]
            StoreSettings::Postgres(address) => self.bytes(&address.digest()),
        }
    }

    fn http(&mut self, http: &HttpSettings) {
        let transport = &http.transport;
        self.number(http.timeout.as_secs());
        self.optional(transport.proxy.as_deref().map(str::as_bytes));
        self.optional(transport.ca_file.as_ref().map(|it| it.as_os_str().as_encoded_bytes()));
        // A reload is how renewed certificates are taken up.
        let certificates = transport.ca_file.as_ref().and_then(|it| file::read(it, MAX_PEM).ok());
        self.optional(certificates.as_deref().map(str::as_bytes));
        self.number(transport.client as u64);
    }

    fn retry(&mut self, retry: &RetrySettings) {
        self.number(retry.mode as u64);
        self.number(retry.statuses.len() as u64);
        retry.statuses.iter().for_each(|status| self.number(u64::from(*status)));
        self.number(u64::from(retry.max));
        self.number(retry.wait.as_millis() as u64);
        self.number(retry.multiply.to_bits());
    }
}
