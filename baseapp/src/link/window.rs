//! Credit: how far a sender may be ahead of its receiver.
//!
//! Both ends count the same messages, so credit needs no negotiation: the
//! window is a constant of the protocol, and an acknowledgement tells how much
//! was consumed in all. A receiver acknowledges a quarter of the window at a
//! time, so that acknowledging costs little and the sender never runs dry
//! while the receiver keeps up.
//!
//! Small messages are counted in bytes, so that a flood of them stays in the
//! processor's cache. A few may be open whatever their size: else each large one
//! would wait until the one before is handled.

/// Messages that may be unacknowledged on a link.
pub(crate) const WINDOW_MESSAGES: u64 = 4096;

/// Bytes, headers included, that may be unacknowledged on a link: 1 MiB. The
/// message that exceeds it is still taken, so that any message can be sent.
pub(crate) const WINDOW_BYTES: u64 = 1 << 20;

/// Messages that may be unacknowledged beyond those bytes: one is encoded and written
/// while the one before is read and handled. With more of them those that wait leave the
/// processor's cache before they are written: 4 messages of 1 MiB took 1.6 times as long
/// over a socket, of 4 MiB three times.
const FEW_MESSAGES: u64 = 2;

/// Bytes that they may have together: 16 MiB. The message that exceeds it is still
/// taken, too.
const FEW_BYTES: u64 = 16 << 20;

/// The sender's side.
#[derive(Debug, Default)]
pub(crate) struct Credit {
    sent: Count,
    acknowledged: Count,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    messages: u64,
    bytes: u64,
}

/// Whether one more may follow when `ahead` messages and bytes are open. If so, then
/// also when less is open: a receiver knows of no acknowledgement later than its
/// sender, and judges many messages by the last one.
fn admits(ahead: Count) -> bool {
    let within = ahead.messages < WINDOW_MESSAGES && ahead.bytes < WINDOW_BYTES;
    within || (ahead.messages < FEW_MESSAGES && ahead.bytes < FEW_BYTES)
}

impl Count {
    fn ahead_of(self, other: Count) -> Count {
        Count {
            messages: self.messages.saturating_sub(other.messages),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }

    fn add(&mut self, messages: u64, bytes: u64) {
        self.messages += messages;
        self.bytes += bytes;
    }
}

impl Credit {
    /// One more message may be sent.
    #[inline]
    pub(crate) fn admits(&self) -> bool {
        admits(self.sent.ahead_of(self.acknowledged))
    }

    /// A message of `bytes` is sent.
    #[inline]
    pub(crate) fn spend(&mut self, bytes: u64) {
        self.sent.add(1, bytes);
    }

    /// The receiver has consumed so much in all. False if that cannot be: more
    /// than was sent, or less than it said before.
    #[must_use]
    pub(crate) fn acknowledge(&mut self, messages: u64, bytes: u64) -> bool {
        let grows = messages >= self.acknowledged.messages && bytes >= self.acknowledged.bytes;
        let possible = messages <= self.sent.messages && bytes <= self.sent.bytes;
        if grows && possible {
            self.acknowledged = Count { messages, bytes };
        }
        grows && possible
    }

    /// Messages sent so far.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.messages
    }

    /// Messages acknowledged so far.
    #[cfg(test)]
    pub(crate) fn acknowledged(&self) -> u64 {
        self.acknowledged.messages
    }
}

/// The receiver's side.
#[derive(Debug, Default)]
pub(crate) struct Intake {
    arrived: Count,
    consumed: Count,
    acknowledged: Count,
}

impl Intake {
    /// Messages arrive, the last one of `last` bytes. False if the peer had no
    /// credit for that one.
    #[must_use]
    pub(crate) fn arrived(&mut self, messages: u64, bytes: u64, last: u64) -> bool {
        self.arrived.add(messages, bytes);
        let ahead = self.arrived.ahead_of(self.acknowledged);
        admits(Count {
            messages: ahead.messages.saturating_sub(1),
            bytes: ahead.bytes.saturating_sub(last),
        })
    }

    /// Messages were handled: what to acknowledge, in all, if it is worth it.
    pub(crate) fn consumed(&mut self, messages: u64, bytes: u64) -> Option<(u64, u64)> {
        self.consumed.add(messages, bytes);
        let open = self.consumed.ahead_of(self.acknowledged);
        if open.messages < WINDOW_MESSAGES / 4 && open.bytes < WINDOW_BYTES / 4 {
            return None;
        }
        self.acknowledged = self.consumed;
        Some((self.consumed.messages, self.consumed.bytes))
    }

