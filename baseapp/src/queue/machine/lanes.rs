//! [`Lanes`]: tasks that may run, by priority, and whose turn it is.
//!
//! A lane gets twice the share of the lane below it, by stride scheduling
//! (Waldspurger and Weihl, 1995): each lane has a pass, the lane with the least
//! pass is next, and each turn adds to it what is inverse to its share. So the
//! lowest lane has its turn, too, however full the highest is.

use std::collections::VecDeque;

use super::tasks::TaskKey;
use crate::task::MAX_PRIORITY;

const LANES: usize = MAX_PRIORITY as usize + 1;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Lanes {
    lanes: [Lane; LANES],
    /// The pass of the last turn: where a lane begins that was empty.
    now: u64,
    len: usize,
}

#[derive(Debug, Default)]
struct Lane {
    tasks: VecDeque<TaskKey>,
    pass: u64,
}

impl Lanes {
    /// Behind all others of its priority.
    pub(super) fn push(&mut self, priority: u8, task: TaskKey) {
        self.lane(priority).tasks.push_back(task);
    }

    /// Before all others of its priority.
    pub(super) fn push_front(&mut self, priority: u8, task: TaskKey) {
        self.lane(priority).tasks.push_front(task);
    }

    fn lane(&mut self, priority: u8) -> &mut Lane {
        if self.len == 0 {
            // Nobody waited: nothing is owed, and the highest is first.
            self.now = 0;
            self.lanes.iter_mut().for_each(|lane| lane.pass = 0);
        }
        self.len += 1;
        let lane = &mut self.lanes[usize::from(priority.min(MAX_PRIORITY))];
        if lane.tasks.is_empty() {
            // Time in which it wanted nothing is not owed to it.
            lane.pass = lane.pass.max(self.now);
        }
        lane
    }

    /// The first of that priority, of those that are still to run.
    pub(super) fn first(
        &mut self,
        priority: u8,
        is_there: impl Fn(TaskKey) -> bool,
    ) -> Option<TaskKey> {
        let lane = &mut self.lanes[usize::from(priority.min(MAX_PRIORITY))];
        self.len -= lane.skip(is_there);
        lane.tasks.front().copied()
    }

    /// The task whose turn it is, of those that are still to run.
    pub(super) fn pop(&mut self, is_there: impl Fn(TaskKey) -> bool) -> Option<TaskKey> {
        while self.len > 0 {
            let lanes = self.lanes.iter_mut().enumerate();
            let filled = lanes.filter(|(_, lane)| !lane.tasks.is_empty());
            // Of equal passes the highest lane's.
            let (index, lane) = filled.min_by_key(|(index, lane)| (lane.pass, LANES - index))?;
            self.len -= lane.skip(&is_there);
            if let Some(task) = lane.tasks.pop_front() {
                self.now = lane.pass;
                lane.pass += 1 << (LANES - 1 - index);
                self.len -= 1;
                return Some(task);
            }
        }
        None
    }

    /// One that was cancelled stays where it is until it would have its turn,
    /// or until such are more than half of all.
    pub(super) fn tidy(&mut self, there: usize, is_there: impl Fn(TaskKey) -> bool) {
        /// Not worth it.
        const FEW: usize = 32;

        if self.len > 2 * there + FEW {
            for lane in &mut self.lanes {
                lane.tasks.retain(|task| is_there(*task));
            }
            self.len = self.lanes.iter().map(|lane| lane.tasks.len()).sum();
        }
    }

    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = &TaskKey> {
        self.lanes.iter().flat_map(|lane| &lane.tasks)
    }
}

impl Lane {
    /// Passes over those in front that are there no more. How many?
    fn skip(&mut self, is_there: impl Fn(TaskKey) -> bool) -> usize {
        let gone = self.tasks.iter().take_while(|task| !is_there(**task));
        let gone = gone.count();
        self.tasks.drain(..gone);
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(index: u32) -> TaskKey {
        TaskKey {
            index,
            generation: 0,
        }
    }

    #[test]
    fn the_order_within_a_lane_is_kept_and_the_higher_lane_comes_first() {
        let mut lanes = Lanes::default();
        for (priority, task) in [(4, 1), (4, 2), (9, 3), (0, 4)] {
            lanes.push(priority, key(task));
        }
        lanes.push_front(4, key(0));
        let order: Vec<u32> = std::iter::from_fn(|| lanes.pop(|_| true))
            .map(|key| key.index)
            .collect();
        assert_eq!(order, [3, 0, 4, 1, 2]);
        assert_eq!(lanes.len, 0);
    }

    #[test]
    fn each_lane_gets_twice_the_share_of_the_one_below_and_none_starves() {
        let mut lanes = Lanes::default();
        let mut turns = [0; LANES];
        for priority in 0..LANES as u8 {
            lanes.push(priority, key(priority.into()));
        }
        for _ in 0..1023 * 4 {
            let Some(task) = lanes.pop(|_| true) else {
                break;
            };
            turns[task.index as usize] += 1;
            lanes.push(task.index as u8, task);
        }
        for lane in 1..LANES {
            let (below, above) = (turns[lane - 1], turns[lane]);
            assert!(
                below > 0 && above <= 2 * below + 2 && above + 4 >= 2 * below,
                "{turns:?}"
            );
        }
    }

    #[test]
    fn after_all_was_done_the_highest_lane_is_first_again() {
        let mut lanes = Lanes::default();
        for priority in [9, 4] {
            lanes.push(priority, key(priority.into()));
            assert!(lanes.pop(|_| true).is_some());
        }
        for priority in [0, 4, 9] {
            lanes.push(priority, key(priority.into()));
        }
        let order: Vec<u32> = std::iter::from_fn(|| lanes.pop(|_| true))
            .map(|key| key.index)
            .collect();
        assert_eq!(order, [9, 4, 0]);
    }

    #[test]
    fn a_lane_that_was_empty_does_not_catch_up() {
        let mut lanes = Lanes::default();
        for task in 0..1000 {
            lanes.push(9, key(task));
        }
        for _ in 0..500 {
            lanes.pop(|_| true);
        }
        for task in 1000..1010 {
            lanes.push(8, key(task));
        }
        let next: Vec<u32> = (0..9)
            .filter_map(|_| lanes.pop(|_| true))
            .map(|key| key.index)
            .collect();
        let low = next.iter().filter(|index| **index >= 1000).count();
        assert!((2..=4).contains(&low), "{next:?}");
    }

    #[test]
    fn what_was_cancelled_is_passed_over_and_costs_no_turn() {
        let mut lanes = Lanes::default();
        for task in 0..9 {
            lanes.push(4, key(task));
        }
        lanes.push(0, key(9));
        let odd = |task: TaskKey| task.index % 2 == 1;
        assert_eq!(lanes.first(4, odd), Some(key(1)));
        let order: Vec<u32> = std::iter::from_fn(|| lanes.pop(odd))
            .map(|key| key.index)
            .collect();
        assert_eq!(order, [1, 9, 3, 5, 7]);
        assert_eq!((lanes.len, lanes.first(0, odd)), (0, None));
    }
}
