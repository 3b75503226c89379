//! Meetbridge: Zoom and Webex meetings for every user of a groupware server.
//!
//! The library has no Rust interface for hosts: they come through the doors, [`capi`], [`mod@jni`]
//! and [`lotusscript`], which share [`door`]. Data flows one way: door → [`bridge`] →
//! [`authorization`] (a valid token) → [`provider`] (a request) → [`http`] → [`provider`] (an
//! answer) → [`store`] (what must be remembered) → door.

#![deny(unsafe_code)]

/// The door of the administrator's command.
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod administration;
/// Who did what for whom.
mod audit;
/// A user's consent: asked for, kept, renewed and ended.
mod authorization;
/// One method for each operation.
mod bridge;
/// One call: its options and its deadline.
mod call;
/// The C door.
#[allow(unsafe_code)]
mod capi;
/// What a call works with.
mod context;
/// Where tests let the process die.
mod crash;
/// What the doors share: the operations, and where a panic ends.
mod door;
/// The one error.
mod error;
/// Small files that an administrator wrote.
mod file;
/// Which part of a list is wanted.
mod filter;
/// Doors of the fuzz targets.
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
/// Bridges in callers' hands.
mod handle;
/// Requests out, answers in.
mod http;
/// The Java door.
#[allow(unsafe_code)]
mod jni;
/// JSON from outside, bounded and strict.
mod json;
/// The languages of messages.
mod language;
/// Locks that are held for a moment.
mod lock;
/// What the library tells of its work.
mod log;
/// The LotusScript door.
#[allow(unsafe_code)]
mod lotusscript;
/// Meetings, whatever the provider.
mod meeting;
/// File locks and forked children.
#[allow(unsafe_code)]
mod platform;
/// Zoom and Webex, without I/O.
mod provider;
/// What the administrator configures.
mod settings;
/// Numbers that stand for things.
mod slots;
/// Doors of the benchmarks to single stages of a call.
#[cfg(feature = "stages")]
#[doc(hidden)]
pub mod stages;
/// What must be remembered.
mod store;
/// Small rules of text.
mod text;
/// Whom TLS trusts.
mod trust;
/// Users' names.
mod user;
/// Notifications as hosts see them.
mod webhook;
