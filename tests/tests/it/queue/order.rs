//! Which task is next, and who runs it.

use std::collections::HashSet;

use baseapp::{Result, prelude::*};
use tests::Test;

use super::puppet::{Play, Stage, hands};
use crate::common::twice;

twice!(
    tasks_of_one_priority_run_in_the_order_of_acceptance,
    a_higher_priority_comes_first_and_the_lowest_has_its_turn,
    tasks_of_one_key_run_one_after_the_other_in_their_order,
    a_task_that_is_tried_again_is_still_before_those_of_its_key,
    tasks_of_one_key_are_run_by_the_same_worker,
);

/// Notes in the order in which a pool of one runs them.
async fn notes(stage: &Stage, count: usize) -> Result<Vec<String>> {
    let mut notes = Vec::new();
    for _ in 0..count {
        let puppet = stage.puppet().await?;
        notes.push(puppet.note.clone());
        puppet.ends("ok").await?;
    }
    Ok(notes)
}

async fn tasks_of_one_priority_run_in_the_order_of_acceptance(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, PoolOptions::new(1).prefetch(4)).await?;
    let names: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    let plays: Vec<Play> = names.iter().map(|name| stage.play(name)).collect();
    let tasks = app.submit_all(&pool, plays).await?;
    assert_eq!(notes(&stage, 20).await?, names);
    for task in tasks {
        task.await?;
    }
    app.stop().await
}

async fn a_higher_priority_comes_first_and_the_lowest_has_its_turn(
    _: &Test,
    app: App,
) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let first = app.submit(&pool, stage.play("")).await?;
    let puppet = stage.puppet().await?;
    let low = app.submit(&pool, stage.play("low")).priority(0).await?;
    let usual = app.submit(&pool, stage.play("usual")).await?;
    let high = app.submit(&pool, stage.play("high")).priority(9).await?;
    puppet.ends("ok").await?;
    first.await?;
    assert_eq!(notes(&stage, 3).await?, ["high", "usual", "low"]);
    for task in [low, usual, high] {
        task.await?;
    }

    // However many of the highest there are.
    let first = app.submit(&pool, stage.play("")).await?;
    let puppet = stage.puppet().await?;
    let many = (0..40).map(|_| stage.play("high"));
    let many = app.submit_all(&pool, many).priority(9).await?;
    let few = (0..5).map(|_| stage.play("low"));
    let few = app.submit_all(&pool, few).priority(8).await?;
    puppet.ends("ok").await?;
    let order = notes(&stage, 45).await?;
    let last = order.iter().rposition(|note| note == "low");
    assert!(last.is_some_and(|last| last < 20), "{order:?}");
    for task in many.into_iter().chain(few).chain([first]) {
        task.await?;
    }
    app.stop().await
}

async fn tasks_of_one_key_run_one_after_the_other_in_their_order(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 3).await?;
    let mut tasks = Vec::new();
    for name in ["0", "1", "2", "3"] {
        tasks.push(app.submit(&pool, stage.play(name)).key("a").await?);
    }
    for turn in ["0", "1", "2", "3"] {
        let puppet = stage.puppet().await?;
        assert_eq!(puppet.note, turn);
        // The others wait for it, but not those of other keys or of none.
        let running = app.queue(&pool).stats().await?.running;
        assert_eq!(running, 1, "at turn {turn}");
        let of_none = app.submit(&pool, stage.play("none")).await?;
        let of_other = app.submit(&pool, stage.play("other")).key("b").await?;
        let (one, other) = (stage.puppet().await?, stage.puppet().await?);
        let names = HashSet::from([&*one.note, &*other.note]);
        assert_eq!(names, HashSet::from(["none", "other"]));
        one.ends("ok").await?;
        other.ends("ok").await?;
        assert_eq!((of_none.await?, of_other.await?), (1, 1));
        puppet.ends("ok").await?;
    }
    for task in tasks {
        assert_eq!(task.await?, 1);
    }
    app.stop().await
}

async fn a_task_that_is_tried_again_is_still_before_those_of_its_key(
    _: &Test,
    app: App,
) -> Result<()> {
    let (app, pool, stage) = hands(app, 2).await?;
    let one = app.submit(&pool, stage.play("one")).key(&7).await?;
    let two = app.submit(&pool, stage.play("two")).key(&7).await?;
    stage.puppet().await?.ends("fail busy").await?;
    let puppet = stage.puppet().await?;
    assert_eq!((&*puppet.note, puppet.attempt), ("one", 2));
    puppet.ends("snooze 20").await?;
    let puppet = stage.puppet().await?;
    assert_eq!((&*puppet.note, puppet.attempt), ("one", 3));
    puppet.ends("reject it").await?;
    assert!(one.await.is_err());
    stage.puppet().await?.ends("ok").await?;
    assert_eq!(two.await?, 1);
    app.stop().await
}

async fn tasks_of_one_key_are_run_by_the_same_worker(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 3).await?;
    let mut all = HashSet::new();
    for key in 0..12 {
        let mut workers = HashSet::new();
        for _ in 0..4 {
            let task = app.submit(&pool, stage.play("")).key(&key).await?;
            let puppet = stage.puppet().await?;
            workers.insert(puppet.worker.clone());
            puppet.ends("ok").await?;
            task.await?;
        }
        assert_eq!(workers.len(), 1, "{workers:?} of key {key}");
        all.extend(workers);
    }
    assert_eq!(all.len(), 3, "the keys are spread");
    app.stop().await
}
