//! [`TaskId`]: which task, for ever.

use std::{
    collections::HashMap,
    fmt::{self, Debug, Display, Formatter},
    hash::{BuildHasherDefault, Hash, Hasher},
    io,
    str::FromStr,
    sync::{Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

/// Names a task, in this run and, in a durable queue, in all later ones: a
/// UUID of version 7, whose order is, to the millisecond, that of submission.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TaskId(pub(crate) [u8; 16]);

impl TaskId {
    /// The part that counts up from a random start.
    fn count(self) -> u64 {
        let [.., a, b, c, d, e, f, g, h] = self.0;
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }
}

/// Of equal counts, which are not to be met with, the rest is compared.
impl Hash for TaskId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.count());
    }
}

/// A map by task.
pub(crate) type TaskMap<V> = HashMap<TaskId, V, BuildHasherDefault<TaskIdHasher>>;

/// Tasks of one submitter have successive places in a map: they are submitted,
/// and as a rule end, one after the other, and what is next to each other is in
/// the cache together. The uppermost bits, by which a map tells those at one
/// place apart, are mixed.
#[derive(Debug, Default)]
pub(crate) struct TaskIdHasher(u64);

impl Hasher for TaskIdHasher {
    fn finish(&self) -> u64 {
        const UPPERMOST: u64 = 0xff << 56;
        let mixed = self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (self.0 & !UPPERMOST) | (mixed & UPPERMOST)
    }

    fn write(&mut self, bytes: &[u8]) {
        // Not used: ids write their count.
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, count: u64) {
        self.0 = count;
    }
}

impl Display for TaskId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(&Uuid::from_bytes(self.0).hyphenated(), f)
    }
}

impl Debug for TaskId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

/// The text is not the id of a task.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the id of a task, such as `0192f0c1-2a3b-7c4d-8e5f-0123456789ab`")]
pub struct ParseTaskIdError(String);

impl FromStr for TaskId {
    type Err = ParseTaskIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match Uuid::try_parse(text) {
            Ok(uuid) => Ok(TaskId(*uuid.as_bytes())),
            Err(_) => Err(ParseTaskIdError(text.to_owned())),
        }
    }
}

/// Draws ids. One system call when it is made, none per id: the random part
/// counts up from a random start.
#[derive(Debug)]
pub(crate) struct TaskIds(Mutex<u128>);

impl TaskIds {
    pub(crate) fn new() -> io::Result<TaskIds> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        Ok(TaskIds(Mutex::new(u128::from_le_bytes(bytes))))
    }

    /// The next id.
    pub(crate) fn draw(&self) -> TaskId {
        self.at_this_moment().next_id()
    }

    /// Draws ids that are of one moment: a look at the clock costs as much as all
    /// else about an id.
    pub(crate) fn at_this_moment(&self) -> IdsOfMoment<'_> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        // A clock before 1970 costs the order and nothing else.
        let millis = since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0));
        IdsOfMoment { ids: self, millis }
    }
}

/// See [`TaskIds::at_this_moment`].
#[derive(Debug)]
pub(crate) struct IdsOfMoment<'a> {
    ids: &'a TaskIds,
    millis: u64,
}

impl IdsOfMoment<'_> {
    /// The next id.
    pub(crate) fn next_id(&self) -> TaskId {
        let mut next = self.ids.0.lock().unwrap_or_else(PoisonError::into_inner);
        *next = next.wrapping_add(1);
        let mut random = [0; 10];
        random.copy_from_slice(&next.to_be_bytes()[6..]);
        drop(next);
        let uuid = Builder::from_unix_timestamp_millis(self.millis, &random).into_uuid();
        TaskId(*uuid.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_not_repeated_and_survive_being_written_down() -> io::Result<()> {
        let ids = TaskIds::new()?;
        let drawn: Vec<TaskId> = (0..10_000).map(|_| ids.draw()).collect();
        assert_eq!(drawn.iter().collect::<HashSet<_>>().len(), drawn.len());
        let text = drawn[0].to_string();
        assert_eq!(text.parse(), Ok(drawn[0]));
        assert_eq!(&text[14..15], "7", "{text}");
        assert!("thumbnail".parse::<TaskId>().is_err());
        Ok(())
    }
}
