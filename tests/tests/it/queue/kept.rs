//! A queue in a file outlives its app, however that ended.

use std::{path::Path, time::Duration};

use baseapp::{DeadReason, Result, RunningApp, StartError, TaskError, TaskState, prelude::*};

use super::puppet::{Hand, Play, PlayAsync, Stage};

const HOUR: Duration = Duration::from_secs(3600);

/// A run of the same program, with a pool of so many.
async fn run(file: &Path, size: impl Into<PoolOptions>) -> Result<(RunningApp, Pool<Hand>)> {
    let mut app = App::new("kept").durable(file);
    let pool = app.pool("hands", Hand, size)?;
    Ok((app.start().await?, pool))
}

/// A stage that outlives the runs, and a file.
fn begin() -> Result<(tempfile::TempDir, std::path::PathBuf, Stage)> {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("queue");
    Ok((dir, file, Stage::new()?))
}

#[baseapp::test]
async fn what_ran_runs_again_and_what_waited_runs_in_its_order() -> Result<()> {
    let _test = tests::test!();
    let (_dir, file, stage) = begin()?;
    let (app, pool) = run(&file, 1).await?;
    let plays = ["a", "b", "c"].map(|note| stage.play(note));
    let tasks = app.submit_all(&pool, plays).await?;
    let ids: Vec<_> = tasks.iter().map(Task::id).collect();
    let mut running = stage.puppet().await?;
    assert_eq!((&*running.note, running.attempt), ("a", 1));
    // Everybody is killed.
    drop(app);
    running.is_gone().await?;
    for task in tasks {
        let ended = task.await;
        assert!(matches!(ended, Err(TaskError::Lost(_))), "{ended:?}");
    }

    let (app, pool) = run(&file, 1).await?;
    for (name, id) in ["a", "b", "c"].into_iter().zip(ids) {
        let task = app.queue(&pool).task::<Play>(id).await?;
        let puppet = stage.puppet().await?;
        assert_eq!((&*puppet.note, puppet.id), (name, Some(id)));
        let attempt = puppet.attempt;
        puppet.ends("ok").await?;
        assert_eq!(task.await?, attempt);
    }
    app.stop().await
}

#[baseapp::test]
async fn a_stop_ends_what_runs_and_keeps_the_rest() -> Result<()> {
    let _test = tests::test!();
    let (_dir, file, stage) = begin()?;
    let (app, pool) = run(&file, 1).await?;
    let running = app.submit(&pool, stage.play_async("runs")).await?;
    let mut puppet = stage.puppet().await?;
    let waiting = app.submit(&pool, stage.play("waits")).await?;
    let later = app.submit(&pool, stage.play("later")).delay(HOUR).await?;
    let kept = waiting.id();
    let (stopped, played) = tokio::join!(app.stop(), async {
        // From now on nothing is begun.
        let ended = waiting.await;
        assert!(matches!(ended, Err(TaskError::Kept { .. })), "{ended:?}");
        // Is accepted, and kept.
        assert_eq!(puppet.does("submit hands child").await?, "accepted");
        puppet.ends("ok").await
    });
    played?;
    // Nothing of it is lost.
    stopped?;
    assert_eq!(running.await?, 1);

    let (app, pool) = run(&file, 1).await?;
    for name in ["waits", "child"] {
        let puppet = stage.puppet().await?;
        assert_eq!((&*puppet.note, puppet.attempt), (name, 1));
        puppet.ends("ok").await?;
    }
    let queue = app.queue(&pool);
    let waiting = queue.task::<Play>(kept).await?;
    assert_eq!(waiting.await?, 1);
    let later = queue.task::<Play>(later.id()).await?;
    assert!(matches!(later.state().await?, TaskState::Delayed(_)));
    assert!(later.cancel().await?);
    assert_eq!(later.state().await?, TaskState::Cancelled);
    app.stop().await
}

#[baseapp::test]
async fn attempts_and_deaths_of_earlier_runs_count() -> Result<()> {
    let _test = tests::test!();
    let (_dir, file, stage) = begin()?;
    let (app, pool) = run(&file, 1).await?;
    let failing = app.submit(&pool, stage.play("fails")).attempts(2).await?;
    stage.puppet().await?.ends("fail once").await?;
    // The next attempt: that the first one failed is on disk before.
    let mut second = stage.puppet().await?;
    drop(app);
    second.is_gone().await?;
    let (app, pool) = run(&file, 1).await?;
    // The death of main is not charged to it; its own failure is.
    let third = stage.puppet().await?;
    let task = app.queue(&pool).task::<Play>(failing.id()).await?;
    third.ends("fail again").await?;
    let ended = task.await;
    let Err(TaskError::Dead { reason, error, .. }) = ended else {
        panic!("{ended:?}")
    };
    assert_eq!((reason, &*error), (DeadReason::Exhausted, "again"));

    let poison = app.submit(&pool, stage.play("poison")).await?;
    for _ in 0..2 {
        stage.puppet().await?.ends("abort").await?;
    }
    let mut third = stage.puppet().await?;
    drop(app);
    third.is_gone().await?;
    let (app, pool) = run(&file, 1).await?;
    let puppet = stage.puppet().await?;
    let task = app.queue(&pool).task::<Play>(poison.id()).await?;
    puppet.ends("abort").await?;
    let ended = task.await;
    let Err(TaskError::Dead { reason, .. }) = ended else {
        panic!("{ended:?}")
    };
    assert_eq!(reason, DeadReason::Poison);
    app.stop().await
}

