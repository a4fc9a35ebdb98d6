//! The task queues at work: a node of its own in the main process, to which
//! submitters connect and which connects to the workers of pools. It moves
//! frames between them and the [`machine`](super::machine), and changes
//! between that and the [`store`](super::store). It decodes no payload.

mod commit;
mod effects;
mod frames;
mod members;
mod park;
mod queries;
mod staff;

use std::{
    collections::HashMap,
    future::poll_fn,
    pin::pin,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use tokio::sync::mpsc::UnboundedReceiver;

pub(crate) use self::staff::Staff;
use self::{commit::Commits, members::Members, park::Parked};
use super::{
    machine::{Hashing, Machine, Now, PoolSpec, Watcher},
    store::{Record, Store, StoreError},
};
use crate::{
    id::{Incarnation, WorkerId},
    link::Link,
    node::{Command, Next, Node, current},
    report,
    task::TaskIds,
    wire::control::{Endpoint, ToHub},
};

/// How long to wait for the end of a link whose worker is gone, and for who does
/// not read.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// How often the memory of a worker is looked at.
const LOOK_AT_MEMORY: Duration = Duration::from_millis(100);

/// Who starts and ends the workers of pools.
pub(crate) trait Crew: Send {
    /// Starts one more.
    fn spawn(&self, pool: u16);
    /// Stops one that has nothing to do.
    fn retire(&self, worker: WorkerId, life: Incarnation);
    /// Kills one.
    fn kill(&self, worker: WorkerId, life: Incarnation);
    /// Asks the handler of a lease to end.
    fn cancel(&self, worker: WorkerId, lease: u64);
    /// The workers of a pool were started anew, or why not.
    fn renewed(&self, pool: u16, failed: Option<String>);
    /// The workers of a pool die before they can do anything.
    fn gave_up(&self, pool: u16, how: String);
    /// Tasks of a pool end with the app: nobody has kept them.
    fn lost(&self, pool: String, tasks: u64);
}

/// A pool, as the queue must know it.
#[derive(Clone, Debug)]
pub(crate) struct QueuedPool {
    pub(crate) spec: PoolSpec,
    /// Index of the type of its workers in the routing table.
    pub(crate) worker: u16,
    pub(crate) max_memory: Option<u64>,
}

/// What the queues are made from.
#[derive(Clone, Debug)]
pub(crate) struct QueueSpec {
    pub(crate) pools: Vec<QueuedPool>,
    pub(crate) store: Arc<dyn Store>,
}

/// See the [module](self).
pub(crate) struct Service {
    node: Arc<Node>,
    crew: Box<dyn Crew>,
    staff: UnboundedReceiver<Staff>,
    pools: Vec<QueuedPool>,
    store: Arc<dyn Store>,
    machine: Machine,
    commits: Commits,
    links: HashMap<Watcher, Arc<Link>, Hashing>,
    members: Members,
    /// Workers whose predecessors' links have not ended yet, and until when that
    /// is waited for.
    newcomers: Vec<(Instant, Staff)>,
    parked: Parked,
    /// A question of the hub that waits until there is nothing to do.
    probe: Option<u32>,
    stopping: bool,
    /// Nobody waits for room any more.
    closing: bool,
}

/// This moment.
fn now() -> Now {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Now {
        at: Instant::now(),
        wall: since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0)),
    }
}

impl Service {
    /// The queues of a node. Tasks that an earlier run has left are taken over
    /// when it [runs](Service::run).
    pub(crate) fn new(
        node: Arc<Node>,
        spec: QueueSpec,
        crew: Box<dyn Crew>,
        staff: UnboundedReceiver<Staff>,
    ) -> std::io::Result<Service> {
        let specs = spec.pools.iter().map(|pool| pool.spec.clone()).collect();
        let messages = node.table.routes().iter().map(|route| route.message);
        let durable = spec.store.is_durable();
        let machine = Machine::new(specs, messages.collect(), durable, TaskIds::new()?);
        let commits = Commits::start(Arc::clone(&spec.store))?;
        Ok(Service {
            node,
            crew,
            staff,
            pools: spec.pools,
            store: spec.store,
            machine,
            commits,
            links: HashMap::default(),
            members: Members::default(),
            newcomers: Vec::new(),
            parked: Parked::default(),
            probe: None,
            stopping: false,
            closing: false,
        })
    }

    /// Serves until it is told to stop. `ready` is where it listens.
    pub(crate) async fn run(mut self, ready: Endpoint) -> Result<(), String> {
        self.restore().map_err(|error| error.to_string())?;
        self.node.tell(ToHub::Ready(ready));
        while !self.stopping {
            let node = Arc::clone(&self.node);
            current::turn(&node, || self.turn());
            node.flush();
            if !self.stopping {
                self.wait().await;
            }
        }
        self.finish().await;
        Ok(())
    }

