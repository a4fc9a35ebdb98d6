//! How attempts end, and what becomes of their tasks.

use super::*;

/// One worker with task 1, which may be tried so often.
fn running(attempts: u32) -> World {
    let mut w = World::durable(pool());
    w.join(1);
    let mut task = task(1);
    task.limits.attempts = attempts;
    assert_eq!(w.submit(task), Ok(()));
    assert_eq!(w.held(1), [1]);
    w
}

fn record(w: &World) -> Option<(u32, u32, u32)> {
    let (record, _) = w.kept.tasks.values().next()?;
    Some((record.deliveries, record.attempts, record.deaths))
}

#[test]
fn a_task_that_is_done_is_told_and_forgotten() {
    let mut w = running(5);
    w.end(1, DONE);
    assert_eq!(w.told.ended, [(0, 1, Ended::Done(SmallBytes::default()))]);
    assert_eq!(w.machine.state(w.now(), id(1)), None);
    assert!(w.kept.tasks.is_empty() && w.kept.outcomes.contains_key(&id(1)));
}

#[test]
fn a_task_that_fails_is_tried_again_after_a_longer_and_longer_pause() {
    let mut w = running(5);
    for (attempt, longest) in [(1, 100), (2, 200), (3, 400), (4, 800)] {
        w.end(1, failed());
        let Some(TaskState::Delayed(pause)) = w.machine.state(w.now(), id(1)) else {
            panic!("it waits for its time");
        };
        let longest = longest * MILLI;
        assert!(pause >= longest / 2 && pause <= longest, "{pause:?}");
        assert_eq!(record(&w), Some((attempt, attempt, 0)));
        w.wait(pause - Duration::from_nanos(1));
        assert_eq!(w.held(1), []);
        w.wait(Duration::from_nanos(1));
        assert_eq!(w.held(1), [1]);
        let attempt = attempt + 1;
        let running = w.machine.state(w.now(), id(1));
        assert_eq!(running, Some(TaskState::Running { attempt }));
    }
}

#[test]
fn a_task_whose_attempts_are_used_up_is_a_dead_letter_with_its_last_error() {
    let mut w = running(2);
    w.end(1, failed());
    w.wait(SECOND);
    w.end(1, Outcome::Failed("worse luck".into()));
    assert_eq!(w.told.buried, [(1, DeadReason::Exhausted)]);
    let ended = Ended::Dead {
        reason: DeadReason::Exhausted,
        attempts: 2,
        error: "worse luck".into(),
    };
    assert_eq!(w.told.ended, [(0, 1, ended)]);
    let dead: Vec<_> = w.kept.dead.values().collect();
    let [(dead, payload)] = dead[..] else {
        panic!("{dead:?}");
    };
    assert_eq!(dead.record.error.as_deref(), Some("worse luck"));
    assert_eq!((dead.record.deliveries, dead.record.attempts), (2, 2));
    assert_eq!(&payload[..], b"payload");
}

#[test]
fn a_task_that_is_rejected_is_not_tried_again() {
    for (outcome, reason) in [
        (Outcome::Rejected("no".into()), DeadReason::Rejected),
        (Outcome::NoHandler, DeadReason::NoHandler),
    ] {
        let mut w = running(5);
        w.end(1, outcome);
        assert_eq!(w.told.buried, [(1, reason)]);
        assert!(w.kept.tasks.is_empty());
    }
}

#[test]
fn snoozing_uses_up_no_attempt() {
    let mut w = running(1);
    for deliveries in 1..10 {
        w.end(1, Outcome::Snoozed(SECOND));
        assert_eq!(record(&w), Some((deliveries, 0, 0)));
        w.wait(SECOND);
        assert_eq!(w.held(1), [1]);
    }
    w.end(1, Outcome::Snoozed(Duration::ZERO));
    assert_eq!(w.held(1), [1], "at once");
    w.end(1, Outcome::Snoozed(Duration::MAX));
    w.wait(1000 * SECOND);
    assert_eq!(w.held(1), []);
}

#[test]
fn not_having_run_uses_up_no_attempt() {
    let mut w = running(1);
    for _ in 0..10 {
        w.end(1, Outcome::NotRun);
        assert_eq!(w.held(1), [1]);
    }
    w.end(1, DONE);
    assert_eq!(w.told.buried, []);
}

#[test]
fn a_worker_ends_only_what_it_has() {
    let mut w = running(5);
    let lease = w.workers[&1].tasks[0].lease;
    let now = w.now();
    let mut settle = |pool, worker| {
        let worker = crate::id::WorkerId(worker);
        w.machine.settle(now, pool, worker, lease, DONE)
    };
    assert!(!settle(0, 2), "another worker");
    assert!(!settle(1, 1), "another pool");
    assert!(settle(0, 1));
    assert!(!settle(0, 1), "a second time");
    w.turn();
    assert_eq!(w.machine.counts(0).map(|(counts, _)| counts.done), Some(1));
}

#[test]
fn a_lease_of_an_earlier_life_means_nothing() {
    let mut w = running(5);
    let old = w.workers[&1].tasks[0].lease;
    w.die(1);
    w.join(1);
    let worker = crate::id::WorkerId(1);
    assert!(!w.machine.settle(w.now(), 0, worker, old, DONE));
    assert_eq!(w.held(1), [1]);
}
