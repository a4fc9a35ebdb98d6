//! Delays, deadlines, timeouts, and how they are extended.

use super::*;
use crate::id::WorkerId;

#[test]
fn a_delay_is_waited_for() {
    let mut w = World::memory(pool());
    w.join(1);
    let delay = Some(SECOND);
    assert_eq!(w.submit(NewTask { delay, ..task(1) }), Ok(()));
    w.put([2]);
    let state = w.machine.state(w.now(), id(1));
    assert_eq!(state, Some(TaskState::Delayed(SECOND)));
    assert_eq!(w.drain(1), [2]);
    w.wait(SECOND - MILLI);
    assert_eq!(w.held(1), []);
    w.wait(MILLI);
    assert_eq!(w.held(1), [1]);
}

#[test]
fn a_delay_for_ever_is_no_panic() {
    let mut w = World::memory(pool());
    w.join(1);
    let delay = Some(Duration::MAX);
    let deadline = Some(Duration::MAX);
    let task = NewTask {
        delay,
        deadline,
        ..task(1)
    };
    assert_eq!(w.submit(task), Ok(()));
    w.wait(1000 * SECOND);
    assert_eq!(w.held(1), []);
}

#[test]
fn tasks_of_one_time_come_in_the_order_of_acceptance() {
    let mut w = World::memory(pool());
    w.put(0..9);
    w.join(1);
    w.drain(1); // their places in the table are used again, in another order
    let delay = Some(SECOND);
    let tasks = (10..19).map(|number| NewTask {
        delay,
        ..task(number)
    });
    assert_eq!(w.submit_all(tasks.collect()), Ok(()));
    w.wait(SECOND);
    assert_eq!(w.drain(1), (10..19).collect::<Vec<_>>());
}

#[test]
fn a_task_that_waits_longer_than_its_deadline_is_buried_then() {
    let deadline = Some(SECOND);
    let mut w = World::durable(pool());
    w.put([1]);
    w.join(1);
    let ready = NewTask {
        deadline,
        ..task(2)
    };
    let delayed = NewTask {
        deadline,
        delay: Some(60 * SECOND),
        ..task(3)
    };
    let chained = NewTask {
        deadline,
        key: Some(Key(1)),
        ..task(4)
    };
    let behind = NewTask {
        deadline: None,
        ..chained.clone()
    };
    assert_eq!(
        w.submit(NewTask {
            id: id(5),
            ..behind
        }),
        Ok(())
    );
    for task in [ready, delayed, chained] {
        assert_eq!(w.submit(task), Ok(()));
    }
    w.wait(SECOND - MILLI);
    assert_eq!(w.told.buried, []);
    w.wait(MILLI);
    let mut buried = std::mem::take(&mut w.told.buried);
    buried.sort_by_key(|(number, _)| *number);
    let expired = DeadReason::Expired;
    assert_eq!(buried, [(2, expired), (3, expired), (4, expired)]);
    assert_eq!(w.drain(1), [1, 5]);
}

#[test]
fn a_task_that_runs_may_end_after_its_deadline_and_is_not_tried_again() {
    let deadline = Some(SECOND);
    let late = || {
        let mut w = World::memory(pool());
        w.join(1);
        let task = NewTask {
            deadline,
            ..task(1)
        };
        assert_eq!(w.submit(task), Ok(()));
        w.wait(2 * SECOND);
        assert_eq!(w.held(1), [1]);
        w
    };
    let mut w = late();
    w.end(1, DONE);
    assert_eq!(w.told.buried, []);
    for outcome in [failed(), Outcome::Snoozed(SECOND), Outcome::NotRun] {
        let mut w = late();
        w.end(1, outcome);
        assert_eq!(w.told.buried, [(1, DeadReason::Expired)]);
    }
    let mut w = late();
    w.end(1, failed());
    let Some((_, _, Ended::Dead { error, .. })) = w.told.ended.first() else {
        panic!("{:?}", w.told);
    };
    assert!(error.contains("no luck"), "{error}");
    let mut w = late();
    w.die(1);
    assert_eq!(w.told.buried, [(1, DeadReason::Expired)]);
}

/// A worker with tasks 1 and 2, each with a timeout of 10 seconds.
fn timed() -> World {
    let mut w = World::durable(PoolSpec {
        prefetch: 3,
        ..pool()
    });
    w.join(1);
    for number in 1..=2 {
        let mut task = task(number);
        task.limits.timeout = Some(10 * SECOND);
        assert_eq!(w.submit(task), Ok(()));
    }
    w
}