    /// What was handled and is not acknowledged, as what to acknowledge in all.
    pub(crate) fn rest(&mut self) -> Option<(u64, u64)> {
        let open = self.consumed != self.acknowledged;
        self.acknowledged = self.consumed;
        open.then_some((self.consumed.messages, self.consumed.bytes))
    }

    /// Messages handled so far.
    pub(crate) fn handled(&self) -> u64 {
        self.consumed.messages
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a step is, and the size of a message, of which there are as many as 2000
    /// small ones or some large ones.
    fn step() -> impl Strategy<Value = (u8, u64)> {
        let size = prop_oneof![4 => 1..2000_u64, 1 => 2000..(3 * FEW_BYTES / 2)];
        (0..3_u8, size)
    }

    proptest! {
        /// Sender and receiver, joined by a wire that delays as it likes:
        /// what is open stays bounded, nobody is accused, nothing stalls.
        #[test]
        fn credit_is_bounded_and_never_runs_out_for_good(
            steps in proptest::collection::vec(step(), 1..2000),
        ) {
            let (mut credit, mut intake) = (Credit::default(), Intake::default());
            let mut wire: std::collections::VecDeque<u64> = Default::default();
            let mut mailbox: std::collections::VecDeque<u64> = Default::default();
            for (step, size) in steps {
                match step {
                    0 => for _ in 0..size.min(2000) {
                        if credit.admits() {
                            let open = credit.sent.ahead_of(credit.acknowledged);
                            prop_assert!(open.bytes < FEW_BYTES);
                            credit.spend(size);
                            wire.push_back(size);
                        }
                    },
                    1 => while let Some(bytes) = wire.pop_front() {
                        prop_assert!(intake.arrived(1, bytes, bytes));
                        mailbox.push_back(bytes);
                    },
                    _ => while let Some(bytes) = mailbox.pop_front() {
                        if let Some((messages, bytes)) = intake.consumed(1, bytes) {
                            prop_assert!(credit.acknowledge(messages, bytes));
                        }
                    },
                }
                prop_assert!(credit.sent() - credit.acknowledged() <= WINDOW_MESSAGES);
            }
            // Together, as a reader hands on what it has read at once.
            if let Some(last) = wire.back() {
                let (messages, bytes) = (wire.len() as u64, wire.iter().sum());
                prop_assert!(intake.arrived(messages, bytes, *last));
            }
            for bytes in wire.drain(..).chain(mailbox.drain(..)) {
                if let Some((messages, bytes)) = intake.consumed(1, bytes) {
                    prop_assert!(credit.acknowledge(messages, bytes));
                }
            }
            prop_assert!(credit.admits());
        }
    }

    #[test]
    fn a_lie_about_credit_is_noticed() {
        let mut credit = Credit::default();
        credit.spend(10);
        assert!(!credit.acknowledge(2, 10));
        assert!(!credit.acknowledge(1, 11));
        assert!(credit.acknowledge(1, 10));
        assert!(!credit.acknowledge(0, 10));
    }

    #[test]
    fn bytes_without_credit_are_noticed() {
        let mut intake = Intake::default();
        assert!(
            intake.arrived(1, FEW_BYTES * 3, FEW_BYTES * 3),
            "the one that crosses"
        );
        assert!(!intake.arrived(1, 1, 1));
    }

    #[test]
    fn a_few_large_ones_may_be_open_and_no_more() {
        let (mut credit, mut intake) = (Credit::default(), Intake::default());
        for number in 0..FEW_MESSAGES {
            assert!(credit.admits(), "number {number}");
            credit.spend(WINDOW_BYTES);
            assert!(intake.arrived(1, WINDOW_BYTES, WINDOW_BYTES));
        }
        assert!(!credit.admits());
        let acknowledged = intake.consumed(1, WINDOW_BYTES);
        assert_eq!(acknowledged, Some((1, WINDOW_BYTES)));
        assert!(credit.acknowledge(1, WINDOW_BYTES) && credit.admits());
        assert!(intake.arrived(1, 1, 1));
        assert!(!intake.arrived(1, 1, 1));
    }

    #[test]
    fn a_flood_without_credit_is_noticed() {
        let mut intake = Intake::default();
        assert!(intake.arrived(WINDOW_MESSAGES, 1, 1));
        assert!(!intake.arrived(1, 1, 1));
    }
}
