//! Texts in the shapes of the calendars that write them.

use super::*;
use crate::meeting::recurrence::{Recurrence, Set, expand};

/// As a Notes client mails it: quoted TZIDs without "Standard Time", rules of 1950, a list of
/// periods folded at its commas, names of the directory.
const NOTES: &str = "BEGIN:VCALENDAR\r
X-LOTUS-CHARSET:UTF-8\r
VERSION:2.0\r
PRODID:-//Lotus Development Corporation//NONSGML Notes 9.0.1//EN_C\r
METHOD:REQUEST\r
BEGIN:VTIMEZONE\r
TZID:W. Europe\r
BEGIN:STANDARD\r
DTSTART:19501029T020000\r
TZOFFSETFROM:+0200\r
TZOFFSETTO:+0100\r
RRULE:FREQ=YEARLY;BYMINUTE=0;BYHOUR=2;BYDAY=-1SU;BYMONTH=10\r
END:STANDARD\r
BEGIN:DAYLIGHT\r
DTSTART:19500326T020000\r
TZOFFSETFROM:+0100\r
TZOFFSETTO:+0200\r
RRULE:FREQ=YEARLY;BYMINUTE=0;BYHOUR=2;BYDAY=-1SU;BYMONTH=3\r
END:DAYLIGHT\r
END:VTIMEZONE\r
BEGIN:VEVENT\r
DTSTART;TZID=\"W. Europe\":20270316T100000\r
DTEND;TZID=\"W. Europe\":20270316T104500\r
TRANSP:OPAQUE\r
RDATE;VALUE=PERIOD;TZID=\"W. Europe\":20270316T100000/20270316T104500\r
 ,20270323T100000/20270323T104500,20270330T100000/20270330T104500\r
 ,20270406T100000/PT1H30M\r
DTSTAMP:20270301T080000Z\r
SEQUENCE:0\r
ATTENDEE;ROLE=CHAIR;PARTSTAT=ACCEPTED;CN=\"Anna Berg/HR/Acme\"\r
 ;RSVP=FALSE:mailto:anna.berg@acme.example\r
ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION\r
 ;CN=\"Ken Sato/Osaka/Acme\";RSVP=TRUE:mailto:ken.sato@acme.example\r
ATTENDEE;ROLE=OPT-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE\r
 :mailto:guest@elsewhere.example\r
ATTENDEE;CUTYPE=ROOM;ROLE=NON-PARTICIPANT;CN=\"Room 4/Acme\":mailto:room4@acme.example\r
ATTENDEE;CN=\"Local Only/Acme\":invalid:nomail\r
CLASS:PUBLIC\r
DESCRIPTION;ALTREP=\"CID:<FFFF__=0ABBE548DFE235B58f9e8a93d@acme.example>\":Agenda\\:\\n1. \r
 Budget\\, 2. Plans\\; bring both\\n\r
SUMMARY:Weekly\\, with guests\r
ORGANIZER;CN=\"Anna Berg/HR/Acme\":mailto:anna.berg@acme.example\r
UID:5FC21473F5CC80CCC12586E70033ED9C-Lotus_Notes_Generated\r
X-LOTUS-BROADCAST:FALSE\r
X-LOTUS-UPDATE-SEQ:1\r
X-LOTUS-UPDATE-WISL:$S:1;$L:1;$B:1;$R:1;$E:1;$W:1;$O:1;$M:1\r
X-LOTUS-NOTESVERSION:2\r
X-LOTUS-NOTICETYPE:I\r
X-LOTUS-APPTTYPE:3\r
X-LOTUS-CHILD-UID:5FC21473F5CC80CCC12586E70033ED9C\r
END:VEVENT\r
END:VCALENDAR\r
";

#[test]
fn notes_lists_its_dates() {
    let event = parse(NOTES).unwrap();
    assert_eq!(zone(&event), "Europe/Berlin");
    assert_eq!(event.topic.as_deref(), Some("Weekly, with guests"));
    assert_eq!(event.agenda.as_deref(), Some("Agenda:\n1. Budget, 2. Plans; bring both"));
    assert_eq!(event.start, at("2027-03-16T10:00"));
    assert_eq!(event.duration_minutes, 45);
    let dates = ["2027-03-16T10:00", "2027-03-23T10:00", "2027-03-30T10:00", "2027-04-06T10:00"];
    assert_eq!(event.dates, all(&dates));
    let longer = at("2027-04-06T10:00");
    let moved = Moved { original: longer, start: longer, duration_minutes: 90, topic: None };
    assert_eq!(event.moved, [moved]);
    assert_eq!(
        event.invitees,
        [
            ("ken.sato@acme.example".into(), Some("Ken Sato/Osaka/Acme".into())),
            ("guest@elsewhere.example".into(), None),
        ]
    );
    assert!(event.recurrence.is_none() && event.instance.is_none());
    assert!(event.cancelled.is_empty() && event.warning().is_none());
    let rule = Recurrence::of_dates(&event.dates).unwrap();
    assert_eq!(rule.to_rrule(&TimeZone::UTC), "FREQ=WEEKLY;INTERVAL=1;COUNT=4;BYDAY=TU");
}

