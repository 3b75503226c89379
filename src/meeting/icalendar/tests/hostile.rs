//! Whatever the text, the answer comes, and soon.

use super::*;

#[test]
fn bounds_are_kept() {
    let long = entry(&"X".repeat(1 << 20));
    assert!(refused(&long).starts_with("longer than"));
    let events = "BEGIN:VEVENT\nEND:VEVENT\n".repeat(6000);
    assert!(refused(&events).ends_with("more than 5000 entries"));
    let start = "DTSTART:20270301T090000Z\nDURATION:PT1H\nRDATE:";
    let dates = format!("{start}{}", "20270302T090000Z,".repeat(10_001));
    assert!(refused(&entry(&dates)).ends_with("more than 10000 dates"));
    let mut zones = String::from("DTSTART;TZID=UTC:20270301T090000\nDURATION:PT1H");
    for number in 1..15 {
        zones += &format!("\nRDATE;TZID=Etc/GMT+{}:20270302T090000", number % 12 + 1);
        zones += &format!("\nRDATE;TZID=Etc/GMT-{}:20270302T090000", number);
    }
    assert!(refused(&entry(&zones)).ends_with("more than 20 time zones"));
}

/// An entry in a zone of many observances.
fn in_zone_of(rule: &str, count: usize) -> String {
    let one = format!(
        "BEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n{rule}\n\
         END:STANDARD\n"
    );
    let zone = format!("BEGIN:VTIMEZONE\nTZID:X\n{}END:VTIMEZONE\n", one.repeat(count));
    zone + &entry("DTSTART;TZID=X:20270301T090000\nDURATION:PT1H")
}

#[test]
fn large_texts_take_no_time() {
    let before = std::time::Instant::now();
    for text in [
        "BEGIN:X\n".repeat(130_000),
        "BEGIN:VEVENT\n".repeat(80_000),
        "A:\n ".repeat(260_000),
        format!("A{}", "\n b".repeat(340_000)),
        ";".repeat(1 << 20),
        "\n".repeat(1 << 20),
        "\"".repeat(1 << 20),
        entry(&format!("DTSTART;TZID={}:20270301T090000Z", "x,".repeat(500_000))),
        entry(&format!("RRULE:{}", "FREQ=DAILY;".repeat(90_000))),
        entry(&format!("DTSTART:20270301T090000Z\nDURATION:P{}H", "1".repeat(1_000_000))),
        entry(&format!(
            "DTSTART:20270301T090000Z\nDURATION:PT1H\n{}",
            "ATTENDEE:mailto:a@b\n".repeat(50_000)
        )),
        in_zone_of("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", 100),
        in_zone_of("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=1SU", 10_000),
        format!(
            "BEGIN:VTIMEZONE\n{}END:VTIMEZONE",
            "BEGIN:STANDARD\nEND:STANDARD\n".repeat(30_000)
        ),
    ] {
        drop(parse(&text));
    }
    assert!(before.elapsed().as_secs() < 10, "{:?}", before.elapsed());
}

#[test]
fn no_piece_of_a_text_panics() {
    let text = super::samples::GOOGLE;
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        drop(parse(&text[..end]));
    }
    // Each line with its value cut, doubled, or of other letters.
    for (number, line) in text.lines().enumerate() {
        for change in ["", "€", "\u{0}", "9999999999", "-", "00000101T000000Z", "99991231T235959Z"]
        {
            let (name, _) = line.split_once(':').unwrap_or((line, ""));
            let changed = format!("{name}:{change}");
            let lines: Vec<&str> = text
                .lines()
                .enumerate()
                .map(|(at, other)| if at == number { &changed } else { other })
                .collect();
            drop(parse(&lines.join("\n")));
        }
    }
}
