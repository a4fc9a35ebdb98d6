//! Messages that come again.

use super::*;

/// A worker, and a message that comes every ten seconds.
fn every_ten() -> World {
    let mut w = World::memory(pool());
    w.join(1);
    let every = Repeat::Every(10 * SECOND);
    assert_eq!(w.machine.schedule(w.now(), 0, task(1), every), Ok(()));
    w.turn();
    w
}

#[test]
fn it_comes_first_after_one_period_and_then_on_the_grid() {
    let mut w = every_ten();
    for span in [10 * SECOND - MILLI, MILLI] {
        assert_eq!(w.held(1).len(), 0);
        w.wait(span);
    }
    let mut beats = 0;
    for _ in 0..30 {
        beats += w.drain(1).len();
        w.wait(SECOND);
    }
    assert_eq!(beats, 3);
}

#[test]
fn it_is_skipped_while_the_last_one_has_not_ended_and_stays_on_the_grid() {
    let mut w = every_ten();
    w.wait(35 * SECOND);
    assert_eq!(w.machine.tasks.len(), 1);
    assert_eq!(w.drain(1).len(), 1);
    w.wait(5 * SECOND);
    assert_eq!(w.drain(1).len(), 1);
}

#[test]
fn beats_that_were_slept_through_are_not_caught_up() {
    let mut w = every_ten();
    w.passed += 45 * SECOND; // the machine was suspended
    w.turn();
    assert_eq!(w.drain(1).len(), 1);
    w.wait(5 * SECOND - MILLI);
    assert_eq!(w.drain(1).len(), 0);
    w.wait(MILLI);
    assert_eq!(w.drain(1).len(), 1);
}

#[test]
fn it_can_be_cancelled_once_and_its_task_runs_on() {
    let mut w = every_ten();
    w.wait(10 * SECOND);
    assert_eq!(w.machine.cancel(w.now(), id(1)), Cancelled::Now);
    assert_eq!(w.machine.cancel(w.now(), id(1)), Cancelled::No);
    assert_eq!(w.drain(1).len(), 1);
    w.wait(60 * SECOND);
    assert_eq!(w.drain(1).len(), 0);
    assert!(w.machine.schedules.is_empty());
    assert_eq!(w.machine.next_alarm().map(|at| at > w.now().at), None);
}

#[test]
fn a_schedule_that_is_submitted_twice_is_one() {
    let mut w = every_ten();
    let every = Repeat::Every(10 * SECOND);
    assert_eq!(w.machine.schedule(w.now(), 0, task(1), every), Ok(()));
    w.wait(10 * SECOND);
    assert_eq!(w.machine.tasks.len(), 1);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let mut w = World::memory(pool());
    let now = w.now();
    let mut schedule = |pool, repeat| w.machine.schedule(now, pool, task(1), repeat).is_err();
    assert!(schedule(0, Repeat::Every(Duration::ZERO)));
    assert!(schedule(9, Repeat::Every(SECOND)));
    assert!(schedule(0, Repeat::Cron("the day after".into())));
}

#[test]
fn a_full_pool_skips_a_beat() {
    let mut w = World::memory(PoolSpec {
        capacity: 1,
        ..pool()
    });
    w.put([2]);
    let every = Repeat::Every(SECOND);
    assert_eq!(w.machine.schedule(w.now(), 0, task(1), every), Ok(()));
    w.wait(5 * SECOND);
    w.join(1);
    assert_eq!(w.drain(1), [2]);
    w.wait(SECOND);
    assert_eq!(w.drain(1).len(), 1);
}

#[test]
fn nothing_comes_after_the_end() {
    let mut w = every_ten();
    w.machine.close();
    w.wait(60 * SECOND);
    assert_eq!(w.told.delivered, []);
}
