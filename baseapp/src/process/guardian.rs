//! The guardian: a thread in each worker's process that never runs the user's
//! code. It keeps the control link, flushes what a long handler holds up, and
//! ends the process when main is gone.

use std::{
    io,
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
};

use tokio::{
    runtime::{Builder, Handle},
    sync::{mpsc as channel, oneshot},
};

use super::{
    bootstrap::Bootstrap,
    control::{Outgoing, serve_control},
    platform,
};
use crate::{
    link::Reader,
    node::{ConnectError, Hub, Node, dial, look_after, say_hello},
    transport::Wire,
    wire::{
        control::{ToHub, ToWorker},
        hello::Hello,
    },
};

/// The worker's end of the guardian.
#[derive(Debug)]
pub(crate) struct Guardian {
    thread: JoinHandle<()>,
    /// The guardian's runtime: drives the links of a worker that owns its
    /// thread.
    pub(crate) runtime: Handle,
    outgoing: channel::UnboundedSender<Option<Outgoing<ToHub>>>,
    node: Option<oneshot::Sender<Arc<Node>>>,
}

/// Why there is no guardian.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GuardianError {
    #[error("cannot start its guardian thread")]
    Thread(#[source] io::Error),
    #[error("cannot reach the app that started it")]
    Connect(#[from] ConnectError),
}

/// A worker's way to the hub.
struct ControlHub(channel::UnboundedSender<Option<Outgoing<ToHub>>>);

impl Hub for ControlHub {
    fn tell(&self, message: ToHub) {
        // Without a guardian this process is about to end.
        let _ = self.0.send(Some(message.into()));
    }

    fn hand_over(&self, message: ToHub) -> oneshot::Receiver<()> {
        let (written, left) = oneshot::channel();
        let _ = self.0.send(Some(Outgoing::noticed(message, written)));
        left
    }
}

impl Guardian {
    /// Starts the guardian; ready when the hub has let it in.
    pub(crate) fn start(bootstrap: &Bootstrap) -> Result<Guardian, GuardianError> {
        let hello = Hello {
            build: bootstrap.build,
            token: bootstrap.token,
            from: bootstrap.id,
            lane: false,
        };
        let endpoint = bootstrap.hub.clone();
        let (outgoing, to_send) = channel::unbounded_channel();
        let (node, to_guard) = oneshot::channel();
        let (tell, told) = mpsc::channel();
        let thread = thread::Builder::new().name("baseapp-guardian".into());
        let thread = thread.spawn(move || {
            let runtime = match Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(error) => return drop(tell.send(Err(GuardianError::Thread(error)))),
            };
            runtime.block_on(async {
                let connected = async {
                    let wire = dial(&endpoint).await.map_err(ConnectError::from)?;
                    let reader = say_hello(&*wire, &hello).await?;
                    Ok((wire, reader))
                };
                match connected.await {
                    Ok((wire, reader)) => {
                        let _ = tell.send(Ok(Handle::current()));
                        guard(wire, reader, to_send, to_guard).await;
                    }
                    Err(error) => drop(tell.send(Err(error))),
                }
            });
        });
        let thread = thread.map_err(GuardianError::Thread)?;
        let gone = || GuardianError::Thread(io::Error::other("the guardian ended"));
        let runtime = told.recv().map_err(|_| gone())??;
        Ok(Guardian {
            thread,
            runtime,
            outgoing,
            node: Some(node),
        })
    }

    /// The way to the hub.
    pub(crate) fn hub(&self) -> Box<dyn Hub> {
        Box::new(ControlHub(self.outgoing.clone()))
    }

    /// Tells the hub.
    pub(crate) fn tell(&self, message: ToHub) {
        let _ = self.outgoing.send(Some(message.into()));
    }

    /// Hands over the node: what the hub says is for it from now on.
    pub(crate) fn watch(&mut self, node: Arc<Node>) {
        if let Some(to_guardian) = self.node.take() {
            let _ = to_guardian.send(node);
        }
    }

    /// Waits until all that was told has been written.
    pub(crate) fn finish(self) {
        let _ = self.outgoing.send(None);
        // A guardian that panicked has told all that it will.
        let _ = self.thread.join();
    }
}

/// Guards until the worker is done. Does not return if main is gone.
async fn guard(
    wire: Box<dyn Wire>,
    mut reader: Reader,
    outgoing: channel::UnboundedReceiver<Option<Outgoing<ToHub>>>,
    node: oneshot::Receiver<Arc<Node>>,
) {
    platform::ignore_interrupts();
    tokio::spawn(async {
        platform::stdin_ended().await;
        platform::die();
    });
    let (incoming, commands) = channel::unbounded_channel();
    tokio::spawn(pass_on(commands, node));
    let end = serve_control(&*wire, &mut reader, outgoing, |message: ToWorker| {
        let _ = incoming.send(message);
    });
    match end.await {
        super::control::ControlEnd::Finished => {}
        _ => platform::die(), // main is gone, or talks nonsense
    }
}

/// Passes what the hub says to the node, once there is one.
async fn pass_on(
    mut commands: channel::UnboundedReceiver<ToWorker>,
    node: oneshot::Receiver<Arc<Node>>,
) {
    let Ok(node) = node.await else { return };
    tokio::spawn(look_after(Arc::downgrade(&node)));
    let node = Arc::downgrade(&node);
    while let Some(command) = commands.recv().await {
        let Some(node) = node.upgrade() else { return };
        node.hear(command);
    }
}
