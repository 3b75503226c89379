//! Webex's meetings, invitees and webhooks as resources.

mod common;

use common::*;
use serde_json::{Value, json};

fn starts(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|one| one["start"].as_str().unwrap()).collect()
}

#[test]
fn create_get_list_patch_delete() {
    let sandbox = frozen();
    let webex = Api::new(&sandbox, "sandbox-webex", "anna@example.com");
    let body = json!({
        "title": "Plan 計画", "start": "2027-01-04T09:00:00", "end": "2027-01-04T09:45:00",
        "timezone": "Europe/Berlin", "agenda": "a", "sendEmail": false, "integrationTags": ["k1"],
        "invitees": [{ "email": "x@example.com" }], "enabledJoinBeforeHost": true,
    });
    let answer = webex.post("/meetings", body).expect(200);
    assert!(answer.header("trackingid").is_some());
    let made = answer.json();
    assert_eq!(made["start"], "2027-01-04T08:00:00Z");
    assert_eq!(made["end"], "2027-01-04T08:45:00Z");
    assert_eq!(made["timezone"], "UTC");
    assert_eq!(made["meetingType"], "meetingSeries");
    assert_eq!(made["enabledJoinBeforeHost"], true);
    assert_eq!(made["id"].as_str().unwrap().len(), 32);
    let key = made["hostKey"].as_str().unwrap().to_owned();
    assert!(sandbox.secrets().host_keys.contains(&key));
    let link = made["webLink"].as_str().unwrap();
    assert!(get(link).expect(200).text.contains("Plan 計画"));

    let path = format!("/meetings/{}", made["id"].as_str().unwrap());
    assert_eq!(webex.get(&path).expect(200).json(), made);
    let found = webex.get("/meetings?integrationTag=k1").expect(200).json();
    assert_eq!(found["items"][0]["id"], made["id"]);
    assert_eq!(webex.get("/meetings?integrationTag=k2").json()["items"], json!([]));
    // Tags are private to the client, meetings are the user's.
    let other = Api::new(&sandbox, "sandbox-webex-admin", "anna@example.com");
    assert_eq!(other.get("/meetings?integrationTag=k1").json()["items"], json!([]));
    assert_eq!(other.get(&path).expect(200).json().get("integrationTags"), None);

    let changes = json!({ "title": "New", "agenda": null, "start": "2027-01-05T10:00:00+09:00",
                          "end": "2027-01-05T10:30:00+09:00" });
    let changed = webex.patch(&path, changes).expect(200).json();
    assert_eq!(changed["title"], "New");
    assert_eq!(changed.get("agenda"), None);
    assert_eq!(changed["start"], "2027-01-05T01:00:00Z");
    let header = [("authorization", ""), ("timezone", "Asia/Tokyo")];
    let tokens = authorize(&sandbox, "sandbox-webex", "anna@example.com");
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let headers = [(header[0].0, bearer.as_str()), header[1]];
    let url = format!("{}/webex/v1{path}", sandbox.url());
    let local = send("GET", &url, &headers, b"").unwrap().expect(200).json();
    assert_eq!(local["start"], "2027-01-05T10:00:00+09:00");
    assert_eq!(local["timezone"], "Asia/Tokyo");

    let ken = Api::new(&sandbox, "sandbox-webex", "ken@example.com");
    ken.get(&path).expect(404);
    webex.delete(&path).expect(204);
    let gone = webex.delete(&path).expect(404);
    assert_eq!(gone.header("trackingid"), gone.json()["trackingId"].as_str());
    get(link).expect(404);
}

