//! A node: what one worker's process knows and holds to exchange messages.
//! It moves payloads; what they mean is the business of [`worker`](crate::worker).

mod accept;
mod alarm;
mod connect;
mod counters;
pub(crate) mod current;
mod directory;
mod ends;
#[cfg(any(test, feature = "__bench", feature = "__fuzzing"))]
pub(crate) mod fixture;
mod flush;
mod giver;
mod greet;
mod incoming;
mod late;
mod leases;
mod links;
mod mailbox;
mod making;
mod managing;
mod own;
mod served;
mod spin;
mod tasks;

use std::{
    fmt::{self, Debug, Formatter},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tokio::{
    runtime::Handle,
    sync::{Notify, oneshot},
    task::AbortHandle,
};

use self::{
    accept::Expected, alarm::Alarm, connect::Lookups, flush::Dirty, links::Links, making::Making,
    managing::Managing,
};
pub(crate) use self::{
    connect::{ConnectError, dial, say_hello},
    counters::Counters,
    directory::{Directory, Whereabouts},
    greet::{MAX_GREETING, REST, check_process, greet, is_ours},
    incoming::Failure,
    leases::Running,
    links::NoLink,
    mailbox::{Batch, Command, Mailbox, Next, Returned},
    managing::Done,
    spin::Looking,
    tasks::{Asked, Watched},
};
use crate::{
    blackbox::Page,
    death::{IN_ORDER, in_order},
    id::{RunId, WorkerId},
    link::PeerId,
    routes::Table,
    wire::{
        control::{ToHub, ToWorker},
        hello::Build,
        link_options::LinkOptions,
    },
};

/// The way to the hub: a control link, or a channel within the main process.
pub(crate) trait Hub: Send + Sync {
    /// Tells the hub. A hub that is gone ends the process by other means.
    fn tell(&self, message: ToHub);

    /// The same; ready, in whichever way, when the hub will hear of it even if this
    /// worker is killed.
    fn hand_over(&self, message: ToHub) -> oneshot::Receiver<()>;
}

/// What a node is made from.
pub(crate) struct Identity {
    pub(crate) me: PeerId,
    pub(crate) run: RunId,
    pub(crate) build: Build,
    pub(crate) table: &'static Table,
    /// Index of the worker's type; `None` for a main that is no worker.
    pub(crate) worker: Option<u16>,
    /// The pool that it is of.
    pub(crate) pool: Option<u16>,
    /// Where it notes what it does, if that is worth noting: main has none.
    pub(crate) page: Option<Arc<Page>>,
    /// What holds for its links.
    pub(crate) link_options: LinkOptions,
}

/// See the [module](self).
pub(crate) struct Node {
    pub(crate) me: PeerId,
    /// Tells nodes of this process apart, also when they are gone.
    number: u64,
    pub(crate) run: RunId,
    pub(crate) table: &'static Table,
    pub(crate) worker: Option<u16>,
    pub(crate) pool: Option<u16>,
    /// Its black box.
    pub(crate) page: Option<Arc<Page>>,
    pub(crate) mailbox: Mailbox,
    pub(crate) counters: Counters,
    /// What was submitted to the queue.
    pub(crate) tasks: tasks::Tasks,
    /// What the queue wants to be done.
    leases: leases::Leases,
    build: Build,
    link_options: LinkOptions,
    runtime: Handle,
    hub: Box<dyn Hub>,
    directory: RwLock<Directory>,
    links: Mutex<Links>,
    lookups: Lookups,
    making: Making,
    managing: Managing,
    expected: Expected,
    dirty: Dirty,
    spin: spin::Spin,
    alarm: Alarm,
    /// A worker has ended.
    ended: Notify,
    muted: AtomicBool,
    /// The node ends its links.
    leaving: AtomicBool,
    /// What the handler serves, between turns.
    call: Mutex<current::Call>,
    /// Takes connections.
    accepting: Mutex<Option<AbortHandle>>,
}

/// Looks after a node from another thread than the one that may be busy with
/// its handlers: flushes late, makes connections, and ends what has waited too long.
pub(crate) async fn look_after(node: Weak<Node>) {
    tokio::join!(
        late::late_flush(node.clone()),
        making::make_connections(node.clone()),
        alarm::ring(node)
    );
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Node {
    /// A node whose links are driven by `runtime`.
    pub(crate) fn new(identity: Identity, runtime: Handle, hub: Box<dyn Hub>) -> Arc<Node> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let node = Arc::new(Node {
            me: identity.me,
            number: COUNT.fetch_add(1, Ordering::Relaxed),
            run: identity.run,
            table: identity.table,
            worker: identity.worker,
            pool: identity.pool,
            counters: Counters::noted_in(identity.page.clone()),
            page: identity.page,
            mailbox: Mailbox::default(),
            tasks: tasks::Tasks::default(),
            leases: leases::Leases::default(),
            build: identity.build,
            link_options: identity.link_options,
            runtime,
            hub,
            directory: RwLock::default(),
            links: Mutex::default(),
            lookups: Lookups::default(),
            making: Making::default(),
            managing: Managing::default(),
            expected: Expected::default(),
            dirty: Dirty::default(),
            spin: spin::Spin::default(),
            alarm: Alarm::default(),
            ended: Notify::new(),
            muted: AtomicBool::new(false),
            leaving: AtomicBool::new(false),
            call: Mutex::default(),
            accepting: Mutex::default(),
        });
        node.runtime
            .spawn(flush::flush_when_told(Arc::downgrade(&node)));
        node
    }

    /// This node is the task queues.
    pub(crate) fn is_queue(&self) -> bool {
        self.me.id == WorkerId::QUEUE
    }

    /// What drives the links.
    pub(crate) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Tells the hub.
    pub(crate) fn tell(&self, message: ToHub) {
        self.hub.tell(message);
    }

    /// Tells the hub; ready when it will hear of it even if this worker is killed.
    pub(crate) fn hand_over(&self, message: ToHub) -> oneshot::Receiver<()> {
        self.hub.hand_over(message)
    }

    /// Hears what the hub says. Any thread.
    pub(crate) fn hear(self: &Arc<Self>, message: ToWorker) {
        match message {
            ToWorker::Begin { roster, pools } => {
                self.with_directory(|directory| {
                    directory.set(roster);
                    directory.set_pools(pools);
                });
                self.command(Command::Begin);
            }
            ToWorker::StartFrom(state) => self.command(Command::StartFrom(state)),
            ToWorker::Joined(entry) => self.with_directory(|directory| directory.add(entry)),
            ToWorker::Managed { request, done } => self.managed(request, done),
            ToWorker::Notice { route, payload } => {
                self.command(Command::Notice { route, payload });
            }
            ToWorker::Cancel { lease } => self.cancel_task(lease),
            ToWorker::Expect { token, from, pid } => self.expected.add(token, from, pid),
            ToWorker::Connect { request, way } => self.lookups.answer(request, way),
            ToWorker::Ended {
                id,
                incarnation,
                how,
                returns,
                handled,
            } => {
                let life = incarnation;
                let how = match &*how {
                    IN_ORDER => in_order(),
                    how => how.into(),
                };
                self.peer_ended(id, directory::Ended { life, how, returns }, &handled);
            }
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
            Command::StartFrom(_)
            | Command::Begin
            | Command::Stop
            | Command::Returned(_)
            | Command::Notice { .. } => {}
        }
    }

    /// Answers a probe. Acknowledges first, so that no sender that leaves
    /// believes that its messages were lost.
    pub(crate) fn tell_idle(&self, round: u32) {
        self.settle();
        let (sent, handled) = self.counts();
        self.tell(ToHub::Idle {
            round,
            sent,
            handled,
        });
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
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stop_accepting();
    }
}

impl Debug for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Node({})", self.me.name)
    }
}
