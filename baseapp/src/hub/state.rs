//! What the hub knows, and what it does about what it is told.

use std::{io, sync::Arc, time::Instant};

use tokio::sync::{mpsc::UnboundedSender, oneshot, watch};

use super::{
    Event, HubSpec, Place, StartError, StopError, StopProblem,
    accept::Doors,
    child::{Child, Runner, Stage},
    stop::Stopping,
};
use crate::{
    id::{MAIN_NAME, Token, WorkerId},
    node::Node,
    process::StopSignals,
    report,
    wire::control::{ToHub, ToWorker, Way},
};

/// See the [module](self).
pub(super) struct State {
    pub(super) spec: HubSpec,
    pub(super) events: UnboundedSender<Event>,
    /// By id; main first.
    pub(super) children: Vec<Child>,
    pub(super) phase: Phase,
    pub(super) problems: Vec<StopProblem>,
    pub(super) doors: Option<Doors>,
    outcome: watch::Sender<Option<Result<(), StopError>>>,
    signalled: bool,
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

impl State {
    /// Must be called within the hub's runtime.
    pub(super) fn new(
        spec: HubSpec,
        events: UnboundedSender<Event>,
        outcome: watch::Sender<Option<Result<(), StopError>>>,
    ) -> io::Result<(State, Option<StopSignals>)> {
        let signals = if spec.signals {
            Some(StopSignals::new()?)
        } else {
            None
        };
        let doors = match &spec.place {
            Place::Processes { dir, .. } => Some(Doors::open(
                dir.hub_socket(),
                spec.registry.build,
                events.clone(),
            )?),
            Place::Threads => None,
        };
        let state = State {
            spec,
            events,
            children: Vec::new(),
            phase: Phase::New,
            problems: Vec::new(),
            doors,
            outcome,
            signalled: false,
        };
        Ok((state, signals))
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over)
    }

    /// Removes what the run has left in the file system, and then tells how it
    /// ended: who hears that finds nothing left.
    pub(super) fn close(self) {
        let State {
            spec,
            problems,
            doors,
            outcome,
            children,
            ..
        } = self;
        drop((doors, children, spec));
        let ended = if problems.is_empty() {
            Ok(())
        } else {
            Err(StopError { problems })
        };
        outcome.send_replace(Some(ended));
    }

    pub(super) fn on(&mut self, event: Event) {
        match event {
            Event::Start(main, reply) => self.start(main, reply),
            Event::Connected(id, port) => {
                if let Some(child) = self.child(id) {
                    child.port = Some(port);
                }
            }
            Event::Disconnected(id) => self.disconnected(id),
            Event::Tell(id, message) => self.hear(id, message),
            Event::Exited(id, how) => self.exited(id, how),
            Event::Stop => self.stop(),
            Event::Kill => self.kill(),
        }
    }

    pub(super) fn child(&mut self, id: WorkerId) -> Option<&mut Child> {
        self.children.get_mut(id.index())
    }

    /// The main process's own place among the workers.
    pub(super) fn main_child(node: Arc<Node>, endpoint: crate::wire::control::Endpoint) -> Child {
        Child {
            id: WorkerId::MAIN,
            name: MAIN_NAME.into(),
            worker: node.worker,
            stage: if node.worker.is_some() {
                Stage::Launched
            } else {
                Stage::Started
            },
            runner: Runner::Main,
            port: Some(super::Port::Local(node)),
            endpoint: Some(endpoint),
            failed: None,
            how: None,
        }
    }

    fn hear(&mut self, id: WorkerId, message: ToHub) {
        match message {
            ToHub::Ready(endpoint) => {
                self.reach(id, Stage::Ready, |child| child.endpoint = Some(endpoint));
                self.check_ready();
            }
            ToHub::Started => {
                self.reach(id, Stage::Started, |_| {});
                self.check_started();
            }
            ToHub::Failed(text) => {
                if let Some(child) = self.child(id) {
                    child.failed = Some(text);
                }
            }
            ToHub::Connect { request, to } => self.connect(id, request, to),
            ToHub::Idle {
                round,
                sent,
                handled,
            } => self.idle(id, round, sent, handled),
            ToHub::Stopped { failed, lost } => self.stopped(id, failed, lost),
            ToHub::Exit => self.stop(),
        }
    }

    /// A worker has come further; never back.
    fn reach(&mut self, id: WorkerId, stage: Stage, change: impl FnOnce(&mut Child)) {
        if let Some(child) = self.child(id)
            && child.stage < stage
        {
            child.stage = stage;
            change(child);
        }
    }

    /// Introduces one worker to another.
    fn connect(&mut self, from: WorkerId, request: u32, to: WorkerId) {
        let way = self.introduce(from, to);
        if let Some(child) = self.child(from) {
            child.tell(ToWorker::Connect { request, way });
        }
    }

