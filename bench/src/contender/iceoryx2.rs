//! `iceoryx2`, `iceoryx2-events`: publish and subscribe in shared memory, each
//! way. The sender fills the memory in place, which is one copy here, and the
//! receiver reads it there.

use std::ffi::OsStr;
use std::fmt;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, anyhow, bail, ensure};
use iceoryx2::port::listener::Listener;
use iceoryx2::port::notifier::Notifier;
use iceoryx2::port::publisher::Publisher;
use iceoryx2::port::subscriber::Subscriber;
use iceoryx2::prelude::*;
use iceoryx2::sample::Sample;

use super::Wait;
use super::request::{Carrier, Over, Reply, Request};
use crate::child::{Peer, Role};
use crate::messages::{Numbered, Report, Small};

/// Here it is.
pub(crate) const ABSENCE: Option<&'static str> = None;

/// Samples that a subscriber may be behind, small and large ones.
const BUFFERED: usize = 1024;
const LARGE_BUFFERED: usize = 16;

/// Samples between two events: a notification costs a system call, and one for
/// each of many messages would be all that is measured.
const BETWEEN_EVENTS: usize = 8;

/// What a sample is, in the low bits of its header; its place is in the others.
const SMALL: u64 = 0;
const LARGE: u64 = 1;
const ASK: u64 = 2;
const REPORT: u64 = 3;
const END: u64 = 4;
const KIND_BITS: u32 = 3;

type Service = ipc::Service;

/// Services to the child and back.
pub(crate) struct Iceoryx2 {
    out: Out,
    back: In,
    peer: Peer,
}

impl fmt::Debug for Iceoryx2 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Iceoryx2").finish_non_exhaustive()
    }
}

impl Iceoryx2 {
    /// Starts a child that opens the same services, for messages of `size` bytes.
    pub(crate) fn open_waiting(wait: Wait, size: u64) -> Result<Over<Self>> {
        static OPENED: AtomicU64 = AtomicU64::new(0);
        let number = OPENED.fetch_add(1, Ordering::Relaxed);
        // The child reads the size from it.
        let name = format!("bench/{}/{number}/{size}", std::process::id());
        let node = node()?;
        let mut back = In::open(&node, &format!("{name}/back"), wait, 32)?;
        let out = Out::open(&node, &format!("{name}/out"), wait, size)?;
        let role = match wait {
            Wait::Sleep => Role::Iceoryx2Events,
            Wait::Spin => Role::Iceoryx2,
        };
        let peer = Peer::spawn(role, name)?;
        // What is published before the child subscribes is lost.
        let hello = back.next()?;
        ensure!(*hello.user_header() == REPORT, "expected a hello");
        drop(hello);
        Ok(Over(Self { out, back, peer }))
    }
}

impl Carrier for Iceoryx2 {
    async fn request(&mut self, request: Request) -> Result<()> {
        match request {
            Request::Small(message) => self.out.send(SMALL, message.sequence(), &message.0),
            Request::Large(message) => self.out.send(LARGE, message.sequence, &message.body),
            Request::Ask(question) => self.out.send(ASK, 0, &question.0),
            Request::Report => self.out.send(REPORT, 0, &[]),
        }
    }

    async fn flush(&mut self) -> Result<()> {
        self.out.notify()
    }

    async fn reply(&mut self) -> Result<Reply> {
        let sample = self.back.next()?;
        match *sample.user_header() {
            ASK => Ok(Reply::Answer(small(sample.payload())?)),
            REPORT => Ok(Reply::Report(
                postcard::from_bytes(sample.payload()).context("decoding a report")?,
            )),
            other => bail!("a reply of unknown kind {other}"),
        }
    }

    fn is_ready(&self) -> bool {
        self.back.subscriber.has_samples().unwrap_or(false)
    }

    async fn close(mut self) -> Result<()> {
        self.out.send(END, 0, &[])?;
        self.out.notify()?;
        self.peer.join()
    }
}

fn small(payload: &[u8]) -> Result<Small> {
    let bytes = payload.try_into().context("a message of another size")?;
    Ok(Small(bytes))
}

fn node() -> Result<Node<Service>> {
    set_log_level(LogLevel::Error);
    NodeBuilder::new()
        .signal_handling_mode(SignalHandlingMode::Disabled)
        .create::<Service>()
        .map_err(|error| anyhow!("making a node: {error:?}"))
}

fn name(text: &str) -> Result<ServiceName> {
    ServiceName::new(text).map_err(|error| anyhow!("naming a service: {error:?}"))
}

/// The end that publishes.
struct Out {
    publisher: Publisher<Service, [u8], u64>,
    notifier: Option<Notifier<Service>>,
    /// Samples since the last event.
    silent: usize,
}

/// The end that subscribes.
struct In {
    subscriber: Subscriber<Service, [u8], u64>,
    listener: Option<Listener<Service>>,
}

