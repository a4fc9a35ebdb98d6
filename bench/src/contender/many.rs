//! `baseapp` with many workers, to all of which main sends.

use std::ops::Range;

use anyhow::{Context as _, Result, ensure};
use baseapp::RunningApp;
use baseapp::prelude::*;
use futures_util::future::try_join_all;

use super::Link;
use super::baseapp::{Pid, Sink, TakeReport, stop};
use crate::messages::Small;

/// An app.
#[derive(Debug)]
pub(crate) struct Many {
    app: RunningApp,
    sinks: Vec<Address<Sink>>,
}

/// How main says to whom it sends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum By {
    /// With an address.
    Address,
    /// With a name, which is looked up.
    Name,
}

impl Many {
    /// Starts it with so many workers.
    pub(crate) async fn open(workers: usize) -> Result<Self> {
        Self::start(App::new("bench"), workers).await
    }

    /// The same with threads of this process.
    pub(crate) async fn open_in_process(workers: usize) -> Result<Self> {
        Self::start(App::new("bench").in_process(), workers).await
    }

    async fn start(mut app: App, workers: usize) -> Result<Self> {
        let sinks = (0..workers)
            .map(|number| app.worker(format!("sink-{number}"), Sink::default()))
            .collect::<Result<_, _>>()?;
        let app = app.start().await.context("starting the app")?;
        Ok(Self { app, sinks })
    }

    /// The process ids of the workers: with it, each has handled a message.
    pub(crate) async fn pids(&self) -> Result<Vec<u32>> {
        let asks = self.sinks.iter().map(|sink| self.app.ask::<Pid>(sink, Pid));
        let pids = try_join_all(asks.map(IntoFuture::into_future)).await;
        pids.context("asking for the process ids")
    }

    /// Starts workers with these numbers, one after the other, and stops each again:
    /// their names stay known.
    pub(crate) async fn start_and_stop(&self, numbers: Range<usize>) -> Result<()> {
        for number in numbers {
            let name = format!("gone-{number}");
            let started = self.app.spawn_worker(name, Sink::default()).await;
            let started = started.context("starting a worker")?;
            let stopped = self.app.stop_worker(&started).await;
            stopped.context("stopping a worker")?;
        }
        Ok(())
    }

    /// Sends so many messages, to one worker after the other, and waits until all
    /// have come.
    pub(crate) async fn send_to_all(&mut self, messages: u64) -> Result<()> {
        self.send_to_all_by(By::Address, messages).await
    }

    /// The same, with an address or a name.
    pub(crate) async fn send_to_all_by(&mut self, by: By, messages: u64) -> Result<()> {
        let each = messages / self.sinks.len() as u64;
        for number in 0..each {
            for sink in &self.sinks {
                let message = Small::new(number);
                let send = match by {
                    By::Address => self.app.send::<Small>(sink, message),
                    By::Name => self.app.send::<Small>(sink.name(), message),
                };
                send.await.context("sending a message")?;
            }
        }
        let asks = self
            .sinks
            .iter()
            .map(|sink| self.app.ask::<TakeReport>(sink, TakeReport));
        let reports = try_join_all(asks.map(IntoFuture::into_future)).await;
        for report in reports.context("asking for reports")? {
            report.check(each, &Small::new(0))?;
        }
        ensure!(each > 0, "too few messages for so many workers");
        Ok(())
    }
}

impl Link for Many {
    async fn close(self) -> Result<()> {
        stop(self.app).await
    }
}
