//! A new key for the store: made, then put in the place of the old one, row by row.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use jiff::civil::DateTime;
use meetbridge::administration::{Outline, create_key, outline};
use serde_json::{Value, json};

use super::upkeep::problems;
use crate::arguments::Common;
use crate::output::{Outcome, Output, Trouble, read};
use crate::session::{self, Session};
use crate::wrap::indented;

/// How long one pass works; then the bar moves.
const PASS_MS: u64 = 1000;
/// After how many passes without a row it is said that it does not go on. Each comes later and
/// takes longer than the one before, in case others need the store or the time.
const IDLE_PASSES: u32 = 3;

/// The name of a new key, with the time at which it was made, in UTC.
const PREFIX: &str = "meetbridge-";
const STAMP: &str = "%Y%m%d-%H%M%S";
const SUFFIX: &str = ".key";

pub fn rotate_key(common: &Common, output: &Output) -> Outcome {
    let settings = session::settings(common)?;
    let outline = outline(settings.as_deref(), output.words.language)?;
    match outline.keys.len() {
        0 | 1 => make(common, &outline, output),
        _ => reseal(&Session::open(common, output)?, &outline, output),
    }
}

/// The first step: a key, and where it is to be named.
fn make(common: &Common, outline: &Outline, output: &Output) -> Outcome {
    let words = &output.words;
    let Some(old) = outline.keys.first().and_then(Option::as_ref) else {
        return Err(Trouble::Told(words.text("rotate-no-file")));
    };
    // None is made for a store that another key has sealed.
    Session::open(common, output)?;
    let old_path = Path::new(old);
    let made = made_before(old_path);
    let told = if made.is_some() { "rotate-waits" } else { "rotate-made" };
    let new = match made {
        Some(new) => new,
        None => {
            let new = beside(old_path);
            create_key(&new, words.language)?;
            new
        }
    };
    let shown = new.display().to_string();
    if output.is_json {
        output.print(&json!({ "new": shown, "old": old }).to_string())?;
        return Ok(ExitCode::SUCCESS);
    }
    output.print(&indented(&words.say(told, &[("new", &shown)]), 0))?;
    let ring = |first: &str, second: &str| {
        format!("\"key\": {}", json!([{ "file": first }, { "file": second }]))
    };
    for (step, ring) in [("second", ring(old, &shown)), ("first", ring(&shown, old))] {
        let text = words.text(&format!("rotate-{step}"));
        output.print(&format!("\n{}\n\n   {ring}", indented(&text, 0)))?;
    }
    output.print(&format!("\n{}", indented(&words.text("rotate-again"), 0)))?;
    Ok(ExitCode::SUCCESS)
}

/// The second step: everything that another key has sealed is sealed with the first.
fn reseal(session: &Session<'_>, outline: &Outline, output: &Output) -> Outcome {
    let words = &output.words;
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len}  {elapsed}") {
        bar.set_style(style);
    }
    let (mut idle, mut before) = (0, u64::MAX);
    let answer = loop {
        if idle > 0 {
            thread::sleep(Duration::from_millis(PASS_MS << (idle - 1)));
        }
        let answer = session.call("maintain", &[], json!({ "budget_ms": PASS_MS << idle }))?;
        let report = read(&answer)?;
        let count = |pointer: &str| report.pointer(pointer).and_then(Value::as_u64).unwrap_or(0);
        let (done, left) = (count("/resealed"), count("/due/reseals"));
        bar.inc(done);
        bar.set_length(bar.position() + left);
        // Others may seal too.
        idle = if done == 0 && left >= before { idle + 1 } else { 0 };
        before = left;
        if left == 0 {
            break answer;
        }
        if idle == IDLE_PASSES {
            bar.abandon();
            let text = words.say("rotate-stuck", &[("count", &left.to_string())]);
            return Err(Trouble::Told([&[text.as_str()], &*problems(&report)].concat().join("\n")));
        }
    };
    let total = bar.position();
    bar.finish_and_clear();
    let mut report = read(&answer)?;
    report["resealed"] = json!(total);
    report["key"] = json!(outline.keys.first());
    output.answer(&report.to_string(), |report| {
        let value =
            |file: &Option<String>| file.clone().unwrap_or_else(|| words.text("rotate-inline"));
        let [first, second] = [0, 1].map(|at| outline.keys.get(at).map(value).unwrap_or_default());
        let due = &report["due"];
        let next = match due["restores"] == true || due["webhooks"] == true {
            true => "rotate-not-yet",
            // Perhaps the new key is not the first.
            false if total == 0 => "rotate-nothing",
            false => "rotate-done",
        };
        let total = total.to_string();
        let values = [("count", total.as_str()), ("first", &first), ("second", &second)];
        let parts = [words.say("rotate-sealed", &values), words.say(next, &values)];
        indented(&parts.join("\n"), 0)
    })
}

/// A key that was made after this one and lies beside it: it seems to wait for being named in the
/// settings.
fn made_before(old: &Path) -> Option<PathBuf> {
    let made = |file: &Path| {
        let stamp = file.file_name()?.to_str()?.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
        DateTime::strptime(STAMP, stamp).ok()
    };
    let since = made(old).or_else(|| {
        let at = Timestamp::try_from(fs::metadata(old).ok()?.modified().ok()?).ok()?;
        DateTime::strptime(STAMP, at.strftime(STAMP).to_string()).ok()
    })?;
    let files = fs::read_dir(old.parent()?).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let others = files.filter(|file| file != old);
    let (at, file) = others.filter_map(|file| Some((made(&file)?, file))).max()?;
    (at >= since).then_some(file)
}

/// A name for the new key that tells when it was made, so that none is ever taken twice.
fn beside(old: &Path) -> PathBuf {
    old.with_file_name(format!("{PREFIX}{}{SUFFIX}", Timestamp::now().strftime(STAMP)))
}
