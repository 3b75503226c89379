mod languages;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::*;
use crate::meeting::Host;

/// The texts as they must be: one file for each language, a section for each sample.
const GOLDEN: [(Tag, &str); 11] = [
    (Tag::Danish, include_str!("golden/da.txt")),
    (Tag::Dutch, include_str!("golden/nl.txt")),
    (Tag::English, include_str!("golden/en.txt")),
    (Tag::French, include_str!("golden/fr.txt")),
    (Tag::German, include_str!("golden/de.txt")),
    (Tag::Italian, include_str!("golden/it.txt")),
    (Tag::Japanese, include_str!("golden/ja.txt")),
    (Tag::Norwegian, include_str!("golden/nb.txt")),
    (Tag::Portuguese, include_str!("golden/pt-BR.txt")),
    (Tag::Spanish, include_str!("golden/es.txt")),
    (Tag::Swedish, include_str!("golden/sv.txt")),
];

fn at(time: &str) -> Option<Timestamp> {
    Some(time.parse().unwrap())
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn host(name: &str) -> Option<Host> {
    Some(Host { name: some(name), email: some("anna@example.com"), ..Host::default() })
}

fn dial_in(number: &str, label: &str, country: &str, toll_free: bool) -> DialIn {
    let known = |text: &str| some(text).filter(|text| !text.is_empty());
    let (label, country) = (known(label), known(country));
    DialIn { number: number.to_owned(), label, country, toll_free: Some(toll_free) }
}

fn zoom() -> Meeting {
    Meeting {
        provider: "zoom".to_owned(),
        id: "98765432109".to_owned(),
        number: some("98765432109"),
        topic: some("Budget 2027"),
        start: at("2027-03-01T08:00:00Z"),
        time_zone: some("Europe/Copenhagen"),
        duration_minutes: Some(30),
        join_url: Some("https://example.zoom.us/j/98765432109?pwd=Zk9w".to_owned()),
        passcode: some("483920"),
        host: host("Anna Berg"),
        dial_in: vec![
            dial_in("+45 32 70 12 06", "København", "DK", false),
            dial_in("+1 877 853 5257", "", "US", true),
            dial_in("+49 69 7104 9922", "", "", false),
        ],
        sip: some("98765432109@zoomcrc.com"),
        start_url: some("https://example.zoom.us/s/98765432109?zak=HOST"),
        host_key: some("730155"),
        ..Meeting::default()
    }
}

fn webex() -> Meeting {
    Meeting {
        provider: "webex".to_owned(),
        number: some("25531234567"),
        topic: some("Osaka"),
        start: at("2027-12-05T08:00:00Z"),
        time_zone: some("Asia/Tokyo"),
        duration_minutes: Some(90),
        join_url: Some("https://example.webex.com/example/j.php?MTID=m0f1e".to_owned()),
        passcode: some("a7Kp2mXt"),
        host: host("Ken Sato"),
        dial_in: vec![dial_in("+81-3-4588-9612", "Japan Toll", "", false)],
        sip: some("25531234567@example.webex.com"),
        ..zoom()
    }
}

/// The same hour every Monday in Berlin; the clocks change on 28 March 2027.
fn repeating(count: i64) -> Meeting {
    let first: DateTime = "2027-03-15T14:30:00".parse().unwrap();
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let date = |week: i64| Occurrence {
        id: week.to_string(),
        start: Some(zone.to_timestamp(first + jiff::ToSpan::weeks(week)).unwrap()),
        duration_minutes: None,
        join_url: None,
    };
    let mut meeting = Meeting {
        time_zone: some("Europe/Berlin"),
        occurrences: (0..count).map(date).collect(),
        dial_in: Vec::new(),
        sip: None,
        ..zoom()
    };
    meeting.start = meeting.occurrences[0].start;
    meeting
}

/// Each date a meeting of its own, the first of which is told of.
fn separate() -> Meeting {
    let mut meeting = repeating(2);
    meeting.occurrences[0].join_url = meeting.join_url.clone();
    meeting.occurrences[1].join_url = some("https://example.zoom.us/j/91111111111");
    meeting
}

/// Past midnight, in a zone that is not known.
fn night() -> Meeting {
    let mut meeting = bare();
    meeting.start = at("2027-08-31T23:30:00Z");
    meeting.duration_minutes = Some(60);
    meeting.time_zone = some("Mars/Olympus");
    meeting
}

fn bare() -> Meeting {
    Meeting {
        provider: "zoom".to_owned(),
        join_url: Some("https://example.zoom.us/j/98765432109".to_owned()),
        ..Meeting::default()
    }
}

fn samples() -> [(&'static str, Meeting); 8] {
    [
        ("Zoom", zoom()),
        ("Webex", webex()),
        ("repeating", repeating(4)),
        ("one more", repeating(21)),
        ("two more", repeating(22)),
        ("separate", separate()),
        ("night", night()),
        ("bare", bare()),
    ]
}

fn golden(language: Tag) -> String {
    let section = |(name, meeting): (&str, Meeting)| {
        let text = text(&meeting, language);
        // Of a long list only the end is of interest.
        let lines = text.split_inclusive('\n');
        let skipped = if name.ends_with("more") { 22 } else { 0 };
        format!("=== {name}\n{}", lines.skip(skipped).collect::<String>())
    };
    samples().into_iter().map(section).collect()
}

#[test]
fn each_language_writes_what_it_must() {
    assert!(GOLDEN.iter().map(|(language, _)| *language).eq(Tag::ALL));
    for (language, wanted) in GOLDEN {
        let written = golden(language);
        assert!(written == wanted, "{language:?} writes\n{written}");
    }
}

#[test]
fn host_secrets_stay_out() {
    for language in Tag::ALL {
        for (name, meeting) in samples() {
            let text = text(&meeting, language);
            for secret in ["zak=", "/s/", "730155", "anna@example.com"] {
                assert!(!text.contains(secret), "{language:?} {name}: {text}");
            }
        }
    }
}

#[test]
fn each_link_stands_alone_on_its_line() {
    for language in Tag::ALL {
        for (name, meeting) in samples() {
            let text = text(&meeting, language);
            let alone =
                text.lines().filter(|line| Some(*line) == meeting.join_url.as_deref()).count();
            assert_eq!(alone, if name == "separate" { 2 } else { 1 }, "{text}");
            assert!(text.lines().all(|line| line.find("https:").is_none_or(|at| at == 0)));
            assert!(text.ends_with('\n') && !text.contains("\n\n\n") && !text.contains('\r'));
            assert!(text.lines().all(|line| line == line.trim()), "{text}");
        }
    }
}

#[test]
fn other_peoples_words_cannot_forge_lines() {
    let forged =
        "Party\r\nPasscode: 1\u{b}\u{c}\u{85}\u{2028}x\u{2029}\u{202e}evil\u{2066}\0\t { $host }";
    for language in Tag::ALL {
        for (_, mut meeting) in samples() {
            let count = |meeting: &Meeting| text(meeting, language).lines().count();
            meeting.topic = some("Party");
            meeting.host = host("Anna Berg");
            let wanted = count(&meeting);
            meeting.topic = some(forged);
            meeting.host = host(forged);
            for number in &mut meeting.dial_in {
                number.number.push_str(forged);
                number.label = number.label.as_ref().map(|_| forged.to_owned());
                number.country = number.country.as_ref().map(|_| forged.to_owned());
            }
            for member in [&mut meeting.number, &mut meeting.passcode, &mut meeting.sip] {
                *member = member.as_ref().map(|_| forged.to_owned());
            }
            meeting.join_url.as_mut().unwrap().push_str("\nhttps://evil.example");
            let text = text(&meeting, language);
            assert_eq!(text.lines().count(), wanted, "{text}");
            assert!(text.contains("Party Passcode: 1 x evil { $host }"), "{text}");
            let breaks = |letter: char| {
                letter != '\n'
                    && (letter.is_control() || ('\u{2028}'..='\u{202e}').contains(&letter))
            };
            assert!(!text.contains(breaks) && !text.contains(is_hidden), "{text:?}");
        }
    }
}

#[test]
fn words_stay_as_they_are() {
    assert_eq!(one_line(" 営業部\u{3000}定例会議 "), "営業部\u{3000}定例会議");
    assert_eq!(one_line("👩\u{200d}👧 a\u{a0}b"), "👩\u{200d}👧 a\u{a0}b");
    assert_eq!(one_line(" \n\u{200b} "), "");
    assert_eq!(one_line("a \n\u{200b} b"), "a b");
    assert_eq!(solid("sip: 1@x\u{202e}\r\n"), "sip:1@x");
}

#[test]
fn what_is_not_known_is_left_out() {
    let mut meeting = bare();
    meeting.topic = some(" \n");
    meeting.host = host("\u{200b}");
    meeting.passcode = some("");
    meeting.sip = some(" ");
    meeting.dial_in = vec![dial_in("\n", "Nowhere", "DK", true)];
    assert_eq!(text(&meeting, Tag::English), text(&bare(), Tag::English));
    meeting.join_url = None;
    let wanted = "You are invited to a Zoom meeting.\n\nTime: no fixed time\n";
    assert_eq!(text(&meeting, Tag::English), wanted);
}

#[test]
fn numbers_are_grouped_as_people_read_them() {
    for (provider, number, wanted) in [
        ("zoom", "98765432109", "987 6543 2109"),
        ("zoom", "9876543210", "987 654 3210"),
        ("zoom", "987654321", "987 654 321"),
        ("webex", "25531234567", "2553 123 4567"),
        ("webex", "2553123456", "255 312 3456"),
        ("webex", "255312345", "255 312 345"),
        ("zoom", "987654321098", "987654321098"),
        ("zoom", "12345", "12345"),
        ("webex", "2553 123 4567", "2553 123 4567"),
        ("webex", "会議会議会議会", "会議会議会議会"),
        ("zoom", "٩٨٧٦٥٤٣٢١٠٩", "٩٨٧٦٥٤٣٢١٠٩"),
    ] {
        assert_eq!(grouped(provider, number.to_owned()), wanted);
    }
}

#[test]
fn an_address_becomes_one_uri() {
    for (sip, wanted) in [
        ("1@zoomcrc.com", "sip:1@zoomcrc.com"),
        ("sip:1@zoomcrc.com", "sip:1@zoomcrc.com"),
        ("SIPS:1@zoomcrc.com", "SIPS:1@zoomcrc.com"),
        ("1.2.3.4:5060", "sip:1.2.3.4:5060"),
    ] {
        let meeting = Meeting { sip: some(sip), ..bare() };
        let text = text(&meeting, Tag::English);
        assert!(text.ends_with(&format!("\nJoin from a video system: {wanted}\n")), "{text}");
    }
}

fn times(start: &str, minutes: Option<u32>, zone: &str) -> String {
    let meeting = Meeting {
        start: at(start),
        duration_minutes: minutes,
        time_zone: some(zone),
        ..Meeting::default()
    };
    let text = text(&meeting, Tag::English);
    let mut lines = text.lines().skip(2).map(|line| line.split_once(": ").unwrap().1);
    format!("{} {}", lines.next().unwrap(), lines.next().unwrap())
}

#[test]
fn times_are_local_with_their_offset() {
    for (start, minutes, zone, wanted) in [
        (
            "2027-07-01T17:00:00Z",
            Some(30),
            "america/new_york",
            "Thursday, July 1, 2027, 1:00 PM - 1:30 PM (UTC-04:00) America/New_York",
        ),
        (
            "2027-07-01T18:45:00Z",
            Some(0),
            "Asia/Kathmandu",
            "Friday, July 2, 2027, 12:30 AM (UTC+05:45) Asia/Kathmandu",
        ),
        (
            "2027-01-01T12:00:00Z",
            None,
            "Europe/London",
            "Friday, January 1, 2027, 12:00 PM (UTC+00:00) Europe/London",
        ),
        // The clocks are set back during the meeting.
        (
            "2027-10-31T00:30:00Z",
            Some(60),
            "Europe/Berlin",
            "Sunday, October 31, 2027, 2:30 AM (UTC+02:00) - \
             Sunday, October 31, 2027, 2:30 AM (UTC+01:00) Europe/Berlin",
        ),
        (
            "1850-01-01T12:00:00Z",
            None,
            "Europe/Berlin",
            "Tuesday, January 1, 1850, 12:53 PM (UTC+00:53:28) Europe/Berlin",
        ),
        (
            "2027-01-01T09:00:00Z",
            None,
            "Etc/Unknown",
            "Friday, January 1, 2027, 9:00 AM (UTC+00:00) UTC",
        ),
        ("2027-01-01T09:00:00Z", None, "", "Friday, January 1, 2027, 9:00 AM (UTC+00:00) UTC"),
    ] {
        assert_eq!(times(start, minutes, zone), wanted);
    }
}

#[test]
fn the_ends_of_the_calendar_do_no_harm() {
    for start in [Timestamp::MIN, Timestamp::MAX] {
        for zone in ["Asia/Tokyo", "America/Los_Angeles", "UTC"] {
            let mut meeting = night();
            meeting.start = Some(start);
            meeting.time_zone = some(zone);
            meeting.duration_minutes = Some(u32::MAX);
            assert!(text(&meeting, Tag::Japanese).contains("年"));
        }
    }
}

#[test]
fn dates_come_in_their_order_and_not_without_end() {
    let mut meeting = repeating(500);
    let wanted = text(&meeting, Tag::German);
    meeting.occurrences.reverse();
    meeting.occurrences.insert(7, Occurrence { start: None, ..meeting.occurrences[0].clone() });
    let text = text(&meeting, Tag::German);
    assert_eq!(text, wanted);
    assert!(text.contains("\n- und 480 weitere Termine\n"), "{text}");
    assert_eq!(text.lines().filter(|line| line.contains("14:30 - 15:00 Uhr")).count(), MAX_DATES);
}

#[test]
fn one_date_needs_no_list() {
    let mut meeting = repeating(1);
    meeting.start = None;
    meeting.occurrences[0].duration_minutes = Some(45);
    let text = text(&meeting, Tag::English);
    assert!(text.contains("\nTime: Monday, March 15, 2027, 2:30 PM - 3:15 PM (UTC+01:00)\n"));
    // Its own link is told where it is not the meeting's.
    meeting.occurrences[0].join_url = some("https://example.zoom.us/j/91111111111");
    let text = super::text(&meeting, Tag::English);
    assert!(text.contains("\nDates:\n- Monday") && text.contains("/j/91111111111\n"), "{text}");
}
