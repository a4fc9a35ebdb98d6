//! To whom: an address, checked by the compiler, or a name, checked when used.

use std::{
    any::{TypeId, type_name},
    sync::Arc,
};

use super::SendErrorKind;
use crate::{
    id::{Address, RunId, WorkerId},
    link::Link,
    message::Message,
    node::{NoLink, Node},
    suggest,
    worker::Handler,
};

/// Whom a message `M` may be sent to: the [`Address`] of a worker with a
/// handler for `M`, or a worker's name.
#[diagnostic::on_unimplemented(
    message = "`{M}` cannot be sent to `{Self}`",
    label = "neither an address nor a name",
    note = "send to an `Address<W>` by reference, or to the name of a worker as `&str`; a `Pool<W>` is given messages with `submit`"
)]
pub trait To<M: Message>: sealed::Sealed {
    #[doc(hidden)]
    fn target(self) -> Target;
}

mod sealed {
    pub trait Sealed {}
    impl<W> Sealed for crate::id::Address<W> {}
    impl Sealed for str {}
    impl Sealed for String {}
    impl<T: Sealed + ?Sized> Sealed for &T {}
}

/// Whom a message is for.
#[doc(hidden)]
#[derive(Clone, Debug)]
#[allow(private_interfaces, reason = "made here and read here")]
pub enum Target {
    #[doc(hidden)]
    Address {
        id: WorkerId,
        run: RunId,
        name: Arc<str>,
        route: Option<u16>,
    },
    #[doc(hidden)]
    Name(String),
}

impl<M: Message, W: Handler<M>> To<M> for &Address<W> {
    fn target(self) -> Target {
        let route = W::route().get();
        Target::Address {
            id: self.id,
            run: self.run,
            name: Arc::clone(&self.name),
            route,
        }
    }
}

impl<M: Message, W: Handler<M>> To<M> for Address<W> {
    fn target(self) -> Target {
        To::<M>::target(&self)
    }
}

impl<M: Message> To<M> for &str {
    fn target(self) -> Target {
        Target::Name(self.to_owned())
    }
}

impl<M: Message> To<M> for &String {
    fn target(self) -> Target {
        Target::Name(self.clone())
    }
}

impl<M: Message> To<M> for String {
    fn target(self) -> Target {
        Target::Name(self)
    }
}

impl Target {
    pub(super) fn name(&self) -> &str {
        match self {
            Target::Address { name, .. } => name,
            Target::Name(name) => name,
        }
    }

    /// The worker and the route of `M` to it.
    #[inline]
    pub(super) fn resolve<M: Message>(
        &self,
        node: &Node,
    ) -> Result<(WorkerId, u16), SendErrorKind> {
        match self {
            Target::Address { run, .. } if *run != node.run => Err(SendErrorKind::OtherApp),
            // A table is built before there is a node.
            Target::Address {
                id,
                route: Some(route),
                ..
            } => Ok((*id, *route)),
            Target::Address { .. } => Err(SendErrorKind::OtherApp),
            Target::Name(name) => by_name::<M>(node, name),
        }
    }
}

fn by_name<M: Message>(node: &Node, name: &str) -> Result<(WorkerId, u16), SendErrorKind> {
    node.read_directory(|directory| {
        let Some((id, worker)) = directory.by_name(name) else {
            if directory.is_empty() {
                return Err(SendErrorKind::TooEarly);
            }
            let similar = suggest::closest(name, directory.names()).map(str::to_owned);
            return Err(SendErrorKind::NoSuchWorker { similar });
        };
        let message = type_name::<M>();
        let Some(worker) = worker else {
            return Err(SendErrorKind::NoHandler {
                worker: "a main that is no worker",
                message,
            });
        };
        match node.table.find(worker, TypeId::of::<M>()) {
            Some(route) => Ok((id, route)),
            None => {
                let worker = node.table.worker_name(worker);
                Err(SendErrorKind::NoHandler { worker, message })
            }
        }
    })
}

/// The link to a worker, to be given back to the node.
#[inline]
pub(super) fn link(node: &Arc<Node>, id: WorkerId) -> Result<Arc<Link>, SendErrorKind> {
    match node.recent_link_to(id) {
        Some(link) => Ok(link),
        None => other_link(node, id),
    }
}

#[cold]
fn other_link(node: &Arc<Node>, id: WorkerId) -> Result<Arc<Link>, SendErrorKind> {
    node.link_to(id).map_err(why)
}

/// Another link in place of one that has ended, if there can be one.
pub(super) fn link_again(node: &Arc<Node>, ended: &Arc<Link>) -> Result<Arc<Link>, SendErrorKind> {
    node.link_again(ended).map_err(why)
}

fn why(no_link: NoLink) -> SendErrorKind {
    match no_link {
        NoLink::TooEarly => SendErrorKind::TooEarly,
        NoLink::Unknown => SendErrorKind::NoSuchWorker { similar: None },
        NoLink::Ended(how) => SendErrorKind::Ended(how.to_string()),
    }
}
