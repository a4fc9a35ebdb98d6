//! Lines of a crontab, by feature `cron`.

use super::store::WallMillis;

/// The first time after `wall` that the line means, in UTC.
#[cfg(feature = "cron")]
pub(super) fn next(line: &str, wall: WallMillis) -> Result<WallMillis, String> {
    use croner::parser::{CronParser, Seconds};

    let parser = CronParser::builder().seconds(Seconds::Optional).build();
    let wrong =
        |error: &dyn std::fmt::Display| format!("`{line}` is no line of a crontab: {error}");
    let cron = parser.parse(line).map_err(|error| wrong(&error))?;
    let millis = i64::try_from(wall).unwrap_or(i64::MAX);
    let now = chrono::DateTime::from_timestamp_millis(millis)
        .ok_or_else(|| wrong(&"the clock is not of this era"))?;
    if !(has_time(&cron) && has_day(&cron, chrono::Datelike::year(&now))) {
        return Err(format!("`{line}` is a line of a crontab that never comes"));
    }
    let next = cron
        .find_next_occurrence(&now, false)
        .map_err(|error| wrong(&error))?;
    Ok(u64::try_from(next.timestamp_millis()).unwrap_or(0))
}

/// Years in which every day of the calendar has come on every day of the week: a
/// 29 February is next on the same one after 40 years at most, when one is left
/// out at the end of a century.
#[cfg(feature = "cron")]
const ALL_DAYS: usize = 41;

/// Whether any time of a day is meant: a field may be empty, such as `,`. Without this
/// the search for one that never comes goes hour by hour up to the year 5000, and the
/// queue waits for it.
#[cfg(feature = "cron")]
fn has_time(cron: &croner::Cron) -> bool {
    let pattern = &cron.pattern;
    (0..24).any(|hour| pattern.hour_match(hour).is_ok_and(|is| is))
        && (0..60).any(|minute| pattern.minute_match(minute).is_ok_and(|is| is))
        && (0..60).any(|second| pattern.second_match(second).is_ok_and(|is| is))
}

/// Whether any day from that year on is meant. The same search goes month by month.
#[cfg(feature = "cron")]
fn has_day(cron: &croner::Cron, from: i32) -> bool {
    let is_meant = |day: chrono::NaiveDate| {
        use chrono::Datelike as _;

        let pattern = &cron.pattern;
        let weekday = day.weekday().num_days_from_sunday();
        let weekday = croner::Weekday::from_days_from_sunday(weekday);
        let in_month = || pattern.day_match(day.year(), day.month(), day.day(), weekday);
        pattern.month_match(day.month()).is_ok_and(|is| is) && in_month().is_ok_and(|is| is)
    };
    (from..=croner::YEAR_UPPER_LIMIT)
        .filter(|year| cron.pattern.year_match(*year).is_ok_and(|is| is))
        .take(ALL_DAYS)
        .flat_map(|year| (1..=366).filter_map(move |day| chrono::NaiveDate::from_yo_opt(year, day)))
        .any(is_meant)
}

/// Without the feature, there are no such lines.
#[cfg(not(feature = "cron"))]
pub(super) fn next(_: &str, _: WallMillis) -> Result<WallMillis, String> {
    Err("lines of a crontab need the feature `cron` of baseapp".to_owned())
}

#[cfg(all(test, feature = "cron"))]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    /// 2024-02-28T12:00:00Z
    const WALL: WallMillis = 1_709_121_600_000;
    const DAY: WallMillis = 24 * 3_600_000;

    #[test]
    fn a_line_means_its_next_time_and_a_slip_is_quoted() -> Result<(), String> {
        assert_eq!(next("0 3 * * *", WALL)? - WALL, 15 * 3_600_000);
        assert_eq!(next("0 0 29 2 *", WALL)? - WALL, 12 * 3_600_000);
        assert_eq!(next("*/10 * * * * *", WALL)? - WALL, 10_000);
        let slip = next("0 25 * * *", WALL).err().unwrap_or_default();
        assert!(slip.contains("`0 25 * * *`"), "{slip}");
        Ok(())
    }

    #[test]
    fn a_line_that_never_comes_is_refused_at_once() {
        let never = [
            "0 0 31 2 *",
            "0 0 30 2 *",
            "0 0 31 4,6,9,11 *",
            "0 0 0 1 1 * 2020",
            // Fields that are empty.
            ", * 8 * 2",
            "0 , * * *",
            ", 0 0 * * *",
            "0 0 , 2 ,",
        ];
        for line in never {
            let begun = Instant::now();
            let refused = next(line, WALL).err().unwrap_or_default();
            let lasted = begun.elapsed();
            assert!(refused.contains("never comes"), "{line}: {refused}");
            assert!(refused.contains(&format!("`{line}`")), "{refused}");
            // Without optimization, on a busy machine; the search takes a second then.
            assert!(lasted < Duration::from_millis(300), "{line}: {lasted:?}");
        }
    }

    #[test]
    fn what_comes_seldom_comes() -> Result<(), String> {
        // The next 29 February that is a Friday (`+`: both) is in 2036.
        assert_eq!(next("0 0 29 2 +FRI", WALL)? / DAY, 24_165);
        // From one that is a Monday to the next, with 2100 in between: 2072 to 2112.
        let from = 3_224_448_000_000; // 2072-03-06
        assert_eq!(next("0 0 29 2 +MON", from)? / DAY, 51_923);
        assert!(next("0 0 0 1 1 * 2999", WALL).is_ok());
        Ok(())
    }
}
