//! What becomes of tasks that cannot be done.

use baseapp::{DeadReason, Result, RunningApp, TaskError, TaskId, TaskState, prelude::*};
use tests::Test;

use super::puppet::{Hand, Play, PlayAsync, Stage, hands};
use crate::common::twice;

twice!(
    dead_letters_are_listed_and_looked_at,
    a_dead_letter_is_tried_again_as_if_it_were_new,
    who_replays_a_dead_letter_twice_at_once_has_it_run_once,
    a_dead_letter_is_purged,
    each_pool_has_its_own_dead_letters,
    many_dead_letters_are_all_listed,
);

/// Submits a task, and lets it be rejected.
async fn reject(app: &RunningApp, pool: &Pool<Hand>, stage: &Stage, note: &str) -> Result<TaskId> {
    let mut task = app.submit(pool, stage.play(note)).await?;
    let why = format!("reject {note} is wrong");
    stage.puppet().await?.ends(&why).await?;
    assert!((&mut task).await.is_err());
    Ok(task.id())
}

async fn dead_letters_are_listed_and_looked_at(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let queue = app.queue(&pool);
    assert_eq!(queue.dead().await?, []);
    let begun = std::time::SystemTime::now() - std::time::Duration::from_millis(2);
    let one = reject(&app, &pool, &stage, "one").await?;
    let two = reject(&app, &pool, &stage, "two").await?;
    let letters = queue.dead().await?;
    let ids: Vec<TaskId> = letters.iter().map(|letter| letter.id).collect();
    assert_eq!(ids, [one, two], "the oldest first");
    let letter = &letters[0];
    assert_eq!(
        (letter.reason, letter.attempts, &*letter.error),
        (DeadReason::Rejected, 1, "one is wrong")
    );
    assert!(letter.message.ends_with("Play"), "{}", letter.message);
    assert!(letter.died >= begun, "{:?} < {begun:?}", letter.died);

    let looked_at = queue.dead_letter::<Play>(two).await?;
    let Some((letter, message)) = looked_at else {
        panic!("not there")
    };
    assert_eq!((letter.id, &*message.note), (two, "two"));
    let of_another_type = queue.dead_letter::<PlayAsync>(two).await?;
    assert!(of_another_type.is_none());
    let found = queue.task::<Play>(one).await?;
    assert_eq!(found.state().await?, TaskState::Dead(DeadReason::Rejected));
    assert!(matches!(found.await, Err(TaskError::Dead { .. })));
    app.stop().await
}

async fn a_dead_letter_is_tried_again_as_if_it_were_new(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let queue = app.queue(&pool);
    let id = reject(&app, &pool, &stage, "one").await?;
    assert!(queue.replay(id).await?);
    let puppet = stage.puppet().await?;
    assert_eq!((&*puppet.note, puppet.id), ("one", Some(id)));
    assert_eq!(queue.dead().await?, []);
    let found = queue.task::<Play>(id).await?;
    // With all its attempts.
    puppet.ends("fail busy").await?;
    stage.puppet().await?.ends("fail busy").await?;
    stage.puppet().await?.ends("ok").await?;
    found.await?;
    assert!(!queue.replay(id).await?, "it is done");
    app.stop().await
}

async fn who_replays_a_dead_letter_twice_at_once_has_it_run_once(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 2).await?;
    let queue = app.queue(&pool);
    let id = reject(&app, &pool, &stage, "one").await?;
    let (one, other, purged) = tokio::join!(queue.replay(id), queue.replay(id), queue.purge(id));
    assert_eq!((one?, other?, purged?), (true, false, false));
    let puppet = stage.puppet().await?;
    let stats = queue.stats().await?;
    assert_eq!((stats.running, stats.waiting), (1, 0));
    puppet.ends("ok").await?;
    app.stop().await
}

async fn a_dead_letter_is_purged(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let queue = app.queue(&pool);
    let id = reject(&app, &pool, &stage, "one").await?;
    assert!(queue.purge(id).await?);
    assert!(!queue.purge(id).await?);
    assert!(!queue.replay(id).await?);
    assert_eq!(queue.dead().await?, []);
    assert_eq!(queue.stats().await?.dead, 0);
    let found = queue.task::<Play>(id).await;
    assert!(matches!(found, Err(TaskError::Unknown { .. })), "{found:?}");
    app.stop().await
}

async fn each_pool_has_its_own_dead_letters(_: &Test, mut app: App) -> Result<()> {
    let left = app.pool("left", Hand, 1)?;
    let right = app.pool("right", Hand, 1)?;
    let app = app.start().await?;
    let stage = Stage::new()?;
    let id = reject(&app, &left, &stage, "one").await?;
    assert_eq!(app.queue(&right).dead().await?, []);
    assert_eq!(app.queue(&right).stats().await?.dead, 0);
    let letters = app.queue(&left).dead().await?;
    assert_eq!(letters.first().map(|letter| letter.id), Some(id));
    assert!(app.queue(&left).replay(id).await?);
    let puppet = stage.puppet().await?;
    assert!(puppet.worker.starts_with("left"), "{}", puppet.worker);
    puppet.ends("ok").await?;
    app.stop().await
}

/// Not to be done.
#[message]
struct Impossible(u32);

#[worker]
struct Clerk;

#[worker]
impl Clerk {
    #[handler(Impossible)]
    fn impossible(&mut self, Impossible(number): Impossible) -> Result<()> {
        Err(Task::reject(format!("{number} is impossible")))
    }
}

async fn many_dead_letters_are_all_listed(_: &Test, mut app: App) -> Result<()> {
    let clerks = app.pool("clerks", Clerk, PoolOptions::new(1).prefetch(16))?;
    let app = app.start().await?;
    // More than are told at once.
    let tasks = app.submit_all(&clerks, (0..350).map(Impossible)).await?;
    let ids: Vec<TaskId> = tasks.iter().map(Task::id).collect();
    for task in tasks {
        assert!(task.await.is_err());
    }
    let letters = app.queue(&clerks).dead().await?;
    let listed: Vec<TaskId> = letters.iter().map(|letter| letter.id).collect();
    assert_eq!(listed, ids);
    assert_eq!(app.queue(&clerks).stats().await?.dead, 350);
    app.stop().await
}
