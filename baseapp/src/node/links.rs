//! The links of a node: which one is used to whom, and what is lost when one
//! ends.

use std::{
    future::poll_fn,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use super::{Command, Node, Returned, Whereabouts, lock};
use crate::{
    id::WorkerId,
    link::{Link, Remains},
    report,
};

/// How long to wait for the hub's word on how a peer has ended.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// The links of a node.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// To whom to send, by worker id.
    pub(super) out: Vec<Option<Arc<Link>>>,
    /// Every link that has not ended.
    pub(super) open: Vec<Arc<Link>>,
}

impl Links {
    fn set_out(&mut self, link: &Arc<Link>) {
        let index = link.peer.id.index();
        if self.out.len() <= index {
            self.out.resize(index + 1, None);
        }
        self.out[index] = Some(Arc::clone(link));
    }
}

/// Why there is no link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoLink {
    /// Nobody has this id.
    Unknown,
    /// The worker does not know the others yet.
    TooEarly,
    /// The worker has ended; the text says how.
    Ended(Arc<str>),
}

impl Node {
    /// The link over which to send to a worker, made at first use.
    pub(crate) fn link_to(self: &Arc<Self>, id: WorkerId) -> Result<Arc<Link>, NoLink> {
        let mut links = lock(&self.links);
        if let Some(Some(link)) = links.out.get(id.index()) {
            return Ok(Arc::clone(link));
        }
        let link = self.new_link(&mut links, id)?;
        drop(links);
        self.make(Arc::clone(&link));
        Ok(link)
    }

    fn new_link(&self, links: &mut Links, id: WorkerId) -> Result<Arc<Link>, NoLink> {
        let peer = match self.read_directory(|directory| directory.find(id)) {
            Whereabouts::Unknown if !self.knows_others() => return Err(NoLink::TooEarly),
            Whereabouts::Unknown => return Err(NoLink::Unknown),
            Whereabouts::Ended(how) => return Err(NoLink::Ended(how)),
            Whereabouts::Alive(peer) => peer,
        };
        let link = Arc::new(Link::new(peer));
        links.set_out(&link);
        links.open.push(Arc::clone(&link));
        Ok(link)
    }

    /// Another link in place of one that has ended, if the worker still lives.
    pub(crate) fn link_again(self: &Arc<Self>, ended: &Arc<Link>) -> Result<Arc<Link>, NoLink> {
        let id = ended.peer.id;
        let mut links = lock(&self.links);
        match links.out.get(id.index()) {
            Some(Some(link)) if !Arc::ptr_eq(link, ended) => return Ok(Arc::clone(link)),
            _ => {}
        }
        let link = self.new_link(&mut links, id)?;
        drop(links);
        self.make(Arc::clone(&link));
        Ok(link)
    }

    /// Counts a link that a peer has made, and sends over it if there is none
    /// to that peer yet. Which one is used never changes while it lasts: that
    /// keeps the order.
    pub(super) fn adopt(&self, link: &Arc<Link>) {
        let mut links = lock(&self.links);
        links.open.push(Arc::clone(link));
        if !matches!(links.out.get(link.peer.id.index()), Some(Some(_))) {
            links.set_out(link);
        }
    }

    /// Ends a link, and tells what was lost with it.
    pub(super) fn end_link(&self, link: &Arc<Link>, reason: &str) {
        let known = self
            .read_directory(|directory| directory.how_ended(link.peer.id, link.peer.incarnation));
        let reason = known.unwrap_or_else(|| reason.into());
        let remains = link.end(&reason);
        let mut links = lock(&self.links);
        links.open.retain(|open| !Arc::ptr_eq(open, link));
        drop(links);
        if link.peer.id == WorkerId::QUEUE {
            self.tasks.lost(&reason);
        }
        if self.is_queue() {
            self.mailbox.push_end(Arc::clone(link), Arc::clone(&reason));
        }
        self.tell_remains(link, &reason, remains);
    }

