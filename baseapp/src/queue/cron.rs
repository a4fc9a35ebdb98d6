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
    let next = cron
        .find_next_occurrence(&now, false)
        .map_err(|error| wrong(&error))?;
    Ok(u64::try_from(next.timestamp_millis()).unwrap_or(0))
}

/// Without the feature, there are no such lines.
#[cfg(not(feature = "cron"))]
pub(super) fn next(_: &str, _: WallMillis) -> Result<WallMillis, String> {
    Err("lines of a crontab need the feature `cron` of baseapp".to_owned())
}

#[cfg(all(test, feature = "cron"))]
mod tests {
    use super::*;

    #[test]
    fn a_line_means_its_next_time_and_a_slip_is_quoted() -> Result<(), String> {
        // 2024-02-28T12:00:00Z
        let wall = 1_709_121_600_000;
        assert_eq!(next("0 3 * * *", wall)? - wall, 15 * 3_600_000);
        assert_eq!(next("0 0 29 2 *", wall)? - wall, 12 * 3_600_000);
        assert_eq!(next("*/10 * * * * *", wall)? - wall, 10_000);
        let slip = next("0 25 * * *", wall).err().unwrap_or_default();
        assert!(slip.contains("`0 25 * * *`"), "{slip}");
        Ok(())
    }
}
