//! How many workers there are.

use super::*;
use crate::id::WorkerId;

/// Workers, those included that are being started.
struct Pool {
    w: World,
    next: u32,
}

impl Pool {
    fn of(min: u32, max: u32) -> Pool {
        let spec = PoolSpec { min, max, ..pool() };
        let mut pool = Pool {
            w: World::memory(spec),
            next: 1,
        };
        pool.start();
        pool
    }

    /// Those that are asked for come. How many did?
    fn start(&mut self) -> u32 {
        let first = self.next;
        self.w.turn();
        while self.w.told.spawned > 0 {
            self.w.told.spawned -= 1;
            self.w.join_pool(0, self.next);
            self.next += 1;
            self.w.turn();
        }
        self.next - first
    }

    fn size(&self) -> usize {
        self.w.workers.len()
    }
}

#[test]
fn there_are_as_many_as_at_least_from_the_beginning() {
    assert_eq!(Pool::of(3, 9).size(), 3);
    assert_eq!(Pool::of(0, 9).size(), 0);
}

#[test]
fn those_that_are_started_anyway_are_not_asked_for() {
    let mut w = World::memory(PoolSpec {
        min: 2,
        max: 2,
        ..pool()
    });
    w.machine.expect(0, 2);
    w.turn();
    assert_eq!(w.told.spawned, 0);
    w.machine.not_started(w.now(), 0, "no such file");
    w.turn();
    assert_eq!(w.told.spawned, 1, "instead of it");
    w.join(1);
    w.join(2);
    assert_eq!(w.told.spawned, 1);
}

#[test]
fn a_pool_doubles_while_there_is_more_work_than_workers_up_to_its_most() {
    let mut p = Pool::of(1, 6);
    p.w.put(0..20);
    let mut sizes = vec![p.size()];
    while p.w.told.spawned > 0 {
        for _ in 0..std::mem::take(&mut p.w.told.spawned) {
            p.w.join_pool(0, p.next);
            p.next += 1;
        }
        p.w.turn();
        sizes.push(p.size());
    }
    assert_eq!(sizes, [1, 2, 4, 6]);
}

#[test]
fn a_pool_does_not_grow_beyond_its_work() {
    let mut p = Pool::of(1, 6);
    p.w.put(0..2);
    p.start();
    assert_eq!(p.size(), 2);
    let mut p = Pool::of(0, 6);
    p.w.put(0..1);
    p.start();
    assert_eq!(p.size(), 1);
}

#[test]
fn a_pool_grows_also_if_its_workers_could_have_many_tasks_at_a_time() {
    let mut p = Pool::of(1, 4);
    p.w = World::memory(PoolSpec {
        min: 1,
        max: 3,
        prefetch: 64,
        ..pool()
    });
    p.start();
    p.w.put(0..100);
    p.start();
    assert_eq!(p.size(), 3);
    let held: Vec<usize> = (2..=4).map(|worker| p.w.held(worker).len()).collect();
    assert_eq!(held, [34, 33, 33]);
}

#[test]
fn idle_workers_are_retired_down_to_the_least_also_if_nothing_else_happens() {
    let mut p = Pool::of(1, 4);
    p.w.put(0..20);
    p.start();
    assert_eq!(p.size(), 4);
    (1..=4).for_each(|worker| drop(p.w.drain(worker)));
    p.w.wait(10 * SECOND - MILLI);
    assert_eq!(p.size(), 4);
    p.w.wait(MILLI);
    assert_eq!(p.size(), 1);
    p.w.wait(60 * SECOND);
    assert_eq!((p.size(), p.start()), (1, 0));
}

#[test]
fn idle_time_begins_anew_with_each_task_and_a_busy_worker_is_not_idle() {
    let mut p = Pool::of(1, 3);
    p.w.put(0..3);
    p.start();
    assert_eq!(p.size(), 3);
    p.w.end(1, DONE);
    p.w.wait(6 * SECOND);
    p.w.end(2, DONE);
    p.w.wait(4 * SECOND);
    assert_eq!(p.w.told.retired, [1]);
    p.w.wait(5 * SECOND);
    assert_eq!(p.w.told.retired, [1]);
    p.w.wait(SECOND);
    assert_eq!(p.w.told.retired, [1, 2]);
    p.w.wait(60 * SECOND);
    assert_eq!(p.w.told.retired, [1, 2], "3 has a long task");
    p.w.end(3, DONE);
    p.w.wait(60 * SECOND);
    assert_eq!(p.size(), 1);
}

#[test]
fn a_pool_of_none_at_least_is_empty_when_it_is_idle() {
    let mut p = Pool::of(0, 2);
    p.w.put(0..1);
    p.start();
    p.w.drain(1);
    p.w.wait(10 * SECOND);
    assert_eq!((p.size(), p.start()), (0, 0));
}

