//! What a sandbox is started with: ports, people and registered apps.

use crate::settings::Settings;
use serde::{Deserialize, Serialize};

/// Whom the sandbox imitates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Zoom.
    Zoom,
    /// Cisco Webex.
    Webex,
}

impl Provider {
    /// The name used in route names, JSON and paths.
    pub fn name(self) -> &'static str {
        match self {
            Provider::Zoom => "zoom",
            Provider::Webex => "webex",
        }
    }
}

/// A person with an account at both providers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Sign-in address; also names the user in the control API.
    pub email: String,
    /// Shown on the consent page and in answers.
    pub display_name: String,
    /// Zoom: licensed (type 2) instead of basic (type 1). Webex: host instead of attendee.
    #[serde(default = "yes")]
    pub licensed: bool,
    /// Whether the account's policy lets the user host at all.
    #[serde(default = "yes")]
    pub can_host: bool,
    /// Whether he may consent for the account (Zoom) and act for others with admin scopes (Webex).
    #[serde(default)]
    pub administrator: bool,
    /// IANA name; the default of meetings that name none.
    #[serde(default = "utc")]
    pub time_zone: String,
}

/// Who may use an app's tokens for whom (Zoom, "End-user authorization" and
/// "Server-to-Server OAuth").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AppKind {
    /// Every user authorizes for himself; only `me` may be addressed.
    #[default]
    User,
    /// An administrator authorizes for the account; `:admin` scopes, any user may be addressed.
    Account,
    /// Zoom Server-to-Server: `account_credentials`, no refresh token, no `me`.
    Server,
}

/// An app registered with a provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// Whose marketplace it is registered with.
    pub provider: Provider,
    /// Public identifier.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Shown on the consent page.
    #[serde(default)]
    pub name: String,
    /// Exact redirect URIs; an empty list allows every loopback address.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// What it is registered for.
    pub scopes: Vec<String>,
    /// Who may use its tokens for whom.
    #[serde(default)]
    pub kind: AppKind,
    /// Switched off: nobody gets or refreshes a token (Zoom 4717).
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Approved by the user's administrator (Zoom 4738 when not).
    #[serde(default = "yes")]
    pub approved: bool,
}

fn yes() -> bool {
    true
}

fn utc() -> String {
    "UTC".to_owned()
}

/// How to start a sandbox.
#[derive(Clone, Debug)]
pub struct Options {
    /// Port of the plain listener on 127.0.0.1; 0 takes a free one.
    pub plain_port: u16,
    /// Whether to open the TLS listener as well.
    pub tls: bool,
    /// Port of the TLS listener on 127.0.0.1; 0 takes a free one.
    pub tls_port: u16,
    /// More names for the TLS certificate, besides localhost and the loopback addresses.
    pub tls_names: Vec<String>,
    /// Makes every id, token and code deterministic (and guessable).
    pub seed: Option<u64>,
    /// RFC 3339; the sandbox's clock stands still here, moved only by `clock_offset_s`.
    pub frozen_at: Option<String>,
    /// Scheme and host that join links begin with; otherwise the request's own.
    pub public_base: Option<String>,
    /// Who has an account.
    pub users: Vec<User>,
    /// Who may ask for authorization.
    pub apps: Vec<App>,
    /// What can be changed later through the control API too.
    pub settings: Settings,
    /// One access-log line for each request, on standard error.
    pub verbose: bool,
    /// Threads of the sandbox's own runtime.
    pub worker_threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            plain_port: 0,
            tls: false,
            tls_port: 0,
            tls_names: Vec::new(),
            seed: None,
            frozen_at: None,
            public_base: None,
            users: default_users(),
            apps: default_apps(),
            settings: Settings::default(),
            verbose: false,
            worker_threads: 2,
        }
    }
}

fn default_users() -> Vec<User> {
    let user = |email: &str, name: &str, licensed, administrator, zone: &str| User {
        email: email.to_owned(),
        display_name: name.to_owned(),
        licensed,
        can_host: true,
        administrator,
        time_zone: zone.to_owned(),
    };
    vec![
        user("anna@example.com", "Anna Berg", true, true, "Europe/Berlin"),
        user("ken@example.com", "佐藤 健", true, false, "Asia/Tokyo"),
        user("guest@example.com", "Guest", false, false, "UTC"),
    ]
}

/// Zoom's granular scopes of the operations that a calendar needs, user level.
pub const ZOOM_GRANULAR: [&str; 9] = [
    "meeting:read:invitation",
    "meeting:read:list_meetings",
    "meeting:read:list_upcoming_meetings",
    "meeting:read:meeting",
    "meeting:write:meeting",
    "meeting:update:meeting",
    "meeting:update:status",
    "meeting:delete:meeting",
    "user:read:user",
];

fn default_apps() -> Vec<App> {
    let app = |provider, id: &str, name: &str, kind, scopes: Vec<String>| App {
        provider,
        client_id: id.to_owned(),
        client_secret: format!("{id}-secret"),
        name: name.to_owned(),
        redirect_uris: Vec::new(),
        scopes,
        kind,
        enabled: true,
        approved: true,
    };
    let owned = |scopes: &[&str]| scopes.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    let admin: Vec<String> = ZOOM_GRANULAR.iter().map(|s| format!("{s}:admin")).collect();
    let webex = [
        "meeting:schedules_read",
        "meeting:schedules_write",
        "meeting:preferences_read",
        "spark:people_read",
        "spark:kms",
    ];
    let webex_admin =
        [&webex[..], &["meeting:admin_schedule_read", "meeting:admin_schedule_write"]].concat();
    use AppKind::{Account, Server, User};
    use Provider::{Webex, Zoom};
    vec![
        app(Zoom, "sandbox-zoom", "Meetbridge for Zoom", User, owned(&ZOOM_GRANULAR)),
        app(
            Zoom,
            "sandbox-zoom-classic",
            "Meetbridge, classic scopes",
            User,
            owned(&["meeting:read", "meeting:write", "user:read"]),
        ),
        app(Zoom, "sandbox-zoom-account", "Meetbridge for the account", Account, admin.clone()),
        app(Zoom, "sandbox-zoom-server", "Meetbridge server to server", Server, admin),
        app(Webex, "sandbox-webex", "Meetbridge for Webex", User, owned(&webex)),
        app(Webex, "sandbox-webex-admin", "Meetbridge for hosts", Account, owned(&webex_admin)),
    ]
}
