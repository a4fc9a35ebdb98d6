//! What most peers have in common: they carry values of one type to the child
//! and of another back. A peer says how; what is asked of it follows.

use std::time::Duration;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use super::window::{Windowed, in_window};
use super::{Asks, Link, Pipelines, Sends};
use crate::messages::{Large, Numbered, Report, Small};

/// What goes to the child.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Request {
    /// One way.
    Small(Small),
    /// One way.
    Large(Large),
    /// To be given back.
    Ask(Small),
    /// What was taken since the last report?
    Report,
}

impl From<Small> for Request {
    fn from(message: Small) -> Self {
        Self::Small(message)
    }
}

impl From<Large> for Request {
    fn from(message: Large) -> Self {
        Self::Large(message)
    }
}

/// What comes back.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// To a question.
    Answer(Small),
    /// What was taken.
    Report(Report),
}

/// The child's part: counts what comes one way, answers questions, reports.
#[derive(Debug, Default)]
pub(crate) struct Sink(Report);

impl Sink {
    /// Takes a request, and says what to answer.
    pub(crate) fn take(&mut self, request: Request) -> Option<Reply> {
        match request {
            Request::Small(message) => self.0.take(&message),
            Request::Large(message) => self.0.take(&message),
            Request::Ask(question) => return Some(Reply::Answer(question)),
            Request::Report => return Some(Reply::Report(std::mem::take(&mut self.0))),
        }
        None
    }
}

/// How a peer carries them.
pub(crate) trait Carrier {
    /// Hands a request over; it may wait in a buffer until [`Carrier::flush`].
    async fn request(&mut self, request: Request) -> Result<()>;

    /// Sends what waits.
    async fn flush(&mut self) -> Result<()> {
        Ok(())
    }

    /// The next reply.
    async fn reply(&mut self) -> Result<Reply>;

    /// Whether it is here already; no, if that cannot be told.
    fn is_ready(&self) -> bool {
        false
    }

    /// Ends the child, and fails unless it ended well.
    async fn close(self) -> Result<()>;
}

/// A link over a carrier.
#[derive(Debug)]
pub(crate) struct Over<C>(pub(crate) C);

impl<C: Carrier> Link for Over<C> {
    async fn close(self) -> Result<()> {
        self.0.close().await
    }
}

impl<C: Carrier> Windowed for Over<C> {
    async fn question(&mut self, id: u64) -> Result<()> {
        self.0.request(Request::Ask(Small::new(id))).await
    }

    async fn flush(&mut self) -> Result<()> {
        self.0.flush().await
    }

    async fn answer(&mut self) -> Result<Small> {
        match self.0.reply().await? {
            Reply::Answer(answer) => Ok(answer),
            Reply::Report(report) => bail!("expected an answer, not {report:?}"),
        }
    }

    fn is_ready(&self) -> bool {
        self.0.is_ready()
    }
}

impl<C: Carrier> Asks for Over<C> {
    async fn ask(&mut self, question: Small) -> Result<Small> {
        self.0.request(Request::Ask(question)).await?;
        self.0.flush().await?;
        self.answer().await
    }
}

impl<C: Carrier> Pipelines for Over<C> {
    async fn pipeline(&mut self, window: usize, lasting: Duration) -> Result<u64> {
        in_window(self, window, lasting).await
    }
}

impl<C: Carrier, M: Numbered + Into<Request>> Sends<M> for Over<C> {
    async fn send(&mut self, message: M) -> Result<()> {
        self.0.request(message.into()).await
    }

    async fn report(&mut self) -> Result<Report> {
        self.0.request(Request::Report).await?;
        self.0.flush().await?;
        match self.0.reply().await? {
            Reply::Report(report) => Ok(report),
            Reply::Answer(answer) => bail!("expected a report, not {answer:?}"),
        }
    }
}
