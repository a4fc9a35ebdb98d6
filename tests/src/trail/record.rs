//! One line of a trail.

use std::io;

use super::Life;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A message was handled.
    Message,
    /// An ask was handled. The next line says after which message it was sent.
    Ask,
    /// See [`Kind::Ask`].
    After,
    /// An ask was answered.
    Answered,
    /// An ask was not handled, as the asker was told.
    NotHandled,
    /// An ask may have been handled, as the asker was told.
    InDoubt,
    /// A message came back.
    CameBack,
    /// A message was not sent.
    Refused,
}

impl Kind {
    const ALL: [Kind; 8] = [
        Kind::Message,
        Kind::Ask,
        Kind::After,
        Kind::Answered,
        Kind::NotHandled,
        Kind::InDoubt,
        Kind::CameBack,
        Kind::Refused,
    ];
}

/// One message that was handled or sent: what stands in a trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// What happened.
    pub kind: Kind,
    /// Who has sent it; in what was heard, to whom.
    pub from: Life,
    /// Its number among the messages, or among the asks, of this sender's life to
    /// this receiver: the first is 1.
    pub number: u32,
}

/// Which messages are idempotent: a quarter.
#[must_use]
pub fn is_idempotent(number: u32) -> bool {
    number % 4 == 3
}

impl Record {
    pub(super) fn to_bytes(self) -> [u8; 8] {
        let kind = Kind::ALL.iter().position(|kind| *kind == self.kind);
        let kind = kind.and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX);
        let [low, high] = self.from.life.to_le_bytes();
        let [a, b, c, d] = self.number.to_le_bytes();
        [kind, self.from.worker, low, high, a, b, c, d]
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> io::Result<Record> {
        let wrong = || io::Error::other(format!("{bytes:?} is no line of a trail"));
        let &[kind, worker, low, high, a, b, c, d] = bytes else {
            return Err(wrong());
        };
        Ok(Record {
            kind: *Kind::ALL.get(usize::from(kind)).ok_or_else(wrong)?,
            from: Life {
                worker,
                life: u16::from_le_bytes([low, high]),
            },
            number: u32::from_le_bytes([a, b, c, d]),
        })
    }
}
