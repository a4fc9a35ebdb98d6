//! For tests, fuzzing and benches: a node that is alone.

use std::sync::Arc;

use tokio::{runtime::Handle, sync::oneshot};

use super::{Hub, Identity, Node};
use crate::{
    id::{Incarnation, RunId, WorkerId},
    link::PeerId,
    routes::Table,
    wire::{control::ToHub, hello::Build, link_options::LinkOptions},
};

/// A hub that nobody hears.
struct Nobody;

impl Hub for Nobody {
    fn tell(&self, _: ToHub) {}

    fn hand_over(&self, _: ToHub) -> oneshot::Receiver<()> {
        oneshot::channel().1
    }
}

/// A life of a worker.
pub(crate) fn peer(id: WorkerId, incarnation: Incarnation) -> PeerId {
    let name = "worker".into();
    PeerId {
        id,
        incarnation,
        name,
    }
}

/// The node of such a worker, in its first life.
pub(crate) fn node(
    id: WorkerId,
    (build, table): (Build, &'static Table),
    runtime: &Handle,
    link_options: LinkOptions,
) -> Arc<Node> {
    let identity = Identity {
        me: peer(id, Incarnation::FIRST),
        run: RunId(1),
        build,
        table,
        worker: None,
        pool: None,
        page: None,
        link_options,
    };
    Node::new(identity, runtime.clone(), Box::new(Nobody))
}

/// Worker 2, of an app in which nobody handles anything.
#[cfg(test)]
pub(super) fn node_without_routes(runtime: &Handle, link_options: LinkOptions) -> Arc<Node> {
    use crate::wire::hello::PROTOCOL;
    static NO_ROUTES: std::sync::LazyLock<Table> = std::sync::LazyLock::new(Table::default);
    let build = Build {
        protocol: PROTOCOL,
        build: 1,
        routes: 1,
    };
    let node = node(WorkerId(2), (build, &NO_ROUTES), runtime, link_options);
    node.mailbox.open();
    node
}
