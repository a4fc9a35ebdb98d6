//! Who comes first, and to which worker.

use super::*;

fn with_priority(number: u16, priority: u8) -> NewTask {
    let mut task = task(number);
    task.limits.priority = priority;
    task
}

#[test]
fn equal_tasks_run_in_the_order_of_acceptance() {
    let mut w = World::memory(pool());
    w.put(0..20);
    w.join(1);
    assert_eq!(w.drain(1), (0..20).collect::<Vec<_>>());
}

#[test]
fn a_higher_priority_comes_first_and_the_lowest_has_its_turn() {
    let mut w = World::memory(pool());
    w.put([1]);
    assert_eq!(w.submit(with_priority(2, 9)), Ok(()));
    let low = (10..20).map(|number| with_priority(number, 0)).collect();
    assert_eq!(w.submit_all(low), Ok(()));
    let high = (30..60).map(|number| with_priority(number, 4)).collect();
    assert_eq!(w.submit_all(high), Ok(()));
    w.join(1);
    let order = w.drain(1);
    assert_eq!(order[..2], [2, 1]);
    let low = order[..24].iter().filter(|number| **number < 20);
    assert_eq!(low.count(), 2 + 2, "{order:?}");
}

#[test]
fn tasks_of_a_worker_that_left_come_back_in_their_order() {
    for prefetch in [1, 3] {
        let mut w = World::memory(PoolSpec { prefetch, ..pool() });
        w.put(0..6);
        w.join(1);
        w.leave(1);
        w.join(2);
        assert_eq!(w.drain(2), [0, 1, 2, 3, 4, 5]);
    }
}

#[test]
fn a_task_that_did_not_run_keeps_its_turn() {
    let mut w = World::memory(pool());
    w.put(0..3);
    w.join(1);
    w.end(1, Outcome::NotRun);
    assert_eq!(w.drain(1), [0, 1, 2]);
}

#[test]
fn work_is_spread_over_the_workers() {
    let mut w = World::memory(PoolSpec {
        prefetch: 4,
        max: 3,
        ..pool()
    });
    for worker in 1..=3 {
        w.join(worker);
    }
    w.put(0..6);
    assert_eq!([w.held(1), w.held(2), w.held(3)], [[0, 3], [1, 4], [2, 5]]);
}

#[test]
fn a_worker_has_no_more_tasks_than_it_takes_at_a_time() {
    let mut w = World::memory(PoolSpec {
        prefetch: 4,
        ..pool()
    });
    w.put(0..6);
    w.join(1);
    assert_eq!(w.held(1), [0, 1, 2, 3]);
    w.end(1, DONE);
    assert_eq!(w.held(1), [1, 2, 3, 4]);
}
