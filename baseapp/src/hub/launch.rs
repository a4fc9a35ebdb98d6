//! Starting one worker: its process, and what it is told at first.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::{
    Event, Exit, HubSpec, Place, StartError, WorkerSpec,
    accept::Link,
    child::{Child, Runner},
    state::State,
};
use crate::{
    blackbox::Page,
    id::{Life, Token},
    process::{Bootstrap, Launch, how_it_ended},
    wire::{control::Endpoint, encoded::Encoded, link_options::LinkOptions},
};

/// How long to wait for the last words of a process that has ended: something
/// that it has started may hold its stderr open.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// The same of its control link, which nothing but a fork of it can hold open. It
/// is heard to its end: what the dead worker has told is believed of it, and of no other life.
const LAST_CONTROL: Duration = Duration::from_secs(1);

impl HubSpec {
    /// Workers that an app has from its start on, pools at their largest.
    pub(super) fn most_workers(&self) -> usize {
        let pools: usize = self.pools.iter().map(|pool| pool.max as usize).sum();
        self.workers.len() + pools
    }

    /// Bytes of all their black boxes.
    pub(super) fn page_bytes(&self) -> u64 {
        let workers = self.most_workers();
        Page::bytes(slots(workers)).saturating_mul(workers as u64)
    }
}

/// Links that one of so many workers may have at a time, and be asked about: two with each
/// other one, if both connect at the same moment, and some that end.
fn slots(workers: usize) -> usize {
    2 * workers + 64
}

impl State {
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

    pub(super) fn slots(&self) -> usize {
        slots(self.spec.most_workers().max(self.children.len()))
    }

    /// What is said of this worker, and else of its type: that of pools, too.
    fn link_options_of(&self, spec: &WorkerSpec) -> LinkOptions {
        let own = spec.supervision.spin_time();
        let own = own.or_else(|| self.spec.registry.spin_of(spec.worker));
        self.spec.link_options.spinning(own)
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
            link_options: self.link_options_of(spec),
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
}
