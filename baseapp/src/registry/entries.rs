//! What the macros register, one struct per thing.

use std::{
    any::{Any, TypeId, type_name},
    fmt::{self, Debug, Formatter},
    sync::Arc,
    time::Duration,
};

use super::Registry;
use crate::{
    message::Message,
    node::{Looking, Node},
    routes::{Location, Route, RouteCell},
    supervision::Supervision,
    wire::control::Endpoint,
    worker::{
        ErasedHook, Handler, Worker, decode_init, dispatch::Dispatch, live_on_runtime,
        live_on_thread, plan::Plan,
    },
};

/// A worker type.
pub struct WorkerEntry {
    name: fn() -> &'static str,
    size: usize,
    supervision: Supervision,
    prepare: fn(&Registry) -> Box<dyn Prepared>,
    pub(super) location: Location,
}

/// A handler.
pub struct RouteEntry {
    worker_name: fn() -> &'static str,
    message: fn() -> TypeId,
    message_name: fn() -> &'static str,
    reply_name: fn() -> &'static str,
    size: usize,
    cell: fn() -> &'static RouteCell,
    dispatcher: fn() -> Box<dyn Any>,
    pub(super) method: &'static str,
    subscribe: bool,
    timeout: Option<Duration>,
    idempotent: bool,
    pub(super) location: Location,
}

/// A method of a worker that is not a handler.
pub struct HookEntry {
    worker: fn() -> TypeId,
    worker_name: fn() -> &'static str,
    hook: fn() -> ErasedHook,
    pub(super) method: &'static str,
    pub(super) location: Location,
}

inventory::collect!(WorkerEntry);
inventory::collect!(RouteEntry);
inventory::collect!(HookEntry);

/// A worker type that is about to run, its type forgotten.
pub(crate) trait Prepared {
    /// The worker has a `#[run]` method: its node must be driven by another
    /// thread, and it runs by [`live_on_thread`](Self::live_on_thread).
    fn owns_its_thread(&self) -> bool;

    /// Runs the worker from its encoded init value.
    fn live_on_runtime<'a>(
        self: Box<Self>,
        node: Arc<Node>,
        init: &'a [u8],
        ready: Endpoint,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<(), String>> + 'a>>;

    /// Runs the worker from its encoded init value, on this thread.
    fn live_on_thread(
        self: Box<Self>,
        node: &Arc<Node>,
        init: &[u8],
        ready: Endpoint,
    ) -> Result<(), String>;
}

impl<W: Worker> Prepared for Plan<W> {
    fn owns_its_thread(&self) -> bool {
        Plan::owns_its_thread(self)
    }

    fn live_on_runtime<'a>(
        self: Box<Self>,
        node: Arc<Node>,
        init: &'a [u8],
        ready: Endpoint,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<(), String>> + 'a>> {
        Box::pin(async move {
            let (init, looking) = (decode_init::<W>(init)?, Looking::of_driver());
            live_on_runtime(node, init, *self, ready, looking).await
        })
    }

    fn live_on_thread(
        self: Box<Self>,
        node: &Arc<Node>,
        init: &[u8],
        ready: Endpoint,
    ) -> Result<(), String> {
        live_on_thread(node, decode_init::<W>(init)?, *self, ready)
    }
}

fn prepare<W: Worker>(registry: &Registry) -> Box<dyn Prepared> {
    Box::new(registry.plan::<W>())
}

fn dispatcher<W: Handler<M>, M: Message>() -> Box<dyn Any> {
    Box::new(Dispatch::<W>::of::<M>())
}

