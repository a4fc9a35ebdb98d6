//! What a call says of its tasks.

use std::time::Duration;

use crate::{
    message::Message,
    task::{Key, MAX_PRIORITY, Repeat, TaskHead, TaskId},
};

/// What the options of a call say.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    pub(super) delay: Option<Duration>,
    pub(super) deadline: Option<Duration>,
    pub(super) key: Option<Key>,
    pub(super) unique: Option<Key>,
    pub(super) unique_for: Option<Duration>,
    pub(super) priority: Option<u8>,
    pub(super) attempts: Option<u32>,
    pub(super) timeout: Option<Duration>,
    pub(super) repeat: Option<Repeat>,
}

impl Options {
    /// The task of a message, as it travels.
    pub(super) fn head<M: Message>(&self, message: &M, route: u16, id: TaskId) -> TaskHead {
        let mut limits = M::TASK.0;
        limits.priority = self.priority.unwrap_or(limits.priority).min(MAX_PRIORITY);
        limits.attempts = self.attempts.unwrap_or(limits.attempts).max(1);
        limits.timeout = self.timeout.or(limits.timeout);
        let unique = self.unique.or_else(|| message.unique_key());
        // The same value in messages of two types is two things.
        let unique = unique.map(|key| key.of_kind(std::any::type_name::<M>()));
        TaskHead {
            id,
            route,
            limits,
            delay: self.delay,
            deadline: self.deadline,
            key: self.key,
            unique: unique.map(|key| (key, self.unique_for)),
            repeat: self.repeat.clone(),
        }
    }
}

/// The methods of [`Submit`](super::Submit) and [`SubmitAll`](super::SubmitAll)
/// that say so.
macro_rules! options {
    () => {
        /// Not before that time has passed.
        pub fn delay(mut self, delay: Duration) -> Self {
            self.inner.options.delay = Some(delay);
            self
        }

        /// Not before that moment, as the clock says it now.
        pub fn at(self, at: SystemTime) -> Self {
            let delay = at.duration_since(SystemTime::now());
            self.delay(delay.unwrap_or_default())
        }

        /// Not later than that time from now: a task that no worker has begun by
        /// then becomes a dead letter. What its handler asks of others ends by
        /// then, too.
        pub fn deadline(mut self, within: Duration) -> Self {
            self.inner.options.deadline = Some(within);
            self
        }

        /// Tasks of one key are run one after the other, in the order in which
        /// they were accepted, as a rule by the same worker.
        pub fn key<K: Serialize + ?Sized>(mut self, key: &K) -> Self {
            self.inner.options.key = Some(key_of(key));
            self
        }

        /// While there is a task of the same message type and key in the pool that
        /// has not ended, this is that task. Instead of what
        /// `#[message(unique = ..)]` says.
        pub fn unique<K: Serialize + ?Sized>(mut self, key: &K) -> Self {
            self.inner.options.unique = Some(key_of(key));
            self
        }

        /// A task that is [unique](Self::unique) stays so for that time after it was
        /// accepted, even if it has ended.
        pub fn unique_for(mut self, window: Duration) -> Self {
            self.inner.options.unique_for = Some(window);
            self
        }

        /// From 0 to 9, higher first; each gets twice the share of the one below,
        /// so that none starves. Default: what `#[message(priority = ..)]` says,
        /// or 4.
        pub fn priority(mut self, priority: u8) -> Self {
            self.inner.options.priority = Some(priority);
            self
        }

        /// How often it is tried, at least once. Default: what
        /// `#[message(attempts = ..)]` says, or 5.
        pub fn attempts(mut self, attempts: u32) -> Self {
            self.inner.options.attempts = Some(attempts);
            self
        }

        /// How long an attempt may take. Default: what `#[message(timeout = ..)]`
        /// says, or without end.
        pub fn timeout(mut self, timeout: Duration) -> Self {
            self.inner.options.timeout = Some(timeout);
            self
        }

        /// How long to wait while the queue is full. Default: 10 s, and never
        /// longer than the ask that the submitting handler serves.
        pub fn patience(mut self, patience: Duration) -> Self {
            self.inner.patience.timeout = patience;
            self
        }
    };
}

pub(super) use options;
