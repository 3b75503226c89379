//! A stateful imitation of Zoom and Webex on loopback: OAuth with a consent page, the meetings
//! API, webhooks, faults and statistics, all in memory. For tests and demonstrations; never
//! shipped.
//!
//! ```no_run
//! use meetbridge_sandbox::{Fault, Kind, Options, Sandbox};
//!
//! let sandbox = Sandbox::start(Options::default())?;
//! let token_url = format!("{}/zoom/oauth/token", sandbox.url());
//! sandbox.fault(Fault::once("zoom.refresh", Kind::Reset).after());
//! # Ok::<(), meetbridge_sandbox::Error>(())
//! ```

#![forbid(unsafe_code)]

mod call;
mod clock;
mod connection;
mod control;
mod error;
mod fault;
mod host;
mod ids;
mod join;
mod oauth;
mod options;
mod pipeline;
pub mod postgres;
mod recurrence;
mod routes;
mod sandbox;
mod secrets;
mod server;
mod settings;
mod site;
mod spoil;
mod statistics;
mod tls;
mod webex;
mod webhook;
mod world;
mod zoom;

pub use control::actions::{Event, Whose};
pub use error::{Error, Result};
pub use fault::{Fault, Kind, When};
pub use host::apps;
pub use options::{App, AppKind, Options, Provider, User, ZOOM_GRANULAR};
pub use sandbox::Sandbox;
pub use secrets::Secrets;
pub use settings::{Settings, Unapproved};
pub use statistics::{Codes, Seen, Statistics};
pub use webhook::{Delivery, Target};
