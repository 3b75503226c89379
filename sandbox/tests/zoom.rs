//! Zoom's meetings.

mod common;

use common::*;
use serde_json::{Value, json};

fn times(meeting: &Value) -> Vec<&str> {
    let list = meeting["occurrences"].as_array().unwrap();
    list.iter().map(|one| one["start_time"].as_str().unwrap()).collect()
}

#[test]
fn create_get_list_patch_delete() {
    let sandbox = frozen();
    let zoom = Api::new(&sandbox, "sandbox-zoom", "anna@example.com");
    let body = json!({
        "topic": "Plan 計画", "agenda": "a", "start_time": "2027-03-01T09:00:00",
        "timezone": "Europe/Berlin", "duration": 45,
        "settings": { "waiting_room": true, "join_before_host": true, "auto_recording": "cloud" },
    });
    let answer = zoom.post("/users/me/meetings", body).expect(201);
    assert!(answer.header("x-zm-trackingid").is_some());
    let made = answer.json();
    assert_eq!(made["start_time"], "2027-03-01T08:00:00Z");
    assert_eq!(made["type"], 2);
    assert_eq!(made["status"], "waiting");
    assert_eq!(made["settings"]["auto_recording"], "cloud");
    assert_eq!(made["settings"]["join_before_host"], false, "the waiting room wins");
    assert_eq!(made["created_at"], "2027-01-01T12:00:00Z");
    assert!(made["id"].as_u64().unwrap() > 9_999_999_999);
    let link = made["join_url"].as_str().unwrap().to_owned();
    assert!(link.starts_with(&format!("{}/zoom/j/", sandbox.url())) && link.contains("?pwd="));
    let page = get(&link).expect(200).text;
    assert!(page.contains("Plan 計画") && page.contains("Anna Berg"));
    let zak = made["start_url"].as_str().unwrap().split("zak=").nth(1).unwrap().to_owned();
    assert!(sandbox.secrets().zak_tokens.contains(&zak));

    let path = format!("/meetings/{}", made["id"]);
    assert_eq!(zoom.get(&path).expect(200).json(), made);
    let list = zoom.get("/users/me/meetings").expect(200).json();
    assert_eq!(list["total_records"], 1);
    assert_eq!(list["meetings"][0]["id"], made["id"]);
    assert_eq!(list["next_page_token"], "");

    let changes = json!({ "topic": "New", "start_time": "2027-03-02T10:00:00", "duration": 30 });
    assert_eq!(zoom.patch(&path, changes).expect(204).text, "");
    let changed = zoom.get(&path).expect(200).json();
    assert_eq!(changed["topic"], "New");
    assert_eq!(changed["start_time"], "2027-03-02T09:00:00Z");
    assert_eq!(changed["duration"], 30);
    // A start in the past is ignored.
    zoom.patch(&path, json!({ "start_time": "2020-01-01T00:00:00Z" })).expect(204);
    assert_eq!(zoom.get(&path).json()["start_time"], "2027-03-02T09:00:00Z");

    let text = zoom.get(&format!("{path}/invitation")).expect(200).json();
    assert!(text["invitation"].as_str().unwrap().contains(&link));
    // Other users do not see it.
    let ken = Api::new(&sandbox, "sandbox-zoom", "ken@example.com");
    assert_eq!(ken.get(&path).expect(404).json()["code"], 3001);
    assert_eq!(zoom.delete(&path).expect(204).text, "");
    let gone = zoom.delete(&path).expect(404).json();
    assert_eq!(gone["code"], 3001);
    assert_eq!(gone["message"], format!("Meeting does not exist: {}.", made["id"]));
    get(&link).expect(404);
    zoom.call("PUT", &format!("{path}/status"), Some(&json!({ "action": "recover" }))).expect(204);
    zoom.get(&path).expect(200);
}

#[test]
fn defaults_and_the_past() {
    let sandbox = frozen();
    let zoom = Api::new(&sandbox, "sandbox-zoom", "ken@example.com");
    let made = zoom.post("/users/me/meetings", json!({})).expect(201).json();
    assert_eq!(made["topic"], "Zoom Meeting");
    assert_eq!(made["start_time"], "2027-01-01T12:00:00Z");
    assert_eq!(made["timezone"], "Asia/Tokyo");
    assert_eq!(made["duration"], 60);
    assert_eq!(made["password"].as_str().unwrap().len(), 6);
    let past = json!({ "start_time": "2020-01-01T00:00:00Z" });
    let made = zoom.post("/users/me/meetings", past).expect(201).json();
    assert_eq!(made["start_time"], "2027-01-01T12:00:00Z");
    let open = json!({ "default_password": false, "type": 3 });
    let made = zoom.post("/users/me/meetings", open).expect(201).json();
    assert_eq!(made.get("password"), None);
    assert_eq!(made.get("start_time"), None);
    assert!(!made["join_url"].as_str().unwrap().contains('?'));
}

