//! [`End`]: one end of a link, and its ledger.

mod asks;
mod fate;
mod reading;

use std::{
    cell::LazyCell,
    convert::Infallible,
    sync::Arc,
    task::{Context, Waker},
    time::Instant,
};

use bytes::Bytes;
use tokio::runtime::{Builder, Runtime};

use super::{
    ids,
    ledger::{Asked, Ledger},
    pipe::Counted,
};
use crate::{
    deadline::Deadline,
    id::{Incarnation, WorkerId},
    link::{Kept, Link, Reader, Refused},
    node::{Node, fixture},
    registry::registry,
    transport::{Wire, memory_pair},
    wire::{
        frame::{Fields, HEADER, Kind, MAX_FRAME},
        link_options::LinkOptions,
    },
};

/// Who talks to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Workers,
    /// A worker and the task queues.
    Queue,
}

/// An acknowledgement, in bytes.
const ACK: u64 = HEADER as u64 + 8;

/// See the [module](self).
pub(super) struct End {
    node: Arc<Node>,
    place: Place,
    is_second: bool,
    link: Arc<Link>,
    wire: Arc<Counted>,
    reader: Reader,
    ledger: Ledger,
    strays_before: u64,
    over: bool,
    /// Somebody wrote to the other end behind the link's back.
    tainted: bool,
    /// What it handled of what came, as its black box would tell.
    handled: u64,
    /// All that came and took credit.
    received: Vec<(Kind, Bytes)>,
    /// What never began, for the next life of the other end.
    kept: Vec<Kept>,
}

thread_local! {
    /// Never runs: what is spawned on it is what nodes do besides.
    static RUNTIME: LazyCell<Runtime> = LazyCell::new(|| {
        match Builder::new_current_thread().build() {
            Ok(runtime) => runtime,
            Err(error) => panic!("no runtime: {error}"),
        }
    });
    static NODES: LazyCell<[Arc<Node>; 3]> =
        LazyCell::new(|| [WorkerId::QUEUE, WorkerId(2), WorkerId(3)].map(node));
}

fn node(id: WorkerId) -> Arc<Node> {
    let registry = registry().unwrap_or_else(|error| panic!("{error}"));
    let routes = (registry.build, &registry.table);
    let node = RUNTIME.with(|runtime| {
        let runtime = runtime.handle();
        fixture::node(id, routes, runtime, LinkOptions::PLAIN)
    });
    node.mailbox.open();
    node
}

/// Both ends of a link.
pub(super) fn pair(place: Place, life: Incarnation) -> [End; 2] {
    let (one, other) = memory_pair();
    let [first, second] = ids(place);
    [
        End::new(place, [first, second], Box::new(one), life),
        End::new(place, [second, first], Box::new(other), life),
    ]
}

impl End {
    fn new(
        place: Place,
        [me, other]: [WorkerId; 2],
        pipe: Box<dyn Wire>,
        life: Incarnation,
    ) -> End {
        let node = NODES.with(|nodes| Arc::clone(&nodes[me.index() - 1]));
        let wire = Arc::new(Counted::new(pipe));
        let link = Arc::new(Link::new(fixture::peer(other, life)));
        link.attach(Arc::clone(&wire) as Arc<dyn Wire>);
        End {
            strays_before: node.counters.strays(),
            node,
            place,
            is_second: me == ids(place)[1],
            link,
            wire,
            reader: Reader::new(MAX_FRAME),
            ledger: Ledger::default(),
            over: false,
            tainted: false,
            handled: 0,
            received: Vec::new(),
            kept: Vec::new(),
        }
    }

    /// Bytes that tell frames apart.
    fn payload(&self, size: usize) -> Vec<u8> {
        let mut payload = (self.ledger.sent.len() as u32).to_le_bytes().to_vec();
        payload.resize(4 + size, 7);
        payload
    }

