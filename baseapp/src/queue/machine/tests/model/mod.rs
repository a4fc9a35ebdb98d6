//! Anything may happen in any order: the machine does what a simple reference
//! says, and in the end every task has ended.

mod agree;
mod drain;
mod driver;
mod events;
mod reference;
mod run;
mod submitters;
mod workers;

use proptest::prelude::*;

use self::{events::Event, run::Run};
use super::PoolSpec;

fn specs() -> impl Strategy<Value = Vec<PoolSpec>> {
    let spec = (
        0..=2_u32,
        1..=4_u32,
        1..=4_u32,
        3..=20_usize,
        prop_oneof![3 => Just(None), 1 => (1..=6_u64).prop_map(Some)],
    );
    let specs = proptest::collection::vec(spec, 2);
    specs.prop_map(|specs| {
        let names = ["first", "second"];
        let specs = specs.into_iter().zip(names).map(|(spec, name)| {
            let (min, max, prefetch, capacity, max_tasks) = spec;
            PoolSpec {
                name: name.into(),
                min,
                max: max.max(min),
                prefetch,
                capacity,
                max_tasks,
                ..super::pool()
            }
        });
        specs.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_every_task_ends_once_and_as_it_should(
        specs in specs(),
        durable in any::<bool>(),
        events in proptest::collection::vec(Event::any(), 1..120),
        close in any::<bool>(),
    ) {
        let mut run = Run::new(specs, durable);
        for event in events {
            run.happens(event);
        }
        run.drain(close);
    }
}
