//! [`Outcomes`]: how tasks ended, the newest of them.

use std::collections::VecDeque;

use super::WallMillis;
use crate::task::{SmallBytes, TaskId, TaskMap};

/// The most outcomes that are kept; from then on the oldest goes first.
pub(crate) const MAX_OUTCOMES: usize = 10_000;

/// The most bytes that they may have: 16 MiB. One that has more is not kept.
const MAX_BYTES: usize = 16 << 20;

/// See the [module](self). A task ends once, so no id comes twice.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    values: TaskMap<(SmallBytes, WallMillis)>,
    /// In the order of arrival; those included that have gone since.
    order: VecDeque<TaskId>,
    bytes: usize,
}

impl Outcomes {
    pub(super) fn get(&self, id: TaskId) -> Option<&SmallBytes> {
        self.values.get(&id).map(|(outcome, _)| outcome)
    }

    pub(super) fn insert(&mut self, id: TaskId, outcome: &SmallBytes, until: WallMillis) {
        if outcome.len() > MAX_BYTES {
            return;
        }
        self.bytes += outcome.len();
        if let Some((before, _)) = self.values.insert(id, (outcome.clone(), until)) {
            self.bytes -= before.len();
        }
        self.order.push_back(id);
        while self.order.len() > MAX_OUTCOMES || self.bytes > MAX_BYTES {
            let Some(oldest) = self.order.pop_front() else {
                return;
            };
            self.remove(oldest);
        }
    }

    fn remove(&mut self, id: TaskId) {
        if let Some((outcome, _)) = self.values.remove(&id) {
            self.bytes -= outcome.len();
        }
    }

    /// Forgets those that were to be kept until then.
    pub(super) fn expire(&mut self, now: WallMillis) {
        let over = self.values.iter().filter(|(_, (_, until))| *until <= now);
        let over: Vec<TaskId> = over.map(|(id, _)| *id).collect();
        over.into_iter().for_each(|id| self.remove(id));
        self.order.retain(|id| self.values.contains_key(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> TaskId {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&number.to_be_bytes());
        TaskId(id)
    }

    #[test]
    fn the_newest_are_kept_by_number_by_size_and_for_their_time() {
        let mut outcomes = Outcomes::default();
        for number in 0..MAX_OUTCOMES + 10 {
            outcomes.insert(id(number), &SmallBytes::copy(b"x"), number as u64);
        }
        assert_eq!(outcomes.get(id(9)), None);
        assert!(outcomes.get(id(10)).is_some());
        outcomes.expire(100);
        assert_eq!(outcomes.get(id(100)), None);
        assert!(outcomes.get(id(101)).is_some());

        let large = SmallBytes::from(vec![0; MAX_BYTES / 2]);
        let next = MAX_OUTCOMES + 10;
        outcomes.insert(id(next), &large, u64::MAX);
        outcomes.insert(id(next + 1), &large, u64::MAX);
        assert_eq!(outcomes.get(id(next - 1)), None);
        assert_eq!(outcomes.get(id(next + 1)), Some(&large));
        outcomes.insert(
            id(next + 2),
            &SmallBytes::from(vec![0; MAX_BYTES + 1]),
            u64::MAX,
        );
        assert_eq!(outcomes.get(id(next + 2)), None);
        assert!(outcomes.get(id(next + 1)).is_some());
    }
}
