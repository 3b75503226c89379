//! Turns a repeat rule into instants. Local wall-clock time is kept over changes to and from
//! daylight saving time; a time that does not exist moves on by the gap (RFC 5545 3.3.5).

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frequency {
    /// Every so many days.
    Daily,
    /// On weekdays of every so many weeks.
    Weekly,
    /// On a day of every so many months.
    Monthly,
    /// On a day of every so many years.
    Yearly,
}

/// How long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// So many occurrences.
    Count(usize),
    /// Up to and with this instant.
    Until(Timestamp),
    /// Without end.
    Never,
}

/// A repeat rule of either provider.
#[derive(Clone, Debug)]
pub struct Rule {
    /// How often.
    pub frequency: Frequency,
    /// Every so many periods.
    pub interval: i64,
    /// Weekly: which days; empty: the first occurrence's.
    pub weekdays: Vec<Weekday>,
    /// Weekly: where a week begins, which matters when `interval` is more than one.
    pub week_start: Weekday,
    /// Monthly, yearly: day of the month; negative counts from the end.
    pub month_day: Option<i8>,
    /// Monthly, yearly: the n-th weekday, -1 for the last.
    pub nth_weekday: Option<(i8, Weekday)>,
    /// Yearly: which month.
    pub month: Option<i8>,
    /// How long.
    pub end: End,
}

/// Periods looked at before giving up on a rule that never matches.
const MOST_PERIODS: i64 = 20_000;

impl Rule {
    /// The occurrences from `first` on, at most `most`.
    pub fn expand(&self, first: DateTime, zone: &TimeZone, most: usize) -> Vec<Timestamp> {
        let most = match self.end {
            End::Count(count) => count.min(most),
            _ => most,
        };
        let mut found = Vec::new();
        for period in 0..MOST_PERIODS {
            let Some(dates) = self.dates(first.date(), period * self.interval) else {
                break;
            };
            for date in dates.into_iter().filter(|date| *date >= first.date()) {
                let Ok(zoned) =
                    zone.to_ambiguous_zoned(date.to_datetime(first.time())).compatible()
                else {
                    return found;
                };
                let instant = zoned.timestamp();
                if found.len() >= most || matches!(self.end, End::Until(until) if instant > until) {
                    return found;
                }
                found.push(instant);
            }
        }
        found
    }

    /// The matching dates of the period that begins `offset` periods after the first, in order;
    /// none when the calendar ends.
    fn dates(&self, first: Date, offset: i64) -> Option<Vec<Date>> {
        match self.frequency {
            Frequency::Daily => {
                Some(vec![first.checked_add(Span::new().try_days(offset).ok()?).ok()?])
            }
            Frequency::Weekly => {
                let back = first.weekday().since(self.week_start);
                let start = first.checked_sub(Span::new().days(i64::from(back))).ok()?;
                let start = start.checked_add(Span::new().try_weeks(offset).ok()?).ok()?;
                let own = [first.weekday()];
                let days = if self.weekdays.is_empty() { &own[..] } else { &self.weekdays };
                let mut offsets: Vec<i64> =
                    days.iter().map(|day| i64::from(day.since(self.week_start))).collect();
                offsets.sort_unstable();
                offsets.dedup();
                let day = |days: i64| start.checked_add(Span::new().days(days)).ok();
                offsets.into_iter().map(day).collect()
            }
            Frequency::Monthly => {
                let month = first.first_of_month();
                let month = month.checked_add(Span::new().try_months(offset).ok()?).ok()?;
                Some(self.in_month(month, first.day()).into_iter().collect())
            }
            Frequency::Yearly => {
                let year = i64::from(first.year()) + offset;
                let year = i16::try_from(year).ok().filter(|year| *year <= 9998)?;
                let month = Date::new(year, self.month.unwrap_or(first.month()), 1).ok()?;
                Some(self.in_month(month, first.day()).into_iter().collect())
            }
        }
    }

    /// The matching day of a month, if it has one: the 31st skips short months (RFC 5545 3.3.10).
    fn in_month(&self, month: Date, own_day: i8) -> Option<Date> {
        if let Some((nth, weekday)) = self.nth_weekday {
            return month.nth_weekday_of_month(nth, weekday).ok();
        }
        match self.month_day.unwrap_or(own_day) {
            day if day < 0 => {
                let day = month.days_in_month() + 1 + day;
                Date::new(month.year(), month.month(), day).ok()
            }
            day => Date::new(month.year(), month.month(), day).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(frequency: Frequency, end: End) -> Rule {
        Rule {
            frequency,
            interval: 1,
            weekdays: Vec::new(),
            week_start: Weekday::Sunday,
            month_day: None,
            nth_weekday: None,
            month: None,
            end,
        }
    }

    fn texts(rule: &Rule, first: &str, zone: &str) -> Vec<String> {
        let zone = TimeZone::get(zone).unwrap();
        let found = rule.expand(first.parse().unwrap(), &zone, 100);
        found.into_iter().map(crate::clock::utc).collect()
    }

    #[test]
    fn wall_clock_time_is_kept_over_daylight_saving() {
        let weekly = rule(Frequency::Weekly, End::Count(3));
        assert_eq!(
            texts(&weekly, "2027-03-17T09:00:00", "Europe/Berlin"),
            ["2027-03-17T08:00:00Z", "2027-03-24T08:00:00Z", "2027-03-31T07:00:00Z"]
        );
        let daily = rule(Frequency::Daily, End::Count(3));
        assert_eq!(
            texts(&daily, "2027-03-27T02:30:00", "Europe/Berlin"),
            ["2027-03-27T01:30:00Z", "2027-03-28T01:30:00Z", "2027-03-29T00:30:00Z"]
        );
    }

    #[test]
    fn the_thirty_first_skips_short_months_and_the_last_friday_is_found() {
        let mut monthly = rule(Frequency::Monthly, End::Count(3));
        monthly.month_day = Some(31);
        assert_eq!(
            texts(&monthly, "2027-01-31T10:00:00", "UTC"),
            ["2027-01-31T10:00:00Z", "2027-03-31T10:00:00Z", "2027-05-31T10:00:00Z"]
        );
        monthly.month_day = None;
        monthly.nth_weekday = Some((-1, Weekday::Friday));
        assert_eq!(
            texts(&monthly, "2027-01-01T10:00:00", "UTC"),
            ["2027-01-29T10:00:00Z", "2027-02-26T10:00:00Z", "2027-03-26T10:00:00Z"]
        );
    }

    #[test]
    fn an_end_by_date_includes_that_instant() {
        let until = "2027-03-03T10:00:00Z".parse().unwrap();
        let daily = rule(Frequency::Daily, End::Until(until));
        assert_eq!(texts(&daily, "2027-03-01T10:00:00", "UTC").len(), 3);
    }
}
