//! For tests: a node that is alone.

use std::sync::{Arc, LazyLock};

use tokio::{runtime::Handle, sync::oneshot};

use super::{Hub, Identity, Node};
use crate::{
    id::{Incarnation, RunId, WorkerId},
    link::PeerId,
    routes::Table,
    wire::{
        control::ToHub,
        hello::{Build, PROTOCOL},
        link_options::LinkOptions,
    },
};

/// Nobody hears what is told.
struct Nobody;

impl Hub for Nobody {
    fn tell(&self, _: ToHub) {}

    fn hand_over(&self, _: ToHub) -> oneshot::Receiver<()> {
        oneshot::channel().1
    }
}

pub(super) fn peer(id: WorkerId) -> PeerId {
    PeerId {
        id,
        incarnation: Incarnation::FIRST,
        name: "worker".into(),
    }
}

pub(super) fn node(runtime: &Handle, link_options: LinkOptions) -> Arc<Node> {
    static NO_ROUTES: LazyLock<Table> = LazyLock::new(Table::default);
    let identity = Identity {
        me: peer(WorkerId(2)),
        run: RunId(1),
        build: Build {
            protocol: PROTOCOL,
            build: 1,
            routes: 1,
        },
        table: &NO_ROUTES,
        worker: None,
        pool: None,
        page: None,
        link_options,
    };
    let node = Node::new(identity, runtime.clone(), Box::new(Nobody));
    node.mailbox.open();
    node
}
