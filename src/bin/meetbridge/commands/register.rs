//! What to enter at a provider to register an app. Scopes and events are the library's own; the
//! names of pages and fields stand here as the portals have them, in English.

use std::process::ExitCode;

use meetbridge::administration::{Outline, Portal, outline, portal};
use url::Url;

use super::sheet::{Field, Page, Sheet};
use crate::arguments::{Common, Register};
use crate::output::{Outcome, Output, Trouble};
use crate::session;
use crate::words::Words;

/// What users see on the consent page.
const NAME: &str = "Meetbridge";

pub fn register(common: &Common, register: &Register, output: &Output) -> Outcome {
    let words = &output.words;
    let outline = match session::settings(common)? {
        // Before there are any, a sheet with the usual values helps already.
        None if std::env::var_os("MEETBRIDGE_SETTINGS").is_none() => Outline::default(),
        settings => outline(settings.as_deref(), words.language)?,
    };
    let app = app(&outline, register, words)?;
    let portal = portal(&register.provider, &app.kind, words.language)?;
    let form = Form { app, portal, words };
    let sheet = match (form.portal.provider, form.portal.kind) {
        ("webex", _) => form.webex(),
        ("zoom", "server") => form.zoom_server(),
        ("zoom", _) => form.zoom(),
        (other, _) => {
            return Err(Trouble::Told(words.say("register-no-sheet", &[("provider", other)])));
        }
    };
    output.print(&if output.is_json { sheet.to_json().to_string() } else { sheet.to_text() })?;
    Ok(ExitCode::SUCCESS)
}

/// An app as it is to be registered: as the settings have it, or as the options say.
struct App {
    client_id: Option<String>,
    kind: String,
    redirect_urls: Vec<String>,
    webhook_url: Option<String>,
    scopes: Vec<String>,
}

fn app(outline: &Outline, register: &Register, words: &Words) -> Outcome<App> {
    let wanted = register.app.as_ref();
    let mut apps = outline.apps.iter().filter(|app| app.provider == register.provider);
    let known = apps.clone().find(|app| {
        wanted.is_none_or(|id| app.client_id == *id)
            && register.kind.as_ref().is_none_or(|kind| app.kind == kind)
    });
    if let (Some(id), None) = (wanted, known) {
        return Err(Trouble::Told(words.say("register-no-app", &[("app", id)])));
    }
    // Another app of this provider has the same servers.
    let alike = known.or_else(|| apps.next());
    let mut redirect_urls = match (register.redirect_urls.as_slice(), alike) {
        ([], Some(app)) => app.redirect_urls.clone(),
        (given, _) => given.to_vec(),
    };
    let own = outline.redirect_url.as_ref();
    // This server's own is the one to try it with.
    match redirect_urls.iter().position(|url| Some(url) == own) {
        Some(at) => redirect_urls.swap(0, at),
        None if redirect_urls.is_empty() => {
            let usual = || words.text("register-redirect-url");
            redirect_urls.push(own.cloned().unwrap_or_else(usual));
        }
        None => {}
    }
    let kind = register.kind.clone().or_else(|| known.map(|app| app.kind.to_owned()));
    let webhook_url = alike.and_then(|app| app.webhook_url.clone());
    Ok(App {
        client_id: known.map(|app| app.client_id.clone()),
        kind: kind.unwrap_or_else(|| "user".to_owned()),
        redirect_urls,
        webhook_url: register.webhook_url.clone().or(webhook_url),
        scopes: known.map(|app| app.scopes.clone()).unwrap_or_default(),
    })
}

struct Form<'a> {
    app: App,
    portal: Portal,
    words: &'a Words,
}

