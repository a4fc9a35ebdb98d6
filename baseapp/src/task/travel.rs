//! What submitters, the queue and workers say to each other about tasks.
//!
//! Small values are encoded as everything is; payloads stand behind them as
//! they are, so that the queue passes them on without looking into them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{DeadReason, Ended, SmallBytes, TaskId, TaskState, cut};
use crate::{
    copying,
    wire::codec::{self, CodecError},
};

/// Longest of the values that stand before payloads, in bytes.
const MAX_HEAD: usize = 64 << 10;

/// Longest text of an error, in bytes.
const MAX_TEXT: usize = 16 << 10;

/// What a frame of tasks begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SubmitHead {
    pub(crate) pool: u16,
    /// How long to wait for room; not at all if there is none.
    pub(crate) patience: Option<Duration>,
}

/// When a message comes again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Repeat {
    /// Each time that span has passed, first when it has once.
    Every(Duration),
    /// As this line of a crontab says, in UTC.
    Cron(String),
}

/// Something else that the queue is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Query {
    Cancel(TaskId),
    State(TaskId),
    /// Tell how it ends.
    Watch(TaskId),
    Stats(u16),
    /// Dead letters of a pool behind that number.
    Dead {
        pool: u16,
        after: Option<u64>,
    },
    DeadLetter(TaskId),
    Replay(TaskId),
    /// Forget a dead letter.
    Purge(TaskId),
}

/// What the queue answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// Tasks were accepted; some are the same as others: wanted id, real id.
    Accepted(Vec<(TaskId, TaskId)>),
    /// There is no room.
    Full,
    /// There is never so much room.
    TooMany {
        capacity: u64,
    },
    /// Why it does not do that.
    Refused(String),
    /// To [`Query::Cancel`], [`Query::Watch`], [`Query::Replay`] and
    /// [`Query::Purge`]: whether there was something to do it to.
    Done(bool),
    State(TaskState),
    Stats(Stats),
    /// And the number after which to ask on.
    Dead(Vec<Letter>, Option<u64>),
    DeadLetter(Option<(Letter, Vec<u8>)>),
}

impl Answer {
    /// Nothing was found.
    pub(crate) fn is_nothing(&self) -> bool {
        matches!(
            self,
            Answer::Done(false) | Answer::State(TaskState::Unknown) | Answer::DeadLetter(None)
        )
    }
}

/// A queue in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stats {
    /// Tasks that wait for a worker.
    pub waiting: u64,
    /// Tasks that wait for their time.
    pub delayed: u64,
    /// Tasks that workers have.
    pub running: u64,
    /// Dead letters that are kept.
    pub dead: u64,
    /// Tasks that were done since the app was started.
    pub done: u64,
    /// Attempts that failed and were followed by another.
    pub retried: u64,
    /// Workers of the pool that take tasks.
    pub workers: u64,
}

/// A dead letter, but for its payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Letter {
    pub(crate) id: TaskId,
    pub(crate) message: String,
    pub(crate) reason: DeadReason,
    pub(crate) attempts: u32,
    pub(crate) error: String,
    /// Milliseconds since 1970.
    pub(crate) died: u64,
}

/// How a handler ended, as its worker says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It returned; what it returned, as [`Ended::Done`] travels.
    Done(SmallBytes),
    /// It returned an error: try again.
    Failed(String),
    /// Do not try again.
    Rejected(String),
    /// Not now: try again after that.
    Snoozed(Duration),
    /// This build has no handler for the message.
    NoHandler,
    /// It was cancelled before it began.
    NotRun,
}

const FAILED: u8 = 16;
const REJECTED: u8 = 17;
const SNOOZED: u8 = 18;
const NO_HANDLER: u8 = 19;
const NOT_RUN: u8 = 20;

impl Outcome {
    /// Appends it. Not for [`Outcome::Done`], whose reply is encoded in place.
    pub(crate) fn append(&self, out: &mut Vec<u8>) {
        let mut text = |tag, text: &str| {
            out.push(tag);
            out.extend_from_slice(cut(text, MAX_TEXT).as_bytes());
        };
        match self {
            Outcome::Done(ended) => copying::append(out, ended),
            Outcome::Failed(error) => text(FAILED, error),
            Outcome::Rejected(error) => text(REJECTED, error),
            Outcome::Snoozed(span) => {
                out.push(SNOOZED);
                let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
                out.extend_from_slice(&millis.to_le_bytes());
            }
            Outcome::NoHandler => out.push(NO_HANDLER),
            Outcome::NotRun => out.push(NOT_RUN),
        }
    }