impl WorkerEntry {
    /// The entry of `W`.
    #[must_use]
    pub const fn of<W: Worker>(location: Location) -> Self {
        WorkerEntry {
            name: type_name::<W>,
            size: size_of::<W>(),
            supervision: W::SUPERVISION,
            prepare: prepare::<W>,
            location,
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        (self.name)()
    }

    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// How workers of this type are looked after, if nothing else is said.
    pub(crate) fn supervision(&self) -> Supervision {
        self.supervision
    }

    /// Gathers all that is needed to run a worker of this type.
    pub(crate) fn prepare(&self, registry: &Registry) -> Box<dyn Prepared> {
        (self.prepare)(registry)
    }
}

impl RouteEntry {
    /// The entry of `W`'s handler for `M`.
    #[must_use]
    pub const fn of<W: Handler<M>, M: Message>(
        method: &'static str,
        subscribe: bool,
        location: Location,
    ) -> Self {
        RouteEntry {
            worker_name: type_name::<W>,
            message: TypeId::of::<M>,
            message_name: type_name::<M>,
            reply_name: type_name::<M::Reply>,
            size: size_of::<M>(),
            cell: W::route,
            dispatcher: dispatcher::<W, M>,
            method,
            subscribe,
            timeout: W::TIMEOUT,
            idempotent: M::IDEMPOTENT,
            location,
        }
    }

    pub(super) fn worker_name(&self) -> &'static str {
        (self.worker_name)()
    }

    pub(super) fn message(&self) -> TypeId {
        (self.message)()
    }

    pub(super) fn message_name(&self) -> &'static str {
        (self.message_name)()
    }

    pub(super) fn size(&self) -> usize {
        self.size
    }

    pub(super) fn cell(&self) -> &'static RouteCell {
        (self.cell)()
    }

    pub(super) fn dispatcher(&self) -> Box<dyn Any> {
        (self.dispatcher)()
    }

    pub(super) fn route(&self) -> Route {
        Route {
            worker: self.worker_name(),
            message: self.message_name(),
            reply: (self.reply_name)(),
            method: self.method,
            subscribe: self.subscribe,
            timeout: self.timeout,
            idempotent: self.idempotent,
            location: self.location,
        }
    }
}

impl HookEntry {
    /// The entry of a method of `W`.
    #[must_use]
    pub const fn of<W: Worker>(
        method: &'static str,
        location: Location,
        hook: fn() -> ErasedHook,
    ) -> Self {
        let (worker, worker_name) = (TypeId::of::<W>, type_name::<W>);
        HookEntry {
            worker,
            worker_name,
            hook,
            method,
            location,
        }
    }

    pub(super) fn worker(&self) -> TypeId {
        (self.worker)()
    }

    pub(super) fn worker_name(&self) -> &'static str {
        (self.worker_name)()
    }

    pub(super) fn hook(&self) -> ErasedHook {
        (self.hook)()
    }
}

impl Debug for WorkerEntry {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "WorkerEntry({})", self.name())
    }
}

impl Debug for RouteEntry {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "RouteEntry({} to {})",
            self.message_name(),
            self.worker_name()
        )
    }
}

impl Debug for HookEntry {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "HookEntry({} of {})", self.method, (self.worker_name)())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        supervision::Restart,
        worker::{Called, Context},
    };

    #[derive(serde::Serialize, serde::Deserialize)]
    struct Fetch;

    impl Message for Fetch {
        type Reply = ();

        const IDEMPOTENT: bool = true;
    }

    #[derive(serde::Serialize, serde::Deserialize)]
    struct Fetcher;

    impl Worker for Fetcher {
        type Init = Fetcher;

        const SUPERVISION: Supervision = Supervision::new().restart(Restart::Transient);

        fn build<'a>(init: Fetcher, _: &'a Context<Fetcher>) -> Called<'a, Fetcher> {
            Called::value(init)
        }
    }

    impl Handler<Fetch> for Fetcher {
        const TIMEOUT: Option<Duration> = Some(Duration::from_secs(30));

        fn route() -> &'static RouteCell {
            static CELL: RouteCell = RouteCell::new();
            &CELL
        }

        fn call<'a>(&'a mut self, _: Fetch, _: &'a Context<Fetcher>) -> Called<'a, ()> {
            Called::value(())
        }
    }

    #[test]
    fn entries_carry_what_is_said_of_supervision() {
        let at = Location::new("fetcher.rs", 1, 1);
        let worker = WorkerEntry::of::<Fetcher>(at);
        assert_eq!(
            worker.supervision(),
            Supervision::new().restart(Restart::Transient)
        );
        let route = RouteEntry::of::<Fetcher, Fetch>("fetch", false, at).route();
        assert_eq!(route.timeout, Some(Duration::from_secs(30)));
        assert!(route.idempotent);
    }
}
