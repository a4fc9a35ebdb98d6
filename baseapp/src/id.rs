//! Who is who: workers, their lives, runs of an app, and [`Address`].

use std::{
    fmt::{self, Debug, Formatter},
    marker::PhantomData,
    sync::Arc,
};

use serde::{Deserialize, Serialize};

/// A worker of a run: its place in the directory. Main is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct WorkerId(pub(crate) u32);

impl WorkerId {
    pub(crate) const MAIN: WorkerId = WorkerId(0);
    /// The task queues of an app, which has pools.
    pub(crate) const QUEUE: WorkerId = WorkerId(1);
    /// The first of the user's workers.
    pub(crate) const FIRST: WorkerId = WorkerId(2);

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// The name under which the main process stands in the directory.
pub(crate) const MAIN_NAME: &str = "main";

/// The name under which the task queues do. No worker can have it.
pub(crate) const QUEUE_NAME: &str = "task queue";

/// One life of a worker: 1 for the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Incarnation(pub(crate) u32);

impl Incarnation {
    pub(crate) const FIRST: Incarnation = Incarnation(1);
}

impl Incarnation {
    /// The life after this one.
    pub(crate) fn next(self) -> Incarnation {
        Incarnation(self.0.wrapping_add(1))
    }
}

/// A worker in one of its lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Life {
    pub(crate) id: WorkerId,
    pub(crate) incarnation: Incarnation,
}

impl Life {
    pub(crate) const MAIN: Life = Life::first(WorkerId::MAIN);

    /// The first life of a worker.
    pub(crate) const fn first(id: WorkerId) -> Life {
        let incarnation = Incarnation::FIRST;
        Life { id, incarnation }
    }

    /// The one after this.
    pub(crate) fn next(self) -> Life {
        let incarnation = self.incarnation.next();
        Life {
            incarnation,
            ..self
        }
    }
}

/// One run of an app. Drawn at random, so that an address from another run, or
/// from another app of the same process, is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct RunId(pub(crate) u32);

/// A secret that is used once: it proves to a listener who connects.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Token([u8; 16]);

impl Token {
    /// Draws a new token from the system's random numbers.
    pub(crate) fn random() -> std::io::Result<Token> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
        Ok(Token(bytes))
    }

    /// By what both ends of a connection know it that was made with this token,
    /// which is of no use any more then. Never 0.
    pub(crate) fn connection(self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        u64::from_le_bytes([a, b, c, d, e, f, g, h]).max(1)
    }

    /// A part of it, for names.
    pub(crate) fn short(self) -> u32 {
        u32::from_le_bytes([self.0[0], self.0[1], self.0[2], self.0[3]])
    }
}

impl Debug for Token {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)") // never in a log
    }
}

/// Where a worker of type `W` is.
///
/// A small value: clone it, put it in a message or in the state of another
/// worker. It stays valid for as long as the app runs, also when the worker
/// has died; sending then says so.
pub struct Address<W> {
    pub(crate) id: WorkerId,
    pub(crate) run: RunId,
    pub(crate) name: Arc<str>,
    worker: PhantomData<fn() -> W>,
}

impl<W> Address<W> {
    pub(crate) fn new(id: WorkerId, run: RunId, name: Arc<str>) -> Self {
        Address {
            id,
            run,
            name,
            worker: PhantomData,
        }
    }

    /// The name under which the worker was registered.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// What makes a place (an address, a pool) a small value: it is told by its
/// number and its run, shown by its name, and may be sent.
macro_rules! small_value {
    ($type:ident, $number:ident) => {
        impl<W> Clone for $type<W> {
            fn clone(&self) -> Self {
                $type::new(self.$number, self.run, std::sync::Arc::clone(&self.name))
            }
        }

        impl<W> PartialEq for $type<W> {
            fn eq(&self, other: &Self) -> bool {
                self.$number == other.$number && self.run == other.run
            }
        }

        impl<W> Eq for $type<W> {}

        impl<W> std::hash::Hash for $type<W> {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.$number.hash(state);
                self.run.hash(state);
            }
        }

        impl<W> std::fmt::Debug for $type<W> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({})", stringify!($type), self.name)
            }
        }

        impl<W> std::fmt::Display for $type<W> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.name)
            }
        }

        impl<W> serde::Serialize for $type<W> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                (self.$number, self.run, &*self.name).serialize(serializer)
            }
        }

        impl<'de, W> serde::Deserialize<'de> for $type<W> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let place: (_, _, String) = serde::Deserialize::deserialize(deserializer)?;
                Ok($type::new(place.0, place.1, place.2.into()))
            }
        }
    };
}

pub(crate) use small_value;

small_value!(Address, id);

/// Why a name cannot stand in the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// The name is empty.
    #[error("it is empty")]
    Empty,
    /// The name is longer than 64 bytes.
    #[error("it is longer than 64 bytes")]
    TooLong,
    /// The name holds something else than letters, digits, `-`, `_`, `.` and `:`.
    #[error("it may hold only ASCII letters, digits, `-`, `_`, `.` and `:`")]
    Character,
    /// The name is `main`, which is the main process.
    #[error("`main` is the main process")]
    Reserved,
}

/// Names stand in logs, file names and process titles: keep them plain.
pub(crate) fn check_name(name: &str) -> Result<(), NameError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    if name.is_empty() {
        Err(NameError::Empty)
    } else if name.len() > 64 {
        Err(NameError::TooLong)
    } else if !name.chars().all(plain) {
        Err(NameError::Character)
    } else if name == MAIN_NAME {
        Err(NameError::Reserved)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        assert_eq!(check_name("resizer-1.a:b_c"), Ok(()));
        assert_eq!(check_name(""), Err(NameError::Empty));
        assert_eq!(check_name(&"x".repeat(65)), Err(NameError::TooLong));
        assert_eq!(check_name("a b"), Err(NameError::Character));
        assert_eq!(check_name("é"), Err(NameError::Character));
        assert_eq!(check_name("main"), Err(NameError::Reserved));
    }

    #[test]
    fn a_token_is_not_printed_and_not_repeated() -> std::io::Result<()> {
        let token = Token::random()?;
        assert_ne!(token, Token::random()?);
        assert_eq!(format!("{token:?}"), "Token(..)");
        Ok(())
    }
}