    /// `None` if it is nothing that a worker says.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Outcome> {
        let (tag, rest) = bytes.split_first()?;
        let text = || String::from_utf8_lossy(cut_bytes(rest)).into_owned();
        Some(match *tag {
            // What it came with is larger, and would stay as long.
            Ended::DONE => Outcome::Done(SmallBytes::copy(bytes)),
            FAILED => Outcome::Failed(text()),
            REJECTED => Outcome::Rejected(text()),
            SNOOZED => {
                let millis = rest.try_into().ok().map(u64::from_le_bytes)?;
                Outcome::Snoozed(Duration::from_millis(millis))
            }
            NO_HANDLER if rest.is_empty() => Outcome::NoHandler,
            NOT_RUN if rest.is_empty() => Outcome::NotRun,
            _ => return None,
        })
    }
}

fn cut_bytes(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(MAX_TEXT)]
}

/// Appends a value, and then what may stand behind it.
pub(crate) fn append_head<T: Serialize>(out: &mut Vec<u8>, head: &T) -> Result<(), CodecError> {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    if let Err(error) = codec::encode_into(head, out, MAX_HEAD) {
        out.truncate(start);
        return Err(error);
    }
    set_length(out, start);
    Ok(())
}

/// Appends a payload, its length before it. If it fails, `out` is as before.
pub(crate) fn append_payload(
    out: &mut Vec<u8>,
    payload: impl FnOnce(&mut Vec<u8>) -> Result<(), CodecError>,
) -> Result<(), CodecError> {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    if let Err(error) = payload(out) {
        out.truncate(start);
        return Err(error);
    }
    set_length(out, start);
    Ok(())
}

fn set_length(out: &mut [u8], start: usize) {
    // Frames are at most 64 MiB long.
    let length = u32::try_from(out.len() - start - 4).unwrap_or(u32::MAX);
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
}

/// Takes what [`append_payload`] has appended off the front.
pub(crate) fn split_payload<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, tail) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    if length > tail.len() {
        return None;
    }
    let (payload, tail) = tail.split_at(length);
    *rest = tail;
    Some(payload)
}

/// Takes what [`append_head`] has appended off the front.
pub(crate) fn split_head<T: serde::de::DeserializeOwned>(rest: &mut &[u8]) -> Option<T> {
    codec::decode(split_payload(rest)?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn heads_and_payloads_come_out_as_they_went_in() -> Result<(), CodecError> {
        let mut out = vec![9];
        for id in 0..3 {
            append_head(&mut out, &TaskId([id; 16]))?;
            append_payload(&mut out, |out| {
                out.extend_from_slice(&vec![id; id.into()]);
                Ok(())
            })?;
        }
        let before = out.clone();
        let failed = append_payload(&mut out, |out| {
            out.push(1);
            Err(CodecError::TrailingBytes { count: 1 })
        });
        assert!(failed.is_err() && out == before);
        let mut rest = &out[1..];
        for id in 0..3 {
            assert_eq!(split_head(&mut rest), Some(TaskId([id; 16])));
            assert_eq!(split_payload(&mut rest), Some(&vec![id; id.into()][..]));
        }
        assert!(rest.is_empty());
        Ok(())
    }

    #[test]
    fn outcomes_survive_their_journey() {
        for outcome in [
            Outcome::Done(SmallBytes::short([Ended::DONE, 1, 2])),
            Outcome::Failed("no".into()),
            Outcome::Rejected(String::new()),
            Outcome::Snoozed(Duration::from_millis(1500)),
            Outcome::NoHandler,
            Outcome::NotRun,
        ] {
            let mut bytes = Vec::new();
            outcome.append(&mut bytes);
            assert_eq!(Outcome::from_bytes(&bytes), Some(outcome));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = Outcome::from_bytes(&bytes);
            let mut rest = &bytes[..];
            while let Some(payload) = split_payload(&mut rest) {
                prop_assert!(payload.len() <= bytes.len());
            }
            let _ = split_head::<SubmitHead>(&mut &bytes[..]);
            let _ = codec::decode::<Query>(&bytes);
            let _ = codec::decode::<Answer>(&bytes);
        }
    }
}
