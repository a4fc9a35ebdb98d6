//! Making connections on another thread than the node's: a handler may hold that, and
//! what it has said to somebody for the first time is to leave all the same.

use std::sync::{Arc, Mutex, Weak};

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use super::{Node, lock};
use crate::link::Link;

/// Links that want a connection.
#[derive(Debug)]
pub(super) struct Making {
    wanted: UnboundedSender<Arc<Link>>,
    /// Until somebody looks after the node.
    links: Mutex<Option<UnboundedReceiver<Arc<Link>>>>,
}

impl Default for Making {
    fn default() -> Making {
        let (wanted, links) = mpsc::unbounded_channel();
        Making {
            wanted,
            links: Mutex::new(Some(links)),
        }
    }
}

/// Makes connections for as long as the node lives.
pub(super) async fn make_connections(node: Weak<Node>) {
    let links = node.upgrade().and_then(|node| {
        let mut links = lock(&node.making.links);
        links.take()
    });
    let Some(mut links) = links else { return };
    while let Some(link) = links.recv().await {
        let Some(node) = node.upgrade() else { return };
        tokio::spawn(node.make_connection(link));
    }
}

impl Node {
    /// Starts to make the connection of a link.
    pub(super) fn make(self: &Arc<Self>, link: Arc<Link>) {
        if link.peer.id == self.me.id {
            return self.make_to_self(&link);
        }
        // Who looks after the node goes with it.
        let _ = self.making.wanted.send(link);
    }

    /// The node's own thread serves the link; what waits leaves before that comes to it.
    async fn make_connection(self: Arc<Self>, link: Arc<Link>) {
        match self.connect(&link).await {
            Ok((wire, reader)) => {
                let served = self.begin_to_serve(&link, wire, reader);
                link.flush();
                let node = Arc::clone(&self);
                self.runtime.spawn(node.serve(served));
            }
            Err(error) => {
                self.learn_how_it_ended(&link).await;
                self.end_link(&link, &error.to_string());
            }
        }
    }
}
