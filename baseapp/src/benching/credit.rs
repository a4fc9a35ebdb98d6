//! [`Window`]: the credit of a link, without the link.

use crate::link::{Credit, Intake};

/// Both ends of a window.
#[derive(Debug, Default)]
pub struct Window {
    credit: Credit,
    intake: Intake,
}

impl Window {
    /// The sender spends credit for so many messages of `bytes` each, the receiver has
    /// them arrive and handles them, both at once as a reader and a worker do, and the
    /// sender hears of it when that is due. False if one end accuses the other.
    #[inline]
    #[must_use]
    pub fn pass(&mut self, messages: u64, bytes: u64) -> bool {
        for _ in 0..messages {
            if !self.credit.admits() {
                return false;
            }
            self.credit.spend(bytes);
        }
        let all = messages * bytes;
        let admitted = self.intake.arrived(messages, all, bytes);
        let due = self.intake.consumed(messages, all);
        admitted && due.is_none_or(|(messages, bytes)| self.credit.acknowledge(messages, bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_again_and_again_never_runs_out_of_credit() {
        let mut window = Window::default();
        for _ in 0..10_000 {
            assert!(window.pass(1, 48) && window.pass(64, 48));
        }
    }
}
