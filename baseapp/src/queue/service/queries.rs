//! What the queue is asked, and what it answers.

use std::sync::Arc;

use super::{Service, frames::answer};
use crate::{
    link::Link,
    queue::{
        machine::{Cancelled, Effect, Now, Watcher},
        store::{Dead, Op, Record, Seq, StoreError, each_dead},
    },
    task::{Answer, Ended, Letter, Query, SmallBytes, Stats, TaskId, TaskState},
    wire::codec,
};

/// Dead letters that are told at once.
const PAGE: usize = 100;

impl Service {
    /// Somebody asks something.
    pub(super) fn asked(&mut self, now: Now, link: &Arc<Link>, request: u64, body: &[u8]) {
        let Ok(query) = codec::decode::<Query>(body) else {
            let why = "it was asked something that is no question".to_owned();
            return answer(&self.node, link, request, &Answer::Refused(why));
        };
        let before = self.machine.to_write();
        let answered = self.query(now, link, &query);
        if self.machine.to_write() > before {
            return self.machine.after(Effect::Reply {
                watcher: Watcher(link.number),
                request,
                answer: answered,
            });
        }
        // What is not found may be on its way to the store.
        let on_its_way = self.machine.to_write() > 0 || self.commits.is_busy();
        if answered.is_nothing() && on_its_way {
            return self.machine.after(Effect::Asked {
                watcher: Watcher(link.number),
                request: Some(request),
                query,
            });
        }
        answer(&self.node, link, request, &answered);
    }

    /// All that was on its way to the disk when somebody asked is there.
    pub(super) fn asked_again(
        &mut self,
        now: Now,
        watcher: Watcher,
        request: Option<u64>,
        query: &Query,
    ) {
        let Some(link) = self.links.get(&watcher).cloned() else {
            return;
        };
        let answered = self.query(now, &link, query);
        match (request, query) {
            (Some(request), _) => answer(&self.node, &link, request, &answered),
            // Not known any more.
            (None, Query::Watch(id)) if answered.is_nothing() => {
                let (id, how) = (*id, SmallBytes::default());
                self.machine.after(Effect::Ended { watcher, id, how });
            }
            (None, _) => {}
        }
    }

    fn query(&mut self, now: Now, link: &Arc<Link>, query: &Query) -> Answer {
        let answered = match *query {
            Query::Cancel(id) => {
                let known = self.machine.cancel(now, id) != Cancelled::No;
                Ok(Answer::Done(known))
            }
            Query::State(id) => self.state(now, id).map(Answer::State),
            Query::Watch(id) => self.watch(link, id).map(Answer::Done),
            Query::Stats(pool) => self.stats(pool).map(Answer::Stats),
            Query::Dead { pool, after } => self.dead_letters(pool, after),
            Query::DeadLetter(id) => self.dead_letter(id),
            Query::Replay(id) => self.replay(now, id).map(Answer::Done),
            Query::Purge(id) => self.purge(id).map(Answer::Done),
        };
        answered.unwrap_or_else(|error| Answer::Refused(error.to_string()))
    }

    fn state(&self, now: Now, id: TaskId) -> Result<TaskState, StoreError> {
        if let Some(state) = self.machine.state(now, id) {
            return Ok(state);
        }
        if let Some(ended) = self
            .store
            .outcome(id)?
            .as_deref()
            .and_then(Ended::from_bytes)
        {
            return Ok(ended.state());
        }
        Ok(match self.store.dead_by_id(id)? {
            Some((_, dead)) => TaskState::Dead(dead.reason),
            None => TaskState::Unknown,
        })
    }

    /// Tells how a task ends, or has ended.
    fn watch(&mut self, link: &Arc<Link>, id: TaskId) -> Result<bool, StoreError> {
        let watcher = Watcher(link.number);
        if self.machine.watch(id, Some(watcher)) {
            return Ok(true);
        }
        let ended = match self.store.outcome(id)? {
            Some(ended) => Some(ended),
            None => self
                .store
                .dead_by_id(id)?
                .map(|(_, dead)| ended_dead(&dead)),
        };
        let Some(how) = ended else { return Ok(false) };
        self.machine.after(Effect::Ended { watcher, id, how });
        Ok(true)
    }

