//! Does one thing with baseapp so many times, in one process, so that a tool can
//! count the instructions of it: `instructions WHAT COUNT`.
//!
//! Everything that a message passes through is here but the socket: encoding,
//! credit, frames, the mailbox, dispatch, decoding, acknowledgements. Starting
//! and stopping are too; the difference of two counts is free of them.

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use baseapp::{PoolOptions, RunningApp, prelude::*};
use bytes::Bytes;
use futures_util::future::try_join_all;

/// Asks under way, and tasks submitted together.
const WINDOW: u64 = 64;

/// A small message.
#[message]
struct Small([u8; 32]);

/// A message of 1 KiB.
#[message]
struct Large(Bytes);

/// How many have come?
#[message(reply = u64)]
struct Count;

/// A question of 32 bytes, and its answer.
#[message(reply = [u8; 32])]
struct Question([u8; 32]);

/// A message for all.
#[message]
struct News([u8; 32]);

/// A task.
#[message(reply = u64)]
struct Work(u64);

/// Counts what comes, and answers.
#[worker]
#[derive(Default)]
struct Sink {
    #[local]
    count: u64,
}

#[worker]
impl Sink {
    #[handler(Small)]
    fn small(&mut self, _: Small) {
        self.count += 1;
    }

    #[handler(Large)]
    fn large(&mut self, _: Large) {
        self.count += 1;
    }

    #[handler(News, subscribe)]
    fn news(&mut self, _: News) {
        self.count += 1;
    }

    #[handler(Count)]
    fn count(&self, _: Count) -> u64 {
        self.count
    }

    #[handler(Question)]
    fn question(&self, Question(question): Question) -> [u8; 32] {
        question
    }
}

/// Does tasks.
#[worker]
#[derive(Default)]
struct Doer;

#[worker]
impl Doer {
    #[handler(Work)]
    fn work(&self, Work(number): Work) -> u64 {
        number
    }
}

#[baseapp::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().context("what shall be done?")?;
    let times = arguments.next().context("how many times?")?;
    let times: u64 = times.parse().context("how many times?")?;

    let mut app = App::new("instructions").in_process();
    let sink = app.worker("sink", Sink::default())?;
    let second = match &*what {
        "publish" => Some(app.worker("second", Sink::default())?),
        _ => None,
    };
    let options = PoolOptions::new(1).prefetch(64);
    let pool = match &*what {
        "task" => Some(app.pool("doers", Doer, options)?),
        _ => None,
    };
    let app = app.start().await?;
    match (&*what, pool) {
        ("ask", _) => ask(&app, &sink, times).await?,
        ("pipelined", _) => pipelined(&app, &sink, times).await?,
        ("task", Some(pool)) => tasks(&app, &pool, times).await?,
        ("start", _) => {}
        _ => one_way(&app, &what, &sink, times).await?,
    }
    if let Some(second) = second {
        let count = app.ask::<Count>(&second, Count).await?;
        ensure!(count == times, "{count} of {times} have come");
    }
    app.stop()
        .await
        .map_err(|error| anyhow!("stopping: {error}"))
}

async fn one_way(app: &RunningApp, what: &str, sink: &Address<Sink>, times: u64) -> Result<()> {
    let body = Bytes::from(vec![7; 1024]);
    for _ in 0..times {
        match what {
            "send" => app.send::<Small>(sink, Small([7; 32])).await?,
            "send-1k" => app.send::<Large>(sink, Large(body.clone())).await?,
            "publish" => {
                app.publish(News([7; 32])).await?;
            }
            _ => bail!("nobody knows how to {what}"),
        }
    }
    let count = app.ask::<Count>(sink, Count).await?;
    ensure!(count == times, "{count} of {times} have come");
    Ok(())
}

async fn ask(app: &RunningApp, sink: &Address<Sink>, times: u64) -> Result<()> {
    for _ in 0..times {
        let answer = app.ask::<Question>(sink, Question([7; 32])).await?;
        ensure!(answer == [7; 32], "another answer");
    }
    Ok(())
}

async fn pipelined(app: &RunningApp, sink: &Address<Sink>, times: u64) -> Result<()> {
    for _ in 0..times / WINDOW {
        let asks = (0..WINDOW).map(|_| app.ask::<Question>(sink, Question([7; 32])));
        try_join_all(asks.map(IntoFuture::into_future)).await?;
    }
    Ok(())
}

async fn tasks(app: &RunningApp, pool: &Pool<Doer>, times: u64) -> Result<()> {
    for first in (0..times).step_by(WINDOW as usize) {
        let numbers = first..first + WINDOW;
        let tasks = app.submit_all(pool, numbers.clone().map(Work)).await;
        let tasks = tasks.map_err(|error| anyhow!("submitting: {error}"))?;
        for (number, task) in numbers.zip(tasks) {
            ensure!(task.await? == number, "the reply of another task");
        }
    }
    Ok(())
}
