//! What must hold of everything that the library says.

use std::time::Duration;

use meetbridge::fuzzing::{Error, Language, Status, to_json};
use serde_json::Value;

/// No input of the size that is tried may take longer, in time of the processor.
const LONGEST: Duration = Duration::from_secs(1);

/// What stands in every secret of the seeds, and in no word of the library.
pub const MARK: &str = "5ecret";

/// Does something that must not take long.
pub fn soon<T>(work: impl FnOnce() -> T) -> T {
    let before = processor_time();
    let outcome = work();
    let took = processor_time() - before;
    assert!(took < LONGEST, "it took {took:?}");
    outcome
}

/// Of this thread, so that a busy machine is no finding.
fn processor_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a place for the time.
    let status = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    assert_eq!(status, 0);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The error's document, which must be one; no bug of ours was met.
pub fn told(error: &Error) -> String {
    assert_ne!(error.status(), Status::Internal, "{error}");
    let text = to_json(&error.document(Language::English)).expect("an error can be written");
    let document: Value = serde_json::from_str(&text).expect("an error document is JSON");
    assert_eq!(document["name"], error.status().name());
    text
}

/// The secrets that stand as values of these members and nowhere else in a document.
pub fn secrets(document: &Value, members: &[&str]) -> Vec<String> {
    let (mut secret, mut open) = (Vec::new(), Vec::new());
    sort(document, members, false, &mut secret, &mut open);
    let is_between = |c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_';
    let words = secret.iter().flat_map(|text| text.split(is_between));
    let words = words.filter(|word| word.contains(MARK));
    words.filter(|word| !open.iter().any(|text| text.contains(word))).map(str::to_owned).collect()
}

/// All texts of a document, those below the secret members and the others.
fn sort<'a>(
    value: &'a Value,
    members: &[&str],
    is_secret: bool,
    secret: &mut Vec<&'a str>,
    open: &mut Vec<&'a str>,
) {
    match value {
        Value::String(text) if is_secret => {
            // Of an address what is between password and query is no secret.
            let (before, after) =
                text.rsplit_once('@').filter(|_| text.contains("://")).unwrap_or((text, ""));
            let (place, query) = after.split_once('?').unwrap_or((after, ""));
            secret.extend([before, query]);
            open.push(place);
        }
        Value::String(text) => open.push(text),
        Value::Array(items) => {
            items.iter().for_each(|item| sort(item, members, is_secret, secret, open));
        }
        Value::Object(object) => {
            for (name, value) in object {
                open.push(name);
                let is_secret = is_secret || members.contains(&name.as_str());
                // Where a secret is read from is none.
                let is_secret = is_secret && !["file", "env"].contains(&name.as_str());
                sort(value, members, is_secret, secret, open);
            }
        }
        _ => {}
    }
}

/// None of the secrets stands in a text.
pub fn hides(text: &str, secrets: &[String]) {
    for secret in secrets {
        assert!(!text.contains(secret), "{secret} stands in {text}");
    }
}

/// The same document with other spaces and its members in another order; none if numbers of it
/// change when they are written.
pub fn rewritten(document: &Value) -> Option<String> {
    let text = reversed(document);
    (serde_json::from_str::<Value>(&text).ok()? == *document).then_some(text)
}

fn reversed(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members = members.iter().rev();
            let members = members.map(|(name, value)| {
                format!("{} :{}", Value::from(name.as_str()), reversed(value))
            });
            format!("{{ {} }}", members.collect::<Vec<_>>().join(",\n"))
        }
        Value::Array(items) => {
            let items = items.iter().map(reversed).collect::<Vec<_>>();
            format!("[ {} ]", items.join(" , "))
        }
        other => other.to_string(),
    }
}
