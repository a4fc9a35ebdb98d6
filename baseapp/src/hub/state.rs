//! What the hub knows, and what it does about what it is told.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Instant};

use tokio::sync::{mpsc::UnboundedSender, oneshot, watch};

use super::{
    Event, HubSpec, Place, StartError, StopError, WorkerSpec,
    accept::Doors,
    checkpoints::Checkpoints,
    child::{Child, Runner, Stage},
    manage::Wanted,
    problems::Problems,
    service::Service,
    stop::{MAX_TEXT, Stopping},
    unheard::Unheard,
    waiting::Waiting,
};
use crate::{
    death::Cause,
    id::{Life, MAIN_NAME, WorkerId},
    node::Node,
    process::{RunDir, SignalWatch, oom_kills},
    queue::Staff,
    supervisor::{GroupId, Supervisor},
    task::cut,
    wire::control::{Endpoint, ToHub, ToWorker},
};

/// See the [module](self).
pub(super) struct State {
    pub(super) spec: HubSpec,
    pub(super) events: UnboundedSender<Event>,
    /// By id; main first.
    pub(super) children: Vec<Child>,
    /// To the task queues.
    pub(super) staff: Option<UnboundedSender<Staff>>,
    pub(super) phase: Phase,
    /// Everybody was ready once, and was told to begin.
    pub(super) begun: bool,
    pub(super) problems: Problems,
    /// What workers that have stopped had sent.
    pub(super) unheard: Unheard,
    /// Who started the program, if that wants to be told.
    pub(super) service: Option<Service>,
    /// What somebody wanted of the workers, and is not done yet.
    pub(super) wanted: Vec<Wanted>,
    /// What is left of what workers were started from that are gone, by their type.
    pub(super) gone: BTreeMap<&'static str, Arc<WorkerSpec>>,
    /// How often which worker has died and was started again.
    pub(super) deaths: BTreeMap<WorkerId, u64>,
    /// Processes that the system has killed for want of memory, when last looked at.
    pub(super) oom_kills: Option<u64>,
    /// Decides which workers are started again, and when.
    pub(super) supervisor: Supervisor,
    /// The groups of the supervisor, by their place in the list.
    pub(super) groups: Vec<GroupId>,
    /// From what workers are started again.
    pub(super) checkpoints: Checkpoints,
    /// Workers that wait to be introduced to one that is not ready yet.
    pub(super) waiting: Waiting,
    pub(super) place: Place,
    pub(super) stopping: watch::Sender<bool>,
    /// Signals are this app's for as long as its hub lives.
    _signals: Option<SignalWatch>,
    outcome: watch::Sender<Option<Result<(), StopError>>>,
    pub(super) signalled: bool,
    /// Somebody wanted the app to stop while it still started.
    pub(super) stop_wanted: bool,
    /// Why the app did not start, for who waits for that.
    pub(super) not_started: Option<(oneshot::Sender<Result<(), StartError>>, StartError)>,
}

/// How far the app has come.
pub(super) enum Phase {
    /// Nothing was started yet.
    New,
    /// Workers are being started.
    Starting(oneshot::Sender<Result<(), StartError>>),
    /// Starting has failed, and what was started is being killed.
    Failing(oneshot::Sender<Result<(), StartError>>, StartError),
    Running,
    Stopping(Stopping),
    /// Everything is being killed.
    Killing,
    Over,
}

/// Longest path of a socket that is believed, in bytes: it is told to whoever asks.
const LONGEST_PATH: usize = 4096;

fn can_be(endpoint: &Endpoint) -> bool {
    match endpoint {
        Endpoint::Socket(path) => path.as_os_str().len() <= LONGEST_PATH,
        Endpoint::Memory(_) => true,
    }
}

impl State {
    /// Must be called within the hub's runtime.
    pub(super) fn new(
        spec: HubSpec,
        events: UnboundedSender<Event>,
        outcome: watch::Sender<Option<Result<(), StopError>>>,
        stopping: watch::Sender<bool>,
    ) -> Result<State, StartError> {
        // First of all: a signal from here on leaves nothing behind.
        let signals = match spec.signals {
            true => {
                let events = events.clone();
                let tell = move |signal| drop(events.send(Event::Signal(signal)));
                Some(SignalWatch::new(tell)?)
            }
            false => None,
        };
        let service = Service::new(spec.signals);
        let place = match &spec.program {
            None => Place::Threads,
            Some(program) => {
                let dir = RunDir::create(spec.page_bytes())?;
                let doors = Doors::open(dir.hub_socket(), spec.registry.build, events.clone())?;
                Place::Processes {
                    program: program.clone(),
                    dir,
                    doors,
                }
            }
        };
        Ok(State {
            spec,
            events,
            children: Vec::new(),
            staff: None,
            phase: Phase::New,
            begun: false,
            problems: Problems::default(),
            unheard: Unheard::default(),
            service,
            wanted: Vec::new(),
            gone: BTreeMap::new(),
            deaths: BTreeMap::new(),
            oom_kills: oom_kills(),
            supervisor: Supervisor::new(),
            groups: Vec::new(),
            checkpoints: Checkpoints::default(),
            waiting: Waiting::default(),
            place,
            stopping,
            outcome,
            signalled: false,
            stop_wanted: false,
            not_started: None,
            _signals: signals,
        })
    }

    /// Where main is to listen.
    pub(super) fn main_socket(&self) -> Option<PathBuf> {
        match &self.place {
            Place::Processes { dir, .. } => Some(dir.worker_socket(0, 1)),
            Place::Threads => None,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over)
    }

