//! Counting in worker processes: a few files in flight at each, until all are
//! counted.

use std::{cell::RefCell, collections::VecDeque, iter::repeat_n, pin::pin, time::Duration};

use baseapp::{AskError, RunningApp, SendErrorKind, StopError, StopProblem, prelude::*};
use futures_util::future::{Either, join_all, select};

use crate::{
    count::{Chunk, Count, Counter, Task},
    progress::Progress,
    report::Report,
};

/// Asks in flight at each worker: one that it handles, and what it handles
/// next, so that it never waits for main.
const IN_FLIGHT: usize = 3;

/// How long a chunk may take, with those before it.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long the workers may go on after Ctrl-C.
const GRACE: Duration = Duration::from_secs(1);

/// What is still to be counted, and what was counted.
struct Job {
    waiting: RefCell<VecDeque<Task>>,
    report: RefCell<Report>,
    progress: Progress,
}

/// Counts files in so many workers.
pub(crate) async fn count(
    files: Vec<Task>,
    workers: usize,
    report: Report,
) -> baseapp::Result<Report> {
    let how = format!("with {workers} workers");
    let mut app = App::new("wordcount").grace(GRACE);
    let workers = (1..=workers).map(|n| app.worker(format!("counter-{n}"), Counter));
    let workers: Vec<_> = workers.collect::<Result<_, _>>()?;
    let app = app.start().await?;
    let progress = Progress::new(files.len(), &how);
    let job = Job {
        waiting: RefCell::new(files.into()),
        report: RefCell::new(report),
        progress,
    };

    let all_counted = matches!(
        select(pin!(job.run(&app, workers)), pin!(app.stopped())).await,
        Either::Left((true, _))
    );
    match app.stop().await {
        Ok(()) if all_counted => Ok(job.report.into_inner()),
        // Others have counted their files.
        Err(error) if all_counted && only_deaths(&error) => Ok(job.report.into_inner()),
        Err(error) if all_counted => Err(error),
        // Ctrl-C.
        Ok(()) => Err(baseapp::Error::msg("stopped before all files were counted")),
        Err(error) => {
            let text = format!("not all files were counted: {error}");
            Err(baseapp::Error::msg(text))
        }
    }
}

impl Job {
    /// Counts all files. False if no worker is left to do it.
    async fn run(&self, app: &RunningApp, mut workers: Vec<Address<Counter>>) -> bool {
        // One round, unless a worker dies: what it had is left for the next.
        while !self.waiting.borrow().is_empty() {
            let lanes = workers
                .iter()
                .flat_map(|worker| repeat_n(worker, IN_FLIGHT));
            let lanes = lanes.map(|worker| self.lane(app, worker));
            let ended: Vec<_> = join_all(lanes).await.into_iter().flatten().collect();
            workers.retain(|worker| !ended.contains(worker));
            if workers.is_empty() {
                return self.waiting.borrow().is_empty();
            }
        }
        true
    }

    /// Asks a worker for one chunk after the other, until nothing is left or
    /// the worker has ended: then gives it back.
    async fn lane(&self, app: &RunningApp, worker: &Address<Counter>) -> Option<Address<Counter>> {
        while let Some(task) = self.next() {
            let mut next = Some(task);
            while let Some(task) = next {
                match ask(app, worker, &task).await {
                    Ok(counted) => next = self.report.borrow_mut().take(task, counted),
                    Err(HasEnded) => {
                        self.waiting.borrow_mut().push_front(task);
                        return Some(worker.clone());
                    }
                }
            }
            self.progress.file_done();
        }
        None
    }

    fn next(&self) -> Option<Task> {
        self.waiting.borrow_mut().pop_front()
    }
}

/// The worker has ended: nothing is known of the file.
struct HasEnded;

/// Asks for a chunk: what was counted, or why the file cannot be.
async fn ask(
    app: &RunningApp,
    worker: &Address<Counter>,
    task: &Task,
) -> Result<Result<Chunk, String>, HasEnded> {
    let count = Count {
        path: task.path.clone().into(),
        place: task.place.clone(),
    };
    match app.ask::<Count>(worker, count).timeout(PATIENCE).await {
        Ok(chunk) => Ok(Ok(chunk)),
        Err(AskError::Handler { text, .. }) => Ok(Err(text)),
        Err(AskError::Interrupted { .. }) => Err(HasEnded),
        Err(AskError::NotDelivered(error)) if matches!(error.kind, SendErrorKind::Ended(_)) => {
            Err(HasEnded)
        }
        Err(error) => Ok(Err(error.to_string())),
    }
}

/// All that was wrong is that workers have died.
fn only_deaths(error: &baseapp::Error) -> bool {
    let died = |problem: &StopProblem| matches!(problem, StopProblem::Died { .. });
    error
        .downcast_ref::<StopError>()
        .is_some_and(|error| error.problems.iter().all(died))
}