#[test]
fn a_timeout_asks_and_the_grace_kills_and_only_its_task_is_charged() {
    let mut w = timed();
    w.put([3]);
    w.wait(10 * SECOND - MILLI);
    assert_eq!(w.told.asked, []);
    w.wait(MILLI);
    assert_eq!(w.told.asked, [(1, 1)]);
    w.wait(2 * SECOND);
    assert_eq!(w.told.killed, [1]);
    w.die(1);
    let charged = |record: &crate::queue::store::Record| (record.attempts, record.deaths);
    let charged: Vec<_> = w.kept.tasks.values().map(|(r, _)| charged(r)).collect();
    assert_eq!(charged, [(1, 0), (0, 0), (0, 0)]);
    w.join(2);
    assert_eq!(w.held(2), [2, 3]);
    w.wait(SECOND);
    assert_eq!(w.held(2), [2, 3, 1]);
}

#[test]
fn a_timeout_runs_from_the_turn_of_its_task() {
    let mut w = timed();
    w.wait(9 * SECOND);
    w.end(1, DONE);
    w.wait(9 * SECOND);
    assert_eq!(w.told.asked, []);
    w.wait(SECOND);
    assert_eq!(w.told.asked, [(1, 2)]);
    w.end(1, failed());
    w.wait(5 * SECOND);
    assert_eq!(w.told.killed, []);
    assert_eq!(w.held(1), [2]);
}

#[test]
fn a_timeout_holds_for_each_attempt() {
    let mut w = timed();
    w.end(1, DONE);
    for _ in 0..3 {
        w.wait(8 * SECOND);
        w.end(1, failed());
        w.wait(SECOND);
        assert_eq!(w.held(1), [2]);
    }
    assert_eq!(w.told.asked, []);
}

#[test]
fn extending_gives_as_much_from_now_on() {
    for (by, ends) in [(10, 15), (3, 8), (60, 65)] {
        let mut w = timed();
        w.wait(5 * SECOND);
        let lease = w.workers[&1].tasks[0].lease;
        let now = w.now();
        w.machine.extend(now, 0, WorkerId(1), lease, by * SECOND);
        w.wait((ends - 5) * SECOND - MILLI);
        assert_eq!(w.told.asked, [], "by {by}");
        w.wait(MILLI);
        assert_eq!(w.told.asked, [(1, 1)], "by {by}");
    }
}

#[test]
fn extending_holds_for_one_attempt_and_not_after_it_was_asked_to_end() {
    let mut w = timed();
    let extend = |w: &mut World| {
        let lease = w.workers[&1].tasks[0].lease;
        let now = w.now();
        w.machine.extend(now, 0, WorkerId(1), lease, 60 * SECOND);
    };
    extend(&mut w);
    w.end(1, failed());
    w.end(1, DONE);
    w.wait(SECOND);
    assert_eq!(w.held(1), [1]);
    w.wait(10 * SECOND);
    assert_eq!(w.told.asked, [(1, 1)]);
    extend(&mut w);
    w.wait(2 * SECOND);
    assert_eq!(w.told.killed, [1]);
}

#[test]
fn extending_what_has_no_timeout_does_not_give_it_one() {
    let mut w = World::memory(pool());
    w.join(1);
    w.put([1]);
    let lease = w.workers[&1].tasks[0].lease;
    let now = w.now();
    w.machine.extend(now, 0, WorkerId(1), lease, SECOND);
    w.wait(60 * SECOND);
    assert_eq!(w.told.asked, []);
}

#[test]
fn a_wall_clock_that_jumps_changes_nothing_while_the_app_runs() {
    const HOUR: u64 = 3_600_000;

    for ahead in [true, false] {
        let mut w = World::durable(pool());
        w.join(1);
        let (delay, deadline) = (Some(10 * SECOND), Some(20 * SECOND));
        assert_eq!(w.submit(NewTask { delay, ..task(1) }), Ok(()));
        let mut timed = task(2);
        timed.limits.timeout = Some(15 * SECOND);
        assert_eq!(w.submit(timed), Ok(()));
        assert_eq!(
            w.submit(NewTask {
                deadline,
                ..task(3)
            }),
            Ok(())
        );
        w.wall = if ahead { w.wall + HOUR } else { w.wall - HOUR };
        w.wait(10 * SECOND - MILLI);
        let state = w.machine.state(w.now(), id(1));
        assert_eq!(state, Some(TaskState::Delayed(MILLI)));
        assert_eq!((w.held(1), w.told.asked.len()), (vec![2], 0));
        w.wait(5 * SECOND + MILLI);
        assert_eq!(w.told.asked.len(), 1, "its timeout has passed");
        w.end(1, DONE);
        assert_eq!(w.held(1), [3], "its deadline has not");
    }
}
