//! Which node the running code belongs to, for the free functions; and which
//! ask it serves, for deadlines and the call chain.

use std::{
    cell::{Cell, RefCell},
    sync::{Arc, Mutex, Weak},
    thread::{self, ThreadId},
};

use super::{Node, Running, lock};
use crate::{
    deadline::{Arrived, Deadline},
    id::WorkerId,
};

/// The ask that a handler serves.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    /// Nested asks end by then.
    pub(crate) deadline: Option<Arrived>,
    /// Who waits for the answer, outermost first.
    pub(crate) chain: Vec<WorkerId>,
    /// The task that a handler runs.
    pub(crate) task: Option<Arc<Running>>,
}

thread_local! {
    /// The worker whose turn this thread runs right now.
    static TURN: RefCell<Option<Arc<Node>>> = const { RefCell::new(None) };
    /// What its handler serves. Means nothing outside of a turn.
    static CALL: RefCell<Call> = RefCell::default();
    /// [`CALL`] may be other than its default: the cheap test.
    static SERVES: Cell<bool> = const { Cell::new(false) };
    /// The node of the turn, by address: the cheap test.
    static TURN_OF: Cell<usize> = const { Cell::new(0) };
}

/// Every node of this process, with the thread that made it.
static NODES: Mutex<Vec<(ThreadId, Weak<Node>)>> = Mutex::new(Vec::new());

thread_local! {
    /// This thread polls what [`in_main`] is given, right now.
    static IN_MAIN: Cell<bool> = const { Cell::new(false) };
    /// The node of an app that was started there and whose main is no worker, or that of
    /// a worker that owns this thread.
    static MAIN: RefCell<Weak<Node>> = const { RefCell::new(Weak::new()) };
    /// The same, by address: the cheap test.
    static MAIN_OF: Cell<usize> = const { Cell::new(0) };
}

/// Polls a main that looks after the node of the app that it starts, or a worker that
/// looks after its own: see [`main_node`].
pub(crate) fn in_main<R>(poll: impl FnOnce() -> R) -> R {
    /// Puts back what was there, also when `poll` panics.
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            IN_MAIN.set(self.0);
        }
    }
    let _restore = Restore(IN_MAIN.replace(true));
    poll()
}

/// The node that this thread looks after, if it does for one.
pub(crate) fn main_node() -> Option<Arc<Node>> {
    if MAIN_OF.get() == 0 {
        return None;
    }
    MAIN.with_borrow(Weak::upgrade)
}

/// Main flushes what that node sends, as soon as it has nothing more to do.
#[inline]
pub(crate) fn is_main_of(node: &Node) -> bool {
    IN_MAIN.get() && MAIN_OF.get() == std::ptr::from_ref(node) as usize
}

/// Has the main of this thread look after the node, unless it has another one: it
/// flushes what the node sends, and looks around for it.
pub(crate) fn look_after_in_main(node: &Arc<Node>) {
    if IN_MAIN.get() && main_node().is_none_or(|other| other.is_leaving()) {
        look_after_on_thread(node);
    }
}

/// Has this thread look after the node, which is that of its worker.
pub(crate) fn look_after_on_thread(node: &Arc<Node>) {
    MAIN.set(Arc::downgrade(node));
    MAIN_OF.set(Arc::as_ptr(node) as usize);
}

/// Runs one turn of a worker. Several workers may take turns on one thread:
/// what the handler serves is kept with its node in between.
pub(crate) fn turn<R>(node: &Arc<Node>, run: impl FnOnce() -> R) -> R {
    /// Puts back what was there, also when `run` panics.
    struct Restore<'a> {
        node: &'a Node,
        turn: Option<Arc<Node>>,
        turn_of: usize,
        call: Call,
    }
    impl Drop for Restore<'_> {
        fn drop(&mut self) {
            TURN.set(self.turn.take());
            TURN_OF.set(self.turn_of);
            SERVES.set(true);
            *lock(&self.node.call) = CALL.replace(std::mem::take(&mut self.call));
        }
    }
    SERVES.set(true);
    let _restore = Restore {
        node,
        turn: TURN.replace(Some(Arc::clone(node))),
        turn_of: TURN_OF.replace(Arc::as_ptr(node) as usize),
        call: CALL.replace(std::mem::take(&mut *lock(&node.call))),
    };
    run()
}

/// This thread runs a turn of that node.
#[inline]
pub(crate) fn is_turn_of(node: &Node) -> bool {
    TURN_OF.get() == std::ptr::from_ref(node) as usize
}

/// Sets what the handler that is about to run serves.
#[inline]
pub(crate) fn set_call(call: Call) {
    SERVES.set(true);
    CALL.set(call);
}