    /// Takes over what an earlier run has left.
    fn restore(&mut self) -> Result<(), StoreError> {
        let contents = self.store.load()?;
        let routes: HashMap<(&str, &str), u16> = (self.node.table.routes().iter().zip(0..))
            .map(|(route, index)| ((route.worker, route.message), index))
            .collect();
        let pools: HashMap<&str, (u16, &str)> = (self.pools.iter().zip(0..))
            .map(|(pool, index)| {
                let worker = self.node.table.worker_name(pool.worker);
                (&*pool.spec.name, (index, worker))
            })
            .collect();
        let place = |record: &Record| {
            let (pool, worker) = *pools.get(&*record.pool)?;
            Some((pool, routes.get(&(worker, &record.message)).copied()))
        };
        let homeless = self
            .machine
            .restore(now(), contents.tasks, contents.next, place);
        for (pool, count) in homeless {
            report::warn(&format!(
                "{count} tasks of the pool `{pool}` are kept, but this program has no such pool"
            ));
        }
        for (pool, index) in self.pools.iter().zip(0..) {
            // Those that the app starts by itself.
            self.machine.expect(index, pool.spec.min);
        }
        Ok(())
    }

    /// Takes what is there, and does what follows.
    fn turn(&mut self) {
        let now = now();
        while let Some(next) = self.node.mailbox.try_next() {
            match next {
                Next::Batch(batch) => self.take(now, batch),
                Next::End(link, why) => self.link_ended(now, &link, &why),
                Next::Command(command) => self.obey(&command),
            }
        }
        while let Ok(staff) = self.staff.try_recv() {
            self.hear(now, staff);
        }
        self.welcome(now);
        self.machine.ring(now);
        self.commits_done(now);
        self.unpark(now);
        self.carry_out(now);
        // What is accepted may be delivered, and what could not is over; what
        // then waits wants more workers.
        self.machine.deliver(now);
        self.machine.scale(now);
        self.carry_out(now);
        self.answer_probe();
    }

    fn obey(&mut self, command: &Command) {
        match command {
            Command::Begin => self.node.tell(ToHub::Started),
            Command::Probe { round } => {
                self.machine.close();
                if self.store.is_durable() {
                    // Nothing is begun any more, so no room comes.
                    self.refuse_parked();
                }
                self.probe = Some(*round);
            }
            Command::Stop => self.stopping = true,
            Command::StartFrom(_) | Command::Returned(_) | Command::Notice { .. } => {}
        }
    }

    fn answer_probe(&mut self) {
        let quiet = || self.machine.is_quiet() && self.parked.is_empty() && self.commits.is_idle();
        if self.probe.is_some() && quiet() {
            self.node.flush();
            if let Some(round) = self.probe.take() {
                self.node.tell_idle(round);
            }
        }
    }

    /// Waits until there is something to do.
    async fn wait(&mut self) {
        let due = [
            self.machine.next_alarm(),
            self.newcomers.iter().map(|(until, _)| *until).min(),
            self.parked.next_due(),
            self.commits.next_due(),
        ];
        let due = due.into_iter().flatten().min();
        let mut sleep = pin!(async {
            match due {
                Some(due) => tokio::time::sleep_until(due.into()).await,
                None => std::future::pending().await,
            }
        });
        let Service {
            node,
            staff,
            commits,
            ..
        } = self;
        let mut heard = None;
        poll_fn(|cx| {
            // A hub that is gone says no more, and ends this by other means.
            if let Poll::Ready(Some(staff)) = staff.poll_recv(cx) {
                heard = Some(staff);
                return Poll::Ready(());
            }
            if node.mailbox.poll_some(cx).is_ready() || commits.poll_done(cx).is_ready() {
                return Poll::Ready(());
            }
            sleep.as_mut().poll(cx)
        })
        .await;
        if let Some(staff) = heard {
            self.hear(now(), staff);
        }
    }

    /// The last things: what was decided is written down, and what is not kept
    /// is told.
    async fn finish(&mut self) {
        // What has arrived was said in time.
        self.node.look_at_connections().await;
        let node = Arc::clone(&self.node);
        current::turn(&node, || self.turn());
        let now = now();
        self.machine.close();
        self.carry_out(now);
        self.commits.hurry(now.at);
        while !self.commits.is_idle() {
            poll_fn(|cx| self.commits.poll_done(cx)).await;
            if !self.commits_done(now) {
                break; // the disk does not take it: the next run does it again
            }
            self.carry_out(now);
        }
        self.commits.end();
        self.refuse_parked();
        for (pool, tasks) in self.machine.unfinished() {
            self.crew.lost(pool, tasks as u64);
        }
        self.node.settle();
        self.node.say_goodbye();
        // Who does not read does not hear it.
        let flushed = poll_fn(|cx| self.node.poll_flushed(cx));
        let _ = tokio::time::timeout(LAST_WORDS, flushed).await;
        self.node.tell(ToHub::Stopped {
            failed: None,
            lost: self.node.counters.lost_so_far(),
            open: Vec::new(), // it sends no messages
        });
    }
}
