//! Who is told how a task ends, and who asks how far it is.

use super::*;

fn done(watcher: u32, number: u16) -> (u32, u16, Ended) {
    (watcher, number, Ended::Done(SmallBytes::default()))
}

/// A worker with task 1, which connections 0 to 3 watch, 1 twice.
fn watched() -> World {
    let mut w = World::memory(pool());
    w.join(1);
    w.put([1]);
    for watcher in [1, 2, 1, 3] {
        w.machine.connected(Watcher(watcher));
        assert!(w.machine.watch(id(1), Some(Watcher(watcher))));
    }
    w
}

#[test]
fn everyone_who_watches_is_told_once() {
    let mut w = watched();
    w.end(1, DONE);
    let told = [done(0, 1), done(1, 1), done(2, 1), done(3, 1)];
    assert_eq!(w.told.ended, told);
    assert_eq!(w.kept.outcomes.len(), 1);
}

#[test]
fn who_is_gone_is_not_told() {
    let mut w = watched();
    w.machine.disconnected(Watcher(0));
    w.machine.disconnected(Watcher(2));
    w.end(1, DONE);
    assert_eq!(w.told.ended, [done(1, 1), done(3, 1)]);
}

#[test]
fn if_nobody_is_left_how_it_ended_is_kept() {
    let mut w = watched();
    for watcher in 0..=3 {
        w.machine.disconnected(Watcher(watcher));
    }
    w.end(1, DONE);
    assert_eq!(w.told.ended, []);
    assert!(w.kept.outcomes.contains_key(&id(1)));
}

#[test]
fn who_submits_the_same_watches_too() {
    let mut w = watched();
    w.machine.connected(Watcher(7));
    let (now, watcher) = (w.now(), Some(Watcher(7)));
    let same = w.machine.submit(now, 0, &mut vec![task(1)], watcher, false);
    assert_eq!(same, Ok(vec![(id(1), id(1))]));
    w.end(1, DONE);
    assert_eq!(w.told.ended.last(), Some(&done(7, 1)));
}

#[test]
fn what_is_not_known_cannot_be_watched() {
    let mut w = watched();
    assert!(!w.machine.watch(id(9), Some(Watcher(1))));
    assert!(w.machine.watch(id(1), None));
}

#[test]
fn it_is_known_how_far_a_task_is() {
    let mut w = World::memory(PoolSpec {
        prefetch: 2,
        ..pool()
    });
    w.put(1..=3);
    let state = |w: &World, number| w.machine.state(w.now(), id(number));
    assert_eq!(state(&w, 1), Some(TaskState::Waiting));
    w.join(1);
    assert_eq!(state(&w, 1), Some(TaskState::Running { attempt: 1 }));
    assert_eq!(
        state(&w, 2),
        Some(TaskState::Waiting),
        "in its worker's hands"
    );
    assert_eq!(state(&w, 9), None);
    w.end(1, DONE);
    assert_eq!(state(&w, 1), None);
    assert_eq!(state(&w, 2), Some(TaskState::Running { attempt: 1 }));
    let (counts, workers) = w.machine.counts(0).unwrap_or_default();
    assert_eq!((counts.leased, counts.done, workers), (2, 1, 1));
    assert_eq!(w.machine.counts(9), None);
}
