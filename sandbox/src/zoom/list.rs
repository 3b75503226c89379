//! `GET /users/{userId}/meetings` and `/upcoming_meetings`.

use super::access::{self, Needs};
use super::meeting::{Meeting, after};
use super::{error, invalid, ok};
use crate::call::{Answer, Call};
use crate::clock::utc;
use crate::site::Site;
use crate::world::World;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const LIST: Needs = Needs { classic: "meeting:read", granular: "meeting:read:list_meetings" };
const UPCOMING: Needs =
    Needs { classic: "meeting:read", granular: "meeting:read:list_upcoming_meetings" };

/// "The expiration period for this token is 15 minutes" (Zoom API "Pagination").
const PAGE_TOKEN_SECONDS: i64 = 900;

/// How long a past meeting still counts as not expired ("meeting IDs expire 30 days after the
/// scheduled date", Zoom support, "Meeting ID expiration").
const EXPIRY_DAYS: i64 = 30;

/// What a `next_page_token` stands for.
#[derive(Clone, Debug)]
pub struct Page {
    host: usize,
    kind: String,
    offset: usize,
    expires: Timestamp,
}

/// Lists a user's meetings, page by page.
pub fn list(site: &Site, call: &Call) -> Answer {
    let mut world = site.world();
    match try_list(site, &mut world, call) {
        Ok(answer) | Err(answer) => answer,
    }
}

fn try_list(site: &Site, world: &mut World, call: &Call) -> Result<Answer, Answer> {
    let caller = access::caller(site, world, call, LIST)?;
    let host = access::target(site, world, call, &caller, LIST)?;
    let now = site.clock.now();
    let kind = call.query("type").unwrap_or("scheduled");
    if !["scheduled", "live", "upcoming", "upcoming_meetings", "previous_meetings"].contains(&kind)
    {
        return Err(invalid(site, &["type".to_owned()]));
    }
    let size = match call.query("page_size").unwrap_or("30").parse::<usize>() {
        Ok(size) if (1..=300).contains(&size) => size,
        _ => return Err(invalid(site, &["page_size".to_owned()])),
    };
    let offset = match call.query("next_page_token").filter(|token| !token.is_empty()) {
        None => match call.query("page_number").map(str::parse::<usize>) {
            None => 0,
            Some(Ok(number)) if number > 0 => (number - 1) * size,
            Some(_) => return Err(invalid(site, &["page_number".to_owned()])),
        },
        Some(token) => match world.zoom_pages.get(token) {
            Some(page) if page.host == host && page.kind == kind && page.expires > now => {
                page.offset
            }
            _ => {
                return Err(error(site, 400, 300, "The next page token is invalid or expired."));
            }
        },
    };
    let day = |name: &str| match call.query(name) {
        None => Ok(None),
        Some(text) => match text.parse::<Date>() {
            Ok(date) => Ok(Some(date)),
            Err(_) => Err(invalid(site, &[name.to_owned()])),
        },
    };
    let (from, to) = (day("from")?, day("to")?);
    let zone = call.query("timezone").and_then(super::zones::zone).unwrap_or(TimeZone::UTC);
    let inside = |meeting: &&Meeting| {
        let date = meeting.start.to_zoned(zone.clone()).date();
        from.is_none_or(|from| date >= from) && to.is_none_or(|to| date <= to)
    };
    let mut found: Vec<&Meeting> = world
        .zoom
        .values()
        .filter(|meeting| meeting.host == host && !meeting.deleted && wanted(meeting, kind, now))
        .filter(inside)
        .collect();
    found.sort_by_key(|meeting| (meeting.start, meeting.id));
    let total = found.len();
    let items: Vec<Value> =
        found.into_iter().skip(offset).take(size).map(|one| item(world, one)).collect();
    let next = offset + items.len();
    let mut token = String::new();
    if next < total && !items.is_empty() {
        token = site.ids.letters("zoom page", 35);
        let expires = now.checked_add(SignedDuration::from_secs(PAGE_TOKEN_SECONDS)).unwrap_or(now);
        let page = Page { host, kind: kind.to_owned(), offset: next, expires };
        world.zoom_pages.insert(token.clone(), page);
    }
    let body = json!({
        "page_count": total.div_ceil(size), "page_number": offset / size + 1, "page_size": size,
        "total_records": total, "next_page_token": token, "meetings": items,
    });
    Ok(ok(site, 200, &body))
}

/// Instant and expired meetings are never listed ("List meetings").
fn wanted(meeting: &Meeting, kind: &str, now: Timestamp) -> bool {
    let end = meeting.end();
    let over = end.is_some_and(|end| end <= now);
    match kind {
        "live" => meeting.started,
        "upcoming" | "upcoming_meetings" => meeting.kind != 1 && !over,
        "previous_meetings" => over,
        _ => {
            let expiry = SignedDuration::from_hours(EXPIRY_DAYS * 24);
            let expired = end.is_some_and(|end| now.duration_since(end) > expiry);
            meeting.kind != 1 && !expired
        }
    }
}

fn item(world: &World, meeting: &Meeting) -> Value {
    // "agenda: cut at 250 characters".
    let agenda: String = meeting.agenda.chars().take(250).collect();
    let mut item = json!({
        "uuid": meeting.uuid, "id": meeting.id, "host_id": world.people[meeting.host].zoom_id,
        "topic": meeting.topic, "type": meeting.kind, "duration": meeting.duration,
        "timezone": meeting.time_zone, "created_at": utc(meeting.created),
        "join_url": meeting.join_url(), "agenda": agenda,
    });
    if meeting.kind != 3 {
        item["start_time"] = json!(utc(meeting.start));
    }
    item
}

/// The next 24 hours ("Get upcoming meetings").
pub fn upcoming(site: &Site, call: &Call) -> Answer {
    let world = site.world();
    let found = access::caller(site, &world, call, UPCOMING)
        .and_then(|caller| access::target(site, &world, call, &caller, UPCOMING));
    let host = match found {
        Ok(host) => host,
        Err(answer) => return answer,
    };
    let now = site.clock.now();
    let limit = after(now, 24 * 60);
    let mut items = Vec::new();
    for meeting in world.zoom.values().filter(|one| one.host == host && !one.deleted) {
        let dates: Vec<(Timestamp, i64)> = match meeting.kind {
            8 => {
                let living = meeting.occurrences.iter().filter(|one| !one.deleted);
                living.map(|one| (one.start, one.duration)).collect()
            }
            1 | 3 => Vec::new(),
            _ => vec![(meeting.start, meeting.duration)],
        };
        for (start, duration) in dates {
            if after(start, duration) > now && start <= limit {
                items.push(json!({
                    "id": meeting.id, "topic": meeting.topic, "type": meeting.kind,
                    "start_time": utc(start), "duration": duration, "is_all_day": false,
                    "timezone": meeting.time_zone, "created_at": utc(meeting.created),
                    "join_url": meeting.join_url(), "passcode": meeting.password,
                    "use_pmi": false, "is_host": true,
                }));
            }
        }
    }
    ok(site, 200, &json!({ "total_records": items.len(), "meetings": items }))
}
