//! Running a worker's code in turns, and waiting outside of a runtime.

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use crate::node::{Looking, Node, current};

/// Turns that follow each other without a look at what else there is to do on the
/// runtime.
const IN_A_ROW: usize = 64;

/// Runs `future` as the worker of `node`: what it sends leaves when it has
/// nothing more to do.
pub(crate) async fn in_turns<F: Future>(node: &Arc<Node>, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| one_turn(node, |cx| future.as_mut().poll(cx), cx)).await
}

/// The same, on the runtime that drives the links of the node: looks around for a moment
/// when there is nothing more to do, if that pays.
pub(crate) async fn in_turns_of_its_own<F: Future>(node: &Arc<Node>, future: F) -> F::Output {
    let mut future = pin!(future);
    let mut looking = Looking::of_driver();
    poll_fn(|cx| {
        let turn = |cx: &mut Context<'_>| one_turn(node, |cx| future.as_mut().poll(cx), cx);
        turns(node, &mut looking, turn, cx)
    })
    .await
}

/// Turn after turn, for as long as looking around brings something.
fn turns<R>(
    node: &Node,
    looking: &mut Looking,
    mut turn: impl FnMut(&mut Context<'_>) -> Poll<R>,
    cx: &mut Context<'_>,
) -> Poll<R> {
    node.begin_turn(looking);
    for _ in 0..IN_A_ROW {
        let polled = turn(cx);
        if polled.is_ready() {
            node.look_no_more(looking);
            return polled;
        }
        if !node.look_around(looking) {
            return Poll::Pending;
        }
    }
    cx.waker().wake_by_ref();
    Poll::Pending
}

/// Runs what is no worker on the thread on which its app was started: what it sends
/// leaves when it has nothing more to do, and it looks around as a worker does.
pub(crate) async fn in_main<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut looking = Looking::of_driver();
    poll_fn(|cx| turns_of_thread(future.as_mut(), &mut looking, cx)).await
}

/// Takes turns for the node that this thread looks after, if it does for one.
fn turns_of_thread<F: Future>(
    mut future: Pin<&mut F>,
    looking: &mut Looking,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    let Some(node) = current::main_node() else {
        looking.end();
        return current::in_main(|| future.poll(cx));
    };
    let turn = |cx: &mut Context<'_>| {
        let polled = current::in_main(|| future.as_mut().poll(cx));
        node.end_turn();
        polled
    };
    turns(&node, looking, turn, cx)
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
    /// How looking goes on this thread, from one [`block_on`] to the next.
    static LOOKING: Cell<Looking> = Cell::default();
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
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut cx = Context::from_waker(&waker);
    let mut looking = LOOKING.take();
    let output = loop {
        if let Poll::Ready(output) = turns_of_thread(future.as_mut(), &mut looking, &mut cx) {
            break output;
        }
        thread::park();
    };
    LOOKING.set(looking);
    output
}
