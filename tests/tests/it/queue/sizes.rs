//! How many workers a pool has, and when they are replaced.

use std::{collections::HashSet, time::Duration};

use baseapp::{Result, prelude::*};
use tests::Test;

use super::puppet::{Hand, Play, Stage, hands};
use crate::common::twice;

const HOUR: Duration = Duration::from_secs(3600);

twice!(
    an_elastic_pool_grows_with_its_backlog_and_shrinks_when_idle,
    an_elastic_pool_stays_within_its_range,
    a_pool_may_begin_with_nobody,
    a_task_that_is_submitted_while_the_app_starts_finds_a_worker,
    a_worker_is_replaced_after_its_tasks_and_none_is_lost,
    a_replaced_worker_has_ended_in_order,
);

async fn an_elastic_pool_grows_with_its_backlog_and_shrinks_when_idle(
    _: &Test,
    app: App,
) -> Result<()> {
    let idle = Duration::from_millis(50);
    let (app, pool, stage) = hands(app, PoolOptions::new(1..=3).idle(idle)).await?;
    let queue = app.queue(&pool);
    assert_eq!(queue.stats().await?.workers, 1);
    let plays = (0..3).map(|_| stage.play(""));
    let tasks = app.submit_all(&pool, plays).await?;
    // At the same time.
    let mut puppets = Vec::new();
    for _ in 0..3 {
        puppets.push(stage.puppet().await?);
    }
    assert_eq!(queue.stats().await?.workers, 3);
    for puppet in puppets {
        puppet.ends("ok").await?;
    }
    for task in tasks {
        task.await?;
    }
    while queue.stats().await?.workers > 1 {}
    // And works on.
    let task = app.submit(&pool, stage.play("")).await?;
    stage.puppet().await?.ends("ok").await?;
    task.await?;
    app.stop().await
}

async fn an_elastic_pool_stays_within_its_range(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, PoolOptions::new(1..=2).idle(HOUR)).await?;
    let plays = (0..20).map(|_| stage.play(""));
    let tasks = app.submit_all(&pool, plays).await?;
    let one = stage.puppet().await?;
    let other = stage.puppet().await?;
    let stats = app.queue(&pool).stats().await?;
    assert_eq!((stats.workers, stats.running, stats.waiting), (2, 2, 18));
    one.ends("ok").await?;
    other.ends("ok").await?;
    let mut workers = HashSet::new();
    for _ in 0..18 {
        let puppet = stage.puppet().await?;
        workers.insert(puppet.worker.clone());
        puppet.ends("ok").await?;
    }
    assert!(workers.len() <= 2, "{workers:?}");
    for task in tasks {
        task.await?;
    }
    app.stop().await
}

async fn a_pool_may_begin_with_nobody(_: &Test, app: App) -> Result<()> {
    let idle = Duration::from_millis(20);
    let (app, pool, stage) = hands(app, PoolOptions::new(..=2).idle(idle)).await?;
    for _ in 0..3 {
        assert_eq!(app.queue(&pool).stats().await?.workers, 0);
        let task = app.submit(&pool, stage.play("")).await?;
        stage.puppet().await?.ends("ok").await?;
        task.await?;
        while app.queue(&pool).stats().await?.workers > 0 {}
    }
    app.stop().await
}

/// Submits a task as it starts.
#[worker]
struct Early {
    hands: Pool<Hand>,
    stage: String,
}

#[worker]
impl Early {
    #[start]
    async fn start(&mut self, cx: &Context<Self>) -> Result<()> {
        let (stage, note) = (self.stage.clone(), "early".to_owned());
        // And waits for its reply.
        cx.submit(&self.hands, Play { stage, note }).await?.await?;
        Ok(())
    }
}

async fn a_task_that_is_submitted_while_the_app_starts_finds_a_worker(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let stage = Stage::new()?;
    let hands = app.pool("hands", Hand, ..=2)?;
    let early = Early {
        hands,
        stage: stage.path(),
    };
    app.worker("early", early)?;
    let (app, played) = tokio::join!(app.start(), async {
        let puppet = stage.puppet().await?;
        assert_eq!(puppet.note, "early");
        puppet.ends("ok").await
    });
    played?;
    app?.stop().await
}

