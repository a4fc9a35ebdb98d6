//! [`Snapshot`]: the side that reads. A copy of a page, of which only what can
//! be is kept.

use std::{io, io::Read as _, path::Path, time::Duration};

use super::{
    InHand,
    layout::{
        self, CONNECTION, FINISHED, HAND, HAND_CONNECTION, LOST, PEER, PROGRESS, SINCE, STARTED,
    },
    page::not_a_page,
    platform,
};
use crate::id::{Incarnation, WorkerId};

/// What a page said at some moment. What may be concluded from it depends on
/// whether the worker was dead: see [the floor](super).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Snapshot {
    progress: u64,
    lost: u64,
    in_hand: Option<InHand>,
    /// For how long, if the clocks can be compared.
    lasts: Option<Duration>,
    /// Which connection the message in hand came over.
    connection: Option<u64>,
    slots: Vec<SlotView>,
}

/// An incoming link of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlotView {
    pub(crate) peer: WorkerId,
    pub(crate) life: Incarnation,
    pub(crate) connection: u64,
    /// How many of its messages were begun, and how many of these have ended.
    pub(crate) started: u64,
    pub(crate) finished: u64,
}

/// What became of a message of a worker that is dead.
#[cfg(test)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Its handler has ended.
    Finished,
    /// Its handler may have run, and has not ended.
    Interrupted,
    /// No code of the user has seen it.
    NotStarted,
}

impl SlotView {
    /// What became of the link's message of that number, from 1 on. Only of a
    /// dead worker.
    #[cfg(test)]
    pub(crate) fn fate(&self, number: u64) -> Fate {
        if number <= self.finished {
            Fate::Finished
        } else if number <= self.started {
            Fate::Interrupted
        } else {
            Fate::NotStarted
        }
    }
}

impl Snapshot {
    /// Copies the page out of its file.
    pub(crate) fn read(path: &Path) -> io::Result<Snapshot> {
        let file = platform::open(path, false)?;
        if !file.metadata()?.is_file() {
            return Err(not_a_page());
        }
        let mut bytes = Vec::new();
        file.take(layout::TOO_MANY_BYTES as u64)
            .read_to_end(&mut bytes)?;
        Snapshot::from_bytes(&bytes).ok_or_else(not_a_page)
    }

    /// `None` if they are no page.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Snapshot> {
        layout::from_bytes(bytes).and_then(|words| Snapshot::from_words(&words))
    }

    /// `None` if it is no page.
    pub(super) fn from_words(words: &[u64]) -> Option<Snapshot> {
        let slots = layout::check(*words.first_chunk()?, words.len())?;
        let word = |at: usize| words.get(at).copied().unwrap_or(0);
        let in_hand = InHand::from_word(word(HAND));
        let connection = Some(word(HAND_CONNECTION)).filter(|number| *number != 0);
        Some(Snapshot {
            progress: word(PROGRESS),
            lost: word(LOST),
            in_hand,
            lasts: in_hand.and_then(|_| between(word(SINCE), platform::clock())),
            connection: in_hand.and(connection),
            slots: (0..slots).filter_map(|index| view(words, index)).collect(),
        })
    }

    /// Somebody else knows, too, for how long what is in hand can have been there.
    pub(crate) fn lasts_at_most(&mut self, most: Duration) {
        self.lasts = self.lasts.map(|lasts| lasts.min(most));
    }

    /// What is in hand and for how long: not shorter than it was, and longer by what
    /// the few messages before it took, if the worker did not read the clock for it.
    pub(crate) fn in_hand(&self) -> Option<(InHand, Option<Duration>)> {
        Some((self.in_hand?, self.lasts))
    }

    /// Which connection the message in hand came over; `None` if it is no
    /// message, or not started. If its slot counts no message that has not
    /// ended, it has just ended.
    pub(crate) fn hand_connection(&self) -> Option<u64> {
        self.connection
    }

    /// Changes when anything begins.
    pub(crate) fn progress(&self) -> u64 {
        self.progress
    }

    /// Nothing was ever noted: it could not be read, or its worker had not begun.
    pub(crate) fn is_blank(&self) -> bool {
        self.progress == 0
    }

    /// How many messages it knew to be lost.
    pub(crate) fn lost(&self) -> u64 {
        self.lost
    }

    /// The links that have a place.
    pub(crate) fn slots(&self) -> impl Iterator<Item = SlotView> {
        self.slots.iter().copied()
    }

    /// The link of a connection. `None` if it has no place, has no more, or
    /// has two: nothing can be said of its messages then.
    pub(crate) fn of_connection(&self, connection: u64) -> Option<SlotView> {
        let mut found = self.slots().filter(|slot| slot.connection == connection);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }
}

/// A slot, if a link has it and its counts can be.
fn view(words: &[u64], index: usize) -> Option<SlotView> {
    let at = layout::slot(index);
    let word = |offset| words.get(at + offset).copied();
    let (peer, life) = unpack_peer(word(PEER)?);
    let view = SlotView {
        peer,
        life,
        connection: word(CONNECTION)?,
        started: word(STARTED)?,
        finished: word(FINISHED)?,
    };
    (view.connection != 0 && view.finished <= view.started).then_some(view)
}

/// From one instant of the host's clock to another. `None` if there is no such
/// clock, or they are not in this order.
fn between(since: u64, now: u64) -> Option<Duration> {
    let known = since != 0 && now != 0;
    let micros = now.checked_sub(since).filter(|_| known)?;
    Some(Duration::from_micros(micros))
}

pub(super) fn pack_peer(peer: WorkerId, life: Incarnation) -> u64 {
    u64::from(peer.0) << 32 | u64::from(life.0)
}

fn unpack_peer(word: u64) -> (WorkerId, Incarnation) {
    (WorkerId((word >> 32) as u32), Incarnation(word as u32))
}
