//! Who has an authorization, and what becomes of it.

use serde_json::json;

use super::{columns, pages};
use crate::arguments::{Forget, Part, Rename, Revoke};
use crate::output::{Outcome, Output};
use crate::session::Session;

pub fn users(session: &Session<'_>, part: &Part, output: &Output) -> Outcome {
    let get = |filter: &str| Ok(session.call("list_authorizations", &[Some(filter)], json!({}))?);
    pages(output, part, &[], "authorizations", get, |one| {
        columns(one, &["provider", "state", "refreshed_at", "user", "reason"])
    })
}

pub fn revoke(session: &Session<'_>, revoke: &Revoke, output: &Output) -> Outcome {
    let whose = &revoke.whose;
    let options = json!({ "app": whose.app, "ignore_missing": revoke.ignore_missing });
    let arguments = [Some(whose.provider.as_str()), Some(whose.user.as_str())];
    let answer = session.call("revoke_authorization", &arguments, options)?;
    let values = [("user", whose.user.as_str()), ("provider", whose.provider.as_str())];
    output.answer(&answer, |_| output.words.say("revoked", &values))
}

pub fn rename(session: &Session<'_>, rename: &Rename, output: &Output) -> Outcome {
    let (old, new) = (rename.old_user.as_str(), rename.new_user.as_str());
    let answer = session.call("rename_user", &[Some(old), Some(new)], json!({}))?;
    output.answer(&answer, |_| output.words.say("renamed", &[("old", old), ("new", new)]))
}

pub fn forget(session: &Session<'_>, forget: &Forget, output: &Output) -> Outcome {
    let options = json!({ "ignore_missing": forget.ignore_missing });
    let answer = session.call("forget_user", &[Some(&forget.user)], options)?;
    output.answer(&answer, |_| output.words.say("forgotten", &[("user", &forget.user)]))
}
