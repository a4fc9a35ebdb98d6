//! [`App::start`]: from what is to be started to what runs.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::{App, RunningApp, entry};
use crate::{
    error::Result,
    hub::{HubHandle, HubSpec, Main, StartError},
    id::{Life, MAIN_NAME, RunId},
    link::PeerId,
    node::{Identity, Node, current},
    registry::{Registry, registry},
    transport::Listener,
    wire::{control::Endpoint, link_options::LinkOptions},
};

impl App {
    /// Starts the workers; ready when each has run its `#[start]`.
    ///
    /// Ctrl-C and SIGTERM then stop them in order, and a second one at once.
    ///
    /// # Errors
    /// When a worker does not start: with what it said, or what its process
    /// wrote last. Those that did are gone by then.
    pub async fn start(self) -> Result<RunningApp, StartError> {
        if let Some(expected) = self.main {
            return Err(StartError::OtherMain {
                expected,
                found: "main that is no worker",
            });
        }
        let (app, endpoint) = self.prepare(None, false)?;
        let main = Main {
            node: Arc::clone(app.node()),
            endpoint,
        };
        match app.start_workers(main).await {
            Ok(()) => Ok(app),
            Err(error) => Err(app.not_started(error)),
        }
    }

    /// The app with its hub and its main node, but without workers yet; and
    /// where main listens. `main` is the type of the main worker.
    pub(super) fn prepare(
        self,
        main: Option<&'static str>,
        owns_its_thread: bool,
    ) -> Result<(RunningApp, Endpoint), StartError> {
        let registry = registry().map_err(Clone::clone)?;
        let program = if self.in_process {
            None
        } else {
            Some(entry::program()?)
        };
        self.answer_about_queue();
        let queue = self.queue(registry)?;
        let hub = HubHandle::start(HubSpec {
            queue,
            pools: self.pools.into_iter().map(|(plan, _)| plan).collect(),
            run: self.run,
            registry,
            program,
            workers: self.workers,
            groups: self.groups,
            grace: self.grace,
            signals: !entry::is_test(),
            link_options: self.link_options,
        })?;
        let own = Handle::try_current().ok().filter(|_| !owns_its_thread);
        let driver = own.unwrap_or_else(|| hub.runtime.clone());
        let _entered = driver.enter();
        let listener = match &hub.main_socket {
            Some(socket) => Listener::socket(socket.clone())?,
            None => Listener::memory(),
        };
        let endpoint = listener.endpoint();
        let own_spin = main.and_then(|main| registry.spin_of(main));
        let link_options = self.link_options.spinning(own_spin);
        let identity = main_identity(registry, self.run, main, link_options);
        let node = Node::new(identity, driver.clone(), hub.main_port());
        node.accept_from(listener);
        current::register(&node);
        if main.is_none() {
            current::look_after_in_main(&node);
        }
        Ok((RunningApp::new(hub, node), endpoint))
    }
}

fn main_identity(
    registry: &'static Registry,
    run: RunId,
    main: Option<&str>,
    link_options: LinkOptions,
) -> Identity {
    Identity {
        me: PeerId {
            id: Life::MAIN.id,
            incarnation: Life::MAIN.incarnation,
            name: MAIN_NAME.into(),
        },
        run,
        build: registry.build,
        table: &registry.table,
        worker: main.and_then(|main| registry.table.worker_index(main)),
        pool: None,
        page: None,
        link_options,
    }
}
