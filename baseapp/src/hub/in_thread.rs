//! A worker that runs in a thread of this process.

use std::sync::Arc;

use super::{Event, Exit, Port, StartError, WorkerSpec, child::Runner, state::State};
use crate::{
    blackbox::Page,
    id::{Life, RunId},
    link::PeerId,
    node::{Identity, Node, current, look_after},
    process::{catch, remember_panics},
    registry::Registry,
    transport::Listener,
    wire::{control::ToHub, link_options::LinkOptions},
};

impl State {
    /// Runs a worker in a thread of this process.
    pub(super) fn launch_thread(
        &self,
        life: Life,
        spec: Arc<WorkerSpec>,
    ) -> Result<Runner, StartError> {
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
}

fn run_in_thread(
    life: Life,
    page: Arc<Page>,
    spec: &WorkerSpec,
    registry: &'static Registry,
    run: RunId,
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
        link_options: LinkOptions::PLAIN,
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
