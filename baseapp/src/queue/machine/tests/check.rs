//! What is true of the machine between any two turns.

use std::collections::{HashMap, HashSet};

use super::{super::tasks::Place, world::World};

impl World {
    pub(super) fn check(&self) {
        self.counts_are_recounts();
        self.leases_are_held_once();
        self.whatever_waits_is_waited_for();
        self.nothing_grows();
    }

    fn counts_are_recounts(&self) {
        let machine = &self.machine;
        let mut payloads = 0;
        let mut counts: Vec<_> = machine.pools.iter().map(|_| Default::default()).collect();
        for (_, task) in machine.tasks.iter() {
            let counts: &mut super::super::pools::Counts = &mut counts[usize::from(task.pool)];
            *counts.of(task.place) += 1;
            payloads += task.payload.as_ref().map_or(0, |payload| payload.len());
        }
        assert_eq!(payloads, machine.payload_bytes);
        for (pool, mut found) in machine.pools.iter().zip(counts) {
            let counts = pool.counts;
            (found.done, found.buried) = (counts.done, counts.buried);
            (found.cancelled, found.retried) = (counts.cancelled, counts.retried);
            assert_eq!(found, counts);
        }
        assert_eq!(machine.tasks.len(), machine.tasks.iter().count());
    }

    fn leases_are_held_once(&self) {
        let machine = &self.machine;
        let mut held = HashSet::new();
        let mut keys = HashSet::new();
        for pool in &machine.pools {
            assert!(pool.members.len() <= pool.spec.max as usize + 8);
            let reserved = pool.members.iter().filter(|member| member.reserved);
            assert!(reserved.count() <= usize::from(!pool.suspects.is_empty()));
            for member in &pool.members {
                assert!(member.held.len() <= pool.spec.prefetch as usize);
                assert!(!member.alone || member.held.len() == 1, "{member:?}");
                for has in &member.held {
                    assert!(held.insert(has.task), "{has:?} is held twice");
                    let task = machine.tasks.get(has.task);
                    let place = task.map(|task| task.place);
                    let (worker, lease) = (member.worker, has.lease);
                    assert_eq!(place, Some(Place::Leased { worker, lease }));
                    if let Some(task) = task {
                        assert!(!task.suspect || member.alone, "a suspect has company");
                        if let Some(key) = task.key() {
                            assert!(keys.insert((task.pool, key)), "two of one key");
                        }
                    }
                }
            }
        }
        let leased = machine.pools.iter().map(|pool| pool.counts.leased);
        assert_eq!(held.len(), leased.sum::<usize>());
    }

    /// None is forgotten: it is in a lane, has an alarm, or is behind another.
    fn whatever_waits_is_waited_for(&self) {
        let machine = &self.machine;
        let mut ready = HashMap::new();
        for (index, pool) in machine.pools.iter().enumerate() {
            for key in machine.lanes[index].iter().chain(&pool.suspects) {
                *ready.entry(*key).or_insert(0) += 1;
            }
        }
        for (key, task) in machine.tasks.iter() {
            match task.place {
                Place::Ready => assert_eq!(ready.get(&key), Some(&1), "{task:?}"),
                Place::Delayed => {
                    let due = task.extras.as_ref().and_then(|extras| extras.due);
                    assert!(due.is_some_and(|due| due > self.now().at), "{task:?}");
                    assert!(machine.alarms.iter().any(|at| Some(at) == due), "{task:?}");
                }
                Place::Chained => {
                    let of = task
                        .key()
                        .and_then(|of| machine.chains.first(task.pool, of));
                    let first = of.and_then(|first| machine.tasks.get(first));
                    assert!(of != Some(key), "{task:?} waits for itself");
                    let place = first.map(|first| first.place);
                    assert!(
                        !matches!(place, None | Some(Place::Chained | Place::Accepting)),
                        "{task:?} waits for {first:?}"
                    );
                }
                Place::Accepting | Place::Leased { .. } => {}
            }
        }
    }

    fn nothing_grows(&self) {
        let machine = &self.machine;
        let open = machine.tasks.len();
        let members: usize = machine.pools.iter().map(|pool| pool.members.len()).sum();
        let alarms = 2 * open + members + machine.uniques.len() + machine.schedules.len();
        assert!(
            machine.alarms.iter().count() <= alarms + 2 * machine.pools.len() + 1,
            "{:?}",
            machine.alarms
        );
        for (lanes, pool) in machine.lanes.iter().zip(&machine.pools) {
            assert!(lanes.iter().count() <= 2 * pool.counts.ready + 64);
            assert!(pool.suspects.len() <= pool.counts.ready);
        }
        let now = self.now().at;
        for unique in machine.uniques.values() {
            let window = unique.until.is_some_and(|until| until > now);
            assert!(window || machine.tasks.find(unique.id).is_some());
        }
    }
}
