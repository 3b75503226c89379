use super::*;

fn parse(members: &str) -> Result<NewMeeting> {
    NewMeeting::parse(&format!(
        r#"{{"topic":"Weekly","duration_minutes":30,"start":"2027-03-01T09:00:00Z"{members}}}"#
    ))
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    for (text, wanted) in [
        ("{}", "meeting.topic: missing"),
        (r#"{"topic":" ","start":"2027-03-01T09:00:00Z"}"#, "meeting.topic: empty"),
        (r#"{"topic":"x"}"#, "meeting.start: missing"),
        (r#"{"topic":"x","start":"2027-03-01T09:00:00Z"}"#, "meeting.duration_minutes: missing"),
        (r#"{"topic":"x","start":"now"}"#, "meeting.start: neither RFC 3339 nor"),
        (r#"{"dates":["2027-03-01T09:00"]}"#, "meeting.time_zone: missing"),
        (r#"{"dates":["2027-03-01T09:00Z"]}"#, "meeting.time_zone: missing"),
        (r#"{"dates":["2027-03-01"],"time_zone":"UTC"}"#, "meeting.dates[0]: neither RFC 3339 nor"),
        (r#"{"dates":[],"time_zone":"UTC"}"#, "meeting.dates: empty"),
        (r#"{"time_zone":"UTC"}"#, "meeting.time_zone: needs start or dates"),
    ] {
        let error = NewMeeting::parse(text).err().unwrap();
        assert!(error.detail().starts_with(wanted), "{text}: {error}");
    }
    for (members, wanted) in [
        (r#","invitees":[{"email":"a@b.c"},{"email":"a;b@c"}]"#, "meeting.invitees[1].email"),
        (r#","alternative_hosts":["anna"]"#, "meeting.alternative_hosts[0]"),
        (r#","host_email":"anna""#, "meeting.host_email"),
        (r#","wating_room":true"#, "wating_room"),
        (r#","dates":["2027-03-01T09:00"]"#, "meeting.dates: not together with start"),
        (r#","icalendar":"BEGIN:VEVENT""#, "meeting.start: not together with icalendar"),
        (r#","reference":"""#, "meeting.reference"),
        (r#","passcode":"""#, "meeting.passcode: empty"),
        (r#","irregular":"sometimes""#, "meeting.irregular"),
    ] {
        let error = parse(members).err().unwrap();
        assert_eq!(error.status(), crate::error::Status::InvalidArgument);
        assert!(error.detail().contains(wanted), "{members}: {error}");
    }
}

#[test]
fn dates_with_an_offset_are_told_in_the_zone() {
    let tokyo = r#"["2030-01-29T10:00", "2030-02-26T01:00:00Z", "2030-03-26T02:00:00+01:00"]"#;
    for zone in ["Asia/Tokyo", "Z=-9$DO=0$ZX=74$ZN=Tokyo"] {
        let text =
            format!(r#"{{"topic":"x","duration_minutes":5,"dates":{tokyo},"time_zone":"{zone}"}}"#);
        let schedule = NewMeeting::parse(&text).unwrap().details.schedule.unwrap();
        assert!(matches!(schedule.repeat, Repeat::Rule(_)), "the last Tuesdays of months");
        assert_eq!(schedule.start.instant, "2030-01-29T01:00:00Z".parse().unwrap());
    }
}

#[test]
fn the_digest_is_of_the_meaning_and_not_of_the_reference() {
    let digest = |text: &str| NewMeeting::parse(text).unwrap().digest;
    let one = r#"{"topic":"x","start":"2027-03-01T09:00:00Z","duration_minutes":30,
                  "provider_options":{"a":1,"b":{"c":2,"d":3}},"reference":"1"}"#;
    let same = r#"{"reference":"2","duration_minutes":30,"start":"2027-03-01T09:00:00Z",
                   "provider_options":{"b":{"d":3,"c":2},"a":1},"topic":"x"}"#;
    assert_eq!(digest(one), digest(same));
    assert_ne!(digest(one), digest(&same.replace("30", "31")));
}

#[test]
fn a_change_says_only_what_is_to_be_otherwise() {
    let changes = Changes::parse(r#"{"agenda": ""}"#).unwrap();
    assert_eq!(changes.details.agenda.as_deref(), Some(""));
    assert!(changes.details.schedule.is_none() && changes.rule.is_none());
    let rule = |text: &str| Changes::parse(text).unwrap().rule;
    assert_eq!(rule(r#"{"recurrence": null}"#), Some(None));
    assert_eq!(rule(r#"{"recurrence": "FREQ=DAILY"}"#), Some(Some("FREQ=DAILY".to_owned())));
    let start = r#"{"start": "2027-03-01T09:00:00Z"}"#;
    let start = Changes::parse(start).unwrap().details.schedule.unwrap();
    assert!(matches!(start.repeat, Repeat::Keep), "a new start does not end the repetition");
    for settled in ["reference", "template_id"] {
        let error = Changes::parse(&format!(r#"{{"{settled}": "x"}}"#)).err().unwrap();
        assert!(error.detail().contains(settled), "{error}");
    }
}
