//! Main is killed: no worker outlives it for more than a second.

use std::{thread, time::Duration};

use baseapp::Result;
use tests::{Fixture, proc};

const FIXTURE: &str = env!("CARGO_BIN_EXE_fixture");
const SECOND: Duration = Duration::from_secs(1);

/// How often to kill: more than in a normal run if the environment says so.
fn rounds(normal: u32) -> u32 {
    let asked = std::env::var("BASEAPP_KILL_ROUNDS").ok();
    asked.and_then(|asked| asked.parse().ok()).unwrap_or(normal)
}

fn kill_and_count(fixture: &mut Fixture, expected: Option<usize>) -> Result<()> {
    let workers = fixture.workers();
    if let Some(expected) = expected {
        assert_eq!(workers.len(), expected);
    }
    proc::kill(fixture.pid())?;
    let left = proc::wait_gone(&workers, SECOND);
    assert!(
        left.is_empty(),
        "{left:?} of {workers:?} live a second later"
    );
    fixture.wait()?;
    Ok(())
}

#[test]
fn twenty_workers_are_gone_within_a_second() -> Result<()> {
    let _test = tests::test!(600);
    for _ in 0..rounds(50) {
        let mut fixture = Fixture::start(FIXTURE, &["idle", "20"])?;
        fixture.wait_for("started")?;
        kill_and_count(&mut fixture, Some(20))?;
    }
    Ok(())
}

#[test]
fn workers_that_are_just_being_started_go_with_main() -> Result<()> {
    let _test = tests::test!(600);
    for round in 0..rounds(50) {
        let mut fixture = Fixture::start(FIXTURE, &["idle", "20"])?;
        fixture.wait_for("starting")?;
        thread::sleep(Duration::from_millis(7 * u64::from(round % 10)));
        kill_and_count(&mut fixture, None)?;
    }
    Ok(())
}

#[test]
fn workers_within_long_handlers_go_with_main() -> Result<()> {
    let _test = tests::test!(600);
    for _ in 0..rounds(50) {
        let mut fixture = Fixture::start(FIXTURE, &["busy", "4"])?;
        for _ in 0..4 {
            fixture.wait_for("busy")?;
        }
        kill_and_count(&mut fixture, Some(4))?;
    }
    Ok(())
}

#[test]
fn what_a_killed_main_has_left_is_reaped_by_the_next_run() -> Result<()> {
    let _test = tests::test!();
    let mut killed = Fixture::start(FIXTURE, &["idle", "2"])?;
    killed.wait_for("started")?;
    kill_and_count(&mut killed, Some(2))?;
    assert_eq!(
        killed.files_left()?.len(),
        1,
        "nobody was left to remove it"
    );
    let dir = killed.dir().to_owned();
    let mut next = Fixture::start_with(FIXTURE, &["idle", "2"], |command| {
        command.env("XDG_RUNTIME_DIR", dir);
    })?;
    next.wait_for("started")?;
    assert_eq!(killed.files_left()?.len(), 1, "that of the next run alone");
    next.signal(proc::Signal::TERM)?;
    assert!(next.wait()?.status.success());
    assert!(killed.files_left()?.is_empty());
    Ok(())
}
