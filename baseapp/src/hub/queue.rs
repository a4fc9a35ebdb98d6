//! The thread of the task queues.

use std::sync::Arc;

use tokio::{runtime, sync::mpsc};

use super::{
    Event, Exit, LocalHub, Place, Port, StartError,
    child::{Child, Runner, Stage},
    pools::Wishes,
    state::State,
};
use crate::{
    id::{Life, QUEUE_NAME, WorkerId},
    link::PeerId,
    node::{Identity, Node, look_after},
    process::{catch, remember_panics},
    queue::{QueueSpec, Service, Staff},
    transport::Listener,
    wire::control::ToHub,
};

const QUEUE: Life = Life::first(WorkerId::QUEUE);

impl State {
    /// Starts the task queues, if there are pools.
    pub(super) fn launch_queue(&mut self) -> Result<Child, StartError> {
        let mut child = Child::new(QUEUE, QUEUE_NAME.into(), Runner::Nobody);
        child.stage = Stage::Ended;
        let Some(spec) = self.spec.queue.take() else {
            return Ok(child);
        };
        let spawn = |source| StartError::Spawn {
            name: QUEUE_NAME.to_owned(),
            source,
        };
        let socket = match &self.place {
            Place::Processes { dir, .. } => Some(dir.worker_socket(WorkerId::QUEUE.0, 1)),
            Place::Threads => None,
        };
        let (staff, to_queue) = mpsc::unbounded_channel();
        let identity = Identity {
            me: PeerId {
                id: QUEUE.id,
                incarnation: QUEUE.incarnation,
                name: QUEUE_NAME.into(),
            },
            run: self.spec.run,
            build: self.spec.registry.build,
            table: &self.spec.registry.table,
            worker: None,
            pool: None,
            page: None,
            link_options: self.spec.link_options,
        };
        let queue = Queue {
            spec,
            identity,
            socket,
            staff: to_queue,
            events: self.events.clone(),
            hub: runtime::Handle::current(),
        };
        let thread = std::thread::Builder::new().name("baseapp-queue".into());
        thread
            .spawn(move || {
                remember_panics();
                let events = queue.events.clone();
                let ended = catch(|| queue.run());
                let how = match ended {
                    Ok(Ok(())) => "its thread has ended".to_owned(),
                    Ok(Err(text)) | Err(text) => text,
                };
                let _ = events.send(Event::Exited(QUEUE, Exit::failed(how)));
            })
            .map_err(spawn)?;
        self.staff = Some(staff);
        (child.stage, child.runner) = (Stage::Launched, Runner::Queue);
        Ok(child)
    }
}

/// What the thread begins with.
struct Queue {
    spec: QueueSpec,
    identity: Identity,
    socket: Option<std::path::PathBuf>,
    staff: mpsc::UnboundedReceiver<Staff>,
    events: mpsc::UnboundedSender<Event>,
    hub: runtime::Handle,
}

impl Queue {
    fn run(self) -> Result<(), String> {
        let Queue {
            spec,
            identity,
            socket,
            staff,
            events,
            hub,
        } = self;
        let told = |error: std::io::Error| error.to_string();
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(told)?;
        let entered = runtime.enter();
        let listener = match socket {
            Some(socket) => Listener::socket(socket).map_err(told)?,
            None => Listener::memory(),
        };
        let ready = listener.endpoint();
        let port = Box::new(LocalHub(QUEUE, events.clone()));
        let node = Node::new(identity, runtime.handle().clone(), port);
        node.accept_from(listener);
        node.mailbox.open();
        hub.spawn(look_after(Arc::downgrade(&node)));
        drop(entered);
        let _ = events.send(Event::Connected(QUEUE, Port::Local(Arc::clone(&node))));
        let crew = Box::new(Wishes(events.clone()));
        let ended = match Service::new(Arc::clone(&node), spec, crew, staff) {
            Ok(service) => runtime.block_on(service.run(ready)),
            Err(error) => Err(error.to_string()),
        };
        node.leave("it has stopped", ended.is_ok());
        if let Err(text) = &ended {
            let _ = events.send(Event::Tell(QUEUE, ToHub::Failed(text.clone())));
        }
        ended
    }
}
