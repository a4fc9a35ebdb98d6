//! What outlives a run, and dead letters.

use super::*;
use crate::queue::store::{Op, Record, Seq};

#[test]
fn what_was_accepted_runs_after_a_crash_in_order_and_what_ran_runs_again() {
    let mut w = World::durable(PoolSpec {
        prefetch: 2,
        ..pool()
    });
    w.join(1);
    w.put(0..5);
    w.end(1, DONE);
    w.crash();
    w.join(1);
    assert_eq!(w.drain(1), [1, 2, 3, 4]);
    assert!(w.kept.tasks.is_empty());
}

#[test]
fn all_that_was_said_of_a_task_outlives_a_crash() -> Result<(), &'static str> {
    let mut w = World::durable(pool());
    let special = NewTask {
        delay: Some(5 * SECOND),
        deadline: Some(60 * SECOND),
        key: Some(Key(1)),
        unique: Some((Key(2), Some(30 * SECOND))),
        ..task(1)
    };
    assert_eq!(w.submit(special.clone()), Ok(()));
    let before = w.kept.tasks.clone();
    w.wait(SECOND);
    w.crash();
    let state = w.machine.state(w.now(), id(1));
    assert_eq!(state, Some(TaskState::Delayed(4 * SECOND)));
    let same = w.machine.submit(
        w.now(),
        0,
        &mut vec![NewTask {
            id: id(2),
            ..special
        }],
        None,
        false,
    );
    assert_eq!(same, Ok(vec![(id(2), id(1))]));
    w.join(1);
    w.wait(4 * SECOND);
    w.end(1, failed());
    let record = |tasks: &std::collections::BTreeMap<u64, (Record, SmallBytes)>| {
        let task = tasks.values().next();
        task.map(|(record, _)| record.clone())
            .ok_or("it is not kept")
    };
    let (mut found, mut record) = (record(&w.kept.tasks)?, record(&before)?);
    assert_eq!(found.error.take().as_deref(), Some("no luck"));
    (record.due, found.due) = (None, None);
    (record.deliveries, record.attempts) = (1, 1);
    assert_eq!(found, record);
    w.wait(60 * SECOND);
    assert_eq!(w.held(1), [1], "it was delivered before its deadline");
    Ok(())
}

#[test]
fn a_message_that_this_build_does_not_know_is_a_dead_letter_under_its_name() {
    let mut w = World::durable(pool());
    w.put([1]);
    for (record, _) in w.kept.tasks.values_mut() {
        record.message = "Old".into();
    }
    w.crash();
    w.join(1);
    assert_eq!(w.told.buried, [(1, DeadReason::NoHandler)]);
    let dead = w.kept.dead.values().next();
    assert_eq!(dead.map(|(dead, _)| &*dead.record.message), Some("Old"));
}

#[test]
fn tasks_of_pools_that_are_no_more_are_counted_and_left_alone() {
    let mut w = World::durable(pool());
    w.put(0..3);
    let records = w
        .kept
        .tasks
        .iter()
        .map(|(seq, (record, _))| (Seq(*seq), record.clone()));
    let records = records.collect();
    let now = w.now();
    let mut other = World::durable(pool());
    let homeless = other.machine.restore(now, records, 4, |_| None);
    assert_eq!(homeless, [("pool".to_owned(), 3)]);
    other.turn();
    assert!(other.told.buried.is_empty() && other.machine.tasks.len() == 0);
    other.put([1]);
    assert!(other.kept.tasks.contains_key(&4), "their numbers are taken");
}

/// Task 1 is a dead letter.
fn dead(durable: bool) -> World {
    let mut w = World::of(vec![pool()], durable);
    w.join(1);
    let special = NewTask {
        deadline: Some(SECOND),
        key: Some(Key(1)),
        unique: Some((Key(2), None)),
        ..task(1)
    };
    assert_eq!(w.submit(special), Ok(()));
    w.end(1, Outcome::Rejected("no".into()));
    assert_eq!(w.told.buried, [(1, DeadReason::Rejected)]);
    assert_eq!(w.kept.dead.len(), 1);
    w
}

#[test]
fn a_dead_letter_is_tried_again_as_if_it_were_new() {
    for durable in [false, true] {
        let mut w = dead(durable);
        w.wait(60 * SECOND);
        assert!(w.replay(1));
        w.turn();
        assert!(w.kept.dead.is_empty());
        assert_eq!(w.held(1), [1]);
        let payload = w.workers[&1].tasks[0].payload.clone();
        assert_eq!(payload.is_none(), durable);
        w.end(1, DONE);
        assert!(w.kept.tasks.is_empty());
    }
}

#[test]
fn a_dead_letter_that_is_replayed_twice_is_one_task() {
    for durable in [false, true] {
        let mut w = dead(durable);
        assert!(w.replay(1) && w.replay(1));
        w.turn();
        assert_eq!(w.drain(1), [1]);
        assert_eq!(w.machine.tasks.len(), 0);
    }
}

#[test]
fn a_replay_that_cannot_be_written_down_leaves_a_dead_letter() {
    let mut w = dead(true);
    w.failing = true;
    assert!(w.replay(1));
    w.turn();
    w.failing = false;
    assert_eq!((w.held(1).len(), w.kept.dead.len()), (0, 1));
    assert!(w.replay(1));
    w.turn();
    assert_eq!(w.drain(1), [1]);
}

#[test]
fn how_a_task_ended_is_kept_for_its_time_also_if_nothing_else_happens() {
    let mut w = World::durable(pool());
    w.join(1);
    for number in 1..=3 {
        w.wait(20 * SECOND);
        w.put([number]);
        w.end(1, DONE);
    }
    assert_eq!(w.kept.outcomes.len(), 3);
    w.wait(59 * SECOND);
    assert!(w.kept.outcomes.contains_key(&id(3)));
    w.wait(62 * SECOND);
    assert!(w.kept.outcomes.is_empty());
    assert_eq!(w.machine.next_alarm(), None, "and then it is quiet");
}

#[test]
fn what_an_earlier_run_has_kept_is_forgotten_too() {
    let mut w = World::durable(pool());
    w.join(1);
    w.put([1]);
    w.end(1, DONE);
    w.crash();
    w.wait(121 * SECOND);
    assert!(w.kept.outcomes.is_empty());
}

#[test]
fn in_memory_only_how_a_task_ended_is_written_down() {
    let mut w = World::memory(pool());
    w.join(1);
    for watcher in [Some(Watcher(0)), None] {
        let (now, mut tasks) = (w.now(), vec![task(1)]);
        let submitted = w.machine.submit(now, 0, &mut tasks, watcher, false);
        assert_eq!(submitted, Ok(vec![]));
        w.turn();
        assert!(w.settle(1, 0, DONE));
        let batch = w.machine.take_batch();
        assert!(
            matches!(batch.ops[..], [Op::Finish { keep: Some(_), .. }]),
            "{batch:?}"
        );
    }
}
