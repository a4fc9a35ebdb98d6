//! That machine, store and reference say the same.

use std::collections::BTreeSet;

use super::{
    super::{super::tasks::Place, world::number},
    reference::{End, State},
    run::Run,
};

impl Run {
    /// Machine, store and reference say the same.
    pub(super) fn agree(&mut self) {
        self.machine_agrees();
        if self.w.durable && !self.w.failing {
            self.store_agrees();
        }
    }

    fn machine_agrees(&mut self) {
        let now = self.now();
        let open = self.r.tasks.iter().filter(|(_, task)| task.is_open());
        let mut open: BTreeSet<u16> = open.map(|(number, _)| *number).collect();
        let before = self.r.clone();
        for (_, found) in self.w.machine.tasks.iter() {
            let number = number(found.id);
            assert!(open.remove(&number), "{number} has ended: {found:?}");
            let Some(task) = self.r.tasks.get_mut(&number) else {
                continue;
            };
            let charged = (task.attempts, task.deaths, task.suspect, task.cancelled);
            let found_charged = (found.attempts, found.deaths, found.suspect, found.cancelled);
            assert_eq!(found_charged, charged, "{number}");
            let Place::Leased { worker, .. } = found.place else {
                assert_eq!(task.holder, None, "{number} is held no more");
                continue;
            };
            assert!(
                task.holder.is_none_or(|holder| holder == worker.0),
                "{number} is given to {worker:?} while {:?} has it",
                task.holder
            );
            if task.holder.replace(worker.0).is_none() {
                assert!(task.due.is_none_or(|due| due <= now), "{number} is early");
                let others = before.tasks.iter().filter(|(_, other)| {
                    let same = (other.pool, other.key) == (task.pool, task.key);
                    same && other.key.is_some() && other.is_open()
                });
                for (other, earlier) in others {
                    assert!(earlier.holder.is_none(), "{number} runs beside {other}");
                    let first = earlier.entered.is_none_or(|at| Some(at) >= task.entered);
                    assert!(first, "{number} runs before {other}");
                }
            }
        }
        assert!(open.is_empty(), "{open:?} are lost");
        for (pool, spec) in (0..).zip(&self.w.specs) {
            let counts = self.w.machine.counts(pool).unwrap_or_default().0;
            let ends = [counts.done, counts.buried, counts.cancelled];
            let expected = self.r.ends.get(&pool).copied().unwrap_or_default();
            assert_eq!(ends, expected, "done, buried and cancelled");
            let members = &self.w.machine.pools[usize::from(pool)].members;
            let staying = members.iter().filter(|member| !member.retiring).count();
            let coming = self.w.told.spawns.iter().filter(|spawn| **spawn == pool);
            assert!(staying + coming.count() <= spec.max as usize);
        }
    }

    fn store_agrees(&self) {
        let kept = self.w.kept.tasks.values().map(|(record, _)| {
            let charged = (record.attempts, record.deaths);
            (number(record.id), charged)
        });
        let kept: BTreeSet<_> = kept.collect();
        let open = self.r.tasks.iter().filter(|(_, task)| task.is_open());
        let open: BTreeSet<_> = open
            .map(|(number, task)| (*number, (task.attempts, task.deaths)))
            .collect();
        assert_eq!(kept, open);
        let dead = self.w.kept.dead.values();
        let dead: BTreeSet<u16> = dead.map(|(dead, _)| number(dead.record.id)).collect();
        let buried = self.r.tasks.iter();
        let buried = buried.filter(|(_, task)| matches!(task.state, State::Ended(End::Dead(_))));
        assert_eq!(dead, buried.map(|(number, _)| *number).collect());
    }
}
