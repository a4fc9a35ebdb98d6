//! Taking connections: who connects must have been announced by the hub, be
//! the announced process, run as the same user, and say so in time.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::{
    Node,
    connect::go_on,
    greet::{Greeted, MAX_GREETING, REST, check_process, greet, is_ours},
    lock,
};
use crate::{
    id::Token,
    link::{Link, PeerId},
    report,
    transport::{Listener, Peer, Wire},
    wire::{
        control::Entry,
        hello::{Hello, Refusal},
    },
};

/// Announced connections that one worker may owe: it asks the hub for one at
/// a time, so more are old ones that came to nothing, or an attack.
const MAX_OWED: usize = 8;

/// Connections that the hub has announced.
#[derive(Debug, Default)]
pub(super) struct Expected {
    announced: Mutex<HashMap<Token, Announced>>,
    count: AtomicU64,
    more: Notify,
}

#[derive(Debug)]
struct Announced {
    peer: PeerId,
    pid: u32,
    /// Later ones have higher numbers.
    number: u64,
}

impl Expected {
    pub(super) fn add(&self, token: Token, from: Entry, pid: u32) {
        let peer = PeerId {
            id: from.id,
            incarnation: from.incarnation,
            name: from.name.into(),
        };
        let mut announced = lock(&self.announced);
        let owed: Vec<_> = announced
            .iter()
            .filter(|(_, other)| other.peer.id == peer.id)
            .collect();
        if owed.len() >= MAX_OWED
            && let Some((oldest, _)) = owed.into_iter().min_by_key(|(_, other)| other.number)
        {
            let oldest = *oldest;
            announced.remove(&oldest);
        }
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        announced.insert(token, Announced { peer, pid, number });
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
        let accepting = self.runtime.spawn(async move {
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
        *lock(&self.accepting) = Some(accepting.abort_handle());
    }

    /// Takes no connections any more.
    pub(super) fn stop_accepting(&self) {
        if let Some(accepting) = lock(&self.accepting).take() {
            accepting.abort();
        }
    }

    fn greet_soon(self: &Arc<Self>, wire: Box<dyn Wire>, permit: OwnedSemaphorePermit) {
        let node = Arc::clone(self);
        self.runtime.spawn(async move {
            let admit = async |hello: &Hello, system| node.admit(hello, system).await;
            let greeted = greet(&*wire, node.build, node.link_options.lanes, admit).await;
            drop(permit);
            let Some(Greeted {
                guest: link,
                reader,
                lane,
            }) = greeted
            else {
                return;
            };
            let reader = go_on(&*wire, lane, reader);
            node.adopt(&link);
            node.serve_over(link, Arc::from(wire), reader).await;
        });
    }

    /// The link is there, and its messages are counted, before the guest is told
    /// that it is let in.
    async fn admit(&self, hello: &Hello, system: Peer) -> Result<Arc<Link>, Refusal> {
        let announced = self.expected.claim(hello.token).await;
        if announced.peer.id != hello.from {
            return Err(Refusal::Token);
        }
        check_process(announced.pid, system)?;
        let link = Link::new(announced.peer);
        link.set_connection(hello.token.connection(), self.page.as_ref());
        Ok(Arc::new(link))
    }
}
