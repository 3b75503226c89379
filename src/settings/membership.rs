//! Whom an app serves: names, wildcards and groups, compiled once and asked often.

use std::collections::{BTreeMap, BTreeSet};

use super::refuse;
use crate::error::Result;
use crate::json;
use crate::user::UserName;

/// What one entry of `members`, `exclude` or a group stands for.
enum Entry {
    Everyone,
    /// `/sales/acme` or `@acme.com`, normalized: the end of a name.
    Ending(String),
    /// A name that cannot be a group's.
    Name(String),
    /// A name without organization or domain: a group's if there is one, else a user's.
    Plain(UserName),
}

impl Entry {
    fn parse(text: &str, path: &str) -> Result<Entry> {
        let name = UserName::parse(text)
            .map_err(|error| refuse(path, error.detail().trim_start_matches("user: ")))?;
        let key = name.key.as_str();
        if let Some(ending) = key.strip_prefix('*') {
            let fits = match (ending.strip_prefix('/'), ending.strip_prefix('@')) {
                (Some(units), _) => !units.is_empty() && !units.contains('*'),
                (_, Some(domain)) => !domain.is_empty() && !domain.contains(['*', '@', '/']),
                _ => false,
            };
            if ending.is_empty() {
                return Ok(Entry::Everyone);
            } else if fits {
                return Ok(Entry::Ending(ending.to_owned()));
            }
        } else if !key.contains('*') {
            let plain = !key.contains(['/', '@']);
            return Ok(if plain { Entry::Plain(name) } else { Entry::Name(name.key) });
        }
        Err(refuse(path, "a * stands alone, as in */OU/O, or as in *@domain"))
    }

    fn parse_all(texts: &[String], path: &str) -> Result<Vec<Entry>> {
        let entry =
            |(index, text): (usize, &String)| Entry::parse(text, &format!("{path}[{index}]"));
        texts.iter().enumerate().map(entry).collect()
    }
}

/// The groups of the settings, by normalized name.
pub struct Groups(BTreeMap<String, Vec<Entry>>);

impl Groups {
    /// INVALID_SETTINGS, naming the path, for a name that is not plain or that stands twice, and
    /// for an entry that can name nobody.
    pub fn compile(groups: &BTreeMap<String, Vec<String>>) -> Result<Groups> {
        let mut compiled = BTreeMap::new();
        for (name, entries) in groups {
            let path = format!("groups.{}", json::name(name));
            let key = match Entry::parse(name, &path)? {
                Entry::Plain(name) => name.key,
                _ => return Err(refuse(&path, "a group's name has no /, @ or *")),
            };
            if compiled.insert(key, Entry::parse_all(entries, &path)?).is_some() {
                return Err(refuse(&path, "another group has the same name"));
            }
        }
        Ok(Groups(compiled))
    }
}

/// The names that a list holds once its groups are followed. Sorted, so that lists of the same
/// meaning are equal.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    pub everyone: bool,
    pub exact: Vec<Box<str>>,
    pub endings: Vec<Box<str>>,
}

impl Names {
    fn compile(entries: &[Entry], groups: &Groups, unknown: &mut BTreeSet<String>) -> Names {
        let mut names = Names::default();
        let mut followed = BTreeSet::new();
        // A list of its own instead of recursion: nesting may be deep, the host's stack is not.
        let mut waiting = vec![entries];
        while let Some(entries) = waiting.pop() {
            for entry in entries {
                match entry {
                    Entry::Everyone => names.everyone = true,
                    Entry::Ending(ending) => names.endings.push(ending.as_str().into()),
                    Entry::Name(key) => names.exact.push(key.as_str().into()),
                    Entry::Plain(name) => match groups.0.get_key_value(&name.key) {
                        Some((key, members)) if followed.insert(key) => waiting.push(members),
                        Some(_) => {}
                        None => {
                            unknown.insert(name.display.clone());
                            names.exact.push(name.key.as_str().into());
                        }
                    },
                }
            }
        }
        for list in [&mut names.exact, &mut names.endings] {
            list.sort_unstable();
            list.dedup();
        }
        names
    }