    fn introduce(&mut self, from: WorkerId, to: WorkerId) -> Result<Way, String> {
        let from = self
            .children
            .get(from.index())
            .ok_or("who asks is unknown")?;
        let to = self
            .children
            .get(to.index())
            .ok_or("there is no such worker")?;
        if let Some(how) = &to.how {
            return Err(how.clone());
        }
        let gone = to.stage >= Stage::Stopped;
        let (false, Some(endpoint)) = (gone, &to.endpoint) else {
            return Err(if gone {
                "it has stopped"
            } else {
                "it is not ready"
            }
            .to_owned());
        };
        let token = Token::random().map_err(|error| error.to_string())?;
        to.tell(ToWorker::Expect {
            token,
            from: from.entry(),
            pid: from.pid(),
        });
        Ok(Way {
            endpoint: endpoint.clone(),
            token,
        })
    }

    /// A control link has ended. With its process, as a rule, which tells more;
    /// a process that has closed it and goes on can no longer be led.
    fn disconnected(&mut self, id: WorkerId) {
        if let Some(child) = self.child(id) {
            child.port = None;
            if child.stage < Stage::Stopped && child.failed.is_none() {
                child.kill();
            }
        }
    }

    /// A worker's process or thread has ended.
    fn exited(&mut self, id: WorkerId, how: String) {
        let Some(child) = self.child(id) else { return };
        let orderly = child.stage == Stage::Stopped;
        let failed = child.failed.take();
        let how = failed.unwrap_or(how);
        child.stage = Stage::Ended;
        child.port = None;
        child.how = Some(if orderly {
            "it has stopped".to_owned()
        } else {
            how.clone()
        });
        if !orderly {
            self.died(id, how);
        }
        self.after_exit(id);
    }

    /// A worker has ended, and was not told to.
    fn died(&mut self, id: WorkerId, how: String) {
        let Some(child) = self.child(id) else { return };
        let (name, stderr) = (child.name.to_string(), child.last_lines());
        match std::mem::replace(&mut self.phase, Phase::Killing) {
            Phase::Starting(reply) => {
                let why = StartError::Worker { name, how, stderr };
                self.phase = Phase::Failing(reply, why);
                self.kill_all();
                return;
            }
            phase => self.phase = phase,
        }
        if matches!(self.phase, Phase::Killing | Phase::Failing(..)) {
            return; // as it should be
        }
        if !self.was_killed_by_us(id) {
            report::warn(&format!("`{name}` has ended: {how}"));
            self.problems.push(StopProblem::Died {
                name,
                how: how.clone(),
                stderr,
            });
        }
        for child in self
            .children
            .iter()
            .filter(|child| child.id != id && !child.has_ended())
        {
            child.tell(ToWorker::Ended {
                id,
                how: how.clone(),
            });
        }
    }

    /// Goes on with what waited for that worker.
    fn after_exit(&mut self, id: WorkerId) {
        match &mut self.phase {
            Phase::Stopping(_) => self.stop_goes_on(id),
            Phase::Failing(..) | Phase::Killing => self.check_killed(),
            Phase::New | Phase::Starting(_) | Phase::Running | Phase::Over => {}
        }
    }

    /// Kills everything, now.
    pub(super) fn kill(&mut self) {
        match std::mem::replace(&mut self.phase, Phase::Killing) {
            Phase::Starting(reply) => {
                self.phase = Phase::Failing(reply, StartError::Stopped);
            }
            phase @ (Phase::Failing(..) | Phase::Over) => self.phase = phase,
            Phase::New => {
                self.phase = Phase::Over;
                return;
            }
            Phase::Running | Phase::Stopping(_) | Phase::Killing => {}
        }
        self.kill_all();
        self.check_killed();
    }

    pub(super) fn kill_all(&mut self) {
        for child in &self.children {
            if !child.kill() {
                child.tell(ToWorker::Stop); // a thread: all that can be done
            }
        }
    }

    pub(super) fn check_killed(&mut self) {
        let process = |child: &&Child| matches!(child.runner, Runner::Process { .. });
        if !self.children.iter().filter(process).all(Child::has_ended) {
            return;
        }
        if let Phase::Failing(reply, why) = std::mem::replace(&mut self.phase, Phase::Over) {
            // The directory is gone before anyone hears of the failure.
            self.doors = None;
            let _ = reply.send(Err(why));
        }
    }

    /// Ctrl-C, or a polite kill. The second one is no more polite.
    #[allow(
        clippy::exit,
        reason = "the second signal ends the program, whatever its main does"
    )]
    pub(super) fn on_signal(&mut self, signal: i32) {
        if !std::mem::replace(&mut self.signalled, true) && !self.is_over() {
            return match self.phase {
                Phase::Starting(_) | Phase::New => self.kill(),
                _ => self.stop(),
            };
        }
        self.kill_all();
        self.doors = None;
        if let Place::Processes { dir, .. } =
            std::mem::replace(&mut self.spec.place, Place::Threads)
        {
            drop(dir);
        }
        std::process::exit(128 + signal);
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Stopping(stopping) => Some(stopping.deadline()),
            _ => None,
        }
    }
}
