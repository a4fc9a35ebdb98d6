//! [`Rehearsal`]: a hub whose workers are not there, for fuzzing: its state
//! machine as it is, and what it says to whom.

use std::{
    path::PathBuf,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use tokio::sync::{
    mpsc,
    oneshot::{self, error::TryRecvError},
    watch,
};

use super::{
    Event, Exit, HubSpec, Place, Port,
    child::{Child, Runner, Stage},
    state::{Phase, State},
};
use crate::{
    death::Cause,
    id::{Life, RunId, WorkerId},
    process::{LastLines, Outgoing},
    registry::registry,
    wire::{
        control::{ToHub, ToWorker},
        link_options::LinkOptions,
    },
};

type Told = mpsc::UnboundedReceiver<Option<Outgoing<ToWorker>>>;

/// See the [module](self).
pub(crate) struct Rehearsal {
    state: State,
    /// What each was told, by id.
    told: Vec<Told>,
    stages: Vec<Stage>,
    exited: Vec<bool>,
    started: oneshot::Receiver<Result<(), super::StartError>>,
    _events: mpsc::UnboundedReceiver<Event>,
}

impl Rehearsal {
    /// Main, and workers whose processes were just started.
    pub(crate) fn new(workers: u32) -> Rehearsal {
        let (events, incoming) = mpsc::unbounded_channel();
        let spec = HubSpec {
            run: RunId(1),
            registry: registry().unwrap_or_else(|error| panic!("{error}")),
            program: None,
            workers: Vec::new(),
            groups: Vec::new(),
            pools: Vec::new(),
            queue: None,
            // No time passes here.
            grace: Duration::ZERO,
            signals: false,
            link_options: LinkOptions::PLAIN,
        };
        let (outcome, stopping) = (watch::Sender::new(None), watch::Sender::new(false));
        let mut state = State::new(spec, events, outcome, stopping)
            .unwrap_or_else(|error| panic!("a hub of threads: {error}"));
        assert!(matches!(state.place, Place::Threads));
        let (reply, started) = oneshot::channel();
        state.phase = Phase::Starting(reply);
        let mut told = Vec::new();
        for id in 0..WorkerId::FIRST.0 + workers {
            let (port, heard) = mpsc::unbounded_channel();
            state.children.push(child(WorkerId(id), Port::Remote(port)));
            told.push(heard);
        }
        let stages: Vec<Stage> = state.children.iter().map(|child| child.stage).collect();
        Rehearsal {
            state,
            told,
            exited: vec![false; stages.len()],
            stages,
            started,
            _events: incoming,
        }
    }

    /// A guardian says something.
    pub(crate) fn tell(&mut self, from: WorkerId, message: ToHub) {
        self.on(Event::Tell(Life::first(from), message));
    }

    /// A control link has ended.
    pub(crate) fn disconnect(&mut self, worker: WorkerId) {
        self.on(Event::Disconnected(Life::first(worker)));
    }

    /// A process has ended. It does once.
    pub(crate) fn exit(&mut self, worker: WorkerId) {
        if !std::mem::replace(&mut self.exited[worker.index()], true) {
            let cause = Cause::Exit(0);
            self.on(Event::Exited(Life::first(worker), Exit { cause }));
        }
    }

    /// Somebody wants the app to stop.
    pub(crate) fn stop(&mut self) {
        self.on(Event::Stop);
    }

    /// Whatever is waited for has lasted too long.
    pub(crate) fn deadline(&mut self) {
        self.state.on_deadline();
        self.check();
    }

    pub(crate) fn is_over(&self) -> bool {
        self.state.is_over()
    }

    /// Whether starting has come to an end, whichever.
    pub(crate) fn answered(&mut self) -> bool {
        self.state.not_started.is_some()
            || !matches!(self.started.try_recv(), Err(TryRecvError::Empty))
    }

    /// Somebody is waited for before the app can begin.
    pub(crate) fn is_starting(&self) -> bool {
        matches!(self.state.phase, Phase::Starting(_))
    }

    /// Things that are remembered of what guardians said.
    pub(crate) fn remembered(&self) -> usize {
        self.state.problems.len()
    }

    /// The hub has decided that a worker is killed.
    #[cfg(test)]
    pub(crate) fn is_condemned(&mut self, worker: WorkerId) -> bool {
        let child = self.state.child(Life::first(worker));
        child.is_some_and(|child| child.cause.is_some())
    }

    /// How much a worker was told since the last time.
    pub(crate) fn told(&mut self, worker: WorkerId) -> usize {
        let told = self.told.get_mut(worker.index());
        told.map_or(0, |told| {
            std::iter::from_fn(|| told.try_recv().ok()).count()
        })
    }

    fn on(&mut self, event: Event) {
        self.state.on(event);
        self.check();
    }

    /// Nobody goes back: who has ended was counted as such.
    fn check(&mut self) {
        for (child, before) in self.state.children.iter().zip(&mut self.stages) {
            let (name, stage) = (&child.name, child.stage);
            assert!(stage >= *before, "`{name}` is {stage:?} after {before:?}");
            *before = stage;
        }
    }
}

fn child(id: WorkerId, port: Port) -> Child {
    let (stage, runner) = match id {
        WorkerId::MAIN => (Stage::Started, Runner::Main),
        WorkerId::QUEUE => (Stage::Ended, Runner::Nobody),
        // As one that has been waited for, so that nobody is ever signalled.
        _ => (
            Stage::Launched,
            Runner::Process {
                pid: 0,
                reaped: Arc::new(AtomicBool::new(true)),
                page: PathBuf::new(),
                last_lines: LastLines::default(),
            },
        ),
    };
    let mut child = Child::new(Life::first(id), format!("worker-{}", id.0).into(), runner);
    child.stage = stage;
    child.port = (id != WorkerId::QUEUE).then_some(port);
    child
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{id::Incarnation, wire::control::Endpoint};

    const ONE: WorkerId = WorkerId(2);
    const OTHER: WorkerId = WorkerId(3);

    fn stopped() -> ToHub {
        ToHub::Stopped {
            failed: Some("no".to_owned()),
            lost: 1,
            open: Vec::new(),
        }
    }

    /// An app of two workers that runs.
    fn running() -> Rehearsal {
        let mut hub = Rehearsal::new(2);
        for worker in [ONE, OTHER] {
            hub.tell(worker, ToHub::Ready(Endpoint::Memory(1)));
        }
        for worker in [ONE, OTHER] {
            hub.tell(worker, ToHub::Started);
        }
        assert!(hub.answered());
        hub
    }

    #[test]
    fn who_has_ended_says_no_more_and_is_not_waited_for() {
        let mut hub = running();
        for worker in [ONE, OTHER] {
            hub.exit(worker);
            // Over a connection that something which it has started holds open.
            hub.tell(worker, stopped());
        }
        hub.stop();
        hub.deadline();
        assert!(hub.is_over());
    }

    #[test]
    fn who_ends_before_it_has_started_has_not_stopped_in_order() {
        let mut hub = Rehearsal::new(2);
        hub.tell(ONE, stopped());
        hub.exit(ONE);
        assert!(!hub.is_starting());
    }

    #[test]
    fn that_a_worker_has_stopped_is_remembered_once() {
        let mut hub = running();
        hub.tell(ONE, stopped());
        let once = hub.remembered();
        hub.tell(ONE, stopped());
        assert_eq!(hub.remembered(), once);
    }

    fn connect(to: WorkerId) -> ToHub {
        ToHub::Connect {
            request: 1,
            to,
            incarnation: Incarnation::FIRST,
        }
    }

    #[test]
    fn who_asks_and_does_not_read_is_killed() {
        let mut hub = running();
        let asked = (0..1_000_000).find(|_| {
            hub.tell(ONE, connect(WorkerId(7)));
            hub.is_condemned(ONE)
        });
        assert!(asked.is_some_and(|asked| asked > 20_000), "{asked:?}");
        assert!(!hub.is_condemned(OTHER));
    }

    #[test]
    fn who_reads_may_ask_as_much_as_it_likes() {
        let mut hub = running();
        for _ in 0..100_000 {
            hub.tell(ONE, connect(WorkerId(7)));
            hub.told(ONE);
        }
        assert!(!hub.is_condemned(ONE));
    }

    #[test]
    fn who_has_another_one_told_more_than_that_reads_is_killed() {
        let mut hub = running();
        let asked = (0..1_000_000).find(|_| {
            hub.tell(ONE, connect(OTHER)); // which is stopped, and reads nothing
            hub.told(ONE);
            hub.is_condemned(ONE)
        });
        assert!(asked.is_some_and(|asked| asked > 20_000), "{asked:?}");
        assert!(!hub.is_condemned(OTHER), "it has asked for nothing");
    }

    #[test]
    fn who_listens_where_nobody_can_is_killed() {
        let mut hub = running();
        let endpoint = Endpoint::Socket("/x".repeat(3000).into());
        hub.tell(ONE, ToHub::Ready(endpoint));
        assert!(hub.is_condemned(ONE));
    }

    #[test]
    fn who_has_too_many_questions_open_is_killed() {
        let mut hub = Rehearsal::new(2);
        hub.tell(ONE, ToHub::Ready(Endpoint::Memory(1)));
        let asked = (0..1_000_000).find(|_| {
            hub.tell(ONE, connect(OTHER)); // which is not ready
            hub.told(ONE);
            hub.is_condemned(ONE)
        });
        assert_eq!(asked, Some(1 << 16));
    }

    #[test]
    fn a_worker_becomes_ready_once_and_others_hear_of_it_once() {
        let mut hub = running();
        hub.told(OTHER);
        hub.tell(ONE, ToHub::Ready(Endpoint::Memory(2)));
        assert_eq!(hub.told(OTHER), 0);
    }
}