    /// Removes what the run has left in the file system, and then tells how it
    /// ended: who hears that finds nothing left.
    pub(super) fn close(self) {
        self.sum_up_deaths();
        let State {
            problems,
            place,
            outcome,
            children,
            not_started,
            ..
        } = self;
        drop((children, place));
        let problems = problems.into_list();
        let ended = if problems.is_empty() {
            Ok(())
        } else {
            Err(StopError { problems })
        };
        outcome.send_replace(Some(ended));
        if let Some((reply, why)) = not_started {
            let _ = reply.send(Err(why)); // nobody waits any more: fine
        }
    }

    pub(super) fn on(&mut self, event: Event) {
        match event {
            Event::Start(main, reply) => self.start(main, reply),
            Event::Connected(life, port) => {
                let ending = matches!(self.phase, Phase::Failing(..) | Phase::Killing);
                if let Some(child) = self.child(life) {
                    child.port = Some(port);
                    if child.stage == Stage::Stopping {
                        child.tell(ToWorker::Stop);
                    }
                    // It could not be reached when all were killed.
                    if ending && !child.kill() {
                        child.tell(ToWorker::Stop);
                    }
                }
            }
            Event::Disconnected(life) => self.disconnected(life),
            Event::Tell(life, message) => self.hear(life, message),
            Event::Exited(life, exit) => self.exited(life, exit),
            Event::Wish(wish) => self.grant(wish),
            Event::Overdue(life) => self.overdue(life),
            Event::Stop => self.stop(),
            Event::Kill => self.kill(),
            Event::Signal(signal) => self.on_signal(signal),
        }
    }

    /// The worker, if it lives that life.
    pub(super) fn child(&mut self, life: Life) -> Option<&mut Child> {
        let child = self.children.get_mut(life.id.index())?;
        if child.life == life {
            return Some(child);
        }
        child.next.as_ref()?; // of most
        child.next.as_deref_mut().filter(|next| next.life == life)
    }

    /// The first life of one more worker.
    pub(super) fn newcomer(&self) -> Life {
        // A program runs out of memory long before it runs out of ids.
        let id = u32::try_from(self.children.len()).unwrap_or(u32::MAX);
        Life::first(WorkerId(id))
    }

    /// That life is one that is only prepared.
    pub(super) fn is_next(&self, life: Life) -> bool {
        let child = self.children.get(life.id.index());
        let next = child.and_then(|child| child.next.as_ref());
        next.is_some_and(|next| next.life == life)
    }

    /// The main process's own place among the workers.
    pub(super) fn main_child(node: Arc<Node>, endpoint: Endpoint) -> Child {
        let mut child = Child::new(Life::MAIN, MAIN_NAME.into(), Runner::Main);
        child.worker = node.worker;
        if child.worker.is_none() {
            child.stage = Stage::Started;
        }
        child.port = Some(super::Port::Local(node));
        child.endpoint = Some(endpoint);
        child
    }

    fn hear(&mut self, life: Life, message: ToHub) {
        let id = life.id;
        if self.child(life).is_none_or(|child| child.has_ended()) {
            return; // of a life that is over
        }
        match message {
            ToHub::Ready(endpoint) if !can_be(&endpoint) => {
                self.condemn(life, "says that it listens where nobody can");
            }
            ToHub::Ready(endpoint) => {
                // Once: the others are told of it each time.
                if !self.reach(life, Stage::Ready, |child| child.endpoint = Some(endpoint)) {
                } else if self.is_next(life) {
                    self.next_is_ready(life.id);
                } else {
                    self.introduce_newcomer(life);
                    self.introduce_waiting(life);
                    self.check_ready();
                }
            }
            ToHub::Started => {
                if self.reach(life, Stage::Started, |_| {}) {
                    self.check_in(life);
                    self.check_started();
                    self.has_started(id);
                }
            }
            ToHub::Checkpoint(state) => self.keep_checkpoint(life, state),
            ToHub::Failed(text) => self.has_failed(life, &text, Cause::Failed),
            ToHub::Panicked(text) => self.has_failed(life, &text, Cause::Panic),
            ToHub::Manage { request, manage } => self.manage(life, request, manage),
            ToHub::Watch { id, watch } => self.set_watch(life, id, watch),
            ToHub::Connect {
                request,
                to: id,
                incarnation,
            } => self.connect(life, request, Life { id, incarnation }),
            ToHub::Idle {
                round,
                sent,
                handled,
            } => self.idle(id, round, sent, handled),
            ToHub::Stopped { failed, lost, open } => {
                if self.stopped(life, failed, lost) {
                    self.remember_sent(life, open);
                }
            }
            ToHub::Exit => self.stop(),
        }
    }

    /// It says what it dies of, which tells more than how its process ends.
    fn has_failed(&mut self, life: Life, text: &str, cause: fn(String) -> Cause) {
        if let Some(child) = self.child(life) {
            let text = cut(text, MAX_TEXT).to_owned();
            child.cause.get_or_insert(cause(text));
        }
    }

    /// A worker has come further; never back. False if it is further already.
    fn reach(&mut self, life: Life, stage: Stage, change: impl FnOnce(&mut Child)) -> bool {
        let child = self.child(life).filter(|child| child.stage < stage);
        if let Some(child) = child {
            child.stage = stage;
            change(child);
            return true;
        }
        false
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let stopping = match &self.phase {
            Phase::Stopping(stopping) => Some(stopping.deadline()),
            _ => None,
        };
        let alarm = self.supervisor.next_alarm();
        let looks = self.next_look().into_iter().chain(self.next_beat());
        let others = alarm.into_iter().chain(looks);
        stopping.into_iter().chain(others).min()
    }
}
