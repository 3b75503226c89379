//! A Webex meeting series and the answer that shows it or one of its occurrences.

use super::{SITE, rrule, times};
use crate::recurrence::Rule;
use crate::world::World;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Somebody who is invited.
#[derive(Clone, Debug)]
pub struct Invitee {
    /// `<meeting>_<number>`.
    pub id: String,
    /// Address.
    pub email: String,
    /// Name; the address when none was sent.
    pub display_name: String,
    /// May host too.
    pub co_host: bool,
    /// Webinar panelist.
    pub panelist: bool,
}

/// What is different about one occurrence.
#[derive(Clone, Debug, Default)]
pub struct Exception {
    /// Cancelled by itself.
    pub deleted: bool,
    /// Moved to.
    pub start: Option<Timestamp>,
    /// Minutes.
    pub minutes: Option<i64>,
    /// Its own title.
    pub title: Option<String>,
    /// Its own agenda.
    pub agenda: Option<String>,
}

/// A series; a meeting without recurrence is one too.
#[derive(Clone, Debug)]
pub struct Meeting {
    /// 32 hex digits.
    pub id: String,
    /// Meeting number.
    pub number: String,
    /// The host.
    pub host: usize,
    /// The app that created it: its tags are private to it.
    pub client_id: String,
    /// Title.
    pub title: String,
    /// Agenda.
    pub agenda: Option<String>,
    /// Password.
    pub password: String,
    /// Digits for telephones and video systems.
    pub phone_password: String,
    /// Six digits: a host secret.
    pub host_key: String,
    /// Begin of the first occurrence.
    pub start: Timestamp,
    /// Length.
    pub minutes: i64,
    /// The zone that the series repeats in.
    pub time_zone: String,
    /// RRULE as sent and as understood.
    pub recurrence: Option<(String, Rule)>,
    /// By original start.
    pub exceptions: BTreeMap<Timestamp, Exception>,
    /// Who is invited.
    pub invitees: Vec<Invitee>,
    /// `integrationTags`.
    pub tags: Vec<String>,
    /// Last part of `webLink`.
    pub link: String,
    /// Scheme and host of its link.
    pub base: String,
    /// Other fields that were sent.
    pub extras: Map<String, Value>,
    /// Id of the running instance.
    pub running: Option<String>,
}

/// One occurrence as it stands.
#[derive(Clone, Debug)]
pub struct Occurrence {
    /// Original start: its identity.
    pub original: Timestamp,
    /// Actual start.
    pub start: Timestamp,
    /// Length.
    pub minutes: i64,
    /// Title.
    pub title: String,
    /// Agenda.
    pub agenda: Option<String>,
}

impl Occurrence {
    /// When it is over.
    pub fn end(&self) -> Timestamp {
        later(self.start, self.minutes)
    }
}

/// So many minutes later.
pub fn later(start: Timestamp, minutes: i64) -> Timestamp {
    start.checked_add(SignedDuration::from_mins(minutes)).unwrap_or(start)
}

impl Meeting {
    /// The zone's rules.
    pub fn zone(&self) -> TimeZone {
        times::zone(&self.time_zone).unwrap_or(TimeZone::UTC)
    }

    /// Original starts of the series, cancelled ones too.
    fn originals(&self) -> Vec<Timestamp> {
        let Some((_, rule)) = &self.recurrence else {
            return vec![self.start];
        };
        let zone = self.zone();
        let first = self.start.to_zoned(zone.clone()).datetime();
        rule.expand(first, &zone, rrule::MOST_OCCURRENCES)
    }

    /// Moves the start to the first date that the rule really has.
    pub fn settle(&mut self) {
        if let Some(first) = self.originals().first() {
            self.start = *first;
        }
    }

    /// The occurrences that are left, in order of their original starts.
    pub fn occurrences(&self) -> Vec<Occurrence> {
        let living = |original: &Timestamp| {
            self.exceptions.get(original).is_none_or(|exception| !exception.deleted)
        };
        let originals = self.originals().into_iter().filter(living);
        originals.map(|original| self.occurrence_at(original)).collect()
    }

    fn occurrence_at(&self, original: Timestamp) -> Occurrence {
        let exception = self.exceptions.get(&original).cloned().unwrap_or_default();
        Occurrence {
            original,
            start: exception.start.unwrap_or(original),
            minutes: exception.minutes.unwrap_or(self.minutes),
            title: exception.title.unwrap_or_else(|| self.title.clone()),
            agenda: exception.agenda.or_else(|| self.agenda.clone()),
        }
    }

