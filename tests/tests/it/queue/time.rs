//! Tasks that have a time.

use std::time::{Duration, Instant, SystemTime};

use baseapp::{DeadReason, Result, SendErrorKind, TaskError, TaskState, prelude::*};
use tests::Test;

use super::puppet::hands;
use crate::common::twice;

const SHORT: Duration = Duration::from_millis(100);

twice!(
    a_delayed_task_runs_not_before_its_time_and_holds_up_nobody,
    a_task_runs_at_the_moment_that_was_named,
    a_task_whose_deadline_has_passed_is_a_dead_letter,
    a_deadline_that_is_kept_does_nothing,
    a_scheduled_message_comes_again_and_again_until_it_is_cancelled,
    a_scheduled_message_does_not_come_while_the_last_one_has_not_ended,
    a_period_of_nothing_is_refused,
    a_line_of_a_crontab_beats_by_the_calendar_and_a_slip_is_quoted,
);

async fn a_delayed_task_runs_not_before_its_time_and_holds_up_nobody(
    _: &Test,
    app: App,
) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let start = Instant::now();
    let later = app.submit(&pool, stage.play("later")).delay(SHORT).await?;
    assert!(matches!(later.state().await?, TaskState::Delayed(left) if left <= SHORT));
    let now = app.submit(&pool, stage.play("now")).await?;
    let puppet = stage.puppet().await?;
    assert_eq!(puppet.note, "now");
    puppet.ends("ok").await?;
    let puppet = stage.puppet().await?;
    assert_eq!(puppet.note, "later");
    assert!(start.elapsed() >= SHORT, "{:?}", start.elapsed());
    puppet.ends("ok").await?;
    assert_eq!((now.await?, later.await?), (1, 1));
    app.stop().await
}

async fn a_task_runs_at_the_moment_that_was_named(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let (start, at) = (Instant::now(), SystemTime::now() + SHORT);
    let later = app.submit(&pool, stage.play("")).at(at).await?;
    stage.puppet().await?.ends("ok").await?;
    // The system's clock counts milliseconds here.
    let elapsed = start.elapsed() + Duration::from_millis(2);
    assert!(elapsed >= SHORT, "{elapsed:?}");
    later.await?;

    let past = SystemTime::now() - Duration::from_secs(3600);
    let at_once = app.submit(&pool, stage.play("")).at(past).await?;
    stage.puppet().await?.ends("ok").await?;
    at_once.await?;
    app.stop().await
}

async fn a_task_whose_deadline_has_passed_is_a_dead_letter(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let first = app.submit(&pool, stage.play("")).await?;
    let puppet = stage.puppet().await?;
    let late = app.submit(&pool, stage.play("")).deadline(SHORT).await?;
    tokio::time::sleep(2 * SHORT).await;
    puppet.ends("ok").await?;
    let ended = late.await;
    let Err(TaskError::Dead {
        reason, attempts, ..
    }) = ended
    else {
        panic!("{ended:?}")
    };
    assert_eq!((reason, attempts), (DeadReason::Expired, 0));
    first.await?;
    app.stop().await
}

async fn a_deadline_that_is_kept_does_nothing(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let task = app.submit(&pool, stage.play("")).deadline(SHORT).await?;
    let mut puppet = stage.puppet().await?;
    // It was begun in time.
    tokio::time::sleep(2 * SHORT).await;
    assert_eq!(puppet.does("cancelled?").await?, "false");
    puppet.ends("ok").await?;
    assert_eq!(task.await?, 1);
    app.stop().await
}

async fn a_scheduled_message_comes_again_and_again_until_it_is_cancelled(
    _: &Test,
    app: App,
) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let period = Duration::from_millis(20);
    let start = Instant::now();
    let schedule = app.submit(&pool, stage.play("")).every(period).await?;
    let mut ids = Vec::new();
    for _ in 0..5 {
        let puppet = stage.puppet().await?;
        ids.extend(puppet.id);
        puppet.ends("ok").await?;
    }
    assert!(start.elapsed() >= 5 * period, "{:?}", start.elapsed());
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5, "each time a new task");
    assert!(schedule.cancel().await?);
    assert!(!schedule.cancel().await?, "it has ended");
    // One may have come before that.
    loop {
        let stats = app.queue(&pool).stats().await?;
        if stats.waiting + stats.running == 0 {
            break;
        }
        // Or it has just ended, and the queue does not know yet.
        if let Ok(puppet) = tokio::time::timeout(period, stage.puppet()).await {
            puppet?.ends("ok").await?;
        }
    }
    let done = app.queue(&pool).stats().await?.done;
    tokio::time::sleep(5 * period).await;
    let stats = app.queue(&pool).stats().await?;
    assert_eq!((stats.done, stats.waiting, stats.running), (done, 0, 0));
    app.stop().await
}

async fn a_scheduled_message_does_not_come_while_the_last_one_has_not_ended(
    _: &Test,
    app: App,
) -> Result<()> {
    let (app, pool, stage) = hands(app, 2).await?;
    let period = Duration::from_millis(10);
    let _schedule = app.submit(&pool, stage.play("")).every(period).await?;
    let puppet = stage.puppet().await?;
    tokio::time::sleep(10 * period).await;
    let stats = app.queue(&pool).stats().await?;
    assert_eq!((stats.running, stats.waiting), (1, 0));
    puppet.ends("ok").await?;
    stage.puppet().await?.ends("ok").await?;
    // A schedule does not hold up the stop.
    drop(stage);
    app.stop().await
}

async fn a_period_of_nothing_is_refused(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let schedule = app.submit(&pool, stage.play("note"));
    let Err(error) = schedule.every(Duration::ZERO).await else {
        panic!("accepted")
    };
    assert!(matches!(error.kind, SendErrorKind::Queue(_)), "{error}");
    assert_eq!(error.message.note, "note");
    app.stop().await
}

async fn a_line_of_a_crontab_beats_by_the_calendar_and_a_slip_is_quoted(
    _: &Test,
    app: App,
) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let slip = app.submit(&pool, stage.play("")).cron("0 25 * * *").await;
    let told = slip.err().map(|error| error.to_string());
    let told = told.unwrap_or_default();
    assert!(
        told.contains("`0 25 * * *` is no line of a crontab"),
        "{told}"
    );
    let never = app.submit(&pool, stage.play("")).cron("0 0 31 2 *").await;
    let told = never.err().map(|error| error.to_string());
    let told = told.unwrap_or_default();
    assert!(
        told.contains("`0 0 31 2 *` is a line of a crontab that never comes"),
        "{told}"
    );

    let start = SystemTime::now();
    let each_second = app.submit(&pool, stage.play("")).cron("* * * * * *");
    let schedule = each_second.await?;
    for _ in 0..2 {
        stage.puppet().await?.ends("ok").await?;
    }
    // The second one is at the second second that began since.
    let since = |at: SystemTime| at.duration_since(SystemTime::UNIX_EPOCH);
    let seconds = since(SystemTime::now())?.as_secs() - since(start)?.as_secs();
    assert!(seconds >= 2, "{seconds}");
    assert!(schedule.cancel().await?);
    drop(stage);
    app.stop().await
}
