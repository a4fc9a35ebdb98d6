//! The end of a run.

use super::*;

#[test]
fn in_memory_what_waits_for_a_worker_is_done_before_the_end() {
    let mut w = World::memory(PoolSpec {
        prefetch: 2,
        ..pool()
    });
    w.join(1);
    w.put(0..5);
    w.machine.close();
    w.turn();
    assert!(!w.machine.is_quiet());
    assert_eq!(w.machine.unfinished(), [("pool".to_owned(), 5)]);
    assert_eq!(w.drain(1), [0, 1, 2, 3, 4]);
    assert!(w.machine.is_quiet());
    assert_eq!(w.machine.unfinished(), []);
}

#[test]
fn in_memory_a_retry_is_waited_for_and_a_delay_that_somebody_named_is_not() {
    let mut w = World::memory(pool());
    w.join(1);
    w.put([1]);
    let delay = Some(100 * SECOND);
    assert_eq!(w.submit(NewTask { delay, ..task(2) }), Ok(()));
    w.end(1, failed());
    w.machine.close();
    w.turn();
    assert!(!w.machine.is_quiet());
    w.wait(SECOND);
    assert_eq!(w.drain(1), [1]);
    assert!(w.machine.is_quiet());
    assert_eq!(w.machine.unfinished(), [("pool".to_owned(), 1)]);
}

#[test]
fn in_memory_a_worker_is_started_for_what_is_left_and_for_nothing_else() {
    let mut w = World::memory(PoolSpec {
        min: 2,
        max: 2,
        ..pool()
    });
    w.put(0..3);
    let delay = Some(100 * SECOND);
    assert_eq!(w.submit(NewTask { delay, ..task(9) }), Ok(()));
    w.join(1);
    w.join(2);
    w.machine.close();
    w.turn();
    w.told.spawned = 0;
    w.die(1);
    w.wait(SECOND);
    assert_eq!(w.told.spawned, 0, "one is enough");
    w.die(2);
    w.wait(SECOND);
    assert_eq!(w.told.spawned, 1);
    w.join(3);
    w.drain(3);
    assert!(w.machine.is_quiet());
    w.die(3);
    w.wait(SECOND);
    assert_eq!(w.told.spawned, 1, "nothing is left that is waited for");
}

#[test]
fn what_is_kept_is_left_alone_and_what_runs_is_waited_for() {
    let mut w = World::durable(PoolSpec {
        prefetch: 2,
        ..pool()
    });
    w.join(1);
    w.put(0..5);
    w.machine.close();
    w.turn();
    assert!(!w.machine.is_quiet());
    assert_eq!(w.drain(1), [0, 1]);
    assert!(w.machine.is_quiet());
    assert_eq!(w.machine.unfinished(), []);
    assert_eq!(w.kept.tasks.len(), 3);
    w.crash();
    w.join(1);
    assert_eq!(w.drain(1), [2, 3, 4]);
}

#[test]
fn what_is_being_written_down_is_waited_for() {
    let mut w = World::durable(pool());
    w.machine.close();
    let now = w.now();
    let submitted = w.machine.submit(now, 0, &mut vec![task(1)], None, false);
    assert_eq!(submitted, Ok(vec![]));
    assert!(!w.machine.is_quiet());
    w.turn();
    assert!(w.machine.is_quiet());
}

#[test]
fn workers_are_not_retired_for_being_idle_at_the_end() {
    let mut w = World::memory(PoolSpec { max: 2, ..pool() });
    w.join(1);
    w.join(2);
    w.machine.close();
    w.wait(60 * SECOND);
    assert_eq!(w.told.retired, []);
}

#[test]
fn who_waits_for_what_is_kept_for_the_next_run_is_told_so() {
    let mut w = World::durable(pool());
    w.join(1);
    w.put([1, 2]);
    let delay = Some(100 * SECOND);
    assert_eq!(w.submit(NewTask { delay, ..task(3) }), Ok(()));
    w.machine.close();
    w.turn();
    assert_eq!(w.told.kept, [(0, 2), (0, 3)]);
    // What runs goes on, and what then waits is kept, too.
    w.end(1, failed());
    assert_eq!(w.told.kept, [(0, 2), (0, 3), (0, 1)]);
    assert_eq!(w.submit(task(4)), Ok(()));
    assert_eq!(w.told.kept.last(), Some(&(0, 4)));
    assert_eq!(w.told.ended, []);
}