    /// The occurrence of the second half of an id.
    pub fn occurrence(&self, part: &str) -> Option<Occurrence> {
        self.occurrences().into_iter().find(|one| times::basic(one.original) == part)
    }

    /// The occurrence that is on now or next; the last one when all are over.
    pub fn current(&self, now: Timestamp) -> Occurrence {
        let all = self.occurrences();
        let next = all.iter().find(|one| one.end() > now).or(all.last()).cloned();
        next.unwrap_or_else(|| self.occurrence_at(self.start))
    }

    /// Whether an occurrence is left in the future.
    pub fn active(&self, now: Timestamp) -> bool {
        self.occurrences().last().is_some_and(|one| one.end() > now)
    }

    /// The body for the series; times are those of `shown`.
    pub fn show_series(
        &self,
        world: &World,
        shown: &Occurrence,
        now: Timestamp,
        zone: &TimeZone,
        client_id: &str,
    ) -> Value {
        let state = if self.active(now) { "active" } else { "expired" };
        let mut body = self.show(world, shown, zone, client_id);
        body["id"] = json!(self.id);
        body["meetingType"] = json!("meetingSeries");
        body["state"] = json!(state);
        body["title"] = json!(self.title);
        if let Some((recurrence, _)) = &self.recurrence {
            body["recurrence"] = json!(recurrence);
        }
        body
    }

    /// The body for one occurrence.
    pub fn show_occurrence(
        &self,
        world: &World,
        one: &Occurrence,
        now: Timestamp,
        zone: &TimeZone,
        client_id: &str,
    ) -> Value {
        let id = format!("{}_{}", self.id, times::basic(one.original));
        let state = if one.end() <= now { "missed" } else { "scheduled" };
        let mut body = self.show(world, one, zone, client_id);
        body["scheduledMeetingId"] = json!(id);
        body["id"] = json!(id);
        body["meetingType"] = json!("scheduledMeeting");
        body["state"] = json!(state);
        body["isModified"] = json!(self.exceptions.contains_key(&one.original));
        body
    }

    fn show(&self, world: &World, one: &Occurrence, zone: &TimeZone, client_id: &str) -> Value {
        let host = &world.people[self.host];
        let mut body = json!({
            "meetingSeriesId": self.id, "meetingNumber": self.number, "title": one.title,
            "password": self.password, "phoneAndVideoSystemPassword": self.phone_password,
            "timezone": zone.iana_name().unwrap_or("UTC"), "start": times::show(one.start, zone),
            "end": times::show(one.end(), zone), "hostUserId": host.webex_id,
            "hostDisplayName": host.user.display_name, "hostEmail": host.user.email,
            "hostKey": self.host_key, "siteUrl": SITE, "webLink": self.web_link(),
            "sipAddress": format!("{}@{SITE}", self.number), "dialInIpAddress": "127.0.0.1",
            "enabledAutoRecordMeeting": false, "allowAnyUserToBeCoHost": false,
            "enabledJoinBeforeHost": false, "enableConnectAudioBeforeHost": false,
            "joinBeforeHostMinutes": 0, "excludePassword": false, "publicMeeting": false,
            "enableAutomaticLock": false, "scheduledType": "meeting",
            "unlockedMeetingJoinSecurity": "allowJoinWithLobby", "enabledBreakoutSessions": false,
            "telephony": {
                "accessCode": self.number,
                "callInNumbers": [
                    { "label": "Germany toll", "callInNumber": "+49-69-0000-0002",
                      "tollType": "toll" },
                    { "label": "Japan toll free", "callInNumber": "0120-000-002",
                      "tollType": "tollFree" }
                ],
                "links": [{
                    "rel": "globalCallinNumbers", "method": "GET",
                    "href": format!("/v1/meetings/{}/globalCallinNumbers", self.id),
                }],
            },
        });
        if let Some(agenda) = &one.agenda {
            body["agenda"] = json!(agenda);
        }
        if self.client_id == client_id && !self.tags.is_empty() {
            body["integrationTags"] = json!(self.tags);
        }
        for (name, value) in &self.extras {
            body[name] = value.clone();
        }
        body
    }

    /// The join link.
    pub fn web_link(&self) -> String {
        format!("{}/webex/meet/{}", self.base, self.link)
    }
}