/// As `NotesCalendarEntry.Read` gives a series: no METHOD, UTC, one VEVENT for each instance that
/// differs.
const READ: &str = "BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Lotus Development Corporation//NONSGML Notes 12.0//EN_API_S
BEGIN:VEVENT
DTSTART:20271012T120000Z
DTEND:20271012T130000Z
TRANSP:OPAQUE
RDATE;VALUE=PERIOD:20271012T120000Z/20271012T130000Z
 ,20271019T120000Z/20271019T130000Z,20271026T120000Z/20271026T130000Z
 ,20271102T130000Z/20271102T140000Z
LAST-MODIFIED:20270601T094627Z
DTSTAMP:20270601T092939Z
SEQUENCE:0
CLASS:PUBLIC
SUMMARY:Planning
UID:E12071396C345C5665258609003074E0-Lotus_Auto_Generated
X-LOTUS-UPDATE-SEQ:2
X-LOTUS-NOTESVERSION:2
X-LOTUS-APPTTYPE:3
END:VEVENT
BEGIN:VEVENT
DTSTART:20271020T070000Z
DTEND:20271020T080000Z
RECURRENCE-ID:20271019T120000Z
RDATE;VALUE=PERIOD:20271020T070000Z/20271020T080000Z
SEQUENCE:1
SUMMARY:Planning\\, moved
UID:E12071396C345C5665258609003074E0-Lotus_Auto_Generated
END:VEVENT
BEGIN:VEVENT
DTSTART:20271026T120000Z
DTEND:20271026T130000Z
RECURRENCE-ID:20271026T120000Z
STATUS:CANCELLED
SUMMARY:Planning
UID:E12071396C345C5665258609003074E0-Lotus_Auto_Generated
END:VEVENT
END:VCALENDAR
";

#[test]
fn what_domino_reads_in_utc_is_told_by_the_clock_of_the_caller() {
    let event = parse(READ).unwrap();
    assert_eq!(zone(&event), "in UTC");
    assert_eq!(event.dates.len(), 4);
    assert!(Recurrence::of_dates(&event.dates).is_none());

    let berlin = crate::meeting::zone::parse("Europe/Berlin", None).unwrap();
    let event = event.in_zone(&berlin).unwrap();
    assert_eq!(zone(&event), "Europe/Berlin");
    let dates = ["2027-10-12T14:00", "2027-10-19T14:00", "2027-10-26T14:00", "2027-11-02T14:00"];
    assert_eq!(event.dates, all(&dates));
    assert!(Recurrence::of_dates(&event.dates).is_some());
    assert_eq!(event.cancelled, all(&["2027-10-26T14:00"]));
    assert_eq!(
        event.moved,
        [Moved {
            original: at("2027-10-19T14:00"),
            start: at("2027-10-20T09:00"),
            duration_minutes: 60,
            topic: Some("Planning, moved".into()),
        }]
    );
}

#[test]
fn one_instance_that_domino_reads_stands_for_itself() {
    let second = READ.match_indices("BEGIN:VEVENT").nth(1).unwrap().0;
    let end = READ.match_indices("END:VEVENT").nth(1).unwrap().0;
    let event = parse(&format!("{}END:VEVENT\n", &READ[second..end])).unwrap();
    assert_eq!(event.instance, Some(at("2027-10-19T12:00")));
    assert_eq!(event.start, at("2027-10-20T07:00"));
    assert!(event.dates.is_empty() && event.moved.is_empty());
}

