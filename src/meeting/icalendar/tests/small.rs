use super::*;

const ONE: &str = "UID:1\nDTSTART;TZID=Europe/Berlin:20270301T090000\nDURATION:PT1H";

fn event(lines: &str) -> Event {
    parse(&entry(lines)).unwrap_or_else(|why| panic!("{lines}: {why}"))
}

#[test]
fn refusals_name_the_line_and_the_reason() {
    for (lines, wanted) in [
        ("SUMMARY:x", "line 2: VEVENT without DTSTART"),
        ("DTSTART:tomorrow", "line 3: DTSTART: not a date-time"),
        ("DTSTART:20270230T090000", "line 3: DTSTART: not a date-time"),
        ("DTSTART;VALUE=DATE:20270301", "line 3: DTSTART: a whole day"),
        ("DTSTART:20270301", "line 3: DTSTART: a whole day"),
        ("DTSTART", "line 3: a property without a value"),
        ("DTSTART:20270301T090000Z", "line 3: DTSTART: neither DTEND nor DURATION"),
        ("DTSTART:20270301T090000Z\nDTEND:20270301T090000Z", "line 4: DTEND: the meeting ends"),
        ("DTSTART:20270301T090000Z\nDTEND;VALUE=DATE:20270302", "line 4: DTEND: a whole day"),
        ("DTSTART:20270301T090000Z\nDTEND:20270301T100000", "line 4: DTEND: without a time zone"),
        ("DTSTART:20270301T090000\nDTEND:20270301T100000Z", "line 4: DTEND: in UTC, but"),
        ("DTSTART:20270301T090000Z\nDURATION:1H", "line 4: DURATION: not a duration"),
        ("DTSTART:20270301T090000Z\nDURATION:-PT1H", "line 4: DURATION: the meeting ends"),
        ("DTSTART:20270301T090000Z\nDURATION:P1000W", "line 4: DURATION: longer than a year"),
        ("DTSTART;TZID=Nowhere:20270301T090000", "line 3: DTSTART: \"Nowhere\" is no time zone"),
    ] {
        let why = refused(&entry(lines));
        assert!(why.starts_with(wanted), "{lines}: {why}");
    }
    for (line, wanted) in [
        ("DTSTART:20270302T090000Z", "line 6: DTSTART: twice"),
        ("DTEND:20270302T090000Z", "line 5: DURATION: together with DTEND"),
        ("STATUS:CANCELLED", "line 6: STATUS: the meeting is cancelled"),
        ("RRULE:FREQ=NEVER", "line 6: RRULE: "),
        ("RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY", "line 7: RRULE: twice"),
        ("EXRULE:FREQ=DAILY", "line 6: EXRULE: "),
        ("RDATE;VALUE=DATE:20270302", "line 6: RDATE: a whole day"),
        ("RDATE:20270302T090000,x", "line 6: RDATE: not a date-time"),
        ("RDATE;VALUE=PERIOD:20270302T090000/x", "line 6: RDATE: not a date-time"),
        ("RDATE;VALUE=PERIOD:20270302T090000/PX", "line 6: RDATE: not a duration"),
        ("EXDATE;TZID=Nowhere:20270302T090000", "line 6: EXDATE: \"Nowhere\""),
        ("RECURRENCE-ID;RANGE=THISANDFUTURE:20270302T090000Z", "line 6: RECURRENCE-ID: RANGE"),
    ] {
        let why = refused(&entry(&format!("{ONE}\n{line}")));
        assert!(why.starts_with(wanted), "{line}: {why}");
    }
}

#[test]
fn what_is_no_one_meeting_is_refused() {
    let whole = |header: &str| {
        format!("BEGIN:VCALENDAR\n{header}\nBEGIN:VEVENT\n{ONE}\nEND:VEVENT\nEND:VCALENDAR")
    };
    assert!(parse(&whole("METHOD:REQUEST")).is_ok());
    let instance = |uid: &str| {
        format!(
            "BEGIN:VEVENT\nUID:{uid}\nRECURRENCE-ID:20270302T080000Z\n\
             DTSTART:20270302T090000Z\nDURATION:PT1H\nEND:VEVENT\n"
        )
    };
    let series = format!("BEGIN:VEVENT\n{ONE}\nEND:VEVENT\n");
    for (text, wanted) in [
        (String::new(), "no VEVENT"),
        ("hello".into(), "no VEVENT"),
        ("BEGIN:VJOURNAL\nEND:VJOURNAL".into(), "no VEVENT"),
        (whole("METHOD:CANCEL"), "line 2: METHOD: CANCEL"),
        (whole("METHOD:REPLY"), "line 2: METHOD: only PUBLISH"),
        (whole("VERSION:1.0"), "line 2: VERSION"),
        (whole("CALSCALE:HEBREW"), "line 2: CALSCALE"),
        (format!("BEGIN:VEVENT\n{ONE}"), "line 1: BEGIN:VEVENT without its END"),
        (format!("BEGIN:VEVENT\n{ONE}\nEND:VCALENDAR"), "line 5: END: VEVENT of line 1"),
        ("END:VEVENT".into(), "line 1: END: nothing is open"),
        (format!("{series}{series}"), "line 6: a second VEVENT without"),
        (format!("{series}{}", instance("2")), "line 7: UID: a second meeting"),
        (format!("{0}{0}", instance("1")), "line 7: instances without their series"),
    ] {
        let why = refused(&text);
        assert!(why.starts_with(wanted), "{text}: {why}");
    }
    assert_eq!(parse(&format!("{}{series}", instance("1"))).unwrap().moved.len(), 1);
}

