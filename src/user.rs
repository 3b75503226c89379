//! Who a user is: the many spellings of one Notes name, one e-mail address or one plain name.

use std::fmt;
use std::hash::{Hash, Hasher};

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

use crate::error::{Error, Result};

/// The longest name, in bytes of UTF-8, labels and domain not counted.
const MAX_BYTES: usize = 320;

/// A user as the host names him. Equal when the normalized names are equal.
#[derive(Clone)]
pub struct UserName {
    /// The abbreviated name in the letters of the host, for people.
    pub display: String,
    /// The normalized name, for comparing and storing.
    pub key: String,
}

impl UserName {
    /// Takes a canonical (`CN=Anna Berg/OU=HR/O=Acme`) or abbreviated (`Anna Berg/HR/Acme`)
    /// Notes name, with or without `@DOMAIN`, an e-mail address, or any other name.
    ///
    /// INVALID_ARGUMENT when nothing is left, when there are control characters, and when the
    /// abbreviated name is longer than 320 bytes.
    pub fn parse(name: &str) -> Result<UserName> {
        let refuse = |why: &str| Err(Error::invalid_argument(format!("user: {why}")));
        let is_usual = is_settled(name);
        let display = if is_usual {
            name.to_owned()
        } else if name.chars().any(char::is_control) {
            return refuse("has control characters");
        } else {
            let visible: String = name.chars().filter(|c| !is_ignorable(*c)).collect();
            abbreviate(&visible)
        };
        if display.len() > MAX_BYTES {
            return refuse("is longer than 320 bytes");
        }
        let key = match is_usual || is_settled(&display) {
            true => display.to_ascii_lowercase(),
            false => normalize(&display),
        };
        // A full-width label leaves nothing either, but only once it is normalized.
        if key.is_empty() {
            return refuse("is empty");
        }
        Ok(UserName { display, key })
    }
}

/// What nobody sees must neither tell two users apart nor turn a line of the log around: format
/// characters that Unicode lets comparisons ignore (Default_Ignorable_Code_Point).
fn is_ignorable(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{e0000}'..='\u{e0fff}')
}

impl PartialEq for UserName {
    fn eq(&self, other: &UserName) -> bool {
        self.key == other.key
    }
}

impl Eq for UserName {}

impl Hash for UserName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.display)
    }
}

impl fmt::Debug for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.display, f)
    }
}

/// Whether there is nothing to take away from a name, and nothing but its case to fold. So it is
/// with most names, and this is found out in one pass over them.
fn is_settled(name: &str) -> bool {
    // A space at an end of a part, or after another, counts for nothing.
    let mut before = b'/';
    let (mut has_parts, mut has_domain) = (false, false);
    for byte in name.bytes() {
        match byte {
            b' ' if matches!(before, b' ' | b'/') => return false,
            b'/' if before == b' ' => return false,
            b'/' => has_parts = true,
            b'@' => has_domain = true,
            b'=' => return false,
            b' '..=b'~' => {}
            _ => return false,
        }
        before = byte;
    }
    before != b' ' && !(has_parts && has_domain)
}

/// What is equal for all spellings of a name: compatibility forms and case are folded and the
/// result is abbreviated, until nothing changes any more.
fn normalize(name: &str) -> String {
    // Each step can open the way for the other (a full-width solidus becomes a solidus), but
    // names grow no longer by it, so a few rounds settle.
    const ROUNDS: usize = 8;
    let mut key = abbreviate(name);
    for _ in 0..ROUNDS {
        let next = abbreviate(&fold(&key));
        if next == key {
            break;
        }
        key = next;
    }
    key
}

fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkc().default_case_fold().nfkc().collect()
}

/// Labels and Notes domain taken away, white space trimmed and folded.
fn abbreviate(name: &str) -> String {
    let name = if is_email(name) { name } else { without_domain(name) };
    let mut short = String::with_capacity(name.len());
    for (position, part) in name.split('/').enumerate() {
        if position > 0 {
            short.push('/');
        }
        let words = without_labels(part).split_whitespace();
        for (position, word) in words.enumerate() {
            if position > 0 {
                short.push(' ');
            }
            short.push_str(word);
        }
    }
    short
}

