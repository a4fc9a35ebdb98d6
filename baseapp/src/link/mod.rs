//! A link: the ordered pair of two workers, over one connection. Credit,
//! order, what is not yet written, and asks that await their reply.
//!
//! A link exists before its connection does: what is sent while the
//! connection is being made waits in the outbox. It ends once; what it still
//! held is handed back to the senders.

mod asking;
mod chunk;
mod ending;
mod kept;
mod lending;
mod outbox;
mod pending;
mod returns;
mod sending;
mod window;
mod writing;

use std::{
    fmt::{self, Debug, Formatter},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Instant,
};

use tokio::sync::Notify;

use self::lending::{Borrowing, Lend, Lending};
pub(crate) use self::{
    chunk::{Chunk, Frame, ReadError, Reader},
    ending::Remains,
    kept::Kept,
    outbox::Outbox,
    pending::{AskKey, Look, Outcome, Pending},
    window::{Credit, Intake, WINDOW_BYTES},
};
use crate::{
    blackbox::{Page, Slot},
    blob::{Back, Lender},
    deadline::Deadline,
    id::{Incarnation, WorkerId},
    transport::Wire,
    wire::{
        control::Handled,
        frame::{Header, Kind},
    },
};

/// The worker at the other end, in one of its lives.
#[derive(Clone, Debug)]
pub(crate) struct PeerId {
    pub(crate) id: WorkerId,
    pub(crate) incarnation: Incarnation,
    pub(crate) name: Arc<str>,
}

/// See the [module](self).
pub(crate) struct Link {
    pub(crate) peer: PeerId,
    /// Tells links of this process apart.
    pub(crate) number: u32,
    /// Receivers that have died of the first message that is sent over it, or of
    /// something else while they handled it.
    pub(crate) deaths_of_first: u32,
    /// Where this end notes how far it came with the peer's messages.
    slot: OnceLock<Slot>,
    state: Mutex<State>,
    lender: OnceLock<Arc<dyn Lender>>,
    /// Leases of blobs that nobody of this process has any more, still to be said.
    returns: Mutex<Vec<(u64, Back)>>,
    /// There are some: the cheap test.
    any_returns: AtomicBool,
    /// Wakes the task that owns the connection: there is something to write
    /// that could not be written, or the link ended.
    attention: Notify,
}

struct State {
    wire: Option<Arc<dyn Wire>>,
    ended: Option<Arc<str>>,
    /// The peer has ended; what it wrote is still being read.
    closing: Option<Arc<str>>,
    /// The peer leaves in order.
    goodbye: bool,
    outbox: Outbox,
    credit: Credit,
    intake: Intake,
    pending: Pending,
    lending: Lending,
    borrowing: Borrowing,
    waiting: Vec<Waiting>,
    /// By what the receiver knows its end of the connection; 0 before there is one.
    connection: u64,
    /// How far the receiver came in its life, which is over.
    judged: Option<Handled>,
    /// Workers that wait for the outbox to drain.
    draining: Vec<Waker>,
    /// Who waits for the end of the link.
    ending: Vec<Waker>,
    /// The connection took no more: its task writes when it does again.
    blocked: bool,
    /// The link stands in its node's list of links to flush.
    queued: bool,
}

/// Someone who waits for credit.
struct Waiting {
    deadline: Option<Deadline>,
    waker: Waker,
}

/// Why a frame was not taken.
#[derive(Debug)]
pub(crate) enum Refused<E> {
    /// No credit: the receiver is behind.
    Full,
    /// The link has ended; the text says why.
    Ended(Arc<str>),
    /// The payload could not be written.
    Payload(E),
}

/// What a frame that was taken asks of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    /// The link must be put on the list of links to flush.
    pub(crate) enlist: bool,
    /// So much waits that it should be flushed at once.
    pub(crate) flush: bool,
}

/// Waiting bytes from which a sender flushes by itself: a large write costs
/// little per message, a larger one hardly less.
const FLUSH_AT: usize = 64 * 1024;

/// Waiting bytes from which a worker stops handling, because replies take no
/// credit: a peer that asks and does not read would fill the memory.
const CONGESTED_AT: usize = 4 << 20;

impl Link {
    pub(crate) fn new(peer: PeerId) -> Link {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        Link {
            peer,
            number: COUNT.fetch_add(1, Ordering::Relaxed),
            deaths_of_first: 0,
            slot: OnceLock::new(),
            lender: OnceLock::new(),
            returns: Mutex::default(),
            any_returns: AtomicBool::new(false),
            state: Mutex::new(State {
                wire: None,
                ended: None,
                closing: None,
                goodbye: false,
                outbox: Outbox::default(),
                credit: Credit::default(),
                intake: Intake::default(),
                pending: Pending::default(),
                lending: Lending::default(),
                borrowing: Borrowing::default(),
                waiting: Vec::new(),
                connection: 0,
                judged: None,
                draining: Vec::new(),
                ending: Vec::new(),
                blocked: false,
                queued: false,
            }),
            attention: Notify::new(),
        }
    }

