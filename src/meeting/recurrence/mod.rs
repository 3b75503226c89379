//! Rules by which a meeting repeats, in the terms that the providers share, and in wall time.
//!
//! A rule of RFC 5545 is mapped exactly or refused: people must not meet on other days than
//! their calendar says.

pub(crate) mod civil;
mod expand;
mod from_dates;
mod pattern;
mod rule;
#[cfg(test)]
pub mod tests;
mod text;

use ical::recur::expand::IcalRecurExpand;
use ical::recur::{IcalRecurFreq, IcalRecurRule, IcalRecurSkip, IcalRecurWeekdayNum};
use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;

pub use civil::Stamp;
pub use expand::{Set, expand};
pub(crate) use rule::{Rule, Until};

/// On which days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    Daily,
    /// In the order of a week that begins on Monday, each once, at least one.
    Weekly {
        days: Vec<Weekday>,
    },
    /// 1 to 31; a month that lacks the day is skipped (RFC 5545, section 3.3.10).
    MonthlyDay {
        day: i8,
    },
    /// The first to fourth such weekday of the month, or -1: the last.
    MonthlyWeekday {
        week: i8,
        day: Weekday,
    },
    /// 29 February is skipped in the years that lack it.
    YearlyDay {
        month: i8,
        day: i8,
    },
    YearlyWeekday {
        month: i8,
        week: i8,
        day: Weekday,
    },
}

/// Until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Never,
    /// So many dates, the start among them; at least 1.
    Count(u32),
    /// No date later than this wall time.
    Until(DateTime),
}

/// A rule. The start, which belongs to the meeting, is always its first date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurrence {
    pub pattern: Pattern,
    /// Every so many days, weeks, months or years; at least 1.
    pub interval: u32,
    /// Where a week begins. Monday wherever it makes no difference.
    pub week_start: Weekday,
    pub end: End,
}

/// So many dates show every month that a rule meets: the calendar repeats after 400 years.
const ALL_MONTHS: usize = 400 * 12;

impl Recurrence {
    /// Reads the value of an RRULE (RFC 5545, section 3.3.10), with or without the name before
    /// it. `start` is a wall time in `zone`. `UNTIL` may be in UTC, a wall time, or a date, which
    /// then is a day that still counts.
    ///
    /// # Errors
    ///
    /// Why the rule cannot be said in the terms of [`Pattern`], or is none.
    pub fn parse(rule: &str, start: DateTime, zone: &TimeZone) -> Result<Recurrence, String> {
        let rule = rule::Rule::parse(rule)?;
        let end = rule.end(start, zone)?;
        let (pattern, interval) = pattern::of(&rule, start)?;
        let recurrence = Recurrence { pattern, interval, week_start: rule.week_start(), end };
        Ok(recurrence.canonical(start))
    }

    /// The simplest rule with exactly these dates, by their count; the first of
    /// [`candidates`](Recurrence::candidates).
    ///
    /// The dates ascend, are at least two, and all at the same time of day; else `None`.
    pub fn of_dates(dates: &[DateTime]) -> Option<Recurrence> {
        Recurrence::candidates(dates).into_iter().next()
    }

    /// Every rule with exactly these dates, the simplest first: a provider that cannot say one
    /// may say another.
    pub fn candidates(dates: &[DateTime]) -> Vec<Recurrence> {
        from_dates::candidates(dates)
    }

    /// The value of an RRULE, without the name before it. `UNTIL` is in UTC, as RFC 5545 wants it
    /// for a start with a time zone.
    pub fn to_rrule(&self, zone: &TimeZone) -> String {
        text::of(self, zone)
    }

    /// The first `limit` dates. None is after the year 9999.
    pub fn dates(&self, start: DateTime, limit: usize) -> Vec<DateTime> {
        self.iter(start).take(limit).collect()
    }

    /// All dates of a rule that ends, unless they are more than `limit`.
    pub fn all_dates(&self, start: DateTime, limit: usize) -> Option<Vec<DateTime>> {
        if self.is_endless() {
            return None;
        }
        let dates = self.dates(start, limit.saturating_add(1));
        (dates.len() <= limit).then_some(dates)
    }

    /// Whether these are all its dates: a rule with a count may leave the calendar.
    pub fn is_whole(&self, dates: &[DateTime]) -> bool {
        !matches!(self.end, End::Count(count) if count as usize != dates.len())
    }

