//! [`Queue`]: looking after the queue of a pool.

use std::{
    fmt::{self, Debug, Formatter},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::{
    Sender, Task, TaskError,
    task::{nonsense, query},
};
use crate::{
    message::Message,
    node::Node,
    pool::Pool,
    task::{Answer, DeadReason, Letter, Query, Stats, TaskId},
};

/// The queue of a pool, to look after: what `queue` gives.
pub struct Queue {
    node: Result<Arc<Node>, String>,
    pool: u16,
}

/// A task that is not tried any more, and is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadLetter {
    /// The task.
    pub id: TaskId,
    /// The type of its message.
    pub message: String,
    /// Why it is not tried any more.
    pub reason: DeadReason,
    /// How often it was given to a worker.
    pub attempts: u32,
    /// How its last attempt failed.
    pub error: String,
    /// When it was given up.
    pub died: SystemTime,
}

impl From<Letter> for DeadLetter {
    fn from(letter: Letter) -> DeadLetter {
        DeadLetter {
            id: letter.id,
            message: letter.message,
            reason: letter.reason,
            attempts: letter.attempts,
            error: letter.error,
            died: UNIX_EPOCH
                .checked_add(Duration::from_millis(letter.died))
                .unwrap_or(UNIX_EPOCH),
        }
    }
}

impl Queue {
    pub(super) fn new<W>(node: Sender, pool: &Pool<W>) -> Queue {
        let node = match node {
            Ok(node) if node.run == pool.run => Ok(node),
            Ok(_) => Err("the pool belongs to another run or to another app".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        Queue {
            node,
            pool: pool.index,
        }
    }

    fn node(&self) -> Result<&Arc<Node>, TaskError> {
        self.node
            .as_ref()
            .map_err(|why| TaskError::Lost(why.clone()))
    }

    /// How many tasks there are, and of what kind.
    ///
    /// # Errors
    /// [`TaskError::Lost`] when the queue is gone.
    pub async fn stats(&self) -> Result<Stats, TaskError> {
        match query(self.node()?, Query::Stats(self.pool)).await? {
            Answer::Stats(stats) => Ok(stats),
            _ => Err(nonsense()),
        }
    }

    /// The task of that id, submitted here or elsewhere, now or, if the queue is
    /// durable, in an earlier run: to await how it ends, or ended.
    ///
    /// # Errors
    /// [`TaskError::Unknown`] if it has ended and how is not kept any more;
    /// [`TaskError::Lost`] when the queue is gone.
    pub async fn task<M: Message>(&self, id: TaskId) -> Result<Task<M::Reply>, TaskError> {
        let node = self.node()?;
        let watched = node.tasks.watch(id);
        let error = match query(node, Query::Watch(id)).await {
            Ok(Answer::Done(true)) => return Ok(Task::new(Arc::clone(node), watched)),
            Ok(Answer::Done(false)) => TaskError::Unknown { id },
            Ok(_) => nonsense(),
            Err(error) => error,
        };
        node.tasks.unwatch(&watched);
        Err(error)
    }

    /// All dead letters of the pool, the oldest first.
    ///
    /// # Errors
    /// [`TaskError::Lost`] when the queue is gone.
    pub async fn dead(&self) -> Result<Vec<DeadLetter>, TaskError> {
        let (mut letters, mut after) = (Vec::new(), None);
        loop {
            let pool = self.pool;
            match query(self.node()?, Query::Dead { pool, after }).await? {
                Answer::Dead(more, next) => {
                    letters.extend(more.into_iter().map(DeadLetter::from));
                    match next {
                        Some(next) => after = Some(next),
                        None => return Ok(letters),
                    }
                }
                _ => return Err(nonsense()),
            }
        }
    }

    /// A dead letter, with its message, as it was submitted; `None` if there is
    /// none of that id, or its message is of another type.
    ///
    /// # Errors
    /// [`TaskError::Codec`] if the message cannot be decoded;
    /// [`TaskError::Lost`] when the queue is gone.
    pub async fn dead_letter<M: Message>(
        &self,
        id: TaskId,
    ) -> Result<Option<(DeadLetter, M)>, TaskError> {
        match query(self.node()?, Query::DeadLetter(id)).await? {
            Answer::DeadLetter(Some((letter, payload)))
                if letter.message == std::any::type_name::<M>() =>
            {
                let decoded = crate::wire::codec::decode(&payload);
                let message = decoded.map_err(|error| TaskError::Codec {
                    id,
                    text: error.to_string(),
                })?;
                Ok(Some((letter.into(), message)))
            }
            Answer::DeadLetter(_) => Ok(None),
            _ => Err(nonsense()),
        }
    }

    /// Tries a dead letter again, as if it were new. False if there is none of
    /// that id.
    ///
    /// # Errors
    /// [`TaskError::Lost`] when the queue is gone.
    pub async fn replay(&self, id: TaskId) -> Result<bool, TaskError> {
        self.done(Query::Replay(id)).await
    }

    /// Forgets a dead letter. False if there is none of that id.
    ///
    /// # Errors
    /// [`TaskError::Lost`] when the queue is gone.
    pub async fn purge(&self, id: TaskId) -> Result<bool, TaskError> {
        self.done(Query::Purge(id)).await
    }

    /// Cancels a task: see [`Task::cancel`]. False if it has ended, or is not
    /// known.
    ///
    /// # Errors
    /// [`TaskError::Lost`] when the queue is gone.
    pub async fn cancel(&self, id: TaskId) -> Result<bool, TaskError> {
        self.done(Query::Cancel(id)).await
    }

    async fn done(&self, what: Query) -> Result<bool, TaskError> {
        match query(self.node()?, what).await? {
            Answer::Done(done) => Ok(done),
            _ => Err(nonsense()),
        }
    }
}

impl Debug for Queue {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Queue({})", self.pool)
    }
}