/// Whether a name with a solidus is an address all the same, such as `sales/emea@acme.com`: two
/// of different domains must never become one user. A Notes domain has no dot.
fn is_email(name: &str) -> bool {
    let name = name.trim();
    let Some((local, domain)) = name.split_once('@') else {
        return false;
    };
    domain.contains('.')
        && !domain.contains(['@', '/'])
        && !local.contains('=')
        && !name.contains(char::is_whitespace)
}

/// A hierarchical name without its Notes domains: `Anna Berg/Acme@NOTES@NET`. In a flat name the
/// @ belongs to an e-mail address.
fn without_domain(name: &str) -> &str {
    let Some(last) = name.rfind('/') else {
        return name;
    };
    name[last..].find('@').map_or(name, |domain| &name[..last + domain])
}

fn without_labels(part: &str) -> &str {
    const LABELS: [&str; 14] =
        ["CN", "OU", "OU1", "OU2", "OU3", "OU4", "O", "C", "G", "I", "S", "Q", "A", "P"];
    let mut rest = part;
    while let Some((label, value)) = rest.split_once('=') {
        let label = label.trim();
        if !LABELS.iter().any(|known| label.eq_ignore_ascii_case(known)) {
            break;
        }
        rest = value;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> UserName {
        UserName::parse(name).unwrap()
    }

    fn same(names: &[&str]) {
        for name in names {
            assert_eq!(user(name), user(names[0]), "{name}");
        }
    }

    #[test]
    fn what_nobody_sees_does_not_count() {
        let seen = UserName::parse("Guest/Sales/Acme").unwrap();
        for hidden in ["Guest\u{200b}/Sales/Acme", "\u{202e}Guest/Sales/Acme\u{202c}"] {
            let name = UserName::parse(hidden).unwrap();
            assert_eq!((&name.key, &name.display), (&seen.key, &seen.display));
        }
        assert!(UserName::parse("\u{200b}\u{feff}").is_err());
    }

    #[test]
    fn canonical_and_abbreviated_are_the_same() {
        same(&[
            "Anna Berg/HR/Acme",
            "CN=Anna Berg/OU=HR/O=Acme",
            "cn=ANNA BERG/ou=hr/o=ACME",
            "CN = Anna Berg / OU1 = HR / O = Acme",
            "  Anna   Berg /HR/\u{3000}Acme ",
            "Anna Berg/HR/Acme@ACME",
            "CN=Anna Berg/OU=HR/O=Acme@Acme@Notes Net",
            "CN=Anna Berg/OU=HR/O=Acme@notes.acme.com",
            "Ａｎｎａ Ｂｅｒｇ／ＨＲ／Ａｃｍｅ",
            "ＣＮ＝Anna Berg／ＯＵ＝HR／Ｏ＝Acme＠ACME",
        ]);
        assert_eq!(user("CN=Anna Berg/OU=HR/O=Acme@ACME").display, "Anna Berg/HR/Acme");
        let labels = "CN=A/OU1=B/OU2=C/OU3=D/OU4=E/OU=F/O=G/C=H/G=I/I=J/S=K/Q=L/A=M/P=N";
        assert_eq!(user(labels).display, "A/B/C/D/E/F/G/H/I/J/K/L/M/N");
        assert_eq!(user("CN=Anna").display, "Anna");
        // What looks like a label but is none stays.
        assert_eq!(user("X=1/OU5=a/Acme").display, "X=1/OU5=a/Acme");
        assert_ne!(user("Anna Berg/HR/Acme"), user("Anna Berg/Acme"));
        assert_ne!(user("Anna Berg"), user("AnnaBerg"));
    }

    #[test]
    fn addresses_keep_their_domain() {
        same(&["anna.berg@acme.com", "Anna.Berg@ACME.com", "ａｎｎａ．ｂｅｒｇ＠acme.com"]);
        assert_eq!(user("Anna.Berg@Acme.com").display, "Anna.Berg@Acme.com");
        assert_ne!(user("anna@acme.com"), user("anna@acme.org"));
        assert_ne!(user("Anna Berg@ACME"), user("Anna Berg"));
        assert_ne!(user("sales/emea@acme.com"), user("sales/emea@acme.org"));
        assert_eq!(user("http://acme/anna").display, "http://acme/anna");
    }

    #[test]
    fn compares_as_people_do() {
        same(&["営業部", "営業部"]);
        same(&["ガギグ/東京", "ｶﾞｷﾞｸﾞ/東京", "カ\u{3099}キ\u{3099}ク\u{3099}/東京"]);
        same(&["ﬁona ﬂynn", "FIONA FLYNN", "fiona flynn"]);
        same(&["Straße", "STRASSE", "strasse", "STRAẞE"]);
        same(&["ΟΔΥΣΣΕΥΣ", "οδυσσευς", "οδυσσευσ"]);
        same(&["é", "É", "e\u{301}"]);
        same(&["İzmir", "i\u{307}zmir"]);
        same(&["IZMIR", "izmir"]);
        assert_ne!(user("ısparta"), user("isparta"));
        assert_eq!(user("ｶﾞｷﾞｸﾞ").display, "ｶﾞｷﾞｸﾞ");
    }

    #[test]
    fn refuses_what_names_nobody() {
        for name in
            ["", " ", "\u{3000}\u{a0}", "CN=", "ＣＮ＝", "Anna\nBerg", "Anna\0", "\u{85}Anna"]
        {
            let error = UserName::parse(name).unwrap_err();
            assert_eq!(error.status(), crate::error::Status::InvalidArgument, "{name:?}");
        }
        assert!(UserName::parse(&"あ".repeat(106)).is_ok());
        assert!(UserName::parse(&"あ".repeat(107)).is_err());
        assert!(
            UserName::parse(&format!("CN={}/O=a@{}", "x".repeat(318), "D".repeat(400))).is_ok()
        );
        assert!(UserName::parse(&"x".repeat(321)).is_err());
    }

    /// Names of pieces chosen to disturb one another, from a fixed sequence of random numbers.
    fn awkward_names(count: usize) -> impl Iterator<Item = String> {
        const PIECES: [&str; 30] = [
            "CN=", "ou=", "O=", "=", "/", "@", "／", "＠", "＝", ".", " ", "\u{3000}", "\u{a0}",
            "a", "Ｂ", "ß", "ẞ", "İ", "ı", "ς", "Σ", "ﬁ", "ｶ", "ﾞ", "\u{345}", "\u{301}", "\u{338}",
            "\u{1fb3}", "\u{fdfa}", "営",
        ];
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        let mut random = move |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % below
        };
        (0..count).map(move |_| {
            let length = 1 + random(9);
            (0..length).map(|_| PIECES[random(PIECES.len())]).collect()
        })
    }

    #[test]
    fn a_settled_name_is_as_the_long_way_leaves_it() {
        let mut settled = 0;
        let usual = ["Anna Berg/HR/Acme", "anna@acme.com", "Anna", "/a", "a//b", "/", "a b/c d"];
        for name in awkward_names(20_000).chain(usual.map(str::to_owned)) {
            // With every space and sign of the narrow kind, and without the wide ones.
            let narrow: String = name.chars().filter(|c| c.is_ascii() && *c != '=').collect();
            for name in [name, narrow] {
                if is_settled(&name) {
                    settled += 1;
                    assert_eq!(abbreviate(&name), name);
                    assert_eq!(normalize(&name), name.to_ascii_lowercase());
                }
            }
        }
        assert!(settled > 1000, "{settled}");
        for name in ["a=b", " a", "a ", "a  b", "a /b", "a/ b", "a/b@c", "a\tb", "\u{7f}", "é"] {
            assert!(!is_settled(name), "{name:?}");
        }
    }

    #[test]
    fn parsing_again_changes_nothing() {
        for name in awkward_names(20_000) {
            let Ok(first) = UserName::parse(&name) else {
                continue;
            };
            let again = user(&first.display);
            assert_eq!(again.display, first.display, "{name:?}");
            assert_eq!(again.key, first.key, "{name:?}");
            assert_eq!(normalize(&first.key), first.key, "{name:?}");
            assert_eq!(normalize(&name), first.key, "{name:?}");
        }
    }
}
