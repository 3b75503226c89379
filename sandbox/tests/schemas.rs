//! The sandbox's answers, held to the providers' own OpenAPI.

mod common;

use common::*;
use meetbridge_sandbox::{Fault, Kind};
use serde_json::{Value, json};

struct Schemas(Value);

impl Schemas {
    /// Checks an answer against the schema of one operation's status.
    #[track_caller]
    fn check(&self, method: &str, path: &str, reply: &Reply) {
        let operation = &self.0["paths"][path][method];
        let response = &operation["responses"][reply.status.to_string()];
        assert!(response.is_object(), "{method} {path}: {} is not declared", reply.status);
        let Some((_, content)) = response["content"].as_object().and_then(|all| all.iter().next())
        else {
            // Errors are declared without a body; successes without one must have none.
            assert!(reply.text.is_empty() || reply.status >= 400, "{method} {path}");
            return;
        };
        let mut schema = json!({ "allOf": [content["schema"]] });
        schema["components"] = self.0["components"].clone();
        let errors = errors(&schema, &reply.json());
        assert!(errors.is_empty(), "{method} {path}: {errors:#?}");
        // The schema is one that can refuse something.
        assert!(!self::errors(&schema, &json!([])).is_empty(), "{method} {path}: no schema");
    }
}

fn errors(schema: &Value, body: &Value) -> Vec<String> {
    let validator = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft4)
        .should_validate_formats(true)
        .build(schema)
        .unwrap();
    let errors = validator.iter_errors(body);
    errors.map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn zoom_answers_as_its_openapi_says() {
    let (Some(meetings), Some(users)) = (specs("zoom-meetings.json"), specs("zoom-users.json"))
    else {
        return;
    };
    let (meetings, users) = (Schemas(meetings), Schemas(users));
    let sandbox = frozen();
    let zoom = Api::new(&sandbox, "sandbox-zoom", "anna@example.com");
    users.check("get", "/v2/users/{userId}", &zoom.get("/users/me").expect(200));
    let guest = Api::new(&sandbox, "sandbox-zoom", "guest@example.com");
    users.check("get", "/v2/users/{userId}", &guest.get("/users/me").expect(200));
    let recurrence = json!({ "type": 2, "weekly_days": "2,4", "end_times": 3 });
    let bodies = [
        json!({}),
        json!({ "topic": "x", "start_time": "2027-01-01T13:00:00Z", "duration": 30,
                "settings": { "alternative_hosts": "ken@example.com", "use_pmi": true,
                              "meeting_invitees": [{ "email": "a@example.com" }] },
                "tracking_fields": [{ "field": "f", "value": "v" }] }),
        json!({ "type": 1 }),
        json!({ "type": 3, "default_password": false }),
        json!({ "type": 8, "start_time": "2027-03-01T09:00:00", "timezone": "Asia/Tokyo",
                "recurrence": recurrence }),
    ];
    let one = "/v2/meetings/{meetingId}";
    for body in bodies {
        let made = zoom.post("/users/me/meetings", body).expect(201);
        meetings.check("post", "/v2/users/{userId}/meetings", &made);
        let path = format!("/meetings/{}", made.json()["id"]);
        meetings.check("get", one, &zoom.get(&path));
        meetings.check("patch", one, &zoom.patch(&path, json!({ "topic": "y" })));
        meetings.check(
            "get",
            &format!("{one}/invitation"),
            &zoom.get(&format!("{path}/invitation")),
        );
    }
    let list = zoom.get("/users/me/meetings?page_size=2").expect(200);
    meetings.check("get", "/v2/users/{userId}/meetings", &list);
    let id = list.json()["meetings"][0]["id"].clone();
    let upcoming = zoom.get("/users/me/upcoming_meetings").expect(200);
    assert_eq!(upcoming.json()["total_records"], 2);
    meetings.check("get", "/v2/users/{userId}/upcoming_meetings", &upcoming);
    meetings.check("delete", one, &zoom.delete(&format!("/meetings/{id}")));
    meetings.check("delete", one, &zoom.delete("/meetings/1").expect(404));

    // What the fault of wrong types breaks, the schema notices.
    sandbox.fault(Fault::once("zoom.create_meeting", Kind::WrongTypes).after());
    let broken = zoom.post("/users/me/meetings", json!({})).expect(201).json();
    let content = &meetings.0["paths"]["/v2/users/{userId}/meetings"]["post"]["responses"]["201"];
    assert!(errors(&content["content"]["application/json"]["schema"], &broken).len() > 10);
}

