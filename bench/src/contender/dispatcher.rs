//! `raw-dispatcher`: what a careful programmer writes by hand to keep two worker
//! processes busy: a blocking interprocess socket and a thread for each of them,
//! as many tasks under way as fill a write, and no more.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use interprocess::local_socket::{GenericFilePath, Stream, prelude::*};

use super::frame::{Flush, Inbox, Kind, Outbox};
use super::raw::Raw;
use super::{Link, Tasks};
use crate::child::Role;
use crate::messages::{Numbered, Small};
use crate::work::{Done, WORKERS, Work, burn};

/// Tasks under way at each worker.
const WINDOW: usize = 64;

/// Sockets to the workers.
#[derive(Debug)]
pub(crate) struct RawDispatcher {
    workers: Vec<Raw>,
}

impl RawDispatcher {
    /// Starts the workers and accepts their connections.
    pub(crate) fn open() -> Result<Self> {
        let workers = (0..WORKERS).map(|_| Raw::open_as(Role::Dispatched, Flush::Coalesced));
        let workers = workers.collect::<Result<_>>()?;
        Ok(Self { workers })
    }
}

impl Link for RawDispatcher {
    async fn close(self) -> Result<()> {
        for worker in self.workers {
            worker.close().await?;
        }
        Ok(())
    }
}

impl Tasks for RawDispatcher {
    async fn tasks(&mut self, work: Work, lasting: Duration) -> Result<Done> {
        let source = Source {
            work,
            next: AtomicU64::new(0),
            start: Instant::now(),
            lasting,
        };
        let served: Result<Vec<Done>> = thread::scope(|scope| {
            let threads: Vec<_> = self
                .workers
                .iter_mut()
                .map(|worker| scope.spawn(|| source.feed(worker)))
                .collect();
            let joined = threads.into_iter().map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|_| Err(anyhow!("a dispatching thread has panicked")))
            });
            joined.collect()
        });
        let elapsed = source.start.elapsed();
        let served = served?;
        let done = Done {
            tasks: served.iter().map(|done| done.tasks).sum(),
            burned: served.iter().map(|done| done.burned).sum(),
            elapsed,
        };
        let given = source.next.into_inner();
        ensure!(
            done.tasks == given,
            "of {given} tasks {} are done",
            done.tasks
        );
        Ok(done)
    }
}

/// Where the workers' threads take their tasks from: whoever is faster does more.
#[derive(Debug)]
struct Source {
    work: Work,
    next: AtomicU64,
    start: Instant,
    lasting: Duration,
}

impl Source {
    /// Keeps one worker busy, and checks its replies.
    fn feed(&self, worker: &mut Raw) -> Result<Done> {
        let kind = match self.work {
            Work::Nothing => Kind::Task,
            Work::Burn => Kind::Burn,
        };
        let mut under_way = VecDeque::with_capacity(WINDOW);
        let mut done = Done::default();
        let mut open = true;
        while open || !under_way.is_empty() {
            if open {
                let count = (WINDOW - under_way.len()) as u64;
                let first = self.next.fetch_add(count, Ordering::Relaxed);
                for task in first..first + count {
                    worker.push(kind, task, &Small::new(task))?;
                    under_way.push_back(task);
                }
                worker.flush()?;
            }
            // Every reply that one read brought, so that the next tasks leave
            // together too.
            while let Some(task) = under_way.pop_front() {
                let reply: u64 = worker.answer_to(kind, task)?;
                match self.work {
                    Work::Nothing => {
                        ensure!(reply == task, "the reply to task {reply}, not {task}")
                    }
                    Work::Burn => done.burned += Duration::from_nanos(reply),
                }
                done.tasks += 1;
                if !worker.is_ready() {
                    break;
                }
            }
            open = self.start.elapsed() < self.lasting;
        }
        Ok(done)
    }
}

/// The worker: does tasks in the order in which they arrive.
pub(crate) fn serve(path: &Path) -> Result<()> {
    let mut stream = Stream::connect(path.to_fs_name::<GenericFilePath>()?)
        .context("connecting to the benchmark")?;
    let mut inbox = Inbox::new();
    let mut outbox = Outbox::new(Flush::Coalesced);
    loop {
        let Some(frame) = inbox.next(&mut stream)? else {
            return Ok(());
        };
        let (kind, id) = (frame.kind, frame.id);
        let task: Small = frame.decode()?;
        let reply = match kind {
            Kind::Task => task.sequence(),
            Kind::Burn => u64::try_from(burn()?.as_nanos())?,
            _ => bail!("a frame of kind {kind:?} is no task"),
        };
        outbox.push(&mut stream, kind, id, &reply)?;
        // Replies to short tasks leave together; that to a long one must not
        // wait for the next.
        if kind == Kind::Burn || !inbox.is_ready() {
            outbox.flush(&mut stream)?;
        }
    }
}
