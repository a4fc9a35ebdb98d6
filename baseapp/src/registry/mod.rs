//! What is linked into the program: worker types, handlers and hooks, as the
//! macros registered them. In no order, so everything is sorted by name; and
//! checked, with all problems in one report.

mod check;
mod entries;

use std::{any::TypeId, collections::HashMap, sync::OnceLock, time::Duration};

pub(crate) use self::entries::Prepared;
pub use self::{
    check::{RegistryError, RegistryProblem},
    entries::{HookEntry, RouteEntry, WorkerEntry},
};
use crate::{
    routes::{Fnv, Table},
    wire::hello::{Build, PROTOCOL},
    worker::{
        Worker,
        dispatch::Dispatch,
        plan::{Named, Plan},
    },
};

/// All that is linked in.
#[derive(Debug)]
pub(crate) struct Registry {
    pub(crate) table: Table,
    pub(crate) build: Build,
    workers: Vec<&'static WorkerEntry>,
    routes: Vec<&'static RouteEntry>,
    hooks: HashMap<TypeId, Vec<&'static HookEntry>>,
}

/// The registry of this program, built once.
///
/// # Errors
/// When what is linked in does not fit together: all problems at once.
pub(crate) fn registry() -> Result<&'static Registry, &'static RegistryError> {
    static REGISTRY: OnceLock<Result<Registry, RegistryError>> = OnceLock::new();
    REGISTRY.get_or_init(Registry::collect).as_ref()
}

impl Registry {
    fn collect() -> Result<Registry, RegistryError> {
        let mut workers: Vec<_> = inventory::iter::<WorkerEntry>().collect();
        workers.sort_by_key(|worker| worker.name());
        let mut routes: Vec<_> = inventory::iter::<RouteEntry>().collect();
        routes.sort_by_key(|route| (route.worker_name(), route.message_name()));
        let mut hooks: Vec<_> = inventory::iter::<HookEntry>().collect();
        hooks.sort_by_key(|hook| (hook.location, hook.method));
        check::check(&workers, &routes, &hooks)?;
        Ok(Registry::build(workers, routes, hooks))
    }

    fn build(
        workers: Vec<&'static WorkerEntry>,
        routes: Vec<&'static RouteEntry>,
        sorted_hooks: Vec<&'static HookEntry>,
    ) -> Registry {
        let names = workers.iter().map(|worker| worker.name()).collect();
        let lines = routes
            .iter()
            .map(|route| (route.route(), route.message()))
            .collect();
        let table = Table::new(names, lines);
        for (index, route) in (0..).zip(&routes) {
            route.cell().set(index);
        }
        let build = Build {
            protocol: PROTOCOL,
            build: build_id(&workers, &routes, &sorted_hooks),
            routes: table.hash(),
        };
        let mut hooks: HashMap<_, Vec<_>> = HashMap::new();
        for hook in sorted_hooks {
            hooks.entry(hook.worker()).or_default().push(hook);
        }
        Registry {
            table,
            build,
            workers,
            routes,
            hooks,
        }
    }

    /// The entry of a worker type.
    pub(crate) fn worker(&self, name: &str) -> Option<&'static WorkerEntry> {
        let index = self.table.worker_index(name)?;
        self.workers.get(usize::from(index)).copied()
    }

    /// For how long workers of that type look for more, if it says so.
    pub(crate) fn spin_of(&self, worker: &str) -> Option<Duration> {
        self.worker(worker)?.supervision().spin_time()
    }

    /// All methods of a worker type.
    pub(crate) fn plan<W: Worker>(&self) -> Plan<W> {
        let dispatch = self.routes.iter().map(|route| {
            let dispatcher = route.dispatcher();
            dispatcher
                .downcast::<Dispatch<W>>()
                .ok()
                .map(|dispatch| *dispatch)
        });
        let hooks = self
            .hooks
            .get(&TypeId::of::<W>())
            .into_iter()
            .flatten()
            .filter_map(|entry| {
                let hook = entry.hook().of::<W>()?;
                Some(Named {
                    method: entry.method,
                    hook,
                })
            });
        Plan {
            dispatch: dispatch.collect(),
            hooks: hooks.collect(),
        }
    }
}

/// Tells builds of a program apart: where everything is in the source, and how
/// large it is.
fn build_id(workers: &[&WorkerEntry], routes: &[&RouteEntry], hooks: &[&HookEntry]) -> u64 {
    let mut hash = Fnv::default();
    hash.add(env!("CARGO_PKG_VERSION"));
    for worker in workers {
        hash.add(worker.name());
        hash.add(&worker.location.to_string());
        hash.add(&worker.size().to_string());
    }
    for route in routes {
        hash.add(route.message_name());
        hash.add(&route.location.to_string());
        hash.add(&route.size().to_string());
    }
    for hook in hooks {
        hash.add(hook.method);
        hash.add(&hook.location.to_string());
    }
    hash.0
}
