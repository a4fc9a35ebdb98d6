//! Tasks of one key: one at a time, in their order, by one worker.

use std::collections::HashMap;

use super::*;

fn keyed(number: u16) -> NewTask {
    NewTask {
        key: Some(Key(1)),
        ..task(number)
    }
}

/// Tasks 1, 2 and 3 of one key, and two idle workers, of which `worker` has 1.
fn chain() -> (World, u32) {
    let mut w = World::memory(PoolSpec {
        min: 2,
        max: 2,
        prefetch: 4,
        ..pool()
    });
    w.join(1);
    w.join(2);
    for number in 1..=3 {
        assert_eq!(w.submit(keyed(number)), Ok(()));
    }
    let worker = if w.held(1) == [1] { 1 } else { 2 };
    assert_eq!(w.held(worker), [1]);
    assert_eq!(w.held(3 - worker), []);
    (w, worker)
}

/// All that happens from now on, if every task is done.
fn rest(w: &mut World) -> Vec<u16> {
    w.wait(60 * SECOND);
    let mut order = Vec::new();
    loop {
        let [one, two] = [w.drain(1), w.drain(2)];
        if one.is_empty() && two.is_empty() {
            return order;
        }
        order.extend(one.into_iter().chain(two));
    }
}

#[test]
fn one_runs_at_a_time_in_order() {
    let (mut w, worker) = chain();
    assert_eq!(w.drain(worker), [1, 2, 3], "and the same worker has them");
}

#[test]
fn the_order_holds_however_the_first_one_comes_back() {
    for outcome in [failed(), Outcome::Snoozed(SECOND), Outcome::NotRun] {
        let (mut w, worker) = chain();
        let what = format!("{outcome:?}");
        w.end(worker, outcome);
        if what != "NotRun" {
            assert_eq!([w.held(1), w.held(2)], [[], []], "{what}");
        }
        assert_eq!(rest(&mut w), [1, 2, 3], "{what}");
    }
}

#[test]
fn the_next_one_runs_when_the_first_one_ends_in_any_way() {
    let (mut w, worker) = chain();
    w.end(worker, Outcome::Rejected("no".into()));
    assert_eq!(w.machine.cancel(w.now(), id(3)), Cancelled::Now);
    assert_eq!(rest(&mut w), [2]);

    let (mut w, worker) = chain();
    w.end(worker, failed());
    assert_eq!(w.machine.cancel(w.now(), id(1)), Cancelled::Now);
    w.turn();
    assert_eq!(rest(&mut w), [2, 3]);
}

#[test]
fn the_order_holds_across_the_death_of_its_worker() {
    for in_order in [false, true] {
        let (mut w, worker) = chain();
        w.gone(worker, in_order);
        w.turn();
        assert_eq!(rest(&mut w), [1, 2, 3]);
    }
}

#[test]
fn a_task_with_a_delay_takes_its_place_when_its_time_has_come() {
    let (mut w, worker) = chain();
    let delay = Some(SECOND);
    assert_eq!(w.submit(NewTask { delay, ..keyed(4) }), Ok(()));
    assert_eq!(w.submit(keyed(5)), Ok(()));
    w.wait(SECOND);
    assert_eq!(w.submit(keyed(6)), Ok(()));
    assert_eq!(w.drain(worker), [1, 2, 3, 5, 4, 6]);
}

#[test]
fn one_that_waits_can_be_cancelled_and_so_can_one_with_a_delay() {
    let (mut w, worker) = chain();
    let delay = Some(SECOND);
    assert_eq!(w.submit(NewTask { delay, ..keyed(4) }), Ok(()));
    for number in [2, 4] {
        assert_eq!(w.machine.cancel(w.now(), id(number)), Cancelled::Now);
    }
    w.turn();
    assert_eq!(w.drain(worker), [1, 3]);
    assert_eq!(rest(&mut w), []);
}

#[test]
fn the_order_holds_across_a_crash() {
    let mut w = World::durable(pool());
    w.join(1);
    for number in 1..=3 {
        assert_eq!(w.submit(keyed(number)), Ok(()));
    }
    w.end(1, Outcome::Snoozed(SECOND));
    w.crash();
    w.join(1);
    assert_eq!(w.held(1), [], "the first one still waits for its time");
    w.wait(SECOND);
    assert_eq!(w.drain(1), [1, 2, 3]);
}

#[test]
fn a_full_worker_does_not_hold_up_its_keys() {
    let mut w = World::memory(PoolSpec {
        min: 2,
        max: 2,
        ..pool()
    });
    w.join(1);
    w.join(2);
    assert_eq!(w.submit(keyed(1)), Ok(()));
    w.put([10, 11]);
    let worker = if w.held(1) == [1] { 1 } else { 2 };
    assert_eq!(w.submit(keyed(2)), Ok(()));
    w.end(3 - worker, DONE);
    assert_eq!(w.held(3 - worker), [11]);
    w.put([12]);
    w.end(worker, DONE); // now its worker gets what is next
    w.end(3 - worker, DONE);
    assert_eq!(w.machine.tasks.len(), 2);
}

#[test]
fn a_key_is_not_held_up_by_what_was_accepted_later() {
    let mut w = World::memory(pool());
    for number in 1..=3 {
        assert_eq!(w.submit(keyed(number)), Ok(()));
    }
    w.put(10..50);
    w.join(1);
    assert_eq!(w.drain(1)[..4], [1, 2, 3, 10]);
}

#[test]
fn keys_are_spread_evenly_and_stay_when_a_worker_comes() {
    let mut w = World::memory(PoolSpec {
        min: 9,
        max: 9,
        prefetch: 1000,
        capacity: 10_000,
        ..pool()
    });
    for worker in 1..=8 {
        w.join(worker);
    }
    let submit = |w: &mut World| {
        let key = |number: u16| Some(Key(u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        let tasks = (0..1600).map(|number| NewTask {
            key: key(number),
            ..task(number)
        });
        assert_eq!(w.submit_all(tasks.collect()), Ok(()));
        let mut of: HashMap<u16, u32> = HashMap::new();
        for worker in 1..=9 {
            of.extend(w.held(worker).iter().map(|number| (*number, worker)));
        }
        for worker in 1..=9 {
            w.drain(worker);
        }
        of
    };
    let before = submit(&mut w);
    for worker in 1..=8 {
        let has = before.values().filter(|has| **has == worker).count();
        assert!((140..=260).contains(&has), "{worker} has {has} of 1600");
    }
    w.join(9);
    let after = submit(&mut w);
    let moved = before.iter().filter(|(key, has)| after[key] != **has);
    let moved = moved.count();
    assert!((120..=240).contains(&moved), "{moved} of 1600 moved");
}
