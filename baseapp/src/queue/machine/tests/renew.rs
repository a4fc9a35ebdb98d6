//! Starting the workers of a pool anew.

use super::*;

fn of(workers: u32) -> World {
    let spec = PoolSpec {
        min: workers,
        max: workers,
        ..pool()
    };
    let mut w = World::memory(spec);
    w.turn();
    for worker in 1..=workers {
        w.join(worker);
    }
    w.told.spawned = 0;
    w.machine.renew(0);
    w.turn();
    w
}

#[test]
fn a_new_one_joins_before_an_old_one_goes() {
    let mut w = of(2);
    assert_eq!((w.told.spawned, w.workers.len()), (1, 2), "nobody goes yet");
    w.join(3);
    w.turn();
    assert_eq!(
        (w.told.spawned, w.workers.len()),
        (2, 2),
        "one has gone, the next comes"
    );
    assert!(w.told.renewed.is_empty());
    w.join(4);
    w.turn();
    w.turn();
    assert_eq!(w.told.renewed, [None]);
    assert_eq!((w.told.spawned, w.workers.len()), (2, 2));
}

#[test]
fn an_old_one_ends_what_it_has() {
    let mut w = of(1);
    w.put([1, 2]);
    assert_eq!(w.held(1), [1]);
    w.join(2);
    w.turn();
    assert_eq!(
        (w.held(1), w.held(2)),
        (vec![1], vec![2]),
        "it gets no more"
    );
    assert!(w.told.renewed.is_empty());
    w.end(1, DONE);
    w.turn();
    assert_eq!(w.told.renewed, [None]);
    assert_eq!(
        w.kept.tasks.len() + w.told.buried.len(),
        0,
        "nothing was tried again"
    );
}

#[test]
fn one_that_does_not_start_leaves_the_others() {
    let mut w = of(2);
    w.machine.not_started(w.now(), 0, "no such file");
    w.turn();
    assert_eq!(w.told.renewed, [Some("no such file".to_owned())]);
    assert_eq!((w.told.spawned, w.workers.len()), (1, 2));
    w.wait(Duration::from_secs(10));
    assert_eq!(
        (w.told.spawned, w.workers.len()),
        (1, 2),
        "and no other is tried"
    );
}

#[test]
fn one_that_dies_meanwhile_is_replaced_and_counts_as_gone() {
    let mut w = of(2);
    w.die(1);
    w.turn();
    while w.told.renewed.is_empty() {
        assert!(w.told.spawned > 0, "somebody is to come");
        w.told.spawned -= 1;
        w.join(10 + w.told.spawned as u32 + u32::try_from(w.workers.len()).unwrap_or(0) * 7);
        w.turn();
    }
    w.turn();
    assert_eq!(w.told.renewed, [None]);
    assert_eq!(w.workers.len(), 2);
}

#[test]
fn a_pool_without_workers_is_new_at_once_and_a_stop_ends_it() {
    let mut w = of(0);
    assert_eq!(w.told.renewed, [None]);
    let mut w2 = of(1);
    w2.machine.close();
    w2.turn();
    assert_eq!(w2.told.renewed, [Some("the app stops".to_owned())]);
    w.machine.close();
    w.machine.renew(0);
    w.turn();
    assert_eq!(w.told.renewed.len(), 2);
}
