//! A queue that is full.

use std::time::Duration;

use baseapp::{Result, RunningApp, SendErrorKind, Task, prelude::*};
use tests::{Test, poll_once};

use super::puppet::{Hand, Puppet, Stage, hands};
use crate::common::twice;

twice!(
    a_full_queue_gives_the_message_back_to_who_does_not_wait,
    who_submits_waits_for_room,
    who_waits_longer_than_he_has_patience_has_his_message_back,
    more_than_the_queue_ever_holds_is_refused_at_once,
    several_find_room_together_or_not_at_all,
    a_handler_may_submit_to_its_own_full_pool_up_to_as_much_again,
);

/// A pool of one whose queue holds two, both taken; one of them runs.
async fn full(app: App) -> Result<(RunningApp, Pool<Hand>, Stage, Puppet, Vec<Task<u32>>)> {
    let (app, pool, stage) = hands(app, PoolOptions::new(1).capacity(2)).await?;
    let plays = [stage.play("one"), stage.play("two")];
    let tasks = app.submit_all(&pool, plays).await?;
    let puppet = stage.puppet().await?;
    Ok((app, pool, stage, puppet, tasks))
}

async fn finish(app: RunningApp, stage: &Stage, tasks: Vec<Task<u32>>) -> Result<()> {
    for _ in &tasks {
        stage.puppet().await?.ends("ok").await?;
    }
    for task in tasks {
        task.await?;
    }
    app.stop().await
}

async fn a_full_queue_gives_the_message_back_to_who_does_not_wait(
    _: &Test,
    app: App,
) -> Result<()> {
    let (app, pool, stage, puppet, mut tasks) = full(app).await?;
    let Err(error) = app.try_submit(&pool, stage.play("three")).await else {
        panic!("accepted")
    };
    assert!(matches!(error.kind, SendErrorKind::Full), "{error}");
    assert_eq!((&*error.message.note, &*error.to), ("three", "hands"));
    puppet.ends("ok").await?;
    tasks.remove(0).await?;
    tasks.push(app.try_submit(&pool, error.message).await?);
    finish(app, &stage, tasks).await
}

async fn who_submits_waits_for_room(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage, puppet, mut tasks) = full(app).await?;
    let mut third = app.submit(&pool, stage.play("three"));
    let mut fourth = app.submit(&pool, stage.play("four"));
    assert!(poll_once(&mut third).await.is_pending());
    assert!(poll_once(&mut fourth).await.is_pending());
    // The answer to a question that came later: they wait there by now.
    let stats = app.queue(&pool).stats().await?;
    assert_eq!((stats.running, stats.waiting), (1, 1));
    assert!(poll_once(&mut third).await.is_pending());
    puppet.ends("ok").await?;
    tasks.push(third.await?);
    let puppet = stage.puppet().await?;
    assert_eq!(puppet.note, "two");
    assert!(poll_once(&mut fourth).await.is_pending());
    puppet.ends("ok").await?;
    tasks.push(fourth.await?);
    for task in tasks.drain(..2) {
        task.await?;
    }
    finish(app, &stage, tasks).await
}

async fn who_waits_longer_than_he_has_patience_has_his_message_back(
    _: &Test,
    app: App,
) -> Result<()> {
    let (app, pool, stage, puppet, mut tasks) = full(app).await?;
    let third = app.submit(&pool, stage.play("three"));
    let Err(error) = third.patience(Duration::from_millis(50)).await else {
        panic!("accepted")
    };
    assert!(matches!(error.kind, SendErrorKind::Full), "{error}");
    assert_eq!(error.message.note, "three");
    puppet.ends("ok").await?;
    tasks.remove(0).await?;
    finish(app, &stage, tasks).await
}

async fn more_than_the_queue_ever_holds_is_refused_at_once(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, PoolOptions::new(1).capacity(2)).await?;
    let plays = ["one", "two", "three"].map(|note| stage.play(note));
    let Err(error) = app.submit_all(&pool, plays).await else {
        panic!("accepted")
    };
    assert!(
        matches!(error.kind, SendErrorKind::TooMany { capacity: 2 }),
        "{error}"
    );
    assert_eq!(error.message.len(), 3);
    let stats = app.queue(&pool).stats().await?;
    assert_eq!((stats.running, stats.waiting), (0, 0), "none of them");
    app.stop().await
}

async fn several_find_room_together_or_not_at_all(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage, puppet, mut tasks) = full(app).await?;
    let mut both = app.submit_all(&pool, [stage.play("three"), stage.play("four")]);
    assert!(poll_once(&mut both).await.is_pending());
    puppet.ends("ok").await?;
    tasks.remove(0).await?;
    // Room for one of them is not enough.
    let puppet = stage.puppet().await?;
    assert_eq!(app.queue(&pool).stats().await?.waiting, 0);
    assert!(poll_once(&mut both).await.is_pending());
    puppet.ends("ok").await?;
    tasks.remove(0).await?;
    tasks.extend(both.await?);
    finish(app, &stage, tasks).await
}

async fn a_handler_may_submit_to_its_own_full_pool_up_to_as_much_again(
    _: &Test,
    app: App,
) -> Result<()> {
    let (app, pool, stage) = hands(app, PoolOptions::new(1).capacity(1)).await?;
    let parent = app.submit(&pool, stage.play_async("parent")).await?;
    let mut puppet = stage.puppet().await?;
    assert!(app.try_submit(&pool, stage.play("")).await.is_err(), "full");
    // Or it would wait for itself.
    assert_eq!(puppet.does("submit hands one").await?, "accepted");
    let refused = puppet.does("submit hands two").await?;
    assert!(refused.contains("behind"), "{refused}");
    puppet.ends("ok").await?;
    assert_eq!(parent.await?, 1);
    let child = stage.puppet().await?;
    assert_eq!(child.note, "one");
    child.ends("ok").await?;
    app.stop().await
}
