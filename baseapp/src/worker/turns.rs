//! Running a worker's code in turns, and waiting outside of a runtime.

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use super::turn_waker::TurnWaker;
use crate::node::{Looking, Node, current};

/// Turns that follow each other without a look at what else there is to do on the
/// runtime.
const IN_A_ROW: usize = 32;

/// Runs `future` as the worker of `node`: what it sends leaves when it has
/// nothing more to do.
pub(crate) async fn in_turns<F: Future>(node: &Arc<Node>, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| one_turn(node, |cx| future.as_mut().poll(cx), cx)).await
}

/// The same, for all its life: looks around for a moment when there is nothing more to do,
/// if that pays. `looking` says who may drive the links of the node.
pub(crate) async fn in_turns_of_its_own<F: Future>(
    node: &Arc<Node>,
    looking: Looking,
    future: F,
) -> F::Output {
    let mut future = pin!(future);
    let mut turns = Turns::new(looking);
    poll_fn(|cx| {
        let turn = |cx: &mut Context<'_>| one_turn(node, |cx| future.as_mut().poll(cx), cx);
        turns.take(node, turn, cx)
    })
    .await
}

/// Runs what is no worker on the thread on which its app was started: what it sends
/// leaves when it has nothing more to do, and it looks around as a worker does.
pub(crate) async fn in_main<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut turns = Turns::new(Looking::of_driver());
    poll_fn(|cx| turns.take_for_thread(future.as_mut(), cx)).await
}

/// Taking turns, for as long as there is something to do.
struct Turns {
    looking: Looking,
    /// Twice the same.
    waker: Option<(Arc<TurnWaker>, Waker)>,
}

impl Turns {
    fn new(looking: Looking) -> Turns {
        let waker = None;
        Turns { looking, waker }
    }

    /// Turn after turn, for as long as looking around brings something.
    fn take<R>(
        &mut self,
        node: &Node,
        mut turn: impl FnMut(&mut Context<'_>) -> Poll<R>,
        outer: &mut Context<'_>,
    ) -> Poll<R> {
        let Turns { looking, waker } = self;
        let (woken, waker) = waker_for(outer.waker(), waker);
        let cx = &mut Context::from_waker(waker);
        woken.begin();
        node.begin_turn(looking);
        node.read_when_woken(looking, cx);
        let mut goes_on = false;
        for _ in 0..IN_A_ROW {
            woken.take_woken(); // the turn sees what has come so far
            let polled = turn(cx);
            if polled.is_ready() {
                node.look_no_more(looking);
                looking.give_back();
                woken.stop();
                return polled;
            }
            // It wants to go on. Once that may be for what it has done itself; then what
            // else there is to do on the runtime comes first.
            let wants_to = woken.take_woken();
            if wants_to && goes_on {
                node.look_no_more(looking);
                break;
            }
            goes_on = wants_to;
            if goes_on {
                continue;
            }
            let found = node.look_around(looking) || node.read_when_woken(looking, cx);
            if !found && woken.end() {
                return Poll::Pending;
            }
        }
        woken.stop();
        outer.waker().wake_by_ref();
        Poll::Pending
    }

    /// Takes turns for the node that this thread looks after, if it does for one.
    fn take_for_thread<F: Future>(
        &mut self,
        mut future: Pin<&mut F>,
        cx: &mut Context<'_>,
    ) -> Poll<F::Output> {
        let Some(node) = current::main_node() else {
            self.looking.end();
            return current::in_main(|| future.poll(cx));
        };
        let turn = |cx: &mut Context<'_>| {
            let polled = current::in_main(|| future.as_mut().poll(cx));
            node.end_turn();
            polled
        };
        self.take(&node, turn, cx)
    }
}

/// What wakes whom `outer` does: mostly what is known.
fn waker_for<'k>(
    outer: &Waker,
    known: &'k mut Option<(Arc<TurnWaker>, Waker)>,
) -> &'k (Arc<TurnWaker>, Waker) {
    if known
        .as_ref()
        .is_some_and(|(woken, _)| !woken.is_for(outer))
    {
        *known = None;
    }
    known.get_or_insert_with(|| {
        let woken = TurnWaker::new(outer.clone());
        (Arc::clone(&woken), Waker::from(woken))
    })
}

fn one_turn<R>(
    node: &Arc<Node>,
    poll: impl FnOnce(&mut Context<'_>) -> Poll<R>,
    cx: &mut Context<'_>,
) -> Poll<R> {
    let polled = current::turn(node, || poll(cx));
    node.end_turn();
    polled
}

thread_local! {
    /// How turns are taken on this thread, and it is woken, from one [`block_on`] to the
    /// next.
    static TURNS: Cell<Option<(Turns, Waker)>> = const { Cell::new(None) };
}

/// Wakes a thread.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for a future of this crate, outside of any async runtime: in a sync
/// `main`, in a `#[run]` method, on any thread.
///
/// ```no_run
/// # use baseapp::prelude::*;
/// # #[message(reply = u64)] struct Count;
/// # #[worker] struct Printer;
/// # #[worker] impl Printer { #[handler(Count)] fn count(&mut self, _: Count) -> u64 { 0 } }
/// #[baseapp::main]
/// fn main() -> baseapp::Result<()> {
///     let mut app = App::new("sync");
///     let printer = app.worker("printer", Printer)?;
///     let app = baseapp::block_on(app.start())?;
///     println!("{}", baseapp::block_on(app.ask::<Count>(&printer, Count))?);
///     baseapp::block_on(app.stop())
/// }
/// ```
///
/// # Panics
/// Within an async runtime, where waiting would block the runtime itself and
/// with it the reply that is waited for: `.await` the future there.
pub fn block_on<F: Future>(future: F) -> F::Output {
    assert!(
        tokio::runtime::Handle::try_current().is_err() || current::may_block(),
        "baseapp::block_on within an async runtime would wait for ever: `.await` the future instead"
    );
    let mut future = pin!(future);
    let kept = TURNS.take();
    if kept.is_none()
        && let Some(node) = current::main_node()
    {
        // Perhaps within a turn, of which the links need not be told.
        node.look_no_more_for_now();
    }
    let (mut turns, waker) = kept.unwrap_or_else(|| {
        let unpark = Unpark(thread::current());
        (
            Turns::new(Looking::default()),
            Waker::from(Arc::new(unpark)),
        )
    });
    let mut cx = Context::from_waker(&waker);
    let output = loop {
        if let Poll::Ready(output) = turns.take_for_thread(future.as_mut(), &mut cx) {
            break output;
        }
        thread::park();
    };
    TURNS.set(Some((turns, waker)));
    output
}
