//! Questions.

use super::{Lease, Machine, Now, Watcher, pools::Counts, tasks::Place};
use crate::{
    id::WorkerId,
    task::{TaskId, TaskState},
};

impl Machine {
    /// How far a task is; `None` if it has ended, or is not known.
    pub(crate) fn state(&self, now: Now, id: TaskId) -> Option<TaskState> {
        let key = self.tasks.find(id)?;
        let task = self.tasks.get(key)?;
        Some(match task.place {
            Place::Accepting | Place::Ready | Place::Chained => TaskState::Waiting,
            Place::Delayed => {
                let due = task.due();
                let left = due.map(|due| due.saturating_duration_since(now.at));
                TaskState::Delayed(left.unwrap_or_default())
            }
            Place::Leased { .. } => {
                let members = &self.pools[usize::from(task.pool)].members;
                let mut in_hand = members.iter().filter_map(|member| member.held.front());
                if in_hand.any(|held| held.task == key) {
                    TaskState::Running {
                        attempt: task.deliveries,
                    }
                } else {
                    TaskState::Waiting
                }
            }
        })
    }

    /// Tasks of a pool, and its workers.
    pub(crate) fn counts(&self, pool: u16) -> Option<(Counts, usize)> {
        let pool = self.pools.get(usize::from(pool))?;
        Some((pool.counts, pool.members.len()))
    }

    /// The task of a lease, and who watches it.
    pub(crate) fn watchers(
        &self,
        pool: u16,
        worker: WorkerId,
        lease: Lease,
    ) -> Option<(TaskId, Vec<Watcher>)> {
        let pool = self.pools.get(usize::from(pool))?;
        let mut members = pool.members.iter();
        let member = members.find(|member| member.worker == worker)?;
        let held = member.held.iter().find(|held| held.lease == lease)?;
        let task = self.tasks.get(held.task)?;
        Some((task.id, task.watchers().collect()))
    }
}
