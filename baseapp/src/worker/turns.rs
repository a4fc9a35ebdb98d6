//! Running a worker's code in turns, and waiting outside of a runtime.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use crate::node::{Node, current};

/// Runs `future` as the worker of `node`: what it sends leaves when it has
/// nothing more to do.
pub(crate) async fn in_turns<F: Future>(node: &Arc<Node>, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| one_turn(node, |cx| future.as_mut().poll(cx), cx)).await
}

fn one_turn<R>(
    node: &Arc<Node>,
    poll: impl FnOnce(&mut Context<'_>) -> Poll<R>,
    cx: &mut Context<'_>,
) -> Poll<R> {
    let polled = current::turn(node, || poll(cx));
    if node.is_dirty() {
        node.flush();
    }
    polled
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
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
        thread::park();
    }
}