/// The code that is about to run serves no ask.
#[inline]
pub(crate) fn clear_call() {
    if SERVES.replace(false) {
        CALL.with_borrow_mut(|call| {
            call.deadline = None;
            call.chain.clear();
            call.task = None;
        });
    }
}

/// What the running handler of that node serves; `None` outside of handlers.
pub(crate) fn call_of(node: &Node) -> Option<Call> {
    is_turn_of(node).then(|| CALL.with_borrow(Clone::clone))
}

/// Until when the running handler of that node is to be done.
pub(crate) fn deadline_of(node: &Node) -> Option<Deadline> {
    let deadline = is_turn_of(node)
        .then(|| CALL.with_borrow(|call| call.deadline))
        .flatten();
    deadline.map(Arrived::deadline)
}

/// The task that the running handler of that node runs.
pub(crate) fn task_of(node: &Node) -> Option<Arc<Running>> {
    is_turn_of(node)
        .then(|| CALL.with_borrow(|call| call.task.clone()))
        .flatten()
}

/// Why the free functions do not know their app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoApp {
    /// No app runs in this process.
    #[error("no app runs in this process: start one, or use the methods of `App`")]
    None,
    /// Several apps run in this process, and this thread belongs to none.
    #[error(
        "several apps run in this process and this thread belongs to none: use the methods of `RunningApp` or `Context`"
    )]
    Ambiguous,
}

/// The node that the running code belongs to: the worker whose turn it is,
/// else the one that this thread started, else the only one of the process.
pub(crate) fn node() -> Result<Arc<Node>, NoApp> {
    if let Some(node) = TURN.with_borrow(Clone::clone) {
        return Ok(node);
    }
    let nodes = lock(&NODES);
    let here = thread::current().id();
    let living = |own: bool| {
        let nodes = nodes
            .iter()
            .filter(move |(thread, _)| !own || *thread == here);
        let mut living = nodes.filter_map(|(_, node)| node.upgrade());
        (living.next(), living.next().is_some())
    };
    match living(true) {
        (Some(node), false) => Ok(node),
        _ => match living(false) {
            (Some(node), false) => Ok(node),
            (Some(_), true) => Err(NoApp::Ambiguous),
            (None, _) => Err(NoApp::None),
        },
    }
}

/// Makes the node known to the free functions.
pub(crate) fn register(node: &Arc<Node>) {
    let mut nodes = lock(&NODES);
    nodes.retain(|(_, node)| node.strong_count() > 0);
    nodes.push((thread::current().id(), Arc::downgrade(node)));
}

/// The app of that node has stopped.
pub(crate) fn unregister(node: &Arc<Node>) {
    lock(&NODES).retain(|(_, known)| !std::ptr::eq(known.as_ptr(), Arc::as_ptr(node)));
    // The node may live on for a while, and the next one is to be looked after.
    if MAIN_OF.get() == Arc::as_ptr(node) as usize {
        MAIN_OF.set(0);
        // The thread may be at its end.
        let _ = MAIN.try_with(|main| main.replace(Weak::new()));
    }
}

thread_local! {
    /// This thread is a worker's that owns it, although a runtime is entered.
    static MAY_BLOCK: Cell<bool> = const { Cell::new(false) };
}

/// Allows this thread to wait although a runtime is entered, because another
/// thread drives that runtime; until what is returned is dropped.
pub(crate) fn allow_blocking() -> impl Drop {
    struct Forbid(bool);
    impl Drop for Forbid {
        fn drop(&mut self) {
            MAY_BLOCK.set(self.0);
        }
    }
    Forbid(MAY_BLOCK.replace(true))
}

/// Whether [`allow_blocking`] was called on this thread.
pub(crate) fn may_block() -> bool {
    MAY_BLOCK.get()
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::{node::fixture, wire::link_options::LinkOptions};

    #[test]
    fn main_looks_after_one_app_after_the_other() -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let nodes =
            [0; 3].map(|_| fixture::node_without_routes(runtime.handle(), LinkOptions::PLAIN));
        let [first, second, third] = &nodes;
        in_main(|| {
            let is_looked_after = |node: &Arc<Node>| is_main_of(node);
            look_after_in_main(first);
            look_after_in_main(second);
            assert!(is_looked_after(first) && !is_looked_after(second));
            // Something may still know it for a while.
            unregister(first);
            assert!(!is_looked_after(first));
            look_after_in_main(second);
            unregister(third);
            assert!(
                is_looked_after(second),
                "it is another one that has stopped"
            );
        });
        Ok(())
    }
}
