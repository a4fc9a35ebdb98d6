//! Starting: every worker at once, and all or none.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{sync::oneshot, time::Duration};

use super::{
    Event, Exit, Main, Place, Port, StartError, WorkerSpec,
    accept::Link,
    child::{Child, Runner, Stage},
    state::{Phase, State},
};
use crate::{
    blackbox::Page,
    id::{Incarnation, Life, Token, WorkerId},
    link::PeerId,
    node::{Identity, Node, current, look_after},
    process::{Bootstrap, Launch, catch, how_it_ended, remember_panics, want_descriptors},
    registry::Registry,
    transport::Listener,
    wire::{
        control::{Endpoint, ToHub},
        encoded::Encoded,
        hello::Lanes,
    },
};

/// Descriptors that main holds for each worker: its pipes, its control link,
/// main's own link to it, and what watches its process.
const DESCRIPTORS_PER_WORKER: u64 = 6;

/// Descriptors that a program has besides.
const OTHER_DESCRIPTORS: u64 = 256;

/// How long to wait for the last words of a process that has ended: something
/// that it has started may hold its stderr open.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// The same of its control link, which nothing but a fork of it can hold open. It
/// is heard to its end: what the dead worker has told is believed of it, and of no other life.
const LAST_CONTROL: Duration = Duration::from_secs(1);

impl State {
    /// Starts all workers.
    pub(super) fn start(&mut self, main: Main, reply: oneshot::Sender<Result<(), StartError>>) {
        if self.stop_wanted {
            self.not_started = Some((reply, StartError::Stopped));
            self.phase = Phase::Over;
            return;
        }
        tokio::spawn(look_after(Arc::downgrade(&main.node)));
        let most = self.spec.pools.iter().map(|pool| u64::from(pool.max));
        let workers = self.spec.workers.len() as u64 + most.sum::<u64>();
        self.want_descriptors(workers);
        self.children
            .push(State::main_child(main.node, main.endpoint));
        if let Err(why) = self.launch_all() {
            self.phase = Phase::Failing(reply, why);
            self.kill_all();
            return self.check_killed();
        }
        self.phase = Phase::Starting(reply);
        self.check_ready();
    }

    /// As many as that many workers need.
    pub(super) fn want_descriptors(&self, workers: u64) {
        want_descriptors(OTHER_DESCRIPTORS + workers * DESCRIPTORS_PER_WORKER);
    }

    fn launch_all(&mut self) -> Result<(), StartError> {
        let queue = self.launch_queue()?;
        self.children.push(queue);
        self.supervise_groups();
        let ids = (WorkerId::FIRST.0..).map(WorkerId);
        let specs = self.spec.workers.clone().into_iter();
        for (id, spec) in ids.zip(specs.chain(self.first_of_pools())) {
            let incarnation = Incarnation::FIRST;
            let spec = Arc::new(spec);
            let child = self.launch(Life { id, incarnation }, &spec)?;
            self.children.push(child);
            self.supervise(id, &spec);
        }
        Ok(())
    }

    /// Starts a worker.
    pub(super) fn launch(&self, life: Life, spec: &Arc<WorkerSpec>) -> Result<Child, StartError> {
        let runner = match &self.place {
            Place::Processes {
                program,
                dir,
                doors,
            } => {
                let spawn = |source| StartError::Spawn {
                    name: spec.name.to_string(),
                    source,
                };
                let token = Token::random().map_err(spawn)?;
                let launch = Launch::start(program, &spec.name).map_err(spawn)?;
                let link = doors.expect(token, life, launch.pid);
                let page = dir.black_box(life.id.0, life.incarnation.0);
                Page::create(&page, self.slots()).map_err(spawn)?;
                let socket = dir.worker_socket(life.id.0, life.incarnation.0);
                let bootstrap =
                    self.bootstrap(life, spec, token, doors.endpoint(), socket, page.clone());
                let bootstrap = bootstrap.to_bytes().map_err(|source| StartError::State {
                    name: spec.name.to_string(),
                    source,
                })?;
                self.watch(life, launch, link, page, bootstrap)
            }
            Place::Threads => self.launch_thread(life, Arc::clone(spec))?,
        };
        let mut child = Child::new(life, Arc::clone(&spec.name), runner);
        child.pool = spec.pool;
        child.worker = self.spec.registry.table.worker_index(spec.worker);
        child.watch = self.watch_of(spec);
        child.spec = Some(Arc::clone(spec));
        Ok(child)
    }

    /// Links that a worker may have at a time, and be asked about: two with each
    /// other worker, if both connect at the same moment, and some that end.
    fn slots(&self) -> usize {
        let most: usize = self.spec.pools.iter().map(|pool| pool.max as usize).sum();
        2 * (self.spec.workers.len() + most).max(self.children.len()) + 64
    }

    /// What is said of this worker, and else of its type: that of pools, too.
    fn lanes_of(&self, spec: &WorkerSpec) -> Lanes {
        let own = spec.supervision.spin_time();
        let own = own.or_else(|| self.spec.registry.spin_of(spec.worker));
        self.spec.lanes.spinning(own)
    }

    fn bootstrap(
        &self,
        life: Life,
        spec: &WorkerSpec,
        token: Token,
        hub: Endpoint,
        socket: PathBuf,
        black_box: PathBuf,
    ) -> Bootstrap {
        Bootstrap {
            build: self.spec.registry.build,
            run: self.spec.run,
            id: life.id,
            incarnation: life.incarnation,
            name: spec.name.to_string(),
            pool: spec.pool,
            worker: spec.worker.to_owned(),
            init: Encoded(Arc::clone(&spec.init)),
            hub,
            token,
            socket,
            black_box,
            parent: std::process::id(),
            lanes: self.lanes_of(spec),
        }
    }