#[test]
fn line_numbers_are_those_of_the_file() {
    let text = "BEGIN:VEVENT\r\n\r\nSUMMARY:a\r\n b\r\n c\r\n\r\nDTSTART:x\r\nEND:VEVENT";
    assert_eq!(refused(text), "line 7: DTSTART: not a date-time");
}

#[test]
fn an_end_in_another_zone_counts_as_an_instant() {
    let flight = "DTSTART;TZID=Europe/Berlin:20270301T100000\n\
                  DTEND;TZID=America/New_York:20270301T060000";
    assert_eq!(event(flight).duration_minutes, 120);
    let over_change = "DTSTART;TZID=Europe/Berlin:20270328T013000\n\
                       DTEND;TZID=Europe/Berlin:20270328T033000";
    assert_eq!(event(over_change).duration_minutes, 60);
    let seconds = "DTSTART:20270301T100000Z\nDTEND:20270301T102930Z";
    assert_eq!(event(seconds).duration_minutes, 30);
}

#[test]
fn other_clocks_are_translated() {
    let found = event(&format!(
        "{ONE}\nRDATE:20270330T070000Z\nRDATE;TZID=Asia/Tokyo:20270402T160000\n\
         RDATE;TZID=Europe/Berlin:20270403T090000,20270403T090000\nRDATE:20270404T090000\n\
         EXDATE;VALUE=DATE:20270402\nEXDATE:20270330T070000Z"
    ));
    let dates = [
        "2027-03-01T09:00",
        "2027-03-30T09:00",
        "2027-04-02T09:00",
        "2027-04-03T09:00",
        "2027-04-04T09:00",
    ];
    assert_eq!(found.dates, all(&dates));
    assert_eq!(found.cancelled, all(&["2027-03-30T09:00", "2027-04-02T09:00"]));
}

#[test]
fn a_wall_time_that_does_not_exist_stays_as_it_is_written() {
    let found = event(
        "DTSTART;TZID=Europe/Berlin:20270327T023000\nDURATION:PT1H\n\
         RDATE;TZID=Europe/Berlin:20270328T023000",
    );
    assert_eq!(found.dates, all(&["2027-03-27T02:30", "2027-03-28T02:30"]));
}

#[test]
fn a_floating_time_waits_for_its_zone() {
    let found = event("DTSTART:20270301T090000\nDTEND:20270301T100000\nRRULE:FREQ=DAILY");
    assert_eq!(zone(&found), "floating");
    let tokyo = crate::meeting::zone::parse("Asia/Tokyo", None).unwrap();
    let found = found.in_zone(&tokyo).unwrap();
    assert_eq!((zone(&found), found.start), ("Asia/Tokyo", at("2027-03-01T09:00")));
    // One that is named stays.
    assert_eq!(zone(&event(ONE).in_zone(&tokyo).unwrap()), "Europe/Berlin");
    let utc = event("DTSTART:20270301T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY");
    assert!(utc.in_zone(&tokyo).unwrap_err().starts_with("RRULE"));
}

/// A VTIMEZONE with rules for its two halves, and an entry in it.
fn in_rules(id: &str, day: &str, standard: (&str, &str), daylight: Option<(&str, &str)>) -> String {
    let from = daylight.map_or(standard.0, |(offset, _)| offset);
    let mut text = format!(
        "BEGIN:VTIMEZONE\nTZID:{id}\nBEGIN:STANDARD\nDTSTART:19701025T030000\n{}\n\
         TZOFFSETFROM:{from}\nTZOFFSETTO:{}\nEND:STANDARD\n",
        standard.1, standard.0
    );
    if let Some((offset, rule)) = daylight {
        text += &format!(
            "BEGIN:DAYLIGHT\nDTSTART:19700329T020000\n{rule}\nTZOFFSETFROM:{}\n\
             TZOFFSETTO:{offset}\nEND:DAYLIGHT\n",
            standard.0
        );
    }
    format!(
        "{text}END:VTIMEZONE\nBEGIN:VEVENT\nDTSTART;TZID=\"{id}\":{day}T090000\n\
         DURATION:PT1H\nEND:VEVENT\n"
    )
}

const OCTOBER: &str = "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU";
const MARCH: &str = "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU";

