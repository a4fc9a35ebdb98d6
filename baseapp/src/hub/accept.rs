//! The hub's door: guardians connect, each with the token of its bootstrap and
//! from the process that was started with it.

use std::{
    collections::HashMap,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinHandle,
};

use super::{Event, Port};
use crate::{
    id::{Token, WorkerId},
    link::Reader,
    node::{HELLO_TIMEOUT, MAX_GREETING, check_process, is_ours, read_frame, write_frame},
    process::serve_control,
    report,
    transport::{self, Listener, Wire},
    wire::{
        codec,
        control::{Endpoint, ToHub},
        frame::{Kind, MAX_HELLO, MAX_PAYLOAD},
        hello::{Build, Hello, Refusal, check_build},
    },
};

type Expected = Arc<Mutex<HashMap<Token, (WorkerId, u32)>>>;

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

    /// A process will connect, with this token, as that worker.
    pub(super) fn expect(&self, token: Token, id: WorkerId, pid: u32) {
        self.expected
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(token, (id, pid));
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
                    let greeted = tokio::time::timeout(HELLO_TIMEOUT, guests.greet(&*wire)).await;
                    drop(permit);
                    if let Ok(Some((id, reader))) = greeted {
                        guests.serve(id, &*wire, reader).await;
                    }
                });
            }
            Err(error) if is_ours(&error) => {
                report::warn(&format!("the hub cannot take a connection: {error}"));
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(_) => {}
        }
    }
}

impl Guests {
    /// Hears the hello and answers it. `None` if the guest is not let in.
    async fn greet(&self, wire: &dyn Wire) -> Option<(WorkerId, Reader)> {
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
        match self.admit(&hello, system) {
            Ok(id) => {
                write_frame(wire, Kind::Welcome, &[]).await.ok()?;
                reader.allow(MAX_PAYLOAD);
                Some((id, reader))
            }
            Err(refusal) => {
                let payload = codec::encode(&refusal, MAX_HELLO).ok()?;
                write_frame(wire, Kind::Refused, &payload).await.ok()?;
                None
            }
        }
    }

    fn admit(&self, hello: &Hello, system: transport::Peer) -> Result<WorkerId, Refusal> {
        check_build(self.build, hello.build)?;
        let mut expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        let (id, pid) = expected.remove(&hello.token).ok_or(Refusal::Token)?;
        if id != hello.from {
            return Err(Refusal::Token);
        }
        check_process(pid, system)?;
        Ok(id)
    }

    async fn serve(&self, id: WorkerId, wire: &dyn Wire, mut reader: Reader) {
        let (port, outgoing) = mpsc::unbounded_channel();
        let _ = self.events.send(Event::Connected(id, Port::Remote(port)));
        serve_control(wire, &mut reader, outgoing, |message: ToHub| {
            let _ = self.events.send(Event::Tell(id, message));
        })
        .await;
        wire.close();
        let _ = self.events.send(Event::Disconnected(id));
    }
}
