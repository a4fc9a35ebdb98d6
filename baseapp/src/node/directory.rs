//! Who is there: every node has the whole list, so that a name costs no
//! question to the hub and publishing knows its receivers.

use std::{collections::HashMap, sync::Arc};

use crate::{id::WorkerId, link::PeerId, wire::control::Entry};

#[derive(Debug)]
struct Known {
    peer: PeerId,
    worker: Option<u16>,
    ended: Option<Arc<str>>,
}

/// The workers of the app, living and ended.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    workers: Vec<Option<Known>>,
    names: HashMap<Arc<str>, WorkerId>,
}

/// Where a worker is.
#[derive(Clone, Debug)]
pub(crate) enum Whereabouts {
    Unknown,
    Alive(PeerId),
    Ended(Arc<str>),
}

impl Directory {
    /// Takes the list that the hub sends.
    pub(crate) fn set(&mut self, entries: Vec<Entry>) {
        for entry in entries {
            let index = entry.id.index();
            if self.workers.len() <= index {
                self.workers.resize_with(index + 1, || None);
            }
            let name: Arc<str> = entry.name.into();
            self.names.insert(Arc::clone(&name), entry.id);
            let peer = PeerId {
                id: entry.id,
                incarnation: entry.incarnation,
                name,
            };
            self.workers[index] = Some(Known {
                peer,
                worker: entry.worker,
                ended: None,
            });
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.workers.is_empty()
    }

    fn get(&self, id: WorkerId) -> Option<&Known> {
        self.workers.get(id.index())?.as_ref()
    }

    pub(crate) fn find(&self, id: WorkerId) -> Whereabouts {
        match self.get(id) {
            None => Whereabouts::Unknown,
            Some(Known {
                ended: Some(how), ..
            }) => Whereabouts::Ended(Arc::clone(how)),
            Some(known) => Whereabouts::Alive(known.peer.clone()),
        }
    }

    pub(crate) fn name_of(&self, id: WorkerId) -> Option<&str> {
        Some(&self.get(id)?.peer.name)
    }

    /// How a worker has ended, if it has.
    pub(crate) fn how_ended(&self, id: WorkerId) -> Option<Arc<str>> {
        self.get(id)?.ended.clone()
    }

    pub(crate) fn ended(&mut self, id: WorkerId, how: Arc<str>) {
        if let Some(Some(known)) = self.workers.get_mut(id.index()) {
            known.ended = Some(how);
        }
    }

    /// The worker of that name, and the index of its type.
    pub(crate) fn by_name(&self, name: &str) -> Option<(WorkerId, Option<u16>)> {
        let id = *self.names.get(name)?;
        Some((id, self.get(id)?.worker))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.workers.iter().flatten().map(|known| &*known.peer.name)
    }

    /// The living workers of the types that `wanted` picks, with what it says.
    pub(crate) fn living<R>(&self, mut wanted: impl FnMut(u16) -> Option<R>) -> Vec<(WorkerId, R)> {
        let living = self
            .workers
            .iter()
            .flatten()
            .filter(|known| known.ended.is_none());
        living
            .filter_map(|known| Some((known.peer.id, wanted(known.worker?)?)))
            .collect()
    }
}
