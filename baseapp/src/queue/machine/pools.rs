//! Pools and their workers: how many there are to be, and who is busy.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::{
    Effect, Lease, Machine, Now, PoolSpec, TaskKey,
    alarms::Alarm,
    renew::Renewal,
    retry::restart_pause,
    tasks::{Place, Task, later},
};
use crate::id::WorkerId;

/// Workers of a pool that may die within [`WINDOW`] before they could do
/// anything.
const INTENSITY: usize = 5;
const WINDOW: Duration = Duration::from_secs(10);

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) spec: PoolSpec,
    pub(super) members: Vec<Member>,
    /// Tasks that run with no other at their side.
    pub(super) suspects: VecDeque<TaskKey>,
    pub(super) counts: Counts,
    /// Workers that are being started.
    pub(super) starting: u32,
    /// Workers that died, one after the other, with no task done in between.
    pub(super) failures: u32,
    /// Deaths of workers that could not do anything.
    boot_deaths: VecDeque<Instant>,
    /// No worker is started before.
    not_before: Option<Instant>,
    given_up: bool,
    /// Its workers are started anew.
    pub(super) renewal: Option<Renewal>,
    /// Delayed tasks that have failed.
    pub(super) retrying: usize,
    /// When it is to be looked at again.
    pub(super) wake: Option<Instant>,
}

/// Tasks of a pool that have not ended, by their place; and those that have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) accepting: usize,
    pub(crate) delayed: usize,
    pub(crate) chained: usize,
    pub(crate) ready: usize,
    pub(crate) leased: usize,
    pub(crate) done: u64,
    pub(crate) buried: u64,
    pub(crate) cancelled: u64,
    pub(crate) retried: u64,
}

impl Counts {
    pub(super) fn of(&mut self, place: Place) -> &mut usize {
        match place {
            Place::Accepting => &mut self.accepting,
            Place::Delayed => &mut self.delayed,
            Place::Chained => &mut self.chained,
            Place::Ready => &mut self.ready,
            Place::Leased { .. } => &mut self.leased,
        }
    }

    /// Tasks that have not ended.
    pub(super) fn open(&self) -> usize {
        self.accepting + self.delayed + self.chained + self.ready + self.leased
    }
}

/// A task that a worker has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) lease: Lease,
    pub(super) task: TaskKey,
    /// Why it was asked to end.
    pub(super) asked: Option<Why>,
}

/// Why a handler is asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    Cancelled,
    Timeout,
}

/// A worker of a pool.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) worker: WorkerId,
    /// In the order in which it runs them: the first one is in hand.
    pub(super) held: VecDeque<Held>,
    delivered: u64,
    pub(super) done: u64,
    /// Is to be replaced because somebody wants it.
    pub(super) outdated: bool,
    /// Gets no more.
    pub(super) retiring: bool,
    /// Gets no more until it has nothing, and then a suspect.
    pub(super) reserved: bool,
    /// Has a suspect.
    pub(super) alone: bool,
    pub(super) joined: Instant,
    pub(super) idle_since: Instant,
    /// When what is in hand has had its time.
    pub(super) rings: Option<Instant>,
    /// It is being killed because this task, then in hand, did not end.
    pub(super) killed_for: Option<(Lease, Why)>,
}

impl Member {
    /// So many tasks may be given to it.
    pub(super) fn room(&self, prefetch: u32) -> usize {
        if self.reserved || self.alone || !self.stays() {
            return 0;
        }
        (prefetch as usize).saturating_sub(self.held.len())
    }

    /// It may be given something, if not now.
    pub(super) fn stays(&self) -> bool {
        !self.retiring && self.killed_for.is_none()
    }

    /// Nothing is in its hands, and it takes tasks.
    pub(super) fn is_free(&self) -> bool {
        self.held.is_empty() && self.stays()
    }

    pub(super) fn give(&mut self, lease: Lease, task: TaskKey, max_tasks: Option<u64>) {
        self.held.push_back(Held {
            lease,
            task,
            asked: None,
        });
        self.delivered += 1;
        // Its last: another worker takes its place.
        self.retiring |= max_tasks.is_some_and(|max| self.delivered >= max);
    }
}

impl Pool {
    pub(super) fn new(spec: PoolSpec) -> Pool {
        Pool {
            spec,
            members: Vec::new(),
            suspects: VecDeque::new(),
            counts: Counts::default(),
            starting: 0,
            failures: 0,
            boot_deaths: VecDeque::new(),
            not_before: None,
            given_up: false,
            renewal: None,
            retrying: 0,
            wake: None,
        }
    }

    pub(super) fn count(&mut self, task: &Task) {
        *self.counts.of(task.place) += 1;
        self.retrying += usize::from(task.place == Place::Delayed && task.retrying);
    }

    pub(super) fn uncount(&mut self, task: &Task) {
        *self.counts.of(task.place) -= 1;
        self.retrying -= usize::from(task.place == Place::Delayed && task.retrying);
    }

    /// Tasks that somebody runs, or will run without anybody's wish to wait.
    pub(super) fn busy(&self) -> usize {
        self.counts.open() - self.counts.delayed + self.retrying
    }

    pub(super) fn member(&mut self, worker: WorkerId) -> Option<&mut Member> {
        self.members
            .iter_mut()
            .find(|member| member.worker == worker)
    }

    /// Workers that stay, and those that come.
    pub(super) fn staying(&self) -> u32 {
        let staying = self.members.iter().filter(|member| !member.retiring);
        u32::try_from(staying.count()).unwrap_or(u32::MAX) + self.starting
    }

