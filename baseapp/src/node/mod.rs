//! A node: what one worker's process knows and holds to exchange messages.
//! It moves payloads; what they mean is the business of [`worker`](crate::worker).

mod accept;
mod alarm;
mod connect;
mod counters;
pub(crate) mod current;
mod directory;
mod flush;
mod greet;
mod incoming;
mod mailbox;

use std::{
    fmt::{self, Debug, Formatter},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use tokio::runtime::Handle;

use self::{accept::Expected, alarm::Alarm, connect::Lookups, flush::Dirty};
pub(crate) use self::{
    connect::{ConnectError, dial, say_hello},
    counters::Counters,
    directory::{Directory, Whereabouts},
    flush::late_flush,
    greet::{MAX_GREETING, REST, check_process, greet, is_ours},
    incoming::Failure,
    mailbox::{Batch, Command, Mailbox, Next, Returned},
};
use crate::{
    id::{RunId, WorkerId},
    link::{Link, PeerId, Remains},
    report,
    routes::Table,
    wire::{
        control::{ToHub, ToWorker},
        hello::Build,
    },
};

/// The way to the hub: a control link, or a channel within the main process.
pub(crate) trait Hub: Send + Sync {
    /// Tells the hub. A hub that is gone ends the process by other means.
    fn tell(&self, message: ToHub);
}

/// What a node is made from.
pub(crate) struct Identity {
    pub(crate) me: PeerId,
    pub(crate) run: RunId,
    pub(crate) build: Build,
    pub(crate) table: &'static Table,
    /// Index of the worker's type; `None` for a main that is no worker.
    pub(crate) worker: Option<u16>,
}

/// See the [module](self).
pub(crate) struct Node {
    pub(crate) me: PeerId,
    pub(crate) run: RunId,
    pub(crate) table: &'static Table,
    pub(crate) worker: Option<u16>,
    pub(crate) mailbox: Mailbox,
    pub(crate) counters: Counters,
    build: Build,
    runtime: Handle,
    hub: Box<dyn Hub>,
    directory: RwLock<Directory>,
    links: Mutex<Links>,
    lookups: Lookups,
    expected: Expected,
    dirty: Dirty,
    alarm: Alarm,
}

/// The links of a node.
#[derive(Debug, Default)]
struct Links {
    /// To whom to send, by worker id.
    out: Vec<Option<Arc<Link>>>,
    /// Every link that has not ended.
    open: Vec<Arc<Link>>,
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Node {
    /// A node whose links are driven by `runtime`.
    pub(crate) fn new(identity: Identity, runtime: Handle, hub: Box<dyn Hub>) -> Arc<Node> {
        let node = Arc::new(Node {
            me: identity.me,
            run: identity.run,
            table: identity.table,
            worker: identity.worker,
            mailbox: Mailbox::default(),
            counters: Counters::default(),
            build: identity.build,
            runtime,
            hub,
            directory: RwLock::default(),
            links: Mutex::default(),
            lookups: Lookups::default(),
            expected: Expected::default(),
            dirty: Dirty::default(),
            alarm: Alarm::default(),
        });
        node.runtime
            .spawn(flush::flush_when_told(Arc::downgrade(&node)));
        node.runtime.spawn(alarm::ring(Arc::downgrade(&node)));
        node
    }

    /// What drives the links.
    pub(crate) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Tells the hub.
    pub(crate) fn tell(&self, message: ToHub) {
        self.hub.tell(message);
    }

    /// Hears what the hub says. Any thread.
    pub(crate) fn hear(&self, message: ToWorker) {
        match message {
            ToWorker::Begin(entries) => {
                self.with_directory(|directory| directory.set(entries));
                self.command(Command::Begin);
            }
            ToWorker::Expect { token, from, pid } => self.expected.add(token, from, pid),
            ToWorker::Connect { request, way } => self.lookups.answer(request, way),
            ToWorker::Ended { id, how } => self.peer_ended(id, how.into()),
            ToWorker::Probe { round } => self.command(Command::Probe { round }),
            ToWorker::Stop => self.command(Command::Stop),
        }
    }

    /// Gives a command to the worker. Where there is none, answers for it.
    fn command(&self, command: Command) {
        if self.mailbox.is_open() {
            return self.mailbox.command(command);
        }
        match command {
            Command::Probe { round } => self.tell_idle(round),
            Command::Begin | Command::Stop | Command::Returned(_) => {}
        }
    }

    /// Answers a probe.
    pub(crate) fn tell_idle(&self, round: u32) {
        let (sent, handled) = self.counts();
        self.tell(ToHub::Idle {
            round,
            sent,
            handled,
        });
    }

    /// Messages sent and handled over the links that have not ended.
    fn counts(&self) -> (u64, u64) {
        let open = lock(&self.links).open.clone();
        open.iter()
            .map(|link| link.counts())
            .fold((0, 0), |(s, h), (sent, handled)| (s + sent, h + handled))
    }

    pub(crate) fn read_directory<R>(&self, read: impl FnOnce(&Directory) -> R) -> R {
        read(
            &self
                .directory
                .read()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// The hub has sent the directory.
    pub(crate) fn knows_others(&self) -> bool {
        self.read_directory(|directory| !directory.is_empty())
    }

    fn with_directory<R>(&self, change: impl FnOnce(&mut Directory) -> R) -> R {
        change(
            &mut self
                .directory
                .write()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// A worker has ended. A link that it had drains and ends by itself; one
    /// that is still being made never will.
    fn peer_ended(&self, id: WorkerId, how: Arc<str>) {
        self.with_directory(|directory| directory.ended(id, Arc::clone(&how)));
        self.lookups.peer_ended(id, &how);
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
    fn adopt(&self, link: &Arc<Link>) {
        let mut links = lock(&self.links);
        links.open.push(Arc::clone(link));
        if !matches!(links.out.get(link.peer.id.index()), Some(Some(_))) {
            links.set_out(link);
        }
    }

    /// Ends a link, and tells what was lost with it.
    fn end_link(&self, link: &Arc<Link>, reason: &str) {
        let known = self.read_directory(|directory| directory.how_ended(link.peer.id));
        let reason = known.unwrap_or_else(|| reason.into());
        let remains = link.end(&reason);
        let mut links = lock(&self.links);
        links.open.retain(|open| !Arc::ptr_eq(open, link));
        drop(links);
        self.tell_remains(link, &reason, remains);
    }

    fn tell_remains(&self, link: &Link, reason: &Arc<str>, remains: Remains) {
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

    /// Reports messages that nobody took back.
    pub(crate) fn tell_undelivered(&self, returned: &Returned, count: u64) {
        self.counters.lost(count);
        let Returned { to, reason, .. } = returned;
        report::warn(&format!(
            "{count} messages to `{to}` were not delivered: {reason}"
        ));
    }

    /// Ends every link: the node leaves.
    pub(crate) fn leave(&self, reason: &str) {
        let open = lock(&self.links).open.clone();
        for link in open {
            self.end_link(&link, reason);
        }
    }

    /// Acknowledges, on every link, all that was handled, and writes it.
    pub(crate) fn settle(&self) {
        for link in lock(&self.links).open.clone() {
            link.acknowledge_all();
            link.flush();
        }
    }
}

impl Debug for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Node({})", self.me.name)
    }
}