    fn hold(&self, key: &str) -> bool {
        let among = |list: &[Box<str>], name: &str| {
            list.binary_search_by(|known| known.as_ref().cmp(name)).is_ok()
        };
        let mut ends = key.bytes().enumerate().skip(1).filter(|(_, it)| matches!(it, b'/' | b'@'));
        self.everyone
            || among(&self.exact, key)
            || !self.endings.is_empty() && ends.any(|(at, _)| among(&self.endings, &key[at..]))
    }
}

/// The users whom an app serves.
#[derive(Debug, PartialEq, Eq)]
pub struct Membership {
    pub(super) members: Option<Names>,
    pub(super) exclude: Names,
    unknown_groups: Vec<String>,
}

impl Membership {
    /// `members` left out means everyone; an empty list means nobody. `path` is the app's.
    pub(super) fn compile(
        members: Option<&[String]>,
        exclude: &[String],
        groups: &Groups,
        path: &str,
    ) -> Result<Membership> {
        let members = members.map(|it| Entry::parse_all(it, &format!("{path}.members")));
        let exclude = Entry::parse_all(exclude, &format!("{path}.exclude"))?;
        let mut unknown = BTreeSet::new();
        Ok(Membership {
            members: members.transpose()?.map(|it| Names::compile(&it, groups, &mut unknown)),
            exclude: Names::compile(&exclude, groups, &mut unknown),
            unknown_groups: unknown.into_iter().collect(),
        })
    }

    /// Whether the user is a member and not excluded.
    pub fn serves(&self, user: &UserName) -> bool {
        let key = user.key.as_str();
        self.members.as_ref().is_none_or(|members| members.hold(key)) && !self.exclude.hold(key)
    }

