//! The hub's door: guardians connect, each with the token of its bootstrap and
//! from the process that was started with it.

use std::{
    collections::HashMap,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    sync::{Mutex as Door, OwnedMutexGuard, Semaphore, mpsc},
    task::JoinHandle,
};

use super::{Event, Port};
use crate::{
    id::{Life, Token},
    link::Reader,
    node::{MAX_GREETING, REST, check_process, greet, is_ours},
    process::serve_control,
    report,
    transport::{Listener, Peer, Wire},
    wire::{
        control::{Endpoint, ToHub},
        hello::{Build, Hello, Refusal},
    },
};

type Expected = Arc<Mutex<HashMap<Token, Guest>>>;

/// Who is expected.
#[derive(Debug)]
struct Guest {
    life: Life,
    pid: u32,
    link: Link,
}

/// Held while a worker's control link is served: what it said is not all heard before.
pub(super) type Link = Arc<Door<()>>;

/// The listening socket, for as long as it is kept.
#[derive(Debug)]
pub(super) struct Doors {
    endpoint: Endpoint,
    expected: Expected,
    accepting: JoinHandle<()>,
}

impl Doors {
    pub(super) fn open(
        path: PathBuf,
        build: Build,
        events: mpsc::UnboundedSender<Event>,
    ) -> io::Result<Doors> {
        let listener = Listener::socket(path)?;
        let endpoint = listener.endpoint();
        let expected = Expected::default();
        let guests = Guests {
            build,
            expected: Arc::clone(&expected),
            events,
        };
        let accepting = tokio::spawn(accept(listener, guests));
        Ok(Doors {
            endpoint,
            expected,
            accepting,
        })
    }

    pub(super) fn endpoint(&self) -> Endpoint {
        self.endpoint.clone()
    }

    /// A process will connect, with this token, as that worker. Its control link.
    pub(super) fn expect(&self, token: Token, life: Life, pid: u32) -> Link {
        let link = Link::default();
        let guest = Guest {
            life,
            pid,
            link: Arc::clone(&link),
        };
        self.expected
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(token, guest);
        link
    }

    /// That life is over, or has come in: nobody else comes as it.
    pub(super) fn forget(&self, life: Life) {
        self.expected
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|_, guest| guest.life != life);
    }
}

impl Drop for Doors {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

#[derive(Clone)]
struct Guests {
    build: Build,
    expected: Expected,
    events: mpsc::UnboundedSender<Event>,
}

async fn accept(mut listener: Listener, guests: Guests) {
    let greeting = Arc::new(Semaphore::new(MAX_GREETING));
    while let Ok(permit) = Arc::clone(&greeting).acquire_owned().await {
        match listener.accept().await {
            Ok(wire) => {
                let guests = guests.clone();
                tokio::spawn(async move {
                    let admit = async |hello: &Hello, system| guests.admit(hello, system);
                    let greeted = greet(&*wire, guests.build, false, admit).await;
                    drop(permit);
                    if let Some(greeted) = greeted {
                        let (life, served) = greeted.guest;
                        guests.serve(life, &*wire, greeted.reader).await;
                        drop(served);
                    }
                });
            }
            Err(error) if is_ours(&error) => {
                report::warn(&format!("the hub cannot take a connection: {error}"));
                tokio::time::sleep(REST).await;
            }
            Err(_) => {}
        }
    }
}

impl Guests {
    fn admit(&self, hello: &Hello, system: Peer) -> Result<(Life, OwnedMutexGuard<()>), Refusal> {
        let mut expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        let Guest { life, pid, link } = expected.remove(&hello.token).ok_or(Refusal::Token)?;
        if life.id != hello.from {
            return Err(Refusal::Token);
        }
        check_process(pid, system)?;
        // Only who waits for a dead process's last words could have it.
        let served = link.try_lock_owned().map_err(|_| Refusal::Process)?;
        Ok((life, served))
    }

    async fn serve(&self, life: Life, wire: &dyn Wire, mut reader: Reader) {
        let (port, outgoing) = mpsc::unbounded_channel();
        let _ = self.events.send(Event::Connected(life, Port::Remote(port)));
        serve_control(wire, &mut reader, outgoing, |message: ToHub| {
            let _ = self.events.send(Event::Tell(life, message));
        })
        .await;
        wire.close();
        let _ = self.events.send(Event::Disconnected(life));
    }
}
