//! `baseapp` with many workers, to all of which main sends.

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

impl Many {
    /// Starts it with so many workers.
    pub(crate) async fn open(workers: usize) -> Result<Self> {
        let mut app = App::new("bench");
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

    /// Sends so many messages, to one worker after the other, and waits until all
    /// have come.
    pub(crate) async fn send_to_all(&mut self, messages: u64) -> Result<()> {
        let each = messages / self.sinks.len() as u64;
        for number in 0..each {
            for sink in &self.sinks {
                let sent = self.app.send::<Small>(sink, Small::new(number)).await;
                sent.context("sending a message")?;
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
