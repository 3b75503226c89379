//! Zoom's scopes (Zoom, "Granular scopes" and "Classic scopes").

use crate::provider::registration::{Names, Scope};

/// An administrator's have a suffix.
macro_rules! names {
    ($name:literal) => {
        Names { own: $name, all: concat!($name, ":admin") }
    };
}

macro_rules! scope {
    ($name:literal, $classic:literal, needed: $is_needed:literal) => {
        Scope { name: names!($name), classic: Some(names!($classic)), is_needed: $is_needed }
    };
}

pub const ALL: &[Scope] = &[
    scope!("meeting:write:meeting", "meeting:write", needed: true),
    scope!("meeting:update:meeting", "meeting:write", needed: true),
    scope!("meeting:delete:meeting", "meeting:write", needed: true),
    scope!("meeting:read:meeting", "meeting:read", needed: true),
    scope!("meeting:read:list_meetings", "meeting:read", needed: true),
    scope!("meeting:read:invitation", "meeting:read", needed: false),
    scope!("user:read:user", "user:read", needed: false),
];
