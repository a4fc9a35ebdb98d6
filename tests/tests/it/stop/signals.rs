//! Signals to main, and the exit code that tells the truth.

use std::time::{Duration, Instant};

use baseapp::Result;
use tests::{Fixture, proc, proc::Signal};

const FIXTURE: &str = env!("CARGO_BIN_EXE_fixture");

fn nothing_left(fixture: &Fixture, workers: &[u32]) -> Result<()> {
    let left = proc::wait_gone(workers, Duration::ZERO);
    assert!(left.is_empty(), "{left:?} are left");
    assert!(
        fixture.files_left()?.is_empty(),
        "{:?}",
        fixture.files_left()
    );
    Ok(())
}

fn drains_and_exits_with_zero(signal: Signal) -> Result<()> {
    let mut fixture = Fixture::start(FIXTURE, &["chain", "10000"])?;
    fixture.wait_for("sent")?;
    let workers = fixture.workers();
    assert_eq!(workers.len(), 3);
    fixture.signal(signal)?;
    let ended = fixture.wait()?;
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    for name in ["a", "b", "c"] {
        let line = format!("{name}: 10000 make 49995000\n");
        assert!(ended.stdout.contains(&line), "{}", ended.stdout);
    }
    nothing_left(&fixture, &workers)
}

#[test]
fn sigterm_drains_and_exits_with_zero() -> Result<()> {
    let _test = tests::test!();
    drains_and_exits_with_zero(Signal::TERM)
}

#[test]
fn sigint_drains_and_exits_with_zero() -> Result<()> {
    let _test = tests::test!();
    drains_and_exits_with_zero(Signal::INT)
}

#[test]
fn a_worker_ignores_sigint() -> Result<()> {
    let _test = tests::test!();
    let mut fixture = Fixture::start(FIXTURE, &["idle", "2"])?;
    fixture.wait_for("started")?;
    let workers = fixture.workers();
    for worker in &workers {
        proc::signal(*worker, Signal::INT)?;
    }
    fixture.signal(Signal::TERM)?;
    let ended = fixture.wait()?;
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    nothing_left(&fixture, &workers)
}

#[test]
fn a_second_signal_ends_everything_within_half_a_second() -> Result<()> {
    let _test = tests::test!();
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let mut fixture = Fixture::start(FIXTURE, &["stubborn", "1", "60000"])?;
        fixture.wait_for("busy")?;
        let workers = fixture.workers();
        fixture.signal(signal)?;
        // Two of the same kind that come together are one to the system.
        std::thread::sleep(Duration::from_millis(100));
        assert!(!proc::is_gone(fixture.pid()), "the first is polite");
        let start = Instant::now();
        fixture.signal(signal)?;
        let ended = fixture.wait()?;
        let lasted = start.elapsed();
        assert!(lasted < Duration::from_millis(500), "{lasted:?}");
        assert_eq!(ended.status.code(), Some(code), "{}", ended.stderr);
        let left = proc::wait_gone(&workers, Duration::from_secs(1));
        assert!(left.is_empty(), "{left:?}");
        assert!(fixture.files_left()?.is_empty());
    }
    Ok(())
}

#[test]
fn a_worker_that_had_to_be_killed_makes_the_exit_code_tell() -> Result<()> {
    let _test = tests::test!();
    let mut fixture = Fixture::start(FIXTURE, &["stubborn", "1", "100"])?;
    fixture.wait_for("busy")?;
    let workers = fixture.workers();
    fixture.signal(Signal::TERM)?;
    let ended = fixture.wait()?;
    assert_eq!(ended.status.code(), Some(1));
    assert!(
        ended
            .stderr
            .contains("`stubborn` did not stop within 100ms"),
        "{}",
        ended.stderr
    );
    nothing_left(&fixture, &workers)
}

#[test]
fn a_death_makes_the_exit_code_tell() -> Result<()> {
    let _test = tests::test!();
    let mut fixture = Fixture::start(FIXTURE, &["death"])?;
    let ended = fixture.wait()?;
    assert_eq!(ended.status.code(), Some(1));
    assert!(
        ended.stderr.contains("`wrong` ended while the app ran"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("[wrong] "), "{}", ended.stderr);
    assert!(ended.stdout.contains("out of cheese"), "{}", ended.stdout);
    nothing_left(&fixture, &[])
}

#[test]
fn a_signal_while_the_app_starts_ends_it() -> Result<()> {
    let _test = tests::test!();
    let mut fixture = Fixture::start(FIXTURE, &["idle", "10"])?;
    fixture.wait_for("starting")?;
    // From its first worker on, signals are its own business.
    let end = Instant::now() + Duration::from_secs(10);
    while fixture.workers().is_empty() && Instant::now() < end {}
    let workers = fixture.workers();
    fixture.signal(Signal::TERM)?;
    fixture.wait()?;
    let left = proc::wait_gone(&workers, Duration::from_secs(1));
    assert!(left.is_empty(), "{left:?}");
    assert!(fixture.files_left()?.is_empty());
    Ok(())
}
