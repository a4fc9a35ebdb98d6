//! `baseapp` in `tasks`, `cpu-tasks`, `durable` and `depth`: a pool of two worker
//! processes, and its task queue.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use baseapp::{PoolOptions, RunningApp, prelude::*};
use tempfile::TempDir;

use super::{Link, Queues, Submits, Tasks, on_disk};
use crate::work::{Done, WORKERS, Work};

/// Tasks that a worker has at a time: as many as the hand-written dispatcher.
const PREFETCH: u32 = 64;

/// Tasks that are submitted together.
const BATCH: u64 = 256;

/// Batches whose tasks have not all been awaited yet.
const BATCHES: usize = 8;

/// An empty task: its number comes back. As near to the peers' 32 bytes as
/// numbers of changing length come.
#[message(reply = u64)]
struct Empty([u64; 4]);

/// A task of 1 ms: the nanoseconds of CPU time that it really took.
#[message(reply = u64)]
struct Burn([u64; 4]);

/// A task that is kept, of `PAYLOAD` bytes.
#[message(reply = u64)]
struct Kept([[u8; 32]; 2]);

#[worker]
#[derive(Debug, Default)]
struct State;

#[worker]
impl State {
    #[handler(Empty)]
    fn empty(&self, Empty([number, ..]): Empty) -> u64 {
        number
    }

    #[handler(Burn)]
    fn burn(&self, _: Burn) -> baseapp::Result<u64> {
        let burned = crate::work::burn().map_err(|error| baseapp::Error::msg(error.to_string()))?;
        Ok(u64::try_from(burned.as_nanos()).unwrap_or(u64::MAX))
    }

    #[handler(Kept)]
    fn kept(&self, Kept(bytes): Kept) -> u64 {
        bytes[0][0].into()
    }
}

/// An app with a pool.
#[derive(Debug)]
pub(crate) struct BaseappTasks {
    app: RunningApp,
    pool: Pool<State>,
    /// Where the queue's file is, if it has one.
    directory: Option<TempDir>,
    submitted: std::cell::Cell<u64>,
}

impl BaseappTasks {
    /// A queue in memory.
    pub(crate) async fn open() -> Result<Self> {
        Self::start(App::new("bench"), None).await
    }

    /// A queue on the disk.
    pub(crate) async fn open_durable() -> Result<Self> {
        let directory = on_disk()?;
        let app = App::new("bench").durable(directory.path().join("queue"));
        Self::start(app, Some(directory)).await
    }

    async fn start(mut app: App, directory: Option<TempDir>) -> Result<Self> {
        let size = PoolOptions::new(WORKERS)
            .prefetch(PREFETCH)
            .capacity(2_000_000);
        let pool = app.pool("bench", State, size)?;
        Ok(Self {
            app: app.start().await?,
            pool,
            directory,
            submitted: std::cell::Cell::new(0),
        })
    }
}

impl Link for BaseappTasks {
    async fn close(self) -> Result<()> {
        let expected = self.submitted.get();
        if self.directory.is_some() {
            let stats = self.app.queue(&self.pool).stats().await?;
            ensure!(
                stats.delayed == expected,
                "{expected} tasks were submitted, and the queue has {stats:?}"
            );
        }
        self.app
            .stop()
            .await
            .map_err(|error| anyhow::anyhow!("{error:?}"))
    }
}

impl Tasks for BaseappTasks {
    async fn tasks(&mut self, work: Work, lasting: Duration) -> Result<Done> {
        let mut done = Done::default();
        let mut open = VecDeque::new();
        let mut number = 0;
        let start = Instant::now();
        loop {
            let more = start.elapsed() < lasting;
            if more {
                let numbers = number..number + BATCH;
                let fill = |number| [number, u64::MAX, u64::MAX, u64::MAX];
                let tasks = match work {
                    Work::Nothing => {
                        let empty = numbers.map(|number| Empty(fill(number)));
                        self.app
                            .submit_all(&self.pool, empty)
                            .await
                            .map_err(|error| anyhow::anyhow!("{error}"))?
                    }
                    Work::Burn => {
                        let burn = numbers.map(|number| Burn(fill(number)));
                        self.app
                            .submit_all(&self.pool, burn)
                            .await
                            .map_err(|error| anyhow::anyhow!("{error}"))?
                    }
                };
                open.push_back((number, tasks));
                number += BATCH;
            }
            if open.len() >= BATCHES || !more {
                let Some((first, tasks)) = open.pop_front() else {
                    break;
                };
                for (number, task) in (first..).zip(tasks) {
                    let reply: u64 = task.await?;
                    done.tasks += 1;
                    match work {
                        Work::Nothing => ensure!(reply == number, "the reply of another task"),
                        Work::Burn => done.burned += Duration::from_nanos(reply),
                    }
                }
            }
        }
        done.elapsed = start.elapsed();
        Ok(done)
    }
}

impl Queues for BaseappTasks {
    async fn queue(&mut self, tasks: u64) -> Result<()> {
        let mut open = Vec::with_capacity(usize::try_from(tasks)?);
        let mut number = 0;
        while number < tasks {
            let next = (number + 1_000).min(tasks);
            let fill = |number| [number, u64::MAX, u64::MAX, u64::MAX];
            let batch = (number..next).map(|number| Empty(fill(number)));
            let submitted = self.app.submit_all(&self.pool, batch).await;
            open.extend(submitted.map_err(|error| anyhow::anyhow!("{error}"))?);
            number = next;
        }
        for (number, task) in (0..).zip(open) {
            let reply: u64 = task.await?;
            ensure!(reply == number, "the reply of another task");
        }
        Ok(())
    }
}

impl Submits for BaseappTasks {
    async fn submit(&self, number: u64) -> Result<()> {
        let mut bytes = [[7; 32]; 2];
        let head = bytes[0].first_chunk_mut::<8>().context("32 bytes")?;
        *head = number.to_le_bytes();
        // Due in an hour: what becomes of them is not on the clock.
        let submitted = self
            .app
            .submit(&self.pool, Kept(bytes))
            .delay(Duration::from_secs(3600));
        submitted
            .await
            .map_err(|error| anyhow::anyhow!("{error}"))?;
        self.submitted.set(self.submitted.get() + 1);
        Ok(())
    }
}
