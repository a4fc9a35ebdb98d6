//! What stands before the payload of a task: fixed places for what every task
//! has, written by hand because they are read and written for each.

use std::time::Duration;

use super::{Backoff, Key, Limits, Repeat, TaskId, travel};
use crate::wire::codec::CodecError;

/// A task, before its payload, from who submits it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TaskHead {
    pub(crate) id: TaskId,
    pub(crate) route: u16,
    pub(crate) limits: Limits,
    pub(crate) delay: Option<Duration>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) key: Option<Key>,
    /// With the time for which it is unique even if it has ended.
    pub(crate) unique: Option<(Key, Option<Duration>)>,
    pub(crate) repeat: Option<Repeat>,
}

/// A task, before its payload, to the worker that is to run it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assignment {
    pub(crate) id: TaskId,
    pub(crate) attempt: u32,
    /// On the host's clock.
    pub(crate) deadline: Option<u64>,
}

// What a head has besides what all have: a bit each, in the order in which they
// are written.
const TIMEOUT: u8 = 1;
const DELAY: u8 = 2;
const DEADLINE: u8 = 4;
const KEY: u8 = 8;
const UNIQUE: u8 = 16;
const UNIQUE_FOR: u8 = 32;
const REPEAT: u8 = 64;
const ALL: u8 = 127;

impl TaskHead {
    pub(crate) fn append(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        let start = out.len();
        out.extend_from_slice(&self.id.0);
        out.extend_from_slice(&self.route.to_le_bytes());
        let flags_at = out.len();
        out.extend_from_slice(&[0, self.limits.priority]);
        out.extend_from_slice(&self.limits.attempts.to_le_bytes());
        put_span(out, self.limits.backoff.first);
        put_span(out, self.limits.backoff.longest);
        let mut flags = 0;
        let mut span = |out: &mut Vec<u8>, flag, span: Option<Duration>| {
            if let Some(span) = span {
                flags |= flag;
                put_span(out, span);
            }
        };
        span(out, TIMEOUT, self.limits.timeout);
        span(out, DELAY, self.delay);
        span(out, DEADLINE, self.deadline);
        if let Some(Key(key)) = self.key {
            flags |= KEY;
            out.extend_from_slice(&key.to_le_bytes());
        }
        if let Some((Key(key), window)) = self.unique {
            flags |= UNIQUE;
            out.extend_from_slice(&key.to_le_bytes());
            if let Some(window) = window {
                flags |= UNIQUE_FOR;
                put_span(out, window);
            }
        }
        if let Some(repeat) = &self.repeat {
            flags |= REPEAT;
            if let Err(error) = travel::append_head(out, repeat) {
                out.truncate(start);
                return Err(error);
            }
        }
        out[flags_at] = flags;
        Ok(())
    }

    /// Takes a head off the front; `None` if there is none.
    pub(crate) fn split(rest: &mut &[u8]) -> Option<TaskHead> {
        let id = TaskId(take(rest)?);
        let route = u16::from_le_bytes(take(rest)?);
        let [flags, priority] = take(rest)?;
        let attempts = u32::from_le_bytes(take(rest)?);
        let (first, longest) = (take_span(rest)?, take_span(rest)?);
        if flags & !ALL != 0 || (flags & UNIQUE_FOR != 0 && flags & UNIQUE == 0) {
            return None;
        }
        let has = |flag| flags & flag != 0;
        let mut span = |flag| match has(flag) {
            true => take_span(rest).map(Some),
            false => Some(None),
        };
        let (timeout, delay, deadline) = (span(TIMEOUT)?, span(DELAY)?, span(DEADLINE)?);
        let mut key = |flag| match has(flag) {
            true => take(rest).map(|key| Some(Key(u128::from_le_bytes(key)))),
            false => Some(None),
        };
        let (key, unique) = (key(KEY)?, key(UNIQUE)?);
        let window = match has(UNIQUE_FOR) {
            true => Some(take_span(rest)?),
            false => None,
        };
        let repeat = match has(REPEAT) {
            true => Some(travel::split_head(rest)?),
            false => None,
        };
        Some(TaskHead {
            id,
            route,
            limits: Limits {
                attempts,
                timeout,
                backoff: Backoff { first, longest },
                priority,
            },
            delay,
            deadline,
            key,
            unique: unique.map(|key| (key, window)),
            repeat,
        })
    }
}

