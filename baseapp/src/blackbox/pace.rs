//! [`Pace`]: at which messages of a batch the clock is read. Without a clock.
//!
//! Reading it takes longer than all else that is noted of a message. So of quick
//! messages only some read it, and the others are said to be in hand since the
//! last reading, which is before they began: never for too short a time, and for
//! too long by what the messages between have taken.
//!
//! That is bounded where it can be known. A batch begins with readings, and with
//! each one after which all went quickly there are more messages without; a slow
//! one takes that back. What stays is messages that become slow after quick ones: until
//! the next reading, at most [`MOST`] messages later, they are counted to those after
//! them.

/// The most messages in a row that do not read the clock.
const MOST: u8 = 15;

/// In microseconds: what passes from one reading to the next while messages are
/// quick. As long as the longest tick of coarse clocks.
const QUICK: u64 = 10_000;

/// See the [module](self). One for messages that follow each other without a pause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pace {
    /// How many messages may go without a reading from now on.
    left: u8,
    /// How many could, after the last reading.
    stride: u8,
    /// The last reading; 0 if there was none.
    last: u64,
}

impl Pace {
    /// Whether the message that begins reads the clock.
    #[inline]
    pub(super) fn is_due(&mut self) -> bool {
        let is_due = self.left == 0;
        self.left = self.left.saturating_sub(1);
        is_due
    }

    /// The clock was read.
    #[inline]
    pub(super) fn has_read(&mut self, now: u64) {
        let is_quick = self.last != 0 && now.wrapping_sub(self.last) <= QUICK;
        self.stride = match is_quick {
            true => (self.stride * 2 + 1).min(MOST),
            false => 0,
        };
        (self.left, self.last) = (self.stride, now);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What each message is said to have begun at and when it did, if they take so long
    /// one after the other; and how many have read the clock.
    fn paced(durations: &[u64]) -> (Vec<(u64, u64)>, usize) {
        let (mut pace, mut now, mut said, mut read) = (Pace::default(), 1, 0, 0);
        let messages = durations.iter().map(|duration| {
            if pace.is_due() {
                (said, read) = (now, read + 1);
                pace.has_read(now);
            }
            let began = now;
            now += duration;
            (said, began)
        });
        let messages = messages.collect();
        (messages, read)
    }

    #[test]
    fn quick_messages_seldom_read_the_clock() {
        assert_eq!(paced(&[1; 4]).1, 3);
        assert_eq!(paced(&[1; 12]).1, 4);
        assert!(paced(&[1; 1600]).1 <= 1600 / 16 + 5);
    }

    #[test]
    fn slow_messages_all_read_it() {
        let (messages, read) = paced(&[QUICK + 1; 50]);
        assert_eq!(read, 50);
        assert!(messages.iter().all(|(said, began)| said == began));
    }

    #[test]
    fn a_slow_one_among_quick_ones_is_counted_to_few_others() {
        for at in 0..100 {
            let mut durations = [1; 150];
            durations[at] = 1_000_000;
            let (messages, _) = paced(&durations);
            let wrong = messages.iter().filter(|(said, began)| began - said > 100);
            assert!(wrong.count() <= usize::from(MOST));
        }
    }

    #[test]
    fn where_there_is_no_clock_it_is_always_asked_for() {
        let mut pace = Pace::default();
        for _ in 0..50 {
            assert!(pace.is_due());
            pace.has_read(0);
        }
    }

    proptest! {
        #[test]
        fn never_too_short_and_too_long_by_no_more_than_those_before(
            durations in proptest::collection::vec(0..30_000_u64, 0..200),
        ) {
            let (messages, _) = paced(&durations);
            for (at, (said, began)) in messages.iter().enumerate() {
                let before = &durations[at.saturating_sub(usize::from(MOST))..at];
                prop_assert!(said <= began);
                prop_assert!(began - said <= before.iter().sum());
            }
        }
    }
}