#[test]
fn webex_answers_as_its_openapi_says() {
    let Some(spec) = specs("webex-meeting.json") else {
        return;
    };
    let spec = Schemas(spec);
    let sandbox = frozen();
    let webex = Api::new(&sandbox, "sandbox-webex", "anna@example.com");
    spec.check("get", "/v1/people/me", &webex.get("/people/me").expect(200));
    let sites = webex.get("/meetingPreferences/sites").expect(200);
    spec.check("get", "/v1/meetingPreferences/sites", &sites);
    let (start, end) = ("2027-01-02T09:00:00Z", "2027-01-02T10:00:00Z");
    let bodies = [
        json!({ "title": "x", "start": start, "end": end }),
        json!({ "title": "y", "start": start, "end": end, "agenda": "a",
                "recurrence": "FREQ=DAILY;COUNT=3", "integrationTags": ["t"],
                "invitees": [{ "email": "a@example.com" }], "enabledJoinBeforeHost": true,
                "joinBeforeHostMinutes": 5, "trackingCodes": [{ "name": "n", "value": "v" }] }),
    ];
    let one = "/v1/meetings/{meetingId}";
    let mut id = String::new();
    for body in bodies {
        let made = webex.post("/meetings", body).expect(200);
        spec.check("post", "/v1/meetings", &made);
        id = made.json()["id"].as_str().unwrap().to_owned();
        let path = format!("/meetings/{id}");
        spec.check("get", one, &webex.get(&path).expect(200));
        spec.check("patch", one, &webex.patch(&path, json!({ "title": "z" })).expect(200));
        let change = json!({ "title": "z" });
        spec.check("put", one, &webex.call("PUT", &path, Some(&change)).expect(200));
    }
    for kind in ["meetingSeries", "scheduledMeeting", "meeting"] {
        let list = webex.get(&format!("/meetings?meetingType={kind}&max=1")).expect(200);
        spec.check("get", "/v1/meetings", &list);
    }
    let occurrence = format!("/meetings/{id}_20270103T090000Z");
    spec.check("get", one, &webex.get(&occurrence).expect(200));
    spec.check("patch", one, &webex.patch(&occurrence, json!({ "title": "o" })).expect(200));

    let invitee = json!({ "meetingId": id, "email": "b@example.com" });
    let made = webex.post("/meetingInvitees", invitee).expect(200);
    spec.check("post", "/v1/meetingInvitees", &made);
    let path = format!("/meetingInvitees/{}", made.json()["id"].as_str().unwrap());
    let invitee = "/v1/meetingInvitees/{meetingInviteeId}";
    spec.check("get", invitee, &webex.get(&path).expect(200));
    let change = json!({ "email": "b@example.com" });
    spec.check("put", invitee, &webex.call("PUT", &path, Some(&change)).expect(200));
    let bulk = json!({ "meetingId": id, "items": [{ "email": "c@example.com" }] });
    let made = webex.post("/meetingInvitees/bulkInsert", bulk).expect(200);
    spec.check("post", "/v1/meetingInvitees/bulkInsert", &made);
    let list = webex.get(&format!("/meetingInvitees?meetingId={id}")).expect(200);
    spec.check("get", "/v1/meetingInvitees", &list);
    spec.check("delete", invitee, &webex.delete(&path).expect(204));

    let hook = json!({ "name": "n", "targetUrl": "http://127.0.0.1:9/h", "resource": "meetings",
                       "event": "created", "secret": "s" });
    let made = webex.post("/webhooks", hook.clone()).expect(200);
    spec.check("post", "/v1/webhooks", &made);
    let path = format!("/webhooks/{}", made.json()["id"].as_str().unwrap());
    spec.check("get", "/v1/webhooks", &webex.get("/webhooks").expect(200));
    spec.check("get", "/v1/webhooks/{webhookId}", &webex.get(&path).expect(200));
    let change = json!({ "name": "m", "targetUrl": "http://127.0.0.1:9/h", "status": "active" });
    let changed = webex.call("PUT", &path, Some(&change)).expect(200);
    spec.check("put", "/v1/webhooks/{webhookId}", &changed);
    spec.check("delete", "/v1/webhooks/{webhookId}", &webex.delete(&path).expect(204));
    spec.check("delete", one, &webex.delete(&occurrence).expect(204));
    spec.check("delete", one, &webex.delete("/meetings/0").expect(404));
}