async fn a_worker_is_replaced_after_its_tasks_and_none_is_lost(
    test: &Test,
    app: App,
) -> Result<()> {
    let options = PoolOptions::new(2).prefetch(3).max_tasks(4);
    let (app, pool, stage) = hands(app, options).await?;
    let plays = (0..30).map(|number| stage.play(&number.to_string()));
    let tasks = app.submit_all(&pool, plays).await?;
    let mut pids = HashSet::new();
    for _ in 0..30 {
        let puppet = stage.puppet().await?;
        assert_eq!(puppet.attempt, 1, "given to one worker only");
        pids.insert(puppet.pid);
        puppet.ends("ok").await?;
    }
    for task in tasks {
        assert_eq!(task.await?, 1);
    }
    if !test.workers().is_empty() {
        assert!(pids.len() >= 7, "{} processes", pids.len());
    }
    app.stop().await
}

/// Which one are you?
#[message(reply = ())]
struct Job;

/// Leaves a word when it stops.
#[worker]
struct Polite {
    gate: String,
}

#[worker]
impl Polite {
    #[handler(Job)]
    fn job(&self, _: Job) {}

    #[stop]
    fn stop(&self, cx: &Context<Self>) -> std::io::Result<()> {
        tests::leave_word(&self.gate, cx.name())
    }
}

async fn a_replaced_worker_has_ended_in_order(_: &Test, mut app: App) -> Result<()> {
    let gate = tests::Gate::new()?;
    let polite = Polite { gate: gate.path() };
    let pool = app.pool("polite", polite, PoolOptions::new(1).max_tasks(1))?;
    let app = app.start().await?;
    for _ in 0..3 {
        app.submit(&pool, Job).await?.await?;
        assert!(gate.word().await?.starts_with("polite#"));
    }
    let (stopped, word) = tokio::join!(app.stop(), gate.word());
    assert!(word?.starts_with("polite#"), "the last one");
    stopped
}

/// Take that much memory, and keep it.
#[message(reply = u32)]
struct Grow(usize);

#[worker]
struct Hoarder {
    #[local]
    hoard: Vec<Vec<u8>>,
}

#[worker]
impl Hoarder {
    #[handler(Grow)]
    fn grow(&mut self, Grow(bytes): Grow) -> u32 {
        self.hoard.push(vec![1; bytes]);
        std::process::id()
    }
}

#[baseapp::test]
async fn a_worker_that_takes_too_much_memory_is_replaced_and_no_task_is_lost() -> Result<()> {
    let _test = tests::test!();
    let mut app = App::new("memory");
    let hoarder = Hoarder { hoard: Vec::new() };
    let max = 256 << 20;
    let pool = app.pool("hoarders", hoarder, PoolOptions::new(1).max_memory(max))?;
    let app = app.start().await?;
    let small = app.submit(&pool, Grow(1 << 10)).await?.await?;
    assert_eq!(app.submit(&pool, Grow(1 << 10)).await?.await?, small);
    // It is looked at now and then.
    tokio::time::sleep(Duration::from_millis(150)).await;
    let large = app.submit(&pool, Grow(300 << 20)).await?.await?;
    assert_eq!(large, small, "the task in hand is ended");
    let tasks = app.submit_all(&pool, (0..10).map(|_| Grow(1))).await?;
    let mut pids = HashSet::new();
    for task in tasks {
        pids.insert(task.await?);
    }
    assert!(!pids.contains(&large) && pids.len() == 1, "{pids:?}");
    app.stop().await
}

/// Never stops.
#[worker]
struct Endless;

#[worker]
impl Endless {
    #[handler(Job)]
    fn job(&self, _: Job) {}

    #[stop]
    async fn stop(&self) {
        std::future::pending().await
    }
}

#[baseapp::test]
async fn a_replaced_worker_that_does_not_stop_holds_up_no_task() -> Result<()> {
    let _test = tests::test!();
    let mut app = App::new("endless").grace(Duration::from_millis(100));
    let pool = app.pool("endless", Endless, PoolOptions::new(1).max_tasks(1))?;
    let app = app.start().await?;
    let tasks = app.submit_all(&pool, (0..3).map(|_| Job)).await?;
    for task in tasks {
        task.await?;
    }
    drop(app);
    Ok(())
}
