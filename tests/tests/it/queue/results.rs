//! Results reach who waits for them, whoever that is.

use std::time::Duration;

use baseapp::{Result, TaskError, TaskState, prelude::*};
use tests::Test;

use super::puppet::{Hand, Play, Stage, hands};
use crate::common::twice;

twice!(
    the_result_and_the_progress_reach_a_worker_that_has_submitted,
    a_task_submitted_by_a_worker_is_found_by_its_id,
    a_task_may_be_dropped_and_runs_all_the_same,
    an_id_that_is_not_known_is_an_error,
);

/// Submit that task, and tell its progress and its reply.
#[message(reply = (u64, u32))]
struct Delegate(String);

#[worker]
struct Boss {
    hands: Pool<Hand>,
}

#[worker]
impl Boss {
    #[handler(Delegate)]
    async fn delegate(
        &mut self,
        Delegate(stage): Delegate,
        cx: &Context<Self>,
    ) -> Result<(u64, u32)> {
        let note = "of the boss".to_owned();
        let task = cx.submit(&self.hands, Play { stage, note }).await?;
        let mut progress = task.progress::<u64>();
        let first = progress.next().await.unwrap_or(Ok(0))?;
        Ok((first, task.await?))
    }
}

async fn the_result_and_the_progress_reach_a_worker_that_has_submitted(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let hands = app.pool("hands", Hand, 1)?;
    let boss = app.worker("boss", Boss { hands })?;
    let app = app.start().await?;
    let stage = Stage::new()?;
    let asked = app.ask(&boss, Delegate(stage.path()));
    let (asked, played) = tokio::join!(asked, async {
        let mut puppet = stage.puppet().await?;
        assert_eq!(puppet.note, "of the boss");
        puppet.does("progress 5").await?;
        puppet.ends("ok").await
    });
    played?;
    assert_eq!(asked?, (5, 1));
    app.stop().await
}

async fn a_task_submitted_by_a_worker_is_found_by_its_id(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 2).await?;
    let parent = app.submit(&pool, stage.play_async("parent")).await?;
    let mut puppet = stage.puppet().await?;
    assert_eq!(puppet.does("submit hands child").await?, "accepted");
    let child = stage.puppet().await?;
    let Some(id) = child.id else {
        panic!("no task")
    };
    let found = app.queue(&pool).task::<Play>(id).await?;
    assert_eq!(found.state().await?, TaskState::Running { attempt: 1 });
    child.ends("ok").await?;
    assert_eq!(found.await?, 1);
    puppet.ends("ok").await?;
    parent.await?;
    app.stop().await
}

async fn a_task_may_be_dropped_and_runs_all_the_same(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    drop(app.submit(&pool, stage.play("")).await?);
    stage.puppet().await?.ends("fail busy").await?;
    let puppet = stage.puppet().await?;
    assert_eq!(puppet.attempt, 2);
    puppet.ends("ok").await?;
    app.stop().await
}

async fn an_id_that_is_not_known_is_an_error(_: &Test, app: App) -> Result<()> {
    let (app, pool, _stage) = hands(app, 1).await?;
    let id = "0192f0c1-2a3b-7c4d-8e5f-0123456789ab".parse()?;
    let found = app.queue(&pool).task::<Play>(id).await;
    assert!(matches!(found, Err(TaskError::Unknown { .. })), "{found:?}");
    app.stop().await
}

#[baseapp::test]
async fn the_result_is_kept_for_its_time_if_the_submitter_has_died() -> Result<()> {
    let _test = tests::test!();
    let retention = Duration::from_secs(1);
    let mut app = App::new("results");
    let hands = app.pool("hands", Hand, PoolOptions::new(1).retention(retention))?;
    let bosses = app.pool("bosses", Hand, 1)?;
    let app = app.start().await?;
    let stage = Stage::new()?;
    let parent = app.submit(&bosses, stage.play_async("")).await?;
    let mut boss = stage.puppet().await?;
    assert_eq!(boss.does("submit hands child").await?, "accepted");
    let child = stage.puppet().await?;
    let Some(id) = child.id else {
        panic!("no task")
    };
    boss.ends("kill").await?;
    // Who is tried again is known to be dead.
    let boss = stage.puppet().await?;
    assert_eq!(boss.attempt, 2);
    child.ends("ok").await?;
    let queue = app.queue(&hands);
    // It ends a moment after its handler.
    while queue.stats().await?.done == 0 {}
    let found = queue.task::<Play>(id).await?;
    assert_eq!(found.state().await?, TaskState::Done);
    assert_eq!(found.await?, 1);
    boss.ends("ok").await?;
    parent.await?;
    tokio::time::sleep(retention).await;
    loop {
        match queue.task::<Play>(id).await {
            Ok(_) => {} // any time now
            Err(TaskError::Unknown { .. }) => break,
            Err(error) => return Err(error.into()),
        }
    }
    app.stop().await
}
