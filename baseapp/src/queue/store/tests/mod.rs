//! The contract of stores, what a disk may do to one, and what they cost.

#[cfg(feature = "durable")]
mod damage;
#[cfg(feature = "durable")]
mod disk;
#[cfg(feature = "durable")]
mod faults;
#[cfg(feature = "durable")]
mod files;
#[cfg(feature = "durable")]
mod format;
mod model;
#[cfg(feature = "durable")]
mod power;
#[cfg(feature = "durable")]
mod speed;
mod workload;

use proptest::prelude::*;

use self::{model::Model, workload::Workload};
use super::{
    DeadReason, MemoryStore, Op, Seq, Store, StoreError, memory::MAX_DEAD, outcomes::MAX_OUTCOMES,
};

#[cfg(feature = "durable")]
type Failure = Box<dyn std::error::Error>;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn memory_keeps_what_the_model_keeps(seed: u64) {
        let (mut workload, mut model) = (Workload::new(seed), Model::of_memory());
        let store = MemoryStore::new();
        for _ in 0..20 {
            let ops = workload.batch();
            store.commit(&ops)?;
            model.apply(&ops);
            model.compare(&store).map_err(TestCaseError::fail)?;
        }
    }

    #[cfg(feature = "durable")]
    #[test]
    fn a_file_keeps_what_the_model_keeps_also_when_it_is_opened_again(seed: u64) {
        let (mut workload, mut model) = (Workload::new(seed), Model::of_file());
        let mut rng = workload::Rng::new(seed);
        let disk = disk::Disk::default();
        let mut store = super::RedbStore::open_backend(disk.clone(), "queue")?;
        for _ in 0..12 {
            let ops = workload.batch();
            store.commit(&ops)?;
            model.apply(&ops);
            if rng.below(3) == 0 {
                drop(store);
                store = super::RedbStore::open_backend(disk.clone(), "queue")?;
            }
            model.compare(&store).map_err(TestCaseError::fail)?;
        }
    }
}

#[test]
fn nothing_is_nothing() -> Result<(), StoreError> {
    let store = MemoryStore::new();
    store.commit(&[])?;
    assert_eq!(store.load()?, super::Contents::default());
    assert_eq!(store.payload(Seq(0))?, None);
    assert_eq!(store.dead(Some(Seq(u64::MAX)), 1)?, []);
    Ok(())
}

#[test]
fn of_too_many_dead_letters_in_memory_the_oldest_goes_first() -> Result<(), StoreError> {
    let store = MemoryStore::new();
    let max = MAX_DEAD as u64;
    // The first that is buried has the highest number.
    store.commit(&[workload::bury(Seq(max), DeadReason::Poison)])?;
    for seq in 0..max {
        store.commit(&[workload::bury(Seq(seq), DeadReason::Rejected)])?;
    }
    assert_eq!(store.load()?.dead, max);
    assert_eq!(store.payload(Seq(max))?, None);
    assert_eq!(store.dead_by_id(workload::id(max))?, None);
    assert_eq!(store.dead(None, 1)?[0].0, Seq(0));
    Ok(())
}

#[test]
fn of_too_many_outcomes_in_memory_the_oldest_goes_first() -> Result<(), StoreError> {
    let store = MemoryStore::new();
    for seq in 0..=MAX_OUTCOMES as u64 {
        store.commit(&[Op::Finish {
            seq: Seq(seq),
            id: workload::id(seq),
            keep: Some((workload::payload(seq, 3), 1)),
        }])?;
    }
    assert_eq!(store.outcome(workload::id(0))?, None);
    assert_eq!(
        store.outcome(workload::id(1))?,
        Some(workload::payload(1, 3))
    );
    Ok(())
}
