//! The hub: a thread of the main process that starts the workers, knows who is
//! where, watches, and stops them. It never decodes a message.

mod accept;
mod checkpoints;
mod child;
mod ends;
mod flood;
mod how_far;
mod in_thread;
mod kill;
mod launch;
mod manage;
mod outcome;
mod pools;
mod problems;
mod queue;
mod quiesce;
#[cfg(any(test, feature = "__fuzzing"))]
mod rehearsal;
mod reports;
mod service;
mod start;
mod state;
mod stop;
mod stuck;
mod supervision;
mod unheard;
mod waiting;

use std::{
    path::PathBuf,
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::{
    runtime::{Builder, Handle},
    sync::{mpsc as channel, oneshot, watch},
};

pub use self::outcome::{StartError, StopError, StopProblem};
#[cfg(any(test, feature = "__fuzzing"))]
pub(crate) use self::rehearsal::Rehearsal;
use self::{accept::Doors, pools::Wish, state::State};
use crate::{
    death::Cause,
    id::{Life, RunId},
    node::{Hub, Node},
    process::{Outgoing, Program, RunDir},
    queue::QueueSpec,
    registry::Registry,
    supervision::{Intensity, Strategy, Supervision},
    wire::{
        control::{Endpoint, ToHub, ToWorker},
        link_options::LinkOptions,
    },
};

/// What the hub is told.
pub(crate) enum Event {
    /// A worker says something.
    Tell(Life, ToHub),
    /// A worker's guardian has connected.
    Connected(Life, Port),
    /// A worker's control link has ended.
    Disconnected(Life),
    /// A worker's process or thread has ended.
    Exited(Life, Exit),
    /// The task queues want something.
    Wish(Wish),
    /// A worker that was told to stop has had its time.
    Overdue(Life),
    /// Start all workers.
    Start(Main, oneshot::Sender<Result<(), StartError>>),
    /// Stop all workers, in order.
    Stop,
    /// Kill all workers.
    Kill,
    /// Somebody wants the program to stop: the signal's number.
    Signal(i32),
}

/// How a process or a thread has ended.
#[derive(Clone, Debug)]
pub(crate) struct Exit {
    pub(crate) cause: Cause,
}

impl Exit {
    pub(crate) fn failed(how: String) -> Exit {
        Exit {
            cause: Cause::Other(how),
        }
    }

    /// A process that said that all is well.
    pub(crate) fn is_success(&self) -> bool {
        self.cause == Cause::Exit(0)
    }
}

/// The main process's own place in the app.
pub(crate) struct Main {
    pub(crate) node: Arc<Node>,
    pub(crate) endpoint: Endpoint,
}

/// How to reach a worker.
#[derive(Clone, Debug)]
pub(crate) enum Port {
    /// Over its control link.
    Remote(channel::UnboundedSender<Option<Outgoing<ToWorker>>>),
    /// It is in this process.
    Local(Arc<Node>),
}

/// A worker that is to be started.
#[derive(Clone, Debug)]
pub(crate) struct WorkerSpec {
    /// The pool that it is of.
    pub(crate) pool: Option<u16>,
    pub(crate) name: Arc<str>,
    /// Its type.
    pub(crate) worker: &'static str,
    /// Its encoded init value.
    pub(crate) init: Arc<[u8]>,
    /// Its group, by its place among those of the app; 0 is the app itself.
    pub(crate) group: usize,
    /// How it is looked after.
    pub(crate) supervision: Supervision,
}

/// A group of workers that are started again together.
#[derive(Clone, Debug)]
pub(crate) struct GroupSpec {
    /// The group that it is in: one that comes before it.
    pub(crate) parent: usize,
    pub(crate) name: Arc<str>,
    pub(crate) strategy: Strategy,
    pub(crate) intensity: Intensity,
}

/// A pool whose workers are to be started.
#[derive(Clone, Debug)]
pub(crate) struct PoolPlan {
    pub(crate) name: Arc<str>,
    /// The type of its workers.
    pub(crate) worker: &'static str,
    /// Their encoded init value.
    pub(crate) init: Arc<[u8]>,
    /// Workers to begin with, and at most.
    pub(crate) min: u32,
    pub(crate) max: u32,
}

/// Where workers run.
#[derive(Debug)]
enum Place {
    /// In processes of their own.
    Processes {
        /// How to run this program again.
        program: Program,
        /// Where the sockets are.
        dir: RunDir,
        /// Where the hub listens.
        doors: Doors,
    },
    /// In threads of this process.
    Threads,
}

/// What the hub is made from.
#[derive(Debug)]
pub(crate) struct HubSpec {
    pub(crate) run: RunId,
    pub(crate) registry: &'static Registry,
    /// How to run this program again; `None` runs the workers in threads.
    pub(crate) program: Option<Program>,
    /// Worker 0 is main, 1 are the task queues: they are not among them.
    pub(crate) workers: Vec<WorkerSpec>,
    /// The first one, which is the app itself, is not among them.
    pub(crate) groups: Vec<GroupSpec>,
    pub(crate) pools: Vec<PoolPlan>,
    /// The task queues, if there are pools.
    pub(crate) queue: Option<QueueSpec>,
    pub(crate) grace: Duration,
    pub(crate) signals: bool,
    /// What holds for the links of all.
    pub(crate) link_options: LinkOptions,
}

/// The app's end of the hub.
#[derive(Debug)]
pub(crate) struct HubHandle {
    events: channel::UnboundedSender<Event>,
    outcome: watch::Receiver<Option<Result<(), StopError>>>,
    stopping: watch::Receiver<bool>,
    /// Where main is to listen; `None` if its workers are threads.
    pub(crate) main_socket: Option<PathBuf>,
    /// The hub's runtime: drives main's links if main has none.
    pub(crate) runtime: Handle,
    thread: Option<JoinHandle<()>>,
}

/// The way to the hub within the main process.
struct LocalHub(Life, channel::UnboundedSender<Event>);

impl Hub for LocalHub {
    fn tell(&self, message: ToHub) {
        // A hub that is gone has stopped everything.
        let _ = self.1.send(Event::Tell(self.0, message));
    }

    fn hand_over(&self, message: ToHub) -> oneshot::Receiver<()> {
        self.tell(message);
        oneshot::channel().1 // what the hub is told here, it has
    }
}

impl HubHandle {
    /// Starts the hub's thread. Signals are its from then on.
    pub(crate) fn start(spec: HubSpec) -> Result<HubHandle, StartError> {
        let (events, incoming) = channel::unbounded_channel();
        let (ended, outcome) = watch::channel(None);
        let (stops, stopping) = watch::channel(false);
        let (tell, told) = mpsc::channel();
        let to_self = events.clone();
        let hub = move || {
            let runtime = match Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(error) => return drop(tell.send(Err(error.into()))),
            };
            runtime.block_on(async {
                match State::new(spec, to_self, ended, stops) {
                    Ok(state) => {
                        let _ = tell.send(Ok((Handle::current(), state.main_socket())));
                        drop(tell);
                        run(state, incoming).await;
                    }
                    Err(error) => drop(tell.send(Err(error))),
                }
            });
        };
        let thread = thread::Builder::new()
            .name("baseapp-hub".into())
            .spawn(hub)?;
        let told = told.recv().unwrap_or(Err(StartError::HubGone));
        let (runtime, main_socket) = match told {
            Ok(told) => told,
            Err(error) => {
                // What it made is gone when this is heard.
                let _ = thread.join();
                return Err(error);
            }
        };
        let thread = Some(thread);
        Ok(HubHandle {
            events,
            outcome,
            stopping,
            runtime,
            main_socket,
            thread,
        })
    }

    /// Ready when the app begins to stop.
    pub(crate) fn stopping(&self) -> impl Future<Output = ()> + use<> {
        let mut stopping = self.stopping.clone();
        async move {
            // A hub that is gone has stopped.
            let _ = stopping.wait_for(|stopping| *stopping).await;
        }
    }

    /// Main's way to the hub.
    pub(crate) fn main_port(&self) -> Box<dyn Hub> {
        Box::new(LocalHub(Life::MAIN, self.events.clone()))
    }

    /// Starts all workers, from now on; ready when all have started.
    pub(crate) fn start_workers(
        &self,
        main: Main,
    ) -> impl Future<Output = Result<(), StartError>> + use<> {
        let (reply, started) = oneshot::channel();
        let _ = self.events.send(Event::Start(main, reply));
        async move { started.await.unwrap_or(Err(StartError::HubGone)) }
    }

    /// The main worker has ended before it was told to.
    pub(crate) fn main_failed(&self, how: String) {
        let _ = self
            .events
            .send(Event::Exited(Life::MAIN, Exit::failed(how)));
    }

    /// Begins to stop all workers.
    pub(crate) fn stop(&self) {
        let _ = self.events.send(Event::Stop);
    }

    /// Waits until the app has stopped, for whatever reason.
    pub(crate) fn outcome(&self) -> impl Future<Output = Result<(), StopError>> + use<> {
        let mut outcome = self.outcome.clone();
        async move {
            match outcome.wait_for(Option::is_some).await {
                Ok(outcome) => outcome.clone().unwrap_or(Ok(())),
                Err(_) => Err(StopError {
                    problems: vec![StopProblem::HubGone],
                }),
            }
        }
    }
}

impl Drop for HubHandle {
    /// Kills what still runs: an app that is dropped leaves nothing behind.
    fn drop(&mut self) {
        let _ = self.events.send(Event::Kill);
        if let Some(thread) = self.thread.take() {
            // A hub that panicked dropped its children, which kills them.
            let _ = thread.join();
        }
    }
}

/// Events after which the hub asks again when it has something to do by itself: that is
/// a look at everybody, which is too much for each of many events.
const AT_ONCE: usize = 64;

/// The hub's loop.
async fn run(mut state: State, mut events: channel::UnboundedReceiver<Event>) {
    let mut in_a_row = 0;
    while !state.is_over() {
        if in_a_row < AT_ONCE
            && let Ok(event) = events.try_recv()
        {
            in_a_row += 1;
            state.on(event);
            continue;
        }
        in_a_row = 0;
        let deadline = state.deadline();
        tokio::select! {
            biased;
            event = events.recv() => match event {
                Some(event) => state.on(event),
                None => state.on(Event::Kill),
            },
            () = until(deadline) => state.on_deadline(),
        }
    }
    state.close();
}

async fn until(deadline: Option<std::time::Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}