    fn tell_remains(&self, link: &Link, reason: &Arc<str>, remains: Remains) {
        if self.muted.load(Ordering::Acquire) {
            return;
        }
        let peer = &link.peer.name;
        if remains.unacknowledged > 0 {
            self.counters.lost(remains.unacknowledged);
            let count = remains.unacknowledged;
            report::warn(&format!(
                "{count} messages to `{peer}` may not have been handled: {reason}"
            ));
        }
        if remains.unsent.is_empty() {
            return;
        }
        let returned = Returned {
            to: Arc::clone(peer),
            reason: Arc::clone(reason),
            messages: remains.unsent,
        };
        if self.mailbox.is_open() {
            self.mailbox.command(Command::Returned(returned));
        } else {
            self.tell_undelivered(&returned, returned.messages.len() as u64);
        }
    }

    /// The peer of these links has ended. What it wrote is still read; but not
    /// for long: what it has started may hold the other end open.
    pub(super) fn close_links(self: &Arc<Self>, links: Vec<Arc<Link>>, how: Arc<str>) {
        if links.is_empty() {
            return;
        }
        for link in &links {
            link.close(&how);
        }
        let node = Arc::downgrade(self);
        self.runtime.spawn(async move {
            let all_ended = async {
                for link in &links {
                    poll_fn(|cx| link.poll_ended(cx)).await;
                }
            };
            if tokio::time::timeout(LAST_WORDS, all_ended).await.is_ok() {
                return;
            }
            let Some(node) = node.upgrade() else { return };
            for link in links.iter().filter(|link| link.ended().is_none()) {
                node.end_link(link, &how);
            }
        });
    }

    /// Reports messages that nobody took back.
    pub(crate) fn tell_undelivered(&self, returned: &Returned, count: u64) {
        self.counters.lost(count);
        let Returned { to, reason, .. } = returned;
        report::warn(&format!(
            "{count} messages to `{to}` were not delivered: {reason}"
        ));
    }

    /// Tells no more what is lost: the app did not start.
    pub(crate) fn mute(&self) {
        self.muted.store(true, Ordering::Release);
    }

    /// Ends every link: the node leaves. If it leaves in order, all that it
    /// sent was handled, whether or not that was acknowledged yet.
    pub(crate) fn leave(&self, reason: &str, in_order: bool) {
        self.stop_accepting();
        let open = lock(&self.links).open.clone();
        for link in open {
            if in_order {
                link.assume_handled();
            }
            self.end_link(&link, reason);
        }
    }

    /// Tells every peer that this node leaves in order.
    pub(crate) fn say_goodbye(&self) {
        let open = lock(&self.links).open.clone();
        for link in open {
            link.say_goodbye();
            link.flush();
        }
    }

    /// Waits until the hub has said how the peer of a link that broke has
    /// ended: its connections end a moment before its process does. Not for
    /// long: a peer may also have closed the link and live on.
    pub(super) async fn learn_how_it_ended(&self, link: &Link) {
        let id = link.peer.id;
        if id == self.me.id || link.heard_goodbye() {
            return;
        }
        let told = async {
            loop {
                let ended = self.ended.notified();
                if self
                    .read_directory(|directory| directory.how_ended(id, link.peer.incarnation))
                    .is_some()
                {
                    return;
                }
                ended.await;
            }
        };
        let _ = tokio::time::timeout(LAST_WORDS, told).await;
    }

    /// Ready when all that the task queues have said is heard: they have ended,
    /// and so has the link to them, when it was read to its end. Not for long:
    /// who reads may be busy.
    pub(crate) async fn hear_the_queue_out(self: &Arc<Self>) {
        let node = Arc::clone(self);
        let heard = async move {
            let of_queue = |link: &Arc<Link>| link.peer.id == WorkerId::QUEUE;
            while lock(&node.links).open.iter().any(of_queue) {
                node.look_at_connections().await;
            }
        };
        // Where there are timers, wherever this is awaited.
        let heard = async { tokio::time::timeout(LAST_WORDS, heard).await };
        let _ = self.runtime.spawn(heard).await;
    }

    /// Acknowledges, on every link, all that was handled, and writes it.
    pub(crate) fn settle(&self) {
        let open = lock(&self.links).open.clone();
        for link in open {
            link.acknowledge_all();
            link.flush();
        }
    }

    /// Messages sent and handled over the links that have not ended.
    pub(super) fn counts(&self) -> (u64, u64) {
        let open = lock(&self.links).open.clone();
        open.iter()
            .map(|link| link.counts())
            .fold((0, 0), |(s, h), (sent, handled)| (s + sent, h + handled))
    }
}
