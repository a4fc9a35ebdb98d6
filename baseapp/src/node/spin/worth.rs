//! Whether looking pays: without I/O and without a clock.

use std::time::Duration;

/// A pause that looking would have made shorter: that long, if both ends sleep.
const SHORT: Duration = Duration::from_micros(150);

/// How many short pauses make looking worth while: at first, and at most, after it has
/// not paid again and again.
const WORTH: u32 = 8;
const MOST_WORTH: u32 = 1024;

/// How much looking that pays outweighs looking that does not.
const CREDIT: u32 = 32;
/// A look in vain costs several times what a successful one saves.
const PRICE: u32 = 4;

/// See the [module](self).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Worth {
    score: u32,
    /// From which score on it does.
    needed: u32,
}

impl Default for Worth {
    fn default() -> Self {
        Worth {
            score: 0,
            needed: WORTH,
        }
    }
}

impl Worth {
    pub(super) fn is_enough(&self) -> bool {
        self.score >= self.needed
    }

    /// The node slept for so long, and had not looked before.
    pub(super) fn slept(&mut self, pause: Duration) {
        if pause <= SHORT {
            self.score += 1;
        } else {
            self.score /= 2;
        }
    }

    /// It looked, and something came.
    pub(super) fn paid(&mut self) {
        self.score += 1;
        if self.score >= self.needed + CREDIT {
            self.needed = (self.needed / 2).max(WORTH);
            self.score = self.needed + CREDIT;
        }
    }

    /// It looked, and nothing came.
    pub(super) fn failed(&mut self) {
        self.score = self.score.saturating_sub(PRICE);
        if !self.is_enough() {
            self.stop(2);
        }
    }

    /// Somebody else wanted the processor.
    pub(super) fn disturbed(&mut self) {
        self.stop(4);
    }

    fn stop(&mut self, times: u32) {
        self.score = 0;
        self.needed = (self.needed * times).min(MOST_WORTH);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after_short_pauses(count: u32) -> Worth {
        let mut worth = Worth::default();
        (0..count).for_each(|_| worth.slept(SHORT));
        worth
    }

    #[test]
    fn looking_begins_when_pauses_are_short_and_ends_when_it_does_not_pay() {
        assert!(!after_short_pauses(WORTH - 1).is_enough());
        let mut worth = after_short_pauses(WORTH);
        assert!(worth.is_enough());
        worth.failed();
        assert!(!worth.is_enough());
    }

    #[test]
    fn it_goes_on_for_as_long_as_it_mostly_pays() {
        let mut worth = after_short_pauses(WORTH);
        for look in 1..1000 {
            match look % (PRICE + 1) {
                0 => worth.failed(),
                _ => worth.paid(),
            }
            assert!(worth.is_enough());
        }
        for _ in 0..=CREDIT / PRICE {
            worth.failed();
        }
        assert!(!worth.is_enough());
    }

    #[test]
    fn where_it_never_pays_it_is_tried_more_and_more_rarely_and_where_it_does_again_often() {
        let mut worth = Worth::default();
        let mut looks = 0;
        for _ in 0..100_000 {
            worth.slept(SHORT);
            if worth.is_enough() {
                looks += 1;
                worth.failed();
            }
        }
        assert!(looks < 110, "{looks}");
        (0..MOST_WORTH).for_each(|_| worth.slept(SHORT));
        (0..10 * MOST_WORTH).for_each(|_| worth.paid());
        assert_eq!(worth.needed, WORTH);
    }

    #[test]
    fn a_long_sleep_or_somebody_else_ends_it_soon() {
        let mut worth = after_short_pauses(WORTH + CREDIT);
        (0..3).for_each(|_| worth.slept(2 * SHORT));
        assert!(!worth.is_enough());
        let mut worth = after_short_pauses(WORTH + CREDIT);
        worth.disturbed();
        assert!(!worth.is_enough());
    }
}
