//! A task that is not wanted any more.

use std::time::{Duration, Instant};

use baseapp::{Result, TaskError, prelude::*};
use tests::Test;

use super::puppet::hands;
use crate::common::twice;

twice!(
    a_task_that_waits_is_cancelled_at_once_and_never_runs,
    a_task_that_waits_for_its_time_is_cancelled_at_once,
    a_handler_that_holds_its_thread_can_see_that_it_is_cancelled,
    an_async_handler_is_woken_when_it_is_cancelled,
    a_handler_that_succeeds_all_the_same_has_its_reply_delivered,
    a_task_is_cancelled_by_its_id_too,
    cancelling_what_has_ended_says_so,
    a_task_that_waits_behind_another_in_its_worker_is_cancelled,
);

fn cancelled<R>(ended: &std::result::Result<R, TaskError>) -> bool {
    matches!(ended, Err(TaskError::Cancelled { .. }))
}

async fn a_task_that_waits_is_cancelled_at_once_and_never_runs(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let first = app.submit(&pool, stage.play("first")).await?;
    let puppet = stage.puppet().await?;
    let second = app.submit(&pool, stage.play("second")).await?;
    let third = app.submit(&pool, stage.play("third")).await?;
    assert!(second.cancel().await?);
    assert!(cancelled(&second.await));
    puppet.ends("ok").await?;
    assert_eq!(stage.puppet().await?.note, "third");
    assert_eq!((first.await?, third.await?), (1, 1));
    app.stop().await
}

async fn a_task_that_waits_for_its_time_is_cancelled_at_once(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let hour = Duration::from_secs(3600);
    let task = app.submit(&pool, stage.play("")).delay(hour).await?;
    assert!(task.cancel().await?);
    assert!(cancelled(&task.await));
    app.stop().await
}

async fn a_handler_that_holds_its_thread_can_see_that_it_is_cancelled(
    _: &Test,
    app: App,
) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let task = app.submit(&pool, stage.play("")).await?;
    let mut puppet = stage.puppet().await?;
    assert_eq!(puppet.does("cancelled?").await?, "false");
    assert!(task.cancel().await?);
    assert_eq!(puppet.does("until cancelled").await?, "cancelled");
    puppet.ends("fail it was cancelled").await?;
    assert!(cancelled(&task.await));
    // The next one is not.
    let task = app.submit(&pool, stage.play("")).await?;
    let mut next = stage.puppet().await?;
    assert_eq!(next.does("cancelled?").await?, "false");
    next.ends("ok").await?;
    task.await?;
    app.stop().await
}

async fn an_async_handler_is_woken_when_it_is_cancelled(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let task = app.submit(&pool, stage.play_async("")).await?;
    let mut puppet = stage.puppet().await?;
    assert!(task.cancel().await?);
    assert_eq!(puppet.does("until cancelled").await?, "cancelled");
    puppet.ends("fail it was cancelled").await?;
    assert!(cancelled(&task.await));
    app.stop().await
}

async fn a_handler_that_succeeds_all_the_same_has_its_reply_delivered(
    _: &Test,
    app: App,
) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let task = app.submit(&pool, stage.play("")).await?;
    let mut puppet = stage.puppet().await?;
    assert!(task.cancel().await?);
    puppet.does("until cancelled").await?;
    puppet.ends("ok").await?;
    assert_eq!(task.await?, 1);
    app.stop().await
}

async fn a_task_is_cancelled_by_its_id_too(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let _first = app.submit(&pool, stage.play("")).await?;
    let puppet = stage.puppet().await?;
    let task = app.submit(&pool, stage.play("")).await?;
    assert!(app.queue(&pool).cancel(task.id()).await?);
    assert!(cancelled(&task.await));
    puppet.ends("ok").await?;
    app.stop().await
}

async fn cancelling_what_has_ended_says_so(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let mut task = app.submit(&pool, stage.play("")).await?;
    stage.puppet().await?.ends("ok").await?;
    (&mut task).await?;
    assert!(!task.cancel().await?);
    app.stop().await
}

async fn a_task_that_waits_behind_another_in_its_worker_is_cancelled(
    _: &Test,
    app: App,
) -> Result<()> {
    let (app, pool, stage) = hands(app, PoolOptions::new(1).prefetch(3)).await?;
    let first = app.submit(&pool, stage.play("first")).await?;
    let puppet = stage.puppet().await?;
    let second = app.submit(&pool, stage.play("second")).await?;
    let third = app.submit(&pool, stage.play("third")).await?;
    assert!(second.cancel().await?);
    puppet.ends("ok").await?;
    let mut puppet = stage.puppet().await?;
    if puppet.note == "second" {
        // It was begun before its worker heard of it: then it is told.
        assert_eq!(puppet.does("until cancelled").await?, "cancelled");
        puppet.ends("fail it was cancelled").await?;
        puppet = stage.puppet().await?;
    }
    assert_eq!(puppet.note, "third");
    assert!(cancelled(&second.await));
    puppet.ends("ok").await?;
    assert_eq!((first.await?, third.await?), (1, 1));
    app.stop().await
}

#[baseapp::test]
async fn a_handler_that_does_not_listen_is_killed_after_the_grace() -> Result<()> {
    let _test = tests::test!();
    let grace = Duration::from_millis(100);
    let app = App::new("cancel");
    let (app, pool, stage) = hands(app, PoolOptions::new(1).grace(grace)).await?;
    let task = app.submit(&pool, stage.play("")).await?;
    let mut puppet = stage.puppet().await?;
    let start = Instant::now();
    assert!(task.cancel().await?);
    puppet.is_gone().await?;
    assert!(start.elapsed() >= grace, "{:?}", start.elapsed());
    assert!(cancelled(&task.await), "and not tried again");
    // Another worker has taken the place of the one that was killed.
    let next = app.submit(&pool, stage.play("")).await?;
    let other = stage.puppet().await?;
    assert_ne!(other.pid, puppet.pid);
    other.ends("ok").await?;
    next.await?;
    app.stop().await
}
