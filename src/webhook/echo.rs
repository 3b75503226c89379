//! Which events our own calls have caused: the audit trail knows.

use crate::provider::webhook::Kind;
use crate::store::AuditRow;

/// How far the provider's clock may lie from ours, and its notification behind what it tells of,
/// in milliseconds.
const SLACK_MS: i64 = 5000;

/// Outcomes of a call that may have changed something; a series is made and changed by several
/// requests, of which the last may have been refused.
const MAY_HAVE_CHANGED: [&str; 10] = [
    "OK",
    "PROVIDER_UNAVAILABLE",
    "PROVIDER_REJECTED",
    "RATE_LIMITED",
    "UNEXPECTED_ANSWER",
    "OUTCOME_UNKNOWN",
    "NETWORK",
    "TIMEOUT",
    "CLOSED",
    "STORE_UNAVAILABLE",
];

/// Whether one of these lines about the meeting tells of the call that caused the event. `at` is
/// when it happened, in milliseconds since 1970; `of_dates`, whether only some dates are meant.
pub fn is_echo(rows: &[AuditRow], kind: &Kind, of_dates: bool, at: i64) -> bool {
    let operations = operations(kind, of_dates);
    rows.iter().any(|row| {
        let began = row.at.saturating_sub(SLACK_MS);
        let ended = row.at.saturating_add(row.took).saturating_add(SLACK_MS);
        operations.contains(&row.operation.as_str())
            && MAY_HAVE_CHANGED.contains(&row.outcome.as_str())
            && (began..=ended).contains(&at)
    })
}

/// Dates that differ from the rule are changed and cancelled when a series is made or changed, and
/// cancelling a date changes the series.
fn operations(kind: &Kind, of_dates: bool) -> &'static [&'static str] {
    match kind {
        Kind::MeetingCreated => &["create_meeting"],
        Kind::MeetingDeleted if !of_dates => &["delete_meeting"],
        Kind::MeetingUpdated | Kind::MeetingDeleted => {
            &["create_meeting", "update_meeting", "delete_meeting"]
        }
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(operation: &str, outcome: &str) -> AuditRow {
        AuditRow {
            at: 100_000,
            took: 2000,
            operation: operation.to_owned(),
            outcome: outcome.to_owned(),
            ..AuditRow::default()
        }
    }

    #[test]
    fn an_echo_fits_a_line_by_operation_outcome_and_time() {
        let created = [row("get_meeting", "OK"), row("create_meeting", "OK")];
        let is = |kind: &Kind, at| is_echo(&created, kind, false, at);
        for (at, wanted) in
            [(94_999, false), (95_000, true), (101_000, true), (107_000, true), (107_001, false)]
        {
            assert_eq!(is(&Kind::MeetingCreated, at), wanted, "{at}");
        }
        assert!(is(&Kind::MeetingUpdated, 100_000), "its exceptions");
        assert!(!is(&Kind::MeetingDeleted, 100_000));
        assert!(is_echo(&created, &Kind::MeetingDeleted, true, 100_000), "its exceptions");
        for kind in [Kind::MeetingStarted, Kind::MeetingEnded, Kind::Other, Kind::UserUpdated] {
            assert!(!is(&kind, 100_000), "{kind:?}");
        }
        for (outcome, wanted) in
            [("TIMEOUT", true), ("OUTCOME_UNKNOWN", true), ("NOT_AUTHORIZED", false)]
        {
            let rows = [row("create_meeting", outcome)];
            assert_eq!(is_echo(&rows, &Kind::MeetingCreated, false, 100_000), wanted, "{outcome}");
        }
        assert!(!is_echo(&[], &Kind::MeetingCreated, false, 100_000));
    }

    #[test]
    fn absurd_times_do_not_overflow() {
        let rows = [AuditRow { at: i64::MAX, took: i64::MAX, ..row("create_meeting", "OK") }];
        assert!(is_echo(&rows, &Kind::MeetingCreated, false, i64::MAX));
        assert!(!is_echo(&rows, &Kind::MeetingCreated, false, i64::MIN));
    }
}