    /// Entries that look like groups but are defined nowhere. They count as plain names of users,
    /// which may be a mistake of writing.
    pub fn unknown_groups(&self) -> &[String] {
        &self.unknown_groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn groups(groups: &[(&str, &[&str])]) -> Groups {
        let groups = groups.iter().map(|(name, it)| ((*name).to_owned(), list(it))).collect();
        Groups::compile(&groups).unwrap()
    }

    fn compile(members: &[&str], exclude: &[&str], groups: &Groups) -> Membership {
        Membership::compile(Some(&list(members)), &list(exclude), groups, "apps[0]").unwrap()
    }

    fn serves(membership: &Membership, name: &str) -> bool {
        membership.serves(&UserName::parse(name).unwrap())
    }

    #[test]
    fn names_wildcards_and_addresses() {
        let members =
            ["*/Sales/Acme", "CN=Anna Berg/OU=HR/O=Acme", "*@acme.com", "Ken@b.org", "Root"];
        let membership = compile(&members, &[], &groups(&[]));
        for name in [
            "Ken Sato/Sales/Acme",
            "CN=Ken Sato/OU=Osaka/OU=Sales/O=Acme",
            "anna berg/hr/acme@ACME",
            "x.y@ACME.COM",
            "ken@B.org",
            "root",
            "sales/emea@acme.com",
        ] {
            assert!(serves(&membership, name), "{name}");
        }
        for name in [
            "Ken/HR/Acme",
            "Ken/Presales/Acme",
            "Sales/Acme",
            "Anna Berg",
            "x@acme.com.evil.org",
            "x@sub.acme.com",
            "root/Acme",
            "@acme.com",
            "/Sales/Acme",
            "Ken/Sales/Acme/Evil",
        ] {
            assert!(!serves(&membership, name), "{name}");
        }
        assert_eq!(membership.unknown_groups(), ["Root"]);
    }

    #[test]
    fn labelled_wildcards_and_whole_organizations() {
        let membership = compile(&["*/OU=Sales/O=Acme", "*/Beta"], &[], &groups(&[]));
        assert!(serves(&membership, "Ken/Sales/Acme"));
        assert!(serves(&membership, "Ken/Osaka/Sales/Beta"));
        assert!(!serves(&membership, "Ken/Acme"));
    }

    #[test]
    fn everyone_nobody_and_exclude() {
        let none = groups(&[]);
        let all =
            Membership::compile(None, &list(&["Guest/Acme", "*/Temp/Acme"]), &none, "").unwrap();
        assert!(serves(&all, "Anna/Acme") && serves(&all, "x@y.z"));
        assert!(!serves(&all, "Guest/Acme") && !serves(&all, "X/Temp/Acme"));
        assert!(serves(&compile(&["*"], &[], &none), "anybody"));
        assert!(!serves(&compile(&[], &[], &none), "anybody"));
        assert!(!serves(&compile(&["*"], &["*"], &none), "anybody"));
    }

    #[test]
    fn groups_nest_and_may_turn_in_circles() {
        let groups = groups(&[
            ("営業部", &["*/Sales/Acme", "Ken Sato/Osaka/Acme", "ｲﾝﾀｰﾝ"]),
            ("インターン", &["Mia/Acme", "営業部", "Loop"]),
            ("loop", &["Loop", "Ghost", "*@acme.com"]),
        ]);
        let membership = compile(&["営業部"], &["LOOP"], &groups);
        assert!(serves(&membership, "Mia/Acme"));
        assert!(serves(&membership, "ken sato/osaka/acme"));
        assert!(!serves(&membership, "a@acme.com"));
        // A group's name is no user.
        assert!(!serves(&membership, "営業部"));
        assert_eq!(membership.unknown_groups(), ["Ghost"]);
    }

    #[test]
    fn refuses_what_would_match_nobody() {
        for bad in
            ["", " ", "Anna*/Acme", "*Acme", "*/", "*@", "**", "*/*/Acme", "*@a@b", "*あ", "a\nb"]
        {
            let members = list(&["Anna/Acme", bad]);
            let error =
                Membership::compile(Some(&members), &[], &groups(&[]), "apps[2]").unwrap_err();
            assert!(error.detail().starts_with("apps[2].members[1]: "), "{bad:?}: {error}");
        }
        for bad in ["A/Acme", "a@b.c", "*", ""] {
            let groups = BTreeMap::from([(bad.to_owned(), vec![])]);
            assert!(Groups::compile(&groups).is_err(), "{bad}");
        }
        let twice = BTreeMap::from([("Sales".to_owned(), vec![]), ("ｓales".to_owned(), vec![])]);
        assert!(Groups::compile(&twice).is_err());
    }

    #[test]
    fn a_deep_and_a_large_group_are_fine() {
        let chain = (0..50_000).map(|i| (format!("g{i}"), vec![format!("g{}", i + 1)])).collect();
        let chain = Groups::compile(&chain).unwrap();
        assert_eq!(compile(&["g0"], &[], &chain).unknown_groups(), ["g50000"]);

        let names = (0..50_000).map(|i| format!("CN=User {i}/OU=Osaka/O=Acme")).collect();
        let start = std::time::Instant::now();
        let large = Groups::compile(&BTreeMap::from([("all".to_owned(), names)])).unwrap();
        let membership = compile(&["All"], &[], &large);
        let compiled = start.elapsed();
        let user = UserName::parse("User 49999/Osaka/Acme").unwrap();
        let start = std::time::Instant::now();
        let asked = (0..10_000).filter(|_| membership.serves(std::hint::black_box(&user))).count();
        println!("compiled in {compiled:?}, asked 10000 times in {:?}", start.elapsed());
        assert_eq!(asked, 10_000);
        assert!(!serves(&membership, "User 50000/Osaka/Acme"));
    }
}