#[test]
fn recurrence_keeps_wall_clock_time() {
    let sandbox = frozen();
    let zoom = Api::new(&sandbox, "sandbox-zoom", "anna@example.com");
    let body = json!({
        "type": 8, "start_time": "2027-03-15T09:00:00", "timezone": "Europe/Berlin",
        "recurrence": { "type": 2, "weekly_days": "2,4", "repeat_interval": 1, "end_times": 5 },
    });
    let made = zoom.post("/users/me/meetings", body).expect(201).json();
    assert_eq!(
        times(&made),
        [
            "2027-03-15T08:00:00Z",
            "2027-03-17T08:00:00Z",
            "2027-03-22T08:00:00Z",
            "2027-03-24T08:00:00Z",
            "2027-03-29T07:00:00Z",
        ]
    );
    assert_eq!(made["occurrences"][0]["occurrence_id"], "1805097600000");

    // One date: changed, then cancelled.
    let path = format!("/meetings/{}", made["id"]);
    let one = made["occurrences"][1]["occurrence_id"].as_str().unwrap();
    let of_one = format!("{path}?occurrence_id={one}");
    zoom.patch(&of_one, json!({ "start_time": "2027-03-17T11:00:00", "duration": 15 })).expect(204);
    let shown = zoom.get(&of_one).expect(200).json();
    assert_eq!(shown["start_time"], "2027-03-17T10:00:00Z");
    assert_eq!(shown["duration"], 15);
    let wrong = zoom.patch(&of_one, json!({ "topic": "no" })).expect(400).json();
    assert_eq!(wrong["errors"][0]["field"], "topic");
    zoom.delete(&of_one).expect(204);
    assert_eq!(zoom.delete(&of_one).expect(400).json()["code"], 300);
    assert_eq!(zoom.get(&path).json()["occurrences"][1]["status"], "deleted");

    // The 2nd Tuesday, with an end date; New York changes its clocks on 14 March.
    let body = json!({
        "type": 8, "start_time": "2027-02-01T10:00:00", "timezone": "America/New_York",
        "recurrence": { "type": 3, "monthly_week": 2, "monthly_week_day": 3,
                        "end_date_time": "2027-04-30T00:00:00Z" },
    });
    let made = zoom.post("/users/me/meetings", body).expect(201).json();
    assert_eq!(
        times(&made),
        ["2027-02-09T15:00:00Z", "2027-03-09T15:00:00Z", "2027-04-13T14:00:00Z"]
    );
    // Past dates are shown on demand only.
    sandbox.change_settings(|s| s.clock_offset_s = 60 * 86_400);
    let zoom = Api::new(&sandbox, "sandbox-zoom", "anna@example.com");
    let path = format!("/meetings/{}", made["id"]);
    assert_eq!(times(&zoom.get(&path).json()).len(), 2);
    assert_eq!(times(&zoom.get(&format!("{path}?show_previous_occurrences=true")).json()).len(), 3);
}

