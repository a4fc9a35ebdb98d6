//! When there is nothing left to do: every worker is idle, and every message
//! that was sent was handled.
//!
//! Counting once is not enough, because a message may be counted at neither or
//! at both ends while the counts are gathered. Two rounds in a row that find
//! everyone idle and the same, equal sums prove it: Mattern's four-counter
//! method, "Algorithms for distributed termination detection" (1987).

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use crate::id::WorkerId;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Quiesce {
    round: u32,
    asked: HashSet<WorkerId>,
    answers: HashMap<WorkerId, (u64, u64)>,
    last: Option<(u64, u64)>,
    idle_rounds: u32,
}

/// What to do after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Wait for the other answers.
    Wait,
    /// Ask everyone again, after this time.
    Again(Duration),
    /// There is nothing left to do.
    Quiet,
}

impl Quiesce {
    /// Begins a round in which those are asked: its number.
    pub(super) fn begin(&mut self, asked: impl IntoIterator<Item = WorkerId>) -> u32 {
        self.round += 1;
        self.asked = asked.into_iter().collect();
        self.answers.clear();
        self.round
    }

    /// Someone has answered.
    pub(super) fn answer(&mut self, id: WorkerId, round: u32, sent: u64, handled: u64) -> Step {
        if round != self.round || !self.asked.contains(&id) {
            return Step::Wait;
        }
        self.answers.insert(id, (sent, handled));
        self.judge()
    }

    /// Someone will not answer, who may have been asked or not: a worker of a
    /// pool may have been told to stop before, or begin after.
    pub(super) fn ended(&mut self, id: WorkerId) -> Step {
        if !self.asked.remove(&id) {
            return Step::Wait;
        }
        self.answers.remove(&id);
        self.judge()
    }

    fn judge(&mut self) -> Step {
        if self.answers.len() < self.asked.len() {
            return Step::Wait;
        }
        // What a worker says is not believed to be possible.
        let add =
            |(a, b): (u64, u64), (c, d): &(u64, u64)| (a.saturating_add(*c), b.saturating_add(*d));
        let sums = self.answers.values().fold((0, 0), add);
        let same = self.last.replace(sums) == Some(sums);
        if same && sums.0 == sums.1 {
            return Step::Quiet;
        }
        // Something is on its way. If nothing moves, it moves slowly: nothing
        // tells when, so the questions become rarer.
        self.idle_rounds = if same {
            (self.idle_rounds + 1).min(6)
        } else {
            0
        };
        let rest = if same {
            Duration::from_millis(1 << self.idle_rounds)
        } else {
            Duration::ZERO
        };
        Step::Again(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: WorkerId = WorkerId(1);
    const B: WorkerId = WorkerId(2);

    #[test]
    fn one_round_is_not_enough_and_two_equal_ones_are() {
        let mut quiesce = Quiesce::default();
        let round = quiesce.begin([A, B]);
        assert_eq!(quiesce.answer(A, round, 5, 0), Step::Wait);
        assert_eq!(quiesce.answer(B, round, 0, 5), Step::Again(Duration::ZERO));
        let round = quiesce.begin([A, B]);
        assert_eq!(
            quiesce.answer(A, round - 1, 5, 0),
            Step::Wait,
            "an old answer"
        );
        quiesce.answer(A, round, 5, 0);
        assert_eq!(quiesce.answer(B, round, 0, 5), Step::Quiet);
    }

    #[test]
    fn a_message_on_its_way_is_waited_for() {
        let mut quiesce = Quiesce::default();
        for _ in 0..3 {
            let round = quiesce.begin([A, B]);
            quiesce.answer(A, round, 5, 0);
            assert!(matches!(quiesce.answer(B, round, 0, 4), Step::Again(_)));
        }
    }

    #[test]
    fn who_was_not_asked_is_not_counted_when_it_ends() {
        let mut quiesce = Quiesce::default();
        let round = quiesce.begin([A, B]);
        assert_eq!(quiesce.answer(A, round, 0, 0), Step::Wait);
        assert_eq!(quiesce.ended(WorkerId(3)), Step::Wait);
        assert_eq!(quiesce.answer(B, round, 0, 0), Step::Again(Duration::ZERO));
    }

    #[test]
    fn who_was_not_asked_does_not_answer_for_others() {
        let mut quiesce = Quiesce::default();
        let round = quiesce.begin([A, B]);
        assert_eq!(quiesce.answer(A, round, 0, 0), Step::Wait);
        assert_eq!(quiesce.answer(WorkerId(3), round, 0, 0), Step::Wait);
        assert_eq!(quiesce.answer(B, round, 0, 0), Step::Again(Duration::ZERO));
    }

    #[test]
    fn counts_that_cannot_be_do_not_overflow() {
        let mut quiesce = Quiesce::default();
        let round = quiesce.begin([A, B]);
        quiesce.answer(A, round, u64::MAX, 0);
        let step = quiesce.answer(B, round, u64::MAX, 0);
        assert_eq!(step, Step::Again(Duration::ZERO));
    }

    #[test]
    fn who_has_ended_is_not_waited_for() {
        let mut quiesce = Quiesce::default();
        let round = quiesce.begin([A, B]);
        quiesce.answer(A, round, 0, 0);
        assert_eq!(quiesce.ended(B), Step::Again(Duration::ZERO));
        let round = quiesce.begin([A]);
        assert_eq!(quiesce.answer(A, round, 0, 0), Step::Quiet);
    }
}
