//! What becomes of dates that a provider cannot repeat.

use jiff::civil::DateTime;

use crate::error::{Error, Result, Status};
use crate::meeting::recurrence::Recurrence;
use crate::meeting::{Checks, Details, Irregular, Repeat, Schedule};
use crate::provider::Provider;

/// The most meetings that one call makes: what a user may create in a day.
const MAX_SEPARATE: usize = 100;

/// How a meeting is made.
pub enum Plan {
    /// By one request.
    One,
    /// One for each of these dates.
    Separate(Vec<DateTime>),
}

/// Decides, and changes the schedule where that is what the caller wants.
pub fn plan(
    provider: &dyn Provider,
    details: &mut Details,
    irregular: Option<Irregular>,
    checks: &mut Checks,
) -> Result<Plan> {
    let Some(schedule) = &mut details.schedule else { return Ok(Plan::One) };
    let (field, why) = match &schedule.repeat {
        Repeat::Keep | Repeat::Once | Repeat::NoFixedTime => return Ok(Plan::One),
        Repeat::Rule(rule) => match provider.cannot_repeat(&schedule.start, rule) {
            None => return Ok(Plan::One),
            Some(why) => match another_rule(provider, schedule) {
                Some(rule) => {
                    schedule.repeat = Repeat::Rule(rule);
                    return Ok(Plan::One);
                }
                None => ("recurrence", why),
            },
        },
        Repeat::Dates { field, why, .. } => (*field, why.clone()),
    };
    let unsupported =
        |what: &str| Error::new(Status::Unsupported, format!("{field}: {why}; {what}"));
    let wanted = match irregular {
        Some(wanted) => wanted,
        None if checks.best_effort => Irregular::NoFixedTime,
        None => return Err(unsupported("`irregular` says what to do then")),
    };
    match wanted {
        Irregular::Error => Err(unsupported("`irregular` is `error`")),
        Irregular::NoFixedTime if provider.has_meetings_without_time() => {
            schedule.repeat = Repeat::NoFixedTime;
            schedule.exceptions.clear();
            checks.warn(field, format!("{why}; it is one meeting without a fixed time"));
            Ok(Plan::One)
        }
        Irregular::NoFixedTime | Irregular::Separate => {
            let dates = schedule.dates().filter(|dates| dates.len() <= MAX_SEPARATE);
            let too_many = || unsupported(&format!("and it has more than {MAX_SEPARATE} dates"));
            let dates = dates.ok_or_else(too_many)?;
            let minutes = details.duration_minutes;
            let moved = schedule.exceptions.iter().filter_map(|exception| exception.moved.as_ref());
            if moved.into_iter().any(|moved| Some(moved.duration_minutes) != minutes) {
                checks.warn(field, "a date with a length of its own gets that of all");
            }
            if wanted == Irregular::NoFixedTime {
                let what = "the provider has no meetings without a fixed time; each date is one";
                checks.warn("irregular", what);
            }
            Ok(Plan::Separate(dates))
        }
    }
}

/// A rule for the same dates that the provider can say.
fn another_rule(provider: &dyn Provider, schedule: &Schedule) -> Option<Recurrence> {
    if !schedule.exceptions.is_empty() {
        return None;
    }
    let rules = Recurrence::candidates(&schedule.dates()?);
    rules.into_iter().find(|rule| provider.cannot_repeat(&schedule.start, rule).is_none())
}
