//! What is accepted, and what is the same as another one.

use super::*;
use crate::task::TaskId;

fn full_of(capacity: usize) -> World {
    let mut w = World::memory(PoolSpec { capacity, ..pool() });
    w.put(0..u16::try_from(capacity).unwrap_or(0));
    w
}

/// The id that a task turns out to have.
fn same(w: &mut World, task: NewTask) -> Result<Option<TaskId>, Refusal> {
    let (now, watcher) = (w.now(), Some(Watcher(0)));
    let same = w.machine.submit(now, 0, &mut vec![task], watcher, false);
    w.turn();
    Ok(same?.first().map(|(_, is)| *is))
}

#[test]
fn a_full_pool_refuses_all_of_a_batch_and_gives_it_back() {
    let mut w = full_of(3);
    w.join(1);
    w.end(1, DONE); // one may come
    let mut two = vec![task(10), task(11)];
    let result = w.machine.submit(w.now(), 0, &mut two, None, false);
    assert_eq!(result, Err(Refusal::Full));
    assert_eq!(two.len(), 2);
    assert_eq!(w.submit(task(10)), Ok(()));
}

#[test]
fn a_batch_larger_than_the_pool_is_never_accepted() {
    let mut w = full_of(3);
    let many = (10..14).map(task).collect();
    let refused = w.submit_all(many);
    assert_eq!(refused, Err(Refusal::TooMany { capacity: 3 }));
}

#[test]
fn children_may_go_up_to_twice_the_capacity() {
    let mut w = full_of(3);
    let now = w.now();
    let mut child = |numbers: std::ops::Range<u16>| {
        let mut tasks = numbers.map(task).collect();
        w.machine.submit(now, 0, &mut tasks, None, true)
    };
    assert_eq!(child(10..13), Ok(vec![]));
    assert_eq!(child(13..14), Err(Refusal::Full));
}

#[test]
fn a_pool_that_is_not_there_accepts_nothing() {
    let mut w = World::memory(pool());
    let refused = w
        .machine
        .submit(w.now(), 7, &mut vec![task(1)], None, false);
    assert_eq!(refused, Err(Refusal::NoSuchPool));
}

#[test]
fn a_task_submitted_twice_is_one_task_also_when_the_pool_is_full() {
    let mut w = full_of(3);
    assert_eq!(same(&mut w, task(1)), Ok(Some(id(1))));
    assert_eq!(w.machine.counts(0).map(|(counts, _)| counts.ready), Some(3));
}

#[test]
fn a_task_twice_in_one_batch_is_one_task() {
    let mut w = World::memory(pool());
    assert_eq!(w.submit_all(vec![task(1), task(1)]), Ok(()));
    w.join(1);
    assert_eq!(w.drain(1), [1]);
}

#[test]
fn a_task_of_the_same_unique_key_is_the_other_one_until_that_has_ended() {
    let unique = |number| NewTask {
        unique: Some((Key(7), None)),
        ..task(number)
    };
    for outcome in [DONE, Outcome::Rejected("no".into())] {
        let mut w = World::memory(pool());
        assert_eq!(same(&mut w, unique(1)), Ok(None));
        assert_eq!(same(&mut w, unique(2)), Ok(Some(id(1))));
        w.join(1);
        assert_eq!(same(&mut w, unique(3)), Ok(Some(id(1))), "it runs");
        w.end(1, outcome);
        assert_eq!(same(&mut w, unique(4)), Ok(None));
        assert_eq!(w.drain(1), [4]);
    }
}

#[test]
fn a_window_keeps_the_others_away_after_the_task_is_done() {
    let unique = |number| NewTask {
        unique: Some((Key(7), Some(10 * SECOND))),
        ..task(number)
    };
    let mut w = World::memory(pool());
    w.join(1);
    assert_eq!(same(&mut w, unique(1)), Ok(None));
    w.end(1, DONE);
    w.wait(9 * SECOND);
    assert_eq!(same(&mut w, unique(2)), Ok(Some(id(1))));
    w.wait(SECOND);
    assert_eq!(same(&mut w, unique(3)), Ok(None));
    // The window is over before the task has ended.
    w.wait(20 * SECOND);
    assert_eq!(same(&mut w, unique(4)), Ok(Some(id(3))));
    w.end(1, DONE);
    assert_eq!(same(&mut w, unique(5)), Ok(None));
}

