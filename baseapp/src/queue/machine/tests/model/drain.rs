//! The end: workers are well, time passes, and no task is stuck.

use super::{
    driver::end,
    events::{Event, How},
    reference::{End, State},
    run::Run,
};

impl Run {
    /// The app is stopped first, if `close`.
    pub(super) fn drain(&mut self, close: bool) {
        self.w.failing = false;
        self.turn();
        if self.w.told.given_up > 0 {
            if !self.w.durable {
                return; // the app has stopped, and what was in memory is gone
            }
            self.happens(Event::Crash { written: true });
        }
        if close {
            self.w.machine.close();
            self.works_until(|run| run.w.machine.is_quiet());
            self.only_what_may_wait_is_left();
            if !self.w.durable {
                return;
            }
            self.happens(Event::Crash { written: true });
        }
        self.works_until(|run| run.w.machine.tasks.len() == 0);
        self.all_is_over();
    }

    fn works_until(&mut self, over: impl Fn(&Run) -> bool) {
        for _ in 0..500 {
            self.turn();
            if over(self) {
                return;
            }
            if self.works() {
                continue;
            }
            let Some(at) = self.w.machine.next_alarm() else {
                break;
            };
            let wait = at.saturating_duration_since(self.w.now().at);
            let millis = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX);
            self.happens(Event::Pass {
                millis: millis.saturating_add(1),
                asleep: false,
            });
        }
        panic!("tasks are stuck: {:#?}", self.w.machine);
    }

    /// Everybody does what he has to. False if there is nothing.
    fn works(&mut self) -> bool {
        let spawns = std::mem::take(&mut self.w.told.spawns);
        let killed = std::mem::take(&mut self.w.told.killed);
        let mut works = !spawns.is_empty();
        for pool in spawns {
            self.join(pool);
        }
        for worker in killed {
            if self.w.workers.contains_key(&worker) {
                self.gone(worker, false);
                works = true;
            }
        }
        let workers: Vec<u32> = self.w.workers.keys().copied().collect();
        for worker in workers {
            if !self.w.held(worker).is_empty() {
                self.settle(worker, 0, How::Done);
                works = true;
            }
        }
        works
    }

    fn only_what_may_wait_is_left(&self) {
        for (number, task) in &self.r.tasks {
            assert!(task.holder.is_none(), "{number} runs");
            let may_wait = self.w.durable || !task.is_open() || task.due.is_some();
            assert!(may_wait, "{number} has not ended");
        }
        let left = self.r.tasks.values().filter(|task| task.is_open()).count();
        let told = self.w.machine.unfinished();
        let told = told.iter().map(|(_, count)| count).sum::<usize>();
        assert_eq!(told, if self.w.durable { 0 } else { left });
    }

    fn all_is_over(&mut self) {
        for (number, task) in &self.r.tasks {
            let over = matches!(task.state, State::Ended(_) | State::Revoked);
            assert!(over, "{number} has not ended");
        }
        assert!(self.w.kept.tasks.is_empty());
        assert_eq!(self.w.machine.chains.places(), 0);
        let told = self.w.told.ended.iter();
        let mut told: Vec<(u32, u16, End)> = told
            .map(|(watcher, number, how)| (*watcher, *number, end(how)))
            .collect();
        let sort = |told: &mut Vec<(u32, u16, End)>| {
            told.sort_by_key(|(watcher, number, end)| (*watcher, *number, format!("{end:?}")));
        };
        sort(&mut told);
        sort(&mut self.r.telling);
        assert_eq!(told, self.r.telling, "who was told, and who was to be");
    }
}
