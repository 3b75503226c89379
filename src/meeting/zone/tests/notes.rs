use super::*;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/facts/notes-timezones.tsv");

/// What CLDR has for a ZN, without the code under test; by hand where it has none.
fn by_cldr(name: &str) -> String {
    let by_hand = match name {
        "Mexico" => "America/Mexico_City",
        "Mexico Standard Time 2" => "America/Mazatlan",
        "Mid-Atlantic" => "Atlantic/South_Georgia",
        "Kamchatka" => "Asia/Kamchatka",
        _ => "",
    };
    if !by_hand.is_empty() {
        return by_hand.to_owned();
    }
    let windows = icu_time::zone::WindowsParser::new();
    let zone = windows
        .parse(&format!("{name} Standard Time"), None)
        .or_else(|| windows.parse(name, None))
        .unwrap_or_else(|| panic!("{name}"));
    let names = icu_time::zone::iana::IanaParserExtended::new();
    names.iter().find(|name| name.time_zone == zone).unwrap().canonical.to_owned()
}

fn assert_read(text: &str, wanted: &str) {
    let wanted_zone = expected(wanted);
    assert_same(&parse(text, None).unwrap().rules, &wanted_zone, text);
    for wall in walls(&wanted_zone) {
        let zone = parse(text, Some(wall)).unwrap();
        let instant = |zone: &TimeZone| zone.to_timestamp(wall).unwrap();
        assert_eq!(instant(&zone.rules), instant(&wanted_zone), "{text} at {wall}");
    }
}

#[test]
fn every_zone_of_a_domino_server_is_read() {
    let Ok(table) = std::fs::read_to_string(TABLE) else {
        eprintln!("SKIPPED: no table of Notes time zones");
        return;
    };
    let mut read = 0;
    for line in table.lines().skip(1) {
        let (text, _) = line.split_once('\t').unwrap();
        let (rule, name) = text.split_once("$ZN=").unwrap();
        let wanted = by_cldr(name);
        for text in [
            text.to_owned(),
            format!("{rule}$ZX=70$ZN={name}"),
            format!("{text}$ZX=211"),
            format!("ZN={name}${rule}"),
        ] {
            assert_read(&text, &wanted);
        }
        read += 1;
    }
    assert_eq!(read, 109);
}

#[test]
fn strings_of_every_kind_are_read() {
    for (text, wanted) in [
        ("Z=-1$DO=1$DL=3 -1 1 10 -1 1$ZX=70$ZN=W. Europe", "Europe/Berlin"),
        ("Z=-1$DO=1$DL=3 5 1 10 5 1$ZN=W. Europe$ZX=70", "Europe/Berlin"),
        ("Z=5$DO=1$DL=3 2 1 11 1 1$ZX=12$ZN=Eastern", "America/New_York"),
        ("Z=5$DO=1$DL=3 2 1 11 1 1$ZN=America/New_York", "America/New_York"),
        ("Z=-9$DO=0$ZX=89$ZN=Tokyo", "Asia/Tokyo"),
        ("Z=-9$DO=0$ZX=211$ZN=Tokyo Standard Time", "Asia/Tokyo"),
        ("Z=0$DO=1$DL=3 -1 1 10 -1 1$ZN=GMT", "Europe/London"),
        ("Z=0$DO=0$ZN=UTC", "UTC"),
        ("Z=11$DO=0$ZN=UTC-11", "Pacific/Pago_Pago"),
        ("Z=-4505$DO=0$ZN=Nepal", "Asia/Kathmandu"),
        ("Z=3003$DO=1$DL=3 2 1 11 1 1$ZN=Newfoundland", "America/St_Johns"),
        ("Z=3004$DO=0$ZN=Venezuela", "America/Caracas"),
        ("Z=8$DO=1$DL=4 1 1 10 -1 1$ZN=Pacific Standard Time (Mexico)", "America/Tijuana"),
        // Without a usable name.
        ("Z=-1$DO=1$DL=3 -1 1 10 -1 1$ZX=70$ZN=", "Europe/Berlin"),
        ("Z=-1$DO=1$DL=3 5 1 10 5 1", "Europe/Paris"),
        ("Z=-1$DO=1$DL=3 -1 1 10 -1 1$ZN=Westeuropa", "Europe/Berlin"),
        ("Z=5$DO=1$DL=3 2 1 11 1 1$ZX=12", "America/New_York"),
        ("Z=-3005$DO=0$ZN=", "Asia/Kolkata"),
        ("Z=-4505$DO=0", "Asia/Kathmandu"),
        ("Z=3003$DO=1$DL=3 2 1 11 1 1", "America/St_Johns"),
        ("Z=-10$DO=1$DL=10 1 1 4 1 1$ZN=", "Australia/Sydney"),
        ("Z=-3010$DO=1$DL=10 1 1 4 1 1$ZN=", "Australia/Lord_Howe"),
        ("Z=-12$DO=1$DL=9 -1 1 4 1 1$ZN=", "Pacific/Auckland"),
        ("Z=-9$DO=0", "Asia/Tokyo"),
        ("DO=0$Z=0", "UTC"),
        ("ZN=Tokyo", "Asia/Tokyo"),
        (" z=ignored $ ZN = Tokyo $ Z = -9 $", "Asia/Tokyo"),
    ] {
        assert_read(text, wanted);
    }
}

