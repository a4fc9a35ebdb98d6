//! `ipc-channel`: Servo's typed channels, one write per message by design.

use std::ffi::OsStr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use ipc_channel::IpcError;
use ipc_channel::ipc::{self, IpcOneShotServer, IpcReceiver, IpcSender};
use serde::{Deserialize, Serialize};

use super::{Asks, Link, Pipelines, Sends};
use crate::child::{Peer, Role};
use crate::messages::{Large, Numbered, Report, Small};

/// What goes to the child.
#[derive(Debug, Serialize, Deserialize)]
enum Request {
    Small(Small),
    Large(Large),
    Ask(Small),
    Report,
}

/// What comes back.
#[derive(Debug, Serialize, Deserialize)]
enum Reply {
    Answer(Small),
    Report(Report),
}

/// The child's first message: where to send to it and where it answers.
type Ends = (IpcSender<Request>, IpcReceiver<Reply>);

/// A pair of channels to the child.
#[derive(Debug)]
pub(crate) struct IpcChannel {
    requests: IpcSender<Request>,
    replies: IpcReceiver<Reply>,
    peer: Peer,
}

impl IpcChannel {
    /// Starts a child and takes the ends that it sends.
    pub(crate) fn open() -> Result<Self> {
        let (server, name) = IpcOneShotServer::<Ends>::new().context("making a server")?;
        let peer = Peer::spawn(Role::IpcChannel, name)?;
        let (_, (requests, replies)) = server.accept().context("accepting the child")?;
        Ok(Self {
            requests,
            replies,
            peer,
        })
    }

    fn request(&self, request: Request) -> Result<()> {
        self.requests.send(request).context("sending to the child")
    }

    fn answer(&self) -> Result<Small> {
        match self.replies.recv().context("receiving from the child")? {
            Reply::Answer(answer) => Ok(answer),
            Reply::Report(report) => bail!("expected an answer, not {report:?}"),
        }
    }

    fn take_report(&self) -> Result<Report> {
        self.request(Request::Report)?;
        match self.replies.recv().context("receiving from the child")? {
            Reply::Report(report) => Ok(report),
            Reply::Answer(answer) => bail!("expected a report, not {answer:?}"),
        }
    }
}

impl Link for IpcChannel {
    async fn close(self) -> Result<()> {
        drop((self.requests, self.replies));
        self.peer.join()
    }
}

impl Asks for IpcChannel {
    async fn ask(&mut self, question: Small) -> Result<Small> {
        self.request(Request::Ask(question))?;
        self.answer()
    }
}

impl Pipelines for IpcChannel {
    async fn pipeline(&mut self, window: usize, lasting: Duration) -> Result<u64> {
        let (mut asked, mut answered) = (0, 0);
        let start = Instant::now();
        let mut open = true;
        while open || answered < asked {
            while open && asked - answered < window as u64 {
                self.request(Request::Ask(Small::new(asked)))?;
                asked += 1;
            }
            let answer = self.answer()?;
            ensure!(
                answer.sequence() == answered,
                "the answer to another question"
            );
            answered += 1;
            open = start.elapsed() < lasting;
        }
        Ok(answered)
    }
}

impl Sends<Small> for IpcChannel {
    async fn send(&mut self, message: Small) -> Result<()> {
        self.request(Request::Small(message))
    }

    async fn report(&mut self) -> Result<Report> {
        self.take_report()
    }
}

impl Sends<Large> for IpcChannel {
    async fn send(&mut self, message: Large) -> Result<()> {
        self.request(Request::Large(message))
    }

    async fn report(&mut self) -> Result<Report> {
        self.take_report()
    }
}

/// The child: the same work as the raw one's.
pub(crate) fn serve(server: &OsStr) -> Result<()> {
    let server = server.to_str().context("a server's name is text")?;
    let (requests, inbox) = ipc::channel().context("making the request channel")?;
    let (outbox, replies) = ipc::channel().context("making the reply channel")?;
    IpcSender::<Ends>::connect(server.to_owned())
        .context("connecting to the benchmark")?
        .send((requests, replies))
        .context("sending the ends")?;

    let mut taken = Report::default();
    loop {
        match inbox.recv() {
            Ok(Request::Small(message)) => taken.take(&message),
            Ok(Request::Large(message)) => taken.take(&message),
            Ok(Request::Ask(question)) => outbox.send(Reply::Answer(question))?,
            Ok(Request::Report) => outbox.send(Reply::Report(std::mem::take(&mut taken)))?,
            Err(IpcError::Disconnected) => return Ok(()),
            Err(error) => return Err(error).context("receiving a request"),
        }
    }
}
