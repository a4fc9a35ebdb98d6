//! [`Whole`]: a file that is as it was written.

use std::{sync::LazyLock, time::Duration};

use super::{contents::Contents, disk::Disk};
use crate::{
    queue::{Dead, Op, Record, RedbStore, Seq, Store, StoreError},
    task::{Backoff, DeadReason, Key, Limits, SmallBytes, TaskId},
};

/// A file, and what is in it.
pub(super) struct Whole {
    pub(super) image: Vec<u8>,
    /// Before the last batch.
    pub(super) before: Contents,
    pub(super) contents: Contents,
    /// With one batch more.
    pub(super) after: Contents,
}

/// Batches in a file, and tasks in each.
pub(super) const BATCHES: u64 = 6;
pub(super) const TASKS: u64 = 3;

/// As a crash leaves it, and as it was closed.
pub(super) static FILES: LazyLock<[Whole; 2]> = LazyLock::new(|| match files() {
    Ok(files) => files,
    Err(error) => panic!("what was never damaged: {error}"),
});

fn files() -> Result<[Whole; 2], StoreError> {
    let disk = Disk::default();
    let store = RedbStore::open_backend(disk.clone(), "queue")?;
    let mut before = Contents::default();
    for number in 0..BATCHES {
        before = Contents::of(&store)?;
        store.commit(&batch(number))?;
    }
    let contents = Contents::of(&store)?;
    let crashed = disk.image();
    drop(store);
    let closed = disk.image();
    let store = RedbStore::open_backend(disk, "queue")?;
    store.commit(&batch(BATCHES))?;
    let after = Contents::of(&store)?;
    Ok([crashed, closed].map(|image| Whole {
        image,
        before: before.clone(),
        contents: contents.clone(),
        after: after.clone(),
    }))
}

/// Tasks that are kept, that are done and that are dead letters, of each batch.
pub(super) fn batch(number: u64) -> Vec<Op> {
    let first = number * TASKS;
    let insert = |number: u64| Op::Insert {
        seq: Seq(number),
        record: Box::new(record(number)),
        payload: vec![number as u8; 20 + 150 * (number as usize % 5)].into(),
    };
    let mut ops: Vec<Op> = (first..first + TASKS).map(insert).collect();
    ops.push(Op::Finish {
        seq: Seq(first),
        id: id(first),
        keep: Some((SmallBytes::copy(b"done"), u64::MAX)),
    });
    ops.push(Op::Bury {
        seq: Seq(first + 1),
        dead: Box::new(Dead {
            record: record(first + 1),
            reason: DeadReason::Poison,
            died: 1_700_000_000_000,
        }),
        payload: None,
    });
    ops
}

pub(super) fn id(number: u64) -> TaskId {
    let mut id = [7; 16];
    id[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    TaskId(id)
}

fn record(number: u64) -> Record {
    Record {
        id: id(number),
        pool: "thumbnails".to_owned(),
        message: "shop::Resize".to_owned(),
        limits: Limits {
            attempts: 5,
            timeout: Some(Duration::from_secs(30)),
            backoff: Backoff {
                first: Duration::from_millis(100),
                longest: Duration::from_secs(30),
            },
            priority: 4,
        },
        accepted: 1_700_000_000_000 + number,
        due: None,
        deadline: None,
        key: Some(Key(number.into())),
        unique: None,
        deliveries: 0,
        attempts: 0,
        deaths: 0,
        error: None,
    }
}
