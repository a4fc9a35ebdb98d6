//! `baseapp`: the same work as the others', written as a user would.

use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use baseapp::RunningApp;
use baseapp::prelude::*;

use super::askers::by_askers;
use super::{Asks, Link, Pipelines, Sends};
use crate::messages::{Large, Report, Small};

/// A small message to be given back.
#[message(reply = Small)]
struct Question(Small);

/// A large message whose bytes are not copied on their way.
#[message]
struct Shared {
    sequence: u64,
    body: Blob,
}

/// What was taken since the last report?
#[message(reply = Report)]
pub(super) struct TakeReport;

/// Which process is it?
#[message(reply = u32)]
pub(super) struct Pid;

/// Counts what comes one way, answers questions, reports when asked.
#[worker]
#[derive(Debug, Default)]
pub(crate) struct Sink {
    #[local]
    taken: Report,
}

#[worker]
impl Sink {
    #[handler(Small)]
    fn small(&mut self, message: Small) {
        self.taken.take(&message);
    }

    #[handler(Large)]
    fn large(&mut self, message: Large) {
        self.taken.take(&message);
    }

    #[handler(Shared)]
    fn shared(&mut self, message: Shared) {
        self.taken
            .take_bytes(message.sequence, message.body.len() as u64);
    }

    #[handler(Question)]
    fn question(&self, Question(question): Question) -> Small {
        question
    }

    #[handler(TakeReport)]
    fn take_report(&mut self, _: TakeReport) -> Report {
        std::mem::take(&mut self.taken)
    }

    #[handler(Pid)]
    fn pid(&self, _: Pid) -> u32 {
        std::process::id()
    }
}

/// An app with one worker.
#[derive(Debug)]
pub(crate) struct Baseapp {
    app: RunningApp,
    sink: Address<Sink>,
}

impl Baseapp {
    /// Starts the app.
    pub(crate) async fn open() -> Result<Self> {
        Self::open_as(App::new("bench")).await
    }

    /// The same, whose messages stay on sockets.
    pub(crate) async fn open_on_sockets() -> Result<Self> {
        Self::open_as(App::new("bench").shared_memory(false)).await
    }

    async fn open_as(mut app: App) -> Result<Self> {
        let sink = app
            .worker("sink", Sink::default())
            .context("adding the worker")?;
        let app = app.start().await.context("starting the app")?;
        Ok(Self { app, sink })
    }

    /// The worker's process id.
    pub(crate) async fn pid(&self) -> Result<u32> {
        let pid = self.app.ask::<Pid>(&self.sink, Pid).await;
        pid.context("asking for the process id")
    }

    async fn question(&self, question: Small) -> Result<Small> {
        let answer = self
            .app
            .ask::<Question>(&self.sink, Question(question))
            .await;
        answer.context("asking a question")
    }

    async fn take_report(&self) -> Result<Report> {
        let report = self.app.ask::<TakeReport>(&self.sink, TakeReport).await;
        report.context("asking for a report")
    }
}

/// Stops an app, and fails unless all went well.
pub(super) async fn stop(app: RunningApp) -> Result<()> {
    let stopped = app.stop().await;
    stopped.map_err(|error| anyhow!("stopping the app: {error}"))
}

impl Link for Baseapp {
    async fn close(self) -> Result<()> {
        stop(self.app).await
    }
}

impl Asks for Baseapp {
    async fn ask(&mut self, question: Small) -> Result<Small> {
        self.question(question).await
    }
}

impl Pipelines for Baseapp {
    async fn pipeline(&mut self, window: usize, lasting: Duration) -> Result<u64> {
        by_askers(window, lasting, |question| self.question(question)).await
    }
}

impl Sends<Small> for Baseapp {
    async fn send(&mut self, message: Small) -> Result<()> {
        let sent = self.app.send::<Small>(&self.sink, message).await;
        sent.context("sending a message")
    }

    async fn report(&mut self) -> Result<Report> {
        self.take_report().await
    }
}

impl Sends<Large> for Baseapp {
    async fn send(&mut self, message: Large) -> Result<()> {
        let sent = self.app.send::<Large>(&self.sink, message).await;
        sent.context("sending a message")
    }

    async fn report(&mut self) -> Result<Report> {
        self.take_report().await
    }
}

/// The same, whose large messages are written where they will be read.
#[derive(Debug)]
pub(crate) struct WithBlobs(Baseapp);

impl WithBlobs {
    /// Starts the app.
    pub(crate) async fn open() -> Result<Self> {
        Ok(Self(Baseapp::open().await?))
    }
}

impl Link for WithBlobs {
    async fn close(self) -> Result<()> {
        self.0.close().await
    }
}

impl Sends<Large> for WithBlobs {
    async fn send(&mut self, message: Large) -> Result<()> {
        let Baseapp { app, sink } = &self.0;
        let shared = Shared {
            sequence: message.sequence,
            body: Blob::from(&message.body[..]),
        };
        let sent = app.send::<Shared>(sink, shared).await;
        sent.context("sending a message")
    }

    async fn report(&mut self) -> Result<Report> {
        self.0.take_report().await
    }
}
