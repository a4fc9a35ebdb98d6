//! Nothing is kept of what is over. [`World::check`] looks after every turn.

use super::*;
use crate::id::WorkerId;

/// Much more than any slack.
const MANY: u16 = 2000;

#[test]
fn lanes_do_not_grow_by_tasks_that_were_cancelled() {
    let mut w = World::memory(pool());
    for number in 0..MANY {
        w.put([number]);
        assert_eq!(w.machine.cancel(w.now(), id(number)), Cancelled::Now);
    }
}

#[test]
fn chains_do_not_grow_by_tasks_that_were_cancelled() {
    let mut w = World::memory(pool());
    w.join(1);
    let key = Some(Key(1));
    for number in 0..MANY {
        assert_eq!(
            w.submit(NewTask {
                key,
                ..task(number)
            }),
            Ok(())
        );
        if number > 0 {
            assert_eq!(w.machine.cancel(w.now(), id(number)), Cancelled::Now);
        }
    }
    assert!(w.machine.chains.places() <= 64);
    w.end(1, DONE);
    assert_eq!(w.machine.chains.places(), 0);
}

#[test]
fn alarms_do_not_grow_by_tasks_that_were_cancelled_or_are_done() {
    let mut w = World::memory(pool());
    w.join(1);
    for number in 0..MANY {
        let mut task = NewTask {
            deadline: Some(1000 * SECOND),
            ..task(number)
        };
        task.limits.timeout = Some(1000 * SECOND);
        assert_eq!(w.submit(task.clone()), Ok(()));
        w.end(1, DONE);
        task.delay = Some(1000 * SECOND);
        assert_eq!(w.submit(task), Ok(()));
        assert_eq!(w.machine.cancel(w.now(), id(number)), Cancelled::Now);
    }
}

#[test]
fn alarms_do_not_grow_by_being_extended() {
    let mut w = World::memory(pool());
    w.join(1);
    let mut task = task(1);
    task.limits.timeout = Some(1000 * SECOND);
    assert_eq!(w.submit(task), Ok(()));
    let lease = w.workers[&1].tasks[0].lease;
    for _ in 0..MANY {
        w.wait(MILLI);
        let now = w.now();
        w.machine.extend(now, 0, WorkerId(1), lease, 1000 * SECOND);
    }
    w.turn();
}

#[test]
fn alarms_do_not_grow_by_idle_workers() {
    let mut w = World::memory(PoolSpec { max: 2, ..pool() });
    w.join(1);
    w.join(2);
    for number in 0..MANY {
        w.put([number]);
        w.wait(MILLI);
        w.end(1, DONE);
    }
}

#[test]
fn unique_keys_are_forgotten() {
    let mut w = World::memory(pool());
    w.join(1);
    for number in 0..MANY {
        let key = Key(number.into());
        let unique = Some((key, Some(MILLI)));
        assert_eq!(
            w.submit(NewTask {
                unique,
                ..task(number)
            }),
            Ok(())
        );
        w.wait(MILLI * u32::from(number % 3));
        w.end(1, DONE);
        w.wait(MILLI);
    }
    assert!(w.machine.uniques.is_empty());
}

#[test]
fn schedules_that_were_cancelled_are_forgotten() {
    let mut w = World::memory(pool());
    for number in 0..MANY {
        let every = Repeat::Every(1000 * SECOND);
        assert_eq!(w.machine.schedule(w.now(), 0, task(number), every), Ok(()));
        assert_eq!(w.machine.cancel(w.now(), id(number)), Cancelled::Now);
    }
    w.turn();
    assert!(w.machine.schedules.is_empty());
}

#[test]
fn connections_that_are_gone_are_forgotten_by_tasks_that_wait_for_long() {
    let mut w = World::memory(pool());
    w.put([1]);
    for watcher in 1..u32::from(MANY) {
        w.machine.connected(Watcher(watcher));
        assert!(w.machine.watch(id(1), Some(Watcher(watcher))));
        w.machine.disconnected(Watcher(watcher));
    }
    let watchers = w
        .machine
        .tasks
        .iter()
        .map(|(_, task)| task.watchers().count());
    assert!(watchers.sum::<usize>() <= 64);
}