    /// Sends the bootstrap, and waits for the end of the process.
    fn watch(
        &self,
        life: Life,
        launch: Launch,
        link: Link,
        page: PathBuf,
        bootstrap: Vec<u8>,
    ) -> Runner {
        let Launch {
            mut child,
            pid,
            last_lines,
            mut stdin,
            output,
        } = launch;
        let reaped = Arc::new(AtomicBool::new(false));
        let runner = Runner::Process {
            pid,
            page,
            reaped: Arc::clone(&reaped),
            last_lines,
        };
        let events = self.events.clone();
        tokio::spawn(async move {
            // A process that does not read its bootstrap has ended, or will
            // be killed: its end tells more than this error.
            let _ = Launch::send(&mut stdin, &bootstrap).await;
            drop(bootstrap);
            let ended = Launch::end_of(&mut child, pid).await;
            reaped.store(true, Ordering::Release);
            drop(stdin);
            let output = tokio::time::timeout(LAST_WORDS, output);
            let heard = tokio::time::timeout(LAST_CONTROL, link.lock());
            let _ = tokio::join!(output, heard);
            let exit = match ended {
                Ok(status) => Exit {
                    cause: how_it_ended(status),
                },
                Err(error) => {
                    Exit::failed(format!("ended, and the system does not say how: {error}"))
                }
            };
            let _ = events.send(Event::Exited(life, exit));
        });
        runner
    }

    /// Runs a worker in a thread of this process.
    fn launch_thread(&self, life: Life, spec: Arc<WorkerSpec>) -> Result<Runner, StartError> {
        let name = spec.name.to_string();
        let registry = self.spec.registry;
        let run = self.spec.run;
        let events = self.events.clone();
        let hub_runtime = tokio::runtime::Handle::current();
        let page = Page::in_memory(self.slots());
        let own = Arc::clone(&page);
        let thread = std::thread::Builder::new().name(name.clone());
        let thread = thread.spawn(move || {
            let ended = run_in_thread(life, own, &spec, registry, run, &events, &hub_runtime);
            let how = match ended {
                Ok(()) => "its thread has ended".to_owned(),
                Err(text) => text,
            };
            let _ = events.send(Event::Exited(life, Exit::failed(how)));
        });
        thread.map_err(|source| StartError::Spawn { name, source })?;
        Ok(Runner::Thread { page })
    }

    /// When all are ready, lets everyone begin.
    pub(super) fn check_ready(&mut self) {
        let waiting = matches!(self.phase, Phase::Starting(_));
        if !waiting
            || self.begun
            || self
                .children
                .iter()
                .any(|child| child.stage == Stage::Launched)
        {
            return;
        }
        self.begun = true;
        let begin = self.begin();
        for child in &self.children {
            child.tell(begin.clone());
        }
        self.check_started();
    }

    /// When all have started, says so. Main is started by who waits for that.
    pub(super) fn check_started(&mut self) {
        let workers = self.children.iter().skip(1);
        if workers.clone().any(|child| child.stage < Stage::Started) {
            return;
        }
        match std::mem::replace(&mut self.phase, Phase::Running) {
            Phase::Starting(reply) => {
                drop(reply.send(Ok(())));
                self.tell_service_ready();
            }
            phase => self.phase = phase,
        }
        if self.stop_wanted {
            self.stop();
        }
    }
}

#[allow(clippy::too_many_arguments, reason = "a thread begins with all of it")]
fn run_in_thread(
    life: Life,
    page: Arc<Page>,
    spec: &WorkerSpec,
    registry: &'static Registry,
    run: crate::id::RunId,
    events: &tokio::sync::mpsc::UnboundedSender<Event>,
    hub_runtime: &tokio::runtime::Handle,
) -> Result<(), String> {
    remember_panics();
    let entry = registry
        .worker(spec.worker)
        .ok_or("its type is not linked into this program")?;
    let prepared = entry.prepare(registry);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let owns_its_thread = prepared.owns_its_thread();
    let driver = if owns_its_thread {
        hub_runtime.clone()
    } else {
        runtime.handle().clone()
    };
    let identity = Identity {
        me: PeerId {
            id: life.id,
            incarnation: life.incarnation,
            name: Arc::clone(&spec.name),
        },
        run,
        build: registry.build,
        table: &registry.table,
        worker: registry.table.worker_index(spec.worker),
        pool: spec.pool,
        page: Some(page),
        lanes: Lanes::Off,
    };
    let hub = Box::new(super::LocalHub(life, events.clone()));
    let entered = driver.enter();
    let node = Node::new(identity, driver.clone(), hub);
    hub_runtime.spawn(look_after(Arc::downgrade(&node)));
    let listener = Listener::memory();
    let ready = listener.endpoint();
    node.accept_from(listener);
    node.mailbox.open();
    current::register(&node);
    let _ = events.send(Event::Connected(life, Port::Local(Arc::clone(&node))));
    let ended = if owns_its_thread {
        catch(|| prepared.live_on_thread(&node, &spec.init, ready))
    } else {
        drop(entered);
        catch(|| runtime.block_on(prepared.live_on_runtime(Arc::clone(&node), &spec.init, ready)))
    };
    let text = match &ended {
        Ok(Ok(())) => None,
        Ok(Err(text)) | Err(text) => Some(text.clone()),
    };
    current::unregister(&node);
    node.leave(text.as_deref().unwrap_or("it has stopped"), text.is_none());
    match text {
        None => Ok(()),
        Some(text) => {
            let told = match ended {
                Err(panic) => ToHub::Panicked(panic),
                _ => ToHub::Failed(text.clone()),
            };
            let _ = events.send(Event::Tell(life, told));
            Err(text)
        }
    }
}
