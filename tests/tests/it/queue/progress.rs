//! How far a task is, told to who waits for it.

use baseapp::{Result, TaskError, TaskState, prelude::*};
use tests::Test;

use super::puppet::hands;
use crate::common::twice;

twice!(
    progress_arrives_in_order_and_ends_with_the_task,
    progress_of_another_type_is_a_clear_error,
    who_is_behind_with_reading_sees_the_newest,
    several_may_watch_a_task,
    the_state_of_a_task_is_told,
);

async fn progress_arrives_in_order_and_ends_with_the_task(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let task = app.submit(&pool, stage.play("")).await?;
    let mut progress = task.progress::<u64>();
    let mut puppet = stage.puppet().await?;
    puppet.does("progress 1").await?;
    assert_eq!(progress.next().await, Some(Ok(1)), "while it runs");
    puppet.does("progress 2").await?;
    puppet.does("progress 3").await?;
    puppet.ends("ok").await?;
    assert_eq!(task.await?, 1);
    assert_eq!(progress.next().await, Some(Ok(2)));
    assert_eq!(progress.next().await, Some(Ok(3)));
    assert_eq!(progress.next().await, None);
    app.stop().await
}

async fn progress_of_another_type_is_a_clear_error(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let task = app.submit(&pool, stage.play("")).await?;
    let mut progress = task.progress::<f32>();
    let mut puppet = stage.puppet().await?;
    puppet.does("progress 1").await?;
    let Some(Err(error)) = progress.next().await else {
        panic!("understood")
    };
    let text = error.to_string();
    assert!(matches!(error, TaskError::Codec { .. }), "{error:?}");
    assert!(
        text.contains("its progress is a `u64`, not a `f32`"),
        "{text}"
    );
    puppet.ends("ok").await?;
    assert_eq!(task.await?, 1, "the reply is another matter");
    app.stop().await
}

async fn who_is_behind_with_reading_sees_the_newest(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let mut task = app.submit(&pool, stage.play("")).await?;
    let mut progress = task.progress::<u64>();
    let mut puppet = stage.puppet().await?;
    for number in 0..1000 {
        puppet.does(&format!("progress {number}")).await?;
    }
    puppet.ends("ok").await?;
    (&mut task).await?;
    let mut seen = Vec::new();
    while let Some(number) = progress.next().await {
        seen.push(number?);
    }
    assert!(seen.len() <= 64, "{} are kept", seen.len());
    assert_eq!(seen.last(), Some(&999));
    assert!(seen.is_sorted(), "{seen:?}");
    app.stop().await
}

async fn several_may_watch_a_task(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let task = app.submit(&pool, stage.play("")).await?;
    let again = app
        .queue(&pool)
        .task::<super::puppet::Play>(task.id())
        .await?;
    let (mut one, mut other) = (task.progress::<u64>(), again.progress::<u64>());
    let mut puppet = stage.puppet().await?;
    puppet.does("progress 7").await?;
    assert_eq!(one.next().await, Some(Ok(7)));
    assert_eq!(other.next().await, Some(Ok(7)));
    puppet.ends("ok").await?;
    assert_eq!((task.await?, again.await?), (1, 1));
    app.stop().await
}

async fn the_state_of_a_task_is_told(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let mut first = app.submit(&pool, stage.play("")).await?;
    let puppet = stage.puppet().await?;
    let second = app.submit(&pool, stage.play("")).await?;
    assert_eq!(first.state().await?, TaskState::Running { attempt: 1 });
    assert_eq!(second.state().await?, TaskState::Waiting);
    let stats = app.queue(&pool).stats().await?;
    assert_eq!((stats.running, stats.waiting), (1, 1));
    puppet.ends("ok").await?;
    (&mut first).await?;
    stage.puppet().await?.ends("reject it").await?;
    let id = second.id();
    assert!(second.await.is_err());
    let stats = app.queue(&pool).stats().await?;
    assert_eq!((stats.done, stats.dead), (1, 1));
    let dead = app.queue(&pool).dead().await?;
    assert_eq!(dead.first().map(|letter| letter.id), Some(id));
    app.stop().await
}
