//! Meetbridge: Zoom and Webex meetings for every user of a groupware server.
//!
//! Data flows one way: door → [`bridge`] → [`authorization`] (a valid token) → [`provider`] (a
//! request) → [`http`] → [`provider`] (an answer) → [`store`] (what must be remembered) → door.

pub mod authorization;
pub mod bridge;
mod call;
mod capi;
mod context;
mod crash;
pub mod error;
mod handle;
pub mod http;
mod json;
pub mod language;
pub mod log;
pub mod meeting;
pub mod platform;
pub mod provider;
pub mod settings;
pub mod store;
mod text;
pub mod user;