    /// Tasks that a worker has at a time. Only one as long as there may be more
    /// workers: what the first ones have is nothing for those that come.
    pub(super) fn at_a_time(&self) -> u32 {
        let spec = &self.spec;
        let grows = spec.min < spec.max && self.staying() - self.starting < spec.max;
        if grows { 1 } else { spec.prefetch }
    }

    /// How many workers to start now.
    fn wanted(&self, closing: bool, durable: bool) -> u32 {
        let staying = self.staying();
        let spec = &self.spec;
        let missing = spec.min.saturating_sub(staying);
        if closing {
            // Only as many as it takes to end what there is.
            return u32::from(!durable && staying == 0 && self.busy() > 0);
        }
        let waiting = self.counts.ready;
        let at_a_time = self.at_a_time();
        let free = self.members.iter().any(|m| m.room(at_a_time) > 0);
        if waiting == 0 || free || self.starting > 0 || staying < spec.min {
            return missing;
        }
        // As many again, so that a few steps are enough for any backlog; not
        // more than there are tasks.
        let more = u32::try_from(waiting).unwrap_or(u32::MAX);
        let more = more.min(staying.max(1));
        more.min(spec.max.saturating_sub(staying))
    }

    fn boot_death(&mut self, now: Instant) -> bool {
        self.boot_deaths.push_back(now);
        while self
            .boot_deaths
            .front()
            .is_some_and(|death| *death + WINDOW < now)
        {
            self.boot_deaths.pop_front();
        }
        self.boot_deaths.len() >= INTENSITY
    }
}

impl Machine {
    /// A worker takes tasks from now on.
    pub(crate) fn joined(&mut self, now: Now, pool: u16, worker: WorkerId) {
        let Some(pool) = self.pools.get_mut(usize::from(pool)) else {
            return;
        };
        pool.starting = pool.starting.saturating_sub(1);
        pool.members.push(Member {
            worker,
            held: VecDeque::new(),
            delivered: 0,
            done: 0,
            outdated: false,
            retiring: false,
            reserved: false,
            alone: false,
            joined: now.at,
            idle_since: now.at,
            rings: None,
            killed_for: None,
        });
        pool.renew_one();
    }

    /// So many workers are being started without having been asked for here.
    pub(crate) fn expect(&mut self, pool: u16, workers: u32) {
        if let Some(pool) = self.pools.get_mut(usize::from(pool)) {
            pool.starting += workers;
        }
    }

    /// A worker that was being started died instead.
    pub(crate) fn not_started(&mut self, now: Now, pool: u16, how: &str) {
        if let Some(state) = self.pools.get_mut(usize::from(pool)) {
            state.starting = state.starting.saturating_sub(1);
        }
        self.renew_no_more(pool, how);
        self.failed(now, pool, true, how);
    }

    /// A worker has died without a task done: those that follow begin later.
    pub(super) fn failed(&mut self, now: Now, pool: u16, at_boot: bool, how: &str) {
        let Some(state) = self.pools.get_mut(usize::from(pool)) else {
            return;
        };
        state.failures += 1;
        if at_boot && state.boot_death(now.at) && !std::mem::replace(&mut state.given_up, true) {
            let how = how.to_owned();
            self.effect(Effect::GiveUp { pool, how });
            return;
        }
        let pause = restart_pause(state.failures);
        if !pause.is_zero() {
            state.not_before = Some(later(now.at, pause));
        }
    }

    /// A worker uses too much: it is replaced when it has ended what it has.
    pub(crate) fn recycle(&mut self, pool: u16, worker: WorkerId) {
        let pool = self.pools.get_mut(usize::from(pool));
        if let Some(member) = pool.and_then(|pool| pool.member(worker)) {
            member.retiring = true;
        }
    }

    /// Starts and retires workers, as the work wants it.
    pub(crate) fn scale(&mut self, now: Now) {
        self.tell_renewed();
        for index in 0..self.pools.len() {
            // As many pools as fit into the routing table's numbers.
            let number = u16::try_from(index).unwrap_or(u16::MAX);
            let idle = self.retire_some(now, number);
            let pool = &mut self.pools[index];
            let paused = pool.not_before.filter(|until| *until > now.at);
            let wake = idle.into_iter().chain(paused).min();
            self.alarms.put(&mut pool.wake, wake, Alarm::Pool(number));
            if paused.is_some() || pool.given_up {
                continue;
            }
            let ahead = u32::from(!self.closing && pool.starts_ahead());
            let wanted = pool.wanted(self.closing, self.durable).max(ahead);
            pool.starting += wanted;
            for _ in 0..wanted {
                self.effect(Effect::Spawn { pool: number });
            }
        }
    }

    /// Retires workers that are to be replaced and have nothing left, and those
    /// that have been idle for long if there are more than the least. When the
    /// next one will have been.
    fn retire_some(&mut self, now: Now, number: u16) -> Option<Instant> {
        let closing = self.closing;
        let effects = &mut self.batch.effects;
        let pool = &mut self.pools[usize::from(number)];
        let mut retire = |member: Member| {
            let worker = member.worker;
            effects.push(Effect::Retire { worker });
        };
        let replaced = |member: &Member| member.retiring && member.held.is_empty();
        while let Some(at) = pool.members.iter().position(replaced) {
            retire(pool.members.remove(at));
        }
        while pool.staying() > pool.spec.min && !closing {
            let members = pool.members.iter().enumerate();
            let idle = members.filter(|(_, member)| member.is_free() && !member.reserved);
            let (at, longest) = idle.min_by_key(|(_, member)| member.idle_since)?;
            let until = later(longest.idle_since, pool.spec.idle);
            if until > now.at {
                return Some(until);
            }
            retire(pool.members.remove(at));
        }
        None
    }
}
