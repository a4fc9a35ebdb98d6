//! Who is there: every node has the whole list, so that a name costs no
//! question to the hub and publishing knows its receivers. It is kept as it came, and
//! what has changed since beside it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, OnceLock},
};

use crate::{
    death::in_order,
    id::{Incarnation, WorkerId},
    link::PeerId,
    wire::{
        control::{Entry, PoolEntry},
        roster::{Listed, Roster},
    },
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
    fn new(listed: Listed<'_>) -> Known {
        Known {
            peer: peer(listed),
            worker: listed.worker,
            ended: stopped(listed),
        }
    }

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

fn stopped(listed: Listed<'_>) -> Option<Ended> {
    listed.stopped.then(|| Ended {
        life: listed.incarnation,
        how: in_order(),
        returns: false,
    })
}

fn peer(listed: Listed<'_>) -> PeerId {
    PeerId {
        id: listed.id,
        incarnation: listed.incarnation,
        name: listed.name.into(),
    }
}

/// The workers of the app, living and ended.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    roster: Roster,
    /// Those that are not, or not as, the roster says.
    changed: BTreeMap<WorkerId, Known>,
    /// From the first on that is looked for by its name.
    names: OnceLock<HashMap<Arc<str>, WorkerId>>,
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

    /// Takes the list that the hub sends.
    pub(crate) fn set(&mut self, roster: Roster) {
        self.names = OnceLock::new();
        self.roster = roster;
        // What was heard before it came is in it, but for how lives have ended.
        self.changed.retain(|id, known| {
            if let Some(listed) = self.roster.get(*id) {
                (known.peer, known.worker) = (peer(listed), listed.worker);
                return known.ended.is_some();
            }
            true
        });
    }

    /// Adds a worker to it, or a later life of one.
    pub(crate) fn add(&mut self, entry: Entry) {
        let known = Known::new(Listed::from(&entry));
        if let Some(names) = self.names.get_mut() {
            names.insert(Arc::clone(&known.peer.name), entry.id);
        }
        // How an earlier life has ended stays known.
        let ended = match self.changed.remove(&entry.id) {
            Some(before) => before.ended,
            None => self.roster.get(entry.id).and_then(stopped),
        };
        self.changed.insert(entry.id, Known { ended, ..known });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.roster.is_empty() && self.changed.is_empty()
    }

    /// Those who are as the roster says.
    fn unchanged(&self) -> impl Iterator<Item = Listed<'_>> {
        let listed = self.roster.iter();
        listed.filter(|listed| !self.changed.contains_key(&listed.id))
    }

    pub(crate) fn find(&self, id: WorkerId) -> Whereabouts {
        match self.changed.get(&id) {
            Some(known) => match known.is_ended() {
                Some(ended) if ended.returns => Whereabouts::Alive(PeerId {
                    incarnation: ended.life.next(),
                    ..known.peer.clone()
                }),
                Some(ended) => Whereabouts::Ended(Arc::clone(&ended.how)),
                None => Whereabouts::Alive(known.peer.clone()),
            },
            None => match self.roster.get(id) {
                Some(listed) if listed.stopped => Whereabouts::Ended(in_order()),
                Some(listed) => Whereabouts::Alive(peer(listed)),
                None => Whereabouts::Unknown,
            },
        }
    }

    pub(crate) fn name_of(&self, id: WorkerId) -> Option<&str> {
        match self.changed.get(&id) {
            Some(known) => Some(&known.peer.name),
            None => Some(self.roster.get(id)?.name),
        }
    }

    /// That life of a worker is still to come.
    pub(crate) fn is_to_come(&self, id: WorkerId, life: Incarnation) -> bool {
        let changed = self.changed.get(&id).map(|known| known.peer.incarnation);
        let listed = || Some(self.roster.get(id)?.incarnation);
        changed.or_else(listed).is_some_and(|known| known < life)
    }

    /// How that life of a worker has ended, if it has.
    pub(crate) fn how_ended(&self, id: WorkerId, life: Incarnation) -> Option<Ended> {
        if let Some(known) = self.changed.get(&id) {
            return known.ended(life).cloned();
        }
        stopped(self.roster.get(id)?).filter(|ended| ended.life >= life)
    }

    pub(crate) fn ended(&mut self, id: WorkerId, ended: Ended) {
        if !self.changed.contains_key(&id)
            && let Some(listed) = self.roster.get(id)
        {
            self.changed.insert(id, Known::new(listed));
        }
        if let Some(known) = self.changed.get_mut(&id) {
            known.ended = Some(ended);
        }
    }

    /// The worker of that name, and the index of its type.
    pub(crate) fn by_name(&self, name: &str) -> Option<(WorkerId, Option<u16>)> {
        let names = self.names.get_or_init(|| {
            let listed = self.roster.iter();
            let listed = listed.map(|listed| (listed.name.into(), listed.id));
            let changed = self.changed.values();
            let changed = changed.map(|known| (Arc::clone(&known.peer.name), known.peer.id));
            listed.chain(changed).collect()
        });
        let id = *names.get(name)?;
        let worker = match self.changed.get(&id) {
            Some(known) => known.worker,
            None => self.roster.get(id)?.worker,
        };
        Some((id, worker))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let changed = self.changed.values().map(|known| &*known.peer.name);
        self.unchanged().map(|listed| listed.name).chain(changed)
    }

    /// The workers that live, or will again, of the types that `wanted` picks, with what it
    /// says, by their ids.
    pub(crate) fn living<R>(&self, mut wanted: impl FnMut(u16) -> Option<R>) -> Vec<(WorkerId, R)> {
        let wanted = move |(id, worker): (WorkerId, Option<u16>)| Some((id, wanted(worker?)?));
        let listed = self.roster.living();
        if self.changed.is_empty() {
            return listed.filter_map(wanted).collect();
        }
        let listed = listed.filter(|(id, _)| !self.changed.contains_key(id));
        let changed = self.changed.values();
        let changed = changed.filter(|known| known.is_gone().is_none());
        let changed = changed.map(|known| (known.peer.id, known.worker));
        let mut living: Vec<_> = listed.chain(changed).filter_map(wanted).collect();
        living.sort_by_key(|(id, _)| *id);
        living
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: u32, life: u32, name: &str) -> Entry {
        Entry {
            id: WorkerId(id),
            incarnation: Incarnation(life),
            name: name.to_owned(),
            worker: Some(0),
        }
    }

    /// Of these first lives, some of which have stopped.
    fn roster(workers: &[(u32, &str)], stopped: &[u32]) -> Roster {
        let listed = workers.iter().map(|(id, name)| Listed {
            id: WorkerId(*id),
            incarnation: Incarnation::FIRST,
            name,
            worker: Some(0),
            stopped: stopped.contains(id),
        });
        listed.collect()
    }

    fn ended(life: u32, returns: bool) -> Ended {
        Ended {
            life: Incarnation(life),
            how: "killed".into(),
            returns,
        }
    }

    /// With `a` and `b`, which are 2 and 3.
    fn directory() -> Directory {
        let mut directory = Directory::default();
        directory.set(roster(&[(2, "a"), (3, "b")], &[]));
        directory
    }

    fn life_of(directory: &Directory, id: u32) -> Option<u32> {
        match directory.find(WorkerId(id)) {
            Whereabouts::Alive(peer) => Some(peer.incarnation.0),
            Whereabouts::Unknown | Whereabouts::Ended(_) => None,
        }
    }

    fn living(directory: &Directory) -> Vec<u32> {
        let living = directory.living(|_| Some(()));
        living.into_iter().map(|(id, ())| id.0).collect()
    }

    #[test]
    fn who_has_ended_is_known_and_who_returns_is_found_in_its_next_life() {
        let mut directory = directory();
        directory.ended(WorkerId(2), ended(1, true));
        directory.ended(WorkerId(3), ended(1, false));
        directory.ended(WorkerId(4), ended(1, false)); // of nobody
        assert_eq!(life_of(&directory, 2), Some(2));
        assert_eq!(life_of(&directory, 3), None);
        assert!(matches!(directory.find(WorkerId(4)), Whereabouts::Unknown));
        assert_eq!(living(&directory), [2]);
        assert!(directory.how_ended(WorkerId(3), Incarnation(1)).is_some());
        assert!(directory.is_to_come(WorkerId(2), Incarnation(2)));
        directory.add(entry(2, 2, "a"));
        assert!(!directory.is_to_come(WorkerId(2), Incarnation(2)));
        assert_eq!(life_of(&directory, 2), Some(2));
        assert_eq!(directory.name_of(WorkerId(3)), Some("b"));
    }

    #[test]
    fn who_comes_later_is_found_by_name_whenever_names_were_looked_for() {
        for looked_before in [false, true] {
            let mut directory = directory();
            if looked_before {
                assert_eq!(directory.by_name("b"), Some((WorkerId(3), Some(0))));
            }
            directory.add(entry(4, 1, "c"));
            assert_eq!(directory.by_name("c"), Some((WorkerId(4), Some(0))));
            assert_eq!(directory.by_name("a"), Some((WorkerId(2), Some(0))));
            assert_eq!(directory.by_name("d"), None);
            let names: Vec<&str> = directory.names().collect();
            assert_eq!(names, ["a", "b", "c"]);
        }
    }

    #[test]
    fn what_was_heard_before_the_list_counts() {
        let mut directory = Directory::default();
        directory.add(entry(2, 1, "a"));
        directory.ended(WorkerId(2), ended(1, false));
        directory.add(entry(9, 1, "z"));
        assert!(!directory.is_empty());
        directory.set(roster(&[(2, "a"), (3, "b")], &[]));
        assert_eq!(living(&directory), [3, 9]);
        assert_eq!(directory.by_name("z"), Some((WorkerId(9), Some(0))));
    }

    #[test]
    fn who_has_stopped_is_in_the_list_and_may_come_again() {
        let mut directory = directory();
        directory.set(roster(&[(2, "a"), (3, "b"), (4, "c")], &[2, 4]));
        assert_eq!(living(&directory), [3]);
        assert!(matches!(directory.find(WorkerId(2)), Whereabouts::Ended(_)));
        assert!(directory.how_ended(WorkerId(2), Incarnation(1)).is_some());
        assert!(directory.how_ended(WorkerId(2), Incarnation(2)).is_none());
        assert!(directory.how_ended(WorkerId(3), Incarnation(1)).is_none());
        assert_eq!(directory.by_name("a"), Some((WorkerId(2), Some(0))));
        directory.add(entry(2, 2, "a"));
        assert_eq!(life_of(&directory, 2), Some(2));
        assert!(directory.how_ended(WorkerId(2), Incarnation(1)).is_some());
        assert!(directory.how_ended(WorkerId(2), Incarnation(2)).is_none());
        assert_eq!(living(&directory), [2, 3]);
    }
}
