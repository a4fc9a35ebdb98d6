//! How far a task is, and how it ended.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::SmallBytes;
use crate::{copying, wire::codec};

/// Longest text of an error, in bytes, as it travels.
const MAX_TEXT: usize = 32 << 10;

/// How far a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum TaskState {
    /// It waits for a worker, or for another task of its key.
    Waiting,
    /// It waits for its time, so much longer: it was submitted with a delay,
    /// was snoozed, or has failed and is tried again.
    Delayed(Duration),
    /// A worker runs it.
    Running {
        /// For the how manyth time, from 1.
        attempt: u32,
    },
    /// It is done.
    Done,
    /// It was cancelled.
    Cancelled,
    /// It is a dead letter.
    Dead(DeadReason),
    /// The queue does not know it: it ended, and that was not kept for so long;
    /// or it never was there.
    Unknown,
}

/// Why a task is a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum DeadReason {
    /// It has used up its attempts.
    Exhausted,
    /// Three workers died of it.
    Poison,
    /// Its handler has rejected it.
    Rejected,
    /// Its deadline passed before it was done.
    Expired,
    /// No worker of the pool handles its message.
    NoHandler,
}

impl std::fmt::Display for DeadReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            DeadReason::Exhausted => "its attempts are used up",
            DeadReason::Poison => "three workers died of it",
            DeadReason::Rejected => "its handler has rejected it",
            DeadReason::Expired => "its deadline has passed",
            DeadReason::NoHandler => "no worker of its pool handles it",
        })
    }
}

/// How a task ended: a byte, and what belongs to it. A reply passes through
/// the main process as it is, and is decoded by who waits for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Done(SmallBytes),
    Cancelled,
    /// It has not: the next run goes on with it.
    Kept,
    Dead {
        reason: DeadReason,
        attempts: u32,
        error: String,
    },
}

impl Ended {
    /// What a done task begins with.
    pub(crate) const DONE: u8 = 0;
    const CANCELLED: u8 = 1;
    const DEAD: u8 = 2;
    const KEPT: u8 = 3;

    pub(crate) fn to_bytes(&self) -> SmallBytes {
        match self {
            Ended::Done(reply) => {
                let mut bytes = Vec::with_capacity(1 + reply.len());
                bytes.push(Ended::DONE);
                copying::append(&mut bytes, reply);
                bytes.into()
            }
            Ended::Cancelled => SmallBytes::short([Ended::CANCELLED]),
            Ended::Kept => SmallBytes::short([Ended::KEPT]),
            Ended::Dead {
                reason,
                attempts,
                error,
            } => {
                let mut bytes = vec![Ended::DEAD];
                let error = cut(error, MAX_TEXT / 2);
                // Of types that serde can always write, and short.
                let _ = codec::encode_into(&(reason, attempts, error), &mut bytes, 2 * MAX_TEXT);
                bytes.into()
            }
        }
    }

    /// `None` if it is nothing that [`Ended::to_bytes`] writes.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Ended> {
        let (tag, rest) = bytes.split_first()?;
        Some(match *tag {
            Ended::DONE => Ended::Done(SmallBytes::copy(rest)),
            Ended::CANCELLED => Ended::Cancelled,
            Ended::KEPT => Ended::Kept,
            Ended::DEAD => {
                let (reason, attempts, error) = codec::decode(rest).ok()?;
                Ended::Dead {
                    reason,
                    attempts,
                    error,
                }
            }
            _ => return None,
        })
    }

    /// The reply of a task that is done, which is most of them.
    pub(crate) fn reply(bytes: &[u8]) -> Option<&[u8]> {
        let (tag, reply) = bytes.split_first()?;
        (*tag == Ended::DONE).then_some(reply)
    }

    pub(crate) fn state(&self) -> TaskState {
        match self {
            Ended::Done(_) => TaskState::Done,
            Ended::Cancelled => TaskState::Cancelled,
            Ended::Kept => TaskState::Waiting,
            Ended::Dead { reason, .. } => TaskState::Dead(*reason),
        }
    }
}

/// The beginning of a text, at most so long.
pub(crate) fn cut(text: &str, max: usize) -> &str {
    let end = (0..=max.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_task_ended_survives_its_journey_and_garbage_is_noticed() {
        for ended in [
            Ended::Done(SmallBytes::copy(b"reply")),
            Ended::Cancelled,
            Ended::Kept,
            Ended::Dead {
                reason: DeadReason::Poison,
                attempts: 3,
                error: "its worker died: killed by SIGSEGV".into(),
            },
        ] {
            assert_eq!(Ended::from_bytes(&ended.to_bytes()), Some(ended));
        }
        for garbage in [&b""[..], &[9], &[2], &[2, 1], &[2, 99, 1, 0]] {
            assert_eq!(Ended::from_bytes(&SmallBytes::copy(garbage)), None);
        }
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("häuser", 2), "h");
        assert_eq!(cut("häuser", 3), "hä");
        assert_eq!(cut("hä", 99), "hä");
    }
}