#[baseapp::test]
async fn dead_letters_and_results_are_kept_with_all_that_belongs_to_them() -> Result<()> {
    let _test = tests::test!();
    let (_dir, file, stage) = begin()?;
    let (app, pool) = run(&file, 2).await?;
    let mut dead = app.submit(&pool, stage.play("dead")).await?;
    stage.puppet().await?.ends("reject no image").await?;
    assert!((&mut dead).await.is_err());
    let mut done = app.submit(&pool, stage.play_async("done")).await?;
    stage.puppet().await?.ends("ok").await?;
    assert_eq!((&mut done).await?, 1);
    drop(app);

    let (app, pool) = run(&file, 2).await?;
    let queue = app.queue(&pool);
    assert_eq!(queue.task::<PlayAsync>(done.id()).await?.await?, 1);
    let letters = queue.dead().await?;
    assert_eq!(letters.len(), 1);
    let found = queue.dead_letter::<Play>(dead.id()).await?;
    let Some((letter, message)) = found else {
        panic!("not there")
    };
    assert_eq!((&*letter.error, &*message.note), ("no image", "dead"));
    // Twice at once, while the first is being written down.
    let (one, other) = tokio::join!(queue.replay(dead.id()), queue.replay(dead.id()));
    assert_eq!((one?, other?), (true, false));
    let puppet = stage.puppet().await?;
    assert_eq!(puppet.note, "dead");
    let task = queue.task::<Play>(dead.id()).await?;
    puppet.ends("ok").await?;
    task.await?;
    assert_eq!(queue.dead().await?, []);
    app.stop().await
}

#[baseapp::test]
async fn a_unique_task_and_the_order_of_its_key_outlive_a_run() -> Result<()> {
    let _test = tests::test!();
    let (_dir, file, stage) = begin()?;
    let (app, pool) = run(&file, 2).await?;
    let one = app.submit(&pool, stage.play("one")).key("k").unique("u");
    let one = one.await?;
    let _two = app.submit(&pool, stage.play("two")).key("k").await?;
    let mut puppet = stage.puppet().await?;
    drop(app);
    puppet.is_gone().await?;

    let (app, pool) = run(&file, 2).await?;
    let same = app.submit(&pool, stage.play("same")).unique("u").await?;
    assert_eq!(same.id(), one.id());
    let puppet = stage.puppet().await?;
    assert_eq!(puppet.note, "one");
    assert_eq!(app.queue(&pool).stats().await?.running, 1, "one of a key");
    puppet.ends("ok").await?;
    same.await?;
    let puppet = stage.puppet().await?;
    assert_eq!(puppet.note, "two");
    puppet.ends("ok").await?;
    app.stop().await
}

#[baseapp::test]
async fn a_pool_that_begins_with_nobody_takes_up_what_was_left() -> Result<()> {
    let _test = tests::test!();
    let (_dir, file, stage) = begin()?;
    let (app, pool) = run(&file, ..=2).await?;
    let task = app.submit(&pool, stage.play("")).await?;
    let mut puppet = stage.puppet().await?;
    drop(app);
    puppet.is_gone().await?;
    // A worker is wanted before the app has started.
    let (app, pool) = run(&file, ..=2).await?;
    let puppet = stage.puppet().await?;
    let task = app.queue(&pool).task::<Play>(task.id()).await?;
    puppet.ends("ok").await?;
    task.await?;
    app.stop().await
}

#[baseapp::test]
async fn a_file_has_one_app_at_a_time() -> Result<()> {
    let _test = tests::test!();
    let (_dir, file, _stage) = begin()?;
    let (first, _pool) = run(&file, 1).await?;
    let mut second = App::new("second").durable(&file);
    second.pool("hands", Hand, 1)?;
    match second.start().await {
        Err(StartError::Store(error)) => {
            let text = error.to_string();
            assert!(text.contains("in use by another process"), "{text}");
        }
        Err(error) => return Err(error.into()),
        Ok(_) => panic!("two of them"),
    }
    first.stop().await?;
    run(&file, 1).await?.0.stop().await
}
