//! A worker's inbox: what the hub wants, then messages. Bounded by the credit
//! of the links that fill it.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
};

use super::lock;
use crate::{
    link::{Chunk, Kept, Link},
    wire::encoded::Encoded,
};

/// What the hub wants of a worker. Never waits behind messages.
#[derive(Debug)]
pub(crate) enum Command {
    /// Be made of this state instead of the one that it was made of.
    StartFrom(Encoded),
    /// Run `#[start]`.
    Begin,
    /// Say when there is nothing left to do.
    Probe { round: u32 },
    /// Finish.
    Stop,
    /// A message of the hub for the handler of that route.
    Notice { route: u16, payload: Vec<u8> },
    /// Messages that their receiver never began.
    Returned(Returned),
}

/// Messages that came back to their sender.
#[derive(Debug)]
pub(crate) struct Returned {
    pub(crate) to: Arc<str>,
    pub(crate) reason: Arc<str>,
    pub(crate) messages: Vec<Kept>,
}

/// Messages that arrived together over one link.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) link: Arc<Link>,
    pub(crate) chunk: Chunk,
}

/// What comes next.
#[derive(Debug)]
pub(crate) enum Next {
    Command(Command),
    Batch(Batch),
    /// A link has ended, and why; everything that came over it came before.
    /// Told to the task queues alone.
    End(Arc<Link>, Arc<str>),
}

#[derive(Debug)]
enum Arrived {
    Batch(Batch),
    End(Arc<Link>, Arc<str>),
}

/// See the [module](self).
#[derive(Default)]
pub(crate) struct Mailbox {
    open: AtomicBool,
    /// Something is there: the cheap test. Changes under the lock of the state.
    any: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    commands: VecDeque<Command>,
    arrived: VecDeque<Arrived>,
    waker: Option<Waker>,
    on_arrival: Option<Arc<dyn Fn() + Send + Sync>>,
}

impl Mailbox {
    /// A worker takes from here from now on.
    pub(crate) fn open(&self) {
        self.open.store(true, Ordering::Release);
    }

    pub(crate) fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    pub(crate) fn command(&self, command: Command) {
        self.put(|state| state.commands.push_back(command));
    }

    pub(crate) fn push(&self, batch: Batch) {
        self.put(|state| state.arrived.push_back(Arrived::Batch(batch)));
    }

    pub(super) fn push_end(&self, link: Arc<Link>, why: Arc<str>) {
        self.put(|state| state.arrived.push_back(Arrived::End(link, why)));
    }

    fn put(&self, put: impl FnOnce(&mut State)) {
        let mut state = lock(&self.state);
        put(&mut state);
        self.any.store(true, Ordering::Release);
        let waker = state.waker.take();
        let on_arrival = state.on_arrival.clone();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        if let Some(on_arrival) = on_arrival {
            on_arrival();
        }
    }

    /// Calls `notify` whenever something arrives, for a loop that cannot wait
    /// here.
    pub(crate) fn on_arrival(&self, notify: impl Fn() + Send + Sync + 'static) {
        let notify = Arc::new(notify);
        let mut state = lock(&self.state);
        state.on_arrival = Some(Arc::clone(&notify) as Arc<_>);
        let something = !state.is_empty();
        drop(state);
        if something {
            notify();
        }
    }

    /// What is there, the hub's wishes first.
    pub(crate) fn try_next(&self) -> Option<Next> {
        self.take(State::next)
    }

    /// What the hub wants, if it wants something. Messages stay.
    pub(crate) fn try_command(&self) -> Option<Command> {
        self.take(|state| state.commands.pop_front())
    }

    fn take<T>(&self, take: impl FnOnce(&mut State) -> Option<T>) -> Option<T> {
        if self.is_empty() {
            return None;
        }
        let mut state = lock(&self.state);
        let taken = take(&mut state);
        self.any.store(!state.is_empty(), Ordering::Release);
        taken
    }

    /// Nothing is there.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        !self.any.load(Ordering::Acquire)
    }

    /// Ready when something is there.
    pub(crate) fn poll_some(&self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.is_empty() {
            return Poll::Ready(());
        }
        let mut state = lock(&self.state);
        if !state.is_empty() {
            return Poll::Ready(());
        }
        state.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl State {
    fn is_empty(&self) -> bool {
        self.commands.is_empty() && self.arrived.is_empty()
    }

    fn next(&mut self) -> Option<Next> {
        let command = self.commands.pop_front().map(Next::Command);
        command.or_else(|| {
            Some(match self.arrived.pop_front()? {
                Arrived::Batch(batch) => Next::Batch(batch),
                Arrived::End(link, why) => Next::End(link, why),
            })
        })
    }
}
