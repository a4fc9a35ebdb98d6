//! The end of a link: what becomes of the messages that it still held.
//!
//! If the hub has told how far the receiver came, that is exact: what it never
//! began goes to its next life, in order, or comes back; what it had in hand is
//! reported. If not, as when a connection breaks while both ends live, what
//! left may have been handled or not.

use std::{
    future::poll_fn,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use super::{Command, Node, Returned, lock};
use crate::{
    id::{Incarnation, WorkerId},
    link::{Kept, Link, Outcome, Remains},
    report,
    wire::{control::Handled, frame::Kind},
};

/// How long to read on a link whose peer has ended: something that it has
/// started may hold the other end open.
pub(super) const LAST_WORDS: Duration = Duration::from_millis(500);

/// How long to wait for the hub's word on how a peer has ended. Its connections
/// end a moment before its process does; on a busy machine the moment is long.
const WORD_OF_HUB: Duration = Duration::from_secs(2);

/// A message that was in hand in so many deaths of its receiver is not repeated:
/// it is their cause.
const MAX_DEATHS: u32 = 3;

impl Node {
    /// A worker has ended. A link that it had drains and ends by itself; one
    /// that is still being made never will.
    pub(super) fn peer_ended(
        self: &Arc<Self>,
        id: WorkerId,
        ended: super::directory::Ended,
        handled: &[(u64, Handled)],
    ) {
        let (life, how, returns) = (ended.life, Arc::clone(&ended.how), ended.returns);
        let of_it = |link: &&Arc<Link>| link.peer.id == id && link.peer.incarnation <= life;
        let open: Vec<_> = lock(&self.links)
            .open
            .iter()
            .filter(of_it)
            .cloned()
            .collect();
        // Before anybody hears of the end: then it is known how far it came.
        for link in &open {
            let connection = link.connection();
            let told = handled.iter().find(|(of, _)| *of == connection);
            if let (1.., Some((_, handled))) = (connection, told) {
                link.judge(*handled);
            }
        }
        self.with_directory(|directory| directory.ended(id, ended));
        self.lookups.peer_ended(id, life, &how);
        self.ended.notify_waiters();
        self.close_links(open, how, returns);
    }

    /// The peer of these links has ended. What it wrote is still read; but not
    /// for long: what it has started may hold the other end open.
    fn close_links(self: &Arc<Self>, links: Vec<Arc<Link>>, how: Arc<str>, returns: bool) {
        if links.is_empty() {
            return;
        }
        if !returns {
            for link in &links {
                link.close(&how);
            }
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

    /// Waits until the hub has said how the peer of a link that broke has
    /// ended. Not for long: a peer may also have closed the link and live on.
    pub(super) async fn learn_how_it_ended(&self, link: &Link) {
        let id = link.peer.id;
        let in_order = link.heard_goodbye() && link.is_settled();
        if id == self.me.id || in_order || self.is_leaving() {
            return;
        }
        let told = async {
            loop {
                let ended = self.ended.notified();
                if self.how_ended(id, link.peer.incarnation).is_some() {
                    return;
                }
                ended.await;
            }
        };
        let _ = tokio::time::timeout(WORD_OF_HUB, told).await;
    }

    fn how_ended(&self, id: WorkerId, life: Incarnation) -> Option<super::directory::Ended> {
        self.read_directory(|directory| directory.how_ended(id, life))
    }

    /// Ends a link, and sees to what it still held.
    pub(super) fn end_link(self: &Arc<Self>, link: &Arc<Link>, reason: &str) {
        let known = self.how_ended(link.peer.id, link.peer.incarnation);
        let returns = known.as_ref().is_some_and(|ended| ended.returns);
        let reason = known.map_or_else(|| reason.into(), |ended| ended.how);
        let mut links = lock(&self.links);
        let mut remains = link.end(&reason);
        links.open.retain(|open| !Arc::ptr_eq(open, link));
        let next = match returns && !self.is_leaving() && links.is_out(link) {
            true => self.pass_on(link, &mut remains),
            false => None,
        };
        if let Some(next) = &next {
            links.add(next);
        }
        drop(links);
        if let Some(next) = next {
            self.make(next);
        }
        if link.peer.id == WorkerId::QUEUE {
            self.tasks.lost(&reason);
        }
        if self.is_queue() {
            self.mailbox.push_end(Arc::clone(link), Arc::clone(&reason));
        }
        self.tell_remains(link, &reason, remains);
    }

    /// Puts what the receiver never began into a link to its next life, where it
    /// comes before all that is sent from now on.
    fn pass_on(&self, link: &Arc<Link>, remains: &mut Remains) -> Option<Arc<Link>> {
        let again = remains
            .in_hand
            .take_if(|kept| self.may_be_repeated(link, kept));
        if again.is_none() && remains.never.is_empty() {
            return None;
        }
        let deaths = again.as_ref().map_or(0, |kept| deaths(link, kept));
        let peer = self.whereabouts(link.peer.id).ok()?;
        let next = Arc::new(Link::new(peer).after_deaths_of_first(deaths));
        for kept in again.into_iter().chain(remains.never.drain(..)) {
            if let Some(deadline) = link.hand_over(&kept, &next) {
                self.set_alarm(deadline);
            }
        }
        Some(next)
    }

    /// Whether a message may be handled once more by the next life of a receiver
    /// that had it in hand when it died.
    fn may_be_repeated(&self, link: &Link, kept: &Kept) -> bool {
        let route = self.table.route(kept.header.route);
        deaths(link, kept) < MAX_DEATHS && route.is_some_and(|route| route.idempotent)
    }

    fn tell_remains(&self, link: &Link, reason: &Arc<str>, remains: Remains) {
        let peer = &link.peer.name;
        let is_ask = |kept: &Kept| kept.header.kind == Kind::Ask;
        let (asks, messages): (Vec<_>, Vec<_>) = remains.never.into_iter().partition(is_ask);
        for ask in asks {
            let lost = Outcome::Lost(Some(ask.payload()), Arc::clone(reason));
            link.resolve_ask(ask.header.correlation, lost);
        }
        let in_hand = remains.in_hand.filter(|kept| {
            if is_ask(kept) {
                let lost = Outcome::Lost(None, Arc::clone(reason));
                link.resolve_ask(kept.header.correlation, lost);
            }
            !is_ask(kept)
        });
        if self.muted.load(Ordering::Acquire) {
            return;
        }
        if let Some(kept) = in_hand {
            self.counters.lost(1);
            let route = self.table.route(kept.header.route);
            let message = route.map_or("a message", |route| route.message);
            report::warn(&format!(
                "`{peer}` ended while it handled `{message}`, which may be half done: {reason}"
            ));
        }
        if remains.unknown > 0 {
            self.counters.lost(remains.unknown);
            let count = remains.unknown;
            report::warn(&format!(
                "{count} messages to `{peer}` may not have been handled: {reason}"
            ));
        }
        if messages.is_empty() {
            return;
        }
        let returned = Returned {
            to: Arc::clone(peer),
            reason: Arc::clone(reason),
            messages,
        };
        if self.mailbox.is_open() {
            self.mailbox.command(Command::Returned(returned));
        } else {
            self.tell_undelivered(&returned, returned.messages.len() as u64);
        }
    }

    /// Reports messages that nobody took back.
    pub(crate) fn tell_undelivered(&self, returned: &Returned, count: u64) {
        self.counters.lost(count);
        let Returned { to, reason, .. } = returned;
        report::warn(&format!(
            "{count} messages to `{to}` were not delivered: {reason}"
        ));
    }
}

/// In how many deaths a message was in hand, with that of this link's peer.
fn deaths(link: &Link, kept: &Kept) -> u32 {
    // What was in hand before came first in this life.
    match kept.number {
        1 => link.deaths_of_first + 1,
        _ => 1,
    }
}