impl Assignment {
    pub(crate) fn append(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.id.0);
        out.extend_from_slice(&self.attempt.to_le_bytes());
        // Nobody's deadline is at the end of all time.
        let deadline = self.deadline.unwrap_or(u64::MAX);
        out.extend_from_slice(&deadline.to_le_bytes());
    }

    /// Takes an assignment off the front; `None` if there is none.
    pub(crate) fn split(rest: &mut &[u8]) -> Option<Assignment> {
        let id = TaskId(take(rest)?);
        let attempt = u32::from_le_bytes(take(rest)?);
        let deadline = u64::from_le_bytes(take(rest)?);
        Some(Assignment {
            id,
            attempt,
            deadline: (deadline != u64::MAX).then_some(deadline),
        })
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}

/// In nanoseconds; 584 years, if it is longer.
fn put_span(out: &mut Vec<u8>, span: Duration) {
    let nanos = u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
    out.extend_from_slice(&nanos.to_le_bytes());
}

fn take_span(rest: &mut &[u8]) -> Option<Duration> {
    Some(Duration::from_nanos(u64::from_le_bytes(take(rest)?)))
}

#[cfg(test)]
mod tests {
    use proptest::{option::of, prelude::*};

    use super::*;

    fn span() -> impl Strategy<Value = Duration> {
        any::<u64>().prop_map(Duration::from_nanos)
    }

    fn key() -> impl Strategy<Value = Key> {
        any::<u128>().prop_map(Key)
    }

    fn repeat() -> impl Strategy<Value = Repeat> {
        prop_oneof![
            span().prop_map(Repeat::Every),
            ".{0,20}".prop_map(Repeat::Cron)
        ]
    }

    fn limits() -> impl Strategy<Value = Limits> {
        let all = (any::<u32>(), of(span()), span(), span(), any::<u8>());
        all.prop_map(|(attempts, timeout, first, longest, priority)| Limits {
            attempts,
            timeout,
            backoff: Backoff { first, longest },
            priority,
        })
    }

    proptest! {
        #[test]
        fn heads_come_out_as_they_went_in(
            id: [u8; 16],
            route: u16,
            limits in limits(),
            spans in (of(span()), of(span())),
            key in of(key()),
            unique in of((key(), of(span()))),
            repeat in of(repeat()),
            behind in proptest::collection::vec(any::<u8>(), 0..9),
        ) {
            let (delay, deadline) = spans;
            let head = TaskHead { id: TaskId(id), route, limits, delay, deadline, key, unique, repeat };
            let mut bytes = Vec::new();
            head.append(&mut bytes).map_err(|error| TestCaseError::fail(error.to_string()))?;
            bytes.extend_from_slice(&behind);
            let mut rest = &bytes[..];
            prop_assert_eq!(TaskHead::split(&mut rest), Some(head));
            prop_assert_eq!(rest, &behind[..]);
        }

        #[test]
        fn assignments_come_out_as_they_went_in(id: [u8; 16], attempt: u32, deadline in of(0..u64::MAX)) {
            let assignment = Assignment { id: TaskId(id), attempt, deadline };
            let mut bytes = Vec::new();
            assignment.append(&mut bytes);
            let mut rest = &bytes[..];
            prop_assert_eq!(Assignment::split(&mut rest), Some(assignment));
            prop_assert!(rest.is_empty());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = TaskHead::split(&mut &bytes[..]);
            let _ = Assignment::split(&mut &bytes[..]);
        }
    }
}
