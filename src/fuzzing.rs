//! The doors of the fuzz targets (`fuzz/`) to what reads texts from outside.
//!
//! Only with the feature `fuzzing`; nothing here is for hosts.

#[cfg(not(debug_assertions))]
compile_error!("the feature fuzzing must never be in a library that is shipped");

pub use crate::authorization::{Callback, State};
pub use crate::bridge::plan;
pub use crate::error::{Error, Status};
pub use crate::filter::Filter;
pub use crate::json::{parse as parse_json, to_string as to_json};
pub use crate::language::Language;
pub use crate::meeting::invitation::{Tag, text as invitation};
pub use crate::meeting::recurrence::Recurrence;
pub use crate::meeting::{Changes, Checks, Details, Meeting, NewMeeting, Schedule, Start, zone};
pub use crate::provider::webhook::{Delivery, Proof, Secrets, Untrusted};
pub use crate::provider::{ALL as PROVIDERS, Access, Host, Provider, Target, TokenRefusal};
pub use crate::settings::Settings;
pub use crate::store::rescue::Rescue;
pub use crate::store::seal::{KeyRing, KeySource};
pub use crate::store::sqlite::Sqlite;
pub use crate::store::vault::{Grant, Tokens, Vault};
pub use crate::store::{AuditRow, GrantKey, GrantRow, GrantState, Store};
pub use crate::user::UserName;
pub use crate::webhook::{Event, parse_headers};
