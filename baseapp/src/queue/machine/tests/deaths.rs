//! Workers that die, and whose fault it was.

use super::*;

/// One worker at a time, which takes three tasks.
fn three() -> World {
    let mut w = World::durable(PoolSpec {
        prefetch: 3,
        ..pool()
    });
    w.put(1..=3);
    w.join(1);
    assert_eq!(w.held(1), [1, 2, 3]);
    w
}

/// Attempts and deaths that a task is charged with.
fn charged(w: &World, number: u16) -> Option<(u32, u32)> {
    let records = w.kept.tasks.values().map(|(record, _)| record);
    let mut records = records.filter(|record| record.id == id(number));
    records
        .next()
        .map(|record| (record.attempts, record.deaths))
}

#[test]
fn a_death_with_one_task_in_hand_is_charged_to_it_and_it_is_tried_again_at_once() {
    let mut w = World::durable(pool());
    w.put(1..=2);
    w.join(1);
    w.die(1);
    assert_eq!(charged(&w, 1), Some((1, 1)));
    w.join(2);
    assert_eq!(w.held(2), [1]);
    w.end(2, DONE);
    assert_eq!(w.drain(2), [2]);
}

#[test]
fn three_workers_may_die_of_a_task() {
    let mut w = World::durable(pool());
    w.put(1..=2);
    for worker in 1..=3 {
        w.join(worker);
        assert_eq!(w.held(worker), [1]);
        w.die(worker);
    }
    assert_eq!(w.told.buried, [(1, DeadReason::Poison)]);
    let dead = w.kept.dead.values().next().map(|(dead, _)| &dead.record);
    let charged = dead.map(|record| (record.deliveries, record.attempts, record.deaths));
    assert_eq!(charged, Some((3, 3, 3)));
    w.join(4);
    assert_eq!(w.drain(4), [2]);
}

#[test]
fn a_task_of_one_attempt_is_exhausted_by_one_death() {
    let mut w = World::durable(pool());
    let mut task = task(1);
    task.limits.attempts = 1;
    assert_eq!(w.submit(task), Ok(()));
    w.join(1);
    w.die(1);
    assert_eq!(w.told.buried, [(1, DeadReason::Exhausted)]);
}

#[test]
fn of_several_tasks_none_is_charged_and_each_runs_alone_in_order() {
    let mut w = three();
    w.put(4..=5);
    w.die(1);
    for number in 1..=3 {
        assert_eq!(charged(&w, number), Some((0, 0)));
    }
    w.join(2);
    for number in 1..=3 {
        assert_eq!(w.held(2), [number]);
        w.end(2, DONE);
    }
    assert_eq!(w.held(2), [4, 5], "the others are innocent");
}

#[test]
fn the_death_of_a_suspect_is_charged_to_it_alone() {
    let mut w = three();
    w.die(1);
    w.join(2);
    w.end(2, DONE);
    for worker in 3..=5 {
        assert_eq!(w.held(worker - 1), [2]);
        w.die(worker - 1);
        w.join(worker);
    }
    assert_eq!(w.told.buried, [(2, DeadReason::Poison)]);
    assert_eq!(charged(&w, 3), Some((0, 0)));
    assert_eq!(w.drain(5), [3]);
}

#[test]
fn a_suspect_that_failed_and_did_not_kill_is_innocent() {
    let mut w = three();
    w.die(1);
    w.join(2);
    w.end(2, failed());
    assert_eq!(w.drain(2), [2, 3]);
    w.put(4..=6);
    w.wait(SECOND);
    assert_eq!(w.held(2), [4, 5, 6]);
    w.end(2, DONE);
    assert_eq!(w.held(2), [5, 6, 1], "in company");
}

#[test]
fn a_suspect_that_was_not_run_is_still_one() {
    let mut w = three();
    w.die(1);
    w.join(2);
    w.end(2, Outcome::NotRun);
    assert_eq!(w.held(2), [1], "alone");
    assert_eq!(w.drain(2), [1, 2, 3]);
}

