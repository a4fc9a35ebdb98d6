//! What a task costs.

use std::time::Instant;

use super::{
    super::{Batch, Lease, tasks::Task},
    *,
};
use crate::id::WorkerId;

#[test]
fn a_task_is_small() {
    assert!(size_of::<Task>() <= 160, "{}", size_of::<Task>());
}

/// Nanoseconds per task from being submitted to being done, when so many wait:
/// of ten runs the best.
fn nanos(waiting: u32, key: impl Fn(u32) -> Option<Key>, timeout: Option<Duration>) -> u128 {
    const RUN: u32 = 50_000;

    let mut w = World::memory(PoolSpec {
        min: 2,
        max: 2,
        prefetch: 64,
        capacity: usize::MAX,
        ..pool()
    });
    let (mut number, mut open) = (0_u32, 0);
    let mut submit = |w: &mut World, many: u32| {
        let tasks = (0..many).map(|_| {
            number += 1;
            let mut task = task(0);
            task.id.0[12..].copy_from_slice(&number.to_be_bytes());
            task.key = key(number);
            task.limits.timeout = timeout;
            task
        });
        let mut tasks = tasks.collect();
        let watcher = Some(Watcher(0));
        let submitted = w.machine.submit(w.now(), 0, &mut tasks, watcher, false);
        assert_eq!(submitted, Ok(vec![]));
    };
    submit(&mut w, waiting);
    w.machine.take_batch();
    w.join_pool(0, 1);
    w.join_pool(0, 2);
    let mut held: Vec<(WorkerId, Lease)> = Vec::new();
    let mut best = u128::MAX;
    for _ in 0..10 {
        let begin = Instant::now();
        let mut done = 0;
        while done < RUN {
            w.machine.deliver(w.now());
            w.machine.scale(w.now());
            let Batch { effects, .. } = w.machine.take_batch();
            for effect in effects {
                if let Effect::Deliver(delivery) = effect {
                    held.push((delivery.worker, delivery.lease));
                }
            }
            let ends = held.len();
            for (worker, lease) in held.drain(..) {
                assert!(w.machine.settle(w.now(), 0, worker, lease, DONE));
            }
            done += ends as u32;
            open += ends as u32;
            submit(&mut w, std::mem::take(&mut open));
        }
        best = best.min(begin.elapsed().as_nanos() / u128::from(done));
    }
    best
}

#[test]
#[ignore = "a measurement: run it alone, in release"]
fn a_task_costs_the_same_however_many_wait() {
    eprintln!("{} bytes per task", size_of::<Task>());
    for waiting in [1_000, 10_000, 100_000, 1_000_000] {
        let plain = nanos(waiting, |_| None, None);
        let timed = nanos(waiting, |_| None, Some(SECOND));
        let keyed = nanos(
            waiting,
            |number| Some(Key(u128::from(number % 1000) << 40)),
            None,
        );
        let hot = nanos(waiting, |_| Some(Key(1)), None);
        eprintln!(
            "{waiting:8} wait: {plain} ns, timed {timed}, of 1000 keys {keyed}, of one key {hot}"
        );
    }
}
