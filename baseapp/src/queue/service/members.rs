//! The workers of pools, as the queue reaches them.

use std::{sync::Arc, time::Instant};

use crate::{
    id::{Incarnation, WorkerId},
    link::Link,
};

/// A worker of a pool.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) pool: u16,
    pub(super) life: Incarnation,
    pub(super) pid: u32,
    pub(super) link: Arc<Link>,
    /// When its memory was looked at.
    pub(super) looked_at: Instant,
}

/// All of them, by worker.
#[derive(Debug, Default)]
pub(super) struct Members(Vec<Option<Member>>);

impl Members {
    pub(super) fn get(&self, worker: WorkerId) -> Option<&Member> {
        self.0.get(worker.index())?.as_ref()
    }

    pub(super) fn get_mut(&mut self, worker: WorkerId) -> Option<&mut Member> {
        self.0.get_mut(worker.index())?.as_mut()
    }

    pub(super) fn insert(&mut self, worker: WorkerId, member: Member) {
        let index = worker.index();
        if self.0.len() <= index {
            self.0.resize_with(index + 1, || None);
        }
        self.0[index] = Some(member);
    }

    pub(super) fn remove(&mut self, worker: WorkerId) -> Option<Member> {
        self.0.get_mut(worker.index())?.take()
    }
}