#[test]
fn what_zoom_refuses() {
    let sandbox = frozen();
    let zoom = Api::new(&sandbox, "sandbox-zoom", "anna@example.com");
    let refused = |body: Value, field: &str| {
        let answer = zoom.post("/users/me/meetings", body).expect(400).json();
        assert_eq!(answer["code"], 300);
        assert_eq!(answer["message"], "Validation Failed.");
        assert_eq!(answer["errors"], json!([{ "field": field, "message": "Invalid field." }]));
    };
    refused(json!({ "topic": "x".repeat(201) }), "topic");
    refused(json!({ "duration": 0 }), "duration");
    refused(json!({ "duration": "60" }), "duration");
    refused(json!({ "timezone": "Europe/Vaduz" }), "timezone");
    refused(json!({ "start_time": "tomorrow" }), "start_time");
    refused(json!({ "password": "much too long" }), "password");
    refused(json!({ "type": 7 }), "type");
    refused(json!({ "type": 8 }), "recurrence");
    refused(json!({ "settings": { "jbh_time": 7 } }), "settings.jbh_time");
    let both = json!({ "type": 1, "end_times": 2, "end_date_time": "2027-04-30T00:00:00Z" });
    refused(json!({ "type": 8, "recurrence": both }), "recurrence.end_times");
    let answer = zoom.call("POST", "/users/me/meetings", Some(&json!("text"))).expect(400);
    assert_eq!(answer.json()["message"], "Request Body should be a valid JSON object.");

    let host = |list: &str| {
        let settings = json!({ "alternative_hosts": list });
        zoom.post("/users/me/meetings", json!({ "settings": settings }))
    };
    host("ken@example.com").expect(201);
    for list in ["guest@example.com", "ken@example.com;nobody@example.com"] {
        assert_eq!(host(list).expect(400).json()["code"], 1114);
    }
    sandbox.patch_user("anna@example.com", &json!({ "can_host": false })).unwrap();
    assert_eq!(zoom.post("/users/me/meetings", json!({})).expect(400).json()["code"], 3161);
    // Addresses that do not exist.
    assert_eq!(zoom.get("/nothing").expect(404).json()["code"], 404);
    zoom.call("PUT", "/users/me/meetings", Some(&json!({}))).expect(405);
}

#[test]
fn pages_of_a_list() {
    let sandbox = frozen();
    let zoom = Api::new(&sandbox, "sandbox-zoom", "anna@example.com");
    for day in 1..=7 {
        let body =
            json!({ "topic": format!("{day}"), "start_time": format!("2027-02-0{day}T09:00:00Z") });
        zoom.post("/users/me/meetings", body).expect(201);
    }
    let mut topics = Vec::new();
    let mut token = String::new();
    loop {
        let path = format!("/users/me/meetings?page_size=3&type=upcoming&next_page_token={token}");
        let page = zoom.get(&path).expect(200).json();
        assert_eq!(page["total_records"], 7);
        assert_eq!(page["page_count"], 3);
        for one in page["meetings"].as_array().unwrap() {
            topics.push(one["topic"].as_str().unwrap().to_owned());
        }
        token = page["next_page_token"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(topics, ["1", "2", "3", "4", "5", "6", "7"]);
    let path = "/users/me/meetings?from=2027-02-02&to=2027-02-03";
    assert_eq!(zoom.get(path).expect(200).json()["total_records"], 2);
    // A token lives 15 minutes.
    let first = zoom.get("/users/me/meetings?page_size=3").json();
    let token = first["next_page_token"].as_str().unwrap();
    sandbox.change_settings(|s| s.clock_offset_s = 901);
    zoom.get(&format!("/users/me/meetings?page_size=3&next_page_token={token}")).expect(400);
}

#[test]
fn one_hundred_a_day() {
    let sandbox = frozen();
    sandbox.change_settings(|s| s.zoom_daily_limit = Some(3));
    let zoom = Api::new(&sandbox, "sandbox-zoom", "anna@example.com");
    let made = zoom.post("/users/me/meetings", json!({})).expect(201).json();
    let path = format!("/meetings/{}", made["id"]);
    zoom.patch(&path, json!({ "topic": "x" })).expect(204);
    zoom.post("/users/me/meetings", json!({})).expect(201);
    let answer = zoom.post("/users/me/meetings", json!({})).expect(429);
    assert_eq!(answer.header("retry-after"), None);
    assert_eq!(
        answer.json(),
        json!({ "code": 429, "message": "You have exceeded the daily rate limit (3) of Meeting \
                Create/Update API requests permitted for this particular user. You may resume \
                these requests at GMT 00:00:00." })
    );
    zoom.patch(&path, json!({})).expect(429);
    // Neither reading nor deleting counts, nor does another user.
    zoom.get(&path).expect(200);
    zoom.delete(&path).expect(204);
    let ken = Api::new(&sandbox, "sandbox-zoom", "ken@example.com");
    ken.post("/users/me/meetings", json!({})).expect(201);
    sandbox.reset_limits();
    zoom.post("/users/me/meetings", json!({})).expect(201);
    // Midnight in Greenwich.
    sandbox.change_settings(|s| (s.zoom_daily_limit, s.clock_offset_s) = (Some(1), 0));
    zoom.post("/users/me/meetings", json!({})).expect(429);
    sandbox.change_settings(|s| (s.clock_offset_s, s.zoom_access_seconds) = (12 * 3600, 86_400));
    let zoom = Api::new(&sandbox, "sandbox-zoom", "anna@example.com");
    zoom.post("/users/me/meetings", json!({})).expect(201);
}
