//! The links of a node: which one is used to whom.

use std::{
    cell::Cell,
    sync::{Arc, atomic::Ordering},
};

use super::{Command, Next, Node, Whereabouts, ends::LAST_WORDS, lock};
use crate::{
    id::WorkerId,
    link::{Link, PeerId},
    wire::control::Sent,
};

/// The links of a node.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// To whom to send, by worker id.
    pub(super) out: Vec<Option<Arc<Link>>>,
    /// Every link that has not ended.
    pub(super) open: Vec<Arc<Link>>,
}

impl Links {
    /// A link over which to send.
    pub(super) fn add(&mut self, link: &Arc<Link>) {
        self.set_out(link);
        self.open.push(Arc::clone(link));
    }

    /// Whether it is the link over which to send.
    pub(super) fn is_out(&self, link: &Arc<Link>) -> bool {
        let out = self.out.get(link.peer.id.index());
        matches!(out, Some(Some(out)) if Arc::ptr_eq(out, link))
    }

    fn set_out(&mut self, link: &Arc<Link>) {
        let index = link.peer.id.index();
        if self.out.len() <= index {
            self.out.resize(index + 1, None);
        }
        self.out[index] = Some(Arc::clone(link));
    }
}

/// The links over which this thread has sent last, by the receiver's id, each with
/// the number of its node: to find one costs nothing then. One that has ended
/// refuses what it is given, so that nothing is lost by believing in it.
const RECENT: usize = 4;

type Recent = Cell<Option<(u64, Arc<Link>)>>;

thread_local! {
    static LAST: [Recent; RECENT] = const { [const { Cell::new(None) }; RECENT] };
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
    /// The link over which to send to a worker, if this thread has used it just now: to
    /// be [given back](Self::give_back), if it is to be found again.
    #[inline]
    pub(crate) fn recent_link_to(&self, id: WorkerId) -> Option<Arc<Link>> {
        // A thread that ends has nothing to find again.
        let recent = LAST.try_with(|last| last[id.index() % RECENT].take());
        match recent {
            Ok(Some((node, link))) if node == self.number && link.peer.id == id => Some(link),
            _ => None,
        }
    }

    /// The link is likely to be wanted again on this thread.
    #[inline]
    pub(crate) fn give_back(&self, link: Arc<Link>) {
        let _ = LAST
            .try_with(|last| last[link.peer.id.index() % RECENT].set(Some((self.number, link))));
    }

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
        let link = Arc::new(Link::new(self.whereabouts(id)?));
        links.add(&link);
        Ok(link)
    }

    /// A worker in the life in which it is, or is to be.
    pub(super) fn whereabouts(&self, id: WorkerId) -> Result<PeerId, NoLink> {
        match self.read_directory(|directory| directory.find(id)) {
            Whereabouts::Unknown if !self.knows_others() => Err(NoLink::TooEarly),
            Whereabouts::Unknown => Err(NoLink::Unknown),
            Whereabouts::Ended(how) => Err(NoLink::Ended(how)),
            Whereabouts::Alive(peer) => Ok(peer),
        }
    }

    /// Another link in place of one that has ended, if the worker still lives. Who has
    /// kept the one may have missed that others came and ended since.
    pub(crate) fn link_again(self: &Arc<Self>, ended: &Arc<Link>) -> Result<Arc<Link>, NoLink> {
        let id = ended.peer.id;
        let mut links = lock(&self.links);
        match links.out.get(id.index()) {
            Some(Some(link)) if !Arc::ptr_eq(link, ended) && link.ended().is_none() => {
                return Ok(Arc::clone(link));
            }
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

    /// Tells no more what is lost: the app did not start.
    pub(crate) fn mute(&self) {
        self.muted.store(true, Ordering::Release);
    }

    /// The node ends its links.
    pub(super) fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Acquire)
    }

    /// Ends every link: the node leaves. If it leaves in order, all that it
    /// sent was handled, whether or not that was acknowledged yet.
    pub(crate) fn leave(self: &Arc<Self>, reason: &str, in_order: bool) {
        self.leaving.store(true, Ordering::Release);
        if let Some(page) = &self.page {
            page.close();
        }
        self.stop_accepting();
        let open = lock(&self.links).open.clone();
        for link in open {
            if in_order && !self.is_to_come(&link) {
                link.assume_handled();
            }
            self.end_link(&link, reason);
        }
    }

    /// The link waits for a life of its peer that is still to come.
    pub(super) fn is_to_come(&self, link: &Link) -> bool {
        let (id, life) = (link.peer.id, link.peer.incarnation);
        self.read_directory(|directory| directory.is_to_come(id, life))
    }

    /// The node is about to leave: what waits for lives that are still to come comes
    /// back.
    pub(crate) fn give_back_waiting(self: &Arc<Self>) {
        let open = lock(&self.links).open.clone();
        let mut any = false;
        for link in open.iter().filter(|link| self.is_to_come(link)) {
            any = true;
            self.leaving.store(true, Ordering::Release);
            self.end_link(link, "its sender has stopped before it had started again");
        }
        if any {
            self.leaving.store(false, Ordering::Release);
        }
    }

    /// What this node has sent and does not know to be handled, as it leaves in order.
    /// What is known not to be is counted as lost.
    pub(crate) fn sent_and_open(&self) -> Vec<Sent> {
        let open = lock(&self.links).open.clone();
        let others = |link: &&Arc<Link>| {
            // Main and the queue outlive all others.
            ![self.me.id, WorkerId::MAIN, WorkerId::QUEUE].contains(&link.peer.id)
        };
        let of_link = |link: &Arc<Link>| {
            let (connection, count, handled, judged) = link.open_messages()?;
            if let Some(judged) = judged {
                self.counters.lost(count.saturating_sub(judged.finished));
                return None;
            }
            Some(Sent {
                to: link.peer.id,
                incarnation: link.peer.incarnation,
                connection,
                count,
                handled,
            })
        };
        open.iter().filter(others).filter_map(of_link).collect()
    }

    /// Counts what came back when nobody could take it any more.
    pub(crate) fn count_returned(&self) {
        while let Some(next) = self.mailbox.try_next() {
            if let Next::Command(Command::Returned(returned)) = next {
                self.tell_undelivered(&returned, returned.messages.len() as u64);
            }
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