#[test]
fn a_suspect_waits_for_a_worker_to_become_free_while_others_work_on() {
    let mut w = World::memory(PoolSpec {
        min: 3,
        max: 3,
        prefetch: 2,
        ..pool()
    });
    w.put(1..=20);
    (1..=3).for_each(|worker| w.join(worker));
    assert_eq!([w.held(1), w.held(2), w.held(3)], [[1, 2], [3, 4], [5, 6]]);
    w.die(1);
    w.end(2, DONE);
    assert_eq!(w.held(2), [4], "it is being emptied");
    w.end(3, DONE);
    assert_eq!(w.held(3), [6, 7], "the other one is not");
    w.end(2, DONE);
    assert_eq!(w.held(2), [1], "alone");
    w.end(2, DONE);
    assert_eq!(w.held(2), [2]);
    w.end(2, DONE);
    assert_eq!(w.held(2), [8, 9]);
}

#[test]
fn a_worker_that_was_emptied_for_a_suspect_gets_work_when_that_is_cancelled() {
    let mut w = World::memory(PoolSpec {
        min: 2,
        max: 2,
        prefetch: 2,
        ..pool()
    });
    w.put(1..=10);
    w.join(1);
    w.join(2);
    w.die(1);
    assert_eq!(w.machine.cancel(w.now(), id(1)), Cancelled::Now);
    assert_eq!(w.machine.cancel(w.now(), id(2)), Cancelled::Now);
    w.turn();
    assert_eq!(w.drain(2), (3..=10).collect::<Vec<_>>());
}

#[test]
fn a_worker_that_was_emptied_for_a_suspect_gets_work_when_another_takes_that() {
    let mut w = World::memory(PoolSpec {
        min: 2,
        max: 2,
        prefetch: 2,
        ..pool()
    });
    w.put(1..=10);
    w.join(1);
    w.join(2);
    w.die(1);
    w.join(3); // free, so it gets the suspect
    assert_eq!(w.held(3), [1]);
    w.end(3, DONE);
    w.end(3, DONE);
    w.end(2, DONE);
    assert_eq!(w.held(2), [4, 7]);
}

#[test]
fn a_worker_that_is_being_replaced_is_not_waited_for() {
    let mut w = World::memory(PoolSpec {
        min: 2,
        max: 2,
        prefetch: 2,
        ..pool()
    });
    w.put(1..=20);
    w.join(1);
    w.join(2);
    w.die(1);
    assert_eq!(w.held(2), [3, 4]); // it is to be emptied, and has a long task
    w.machine.recycle(0, crate::id::WorkerId(2));
    w.turn();
    w.join(3);
    w.join(4);
    assert_eq!([w.held(3), w.held(4)], [[1], [2]]);
}

#[test]
fn a_worker_that_left_in_order_is_nobodys_fault() {
    let mut w = three();
    w.leave(1);
    w.join(2);
    assert_eq!(w.held(2), [1, 2, 3]);
    for number in 1..=3 {
        assert_eq!(charged(&w, number), Some((0, 0)));
    }
}

#[test]
fn a_worker_that_left_with_one_task_is_not_its_fault() {
    let mut w = World::durable(pool());
    w.put([1]);
    w.join(1);
    w.leave(1);
    assert_eq!(charged(&w, 1), Some((0, 0)));
    w.join(2);
    assert_eq!(w.held(2), [1]);
}

#[test]
fn a_death_is_remembered_after_a_crash() {
    let mut w = three();
    w.end(1, DONE);
    w.end(1, DONE);
    w.die(1);
    assert_eq!(charged(&w, 3), Some((1, 1)));
    w.crash();
    w.put(4..=5);
    w.join(1);
    assert_eq!(w.held(1), [3], "alone");
}

#[test]
fn suspects_are_spread_over_free_workers() {
    let mut w = three();
    w.die(1);
    w.join(2);
    w.join(3);
    assert_eq!([w.held(2), w.held(3)], [[1], [2]]);
    w.die(3);
    assert_eq!(charged(&w, 2), Some((1, 1)));
    assert_eq!(charged(&w, 1), Some((0, 0)));
}