#[test]
fn series_and_occurrences() {
    let sandbox = frozen();
    let webex = Api::new(&sandbox, "sandbox-webex", "anna@example.com");
    let body = json!({
        "title": "Weekly", "start": "2027-03-17T09:00:00", "end": "2027-03-17T10:00:00",
        "timezone": "Europe/Berlin", "recurrence": "FREQ=WEEKLY;COUNT=3",
    });
    let made = webex.post("/meetings", body).expect(200).json();
    let id = made["id"].as_str().unwrap();
    assert_eq!(made["recurrence"], "FREQ=WEEKLY;COUNT=3");
    let list = format!(
        "/meetings?meetingSeriesId={id}&meetingType=scheduledMeeting&from=2027-03-01&to=2027-05-01"
    );
    let all = webex.get(&list).expect(200).json();
    assert_eq!(
        starts(&all),
        ["2027-03-17T08:00:00Z", "2027-03-24T08:00:00Z", "2027-03-31T07:00:00Z"]
    );
    let second = all["items"][1]["id"].as_str().unwrap().to_owned();
    assert_eq!(second, format!("{id}_20270324T080000Z"));

    let path = format!("/meetings/{second}");
    let changed = webex
        .patch(&path, json!({ "start": "2027-03-24T11:00:00", "end": "2027-03-24T12:00:00" }))
        .expect(200)
        .json();
    assert_eq!(changed["start"], "2027-03-24T10:00:00Z");
    assert_eq!(changed["id"], second, "the id keeps the original start");
    assert_eq!(changed["isModified"], true);
    webex.delete(&format!("/meetings/{id}_20270331T070000Z")).expect(204);
    assert_eq!(starts(&webex.get(&list).json()).len(), 2);
    // Changing the series cancels the exceptions.
    let series = format!("/meetings/{id}");
    webex.patch(&series, json!({ "recurrence": "FREQ=WEEKLY;COUNT=2" })).expect(200);
    assert_eq!(starts(&webex.get(&list).json()), ["2027-03-17T08:00:00Z", "2027-03-24T08:00:00Z"]);
    // "current": the next one, and the first one.
    sandbox.change_settings(|s| s.clock_offset_s = 78 * 86_400);
    let webex = Api::new(&sandbox, "sandbox-webex", "anna@example.com");
    assert_eq!(webex.get(&series).json()["start"], "2027-03-17T08:00:00Z");
    let current = webex.get(&format!("{series}?current=true")).json();
    assert_eq!(current["start"], "2027-03-24T08:00:00Z");
    assert_eq!(starts(&webex.get("/meetings").json()), ["2027-03-24T08:00:00Z"]);
    webex.patch(&series, json!({ "recurrence": null })).expect(200);
    webex.delete(&series).expect(204);
    webex.get(&path).expect(404);
}

#[test]
fn what_webex_refuses() {
    let sandbox = frozen();
    let webex = Api::new(&sandbox, "sandbox-webex", "anna@example.com");
    let meeting = |change: Value| {
        let mut body = json!({ "title": "x", "start": "2027-01-02T09:00:00Z",
                               "end": "2027-01-02T10:00:00Z" });
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        webex.post("/meetings", body)
    };
    for change in [
        json!({ "title": "x".repeat(129) }),
        json!({ "end": "2027-01-02T09:09:00Z" }),
        json!({ "end": "2027-01-03T09:00:00Z" }),
        json!({ "start": "2026-12-31T09:00:00Z" }),
        json!({ "timezone": "Berlin" }),
        json!({ "recurrence": "RRULE:FREQ=DAILY" }),
        json!({ "integrationTags": ["a", "b", "c", "d"] }),
        json!({ "invitees": [{ "displayName": "no address" }] }),
        json!({ "agenda": "x".repeat(1301) }),
        json!({ "title": null }),
    ] {
        let answer = meeting(change.clone()).expect(400).json();
        assert_eq!(answer["message"], "The input parameters contain invalid items.", "{change}");
        assert!(answer["errors"][0]["description"].is_string());
        assert!(answer["trackingId"].as_str().unwrap().starts_with("ROUTERGW_"));
    }
    meeting(json!({ "title": "x".repeat(128), "end": "2027-01-03T08:59:00Z" })).expect(200);
    let guest = Api::new(&sandbox, "sandbox-webex", "guest@example.com");
    let sites = guest.get("/people/me").expect(200).json()["siteUrls"].clone();
    assert_eq!(sites, json!(["sandbox.webex.com#attendee"]));
    let body =
        json!({ "title": "x", "start": "2027-01-02T09:00:00Z", "end": "2027-01-02T10:00:00Z" });
    guest.post("/meetings", body.clone()).expect(403);
    // hostEmail needs an admin scope.
    let mut for_ken = body;
    for_ken["hostEmail"] = json!("ken@example.com");
    webex.post("/meetings", for_ken.clone()).expect(403);
    let admin = Api::new(&sandbox, "sandbox-webex-admin", "anna@example.com");
    let made = admin.post("/meetings", for_ken).expect(200).json();
    assert_eq!(made["hostDisplayName"], "佐藤 健");
    // And an administrator: the scope gives nobody else the right.
    let other = Api::new(&sandbox, "sandbox-webex-admin", "ken@example.com");
    other.get("/meetings?hostEmail=anna@example.com").expect(403);

    sandbox.change_settings(|s| s.webex_daily_limit = Some(2));
    sandbox.reset_limits();
    meeting(json!({ "title": null })).expect(400);
    meeting(json!({})).expect(200);
    let answer = meeting(json!({})).expect(429);
    assert_eq!(answer.header("retry-after"), Some("43200"));
}