    fn stats(&self, pool: u16) -> Result<Stats, StoreError> {
        let Some((counts, workers)) = self.machine.counts(pool) else {
            return Ok(Stats::default());
        };
        Ok(Stats {
            waiting: (counts.accepting + counts.chained + counts.ready) as u64,
            delayed: counts.delayed as u64,
            running: counts.leased as u64,
            dead: self.dead_of(pool)?,
            done: counts.done,
            retried: counts.retried,
            workers: workers as u64,
        })
    }

    fn dead_of(&self, pool: u16) -> Result<u64, StoreError> {
        let name = self.machine.pool(pool).map(|pool| Arc::clone(&pool.name));
        let mut count = 0;
        each_dead(&*self.store, |dead| {
            count += u64::from(name.as_deref() == Some(&*dead.record.pool));
        })?;
        Ok(count)
    }

    fn dead_letters(&self, pool: u16, after: Option<u64>) -> Result<Answer, StoreError> {
        let name = self.machine.pool(pool).map(|pool| Arc::clone(&pool.name));
        let page = self.store.dead(after.map(Seq), PAGE)?;
        let next = page.last().filter(|_| page.len() == PAGE);
        let next = next.map(|(seq, _)| seq.0);
        let letters = page.into_iter().map(|(_, dead)| dead);
        let letters = letters.filter(|dead| name.as_deref() == Some(&*dead.record.pool));
        Ok(Answer::Dead(letters.map(letter).collect(), next))
    }

    fn dead_letter(&self, id: TaskId) -> Result<Answer, StoreError> {
        let Some((seq, dead)) = self.store.dead_by_id(id)? else {
            return Ok(Answer::DeadLetter(None));
        };
        let payload = self.store.payload(seq)?.unwrap_or_default();
        Ok(Answer::DeadLetter(Some((letter(dead), payload.to_vec()))))
    }

    fn replay(&mut self, now: Now, id: TaskId) -> Result<bool, StoreError> {
        let Some((seq, dead)) = self.dead_by_id(id)? else {
            return Ok(false);
        };
        let Some(place) = self.place_of(&dead.record) else {
            return Ok(false);
        };
        let payload = self.store.payload(seq)?;
        self.machine.replay(now, seq, dead.record, place, payload);
        Ok(true)
    }

    fn place_of(&self, record: &Record) -> Option<(u16, Option<u16>)> {
        let mut pools = self.pools.iter().zip(0..);
        let (pool, index) = pools.find(|(pool, _)| *pool.spec.name == *record.pool)?;
        let worker = self.node.table.worker_name(pool.worker);
        let mut routes = self.node.table.routes().iter().zip(0..);
        let route =
            routes.find(|(route, _)| route.worker == worker && route.message == record.message);
        Some((index, route.map(|(_, index)| index)))
    }

    fn purge(&mut self, id: TaskId) -> Result<bool, StoreError> {
        let Some((seq, _)) = self.dead_by_id(id)? else {
            return Ok(false);
        };
        self.machine.write(Op::Purge { seq });
        Ok(true)
    }

    /// A dead letter that is not a task again: that may not be written down yet.
    fn dead_by_id(&mut self, id: TaskId) -> Result<Option<(Seq, Dead)>, StoreError> {
        if self.machine.watch(id, None) {
            return Ok(None);
        }
        self.store.dead_by_id(id)
    }
}

fn ended_dead(dead: &Dead) -> SmallBytes {
    let ended = Ended::Dead {
        reason: dead.reason,
        attempts: dead.record.deliveries,
        error: dead.record.error.clone().unwrap_or_default(),
    };
    ended.to_bytes()
}

fn letter(dead: Dead) -> Letter {
    Letter {
        id: dead.record.id,
        message: dead.record.message,
        reason: dead.reason,
        attempts: dead.record.deliveries,
        error: dead.record.error.unwrap_or_default(),
        died: dead.died,
    }
}
