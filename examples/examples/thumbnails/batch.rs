//! All images of a run: submitted, and awaited.

use std::{path::PathBuf, pin::pin, time::Duration};

use baseapp::{RunningApp, TaskError, prelude::*};
use futures_util::{
    FutureExt as _, StreamExt as _,
    future::{BoxFuture, Either, select},
    stream::FuturesUnordered,
};

use crate::{
    args::Args,
    report::Report,
    walk::Image,
    worker::{Resizer, Thumbnail},
};

/// How long a worker may go on with its image after Ctrl-C.
const GRACE: Duration = Duration::from_secs(2);

/// Tasks that are submitted at once.
const AT_ONCE: usize = 1000;

/// How long to wait for room in the queue: until there is.
const PATIENCE: Duration = Duration::from_secs(365 * 24 * 3600);

/// Tasks that have not ended: which image, and how it ends.
type Open = FuturesUnordered<BoxFuture<'static, (PathBuf, Result<(), TaskError>)>>;

/// Does all images; an error if it was stopped before that.
pub(crate) async fn run(
    args: &Args,
    images: Vec<Image>,
    report: &mut Report,
) -> baseapp::Result<()> {
    let mut app = App::new("thumbnails").grace(GRACE);
    if let Some(file) = &args.durable {
        app = app.durable(file);
    }
    let resizer = Resizer {
        abort_on: args.abort_on.clone(),
    };
    let workers = args.workers.get().min(images.len()).max(1);
    let resizers = app.pool("resizers", resizer, workers)?;
    let app = app.start().await?;
    let all = all(&app, &resizers, args.size.get(), images, report);
    let ended = match select(pin!(all), pin!(app.stopped())).await {
        Either::Left((ended, _)) => ended,
        Either::Right(_) => Ok(()), // Ctrl-C
    };
    let stopped = app.stop().await;
    match report.left() {
        0 => ended.and(stopped),
        _ => Err(report.interrupted(stopped.and(ended))),
    }
}

/// Submits a task for each image, and awaits them.
async fn all(
    app: &RunningApp,
    resizers: &Pool<Resizer>,
    size: u32,
    images: Vec<Image>,
    report: &mut Report,
) -> baseapp::Result<()> {
    // Images that failed in an earlier run are tried anew.
    let queue = app.queue(resizers);
    for letter in queue.dead().await? {
        queue.purge(letter.id).await?;
    }

    let mut open = Open::new();
    let mut images = images.into_iter().peekable();
    while images.peek().is_some() {
        let some: Vec<Image> = images.by_ref().take(AT_ONCE).collect();
        let messages = some.iter().map(|image| Thumbnail {
            source: image.source.clone().into(),
            target: image.target.clone().into(),
            size,
        });
        let tasks = app
            .submit_all(resizers, messages)
            .patience(PATIENCE)
            .await?;
        for (image, task) in some.into_iter().zip(tasks) {
            open.push(task.map(|ended| (image.source, ended)).boxed());
        }
        // What has ended meanwhile.
        while let Some(Some((image, ended))) = open.next().now_or_never() {
            take(report, image, ended)?;
        }
    }
    while let Some((image, ended)) = open.next().await {
        take(report, image, ended)?;
    }
    Ok(())
}

fn take(report: &mut Report, image: PathBuf, ended: Result<(), TaskError>) -> baseapp::Result<()> {
    match ended {
        Ok(()) => report.made(),
        // A dead letter: the queue has given it up.
        Err(TaskError::Dead { reason, error, .. }) => {
            report.failed(image, &format!("{reason}: {error}"));
        }
        // Ctrl-C, and a queue in a file: the next run does it.
        Err(TaskError::Kept { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