#[test]
fn pages_follow_links() {
    let sandbox = frozen();
    let webex = Api::new(&sandbox, "sandbox-webex", "anna@example.com");
    for hour in 1..=5 {
        let (start, end) = (format!("2027-01-02 0{hour}:00:00"), format!("2027-01-02 0{hour}:30"));
        let body = json!({ "title": hour.to_string(), "start": start, "end": end });
        webex.post("/meetings", body).expect(200);
    }
    let mut path = "/meetings?max=2&meetingType=meetingSeries".to_owned();
    let mut titles = Vec::new();
    loop {
        let page = webex.get(&path).expect(200);
        for one in page.json()["items"].as_array().unwrap() {
            titles.push(one["title"].as_str().unwrap().to_owned());
        }
        let Some(link) = page.header("link") else { break };
        let next = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap();
        let base = format!("{}/webex/v1", sandbox.url());
        path = next.strip_prefix(&base).unwrap().to_owned();
    }
    assert_eq!(titles, ["1", "2", "3", "4", "5"]);
    webex.get("/meetings?max=101").expect(400);
}

#[test]
fn invitees_are_managed_beside_the_meeting() {
    let sandbox = frozen();
    let webex = Api::new(&sandbox, "sandbox-webex", "anna@example.com");
    let body =
        json!({ "title": "x", "start": "2027-01-02T09:00:00Z", "end": "2027-01-02T10:00:00Z" });
    let made = webex.post("/meetings", body).expect(200).json();
    let id = made["id"].as_str().unwrap();
    let one = json!({ "meetingId": id, "email": "a@example.com", "displayName": "A" });
    let first = webex.post("/meetingInvitees", one.clone()).expect(200).json();
    webex.post("/meetingInvitees", one).expect(409);
    let items = json!([{ "email": "b@example.com" }, { "email": "c@example.com" }]);
    let many = json!({ "meetingId": id, "items": items });
    webex.post("/meetingInvitees/bulkInsert", many).expect(200);
    let list = webex.get(&format!("/meetingInvitees?meetingId={id}&max=100")).expect(200).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 3);
    let path = format!("/meetingInvitees/{}", first["id"].as_str().unwrap());
    let change = json!({ "email": "a@example.com", "displayName": "A", "coHost": true });
    assert_eq!(webex.call("PUT", &path, Some(&change)).expect(200).json()["coHost"], true);
    assert_eq!(webex.get(&path).expect(200).json()["coHost"], true);
    webex.delete(&path).expect(204);
    webex.get(&path).expect(404);
    assert_eq!(
        webex.get("/meetingPreferences/sites").expect(200).json()["sites"][0]["default"],
        true
    );
}