    pub fn is_endless(&self) -> bool {
        self.end == End::Never
    }

    /// Whether the dates would be others if weeks began on another day, Sunday or Monday.
    ///
    /// What a provider takes for the first day of the week matters only then: several days in
    /// every second (third, …) week.
    pub fn depends_on_week_start(&self, start: DateTime) -> bool {
        let Pattern::Weekly { days } = &self.pattern else { return false };
        // Each of the days once: from there on everything is repeated.
        let dates = |week_start| {
            Recurrence { week_start, ..self.clone() }.dates(start, days.len().saturating_add(1))
        };
        let own = dates(self.week_start);
        [Weekday::Sunday, Weekday::Monday].into_iter().any(|other| dates(other) != own)
    }

    /// Whether a month (29 February: a year) among those that the rule meets lacks the day.
    ///
    /// RFC 5545 skips such a month; others may take its last day instead.
    pub fn skips_short_months(&self, start: DateTime) -> bool {
        let months = match self.pattern {
            Pattern::MonthlyDay { day: 29.. } => 1,
            Pattern::YearlyDay { day: 29.., .. } => 12,
            _ => return false,
        };
        let step = i64::from(self.interval) * months;
        let month = |date: &DateTime| i64::from(date.year()) * 12 + i64::from(date.month());
        let mut before = month(&start);
        self.iter(start).skip(1).take(ALL_MONTHS).any(|date| {
            let apart = month(&date) - before;
            before = month(&date);
            apart != step
        })
    }

    fn iter(&self, start: DateTime) -> impl Iterator<Item = DateTime> {
        let start = civil::to_ical(start);
        IcalRecurExpand::new(self.to_ical(), start).filter_map(civil::from_ical)
    }

    /// Brings equal rules to one form, as far as [`pattern::of`] has not.
    fn canonical(mut self, start: DateTime) -> Recurrence {
        if let Pattern::Weekly { days } = &mut self.pattern {
            days.sort_by_key(|day| day.to_monday_zero_offset());
            days.dedup();
        }
        if !self.depends_on_week_start(start) {
            self.week_start = Weekday::Monday;
        }
        self
    }

    fn to_ical(&self) -> IcalRecurRule {
        let weekday = |ordinal: Option<i8>, day: Weekday| IcalRecurWeekdayNum {
            ordinal: ordinal.map(i16::from),
            weekday: civil::weekday_to_ical(day),
        };
        let mut rule = IcalRecurRule {
            freq: IcalRecurFreq::Daily,
            until: None,
            count: None,
            interval: self.interval.max(1),
            by_second: Vec::new(),
            by_minute: Vec::new(),
            by_hour: Vec::new(),
            by_day: Vec::new(),
            by_month_day: Vec::new(),
            by_year_day: Vec::new(),
            by_week_no: Vec::new(),
            by_month: Vec::new(),
            by_set_pos: Vec::new(),
            week_start: civil::weekday_to_ical(self.week_start),
            scale: None,
            skip: IcalRecurSkip::Omit,
        };
        match &self.pattern {
            Pattern::Daily => {}
            Pattern::Weekly { days } => {
                rule.freq = IcalRecurFreq::Weekly;
                rule.by_day = days.iter().map(|day| weekday(None, *day)).collect();
            }
            Pattern::MonthlyDay { day } => {
                rule.freq = IcalRecurFreq::Monthly;
                rule.by_month_day = vec![*day];
            }
            Pattern::MonthlyWeekday { week, day } => {
                rule.freq = IcalRecurFreq::Monthly;
                rule.by_day = vec![weekday(Some(*week), *day)];
            }
            Pattern::YearlyDay { month, day } => {
                rule.freq = IcalRecurFreq::Yearly;
                rule.by_month = vec![month.unsigned_abs()];
                rule.by_month_day = vec![*day];
            }
            Pattern::YearlyWeekday { month, week, day } => {
                rule.freq = IcalRecurFreq::Yearly;
                rule.by_month = vec![month.unsigned_abs()];
                rule.by_day = vec![weekday(Some(*week), *day)];
            }
        }
        match self.end {
            End::Never => {}
            End::Count(count) => rule.count = Some(count),
            End::Until(until) => rule.until = Some(civil::to_ical(until)),
        }
        rule
    }
}
