//! Taking a task back, wherever it is.

use super::*;

fn cancel(w: &mut World, number: u16) -> Cancelled {
    let cancelled = w.machine.cancel(w.now(), id(number));
    w.turn();
    cancelled
}

const OVER: Ended = Ended::Cancelled;

#[test]
fn one_that_waits_never_begins() {
    let delay = Some(SECOND);
    for durable in [false, true] {
        let mut w = World::of(vec![pool()], durable);
        w.put([1]);
        assert_eq!(w.submit(NewTask { delay, ..task(2) }), Ok(()));
        assert_eq!(cancel(&mut w, 1), Cancelled::Now);
        assert_eq!(cancel(&mut w, 2), Cancelled::Now);
        assert_eq!(cancel(&mut w, 2), Cancelled::No, "a second time");
        assert_eq!(w.told.ended, [(0, 1, OVER), (0, 2, OVER)]);
        w.join(1);
        w.wait(2 * SECOND);
        assert_eq!(w.told.delivered, []);
        assert_eq!(
            w.machine.counts(0).map(|(counts, _)| counts.cancelled),
            Some(2)
        );
        assert!(w.kept.tasks.is_empty());
    }
}

#[test]
fn one_that_is_being_written_down_never_begins() {
    let mut w = World::durable(pool());
    w.join(1);
    let (now, watcher) = (w.now(), Some(Watcher(0)));
    let submitted = w.machine.submit(now, 0, &mut vec![task(1)], watcher, false);
    assert_eq!(submitted, Ok(vec![]));
    assert_eq!(cancel(&mut w, 1), Cancelled::Now);
    assert_eq!(w.accepted, [id(1)]);
    assert_eq!(w.told.ended, [(0, 1, OVER)]);
    assert_eq!(w.told.delivered, []);
    assert!(w.kept.tasks.is_empty());
}

/// A worker with tasks 1 and 2.
fn running() -> World {
    let mut w = World::memory(PoolSpec {
        prefetch: 2,
        ..pool()
    });
    w.join(1);
    w.put(1..=2);
    w
}

#[test]
fn one_that_runs_is_asked_to_end_once() {
    let mut w = running();
    assert_eq!(cancel(&mut w, 1), Cancelled::Asked);
    assert_eq!(cancel(&mut w, 1), Cancelled::Asked);
    assert_eq!(w.told.asked, [(1, 1)]);
    w.end(1, failed());
    assert_eq!(w.told.ended, [(0, 1, OVER)]);
    w.wait(10 * SECOND);
    assert_eq!(w.told.killed, [], "it has ended");
    assert_eq!(w.drain(1), [2]);
}

#[test]
fn however_it_ends_if_it_is_not_done_it_is_cancelled() {
    for outcome in [
        failed(),
        Outcome::Rejected("cancelled".into()),
        Outcome::Snoozed(SECOND),
        Outcome::NotRun,
    ] {
        let mut w = running();
        cancel(&mut w, 1);
        let what = format!("{outcome:?}");
        w.end(1, outcome);
        assert_eq!(w.told.ended, [(0, 1, OVER)], "{what}");
        assert_eq!(w.told.buried, []);
    }
    let mut w = running();
    cancel(&mut w, 1);
    w.end(1, DONE);
    assert_eq!(w.told.ended, [(0, 1, Ended::Done(SmallBytes::default()))]);
}

#[test]
fn one_that_does_not_end_is_killed_after_the_grace() {
    let mut w = running();
    cancel(&mut w, 1);
    w.wait(2 * SECOND - MILLI);
    assert_eq!(w.told.killed, []);
    w.wait(MILLI);
    assert_eq!(w.told.killed, [1]);
    w.wait(10 * SECOND);
    assert_eq!(w.told.killed, [1], "once");
    w.die(1);
    assert_eq!(w.told.ended, [(0, 1, OVER)]);
    w.join(2);
    assert_eq!(w.held(2), [2]);
    w.put([3]);
    assert_eq!(w.held(2), [2, 3], "it is no suspect");
}

#[test]
fn one_that_ends_while_its_worker_is_killed_leaves_the_next_one_innocent() {
    let mut w = running();
    cancel(&mut w, 1);
    w.wait(2 * SECOND);
    assert_eq!(w.told.killed, [1]);
    w.end(1, DONE); // its last word
    w.die(1);
    w.join(2);
    assert_eq!(w.held(2), [2]);
    assert_eq!(w.told.ended, [(0, 1, Ended::Done(SmallBytes::default()))]);
    let retried = w.machine.counts(0).map(|(counts, _)| counts.retried);
    assert_eq!(retried, Some(0));
}

#[test]
fn one_that_its_worker_has_not_begun_has_its_grace_from_its_turn_on() {
    let mut w = running();
    assert_eq!(cancel(&mut w, 2), Cancelled::Asked);
    w.wait(10 * SECOND);
    assert_eq!(w.told.killed, []);
    w.end(1, DONE);
    w.wait(SECOND);
    assert_eq!(w.told.killed, []);
    w.wait(SECOND);
    assert_eq!(w.told.killed, [1]);
}

#[test]
fn one_that_its_worker_has_not_begun_is_given_back_out_of_turn() {
    let mut w = running();
    cancel(&mut w, 2);
    assert!(w.settle(1, 1, Outcome::NotRun));
    w.turn();
    assert_eq!(w.told.ended, [(0, 2, OVER)]);
    assert_eq!(w.held(1), [1]);
}

#[test]
fn a_death_ends_what_was_to_be_cancelled() {
    let mut w = running();
    cancel(&mut w, 2);
    w.die(1);
    assert_eq!(w.told.ended, [(0, 2, OVER)]);
    w.join(2);
    assert_eq!(w.drain(2), [1]);

    let mut w = World::memory(pool());
    w.put([1]);
    w.join(1);
    cancel(&mut w, 1);
    w.die(1);
    assert_eq!(w.told.ended, [(0, 1, OVER)]);
}

#[test]
fn one_that_took_too_long_and_was_cancelled_is_not_tried_again() {
    let mut w = World::memory(pool());
    let mut task = task(1);
    task.limits.timeout = Some(SECOND);
    assert_eq!(w.submit(task), Ok(()));
    w.join(1);
    w.wait(SECOND);
    assert_eq!(w.told.asked, [(1, 1)]);
    assert_eq!(cancel(&mut w, 1), Cancelled::Asked);
    w.wait(2 * SECOND);
    assert_eq!(w.told.killed, [1]);
    w.die(1);
    assert_eq!(w.told.ended, [(0, 1, OVER)]);
}

#[test]
fn a_suspect_can_be_cancelled() {
    let mut w = running();
    w.put([3]);
    w.die(1);
    cancel(&mut w, 1);
    w.join(2);
    assert_eq!(w.held(2), [2]);
    cancel(&mut w, 2);
    w.end(2, failed());
    assert_eq!(w.drain(2), [3]);
}

#[test]
fn what_is_not_known_cannot_be_cancelled() {
    let mut w = running();
    assert_eq!(cancel(&mut w, 9), Cancelled::No);
}
