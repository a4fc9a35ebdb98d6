//! A task is tried again when it failed, but not when it was rejected.

use std::time::Duration;

use baseapp::{DeadReason, Error, Result, TaskError, TaskState, prelude::*};
use tests::Test;

use super::puppet::hands;
use crate::common::twice;

twice!(
    a_task_that_fails_is_tried_again_until_it_succeeds,
    a_task_whose_attempts_are_used_up_is_dead_with_its_last_error,
    a_call_may_say_how_often_it_is_tried,
    a_rejected_task_is_not_tried_again,
    a_snoozed_task_comes_again_and_uses_up_no_attempt,
    before_the_next_attempt_there_is_a_pause_that_doubles,
    a_handler_that_runs_no_task_has_none,
);

async fn a_task_that_fails_is_tried_again_until_it_succeeds(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 2).await?;
    let task = app
        .submit::<super::puppet::Play>(&pool, stage.play(""))
        .await?;
    for attempt in 1..=2 {
        let puppet = stage.puppet().await?;
        assert_eq!((puppet.attempt, puppet.id), (attempt, Some(task.id())));
        puppet.ends("fail busy").await?;
    }
    stage.puppet().await?.ends("ok").await?;
    assert_eq!(task.await?, 3, "the attempt that succeeded");
    assert_eq!(app.queue(&pool).stats().await?.retried, 2);
    app.stop().await
}

async fn a_task_whose_attempts_are_used_up_is_dead_with_its_last_error(
    _: &Test,
    app: App,
) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let task = app.submit(&pool, stage.play("")).await?;
    let id = task.id();
    for error in ["fail one", "fail two", "fail three"] {
        stage.puppet().await?.ends(error).await?;
    }
    let dead = TaskError::Dead {
        id,
        reason: DeadReason::Exhausted,
        attempts: 3,
        error: "three".into(),
    };
    assert_eq!(task.await, Err(dead));
    app.stop().await
}

async fn a_call_may_say_how_often_it_is_tried(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let task = app.submit(&pool, stage.play("")).attempts(1).await?;
    stage.puppet().await?.ends("fail once").await?;
    let ended = task.await;
    assert!(
        matches!(ended, Err(TaskError::Dead { attempts: 1, .. })),
        "{ended:?}"
    );
    app.stop().await
}

async fn a_rejected_task_is_not_tried_again(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let task = app.submit(&pool, stage.play("")).await?;
    stage.puppet().await?.ends("reject no image").await?;
    match task.await {
        Err(TaskError::Dead {
            reason: DeadReason::Rejected,
            attempts: 1,
            error,
            ..
        }) => assert_eq!(error, "no image"),
        ended => panic!("{ended:?}"),
    }
    app.stop().await
}

async fn a_snoozed_task_comes_again_and_uses_up_no_attempt(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let mut task = app.submit(&pool, stage.play("")).attempts(1).await?;
    for attempt in 1..=4 {
        let puppet = stage.puppet().await?;
        assert_eq!(puppet.attempt, attempt);
        puppet.ends("snooze 10").await?;
    }
    stage.puppet().await?.ends("ok").await?;
    assert_eq!((&mut task).await?, 5);

    let task = app.submit(&pool, stage.play("")).await?;
    stage.puppet().await?.ends("snooze 3600000").await?;
    // It is told when the handler's word has arrived.
    let delay = loop {
        if let TaskState::Delayed(delay) = task.state().await? {
            break delay;
        }
    };
    assert!(delay > Duration::from_secs(3000), "{delay:?}");
    assert!(task.cancel().await?);
    app.stop().await
}

/// Fails, until it was tried so often.
#[message(reply = u32, attempts = 10, backoff = "40ms..100ms")]
struct Flaky(u32);

#[worker]
struct Clerk;

#[worker]
impl Clerk {
    #[handler(Flaky)]
    fn flaky(&mut self, Flaky(wanted): Flaky, cx: &Context<Self>) -> Result<u32> {
        match cx.task().attempt() {
            attempt if attempt == wanted => Ok(attempt),
            _ => Err(Error::msg("not yet")),
        }
    }

    #[handler(crate::common::Pid)]
    fn pid(&self, _: crate::common::Pid, cx: &Context<Self>) -> u32 {
        let task = cx.task();
        task.progress("nobody hears it");
        task.extend(Duration::from_secs(1));
        assert!(task.id().is_none() && !task.is_cancelled());
        task.attempt()
    }
}

async fn before_the_next_attempt_there_is_a_pause_that_doubles(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let clerks = app.pool("clerks", Clerk, 1)?;
    let app = app.start().await?;
    let start = std::time::Instant::now();
    let task = app.submit::<Flaky>(&clerks, Flaky(4)).await?;
    assert_eq!(task.await?, 4);
    // At least half of each: 40, 80 and 100 ms.
    let least = Duration::from_millis(20 + 40 + 50);
    assert!(start.elapsed() >= least, "{:?}", start.elapsed());
    app.stop().await
}

async fn a_handler_that_runs_no_task_has_none(_: &Test, mut app: App) -> Result<()> {
    let clerk = app.worker("clerk", Clerk)?;
    let app = app.start().await?;
    assert_eq!(app.ask(&clerk, crate::common::Pid).await?, 1);
    app.stop().await
}
