//! Taking connections: who connects must have been announced by the hub, be
//! the announced process, run as the same user, and say so in time.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::{
    Node,
    connect::{HELLO_TIMEOUT, read_frame, write_frame},
    lock,
};
use crate::{
    id::Token,
    link::{Link, PeerId, Reader},
    report,
    transport::{self, Listener, Peer, Wire},
    wire::{
        codec,
        control::Entry,
        frame::{Kind, MAX_HELLO, MAX_PAYLOAD},
        hello::{Hello, Refusal, check_build},
    },
};

/// Connections that may be about to say hello at a time.
pub(crate) const MAX_GREETING: usize = 32;

/// Announced connections that one worker may owe: it asks the hub for one at
/// a time, so more is a fault or an attack.
const MAX_OWED: usize = 8;

/// How long to rest when the system has no descriptor left for a connection:
/// nothing tells when there is one again.
const REST: Duration = Duration::from_millis(50);

/// Connections that the hub has announced.
#[derive(Debug, Default)]
pub(super) struct Expected {
    announced: Mutex<HashMap<Token, Announced>>,
    more: Notify,
}

#[derive(Debug)]
struct Announced {
    peer: PeerId,
    pid: u32,
}

impl Expected {
    pub(super) fn add(&self, token: Token, from: Entry, pid: u32) {
        let peer = PeerId {
            id: from.id,
            incarnation: from.incarnation,
            name: from.name.into(),
        };
        let mut announced = lock(&self.announced);
        let owed = announced
            .values()
            .filter(|other| other.peer.id == peer.id)
            .count();
        if owed < MAX_OWED {
            announced.insert(token, Announced { peer, pid });
        }
        drop(announced);
        self.more.notify_waiters();
    }

    /// Takes what was announced with that token: once. The announcement may
    /// come after the connection, as they travel different ways.
    async fn claim(&self, token: Token) -> Announced {
        loop {
            let more = self.more.notified();
            if let Some(announced) = lock(&self.announced).remove(&token) {
                return announced;
            }
            more.await;
        }
    }
}

impl Node {
    /// Takes connections for as long as the node lives.
    pub(crate) fn accept_from(self: &Arc<Self>, mut listener: Listener) {
        let node = Arc::downgrade(self);
        let greeting = Arc::new(Semaphore::new(MAX_GREETING));
        self.runtime.spawn(async move {
            loop {
                // The system's queue holds those that come meanwhile.
                let Ok(permit) = Arc::clone(&greeting).acquire_owned().await else {
                    return;
                };
                let accepted = listener.accept().await;
                let Some(node) = node.upgrade() else { return };
                match accepted {
                    Ok(wire) => node.greet_soon(wire, permit),
                    Err(error) if is_ours(&error) => {
                        report::warn(&format!(
                            "`{}` cannot take a connection: {error}",
                            node.me.name
                        ));
                        drop(node);
                        tokio::time::sleep(REST).await;
                    }
                    Err(_) => {} // theirs: it went before it was taken
                }
            }
        });
    }

    fn greet_soon(self: &Arc<Self>, wire: Box<dyn Wire>, permit: OwnedSemaphorePermit) {
        let node = Arc::clone(self);
        self.runtime.spawn(async move {
            let greeted = tokio::time::timeout(HELLO_TIMEOUT, node.greet(&*wire)).await;
            drop(permit);
            if let Ok(Some((peer, reader))) = greeted {
                let link = Arc::new(Link::new(peer));
                node.adopt(&link);
                node.serve(&link, Arc::from(wire), reader).await;
            }
        });
    }

    /// Hears the hello and answers it. `None` if the peer is not let in.
    async fn greet(&self, wire: &dyn Wire) -> Option<(PeerId, Reader)> {
        let system = wire.peer().ok()?;
        if system.uid != transport::own_uid() {
            return None; // another user gets no answer
        }
        let mut reader = Reader::new(MAX_HELLO);
        let frame = read_frame(wire, &mut reader).await.ok()?;
        if frame.header.kind != Kind::Hello {
            return None;
        }
        let hello: Hello = codec::decode(&frame.body).ok()?;
        match self.admit(&hello, system).await {
            Ok(peer) => {
                write_frame(wire, Kind::Welcome, &[]).await.ok()?;
                reader.allow(MAX_PAYLOAD);
                Some((peer, reader))
            }
            Err(refusal) => {
                let payload = codec::encode(&refusal, MAX_HELLO).ok()?;
                write_frame(wire, Kind::Refused, &payload).await.ok()?;
                None
            }
        }
    }

    async fn admit(&self, hello: &Hello, system: Peer) -> Result<PeerId, Refusal> {
        check_build(self.build, hello.build)?;
        let announced = self.expected.claim(hello.token).await;
        if announced.peer.id != hello.from {
            return Err(Refusal::Token);
        }
        check_process(announced.pid, system)?;
        Ok(announced.peer)
    }
}

/// The connection comes from the process that the hub has announced.
pub(crate) fn check_process(announced: u32, system: Peer) -> Result<(), Refusal> {
    match system.pid {
        Some(pid) if pid != announced => Err(Refusal::Process),
        _ => Ok(()),
    }
}

/// Whether accepting failed for want of something of ours.
pub(crate) fn is_ours(error: &io::Error) -> bool {
    !matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
            | io::ErrorKind::NotConnected
    )
}