#[test]
fn who_asks_within_the_window_can_learn_how_the_task_ended() {
    let mut w = World::memory(pool());
    w.join(1);
    let unique = Some((Key(7), Some(1000 * SECOND)));
    assert_eq!(w.submit(NewTask { unique, ..task(1) }), Ok(()));
    w.end(1, DONE);
    w.wait(999 * SECOND); // far beyond what is kept of others
    assert!(w.kept.outcomes.contains_key(&id(1)));
    w.wait(200 * SECOND);
    assert!(w.kept.outcomes.is_empty());
}

#[test]
fn a_window_holds_only_for_what_was_done() {
    let unique = |number| NewTask {
        unique: Some((Key(7), Some(10 * SECOND))),
        ..task(number)
    };
    let mut w = World::memory(pool());
    assert_eq!(same(&mut w, unique(1)), Ok(None));
    assert_eq!(w.machine.cancel(w.now(), id(1)), Cancelled::Now);
    assert_eq!(same(&mut w, unique(2)), Ok(None), "it was cancelled");
    w.join(1);
    w.end(1, Outcome::Rejected("no".into()));
    assert_eq!(same(&mut w, unique(3)), Ok(None), "it was rejected");
}

#[test]
fn nothing_is_delivered_before_it_is_written_down() {
    let mut w = World::durable(pool());
    w.join(1);
    let result = w
        .machine
        .submit(w.now(), 0, &mut vec![task(1)], None, false);
    assert_eq!(result, Ok(vec![]));
    w.machine.deliver(w.now());
    let batch = w.machine.take_batch();
    assert!(batch.effects.is_empty() && batch.accepting.len() == 1);
    w.machine.deliver(w.now());
    assert!(w.machine.take_batch().is_empty());
    w.commit(batch);
    w.turn();
    assert_eq!(w.held(1), [1]);
}

#[test]
fn a_deadline_that_passes_while_the_task_is_written_down_counts_when_it_is() {
    for written in [false, true] {
        let mut w = World::durable(pool());
        w.join(1);
        let deadline = Some(SECOND);
        let mut tasks = vec![NewTask {
            deadline,
            ..task(1)
        }];
        let submitted = w.machine.submit(w.now(), 0, &mut tasks, None, false);
        assert_eq!(submitted, Ok(vec![]));
        let batch = w.machine.take_batch();
        w.passed += 2 * SECOND;
        w.turn();
        assert!(w.kept.dead.is_empty(), "nothing is said of it yet");
        w.failing = !written;
        w.commit(batch);
        w.failing = false;
        w.turn();
        assert_eq!(w.kept.dead.len(), usize::from(written));
        assert_eq!(w.told.delivered, []);
    }
}

#[test]
fn what_could_not_be_written_down_never_was() {
    let special = |number| NewTask {
        key: Some(Key(3)),
        unique: Some((Key(7), Some(SECOND))),
        ..task(number)
    };
    let mut w = World::durable(PoolSpec {
        capacity: 1,
        ..pool()
    });
    w.join(1);
    w.failing = true;
    assert_eq!(same(&mut w, special(1)), Ok(None));
    assert_eq!(w.revoked, [id(1)]);
    assert_eq!(w.machine.state(w.now(), id(1)), None);
    w.failing = false;
    // Its room, its key and its place in the chain are free.
    assert_eq!(same(&mut w, special(2)), Ok(None));
    assert_eq!(w.held(1), [2]);
    assert_eq!(w.machine.cancel(w.now(), id(1)), Cancelled::No);
}
