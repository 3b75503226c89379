//! Who is invited, which `PATCH /meetings` cannot change.

use http::Method;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::write;
use crate::error::Result;
use crate::meeting::{Checks, Details, Invitee};
use crate::provider::{KnownInvitee, Step};

/// What `POST /meetingInvitees/bulkInsert` takes at once.
const AT_ONCE: usize = 100;

/// The steps that lead from who is known to who is wanted: additions first, so that a failure
/// in between leaves nobody out.
pub fn steps(
    meeting: &str,
    known: &[KnownInvitee],
    details: &Details,
    checks: &mut Checks,
) -> Result<Vec<Step>> {
    let wanted = wanted(known, details, checks)?;
    let mails = details.send_email.unwrap_or(false);
    let email = |value: &Value| value["email"].as_str().unwrap_or_default().to_owned();
    let mut steps = Vec::new();
    let mut new = Vec::new();
    for mut entry in wanted.iter().cloned() {
        entry["sendEmail"] = mails.into();
        let same = |one: &&KnownInvitee| one.email.eq_ignore_ascii_case(&email(&entry));
        match known.iter().find(same) {
            None => new.push(entry),
            Some(one) if Some(one.co_host) != entry["coHost"].as_bool() => {
                let Value::Object(body) = entry else { continue };
                let path = format!("/meetingInvitees/{}", encoded(&one.id));
                steps.push(Step { method: Method::PUT, path, body: Some(body) });
            }
            Some(_) => {}
        }
    }
    for part in new.chunks(AT_ONCE) {
        let mut body = Map::new();
        body.insert("meetingId".into(), meeting.into());
        body.insert("items".into(), part.into());
        let path = "/meetingInvitees/bulkInsert".to_owned();
        steps.push(Step { method: Method::POST, path, body: Some(body) });
    }
    let stays = |one: &KnownInvitee| {
        wanted.iter().any(|entry| email(entry).eq_ignore_ascii_case(&one.email))
    };
    for one in known.iter().filter(|one| !stays(one)) {
        let path = format!("/meetingInvitees/{}?sendEmail={mails}", encoded(&one.id));
        steps.push(Step { method: Method::DELETE, path, body: None });
    }
    Ok(steps)
}

/// Whom the caller wants; what he says nothing of stays as it is: the others where he speaks of
/// alternative hosts alone, and the co-hosts where he speaks of invitees alone.
fn wanted(known: &[KnownInvitee], details: &Details, checks: &mut Checks) -> Result<Vec<Value>> {
    let present = |one: &KnownInvitee| Invitee { email: one.email.clone(), name: None };
    let (guests, co_hosts): (Vec<_>, Vec<_>) = known.iter().partition(|one| !one.co_host);
    let hosts = co_hosts.iter().map(|one| one.email.clone());
    let whole = Details {
        invitees: Some(match &details.invitees {
            Some(invitees) => invitees.clone(),
            None => guests.into_iter().map(present).collect(),
        }),
        alternative_hosts: Some(match &details.alternative_hosts {
            Some(hosts) => hosts.clone(),
            None => hosts.collect(),
        }),
        ..Details::default()
    };
    write::invitees(&whole, checks)
}

/// An id as it may stand in a path.
fn encoded(id: &str) -> String {
    form_urlencoded::byte_serialize(id.as_bytes()).collect()
}
