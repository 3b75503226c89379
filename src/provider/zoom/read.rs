//! Zoom's meetings as the house knows them.

use jiff::Timestamp;
use serde::Deserialize;

use super::zones;
use crate::http::Response;
use crate::meeting::{DialIn, Host, Meeting, Occurrence};
use crate::provider::Listed;
use crate::provider::answer::{self, Id, lenient, parts};

/// A meeting; none if the answer holds none.
pub fn meeting(response: &Response) -> Option<Meeting> {
    answer::document(response).map(MeetingBody::into_meeting)
}

/// A part of a list ("List meetings"): an empty token means that it is the last.
pub fn listed(response: &Response) -> Option<Listed> {
    #[derive(Deserialize)]
    struct Body {
        meetings: Vec<MeetingBody>,
        #[serde(default, deserialize_with = "lenient")]
        next_page_token: Option<String>,
    }
    let body: Body = answer::document(response)?;
    Some(Listed {
        meetings: body.meetings.into_iter().map(MeetingBody::into_meeting).collect(),
        next: body.next_page_token.filter(|token| !token.is_empty()),
    })
}

/// Zoom's meeting. Only the id is needed; the rest may change shape.
#[derive(Deserialize)]
struct MeetingBody {
    id: Id,
    #[serde(default, deserialize_with = "lenient")]
    join_url: Option<String>,
    #[serde(default, deserialize_with = "lenient", rename = "type")]
    kind: Option<u8>,
    #[serde(default, deserialize_with = "lenient")]
    created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient")]
    uuid: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    host_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    host_email: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    topic: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    start_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient")]
    timezone: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    duration: Option<u32>,
    #[serde(default, deserialize_with = "lenient")]
    start_url: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    password: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    dynamic_host_key: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    occurrences: Option<Vec<OccurrenceBody>>,
    #[serde(default, deserialize_with = "lenient")]
    settings: Option<SettingsBody>,
}

parts! {
    struct OccurrenceBody {
        "occurrence_id" => id: Id,
        "start_time" => start_time: Timestamp,
        "duration" => duration: u32,
        "status" => status: String,
    }

    struct SettingsBody {
        "global_dial_in_numbers" => numbers: Vec<DialInBody>,
    }

    struct DialInBody {
        "number" => number: String,
        "city" => city: String,
        "country" => country: String,
        "type" => kind: String,
    }
}

impl MeetingBody {
    fn into_meeting(self) -> Meeting {
        let id = self.id.into_text();
        let occurrences = self.occurrences.unwrap_or_default().into_iter();
        let numbers = self.settings.and_then(|settings| settings.numbers);
        Meeting {
            provider: "zoom".to_owned(),
            number: Some(id.clone()),
            id,
            uuid: self.uuid,
            topic: self.topic,
            start: self.start_time,
            time_zone: self.timezone.map(|id| zones::iana_name(&id).to_owned()),
            duration_minutes: self.duration,
            join_url: self.join_url,
            passcode: self.password.filter(|passcode| !passcode.is_empty()),
            host: Some(Host { id: self.host_id, email: self.host_email, name: None }),
            dial_in: numbers.unwrap_or_default().into_iter().filter_map(dial_in).collect(),
            occurrences: occurrences
                .filter(|occurrence| occurrence.status.as_deref() != Some("deleted"))
                .filter_map(|occurrence| {
                    Some(Occurrence {
                        id: occurrence.id?.into_text(),
                        start: occurrence.start_time,
                        duration_minutes: occurrence.duration,
                        join_url: None,
                    })
                })
                .collect(),
            start_url: self.start_url,
            host_key: self.dynamic_host_key,
            created_at: self.created_at,
            repeats: matches!(self.kind, Some(3 | 8)),
            ..Meeting::default()
        }
    }
}

fn dial_in(number: DialInBody) -> Option<DialIn> {
    Some(DialIn {
        number: number.number?,
        label: number.city.filter(|city| !city.is_empty()),
        country: number.country,
        toll_free: number.kind.map(|kind| kind == "tollfree"),
    })
}
