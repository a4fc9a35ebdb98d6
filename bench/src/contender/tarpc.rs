//! `tarpc`: an RPC library, over a Unix socket, with bincode as it comes.

use std::ffi::OsStr;
use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::StreamExt;
use tarpc::client;
use tarpc::context;
use tarpc::server::{BaseChannel, Channel};
use tarpc::tokio_serde::formats::Bincode;
use tarpc::tokio_util::codec::LengthDelimitedCodec;
use tokio::net::UnixStream;

use self::service::{Echo as _, EchoClient};
use super::askers::by_askers;
use super::{Asks, Link, Pipelines};
use crate::child::{Peer, Role};
use crate::messages::Small;

mod service {
    #![allow(
        missing_docs,
        missing_debug_implementations,
        unreachable_pub,
        reason = "what the macro writes"
    )]

    use crate::messages::Small;

    /// Gives back what it is asked.
    #[tarpc::service]
    pub(crate) trait Echo {
        /// Gives it back.
        async fn echo(question: Small) -> Small;
    }
}

/// The child's service.
#[derive(Clone, Debug)]
struct Server;

impl service::Echo for Server {
    async fn echo(self, _: context::Context, question: Small) -> Small {
        question
    }
}

/// Here it is.
pub(crate) const ABSENCE: Option<&'static str> = None;

/// A client of the child's.
#[derive(Debug)]
pub(crate) struct Tarpc {
    client: EchoClient,
    peer: Peer,
}

/// Frames and bincode over a socket.
macro_rules! transport {
    ($stream:expr) => {{
        let frames = LengthDelimitedCodec::builder().new_framed($stream);
        tarpc::serde_transport::new(frames, Bincode::default())
    }};
}

impl Tarpc {
    /// Starts a child and accepts its connection.
    pub(crate) async fn open() -> Result<Self> {
        let (stream, peer) = super::tokio::accept(Role::Tarpc).await?;
        let client = EchoClient::new(client::Config::default(), transport!(stream)).spawn();
        Ok(Self { client, peer })
    }

    async fn call(&self, question: Small) -> Result<Small> {
        let answer = self.client.echo(context::current(), question).await;
        answer.context("asking the child")
    }
}

impl Link for Tarpc {
    async fn close(self) -> Result<()> {
        drop(self.client);
        // The task that owns the socket ends when it notices.
        let peer = self.peer;
        tokio::task::spawn_blocking(|| peer.join())
            .await
            .context("waiting for the child")?
    }
}

impl Asks for Tarpc {
    async fn ask(&mut self, question: Small) -> Result<Small> {
        self.call(question).await
    }
}

impl Pipelines for Tarpc {
    async fn pipeline(&mut self, window: usize, lasting: Duration) -> Result<u64> {
        by_askers(window, lasting, |question| self.call(question)).await
    }
}

/// The child.
pub(crate) fn serve(path: &OsStr) -> Result<()> {
    super::tokio::runtime()?.block_on(async {
        let stream = UnixStream::connect(path)
            .await
            .context("connecting to the benchmark")?;
        let channel = BaseChannel::with_defaults(transport!(stream));
        channel
            .execute(Server.serve())
            .for_each(|response| async {
                tokio::spawn(response);
            })
            .await;
        Ok(())
    })
}
