//! `ipc-channel`: Servo's typed channels, one write per message by design.

use std::ffi::OsStr;

use anyhow::{Context, Result};
use ipc_channel::IpcError;
use ipc_channel::ipc::{self, IpcOneShotServer, IpcReceiver, IpcSender};

use super::request::{Carrier, Over, Reply, Request, Sink};
use crate::child::{Peer, Role};

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
    pub(crate) fn open() -> Result<Over<Self>> {
        let (server, name) = IpcOneShotServer::<Ends>::new().context("making a server")?;
        let peer = Peer::spawn(Role::IpcChannel, name)?;
        let (_, (requests, replies)) = server.accept().context("accepting the child")?;
        Ok(Over(Self {
            requests,
            replies,
            peer,
        }))
    }
}

impl Carrier for IpcChannel {
    async fn request(&mut self, request: Request) -> Result<()> {
        self.requests.send(request).context("sending to the child")
    }

    async fn reply(&mut self) -> Result<Reply> {
        self.replies.recv().context("receiving from the child")
    }

    async fn close(self) -> Result<()> {
        drop((self.requests, self.replies));
        self.peer.join()
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

    let mut sink = Sink::default();
    loop {
        match inbox.recv() {
            Ok(request) => {
                if let Some(reply) = sink.take(request) {
                    outbox.send(reply)?;
                }
            }
            Err(IpcError::Disconnected) => return Ok(()),
            Err(error) => return Err(error).context("receiving a request"),
        }
    }
}