impl Form<'_> {
    fn zoom(&self) -> Sheet {
        let words = self.words;
        let managed = match self.portal.kind {
            "account" => "Admin-managed",
            _ => "User-managed",
        };
        Sheet {
            title: format!("Zoom: General App, {managed}"),
            intro: words.text("zoom-intro"),
            pages: vec![
                Page {
                    name: "Basic Information",
                    fields: vec![
                        Field::new("App name", NAME).note(words.text("zoom-name")),
                        Field::new("Select how the app is managed", managed)
                            .note(words.text(&format!("zoom-managed-{}", self.portal.kind))),
                        self.client_id("App Credentials: Client ID"),
                        self.secret("App Credentials: Client Secret"),
                        Field::new("OAuth Redirect URL", self.app.redirect_urls[0].clone()),
                        Field::new("Use Strict Mode for URLs", words.text("value-off"))
                            .note(words.text("zoom-strict")),
                        Field::new("Subdomain check", words.text("value-on"))
                            .note(words.text("zoom-subdomain")),
                        Field::list("OAuth Allow Lists", self.allow_list())
                            .note(words.text("zoom-allow-list")),
                    ],
                },
                Page { name: "Features > Access", fields: self.zoom_events() },
                Page { name: "Scopes", fields: self.zoom_scopes() },
                Page {
                    name: "Local Test, App Listing",
                    fields: vec![
                        Field::list("Developer contact information", Vec::new())
                            .note(words.text("zoom-contact")),
                        Field::new(
                            "Share your app with others: publishing",
                            words.text("value-off"),
                        )
                        .note(words.text("zoom-publish")),
                        Field::list("Add App Now", Vec::new())
                            .note(words.text(&format!("zoom-add-{}", self.portal.kind))),
                    ],
                },
            ],
        }
    }

    fn zoom_server(&self) -> Sheet {
        let words = self.words;
        Sheet {
            title: "Zoom: Server-to-Server OAuth App".to_owned(),
            intro: words.text("zoom-server-intro"),
            pages: vec![
                Page {
                    name: "App Credentials",
                    fields: vec![
                        Field::list("Account ID", Vec::new()).note(words.text("zoom-account-id")),
                        self.client_id("Client ID"),
                        self.secret("Client Secret"),
                    ],
                },
                Page {
                    name: "Information",
                    fields: vec![
                        Field::new("App name", NAME),
                        Field::list("Company, Developer Contact Name, Email", Vec::new())
                            .note(words.text("zoom-contact")),
                    ],
                },
                Page { name: "Feature", fields: self.zoom_events() },
                Page { name: "Scopes", fields: self.zoom_scopes() },
                Page {
                    name: "Activation",
                    fields: vec![
                        Field::list("Activate your app", Vec::new())
                            .note(words.text("zoom-activate")),
                    ],
                },
            ],
        }
    }

    fn zoom_events(&self) -> Vec<Field> {
        let words = self.words;
        let endpoint = self.app.webhook_url.clone();
        let endpoint = endpoint.unwrap_or_else(|| words.text("register-webhook-url"));
        let events = self.portal.events.iter().map(|event| (*event).to_owned()).collect();
        vec![
            Field::list("Token: Secret Token", Vec::new()).note(words.text("zoom-secret-token")),
            Field::new("Event Subscriptions", words.text("value-on"))
                .note(words.text("zoom-subscribe")),
            Field::new("Subscription name", NAME),
            Field::new("Event notification endpoint URL", endpoint.clone())
                .note(words.text("zoom-endpoint")),
            Field::new("Event notification receiver", "All users in the account"),
            Field::list("Add Events", events).note(words.text("zoom-events")),
            Field::list("Validate, Save", Vec::new()).note(words.text("zoom-validate")),
            Field::new("Deauthorization Notification Endpoint URL", endpoint)
                .note(words.text("zoom-deauthorization")),
        ]
    }

    fn zoom_scopes(&self) -> Vec<Field> {
        let mut fields = self.scopes();
        let mut classic: Vec<&str> = Vec::new();
        for name in self.portal.scopes.iter().filter_map(|scope| scope.classic) {
            if !classic.contains(&name) {
                classic.push(name);
            }
        }
        let classic = classic.into_iter().map(|name| self.with_description(name, name)).collect();
        let note = self.words.text("register-classic");
        fields.push(Field::list("Classic scopes", classic).note(note));
        fields
    }

    fn webex(&self) -> Sheet {
        let words = self.words;
        let events = self.portal.own_events.iter().map(|event| format!("meetings: {event}"));
        let webhook_url = self.app.webhook_url.clone();
        let webhook_url = webhook_url.unwrap_or_else(|| words.text("register-webhook-url"));
        let mut fields = vec![
            Field::new("Will this integration use a mobile SDK?", "No"),
            Field::new("Integration name", NAME).note(words.text("webex-name")),
            Field::list("Contact email", Vec::new()).note(words.text("webex-contact")),
            Field::list("Icon", Vec::new()).note(words.text("webex-icon")),
            Field::new("App Hub Description", words.text("webex-description")),
            Field::list("Redirect URI(s)", self.app.redirect_urls.clone())
                .note(words.text("webex-redirect")),
        ];
        fields.extend(self.scopes());
        fields.push(Field::list("Add Integration", Vec::new()).note(words.text("webex-add")));
        Sheet {
            title: "Webex: Integration".to_owned(),
            intro: words.text(&format!("webex-intro-{}", self.portal.kind)),
            pages: vec![
                Page { name: "New Integration", fields },
                Page {
                    name: "Congratulations!",
                    fields: vec![self.client_id("Client ID"), self.secret_once("Client Secret")],
                },
                Page {
                    name: "Webhooks",
                    fields: vec![
                        Field::new("webhook_url, webhook_secret", webhook_url)
                            .note(words.text("webex-webhooks")),
                        Field::list("Events", events.collect()),
                    ],
                },
            ],
        }
    }

    fn client_id(&self, name: &'static str) -> Field {
        let values = self.app.client_id.clone().into_iter().collect();
        Field::list(name, values).note(self.words.text("register-client-id"))
    }

    fn secret(&self, name: &'static str) -> Field {
        Field::list(name, Vec::new()).note(self.words.text("register-secret"))
    }

    fn secret_once(&self, name: &'static str) -> Field {
        Field::list(name, Vec::new()).note(self.words.text("webex-secret"))
    }

    /// Each server's address, and what it begins with.
    fn allow_list(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for address in &self.app.redirect_urls {
            let base = Url::parse(address).map(|url| url.origin().ascii_serialization());
            for entry in [Some(address.clone()), base.ok()].into_iter().flatten() {
                if !all.contains(&entry) {
                    all.push(entry);
                }
            }
        }
        all
    }

    /// Those without which meetings cannot be kept, those for single features, and those that only
    /// the settings know.
    fn scopes(&self) -> Vec<Field> {
        let described = |are_needed: bool| {
            let scopes = self.portal.scopes.iter().filter(|it| it.is_needed == are_needed);
            scopes.map(|it| self.with_description(it.name, it.own)).collect::<Vec<_>>()
        };
        let is_known = |name: &String| {
            self.portal.scopes.iter().any(|it| it.name == name || it.classic == Some(name))
        };
        let others = self.app.scopes.iter().filter(|name| !is_known(name)).cloned().collect();
        let kinds = [
            ("Scopes", described(true), "register-needed"),
            ("Scopes (optional)", described(false), "register-optional"),
            ("Scopes (settings)", others, "register-other"),
        ];
        let kinds = kinds.into_iter().filter(|(_, scopes, _)| !scopes.is_empty());
        kinds.map(|(name, it, note)| Field::list(name, it).note(self.words.text(note))).collect()
    }

    /// A scope, and what it is for.
    fn with_description(&self, name: &str, own: &str) -> String {
        let own = own.strip_suffix(":admin").unwrap_or(own);
        let what = self.words.text(&format!("scope-{}", own.replace(':', "-")));
        format!("{name:<36} {what}")
    }
}
