//! A user's consent, given in a browser and brought here by hand.

use std::io::{BufRead as _, Read as _};

use meetbridge::administration::MAX_DOCUMENT;
use serde_json::{Value, json};

use crate::arguments::Authorize;
use crate::output::{Outcome, Output, Trouble, clean, fields, read, text};
use crate::session::Session;

pub fn authorize(session: &Session<'_>, authorize: &Authorize, output: &Output) -> Outcome {
    if let Some(callback) = &authorize.callback {
        let later = || Trouble::Told(output.words.text("authorize-later"));
        // Anybody on this machine sees the command line.
        let callback = match callback.as_str() {
            "-" => pasted().ok_or_else(later)?,
            given => given.to_owned(),
        };
        return complete(session, &authorize.user, &callback, output);
    }
    let arguments = [
        authorize.provider.as_deref(),
        Some(authorize.user.as_str()),
        authorize.own_redirect.as_deref(),
    ];
    let options = json!({ "app": authorize.app });
    let answer = session.call("start_authorization", &arguments, options)?;
    if output.is_json {
        return output.answer(&answer, |_| String::new());
    }
    let words = &output.words;
    let address = read(&answer)?;
    output.print(&words.say("authorize-open", &[("user", &authorize.user)]))?;
    output.print(&format!("\n{}\n", address.as_str().unwrap_or_default()))?;
    output.note(&words.text("authorize-paste"));
    match pasted() {
        Some(callback) => complete(session, &authorize.user, &callback, output),
        None => Err(Trouble::Told(words.text("authorize-later"))),
    }
}

fn complete(session: &Session<'_>, user: &str, callback: &str, output: &Output) -> Outcome {
    let answer =
        session.call("complete_authorization", &[Some(user), Some(callback)], json!({}))?;
    output.answer(&answer, |authorization| described(authorization, output))
}

/// The line that was pasted, if there is one.
fn pasted() -> Option<String> {
    let mut line = String::new();
    std::io::stdin().lock().take(MAX_DOCUMENT as u64).read_line(&mut line).ok()?;
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

fn described(authorization: &Value, output: &Output) -> String {
    let word = |name: &str| output.words.text(&format!("field-{name}"));
    let account = &authorization["account"];
    let scopes = authorization["scopes"].as_array().into_iter().flatten();
    let scopes: Vec<_> = scopes.filter_map(Value::as_str).collect();
    let mut rows: Vec<_> = ["user", "provider", "app", "state", "reason"]
        .map(|name| (word(name), text(authorization, name)))
        .into();
    rows.push((word("account"), text(account, "email")));
    rows.push((word("scopes"), clean(&scopes.join(" "))));
    fields(&rows)
}
