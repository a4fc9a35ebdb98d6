//! [`App`]: what is to be started.

use std::{
    any::type_name,
    collections::HashSet,
    fmt::{self, Debug, Formatter},
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
    time::Duration,
};

use super::link_options;
use crate::{
    error::Result,
    hub::{GroupSpec, PoolPlan, StartError, WorkerSpec},
    id::{Address, MAIN_NAME, RunId, WorkerId, check_name},
    pool::{Pool, PoolOptions},
    registry::{RegistryError, registry},
    routes::Route,
    wire::{codec, frame::MAX_STATE, link_options::LinkOptions},
    worker::{Init, Worker},
};

/// How long work and workers may take to end before they are forced, unless
/// told otherwise: 5 s.
const DEFAULT_GRACE: Duration = Duration::from_secs(5);

/// An app that is to be started: a main and its workers.
///
/// ```no_run
/// use baseapp::prelude::*;
///
/// #[message]
/// struct Greet(String);
///
/// #[worker]
/// struct Greeter;
///
/// #[worker]
/// impl Greeter {
///     #[handler(Greet)]
///     fn greet(&mut self, Greet(name): Greet) {
///         println!("Hello, {name}!");
///     }
/// }
///
/// #[baseapp::main]
/// async fn main() -> baseapp::Result<()> {
///     let mut app = App::new("greetings");
///     let greeter = app.worker("greeter", Greeter)?;
///     let app = app.start().await?;
///     app.send::<Greet>(&greeter, Greet("world".into())).await?;
///     app.stop().await
/// }
/// ```
#[must_use = "an app does nothing until it is started"]
pub struct App {
    name: String,
    pub(super) run: RunId,
    pub(super) in_process: bool,
    pub(super) grace: Duration,
    pub(super) link_options: LinkOptions,
    pub(super) workers: Vec<WorkerSpec>,
    pub(super) groups: Vec<GroupSpec>,
    pub(super) pools: Vec<(PoolPlan, PoolOptions)>,
    #[cfg(feature = "durable")]
    pub(super) durable: Option<std::path::PathBuf>,
    names: HashSet<String>,
    /// The type of main, if its address was given out.
    pub(super) main: Option<&'static str>,
}

impl App {
    /// An app without workers. The name is for people.
    pub fn new(name: impl Into<String>) -> App {
        App {
            name: name.into(),
            // Random keys are what the standard library has of randomness;
            // this tells runs apart and guards against no one.
            run: RunId(RandomState::new().hash_one(std::process::id()) as u32),
            in_process: false,
            grace: DEFAULT_GRACE,
            link_options: link_options::default(),
            workers: Vec::new(),
            groups: Vec::new(),
            pools: Vec::new(),
            #[cfg(feature = "durable")]
            durable: None,
            names: HashSet::new(),
            main: None,
        }
    }

    /// Runs the workers in threads of this process, connected by memory: the
    /// same program, for tests and debuggers. A worker that crashes then
    /// takes the program with it, and one that hangs cannot be killed.
    pub fn in_process(mut self) -> App {
        self.in_process = true;
        self
    }

    /// How long work and workers may take to end when the app stops, before
    /// they are forced. Default: 5 s for the work, and 5 s for each worker.
    pub fn grace(mut self, grace: Duration) -> App {
        self.grace = grace;
        self
    }

    /// The name of the app.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Adds a worker: its address. `init` is the struct itself, or the `T` of
    /// `#[worker(init = T)]`; if several workers start from that `T`, say which:
    /// `app.worker::<Camera>("left", config)`.
    ///
    /// # Errors
    /// When the name cannot be one, or is taken; when `init` cannot be encoded;
    /// when the workers of the program do not fit together.
    pub fn worker<W: Worker>(
        &mut self,
        name: impl Into<String>,
        init: impl Init<W>,
    ) -> Result<Address<W>, StartError> {
        self.worker_in(0, name.into(), init)
    }

    /// Adds a worker of a group.
    pub(super) fn worker_in<W: Worker>(
        &mut self,
        group: usize,
        name: String,
        init: impl Init<W>,
    ) -> Result<Address<W>, StartError> {
        let (name, init) = self.enter::<W>(name, init)?;
        // A program runs out of memory long before it runs out of ids.
        let number = u32::try_from(self.workers.len()).unwrap_or(u32::MAX);
        let id = WorkerId(WorkerId::FIRST.0.saturating_add(number));
        self.workers.push(WorkerSpec {
            pool: None,
            name: Arc::clone(&name),
            worker: type_name::<W>(),
            init,
            group,
            supervision: W::SUPERVISION,
        });
        Ok(Address::new(id, self.run, name))
    }

