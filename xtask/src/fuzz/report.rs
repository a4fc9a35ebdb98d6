//! What a target has done and found, from what libFuzzer writes.

use crate::step::Failure;

/// A run of a target.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) name: String,
    pub(super) stats: Stats,
    /// What went wrong, and with which input.
    pub(super) found: Option<Found>,
}

/// What libFuzzer counts. Nothing, if it did not come to its end.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Stats {
    executions: u64,
    per_second: u64,
    new_entries: u64,
    peak_mib: u64,
}

/// A finding.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// What is said of it.
    what: String,
    /// The file with the input, if one was written.
    input: Option<String>,
}

impl Stats {
    pub(super) fn of(log: &str) -> Stats {
        let stat = |name: &str| {
            let lines = log.lines().filter_map(|line| line.strip_prefix("stat::"));
            let mut values = lines.filter_map(|line| line.split_once(':'));
            let value = values.find(|(found, _)| *found == name);
            value.map_or(0, |(_, value)| value.trim().parse().unwrap_or(0))
        };
        Stats {
            executions: stat("number_of_executed_units"),
            per_second: stat("average_exec_per_sec"),
            new_entries: stat("new_units_added"),
            peak_mib: stat("peak_rss_mb"),
        }
    }
}

/// What a log says of why the target failed.
pub(super) fn found(log: &str) -> Found {
    const WRITTEN: &str = "Test unit written to ";
    let mut lines = log.lines();
    let panic = lines
        .clone()
        .skip_while(|line| !line.contains("panicked at "));
    let panic: Vec<&str> = panic.take(3).filter(|line| !line.is_empty()).collect();
    let error = |line: &&str| line.contains("ERROR: ") || line.starts_with("error");
    let what = match panic.is_empty() {
        true => lines.clone().find(error).unwrap_or("it failed").to_owned(),
        false => panic.join(" "),
    };
    let input = lines.find_map(|line| line.split_once(WRITTEN));
    Found {
        what,
        input: input.map(|(_, path)| path.trim().to_owned()),
    }
}

/// One table.
pub(super) fn print(ran: &[Ran]) {
    println!(
        "{:<12} {:>12} {:>10} {:>12} {:>9}  found",
        "target", "executions", "per second", "new entries", "peak MiB"
    );
    for Ran { name, stats, found } in ran {
        let found = if found.is_some() {
            "SOMETHING"
        } else {
            "nothing"
        };
        println!(
            "{name:<12} {:>12} {:>10} {:>12} {:>9}  {found}",
            stats.executions, stats.per_second, stats.new_entries, stats.peak_mib
        );
    }
}

/// Fails if something was found: what, with which input, and how to see it again.
pub(super) fn failure(ran: &[Ran], sanitizer: &str) -> Result<(), Failure> {
    let mut text = String::new();
    for Ran { name, found, .. } in ran {
        let Some(Found { what, input }) = found else {
            continue;
        };
        text += &format!("\n{name}: {what}\n    see target/fuzz/{name}.log");
        if let Some(input) = input {
            text += &format!(
                "\n    input: {input}\n    again: RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer {sanitizer} \
                 --target-dir target/fuzz/{sanitizer} {name} {input}"
            );
        }
    }
    match text.is_empty() {
        true => Ok(()),
        false => Err(Failure::Found(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_read() {
        let log = "#9 DONE cov: 7\nstat::number_of_executed_units: 6900\n\
                   stat::average_exec_per_sec:     627\nstat::new_units_added:          154\n\
                   stat::slowest_unit_time_sec:    0\nstat::peak_rss_mb:              297\n";
        let stats = Stats {
            executions: 6900,
            per_second: 627,
            new_entries: 154,
            peak_mib: 297,
        };
        assert_eq!(Stats::of(log), stats);
        assert_eq!(Stats::of("killed"), Stats::default());
    }

    #[test]
    fn a_finding_has_its_words_its_input_and_its_command() {
        let log = "thread '<unnamed>' panicked at src/x.rs:1:2:\ntoo many\n==1== ERROR: libFuzzer\n\
                   artifact_prefix='x/'; Test unit written to /x/crash-1\n";
        let found = found(log);
        assert_eq!(found.what.lines().count(), 1);
        assert!(found.what.contains("too many"), "{found:?}");
        assert_eq!(found.input.as_deref(), Some("/x/crash-1"));
        let ran = Ran {
            name: "link".to_owned(),
            stats: Stats::default(),
            found: Some(found),
        };
        let failure = failure(&[ran], "none").err().map(|error| error.to_string());
        let text = failure.unwrap_or_default();
        assert!(
            text.contains("again: RUSTC_BOOTSTRAP=1 cargo fuzz run"),
            "{text}"
        );
        assert!(text.contains("link /x/crash-1"), "{text}");
    }

    #[test]
    fn what_stops_without_a_panic_is_named_too() {
        let found = found("==1== ERROR: libFuzzer: timeout after 6 seconds\n");
        assert!(found.what.contains("timeout"), "{found:?}");
    }
}