#[test]
fn a_name_is_stronger_than_the_rule_and_the_caller_is_told() {
    let january = date(2027, 1, 11).at(9, 0, 0, 0);
    let july = date(2027, 7, 12).at(9, 0, 0, 0);
    let warning = |text: &str, at| parse(text, Some(at)).unwrap().warning;

    let turkey = "Z=-2$DO=1$DL=3 -1 1 10 -1 1$ZN=Turkey";
    assert_eq!(
        warning(turkey, january).unwrap(),
        "ZN says \"Turkey\", which is Europe/Istanbul with UTC+03 on 2027-01-11, but Z and DL say \
         UTC+02; the name was followed"
    );
    assert_eq!(warning(turkey, july), None);
    assert_eq!(warning(turkey, date(2015, 1, 12).at(9, 0, 0, 0)), None);
    assert_eq!(parse(turkey, None).unwrap().warning, None);

    // The law of the United States until 2006.
    let old = "Z=5$DO=1$DL=4 1 1 10 -1 1$ZN=Eastern";
    assert_eq!(warning(old, january), None);
    assert_eq!(warning(old, july), None);
    assert!(warning(old, date(2027, 3, 20).at(9, 0, 0, 0)).unwrap().contains("say UTC-05"));
    assert_eq!(parse(old, Some(july)).unwrap().name, "America/New_York");

    // Nothing is said on the very days, as the hour is not in the string.
    let berlin = "Z=-1$DO=1$DL=3 -1 1 10 -1 1$ZN=W. Europe";
    for wall in walls(&expected("Europe/Berlin")) {
        assert_eq!(warning(berlin, wall), None, "{wall}");
    }
    let sydney = "Z=-10$DO=1$DL=10 1 1 4 1 1$ZN=AUS Eastern";
    for wall in walls(&expected("Australia/Sydney")) {
        assert_eq!(warning(sydney, wall), None, "{wall}");
    }
    let lord_howe = "Z=-3010$DO=1$DL=10 1 1 4 1 1$ZN=Lord Howe";
    for wall in walls(&expected("Australia/Lord_Howe")) {
        assert_eq!(warning(lord_howe, wall), None, "{wall}");
    }
    assert!(warning("Z=-9$DO=0$ZN=W. Europe", july).unwrap().contains("say UTC+09"));
    assert!(warning("Z=-1$DO=0$ZN=W. Europe", july).unwrap().contains("with UTC+02"));
    assert_eq!(warning("Z=-1$DO=0$ZN=W. Europe", january), None);
    let lagos = "Z=-1$DO=1$DL=3 -1 1 10 -1 1$ZN=W. Central Africa";
    assert!(warning(lagos, july).unwrap().contains("with UTC+01"));
    assert_eq!(warning(lagos, january), None);
    // A rule that cannot be read does not matter beside a name, but is told.
    assert!(warning("Z=-99$DO=0$ZN=Tokyo", july).unwrap().starts_with("Z: \"-99\""));
    assert_eq!(parse("Z=-99$DO=0$ZN=Tokyo", None).unwrap().name, "Asia/Tokyo");
}

#[test]
fn what_is_wrong_is_said() {
    let at = Some(date(2027, 7, 12).at(9, 0, 0, 0));
    for (text, wanted) in [
        ("Z=", "Z: \"\" is no offset"),
        ("Z=99$DO=0", "Z: \"99\" is no offset"),
        ("Z=6003$DO=0", "Z: \"6003\" is no offset"),
        ("Z=99999999999$DO=0", "Z: \"99999999999\" is no offset"),
        ("Z=-2147483648$DO=0", "Z: \"-2147483648\" is no offset"),
        ("Z=5.5$DO=0", "Z: \"5.5\" is no offset"),
        ("DO=0$ZN=", "Z is missing"),
        ("DO=1$ZX=3", "Z is missing"),
        ("Z=5$DO=2", "DO: \"2\" is neither"),
        ("Z=5$DO=1", "DL is missing"),
        ("Z=5$DO=1$DL=", "DL: \"\" is not"),
        ("Z=5$DO=1$DL=3 2 1 11 1", "DL: \"3 2 1 11 1\" is not"),
        ("Z=5$DO=1$DL=3 2 1 11 1 1 1", "is not two days"),
        ("Z=5$DO=1$DL=3 -2 1 11 1 1", "is not two days"),
        ("Z=5$DO=1$DL=3 -128 1 11 1 1", "is not two days"),
        ("Z=5$DO=1$DL=3 2 1 11 1 999", "is not two days"),
        ("Z=5$DO=1$DL=3 0 1 11 1 1", "is not two days"),
        ("Z=5$DO=1$DL=13 2 1 11 1 1", "is not two days"),
        ("Z=5$DO=1$DL=3 2 0 11 1 1", "is not two days"),
        ("Z=5$DO=1$DL=3 2 8 11 1 1", "is not two days"),
        ("Z=5$DO=1$DL=3 2 1 3 2 1", "is not two days"),
        ("Z=5$Z=5$DO=0", "Z stands twice"),
        ("Z=5$DO=0$W. Europe", "\"W. Europe\" is no part"),
        ("ZN=Nowhere", "\"Nowhere\" is no time zone that is known"),
        (
            "Z=5$DO=1$DL=4 1 1 10 -1 1",
            "no ZN, and no zone has UTC-05 and daylight saving time by \"4 1 1 10 -1 1\" in 2027",
        ),
        (
            "Z=3002$DO=0$ZN=Nowhere",
            "\"Nowhere\" is no time zone that is known, and no zone has UTC-02:30 and no daylight \
             saving time in 2027",
        ),
    ] {
        let reason = parse(text, at).unwrap_err();
        assert!(reason.starts_with(wanted) || reason.contains(wanted), "{text}: {reason}");
    }
    let lasting = parse("Z=5$DO=1$DL=4 1 1 10 -1 1", None).unwrap_err();
    assert!(lasting.ends_with("for good"), "{lasting}");
}
