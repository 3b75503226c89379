//! Reading meetings: one, a list, or as an invitation.

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimeParser;
use serde::Serialize;

use super::api::{Api, Effect};
use super::{exceptions, host, reference};
use crate::context::Context;
use crate::error::{Error, Result, Status};
use crate::filter::Filter;
use crate::meeting::{Meeting, invitation};
use crate::provider::{Provider, Target};
use crate::settings::{App, AppKind};
use crate::user::UserName;

/// A part of a user's meetings.
#[derive(Serialize)]
pub struct Page {
    pub meetings: Vec<Meeting>,
    pub next: Option<String>,
}

pub fn get(context: &Context<'_>, app: &App, user: &UserName, id: &str) -> Result<Meeting> {
    check_id(app.provider, id)?;
    let mut api = Api::new(context, app, user)?;
    reference::turn_to_host(&mut api, id)?;
    let occurrence = occurrence(&mut api, id)?;
    let target = Target { meeting: id, occurrence: occurrence.as_deref() };
    let mut meeting = api.read(target)?;
    meeting.reference = reference_of(&api, &meeting.id)?;
    Ok(api.shown(meeting))
}

pub fn list(
    context: &Context<'_>,
    app: &App,
    user: &UserName,
    filter: Option<&str>,
) -> Result<Page> {
    let mut filter = Filter::parse(filter, Timestamp::now())?;
    let host_email = filter.host_email.take();
    if host_email.is_some() && app.kind == AppKind::User {
        return Err(host::unsupported(app, "filter.host_email"));
    }
    let mut api = Api::for_host(context, app, user, host_email)?;
    api.host.check("filter.host_email")?;
    let is_addressed = api.host.is_addressed();
    let provider = app.provider;
    let api_url = api.api_url()?;
    let part = api.call(
        Effect::Idempotent,
        |access| provider.list_request(access, &filter),
        |response| {
            let listed = provider.read_list(&api_url, response);
            host::refused(provider, is_addressed, response, listed)
        },
    )?;
    api.host.remember(context);
    let mut meetings = Vec::with_capacity(part.meetings.len());
    for mut meeting in part.meetings {
        if meeting.repeats || filter.holds(meeting.start) {
            meeting.reference = reference_of(&api, &meeting.id)?;
            meetings.push(api.shown(meeting));
        }
    }
    Ok(Page { meetings, next: part.next })
}

pub fn invitation(
    context: &Context<'_>,
    app: &App,
    user: &UserName,
    id: &str,
    language: Option<&str>,
) -> Result<String> {
    check_id(app.provider, id)?;
    let negotiate = |tag: &str, fallback| {
        invitation::negotiate(tag, fallback)
            .map_err(|why| Error::invalid_argument(format!("language: {why}")))
    };
    let own = negotiate(context.settings.language.tag(), invitation::Tag::default())?;
    let language = language.map_or(Ok(own), |tag| negotiate(tag, own))?;
    let mut api = Api::new(context, app, user)?;
    reference::turn_to_host(&mut api, id)?;
    let occurrence = occurrence(&mut api, id)?;
    let target = Target { meeting: id, occurrence: occurrence.as_deref() };
    let mut meeting = api.read(target)?;
    if occurrence.is_some() {
        // The time of one date stands for it.
        meeting.occurrences.clear();
    }
    if let Some(apart) = app.provider.sip_apart() {
        let sip = api.call(
            Effect::Idempotent,
            |access| apart.request(access, id),
            |response| Ok(apart.read(response)),
        );
        // Better an invitation without it than none.
        meeting.sip = sip.ok().flatten();
    }
    Ok(invitation::text(&meeting.without_host_secrets(), language))
}

/// The provider's id of the date that the options name; none if they name none.
pub fn occurrence(api: &mut Api<'_>, meeting: &str) -> Result<Option<String>> {
    let Some(text) = api.context.call.options.occurrence.as_deref() else { return Ok(None) };
    let provider = api.provider();
    let Some(original) = original_start(text) else {
        let wrong =
            || Error::invalid_argument("options.occurrence: no id of its dates and no time");
        let is_id = provider.is_occurrence_id(meeting, text);
        return is_id.then(|| Some(text.to_owned())).ok_or_else(wrong);
    };
    occurrence_at(api, meeting, original).map(Some)
}

/// The provider's id of the date that was to begin then.
pub fn occurrence_at(api: &mut Api<'_>, meeting: &str, original: Timestamp) -> Result<String> {
    let provider = api.provider();
    if let Some(id) = provider.occurrence_id(meeting, original) {
        return Ok(id);
    }
    let whole = api.read(Target { meeting, occurrence: None })?;
    let date = exceptions::find(provider, &whole.occurrences, original);
    date.map(|date| date.id.clone()).ok_or_else(|| {
        let what = format!("the meeting has no date at {original}");
        Error::new(Status::MeetingNotFound, what).with_provider(provider.name())
    })
}

/// RFC 3339, or the form of iCalendar in UTC: `20270301T000000Z`.
fn original_start(text: &str) -> Option<Timestamp> {
    static PARSER: DateTimeParser = DateTimeParser::new();
    let is_date = text.len() >= "20270301T000000Z".len() && text.contains(['T', 't']);
    PARSER.parse_timestamp(text).ok().filter(|_| is_date)
}

/// INVALID_ARGUMENT for what would not be an id in a path.
pub fn check_id(provider: &dyn Provider, id: &str) -> Result<()> {
    match provider.is_meeting_id(id) {
        true => Ok(()),
        false => Err(Error::invalid_argument("meeting_id: not an id of this provider")),
    }
}

/// The reference under which the user's meeting was made.
pub fn reference_of(api: &Api<'_>, id: &str) -> Result<Option<String>> {
    let keys = api.context.vault.store().references_of_meeting(api.provider().name(), id)?;
    Ok(keys.into_iter().find(|key| key.user == api.user.key).map(|key| key.reference))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_original_start_in_its_two_forms() {
        let at: Timestamp = "2027-03-01T00:00:00Z".parse().unwrap();
        for text in ["2027-03-01T00:00:00Z", "20270301T000000Z", "2027-03-01T09:00:00+09:00"] {
            assert_eq!(original_start(text), Some(at), "{text}");
        }
        for text in ["1803859200000", "dfb4_20270301T000000Z", "2027-03-01", "20270301T000000"] {
            assert_eq!(original_start(text), None, "{text}");
        }
    }
}