#[test]
fn a_worker_is_replaced_after_so_many_tasks_when_it_has_ended_them() {
    let mut w = World::memory(PoolSpec {
        max_tasks: Some(3),
        prefetch: 2,
        ..pool()
    });
    w.turn();
    w.join(1);
    w.told.spawned = 0;
    w.put(0..9);
    w.end(1, DONE);
    assert_eq!(w.held(1), [1, 2]);
    assert_eq!(w.told.spawned, 1, "its replacement comes already");
    w.end(1, DONE);
    assert_eq!((w.held(1), w.told.retired.len()), (vec![2], 0));
    w.end(1, DONE);
    assert_eq!(w.told.retired, [1]);
    w.join(2);
    assert_eq!(w.held(2), [3, 4]);
    assert_eq!(w.told.spawned, 1);
}

#[test]
fn a_worker_that_uses_too_much_is_replaced_without_losing_a_task() {
    let mut w = World::memory(pool());
    w.turn();
    w.join(1);
    w.put(0..3);
    w.told.spawned = 0;
    w.machine.recycle(0, WorkerId(1));
    w.machine.recycle(0, WorkerId(1));
    w.machine.recycle(0, WorkerId(99));
    w.turn();
    assert_eq!((w.told.spawned, w.told.retired.len()), (1, 0));
    w.end(1, DONE);
    assert_eq!(w.told.retired, [1]);
    w.machine.gone(w.now(), 0, WorkerId(1), "exit 0", true);
    w.join(2);
    assert_eq!(w.drain(2), [1, 2]);
    assert_eq!(w.told.spawned, 1);
}

#[test]
fn a_worker_that_died_is_replaced_at_once_and_then_after_longer_and_longer_pauses() {
    let mut p = Pool::of(1, 1);
    let mut pauses = Vec::new();
    for number in 0..5 {
        p.w.put([number]); // so that it does not die at boot
        let worker = p.next - 1;
        p.w.die(worker);
        let before = p.w.passed;
        while p.start() == 0 {
            p.w.wait(10 * MILLI);
        }
        pauses.push((p.w.passed - before).as_millis());
    }
    assert_eq!(pauses, [0, 100, 200, 400, 800]);
    let worker = p.next - 1;
    p.w.end(worker, DONE);
    p.w.die(worker);
    assert_eq!(p.start(), 1, "it has done something");
}

#[test]
fn a_pause_ends_by_itself() {
    let mut p = Pool::of(1, 1);
    for worker in 1..=2 {
        p.w.put([10 + u16::try_from(worker).unwrap_or(0)]);
        p.w.die(worker);
        p.start();
    }
    assert_eq!(p.size(), 0);
    p.w.wait(100 * MILLI);
    assert_eq!(p.start(), 1);
}

#[test]
fn a_pool_whose_workers_die_at_boot_is_given_up() {
    for joined in [false, true] {
        let mut p = Pool::of(1, 1);
        p.w.told.spawned = 0;
        p.w.workers.clear();
        p.w.machine.gone(p.w.now(), 0, WorkerId(1), "exit 1", false);
        for _ in 0..4 {
            assert_eq!(p.w.told.given_up, 0);
            p.w.wait(SECOND);
            assert_eq!(p.w.told.spawned, 1);
            p.w.told.spawned = 0;
            if joined {
                p.w.join(9);
                p.w.die(9);
            } else {
                p.w.machine.not_started(p.w.now(), 0, "exit 1");
                p.w.turn();
            }
        }
        assert_eq!(p.w.told.given_up, 1);
        p.w.wait(60 * SECOND);
        assert_eq!((p.w.told.spawned, p.w.told.given_up), (0, 1));
    }
}

#[test]
fn a_worker_that_leaves_again_and_again_without_a_task_done_is_a_failure() {
    let mut p = Pool::of(1, 1);
    for _ in 0..10 {
        p.w.leave(p.next - 1);
        p.start();
    }
    assert_eq!((p.size(), p.w.told.given_up), (0, 0), "there is a pause");

    let mut p = Pool::of(1, 1);
    p.w.machine.close();
    for _ in 0..10 {
        p.w.leave(p.next - 1);
        p.w.join_pool(0, p.next);
        p.next += 1;
    }
    assert_eq!(p.w.told.given_up, 0, "that is how the app stops");
}

#[test]
fn deaths_at_boot_that_are_far_apart_are_survived() {
    let mut p = Pool::of(1, 1);
    for _ in 0..20 {
        let worker = p.next - 1;
        p.w.die(worker);
        p.w.wait(6 * SECOND);
        p.start();
    }
    assert_eq!((p.w.told.given_up, p.size()), (0, 1));
}

#[test]
fn a_worker_that_was_idle_for_a_while_did_not_die_at_boot() {
    let mut p = Pool::of(2, 2);
    for _ in 0..20 {
        p.w.wait(900 * MILLI);
        let oldest = p.w.workers.keys().next().copied().unwrap_or(0);
        p.w.die(oldest);
        p.start();
    }
    assert_eq!(p.w.told.given_up, 0);
}