#[test]
fn a_zone_without_a_name_is_found_by_its_rules() {
    let europe = Some(("+0200", MARCH));
    for (id, wanted) in [
        ("Customized Time Zone", "Europe/Berlin"),
        ("(UTC+01:00) Amsterdam\\, Berlin\\, Bern", "Europe/Berlin"),
        ("Europe/Copenhagen", "Europe/Copenhagen"),
        ("/freeassociation.sourceforge.net/Europe/Oslo", "Europe/Oslo"),
    ] {
        for day in ["20270115", "20270715"] {
            let event = parse(&in_rules(id, day, ("+0100", OCTOBER), europe)).unwrap();
            assert_eq!(zone(&event), wanted, "{id}");
            assert_eq!(event.warning(), None);
        }
    }
    let india = parse(&in_rules("My Zone", "20270115", ("+0530", ""), None)).unwrap();
    assert_eq!(zone(&india), "Asia/Kolkata");
    let days = "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=SU;BYMONTHDAY=8,9,10,11,12,13,14";
    let november = "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU";
    let text = in_rules("Home", "20270115", ("-0500", november), Some(("-0400", days)));
    assert_eq!(zone(&parse(&text).unwrap()), "America/New_York");
    let south = in_rules(
        "Down",
        "20270115",
        ("+1000", "RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU"),
        Some(("+1100", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=1SU")),
    );
    assert_eq!(zone(&parse(&south).unwrap()), "Australia/Sydney");
    let odd = in_rules("My Zone", "20270115", ("+0117", ""), None);
    assert!(refused(&odd).contains("\"My Zone\" is no time zone"), "{}", refused(&odd));
}

#[test]
fn gmt_with_summer_time_is_london() {
    let british = Some(("+0100", MARCH));
    for day in ["20270115", "20270715"] {
        let event = parse(&in_rules("GMT", day, ("+0000", OCTOBER), british)).unwrap();
        assert_eq!(zone(&event), "Europe/London");
        let plain = parse(&in_rules("GMT", day, ("+0000", ""), None)).unwrap();
        assert_eq!(zone(&plain), "UTC");
    }
    let november = "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU";
    let march = "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU";
    let east = in_rules("EST", "20270715", ("-0500", november), Some(("-0400", march)));
    assert_eq!(zone(&parse(&east).unwrap()), "America/New_York");
}

#[test]
fn the_name_of_a_region_is_stronger_than_old_rules() {
    let april = "RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU";
    for id in ["Eastern", "Eastern Standard Time", "America/New_York"] {
        let text = in_rules(id, "20270115", ("-0500", OCTOBER), Some(("-0400", april)));
        let event = parse(&text).unwrap();
        assert_eq!(zone(&event), "America/New_York", "{id}");
        assert!(event.warning().is_some(), "{id}");
    }
    // Ended rules are of the past, and do no harm.
    let ended = "RRULE:FREQ=YEARLY;UNTIL=20151108T000000Z;BYMONTH=10;BYDAY=-1SU";
    let text = format!(
        "{}BEGIN:VTIMEZONE\nTZID:Turkey\nBEGIN:STANDARD\nDTSTART:20070101T000000\n{ended}\n\
         TZOFFSETFROM:+0300\nTZOFFSETTO:+0200\nEND:STANDARD\nBEGIN:STANDARD\n\
         DTSTART:20160907T000000\nTZOFFSETFROM:+0300\nTZOFFSETTO:+0300\nEND:STANDARD\n\
         END:VTIMEZONE\n",
        entry("DTSTART;TZID=Turkey:20270715T090000\nDURATION:PT1H")
    );
    let event = parse(&text).unwrap();
    assert!(["Turkey", "Europe/Istanbul"].contains(&zone(&event)), "{}", zone(&event));
    assert_eq!(event.warning(), None);
}

#[test]
fn junk_between_properties_is_passed_over() {
    let found = event(&format!("{ONE}\nDESCRIPTION:one\nand two\nhttp://x.example\nSUMMARY:s"));
    assert_eq!(found.topic.as_deref(), Some("s"));
    assert_eq!(event(&format!("{ONE}\nSUMMARY: \\n")).topic, None);
    assert_eq!(event(&format!("{ONE}\nsummary:low")).topic.as_deref(), Some("low"));
}

#[test]
fn names_without_their_quotes_are_whole() {
    let found = event(&format!(
        "{ONE}\nATTENDEE;CN=Sato, Ken;ROLE=X:MAILTO:ken@acme.example\n\
         ATTENDEE;CN=\"O'Neil; \":mailto:KEN@acme.example\n\
         ATTENDEE:mailto:a@b@c\nATTENDEE:mailto:a b@c\nATTENDEE:mailto:<x@y.example>?subject=z"
    ));
    assert_eq!(
        found.invitees,
        [("ken@acme.example".into(), Some("Sato, Ken".into())), ("x@y.example".into(), None)]
    );
}
