//! Lives that are over: what they have started, and what is said to them.

use std::time::{Duration, Instant};

use baseapp::{AskError, Result, prelude::*};
use tests::{Fixture, Gate, poll_once, proc, proc::Signal};

use crate::common::{Await, Echo, Holder, Pid};

/// Start a process that sleeps for an hour: its number.
#[message(reply = u32)]
struct Spawn;

/// Panic.
#[message]
struct Crash;

/// Has children.
#[worker]
struct Parent;

#[worker]
impl Parent {
    #[handler(Spawn)]
    fn spawn(&mut self, _: Spawn) -> std::io::Result<u32> {
        let mut sleep = std::process::Command::new("sleep");
        // It must not hold what the test waits for the end of.
        let null = std::process::Stdio::null;
        sleep
            .arg("3600")
            .stdin(null())
            .stdout(null())
            .stderr(null());
        Ok(sleep.spawn()?.id())
    }

    #[handler(Crash)]
    fn crash(&mut self, _: Crash) {
        panic!("as I was told");
    }

    #[handler(Pid)]
    fn pid(&self, _: Pid) -> u32 {
        std::process::id()
    }
}

#[baseapp::test]
async fn what_a_worker_has_started_ends_with_it_however_it_dies() -> Result<()> {
    let _test = tests::test!();
    let mut app = App::new("grandchildren");
    let parent = app.worker("parent", Parent)?;
    let app = app.start().await?;
    for kill in [true, false] {
        let child = app.ask(&parent, Spawn).await?;
        assert!(!proc::is_gone(child));
        let pid = app.ask(&parent, Pid).await?;
        if kill {
            proc::kill(pid)?;
        } else {
            app.send(&parent, Crash).await?;
        }
        while app.ask(&parent, Pid).await.is_ok_and(|now| now == pid) {}
        let left = proc::wait_gone(&[child], Duration::from_secs(5));
        assert_eq!(left, [0; 0], "killed: {kill}");
    }
    let _ = app.stop().await; // the crash was in hand
    Ok(())
}

/// Both lives of the asker ask the same worker first: with the same number.
#[baseapp::test]
async fn a_reply_to_an_old_life_is_not_given_to_the_next() -> Result<()> {
    let test = tests::test!();
    let gate = Gate::new()?;
    let mut app = App::new("old");
    let answers = app.worker("answers", Holder::default())?;
    let asks = app.worker("asks", Asker { whom: answers })?;
    let app = app.start().await?;
    let mut old = app.ask(&asks, AskFor(Some(gate.path())));
    assert!(poll_once(&mut old).await.is_pending());
    let held = gate.entered().await?;
    proc::kill(test.worker("asks").unwrap_or(0))?;
    assert!(matches!(old.await, Err(AskError::Interrupted { .. })));
    // Waits behind the one that is held, and has the number of that.
    let mut new = app.ask(&asks, AskFor(None));
    assert!(poll_once(&mut new).await.is_pending());
    held.release().await?;
    assert_eq!(new.await?, "the new one");
    app.stop().await
}

/// Ask the other one to wait at that gate; or to say something.
#[message(reply = String)]
struct AskFor(Option<String>);

/// Asks another worker.
#[worker]
struct Asker {
    whom: Address<Holder>,
}

#[worker]
impl Asker {
    #[handler(AskFor)]
    async fn ask_for(&mut self, AskFor(gate): AskFor, cx: &Context<Self>) -> Result<String> {
        match gate {
            Some(gate) => {
                cx.ask(&self.whom, Await(gate)).await?;
                Ok("the old one".into())
            }
            None => Ok(cx.ask(&self.whom, Echo("the new one".into())).await?),
        }
    }
}

#[test]
fn workers_live_on_when_the_thread_that_started_them_ends() -> Result<()> {
    let _test = tests::test!();
    let mut fixture = Fixture::start(env!("CARGO_BIN_EXE_fixture"), &["thread"])?;
    fixture.wait_for("started")?;
    let workers = fixture.workers();
    assert_eq!(workers.len(), 1);
    let gone = proc::wait_gone(&workers, Duration::from_millis(200));
    assert_eq!(gone, workers, "they live");
    fixture.signal(Signal::TERM)?;
    assert!(fixture.wait()?.status.success());
    Ok(())
}

#[test]
fn a_stop_while_a_worker_waits_to_be_started_again_starts_nobody() -> Result<()> {
    let _test = tests::test!();
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("lived");
    let mut fixture = Fixture::start(
        env!("CARGO_BIN_EXE_fixture"),
        &["flaky", &path.to_string_lossy()],
    )?;
    fixture.wait_for("dies again")?;
    let begun = Instant::now();
    fixture.signal(Signal::TERM)?;
    let ended = fixture.wait()?;
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    // The message in hand was lost.
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("as I was told"), "{}", ended.stderr);
    assert_eq!(fixture.files_left()?, [""; 0]);
    Ok(())
}