/// As Outlook sends it: a Windows TZID, rules since 1601, lines folded with a tab.
const OUTLOOK: &str = "\u{feff}BEGIN:VCALENDAR\r
PRODID:-//Microsoft Corporation//Outlook 16.0 MIMEDIR//EN\r
VERSION:2.0\r
METHOD:REQUEST\r
BEGIN:VTIMEZONE\r
TZID:W. Europe Standard Time\r
BEGIN:STANDARD\r
DTSTART:16011028T030000\r
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r
TZOFFSETFROM:+0200\r
TZOFFSETTO:+0100\r
END:STANDARD\r
BEGIN:DAYLIGHT\r
DTSTART:16010325T020000\r
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r
TZOFFSETFROM:+0100\r
TZOFFSETTO:+0200\r
END:DAYLIGHT\r
END:VTIMEZONE\r
BEGIN:VEVENT\r
ATTENDEE;CN=\"Sato, Ken\";RSVP=TRUE:mailto:ken@acme.example\r
ATTENDEE;CUTYPE=RESOURCE;CN=Beamer;RSVP=TRUE:mailto:beamer@acme.example\r
CLASS:PUBLIC\r
DESCRIPTION:Text\\nin two lines\r
DTEND;TZID=\"W. Europe Standard Time\":20270126T110000\r
DTSTAMP:20270110T101500Z\r
DTSTART;TZID=\"W. Europe Standard Time\":20270126T103000\r
EXDATE;TZID=\"W. Europe Standard Time\":20270223T103000,20270330T103000\r
ORGANIZER;CN=Anna Berg:mailto:anna@acme.example\r
RRULE:FREQ=MONTHLY;COUNT=12;BYDAY=TU;BYSETPOS=-1\r
SEQUENCE:0\r
SUMMARY;LANGUAGE=de:Sitzung mit einer recht langen Beschreibung\\, die umgebroch\r
\ten wird\r
TRANSP:OPAQUE\r
UID:040000008200E00074C5B7101A82E00800000000\r
X-MICROSOFT-CDO-BUSYSTATUS:BUSY\r
X-ALT-DESC;FMTTYPE=text/html:<html><body>BEGIN:VEVENT; x=y</body></html>\r
BEGIN:VALARM\r
TRIGGER:-PT15M\r
ACTION:DISPLAY\r
DESCRIPTION:Reminder\r
END:VALARM\r
END:VEVENT\r
END:VCALENDAR\r
";

#[test]
fn outlook_names_windows_zones() {
    let event = parse(OUTLOOK).unwrap();
    assert_eq!(zone(&event), "Europe/Berlin");
    assert_eq!(event.warning(), None);
    assert_eq!(
        event.topic.as_deref(),
        Some("Sitzung mit einer recht langen Beschreibung, die umgebrochen wird")
    );
    assert_eq!(event.agenda.as_deref(), Some("Text\nin two lines"));
    assert_eq!(event.duration_minutes, 30);
    assert_eq!(event.invitees, [("ken@acme.example".into(), Some("Sato, Ken".into()))]);
    assert_eq!(event.recurrence.as_deref(), Some("FREQ=MONTHLY;COUNT=12;BYDAY=TU;BYSETPOS=-1"));
    assert_eq!(event.cancelled, all(&["2027-02-23T10:30", "2027-03-30T10:30"]));
    let Clock::Zone(zone) = &event.clock else { panic!() };
    let rule = event.recurrence.as_deref().unwrap();
    let set =
        Set { start: event.start, rules: &[rule], added: &event.dates, removed: &event.cancelled };
    let dates = expand(&set, &zone.rules, 60).unwrap();
    assert_eq!(dates.len(), 10);
    assert_eq!(dates[1], at("2027-04-27T10:30"));
}

/// As Google exports it: an IANA TZID, a changed instance whose RECURRENCE-ID has a TZID, an
/// EXDATE, UNTIL in UTC.
pub const GOOGLE: &str = "BEGIN:VCALENDAR
PRODID:-//Google Inc//Google Calendar 70.9054//EN
VERSION:2.0
CALSCALE:GREGORIAN
METHOD:PUBLISH
X-WR-CALNAME:anna@acme.example
X-WR-TIMEZONE:America/New_York
BEGIN:VTIMEZONE
TZID:America/New_York
BEGIN:DAYLIGHT
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
TZNAME:EDT
DTSTART:19700308T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
TZNAME:EST
DTSTART:19701101T020000
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
DTSTART;TZID=America/New_York:20270310T180000
DTEND;TZID=America/New_York:20270310T180000
DURATION:PT0S
RECURRENCE-ID;TZID=America/New_York:20270308T170000
STATUS:CANCELLED
UID:3e2f1@google.com
END:VEVENT
BEGIN:VEVENT
DTSTART;TZID=America/New_York:20270301T170000
DTEND;TZID=America/New_York:20270301T180000
RRULE:FREQ=WEEKLY;WKST=SU;UNTIL=20270406T035959Z;BYDAY=MO,WE
EXDATE;TZID=America/New_York:20270303T170000
EXDATE:20270317T210000Z
DTSTAMP:20270110T101500Z
ORGANIZER;CN=Anna Berg:mailto:anna@acme.example
UID:3e2f1@google.com
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=Anna B
 erg;X-NUM-GUESTS=0:mailto:anna@acme.example
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;CN=ke
 n@acme.example;X-NUM-GUESTS=0:mailto:ken@acme.example
