//! Webex's notifications (Webex, "Webhooks" and "Access Meeting Resources Guide").

use jiff::Timestamp;
use ring::hmac;
use serde_json::{Map, Value};

use super::Webex;
use crate::provider::Provider;
use crate::provider::webhook::{
    Delivery, Kind, Notice, Proof, Secrets, Untrusted, Webhooks, is_signed, text,
};

/// The only algorithm that Webex documents. Another one would be another header as well.
const ALGORITHM: hmac::Algorithm = hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY;
const SIGNATURE: &str = "x-spark-signature";

impl Webhooks for Webex {
    /// HMAC-SHA1 over the body. There is no time, so that age proves nothing.
    fn verify<'a>(
        &self,
        delivery: Delivery<'_>,
        secrets: Secrets<'a>,
        _: Timestamp,
    ) -> Result<Proof<'a>, Untrusted> {
        let secret = secrets.secret.ok_or(Untrusted::NoSecret)?;
        let signature = delivery.header(SIGNATURE).ok_or(Untrusted::Unsigned)?;
        match is_signed(ALGORITHM, secret, delivery.body, signature) {
            true => Ok(Proof::Signature(secret)),
            false => Err(Untrusted::Forged),
        }
    }

    fn read(&self, document: &Map<String, Value>, _: Proof<'_>, now: Timestamp) -> Option<Notice> {
        let (resource, event) = (text(document, &["resource"])?, text(document, &["event"])?);
        let about_meetings = resource == "meetings";
        let member = if about_meetings { "id" } else { "meetingId" };
        let id = text(document, &["data", member]).filter(|id| Webex.is_meeting_id(id));
        let (meeting_id, date) = id.as_deref().map(split).unwrap_or_default();
        // No event says when it happened, but an instance says when it began and ended. What is
        // still to come is a plan.
        let is_instance =
            text(document, &["data", "meetingType"]).is_some_and(|it| it == "meeting");
        let time = |name: &str| text(document, &["data", name])?.parse::<Timestamp>().ok();
        let (kind, occurred_at) = match (about_meetings, event.as_str()) {
            (true, "created") => (Kind::MeetingCreated, time("created")),
            (true, "updated") => (Kind::MeetingUpdated, None),
            (true, "deleted") => (Kind::MeetingDeleted, None),
            (true, "started") => (Kind::MeetingStarted, time("start").filter(|_| is_instance)),
            (true, "ended") => (Kind::MeetingEnded, time("end").filter(|_| is_instance)),
            _ => (Kind::Other, None),
        };
        let of_webhook = |name| text(document, &[name]);
        Some(Notice {
            kind,
            meeting_id,
            dates: date.into_iter().collect(),
            user_id: text(document, &["data", "hostUserId"]).or_else(|| of_webhook("createdBy")),
            email: text(document, &["data", "hostEmail"]),
            occurred_at: occurred_at.filter(|at| *at <= now),
            webhook_name: of_webhook("name"),
            by_hand: false,
        })
    }
}

/// The series of an id, and the id itself if it is of one date: `SERIES_20270301T000000Z`. One of
/// an instance that was held, `SERIES_I_NUMBER`, is of the series.
fn split(id: &str) -> (Option<String>, Option<String>) {
    const DATE: &[u8] = b"20270301T000000Z";
    if let Some((series, _)) = id.split_once("_I_") {
        return (Some(series.to_owned()), None);
    }
    let is_date = |text: &str| {
        let same = |(one, other): (u8, &u8)| one.is_ascii_digit() == other.is_ascii_digit();
        text.len() == DATE.len() && text.bytes().zip(DATE).all(same)
    };
    match id.rsplit_once('_') {
        Some((series, date)) if is_date(date) => (Some(series.to_owned()), Some(id.to_owned())),
        _ => (Some(id.to_owned()), None),
    }
}

#[cfg(test)]
mod tests;
