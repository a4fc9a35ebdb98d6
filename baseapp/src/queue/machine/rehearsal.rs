//! [`rehearse_tasks`]: the life of tasks that a stranger submits, for fuzzing:
//! the state machine as it is, without a store and without workers.

use std::{
    cell::LazyCell,
    time::{Duration, Instant},
};

use super::{Effect, Machine, NewTask, Now, PoolSpec, Watcher};
use crate::{
    id::WorkerId,
    task::{MAX_PRIORITY, Outcome, SmallBytes, TaskHead, TaskIds},
};

const POOL: u16 = 0;
const WORKER: WorkerId = WorkerId(2);
const WATCHER: Watcher = Watcher(1);

/// Turns that time goes on for: more than a task has attempts here.
const TURNS: u32 = 12;

thread_local! {
    /// The clock, looked at once: so that every run is like the first.
    static START: LazyCell<Instant> = LazyCell::new(Instant::now);
}

fn machine() -> Machine {
    let ids = TaskIds::new().unwrap_or_else(|error| panic!("no random numbers: {error}"));
    let spec = PoolSpec {
        name: "pool".into(),
        min: 1,
        max: 2,
        prefetch: 2,
        capacity: 64,
        max_tasks: None,
        idle: Duration::from_secs(60),
        grace: Duration::from_secs(1),
        retention: Duration::from_secs(60),
    };
    Machine::new(vec![spec], vec!["message"], false, ids)
}

/// Submits tasks, and schedules those that repeat; then lets time pass while a
/// worker ends what it is given, one way or another. None of it may be lost.
pub(crate) fn rehearse_tasks(heads: Vec<(TaskHead, SmallBytes)>) {
    let mut machine = machine();
    let mut now = Now {
        at: START.with(|start| **start),
        wall: 1_700_000_000_000,
    };
    machine.connected(WATCHER);
    machine.expect(POOL, 1);
    machine.joined(now, POOL, WORKER);
    let mut accepted = 0;
    for (head, payload) in heads {
        let repeat = head.repeat.clone();
        let task = new_task(head, payload);
        match repeat {
            // A time that never comes is refused.
            Some(repeat) => drop(machine.schedule(now, POOL, task, repeat)),
            None => {
                accepted += usize::from(
                    machine
                        .submit(now, POOL, &mut vec![task], Some(WATCHER), false)
                        .is_ok_and(|same| same.is_empty()),
                )
            }
        }
    }
    for turn in 0..TURNS {
        machine.ring(now);
        machine.deliver(now);
        machine.scale(now);
        for effect in machine.take_batch().effects {
            if let Effect::Deliver(delivery) = effect {
                let outcome = outcome(turn, &delivery.payload.unwrap_or_default());
                let lease = delivery.lease;
                machine.extend(now, POOL, WORKER, lease, Duration::from_millis(u64::MAX));
                assert!(machine.settle(now, POOL, WORKER, lease, outcome));
            }
        }
        let pass = match machine.next_alarm() {
            // As long as it takes, but not longer than anybody lives.
            Some(alarm) => alarm.saturating_duration_since(now.at),
            None => Duration::from_secs(1),
        };
        let pass = pass.clamp(
            Duration::from_millis(1),
            Duration::from_secs(3600 * 24 * 365),
        );
        now.at += pass;
        now.wall += u64::try_from(pass.as_millis()).unwrap_or(0);
    }
    let open: usize = machine.unfinished().iter().map(|(_, count)| count).sum();
    let ended = machine
        .counts(POOL)
        .map_or(0, |(counts, _)| counts.done + counts.buried);
    assert!(
        open + ended as usize >= accepted,
        "{open} open and {ended} ended of {accepted}"
    );
    machine.close();
}

/// A task as the queue's service makes it of what came.
fn new_task(head: TaskHead, payload: SmallBytes) -> NewTask {
    let mut limits = head.limits;
    limits.attempts = limits.attempts.max(1);
    limits.priority = limits.priority.min(MAX_PRIORITY);
    NewTask {
        id: head.id,
        route: 0,
        limits,
        delay: head.delay,
        deadline: head.deadline,
        key: head.key,
        unique: head.unique,
        payload,
    }
}

fn outcome(turn: u32, payload: &[u8]) -> Outcome {
    let word = payload.get(turn as usize % payload.len().max(1));
    match word.copied().unwrap_or(0) % 6 {
        0 => Outcome::Done(SmallBytes::short([0])),
        1 => Outcome::Failed("no".to_owned()),
        2 => Outcome::Rejected("never".to_owned()),
        3 => Outcome::Snoozed(Duration::from_millis(u64::MAX)),
        4 => Outcome::NoHandler,
        _ => Outcome::NotRun,
    }
}
