//! An attempt takes no longer than its timeout, unless it asks for more.

use std::time::{Duration, Instant};

use baseapp::{DeadReason, Result, TaskError, prelude::*};
use tests::Test;

use super::puppet::hands;
use crate::common::twice;

const SHORT: Duration = Duration::from_millis(100);
const LONG: Duration = Duration::from_secs(600);

twice!(
    an_async_handler_that_takes_too_long_is_told_and_may_end_in_time,
    a_handler_that_asks_for_more_time_gets_it,
    a_task_without_a_timeout_has_none_after_it_asked_for_more_time_either,
    time_that_a_task_waits_in_its_worker_is_not_its_own,
);

async fn an_async_handler_that_takes_too_long_is_told_and_may_end_in_time(
    _: &Test,
    app: App,
) -> Result<()> {
    let (app, pool, stage) = hands(app, PoolOptions::new(1).grace(LONG)).await?;
    let task = app.submit(&pool, stage.play_async("")).timeout(SHORT);
    let task = task.attempts(2).await?;
    let mut puppet = stage.puppet().await?;
    assert_eq!(puppet.does("until cancelled").await?, "cancelled");
    puppet.ends("fail too slow").await?;
    // Tried again, as after any failure.
    let mut puppet = stage.puppet().await?;
    assert_eq!(puppet.attempt, 2);
    assert_eq!(puppet.does("until cancelled").await?, "cancelled");
    puppet.ends("ok").await?;
    assert_eq!(task.await?, 2, "what is done is done");
    app.stop().await
}

#[baseapp::test]
async fn a_handler_that_blocks_is_killed_after_timeout_and_grace_and_tried_again() -> Result<()> {
    let _test = tests::test!();
    let app = App::new("timeouts");
    let (app, pool, stage) = hands(app, PoolOptions::new(1).grace(SHORT)).await?;
    let start = Instant::now();
    let task = app.submit(&pool, stage.play("")).timeout(SHORT);
    let task = task.attempts(2).await?;
    let mut first = stage.puppet().await?;
    first.is_gone().await?;
    assert!(start.elapsed() >= 2 * SHORT, "{:?}", start.elapsed());
    let mut second = stage.puppet().await?;
    assert_eq!(second.attempt, 2);
    assert_ne!(second.pid, first.pid);
    second.is_gone().await?;
    match task.await {
        Err(TaskError::Dead {
            reason: DeadReason::Exhausted,
            attempts: 2,
            error,
            ..
        }) => assert!(error.contains("longer than its timeout"), "{error}"),
        ended => panic!("{ended:?}"),
    }
    app.stop().await
}

async fn a_handler_that_asks_for_more_time_gets_it(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let second = Duration::from_secs(1);
    let task = app.submit(&pool, stage.play("")).timeout(second).await?;
    let mut puppet = stage.puppet().await?;
    puppet.does("extend 600000").await?;
    // Nothing tells that a time has passed in which nothing happened.
    tokio::time::sleep(second + SHORT).await;
    assert_eq!(puppet.does("cancelled?").await?, "false");
    // As much from now on, instead of what is left.
    puppet.does("extend 10").await?;
    assert_eq!(puppet.does("until cancelled").await?, "cancelled");
    puppet.ends("ok").await?;
    task.await?;
    app.stop().await
}

async fn a_task_without_a_timeout_has_none_after_it_asked_for_more_time_either(
    _: &Test,
    app: App,
) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let task = app.submit(&pool, stage.play("")).await?;
    let mut puppet = stage.puppet().await?;
    puppet.does("extend 1").await?;
    tokio::time::sleep(2 * SHORT).await;
    assert_eq!(puppet.does("cancelled?").await?, "false");
    puppet.ends("ok").await?;
    task.await?;
    app.stop().await
}

async fn time_that_a_task_waits_in_its_worker_is_not_its_own(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, PoolOptions::new(1).prefetch(2)).await?;
    let first = app.submit(&pool, stage.play("")).await?;
    let puppet = stage.puppet().await?;
    let second = Duration::from_secs(1);
    let task = app.submit(&pool, stage.play("")).timeout(second).await?;
    tokio::time::sleep(second + SHORT).await;
    puppet.ends("ok").await?;
    let mut puppet = stage.puppet().await?;
    assert_eq!(puppet.does("cancelled?").await?, "false");
    puppet.ends("ok").await?;
    assert_eq!((first.await?, task.await?), (1, 1));
    app.stop().await
}
