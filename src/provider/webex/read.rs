//! Webex's meetings as the house knows them.

use http::header::LINK;
use jiff::Timestamp;
use serde::Deserialize;

use super::marks;
use crate::http::Response;
use crate::meeting::{DialIn, Host, Meeting};
use crate::provider::KnownInvitee;
use crate::provider::answer::{lenient, parts};

/// A meeting; none if the answer holds none.
pub fn meeting(response: &Response) -> Option<Meeting> {
    let body: MeetingBody = serde_json::from_slice(response.body()).ok()?;
    Some(body.into_meeting())
}

/// The meetings of a list.
pub fn meetings(response: &Response) -> Option<Vec<Meeting>> {
    let items: Items<MeetingBody> = serde_json::from_slice(response.body()).ok()?;
    Some(items.items.into_iter().map(MeetingBody::into_meeting).collect())
}

/// The invitees of a list.
pub fn invitees(response: &Response) -> Option<Vec<KnownInvitee>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Body {
        id: String,
        email: String,
        #[serde(default, deserialize_with = "lenient")]
        co_host: Option<bool>,
    }
    let items: Items<Body> = serde_json::from_slice(response.body()).ok()?;
    let known = |body: Body| KnownInvitee {
        id: body.id,
        email: body.email,
        co_host: body.co_host.unwrap_or(false),
    };
    Some(items.items.into_iter().map(known).collect())
}

/// How Webex writes every list.
#[derive(Deserialize)]
pub struct Items<T> {
    pub items: Vec<T>,
}

/// The query of the following part: `Link: <…>; rel="next"` (RFC 8288; Webex, "Pagination"). The
/// outer option is none if the link leads elsewhere than to the same list.
pub fn next(api_url: &str, path: &str, response: &Response) -> Option<Option<String>> {
    for value in response.headers().get_all(LINK) {
        for link in value.to_str().ok()?.split(',') {
            let Some((url, parameters)) =
                link.trim().strip_prefix('<').and_then(|l| l.split_once('>'))
            else {
                continue;
            };
            let is_next = parameters.split(';').any(|parameter| {
                let parameter = parameter.trim().to_ascii_lowercase();
                matches!(parameter.as_str(), "rel=\"next\"" | "rel=next")
            });
            if is_next {
                let here = format!("{api_url}{path}?");
                return url.strip_prefix(here.as_str()).map(|query| Some(query.to_owned()));
            }
        }
    }
    Some(None)
}

/// Webex's meeting. Only the id is needed: Cisco's own examples leave out
/// members that its schema calls required.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MeetingBody {
    id: String,
    #[serde(default, deserialize_with = "lenient")]
    web_link: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    recurrence: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    created: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    integration_tags: Option<Vec<String>>,
    #[serde(default, deserialize_with = "lenient")]
    meeting_number: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    title: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    start: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    end: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    timezone: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    password: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    host_user_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    host_email: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    host_display_name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    host_key: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    sip_address: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    telephony: Option<Telephony>,
}

parts! {
    struct Telephony {
        "callInNumbers" => numbers: Vec<CallIn>,
    }

    struct CallIn {
        "callInNumber" => number: String,
        "label" => label: String,
        "tollType" => toll_type: String,
    }
}

impl MeetingBody {
    fn into_meeting(self) -> Meeting {
        let instant = |time: Option<String>| time?.parse::<Timestamp>().ok();
        let (start, end) = (instant(self.start), instant(self.end));
        let length = start.zip(end).map(|(start, end)| end.duration_since(start).as_mins());
        let marks = self.integration_tags.unwrap_or_default();
        let numbers = self.telephony.and_then(|telephony| telephony.numbers);
        Meeting {
            provider: "webex".to_owned(),
            id: self.id,
            number: self.meeting_number,
            topic: self.title,
            start,
            time_zone: marks::zone_of(&marks).or(self.timezone),
            duration_minutes: length.and_then(|minutes| minutes.try_into().ok()),
            join_url: self.web_link,
            passcode: self.password.filter(|passcode| !passcode.is_empty()),
            host: Some(Host {
                id: self.host_user_id,
                email: self.host_email,
                name: self.host_display_name,
            }),
            dial_in: numbers
                .unwrap_or_default()
                .into_iter()
                .filter_map(|number| {
                    Some(DialIn {
                        number: number.number?,
                        label: number.label,
                        country: None,
                        toll_free: number.toll_type.map(|kind| kind == "tollFree"),
                    })
                })
                .collect(),
            sip: self.sip_address.filter(|address| !address.is_empty()),
            host_key: self.host_key,
            created_at: instant(self.created),
            marks,
            repeats: self.recurrence.is_some_and(|rule| !rule.is_empty()),
            ..Meeting::default()
        }
    }
}
