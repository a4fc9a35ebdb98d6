//! The service manager that started the program, and what it is told.

use std::time::Instant;

use super::state::State;
use crate::process::ServiceManager;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Service {
    manager: ServiceManager,
    next_beat: Option<Instant>,
}

impl Service {
    /// The one that has started this process. An app within a test has none.
    pub(super) fn new(in_charge: bool) -> Option<Service> {
        let manager = ServiceManager::of_process().filter(|_| in_charge)?;
        let next_beat = manager.beat().map(|beat| Instant::now() + beat);
        Some(Service { manager, next_beat })
    }
}

impl State {
    /// All workers have started.
    pub(super) fn tell_service_ready(&self) {
        if let Some(service) = &self.service {
            service.manager.ready();
        }
    }

    /// The app stops.
    pub(super) fn tell_service_stopping(&self) {
        if let Some(service) = &self.service {
            service.manager.stopping();
        }
    }

    /// When to tell it next that the program lives.
    pub(super) fn next_beat(&self) -> Option<Instant> {
        self.service.as_ref()?.next_beat
    }

    /// Tells it that the program lives, if it is time: the hub moves, and with it all that it
    /// looks after.
    pub(super) fn beat(&mut self, now: Instant) {
        let Some(service) = &mut self.service else {
            return;
        };
        if let (Some(next), Some(beat)) = (service.next_beat, service.manager.beat())
            && next <= now
        {
            service.manager.alive();
            service.next_beat = Some(now + beat);
        }
    }
}
