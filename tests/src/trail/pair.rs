//! What one life of a sender has sent to a worker, as all lives of that worker
//! have handled it.

use std::collections::BTreeSet;

use super::is_idempotent;

/// Messages that were not handled although later ones were, or will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    /// Their numbers.
    pub(super) first: u32,
    pub(super) last: u32,
    /// The lives of the receiver between which they were passed over.
    pub(super) from: u16,
    pub(super) to: u16,
}

/// What a record says of the messages so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It comes after all others; those between are missing.
    Next,
    /// Idempotent, and begun by the life before, too.
    Again,
    /// Handled before.
    Twice,
    /// Later ones were handled before.
    Late,
}

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Pair {
    /// Number of the last message.
    last: u32,
    /// In which life of the receiver that was.
    life: u16,
    gaps: Vec<Gap>,
    asks: BTreeSet<u32>,
}

impl Pair {
    /// Nothing was sent yet, while the receiver was in that life.
    pub(super) fn new(life: u16) -> Pair {
        Pair {
            last: 0,
            life,
            gaps: Vec::new(),
            asks: BTreeSet::new(),
        }
    }

    pub(super) fn last(&self) -> u32 {
        self.last
    }

    /// A message was handled by that life.
    pub(super) fn message(&mut self, number: u32, life: u16) -> Step {
        if number > self.last {
            self.reach(number - 1, life);
            self.last = number;
            return Step::Next;
        }
        if self.missing().any(|missing| missing == number) {
            return Step::Late;
        }
        // What the last life had in hand comes first in the next.
        let again = is_idempotent(number) && number == self.last && life > self.life;
        self.life = life;
        if again { Step::Again } else { Step::Twice }
    }

    /// An ask was handled by that life, which was sent after so many messages.
    /// False if it was handled before.
    pub(super) fn ask(&mut self, number: u32, after: u32, life: u16) -> bool {
        self.reach(after, life);
        self.asks.insert(number)
    }

    pub(super) fn has_ask(&self, number: u32) -> bool {
        self.asks.contains(&number)
    }

    /// So many were sent in all, and the receiver was in that life at the end:
    /// what is not handled yet is missing.
    pub(super) fn close(&mut self, sent: u32, life: u16) {
        self.reach(sent, life);
    }

    /// In that life all up to this one are over.
    fn reach(&mut self, number: u32, life: u16) {
        if number > self.last {
            self.gaps.push(Gap {
                first: self.last + 1,
                last: number,
                from: self.life,
                to: life,
            });
            self.last = number;
        }
        self.life = life;
    }

    /// Numbers of messages that were not handled.
    pub(super) fn missing(&self) -> impl Iterator<Item = u32> {
        self.gaps.iter().flat_map(|gap| gap.first..=gap.last)
    }

    pub(super) fn gaps(&self) -> &[Gap] {
        &self.gaps
    }
}