    /// Adds a pool: identical workers under one name, which take the tasks that
    /// are submitted to it. `init` is as for [`worker`](App::worker), and each of
    /// them starts from it; the size is a number, a range, or
    /// [`PoolOptions`].
    ///
    /// All its workers start from that one state, each time: one whose type has
    /// `#[worker(checkpoint = ..)]` is refused, and `Context::checkpoint` does nothing there.
    ///
    /// A worker of a pool that dies is replaced, and what it had is given to
    /// another: see [`submit`](crate::submit). That is no
    /// [problem](crate::StopProblem) when the app stops.
    ///
    /// ```no_run
    /// use baseapp::prelude::*;
    ///
    /// /// The square of a number.
    /// #[message(reply = u64, timeout = "10s")]
    /// struct Square(u64);
    ///
    /// #[worker]
    /// struct Squarer;
    ///
    /// #[worker]
    /// impl Squarer {
    ///     #[handler(Square)]
    ///     fn square(&mut self, Square(number): Square) -> u64 {
    ///         number * number
    ///     }
    /// }
    ///
    /// #[baseapp::main]
    /// async fn main() -> baseapp::Result<()> {
    ///     let mut app = App::new("squares");
    ///     let squarers = app.pool("squarers", Squarer, 2)?;
    ///     let app = app.start().await?;
    ///     let task = app.submit::<Square>(&squarers, Square(12)).await?; // accepted
    ///     println!("{}", task.await?);
    ///     app.stop().await
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`worker`](App::worker), and when the options make no sense.
    pub fn pool<W: Worker>(
        &mut self,
        name: impl Into<String>,
        init: impl Init<W>,
        size: impl Into<PoolOptions>,
    ) -> Result<Pool<W>, StartError> {
        let (name, options) = (name.into(), size.into());
        // Silence would be taken for a promise.
        let kept = W::CHECKPOINT.is_some().then_some(
            "its workers are all the same and start from one state, so they cannot have \
             checkpoints: remove `checkpoint = ..` from their `#[worker]`",
        );
        if let Some(problem) = options.problem().or(kept) {
            return Err(StartError::Pool { name, problem });
        }
        let (name, init) = self.enter::<W>(name, init)?;
        // More would not fit into the names of their workers.
        let index = u16::try_from(self.pools.len()).unwrap_or(u16::MAX);
        let count = |workers: usize| u32::try_from(workers).unwrap_or(u32::MAX);
        let plan = PoolPlan {
            name: Arc::clone(&name),
            worker: type_name::<W>(),
            init,
            min: count(options.min),
            max: count(options.max),
        };
        self.pools.push((plan, options));
        Ok(Pool::new(index, self.run, name))
    }

    /// Keeps the tasks of all pools in a file: what was accepted survives the
    /// death of the program and of the machine. If the file is there, what it
    /// holds goes on. One app at a time may use it.
    ///
    /// The environment variable `BASEAPP_QUEUE` makes the program answer about
    /// the file instead of starting: `stats`, `dead`, or `replay:ID`.
    #[cfg(feature = "durable")]
    pub fn durable(mut self, path: impl Into<std::path::PathBuf>) -> App {
        self.durable = Some(path.into());
        self
    }

    /// Checks and takes a name, and encodes what the worker starts from.
    fn enter<W: Worker>(
        &mut self,
        name: String,
        init: impl Init<W>,
    ) -> Result<(Arc<str>, Arc<[u8]>), StartError> {
        registry().map_err(Clone::clone)?;
        check_name(&name).map_err(|source| StartError::Name {
            name: name.clone(),
            source,
        })?;
        let init: W::Init = init.into();
        let init = codec::encode(&init, MAX_STATE).map_err(|source| StartError::State {
            name: name.clone(),
            source,
        })?;
        if !self.names.insert(name.clone()) {
            return Err(StartError::SameName { name });
        }
        Ok((name.into(), init.into()))
    }

    /// The address of the main worker, which [`run`](App::run) will run: for
    /// workers that are to know it from the start.
    ///
    /// # Errors
    /// When it was given out as that of another type, or when the workers of
    /// the program do not fit together.
    pub fn main<W: Worker>(&mut self) -> Result<Address<W>, StartError> {
        registry().map_err(Clone::clone)?;
        let found = type_name::<W>();
        let expected = *self.main.get_or_insert(found);
        if expected != found {
            return Err(StartError::OtherMain { expected, found });
        }
        Ok(Address::new(WorkerId::MAIN, self.run, MAIN_NAME.into()))
    }

    /// Who handles what in this program.
    ///
    /// # Errors
    /// When the workers of the program do not fit together.
    pub fn routes(&self) -> Result<&'static [Route], RegistryError> {
        registry()
            .map(|registry| registry.table.routes())
            .map_err(Clone::clone)
    }
}

impl Debug for App {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let workers: Vec<&str> = self.workers.iter().map(|spec| &*spec.name).collect();
        f.debug_struct("App")
            .field("name", &self.name)
            .field("workers", &workers)
            .finish()
    }
}
