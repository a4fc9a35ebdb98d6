//! What a main does with a pool.

use std::time::Duration;

use baseapp::{Stats, TaskError, TaskId, TaskState, prelude::*};

use crate::{
    check::{holds, same},
    messages::{Bake, Burn, Deliver},
    workers::Baker,
};

/// Submits tasks of every kind to a pool in memory, and to one in a file, twice.
pub async fn exercise() -> baseapp::Result<()> {
    kinds(App::new("bakery")).await?;
    let file = std::env::temp_dir().join(format!("newcomer-queue-{}", std::process::id()));
    let kept = before(App::new("monday").durable(&file)).await?;
    after(App::new("tuesday").durable(&file), kept).await?;
    std::fs::remove_file(file)?;
    Ok(())
}

fn bakers(app: &mut App) -> baseapp::Result<Pool<Baker>> {
    let size = PoolOptions::new(1..=3).prefetch(2).max_tasks(1_000);
    Ok(app.pool("bakers", Baker { slices: 4 }, size)?)
}

fn bake(what: &str) -> Bake {
    Bake { what: what.into() }
}

async fn kinds(mut app: App) -> baseapp::Result<()> {
    let bakers = bakers(&mut app)?;
    let app = app.start().await?;

    let bread = app.submit::<Bake>(&bakers, bake("bread")).await?;
    let mut progress = bread.progress::<u32>();
    same("the bread", bread.await?.as_str(), "bread in 4 slices")?;
    same("its progress", progress.next().await, Some(Ok(0)))?;

    let dough = app
        .submit::<Bake>(&bakers, bake("dough"))
        .key("oven")
        .priority(9)
        .await?;
    same(
        "what was snoozed",
        dough.await?.as_str(),
        "dough in 4 slices",
    )?;

    let nothing = app.submit::<Bake>(&bakers, bake("")).await?.await;
    holds(
        "what was rejected is dead",
        matches!(nothing, Err(TaskError::Dead { .. })),
    )?;

    let all = app
        .submit_all::<Bake>(&bakers, ["rye", "spelt"].map(bake))
        .await?;
    for task in all {
        task.await?;
    }

    let hour = Duration::from_secs(3600);
    let later = app.try_submit(&bakers, bake("cake")).delay(hour).await?;
    let same_cake = app.submit(&bakers, bake("cake")).await?;
    same("one cake is as good as another", same_cake.id(), later.id())?;
    holds(
        "it waits",
        matches!(later.state().await?, TaskState::Delayed(_)),
    )?;
    holds("it can be cancelled", later.cancel().await?)?;
    same("then it is", later.state().await?, TaskState::Cancelled)?;

    let other: TaskId = app
        .submit::<Deliver>(&bakers, Deliver("roll".into()))
        .await?
        .await?
        .parse()?;
    let queue = app.queue(&bakers);
    // It may have ended by now.
    same(
        "a task of a task",
        queue.task::<Bake>(other).await?.await?.as_str(),
        "roll in 4 slices",
    )?;

    let burnt = app.submit::<Burn>(&bakers, Burn).await?.await;
    holds(
        "what kills is dead at last",
        matches!(burnt, Err(TaskError::Dead { .. })),
    )?;
    let dead = queue.dead().await?;
    same("dead letters", dead.len(), 2)?;
    holds("one is forgotten", queue.purge(dead[0].id).await?)?;
    holds("it was there once", !queue.purge(dead[0].id).await?)?;
    let Stats { dead, .. } = queue.stats().await?;
    same("dead letters that are left", dead, 1)?;
    app.stop().await
}

/// A task that is due later; the app stops before.
async fn before(mut app: App) -> baseapp::Result<TaskId> {
    let bakers = bakers(&mut app)?;
    let app = app.start().await?;
    let second = Duration::from_secs(1);
    let task = app.submit(&bakers, bake("yeast")).delay(second).await?;
    app.stop().await?;
    Ok(task.id())
}

/// It is there the next day.
async fn after(mut app: App, kept: TaskId) -> baseapp::Result<()> {
    let bakers = bakers(&mut app)?;
    let app = app.start().await?;
    let task = app.queue(&bakers).task::<Bake>(kept).await?;
    same("what was kept", task.await?.as_str(), "yeast in 4 slices")?;
    app.stop().await
}
