//! Tasks that are the same as another one.

use std::time::Duration;

use baseapp::{Result, prelude::*};
use tests::{Gate, Test};

use super::puppet::hands;
use crate::common::twice;

const HOUR: Duration = Duration::from_secs(3600);

twice!(
    while_a_task_has_not_ended_one_of_the_same_field_is_that_task,
    the_key_of_a_call_counts_instead_of_the_field,
    messages_of_two_types_are_never_the_same_task,
    within_its_window_a_task_that_is_done_is_still_the_same,
    after_its_window_there_is_another_one,
    a_task_that_died_or_was_cancelled_is_no_longer_unique,
);

/// Wait at that gate; unique by its path.
#[message(reply = u64, unique = path, attempts = 1)]
struct Fetch {
    path: String,
    gate: String,
}

#[worker]
struct Fetcher {
    #[local]
    count: u64,
}

#[worker]
impl Fetcher {
    #[handler(Fetch)]
    async fn fetch(&mut self, fetch: Fetch) -> Result<u64> {
        tests::pass_async(&fetch.gate).await?;
        self.count += 1;
        Ok(self.count)
    }
}

fn fetch(path: &str, gate: &Gate) -> Fetch {
    let (path, gate) = (path.to_owned(), gate.path());
    Fetch { path, gate }
}

async fn while_a_task_has_not_ended_one_of_the_same_field_is_that_task(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let gate = Gate::new()?;
    let pool = app.pool("fetchers", Fetcher { count: 0 }, 1)?;
    let app = app.start().await?;
    let one = app.submit(&pool, fetch("a", &gate)).await?;
    let held = gate.entered().await?;
    let same = app.submit(&pool, fetch("a", &gate)).await?;
    let other = app.submit(&pool, fetch("b", &gate)).await?;
    let others = app.submit_all(&pool, [fetch("b", &gate), fetch("b", &gate)]);
    let others = others.await?;
    assert_eq!(one.id(), same.id());
    assert_ne!(one.id(), other.id());
    assert!(others.iter().all(|task| task.id() == other.id()));
    held.release().await?;
    assert_eq!((one.await?, same.await?), (1, 1), "both have its reply");
    gate.entered().await?.release().await?;
    assert_eq!(other.await?, 2);
    for task in others {
        assert_eq!(task.await?, 2);
    }
    // It has ended.
    let again = app.submit(&pool, fetch("a", &gate)).await?;
    gate.entered().await?.release().await?;
    assert_eq!(again.await?, 3);
    app.stop().await
}

async fn the_key_of_a_call_counts_instead_of_the_field(_: &Test, mut app: App) -> Result<()> {
    let gate = Gate::new()?;
    let pool = app.pool("fetchers", Fetcher { count: 0 }, 1)?;
    let app = app.start().await?;
    let one = app.submit(&pool, fetch("a", &gate)).unique(&1).await?;
    let two = app.submit(&pool, fetch("a", &gate)).unique(&2).await?;
    let same = app.submit(&pool, fetch("b", &gate)).unique(&1).await?;
    assert_ne!(one.id(), two.id());
    assert_eq!(one.id(), same.id());
    gate.entered().await?.release().await?;
    gate.entered().await?.release().await?;
    assert_eq!((one.await?, two.await?, same.await?), (1, 2, 1));
    app.stop().await
}

async fn messages_of_two_types_are_never_the_same_task(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let one = app.submit(&pool, stage.play("")).unique("a").await?;
    let other = app.submit(&pool, stage.play_async("")).unique("a").await?;
    assert_ne!(one.id(), other.id());
    stage.puppet().await?.ends("ok").await?;
    stage.puppet().await?.ends("ok").await?;
    assert_eq!((one.await?, other.await?), (1, 1));
    app.stop().await
}

async fn within_its_window_a_task_that_is_done_is_still_the_same(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let play = app.submit(&pool, stage.play("")).unique("a");
    let mut task = play.unique_for(HOUR).await?;
    stage.puppet().await?.ends("fail busy").await?;
    stage.puppet().await?.ends("ok").await?;
    assert_eq!((&mut task).await?, 2);
    let play = app.submit(&pool, stage.play("")).unique("a");
    let same = play.unique_for(HOUR).await?;
    assert_eq!(same.id(), task.id());
    assert_eq!(same.await?, 2, "it was not run again");
    app.stop().await
}

async fn after_its_window_there_is_another_one(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let window = Duration::from_millis(50);
    let play = app.submit(&pool, stage.play("")).unique("a");
    let mut task = play.unique_for(window).await?;
    stage.puppet().await?.ends("ok").await?;
    (&mut task).await?;
    tokio::time::sleep(window).await;
    let other = app.submit(&pool, stage.play("")).unique("a").await?;
    assert_ne!(other.id(), task.id());
    stage.puppet().await?.ends("ok").await?;
    other.await?;
    app.stop().await
}

async fn a_task_that_died_or_was_cancelled_is_no_longer_unique(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let unique = || {
        let play = app.submit(&pool, stage.play("")).unique("a");
        play.unique_for(HOUR)
    };
    let mut dead = unique().await?;
    stage.puppet().await?.ends("reject it").await?;
    assert!((&mut dead).await.is_err());

    let mut cancelled = unique().await?;
    assert_ne!(cancelled.id(), dead.id());
    let mut puppet = stage.puppet().await?;
    assert!(cancelled.cancel().await?);
    puppet.does("until cancelled").await?;
    puppet.ends("fail it was cancelled").await?;
    assert!((&mut cancelled).await.is_err());

    let other = unique().await?;
    assert_ne!(other.id(), cancelled.id());
    stage.puppet().await?.ends("ok").await?;
    assert_eq!(other.await?, 1);
    app.stop().await
}
