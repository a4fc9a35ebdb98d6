//! Tasks are run, by whoever is free, and their replies come back.

use std::collections::HashSet;

use baseapp::{App, Result, prelude::*};

use crate::common::twice;

/// The square of a number.
#[message(reply = u64)]
pub(crate) struct Square(pub u64);

/// Squares numbers.
#[worker]
pub(crate) struct Squarer;

#[worker]
impl Squarer {
    #[handler(Square)]
    fn square(&mut self, Square(number): Square) -> u64 {
        number * number
    }

    #[handler(crate::common::Pid)]
    async fn pid(&mut self, _: crate::common::Pid) -> u32 {
        std::process::id()
    }
}

twice!(
    a_task_is_run_and_its_reply_comes_back,
    many_tasks_are_run_by_several_workers
);

async fn a_task_is_run_and_its_reply_comes_back(_: &tests::Test, mut app: App) -> Result<()> {
    let squarers = app.pool("squarers", Squarer, 1)?;
    let app = app.start().await?;
    let task = app.submit::<Square>(&squarers, Square(12)).await?;
    assert_eq!(task.await?, 144);
    let task = app.submit::<Square>("squarers", Square(13)).await?;
    assert_eq!(task.await?, 169);
    app.stop().await
}

async fn many_tasks_are_run_by_several_workers(_: &tests::Test, mut app: App) -> Result<()> {
    let squarers = app.pool("squarers", Squarer, PoolOptions::new(3).prefetch(8))?;
    let app = app.start().await?;
    let tasks = app
        .submit_all::<Square>(&squarers, (0..5_000).map(Square))
        .await?;
    let ids: HashSet<_> = tasks.iter().map(Task::id).collect();
    assert_eq!(ids.len(), 5_000);
    for (number, task) in (0..).zip(tasks) {
        assert_eq!(task.await?, number * number);
    }
    let stats = app.queue(&squarers).stats().await?;
    assert_eq!((stats.done, stats.waiting, stats.workers), (5_000, 0, 3));
    app.stop().await
}