    /// The first message was in the hands of so many receivers that died.
    pub(crate) fn after_deaths_of_first(mut self, deaths: u32) -> Link {
        self.deaths_of_first = deaths;
        self
    }

    #[inline]
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Waits until the outbox needs the task that owns the connection.
    pub(crate) async fn attention(&self) {
        self.attention.notified().await;
    }

    /// Has the task that owns the connection look at it.
    pub(crate) fn call_for_attention(&self) {
        self.attention.notify_one();
    }

    /// By what both ends know the connection, and where this end notes how far it
    /// comes with what the peer sends over it.
    pub(crate) fn set_connection(&self, connection: u64, page: Option<&Arc<Page>>) {
        self.lock().connection = connection;
        let (id, life) = (self.peer.id, self.peer.incarnation);
        let slot = page.and_then(|page| page.open_slot(id, life, connection));
        if let Some(slot) = slot {
            let _ = self.slot.set(slot); // a link has one connection
        }
    }

    /// The next message of the peer is begun.
    #[inline]
    pub(crate) fn begins_message(&self) {
        if let Some(slot) = self.slot.get() {
            slot.start();
        }
    }

    /// The message that was begun has ended.
    #[inline]
    pub(crate) fn ends_message(&self) {
        if let Some(slot) = self.slot.get() {
            slot.finish();
        }
    }

    /// See [`set_connection`](Self::set_connection).
    pub(crate) fn connection(&self) -> u64 {
        self.lock().connection
    }

    /// The peer has ended: takes no more, but reads on what it wrote.
    pub(crate) fn close(&self, how: &Arc<str>) {
        let mut state = self.lock();
        state.closing.get_or_insert_with(|| Arc::clone(how));
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(|waiting| waiting.waker.wake());
    }

    /// The peer leaves in order.
    pub(crate) fn hear_goodbye(&self) {
        self.lock().goodbye = true;
    }

    /// Whether the peer has said that it leaves in order.
    pub(crate) fn heard_goodbye(&self) -> bool {
        self.lock().goodbye
    }

    /// Tells the peer that this end leaves in order.
    pub(crate) fn say_goodbye(&self) {
        let mut state = self.lock();
        if state.ended.is_none() {
            let header = Header::new(Kind::Goodbye, 0, 0);
            state.outbox.put_bytes(header, &[]);
        }
    }

    /// Nothing that was sent is open.
    pub(crate) fn is_settled(&self) -> bool {
        self.lock().outbox.is_settled()
    }

    /// Messages of which it is not known that they were handled: by what the receiver
    /// knows the connection, how many were sent over it, and how many of these are
    /// known to be handled. And how far the receiver came, if its life is over.
    pub(crate) fn open_messages(&self) -> Option<(u64, u64, u64, Option<Handled>)> {
        let state = self.lock();
        let (sent, handled) = (state.credit.sent(), state.outbox.handled_so_far());
        let open = state.ended.is_none() && state.connection != 0 && handled < sent;
        open.then_some((state.connection, sent, handled, state.judged))
    }

    /// All that was written was handled, as others know.
    pub(crate) fn assume_handled(&self) {
        let mut state = self.lock();
        let sent = state.credit.sent();
        state.outbox.handled(sent);
    }

    /// Why the link has ended, if it has.
    pub(crate) fn ended(&self) -> Option<Arc<str>> {
        self.lock().ended.clone()
    }

    /// Ready when the link has ended.
    pub(crate) fn poll_ended(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.ended.is_some() {
            return Poll::Ready(());
        }
        state.ending.push(cx.waker().clone());
        Poll::Pending
    }

    /// Messages sent and messages handled so far.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let state = self.lock();
        (state.credit.sent(), state.intake.handled())
    }

    /// Ends what has waited too long; the earliest deadline that is left.
    pub(crate) fn expire(&self, now: Instant) -> Option<Deadline> {
        let mut state = self.lock();
        let (mut wakers, mut next) = state.pending.expire(now);
        state.waiting.retain(|waiting| {
            let Some(deadline) = waiting.deadline else {
                return true;
            };
            if deadline.has_passed(now) {
                wakers.push(waiting.waker.clone());
                return false;
            }
            next = Some(next.map_or(deadline, |next| next.min(deadline)));
            true
        });
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
        next
    }
}

impl State {
    fn is_congested(&self) -> bool {
        self.outbox.unwritten().len() >= CONGESTED_AT
    }

    #[inline]
    fn taken(&mut self) -> Taken {
        let enlist = !std::mem::replace(&mut self.queued, true);
        Taken {
            enlist,
            flush: self.outbox.unwritten().len() >= FLUSH_AT,
        }
    }
}

impl Debug for Link {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Link({}.{})", self.peer.name, self.peer.incarnation.0)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while the lock is held is a bug of ours, and the data is
    // whole between any two statements.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