ATTENDEE;CUTYPE=GROUP;CN=Team:mailto:team@acme.example
SUMMARY:Sync
STATUS:CONFIRMED
END:VEVENT
BEGIN:VEVENT
DTSTART;TZID=Europe/Berlin:20270329T150000
DTEND;TZID=Europe/Berlin:20270329T160000
RECURRENCE-ID;TZID=America/New_York:20270329T170000
UID:3e2f1@google.com
SUMMARY:Sync
END:VEVENT
BEGIN:VEVENT
DTSTART;TZID=America/New_York:20270331T170000
DTEND;TZID=America/New_York:20270331T180000
RECURRENCE-ID;TZID=America/New_York:20270331T170000
UID:3e2f1@google.com
SUMMARY:Sync
DESCRIPTION:only this differs
END:VEVENT
END:VCALENDAR
";

#[test]
fn google_cancels_and_moves_instances() {
    let event = parse(GOOGLE).unwrap();
    assert_eq!(zone(&event), "America/New_York");
    assert_eq!(event.start, at("2027-03-01T17:00"));
    let cancelled = ["2027-03-03T17:00", "2027-03-08T17:00", "2027-03-17T17:00"];
    assert_eq!(event.cancelled, all(&cancelled));
    assert_eq!(
        event.moved,
        [Moved {
            original: at("2027-03-29T17:00"),
            start: at("2027-03-29T09:00"),
            duration_minutes: 60,
            topic: None,
        }]
    );
    assert_eq!(
        event.invitees,
        [("ken@acme.example".into(), None), ("team@acme.example".into(), Some("Team".into())),]
    );
}

/// As Apple writes it: long VTIMEZONEs with the law of former years, EMAIL beside a path.
const APPLE: &str = "BEGIN:VCALENDAR
CALSCALE:GREGORIAN
PRODID:-//Apple Inc.//macOS 15.0//EN
VERSION:2.0
BEGIN:VTIMEZONE
TZID:Europe/Copenhagen
BEGIN:DAYLIGHT
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19800928T030000
RRULE:FREQ=YEARLY;UNTIL=19950924T010000Z;BYMONTH=9;BYDAY=-1SU
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
TRANSP:OPAQUE
DURATION:P0DT1H15M
UID:6E2C7B1A-0000-4000-8000-2F8F0B5F0A11
DTSTAMP:20270110T101500Z
LOCATION:Somewhere\\nelse
SEQUENCE:1
X-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC
SUMMARY:Møde
DTSTART;TZID=Europe/Copenhagen:20270201T090000
RRULE:FREQ=DAILY;INTERVAL=2;COUNT=3
ATTENDEE;CN=\"Ken Sato\";CUTYPE=INDIVIDUAL;EMAIL=\"ken@acme.example\":/aMjExM/principal/
ATTENDEE;CN=Gone;CUTYPE=INDIVIDUAL:/aMjExM/principal/
BEGIN:VALARM
UID:another
TRIGGER:-PT15M
END:VALARM
END:VEVENT
END:VCALENDAR
";

#[test]
fn apple_has_durations_and_alarms() {
    let event = parse(APPLE).unwrap();
    assert_eq!(zone(&event), "Europe/Copenhagen");
    assert_eq!(event.warning(), None);
    assert_eq!(event.duration_minutes, 75);
    assert_eq!(event.topic.as_deref(), Some("Møde"));
    assert_eq!(event.invitees, [("ken@acme.example".into(), Some("Ken Sato".into()))]);
}

#[test]
fn every_sample_is_read_with_other_line_ends() {
    for text in [NOTES, READ, OUTLOOK, GOOGLE, APPLE] {
        let plain = text.replace("\r\n", "\n");
        let wanted = format!("{:?}", parse(text).unwrap());
        for other in [plain.clone(), plain.replace('\n', "\r\n"), plain.replace('\n', "\r")] {
            assert_eq!(format!("{:?}", parse(&other).unwrap()), wanted);
        }
    }
}
