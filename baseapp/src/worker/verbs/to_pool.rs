//! To which pool: its value, checked by the compiler, or its name, checked when
//! used.

use std::{
    any::{TypeId, type_name},
    sync::Arc,
};

use super::SendErrorKind;
use crate::{id::RunId, message::Message, node::Node, pool::Pool, suggest, worker::Handler};

/// To which pool a message `M` may be submitted: the [`Pool`] of a worker with a
/// handler for `M`, or a pool's name.
#[diagnostic::on_unimplemented(
    message = "`{M}` cannot be submitted to `{Self}`",
    label = "neither a pool nor a name",
    note = "submit to a `Pool<W>` by reference, or to the name of a pool as `&str`; one worker is sent a message with `send` or `ask`"
)]
pub trait ToPool<M: Message>: sealed::Sealed {
    #[doc(hidden)]
    fn target(self) -> PoolTarget;
}

mod sealed {
    pub trait Sealed {}
    impl<W> Sealed for crate::pool::Pool<W> {}
    impl Sealed for str {}
    impl Sealed for String {}
    impl<T: Sealed + ?Sized> Sealed for &T {}
}

/// Which pool a message is for.
#[doc(hidden)]
#[derive(Clone, Debug)]
#[allow(private_interfaces, reason = "made here and read here")]
pub enum PoolTarget {
    #[doc(hidden)]
    Pool {
        index: u16,
        run: RunId,
        name: Arc<str>,
        route: Option<u16>,
    },
    #[doc(hidden)]
    Name(String),
}

impl<M: Message, W: Handler<M>> ToPool<M> for &Pool<W> {
    fn target(self) -> PoolTarget {
        PoolTarget::Pool {
            index: self.index,
            run: self.run,
            name: Arc::clone(&self.name),
            route: W::route().get(),
        }
    }
}

impl<M: Message, W: Handler<M>> ToPool<M> for Pool<W> {
    fn target(self) -> PoolTarget {
        ToPool::<M>::target(&self)
    }
}

impl<M: Message> ToPool<M> for &str {
    fn target(self) -> PoolTarget {
        PoolTarget::Name(self.to_owned())
    }
}

impl<M: Message> ToPool<M> for &String {
    fn target(self) -> PoolTarget {
        PoolTarget::Name(self.clone())
    }
}

impl<M: Message> ToPool<M> for String {
    fn target(self) -> PoolTarget {
        PoolTarget::Name(self)
    }
}

impl PoolTarget {
    pub(super) fn name(&self) -> &str {
        match self {
            PoolTarget::Pool { name, .. } => name,
            PoolTarget::Name(name) => name,
        }
    }

    /// The number of the pool, and the route of `M` to its workers.
    pub(super) fn resolve<M: Message>(&self, node: &Node) -> Result<(u16, u16), SendErrorKind> {
        match self {
            PoolTarget::Pool { run, .. } if *run != node.run => Err(SendErrorKind::OtherApp),
            PoolTarget::Pool {
                index,
                route: Some(route),
                ..
            } => Ok((*index, *route)),
            PoolTarget::Pool { .. } => Err(SendErrorKind::OtherApp),
            PoolTarget::Name(name) => by_name::<M>(node, name),
        }
    }
}

fn by_name<M: Message>(node: &Node, name: &str) -> Result<(u16, u16), SendErrorKind> {
    let (pool, worker) = pool_by_name(node, name)?;
    match node.table.find(worker, TypeId::of::<M>()) {
        Some(route) => Ok((pool, route)),
        None => Err(SendErrorKind::NoHandler {
            worker: node.table.worker_name(worker),
            message: type_name::<M>(),
        }),
    }
}

/// The number of a pool, and the type of its workers.
pub(super) fn pool_by_name(node: &Node, name: &str) -> Result<(u16, u16), SendErrorKind> {
    node.read_directory(|directory| {
        if let Some(found) = directory.pool_by_name(name) {
            return Ok(found);
        }
        if directory.is_empty() {
            return Err(SendErrorKind::TooEarly);
        }
        let similar = suggest::closest(name, directory.pool_names()).map(str::to_owned);
        Err(SendErrorKind::NoSuchPool { similar })
    })
}
