//! [`Workload`]: batches such as a queue makes, the same for one seed.

use std::time::Duration;

use super::super::{Dead, DeadReason, Op, Record, Seq};
use crate::task::{Backoff, Key, Limits, SmallBytes, TaskId};

/// Numbers that look random: <https://prng.di.unimi.it/splitmix64.c>.
#[derive(Clone, Debug)]
pub(super) struct Rng(u64);

impl Rng {
    pub(super) fn new(seed: u64) -> Rng {
        Rng(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

pub(super) fn id(seq: u64) -> TaskId {
    // Not in the order of the numbers.
    let mut bytes = [7; 16];
    bytes[..8].copy_from_slice(&seq.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    TaskId(bytes)
}

pub(super) fn payload(seed: u64, len: usize) -> SmallBytes {
    let mut rng = Rng::new(seed);
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        bytes.extend_from_slice(&rng.next().to_le_bytes());
    }
    bytes.truncate(len);
    bytes.into()
}

pub(super) fn record(seq: u64, attempts: u32) -> Record {
    Record {
        id: id(seq),
        pool: "thumbnails".into(),
        message: "shop::Resize".into(),
        limits: Limits {
            attempts: 5,
            timeout: seq.is_multiple_of(3).then_some(Duration::from_secs(30)),
            backoff: Backoff {
                first: Duration::from_millis(100),
                longest: Duration::from_secs(30),
            },
            priority: 4,
        },
        accepted: 1_700_000_000_000 + seq,
        due: None,
        deadline: seq.is_multiple_of(2).then_some(1_700_000_060_000),
        key: None,
        unique: seq
            .is_multiple_of(5)
            .then_some((Key(seq.into()), Some(1_700_000_000_500))),
        deliveries: attempts,
        attempts,
        deaths: 0,
        error: (attempts > 0).then(|| format!("attempt {attempts} failed")),
    }
}

pub(super) fn insert(seq: u64, len: usize) -> Op {
    Op::Insert {
        seq: Seq(seq),
        record: Box::new(record(seq, 0)),
        payload: payload(seq, len),
    }
}

pub(super) fn bury(Seq(seq): Seq, reason: DeadReason) -> Op {
    Op::Bury {
        seq: Seq(seq),
        dead: Box::new(Dead {
            record: record(seq, 5),
            reason,
            died: 1_700_000_090_000,
        }),
        payload: Some(payload(seq, 20)),
    }
}

/// See the [module](self).
#[derive(Clone, Debug)]
pub(super) struct Workload {
    rng: Rng,
    next: u64,
    now: u64,
}

impl Workload {
    pub(super) fn new(seed: u64) -> Workload {
        Workload {
            rng: Rng::new(seed),
            next: 0,
            now: 0,
        }
    }

    pub(super) fn batch(&mut self) -> Vec<Op> {
        let len = 1 + self.rng.below(6);
        (0..len).map(|_| self.op()).collect()
    }

    fn op(&mut self) -> Op {
        // Most of what is done is done to a task that was not long ago.
        let back = 1 + self.rng.below(8) as u64;
        let seq = Seq(self.next.saturating_sub(back));
        let attempts = self.rng.below(5) as u32;
        match self.rng.below(12) {
            0..=4 => self.insert(),
            5 => Op::Update {
                seq,
                record: Box::new(record(seq.0, attempts)),
            },
            6 | 7 => Op::Finish {
                seq,
                id: id(seq.0),
                keep: (self.rng.below(2) == 0).then(|| {
                    let until = self.now + self.rng.below(20) as u64;
                    (payload(self.rng.next(), 30), until)
                }),
            },
            8 => {
                let mut op = bury(seq, DeadReason::Exhausted);
                if let Op::Bury { payload, .. } = &mut op
                    && self.rng.below(2) == 0
                {
                    *payload = None;
                } else {
                    // A number that was never given to a task is none from now on.
                    self.next = self.next.max(seq.0 + 1);
                }
                op
            }
            9 => Op::Replay {
                seq,
                record: Box::new(record(seq.0, 0)),
            },
            10 => Op::Purge { seq },
            _ => {
                self.now += 5;
                Op::Expire { now: self.now }
            }
        }
    }

    fn insert(&mut self) -> Op {
        let len = match self.rng.below(12) {
            0 => 0,
            1 => 6000,
            2 => 20_000,
            _ => self.rng.below(400),
        };
        self.insert_of(len)
    }

    /// The next task, with that many bytes.
    pub(super) fn insert_of(&mut self, len: usize) -> Op {
        self.next += 1;
        insert(self.next - 1, len)
    }
}
