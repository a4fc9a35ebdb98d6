//! Who is there: every node has the whole list, so that a name costs no
//! question to the hub and publishing knows its receivers.

use std::{collections::HashMap, sync::Arc};

use crate::{
    id::{Incarnation, WorkerId},
    link::PeerId,
    wire::control::{Entry, PoolEntry},
};

#[derive(Debug)]
struct Known {
    peer: PeerId,
    worker: Option<u16>,
    /// How its last life has ended; that life may be over.
    ended: Option<Ended>,
}

/// How a life of a worker has ended.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub(crate) life: Incarnation,
    pub(crate) how: Arc<str>,
    /// Another life follows.
    pub(crate) returns: bool,
}

impl Known {
    fn ended(&self, life: Incarnation) -> Option<&Ended> {
        self.ended.as_ref().filter(|ended| ended.life >= life)
    }

    /// How it has ended, if it does not live.
    fn is_ended(&self) -> Option<&Ended> {
        self.ended(self.peer.incarnation)
    }

    /// How it has ended, if it will not live again.
    fn is_gone(&self) -> Option<&Ended> {
        self.is_ended().filter(|ended| !ended.returns)
    }
}

/// The workers of the app, living and ended.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    workers: Vec<Option<Known>>,
    names: HashMap<Arc<str>, WorkerId>,
    pools: Vec<PoolEntry>,
}

/// Where a worker is.
#[derive(Clone, Debug)]
pub(crate) enum Whereabouts {
    Unknown,
    /// In that life, which may be still to come.
    Alive(PeerId),
    Ended(Arc<str>),
}

impl Directory {
    /// Takes the list of pools that the hub sends.
    pub(crate) fn set_pools(&mut self, pools: Vec<PoolEntry>) {
        self.pools = pools;
    }

    /// The number of the pool of that name, and the type of its workers.
    pub(crate) fn pool_by_name(&self, name: &str) -> Option<(u16, u16)> {
        let mut pools = self.pools.iter().zip(0..);
        let (pool, number) = pools.find(|(pool, _)| pool.name == name)?;
        Some((number, pool.worker))
    }

    pub(crate) fn pool_name(&self, number: u16) -> Option<&str> {
        let pool = self.pools.get(usize::from(number));
        pool.map(|pool| &*pool.name)
    }

    pub(crate) fn pool_names(&self) -> impl Iterator<Item = &str> {
        self.pools.iter().map(|pool| &*pool.name)
    }

    /// Takes the list that the hub sends, or adds to it.
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
            let before = self.workers[index].take();
            self.workers[index] = Some(Known {
                peer,
                worker: entry.worker,
                ended: before.and_then(|known| known.ended),
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
            Some(known) => match known.is_ended() {
                Some(ended) if ended.returns => Whereabouts::Alive(PeerId {
                    incarnation: ended.life.next(),
                    ..known.peer.clone()
                }),
                Some(ended) => Whereabouts::Ended(Arc::clone(&ended.how)),
                None => Whereabouts::Alive(known.peer.clone()),
            },
        }
    }

    pub(crate) fn name_of(&self, id: WorkerId) -> Option<&str> {
        Some(&self.get(id)?.peer.name)
    }

    /// That life of a worker is still to come.
    pub(crate) fn is_to_come(&self, id: WorkerId, life: Incarnation) -> bool {
        self.get(id)
            .is_some_and(|known| known.peer.incarnation < life)
    }

    /// How that life of a worker has ended, if it has.
    pub(crate) fn how_ended(&self, id: WorkerId, life: Incarnation) -> Option<Ended> {
        self.get(id)?.ended(life).cloned()
    }

    pub(crate) fn ended(&mut self, id: WorkerId, ended: Ended) {
        if let Some(Some(known)) = self.workers.get_mut(id.index()) {
            known.ended = Some(ended);
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

    /// The workers that live, or will again, of the types that `wanted` picks, with what it says.
    pub(crate) fn living<R>(&self, mut wanted: impl FnMut(u16) -> Option<R>) -> Vec<(WorkerId, R)> {
        let living = self
            .workers
            .iter()
            .flatten()
            .filter(|known| known.is_gone().is_none());
        living
            .filter_map(|known| Some((known.peer.id, wanted(known.worker?)?)))
            .collect()
    }
}
