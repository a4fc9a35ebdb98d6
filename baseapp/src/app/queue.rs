//! The task queues of an app: what its pools want, and where they are kept.

use std::sync::Arc;

use super::App;
#[cfg(feature = "durable")]
use crate::queue::RedbStore;
use crate::{
    hub::StartError,
    queue::{MemoryStore, PoolSpec, QueueSpec, QueuedPool, Store, StoreError},
    registry::Registry,
};

impl App {
    /// The task queues, if there are pools.
    pub(super) fn queue(&self, registry: &Registry) -> Result<Option<QueueSpec>, StartError> {
        let store = self.store()?;
        if self.pools.is_empty() {
            return Ok(None);
        }
        let pools = self.pools.iter().map(|(plan, options)| QueuedPool {
            spec: PoolSpec {
                name: Arc::clone(&plan.name),
                min: plan.min,
                max: plan.max,
                prefetch: options.prefetch,
                capacity: options.capacity,
                max_tasks: options.max_tasks,
                idle: options.idle,
                grace: options.grace,
                retention: options.retention,
            },
            worker: registry.table.worker_index(plan.worker).unwrap_or(u16::MAX),
            max_memory: options.max_memory,
        });
        let pools = pools.collect();
        Ok(Some(QueueSpec { pools, store }))
    }

    /// What is accepted outlives this process.
    pub(super) fn is_durable(&self) -> bool {
        #[cfg(feature = "durable")]
        let durable = self.durable.is_some();
        #[cfg(not(feature = "durable"))]
        let durable = false;
        durable
    }

    #[cfg(feature = "durable")]
    pub(super) fn store(&self) -> Result<Arc<dyn Store>, StoreError> {
        Ok(match &self.durable {
            Some(path) => Arc::new(RedbStore::open(path)?),
            None => Arc::new(MemoryStore::new()),
        })
    }

    #[cfg(not(feature = "durable"))]
    #[allow(clippy::unnecessary_wraps, reason = "as with the feature `durable`")]
    pub(super) fn store(&self) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::new(MemoryStore::new()))
    }
}
