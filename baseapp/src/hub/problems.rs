//! [`Problems`]: what was not well, for when the app stops. Workers may be added and
//! stopped for as long as an app runs, and each may have something to tell: what
//! tells the same of the same worker is one problem, with a count.

use super::StopProblem;

/// Problems of workers that are told one by one. Each may have a text of 16 KiB.
const MAX_TOLD: usize = 256;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Problems {
    told: Vec<StopProblem>,
    /// Those that are only counted.
    more: u64,
}

impl Problems {
    pub(super) fn add(&mut self, problem: StopProblem) {
        if self.told.iter_mut().any(|told| absorb(told, &problem)) {
            return;
        }
        // The others are few, and why the app stops is among them.
        if is_of_a_worker(&problem) && self.told.len() >= MAX_TOLD {
            self.more = self.more.saturating_add(1);
        } else {
            self.told.push(problem);
        }
    }

    /// How many are told.
    #[cfg(any(test, feature = "__fuzzing"))]
    pub(super) fn len(&self) -> usize {
        self.told.len()
    }

    pub(super) fn into_list(mut self) -> Vec<StopProblem> {
        if self.more > 0 {
            self.told.push(StopProblem::More { count: self.more });
        }
        self.told
    }
}

/// There may be as many of them as workers were ever started.
fn is_of_a_worker(problem: &StopProblem) -> bool {
    matches!(
        problem,
        StopProblem::Died { .. }
            | StopProblem::Killed { .. }
            | StopProblem::StopFailed { .. }
            | StopProblem::Lost { .. }
    )
}

/// Makes one of two problems, if they are the same of the same worker: what the later
/// one says in words, and how often it was. False if they are not.
fn absorb(told: &mut StopProblem, later: &StopProblem) -> bool {
    use StopProblem::{Died, Killed, Lost, StopFailed};

    match (&mut *told, later) {
        (
            Lost { name, count },
            Lost {
                name: of,
                count: more,
            },
        ) if name == of => {
            *count = count.saturating_add(*more);
            return true;
        }
        (
            Died { name, times, .. },
            Died {
                name: of,
                times: more,
                ..
            },
        )
        | (
            Killed { name, times, .. },
            Killed {
                name: of,
                times: more,
                ..
            },
        )
        | (
            StopFailed { name, times, .. },
            StopFailed {
                name: of,
                times: more,
                ..
            },
        ) if name == of => {
            let sum = times.saturating_add(*more);
            *told = later.clone();
            if let Died { times, .. } | Killed { times, .. } | StopFailed { times, .. } = told {
                *times = sum;
            }
        }
        _ => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn failed(name: &str, text: &str) -> StopProblem {
        let (name, text, times) = (name.to_owned(), text.to_owned(), 1);
        StopProblem::StopFailed { name, text, times }
    }

    fn lost(name: &str, count: u64) -> StopProblem {
        let name = name.to_owned();
        StopProblem::Lost { name, count }
    }

    #[test]
    fn the_same_of_a_worker_is_one_problem_with_a_count() {
        let mut problems = Problems::default();
        for round in 0..1000 {
            problems.add(lost("a", 2));
            problems.add(failed("a", &format!("round {round}")));
            problems.add(lost("b", u64::MAX));
        }
        let told: Vec<String> = problems
            .into_list()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            told,
            [
                "2000 messages of `a` were lost",
                "`#[stop]` of `a` failed 1000 times, at last: round 999",
                "18446744073709551615 messages of `b` were lost",
            ]
        );
    }

    #[test]
    fn however_many_workers_there_were_what_is_told_is_bounded() {
        let mut problems = Problems::default();
        for worker in 0..1000 {
            problems.add(failed(&format!("worker-{worker}"), "no"));
        }
        // The reason of a stop is told, whatever was before.
        let grace = Duration::ZERO;
        problems.add(StopProblem::Busy { grace });
        problems.add(failed("worker-3", "again"));
        let list = problems.into_list();
        assert_eq!(list.len(), MAX_TOLD + 2);
        assert!(list.contains(&StopProblem::Busy { grace }));
        let count = 1000 - MAX_TOLD as u64;
        assert_eq!(list.last(), Some(&StopProblem::More { count }));
        assert!(list[3].to_string().ends_with("2 times, at last: again"));
    }
}
