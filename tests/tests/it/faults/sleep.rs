//! Time in which nothing runs is held against nobody.

use std::time::Duration;

use baseapp::Result;
use tests::{Fixture, proc, proc::Signal};

/// Main and its worker are stopped for much longer than the worker may be stuck: as on a machine that
/// sleeps, they go on where they were.
#[test]
fn a_program_that_was_stopped_as_a_whole_goes_on() -> Result<()> {
    let _test = tests::test!();
    let mut fixture = Fixture::start(env!("CARGO_BIN_EXE_fixture"), &["watched"])?;
    fixture.wait_for("busy")?;
    let workers = fixture.workers();
    let all = || workers.iter().copied().chain([fixture.pid()]);
    for pid in all() {
        proc::signal(pid, Signal::STOP)?;
    }
    std::thread::sleep(Duration::from_secs(3)); // what is tested is that time passes
    // The worker first: it is not to be found stopped.
    for pid in all() {
        proc::signal(pid, Signal::CONT)?;
    }
    fixture.wait_for("done")?;
    fixture.signal(Signal::TERM)?;
    let ended = fixture.wait()?;
    assert!(ended.status.success(), "{}", ended.stderr);
    assert_eq!(ended.stderr, "");
    Ok(())
}
