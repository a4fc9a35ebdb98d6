//! Messages that come again: each time as a new task, unless the last one has
//! not ended.

use std::{
    collections::hash_map::Entry,
    time::{Duration, Instant},
};

use super::{Machine, NewTask, Now, alarms::Alarm, end::Cancelled, tasks::later};
use crate::{
    queue::{cron, store::WallMillis},
    task::{Repeat, TaskId},
};

#[derive(Debug)]
pub(super) struct Schedule {
    pool: u16,
    task: NewTask,
    repeat: Repeat,
    next: Instant,
    last: Option<TaskId>,
}

/// The first time after now; of a grid that begins at `from`, if there is
/// one: beats that were missed are skipped, not caught up.
fn next_beat(repeat: &Repeat, now: Now, from: Option<Instant>) -> Result<Instant, String> {
    match repeat {
        Repeat::Every(period) if *period < Duration::from_millis(1) => {
            Err("a period of less than a millisecond".to_owned())
        }
        Repeat::Every(period) => {
            let from = from.unwrap_or(now.at);
            let late = now.at.saturating_duration_since(from);
            let into_beat = late.as_nanos() % period.as_nanos();
            let into_beat = Duration::from_nanos(u64::try_from(into_beat).unwrap_or(0));
            Ok(later(now.at, period.saturating_sub(into_beat)))
        }
        Repeat::Cron(line) => {
            /// What the clocks may differ by when an alarm rings.
            const SLACK: WallMillis = 500;

            let mut next = cron::next(line, now.wall)?;
            // Rung a little early by the wall clock, this is the beat that
            // has come, and it does not come twice.
            if from.is_some_and(|from| next <= now.wall_of(from).saturating_add(SLACK)) {
                next = cron::next(line, next)?;
            }
            Ok(now.instant_of(next))
        }
    }
}

impl Machine {
    /// Submits a message again and again, from now on; `task.id` names the
    /// schedule, and is the same schedule if it comes twice.
    pub(crate) fn schedule(
        &mut self,
        now: Now,
        pool: u16,
        task: NewTask,
        repeat: Repeat,
    ) -> Result<(), String> {
        if self.pool(pool).is_none() {
            return Err("there is no such pool".to_owned());
        }
        let next = next_beat(&repeat, now, None)?;
        let Entry::Vacant(place) = self.schedules.entry(task.id) else {
            return Ok(());
        };
        self.alarms.set(next, Alarm::Beat(task.id));
        place.insert(Schedule {
            pool,
            task,
            repeat,
            next,
            last: None,
        });
        Ok(())
    }

    /// It is time for a message to come again.
    pub(super) fn beat(&mut self, now: Now, id: TaskId) {
        let Some(mut schedule) = self.schedules.remove(&id) else {
            return;
        };
        let runs = |last| self.tasks.find(last).is_some();
        if !schedule.last.is_some_and(runs) {
            let mut task = schedule.task.clone();
            task.id = self.ids.draw();
            schedule.last = Some(task.id);
            // A queue that is full has work enough: this beat is skipped.
            let _ = self.submit(now, schedule.pool, &mut vec![task], None, false);
        }
        // If there is no such time any more, this beat was the last.
        if let Ok(next) = next_beat(&schedule.repeat, now, Some(schedule.next)) {
            schedule.next = next;
            self.alarms.set(next, Alarm::Beat(id));
            self.schedules.insert(id, schedule);
        }
    }

    /// Nothing comes again.
    pub(super) fn clear_schedules(&mut self) {
        for (id, schedule) in self.schedules.drain() {
            self.alarms.unset(schedule.next, Alarm::Beat(id));
        }
    }

    pub(super) fn cancel_schedule(&mut self, id: TaskId) -> Cancelled {
        let Some(schedule) = self.schedules.remove(&id) else {
            return Cancelled::No;
        };
        self.alarms.unset(schedule.next, Alarm::Beat(id));
        Cancelled::Now
    }
}
