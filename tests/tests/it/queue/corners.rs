//! Corners in which tasks were lost, or somebody waited for ever.

use std::time::Duration;

use baseapp::{Result, SendErrorKind, TaskError, prelude::*};

use super::puppet::hands;

/// Do something, and panic if the number is divisible by three and this is the
/// first attempt.
#[message(reply = u32, backoff = "1ms")]
struct Stumble(u32);

/// A long message, which is rejected.
#[message(reply = (), attempts = 1)]
struct Long(String);

/// Submits to that pool, a task that is due in an hour, and awaits it.
#[message]
struct Await;

#[worker]
struct Walker;

#[worker]
impl Walker {
    #[handler(Stumble)]
    fn stumble(&mut self, Stumble(number): Stumble, cx: &Context<Self>) -> u32 {
        let first = cx.task().attempt() == 1;
        assert!(!(first && number.is_multiple_of(3)), "stumbled");
        number
    }

    #[handler(Long)]
    fn long(&mut self, _: Long) -> Result<()> {
        Err(Task::reject("too long, ".repeat(100)))
    }

    #[handler(Await)]
    async fn wait(&mut self, _: Await, cx: &Context<Self>) -> Result<()> {
        let hour = Duration::from_secs(3600);
        let task = cx.submit("walkers", Stumble(1)).delay(hour).await?;
        match task.await {
            Err(TaskError::Kept { .. }) => Ok(()),
            other => Err(baseapp::Error::msg(format!("{other:?}"))),
        }
    }
}

/// A worker is there again before the end of the one before it was noticed, as
/// threads are that start at once.
#[baseapp::test]
async fn workers_that_are_replaced_quickly_lose_no_task() -> Result<()> {
    let _test = tests::test!();
    let mut app = App::new("walkers").in_process();
    let walkers = app.pool("walkers", Walker, 1..=6)?;
    let app = app.start().await?;
    let tasks = app.submit_all(&walkers, (0..900).map(Stumble)).await?;
    for (number, task) in (0..).zip(tasks) {
        assert_eq!(task.await?, number);
    }
    app.stop().await
}

#[baseapp::test]
async fn a_dead_letter_that_is_too_long_to_be_told_is_refused() -> Result<()> {
    let _test = tests::test!();
    let mut app = App::new("walkers");
    let walkers = app.pool("walkers", Walker, 1)?;
    let app = app.start().await?;
    let longest = "x".repeat((64 << 20) - 200);
    let task = app.submit::<Long>(&walkers, Long(longest)).await?;
    let id = task.id();
    assert!(task.await.is_err());
    let letter = app.queue(&walkers).dead_letter::<Long>(id).await;
    let told = letter.err().map(|error| error.to_string());
    assert!(
        told.as_ref().is_some_and(|told| told.contains("67108864")),
        "{told:?}"
    );
    app.stop().await
}

/// Neither who awaits a task that is kept for the next run, nor who waits for
/// room, holds up the stop.
#[baseapp::test]
async fn nobody_waits_for_what_the_next_run_does() -> Result<()> {
    let _test = tests::test!();
    let dir = tempfile::tempdir()?;
    let mut app = App::new("walkers").durable(dir.path().join("queue"));
    let walkers = app.pool("walkers", Walker, 1)?;
    let hour = Duration::from_secs(3600);
    let app = app.grace(hour / 2).start().await?;
    let waiting = app.submit::<Await>(&walkers, Await).await?;
    let kept = app.submit(&walkers, Stumble(2)).delay(hour).await?;
    while app.queue(&walkers).stats().await?.delayed < 2 {
        tokio::task::yield_now().await;
    }
    app.stop().await?;
    assert_eq!(waiting.await, Ok(()));
    assert!(matches!(kept.await, Err(TaskError::Kept { .. })));
    Ok(())
}

#[baseapp::test]
async fn who_waits_for_room_does_not_hold_up_the_stop() -> Result<()> {
    let _test = tests::test!();
    let dir = tempfile::tempdir()?;
    let app = App::new("full").durable(dir.path().join("queue"));
    let hour = Duration::from_secs(3600);
    let (app, pool, stage) = hands(app.grace(hour), PoolOptions::new(1).capacity(1)).await?;
    let running = app.submit(&pool, stage.play("runs")).await?;
    let puppet = stage.puppet().await?;
    let mut parked = Box::pin(app.submit(&pool, stage.play("waits")).patience(hour));
    assert!(tests::poll_once(&mut parked).await.is_pending());
    // Heard in the order in which it was said.
    app.queue(&pool).stats().await?;
    let stopped = async {
        let refused = parked.await;
        let full = |kind: &SendErrorKind| matches!(kind, SendErrorKind::Full);
        assert!(refused.is_err_and(|error| full(&error.kind)));
        puppet.ends("ok").await
    };
    let (stop, stopped) = tokio::join!(app.stop(), stopped);
    stopped?;
    stop?;
    drop(running);
    Ok(())
}
