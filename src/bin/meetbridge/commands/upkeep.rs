//! What is done now and then, and what was done.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::{columns, pages};
use crate::arguments::{Maintain, Part};
use crate::output::{FAILED, Outcome, Output, fields, read};
use crate::session::Session;
use crate::wrap::indented;

pub fn maintain(session: &Session<'_>, maintain: &Maintain, output: &Output) -> Outcome {
    let budget = maintain.budget.map(|seconds| seconds.saturating_mul(1000));
    let answer = session.call("maintain", &[], json!({ "budget_ms": budget }))?;
    output.answer(&answer, |report| described(report, output))?;
    Ok(match problems(&read(&answer)?).is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(FAILED),
    })
}

pub fn audit(session: &Session<'_>, part: &Part, output: &Output) -> Outcome {
    let get = |filter: &str| Ok(session.call("list_audit", &[Some(filter)], json!({}))?);
    pages(output, part, &[], "entries", get, |entry| {
        columns(entry, &["at", "operation", "outcome", "provider", "user", "acting_user"])
    })
}

/// What housekeeping could not do.
pub fn problems(report: &Value) -> Vec<&str> {
    report["problems"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn described(report: &Value, output: &Output) -> String {
    let words = &output.words;
    let count = |pointer: &str| report.pointer(pointer).map(Value::to_string).unwrap_or_default();
    let done = [
        ("renewed", "/renewals/renewed"),
        ("failed", "/renewals/failed"),
        ("ended", "/renewals/ended"),
        ("unserved", "/renewals/unserved"),
        ("restored", "/restored"),
        ("resealed", "/resealed"),
        ("purged-audit", "/purged/audit"),
        ("webhooks-created", "/webhooks/created"),
        ("due-renewals", "/due/renewals"),
        ("due-reseals", "/due/reseals"),
    ];
    let rows =
        done.map(|(name, pointer)| (words.text(&format!("maintain-{name}")), count(pointer)));
    let complete = if report["complete"] == true { "complete" } else { "incomplete" };
    let mut lines = vec![words.text(&format!("maintain-{complete}")), fields(&rows)];
    lines.extend(problems(report).iter().map(|problem| indented(problem, 2)));
    lines.join("\n")
}
