//! What a node has asked the hub to do with workers.

use std::{
    collections::HashMap,
    future::poll_fn,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::sync::oneshot;

use super::{Node, lock};
use crate::{
    id::WorkerId,
    link::Link,
    manage::ManageErrorKind,
    wire::control::{Manage, ToHub},
};

/// How long to wait until what was sent to a worker is written, before the hub is
/// asked to stop it.
const OVERTAKE: Duration = Duration::from_secs(1);

/// What the hub answers.
pub(crate) type Done = Result<WorkerId, ManageErrorKind>;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Managing {
    next: AtomicU32,
    open: Mutex<HashMap<u32, oneshot::Sender<Done>>>,
}

impl Node {
    /// Asks the hub; it answers when that is done, or will not be.
    pub(crate) fn manage(self: &Arc<Self>, manage: Manage) -> oneshot::Receiver<Done> {
        let request = self.managing.next.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        lock(&self.managing.open).insert(request, answer);
        let to_hear = match &manage {
            Manage::Start { .. } | Manage::RestartPool(_) => None,
            Manage::Stop(id) | Manage::Restart(id) => self.open_link_to(*id),
        };
        let Some(link) = to_hear else {
            self.tell(ToHub::Manage { request, manage });
            return answered;
        };
        // The hub's word goes another way, and must not overtake what was sent to
        // that worker before: it handles what has arrived when it is told to stop.
        self.flush();
        let node = Arc::clone(self);
        self.runtime.spawn(async move {
            let written = poll_fn(|cx| link.poll_written(cx));
            let _ = tokio::time::timeout(OVERTAKE, written).await; // it does not read: so be it
            node.tell(ToHub::Manage { request, manage });
        });
        answered
    }

    fn open_link_to(&self, id: WorkerId) -> Option<Arc<Link>> {
        let links = lock(&self.links);
        let link = links.out.get(id.index())?.clone()?;
        link.ended().is_none().then_some(link)
    }

    /// The hub answers.
    pub(super) fn managed(&self, request: u32, done: Done) {
        if let Some(answer) = lock(&self.managing.open).remove(&request) {
            let _ = answer.send(done); // nobody waits any more: fine
        }
    }
}
