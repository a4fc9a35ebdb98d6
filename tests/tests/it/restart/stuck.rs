//! Workers that do not move are found, and started again.

use std::time::{Duration, Instant};

use baseapp::{AskError, Result, Supervision, prelude::*};
use tests::{Gate, poll_once, proc};

use crate::common::{Echo, Hold, Holder, Pid};

/// How long a worker may be stuck in these tests.
const HANG: Duration = Duration::from_millis(300);

/// Wait at the gate, and not for long.
#[message(reply = ())]
struct Brief(String);

/// Wait at the gate without holding the thread.
#[message(reply = ())]
struct Asleep(String);

/// Has a handler that may take 300 ms, and one that may take as long as it likes.
#[worker]
struct Limited;

#[worker]
impl Limited {
    #[handler(Brief, timeout = "300ms")]
    fn brief(&mut self, Brief(gate): Brief) -> std::io::Result<()> {
        tests::pass(&gate)
    }

    #[handler(Asleep, timeout = "300ms")]
    async fn asleep(&mut self, Asleep(gate): Asleep) -> std::io::Result<()> {
        tests::pass_async(&gate).await
    }

    #[handler(Hold)]
    fn hold(&mut self, Hold(gate): Hold) -> std::io::Result<()> {
        tests::pass(&gate)
    }

    #[handler(Pid)]
    fn pid(&self, _: Pid) -> u32 {
        std::process::id()
    }
}

/// Something long.
#[message(reply = String)]
struct Long;

#[worker]
struct Teller;

#[worker]
impl Teller {
    #[handler(Long)]
    fn long(&self, _: Long) -> String {
        "x".repeat(1 << 20)
    }

    #[handler(Pid)]
    fn pid(&self, _: Pid) -> u32 {
        std::process::id()
    }
}

/// Ask that one for something long, again and again, and read nothing of it before the
/// gate is passed.
#[message(reply = usize)]
struct Hoard(Address<Teller>, String);

#[worker]
struct Miser;

#[worker]
impl Miser {
    #[handler(Hoard)]
    async fn hoard(&mut self, Hoard(teller, gate): Hoard, cx: &Context<Self>) -> Result<usize> {
        // Who blocks makes no connection: there is to be one.
        cx.ask::<Pid>(&teller, Pid).await?;
        let mut asks: Vec<_> = (0..12).map(|_| cx.ask::<Long>(&teller, Long)).collect();
        for ask in &mut asks {
            assert!(poll_once(ask).await.is_pending());
        }
        tests::pass(&gate)?;
        let mut told = 0;
        for ask in asks {
            told += ask.await?.len();
        }
        Ok(told)
    }
}

fn is_stuck<M>(asked: Result<(), AskError<M>>) -> bool {
    matches!(asked, Err(AskError::Interrupted { how, .. }) if how.starts_with("stuck for "))
}

#[baseapp::test]
async fn a_handler_that_never_ends_is_ended_after_the_hang() -> Result<()> {
    let _test = tests::test!();
    let gate = Gate::new()?;
    let mut app = App::new("hang");
    let holder = app.worker("holder", Holder::default())?;
    app.supervise(&holder, Supervision::new().hang(HANG));
    let app = app.start().await?;
    let pid = app.ask(&holder, Pid).await?;
    let begun = Instant::now();
    let asked = app.ask(&holder, Hold(gate.path())).await;
    assert!(begun.elapsed() >= HANG, "{:?}", begun.elapsed());
    assert!(is_stuck(asked));
    assert_ne!(app.ask(&holder, Pid).await?, pid);
    app.stop().await
}

#[baseapp::test]
async fn a_worker_that_is_stopped_by_a_signal_is_found_busy_or_idle() -> Result<()> {
    let _test = tests::test!();
    let mut app = App::new("stopped");
    let holder = app.worker("holder", Holder::default())?;
    app.supervise(&holder, Supervision::new().hang(HANG));
    let app = app.start().await?;
    for _ in 0..2 {
        let pid = app.ask(&holder, Pid).await?;
        proc::stop(pid)?;
        // Never begun, so its next life answers.
        let said = app.ask(&holder, Echo("still there?".into())).await?;
        assert_eq!(said, "still there?");
        assert_ne!(app.ask(&holder, Pid).await?, pid);
    }
    app.stop().await
}

#[baseapp::test]
async fn a_handler_with_a_timeout_is_stuck_after_that_and_others_are_not() -> Result<()> {
    let _test = tests::test!();
    let gate = Gate::new()?;
    let mut app = App::new("timeout");
    let limited = app.worker("limited", Limited)?;
    let app = app.start().await?;
    let pid = app.ask(&limited, Pid).await?;
    assert!(is_stuck(app.ask(&limited, Brief(gate.path())).await));
    assert!(is_stuck(app.ask(&limited, Asleep(gate.path())).await));
    let pid = (app.ask(&limited, Pid).await? != pid).then_some(());
    assert!(pid.is_some(), "it was started again");

    // The two that were killed have been at the gate.
    drop((gate.entered().await?, gate.entered().await?));
    let pid = app.ask(&limited, Pid).await?;
    let mut hold = app
        .ask(&limited, Hold(gate.path()))
        .timeout(Duration::from_secs(30));
    assert!(poll_once(&mut hold).await.is_pending());
    let held = gate.entered().await?;
    tokio::time::sleep(3 * HANG).await; // what is tested is that nothing happens
    held.release().await?;
    hold.await?;
    assert_eq!(app.ask(&limited, Pid).await?, pid);
    app.stop().await
}

/// It has handled what was asked, and cannot go on before the asker reads.
#[baseapp::test]
async fn who_waits_for_its_asker_to_read_is_not_stuck() -> Result<()> {
    let _test = tests::test!();
    let gate = Gate::new()?;
    let mut app = App::new("unread");
    let teller = app.worker("teller", Teller)?;
    app.supervise(&teller, Supervision::new().hang(HANG));
    let miser = app.worker("miser", Miser)?;
    let app = app.start().await?;
    let pid = app.ask(&teller, Pid).await?;
    let hoard = Hoard(teller.clone(), gate.path());
    let mut hoard = app.ask(&miser, hoard).timeout(Duration::from_secs(30));
    assert!(poll_once(&mut hoard).await.is_pending());
    let held = gate.entered().await?;
    tokio::time::sleep(4 * HANG).await; // what is tested is that nothing happens
    held.release().await?;
    assert_eq!(hoard.await?, 12 << 20);
    assert_eq!(app.ask(&teller, Pid).await?, pid);
    app.stop().await
}