/// Opens a service; a macro, as its type is nothing to write down.
macro_rules! service {
    ($node:expr, $name:expr, $size:expr) => {{
        let buffered = if $size > 1024 {
            LARGE_BUFFERED
        } else {
            BUFFERED
        };
        $node
            .service_builder(&name($name)?)
            .publish_subscribe::<[u8]>()
            .user_header::<u64>()
            .enable_safe_overflow(false)
            .history_size(0)
            .subscriber_max_buffer_size(buffered)
            .open_or_create()
            .map_err(|error| anyhow!("opening a service: {error:?}"))?
    }};
}

/// The service of the events that go with it.
macro_rules! events {
    ($node:expr, $name:expr) => {
        $node
            .service_builder(&name($name)?)
            .event()
            .open_or_create()
            .map_err(|error| anyhow!("opening events: {error:?}"))?
    };
}

impl Out {
    fn open(node: &Node<Service>, name_: &str, wait: Wait, size: u64) -> Result<Self> {
        let publisher = service!(node, name_, size)
            .publisher_builder()
            .initial_max_slice_len(usize::try_from(size)?)
            .backpressure_strategy(BackpressureStrategy::RetryUntilDelivered)
            .create()
            .map_err(|error| anyhow!("making a publisher: {error:?}"))?;
        let notifier = match wait {
            Wait::Spin => None,
            Wait::Sleep => Some(
                events!(node, name_)
                    .notifier_builder()
                    .create()
                    .map_err(|error| anyhow!("making a notifier: {error:?}"))?,
            ),
        };
        Ok(Self {
            publisher,
            notifier,
            silent: 0,
        })
    }

    fn send(&mut self, kind: u64, sequence: u64, payload: &[u8]) -> Result<()> {
        let sample = self.publisher.loan_slice_uninit(payload.len());
        let mut sample = sample.map_err(|error| anyhow!("taking memory: {error:?}"))?;
        *sample.user_header_mut() = sequence << KIND_BITS | kind;
        let sent = sample.write_from_slice(payload).send();
        sent.map_err(|error| anyhow!("publishing: {error:?}"))?;
        self.silent += 1;
        if self.silent >= BETWEEN_EVENTS {
            self.notify()?;
        }
        Ok(())
    }

    fn notify(&mut self) -> Result<()> {
        let Some(notifier) = &self.notifier else {
            return Ok(());
        };
        if self.silent > 0 {
            let notified = notifier.notify();
            notified.map_err(|error| anyhow!("notifying: {error:?}"))?;
            self.silent = 0;
        }
        Ok(())
    }
}

impl In {
    fn open(node: &Node<Service>, name_: &str, wait: Wait, size: u64) -> Result<Self> {
        let subscriber = service!(node, name_, size)
            .subscriber_builder()
            .create()
            .map_err(|error| anyhow!("making a subscriber: {error:?}"))?;
        let listener = match wait {
            Wait::Spin => None,
            Wait::Sleep => Some(
                events!(node, name_)
                    .listener_builder()
                    .create()
                    .map_err(|error| anyhow!("making a listener: {error:?}"))?,
            ),
        };
        Ok(Self {
            subscriber,
            listener,
        })
    }

    /// The next sample.
    fn next(&mut self) -> Result<Sample<Service, [u8], u64>> {
        loop {
            let sample = self.subscriber.receive();
            if let Some(sample) = sample.map_err(|error| anyhow!("receiving: {error:?}"))? {
                return Ok(sample);
            }
            match &self.listener {
                None => spin_loop(),
                Some(listener) => {
                    let waited = listener.blocking_wait(|_| {});
                    waited.map_err(|error| anyhow!("waiting: {error:?}"))?;
                }
            }
        }
    }
}

/// The child: the same work as the raw one's.
pub(crate) fn serve_waiting(place: &OsStr, wait: Wait) -> Result<()> {
    let place = place.to_str().context("a service's name is text")?;
    let size = place.rsplit('/').next().and_then(|size| size.parse().ok());
    let size = size.context("a service's name ends in a size")?;
    let node = node()?;
    let mut inbox = In::open(&node, &format!("{place}/out"), wait, size)?;
    let mut back = Out::open(&node, &format!("{place}/back"), wait, 32)?;
    let mut taken = Report::default();
    back.send(REPORT, 0, &[])?;
    back.notify()?;
    loop {
        let sample = inbox.next()?;
        let (header, payload) = (*sample.user_header(), sample.payload());
        let (kind, sequence) = (header & ((1 << KIND_BITS) - 1), header >> KIND_BITS);
        match kind {
            SMALL => taken.take(&small(payload)?),
            LARGE => taken.take_bytes(sequence, payload.len() as u64),
            ASK => back.send(ASK, 0, payload)?,
            REPORT => {
                let report = postcard::to_allocvec(&taken).context("encoding a report")?;
                back.send(REPORT, 0, &report)?;
                taken = Report::default();
            }
            END => return Ok(()),
            other => bail!("a request of unknown kind {other}"),
        }
        // Answers are announced when there is nothing more to handle.
        if !inbox.subscriber.has_samples().unwrap_or(false) {
            back.notify()?;
        }
    }
}
