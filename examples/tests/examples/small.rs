//! The examples that show one idea each.

use rustix::process::Signal;

use crate::{
    Result,
    process::{Ended, run, start},
};

#[test]
fn hello() -> Result {
    let out = run("hello", &[])?.well()?;
    assert!(out.starts_with("Hello, world, from process "), "{out}");
    Ok(())
}

#[test]
fn multiprocess_ticks_until_ctrl_c() -> Result {
    let mut example = start("multiprocess", &[])?;
    for line in ["beat 2", "tick 2", "still here"] {
        example.printed(line)?;
    }
    example.signal(Signal::INT)?;
    let out = example.ended()?.well()?;
    assert!(out.ends_with(": goodbye\n"), "{out}");
    // `heart (process 123): beat 1`: three processes.
    let processes = out.lines().filter_map(|line| line.split(['(', ')']).nth(1));
    let processes: std::collections::HashSet<_> = processes.collect();
    assert_eq!(processes.len(), 3, "{out}");
    Ok(())
}

#[test]
fn multiprocess_stops_by_sigterm_too() -> Result {
    let mut example = start("multiprocess", &[])?;
    example.printed("beat 1")?;
    example.signal(Signal::TERM)?;
    example.ended()?.well()?;
    Ok(())
}

#[test]
fn supervision_starts_a_worker_again() -> Result {
    let Ended { status, out, err } = run("supervision", &[])?;
    assert!(status.success(), "{out}\n{err}");
    let lines: Vec<&str> = out.lines().collect();
    let [eleven, twelve, died, fourteen, fifteen, logged] = &lines[..] else {
        panic!("{out}")
    };
    assert_eq!([*eleven, *twelve], ["tuned to 11", "tuned to 12"]);
    assert!(
        died.starts_with("13 was too much: killed by signal 6 (SIGABRT)"),
        "{died}"
    );
    assert_eq!([*fourteen, *fifteen], ["tuned to 14", "tuned to 15"]);
    assert!(
        logged.starts_with("in life 1: killed by signal 6 (SIGABRT)"),
        "{logged}"
    );
    assert!(
        err.contains("`tuner` has died: killed by signal 6"),
        "{err}"
    );
    assert!(
        err.contains("`tuner` once, at last: killed by signal 6"),
        "{err}"
    );
    Ok(())
}

#[test]
fn exit_counts_down_and_ends_the_app() -> Result {
    let out = run("exit", &[])?.well()?;
    assert_eq!(out, "3\n2\n1\nthe countdown stops\nthe app has stopped\n");
    Ok(())
}

#[test]
fn messages_go_between_all_three() -> Result {
    let mut example = start("messages", &["--speed", "20"])?;
    let names = ["main", "alice", "bob"];
    for to in names {
        for from in names.into_iter().filter(|from| *from != to) {
            // Once at the start, then after each period.
            example.printed_times(3, &format!("{to}: hello from {from}\n"))?;
        }
    }
    example.signal(Signal::INT)?;
    example.ended()?.well()?;
    Ok(())
}

#[test]
fn messages_names_a_speed_that_cannot_be() -> Result {
    let ended = run("messages", &["--speed", "0"])?;
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(ended.err, "Error: number would be zero for non-zero type\n");
    Ok(())
}

#[test]
fn ask_shows_each_outcome() -> Result {
    let out = run("ask", &[])?.well()?;
    let expected = "\
the mean of 20, 40 and 66 is 42
the mean of nothing: `clerk` answered with an error: \
`calculator` answered with an error: 0 cannot be divided by 0
too slow: `calculator` did not answer within 100ms
a circle: `clerk` answered with an error: `calculator` answered with an error: \
this ask would wait for itself: clerk asks calculator asks clerk
a slip: `ask::Divide` was not sent to `calculater`: \
there is no worker of this name; did you mean `calculator`?
";
    assert_eq!(out, expected);
    Ok(())
}

#[test]
fn publish_reaches_every_subscriber() -> Result {
    let out = run("publish", &[])?.well()?;
    let mut lines: Vec<_> = out.lines().collect();
    lines.sort_unstable(); // workers print when they like
    let expected = [
        "hall: -4 °C in Oslo",
        "hall: 17 °C in Rome",
        "lobby: -4 °C in Oslo",
        "lobby: 17 °C in Rome",
        "main: published to 3 workers",
        "main: published to 3 workers",
        "warner: frost in Oslo!",
    ];
    assert_eq!(lines, expected);
    Ok(())
}

#[test]
fn event_loop_draws_between_messages() -> Result {
    let out = run("event_loop", &[])?.well()?;
    let frames = out
        .lines()
        .filter_map(|line| line.strip_prefix("window: frame "));
    let frames: Vec<_> = frames
        .filter_map(|line| line.split_once(" shows "))
        .collect();
    let pictures: Vec<_> = frames.iter().map(|(_, picture)| *picture).collect();
    assert_eq!(
        pictures,
        ["a line", "a line, a circle", "a line, a circle, a square"]
    );
    let numbers = frames.iter().map(|(number, _)| number.parse());
    let numbers: Vec<u32> = numbers.collect::<std::result::Result<_, _>>()?;
    assert!(numbers.is_sorted_by(|a, b| a < b), "{out}");
    assert!(out.ends_with("window: closed\n"), "{out}");
    Ok(())
}

#[test]
fn blobs_are_counted_and_shown() -> Result {
    let out = run("blobs", &[])?.well()?;
    let last = out.lines().last().unwrap_or_default();
    // Of 100 pictures, which become brighter by 10 and begin again.
    let bright = (0..100).filter(|number| number * 10 % 256 > 127).count();
    assert_eq!(last, format!("{bright} of 100 pictures were bright"));
    assert!(out.contains("picture 99 of 307200 bytes is shown"), "{out}");
    Ok(())
}