    pub(super) fn send(&mut self, size: usize) {
        let body = self.payload(size);
        // Who talks to the queue submits, who is the queue sends nothing that
        // takes credit.
        let kind = match (self.place, self.is_second) {
            (Place::Workers, _) => Kind::Message,
            (Place::Queue, false) => Kind::Submit,
            (Place::Queue, true) => return self.post(&body),
        };
        let sent = self.link.request(kind, 5, 0, |out| write(out, &body));
        self.account(kind, body, sent.map(drop));
    }

    pub(super) fn ask(&mut self, deadline: Instant, size: usize) {
        if self.place == Place::Queue {
            return self.send(size);
        }
        let payload = self.payload(size);
        let (waker, number) = (Waker::noop(), self.ledger.sent.len() as u64 + 1);
        let at = size.is_multiple_of(2).then_some(7_u64);
        let fields = Fields {
            deadline: at,
            chain: Vec::new(),
        };
        let put = |out: &mut Vec<u8>| write(out, &payload);
        let asked = self.link.ask(5, &fields, Deadline(deadline), waker, put);
        let at = at.map(u64::to_le_bytes);
        let body = [at.as_ref().map_or(&[][..], |at| at), &payload].concat();
        if let Ok((key, _)) = &asked {
            assert!(
                self.ledger.asks.iter().all(|ask| ask.key != *key),
                "a key is used once"
            );
            self.ledger.asks.push(Asked::new(*key, number, deadline));
        }
        self.account(Kind::Ask, body, asked.map(drop));
    }

    fn account(&mut self, kind: Kind, body: Vec<u8>, sent: Result<(), Refused<Infallible>>) {
        match sent {
            Ok(()) => {
                assert!(
                    !self.over && self.ledger.admits(),
                    "it was sent without credit"
                );
                let size = (HEADER + body.len()) as u64;
                self.ledger.spend(kind, body, size);
            }
            Err(Refused::Full) => assert!(!self.ledger.admits(), "there was credit"),
            Err(Refused::Ended(_)) => assert!(self.over),
            Err(Refused::Payload(never)) => match never {},
        }
        let (sent, handled) = self.link.counts();
        assert_eq!(
            (sent, handled),
            (self.ledger.spent.messages, self.ledger.consumed.messages)
        );
    }

    /// A task, from the queue.
    fn post(&mut self, body: &[u8]) {
        let posted = self.link.post(Kind::Task, 5, 1, |out| write(out, body));
        if posted.is_ok() {
            self.ledger.put += (HEADER + body.len()) as u64;
        }
    }

    pub(super) fn flush(&mut self, how: u8) {
        let mut cx = Context::from_waker(Waker::noop());
        match how % 4 {
            0 => self.link.flush_early(),
            // That the other end is gone is noticed when it is read.
            1 => drop(self.link.poll_flush(&mut cx)),
            _ => self.link.flush(),
        }
        assert!(self.wire.written() <= self.ledger.put);
        if self.link.poll_written(&mut cx).is_ready() && !self.over {
            assert_eq!(self.wire.written(), self.ledger.put, "all is written");
        }
    }

    pub(super) fn say_goodbye(&mut self) {
        self.link.say_goodbye();
        if !self.over {
            self.ledger.put += HEADER as u64;
        }
    }

    pub(super) fn assume_handled(&mut self) {
        self.link.assume_handled();
        self.ledger.handled = self.ledger.spent.messages;
    }

    pub(super) fn close(&mut self) {
        self.wire.close();
    }

    pub(super) fn inject(&mut self, bytes: &[u8]) {
        if !self.over {
            self.tainted = true;
            self.wire.inject(bytes);
        }
    }

    /// The correlation of an ask of this end: who answers it himself is hostile.
    pub(super) fn some_ask(&self) -> u64 {
        self.ledger.asks.last().map_or(0, |ask| ask.key.to_wire())
    }
}

fn write(out: &mut Vec<u8>, body: &[u8]) -> Result<(), Infallible> {
    out.extend_from_slice(body);
    Ok(())
}
