//! What is wrong with an installation, and what to do about it.

use std::process::ExitCode;

use meetbridge::administration;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::arguments::{Common, Doctor};
use crate::output::{FAILED, Outcome, Output, read, text};
use crate::session;
use crate::wrap::{COLUMNS, wrap};

pub fn doctor(common: &Common, doctor: &Doctor, output: &Output) -> Outcome {
    let settings = session::settings(common)?;
    let options = session::options(common, json!({}));
    let answer = administration::diagnose(settings.as_deref(), output.words.language, &options)?;
    output.answer(&answer, |report| described(report, output))?;
    let healthy = match read(&answer)?["status"].as_str() {
        Some("ok") => true,
        Some("warning") => doctor.ignore_warnings,
        _ => false,
    };
    Ok(if healthy { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

fn described(report: &Value, output: &Output) -> String {
    let words = &output.words;
    let findings: Vec<_> = report["findings"].as_array().into_iter().flatten().collect();
    let heads: Vec<_> = findings
        .iter()
        .map(|finding| {
            let severity = words.text(&format!("severity-{}", text(finding, "severity")));
            let provider = text(finding, "provider");
            let check = [text(finding, "check"), provider].join(" ");
            (severity, check.trim_end().to_owned())
        })
        .collect();
    let widest = |widths: &mut dyn Iterator<Item = usize>| widths.max().unwrap_or(0);
    let severity = widest(&mut heads.iter().map(|(severity, _)| severity.width()));
    let check = widest(&mut heads.iter().map(|(_, check)| check.width()));
    let mut lines = Vec::new();
    for ((left, middle), finding) in heads.iter().zip(&findings) {
        let pad = |text: &str, width: usize| text.to_owned() + &" ".repeat(width - text.width());
        let head = format!("{}  {}  ", pad(left, severity), pad(middle, check));
        let columns = COLUMNS - head.width();
        let mut said = wrap(&text(finding, "message"), columns);
        let remedy = text(finding, "remedy");
        if !remedy.is_empty() {
            said.extend(wrap(&format!("→ {remedy}"), columns));
        }
        for (number, line) in said.iter().enumerate() {
            let before = if number == 0 { head.clone() } else { " ".repeat(head.width()) };
            lines.push(format!("{before}{line}"));
        }
    }
    let of = |severity: &str| {
        findings.iter().filter(|finding| finding["severity"] == severity).count().to_string()
    };
    let counts = [("errors", of("error")), ("warnings", of("warning"))];
    let counts = counts.each_ref().map(|(name, count)| (*name, count.as_str()));
    lines.push(String::new());
    lines.push(match report["status"].as_str() {
        Some("ok") => words.text("doctor-healthy"),
        _ => words.say("doctor-found", &counts),
    });
    lines.join("\n")
}
