//! [`InHand`]: what a worker does at the moment, in one word, so that no
//! snapshot shows half of it.

/// See the [module](self).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum InHand {
    /// The handler of a route, for a message or an ask.
    Handler(u16),
    /// The handler of a route, for a task.
    Task(u16),
    /// A hook, by its place in the worker's plan: a timer, an action, a loop.
    Hook(u16),
    /// `#[init]` and `#[start]`.
    Starting,
    /// `#[stop]`, and what comes after it.
    Stopping,
}

/// Nothing is in hand.
pub(super) const IDLE: u64 = 0;

const HANDLER: u64 = 1;
const TASK: u64 = 2;
const HOOK: u64 = 3;
const STARTING: u64 = 4;
const STOPPING: u64 = 5;

impl InHand {
    /// The kind above the index.
    #[inline]
    pub(super) fn to_word(self) -> u64 {
        let (kind, index) = match self {
            InHand::Handler(route) => (HANDLER, route),
            InHand::Task(route) => (TASK, route),
            InHand::Hook(hook) => (HOOK, hook),
            InHand::Starting => (STARTING, 0),
            InHand::Stopping => (STOPPING, 0),
        };
        kind << 16 | u64::from(index)
    }

    /// `None` if nothing is in hand, or nothing that this program knows.
    pub(super) fn from_word(word: u64) -> Option<InHand> {
        let index = (word & 0xffff) as u16;
        let known = match word >> 16 {
            HANDLER => InHand::Handler(index),
            TASK => InHand::Task(index),
            HOOK => InHand::Hook(index),
            STARTING => InHand::Starting,
            STOPPING => InHand::Stopping,
            _ => return None,
        };
        // No word but the one that is written for it.
        (known.to_word() == word).then_some(known)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_word_tells_what_is_in_hand() {
        for what in [
            InHand::Handler(0),
            InHand::Handler(u16::MAX),
            InHand::Task(7),
            InHand::Hook(3),
            InHand::Starting,
            InHand::Stopping,
        ] {
            assert_ne!(what.to_word(), IDLE);
            assert_eq!(InHand::from_word(what.to_word()), Some(what));
        }
        assert_eq!(InHand::from_word(IDLE), None);
        assert_eq!(InHand::from_word(STARTING << 16 | 1), None);
        assert_eq!(InHand::from_word(1 << 63 | HOOK << 16), None);
    }

    proptest! {
        #[test]
        fn no_two_words_mean_the_same(word in 0..8_u64 << 16) {
            if let Some(what) = InHand::from_word(word) {
                prop_assert_eq!(what.to_word(), word);
            }
        }
    }
}
