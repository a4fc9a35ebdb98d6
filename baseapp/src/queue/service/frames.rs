//! What submitters and workers say.

use std::{sync::Arc, time::Duration};

use super::{LOOK_AT_MEMORY, Service, members::Member, park::Waiting};
use crate::{
    copying,
    id::WorkerId,
    link::{Link, Refused},
    node::{Batch, Node},
    process::resident_memory,
    queue::machine::{Effect, Lease, NewTask, Now, Refusal, Watcher},
    report,
    task::{
        Answer, MAX_PRIORITY, Outcome, Query, SmallBytes, SubmitHead, TaskHead, TaskId, split_head,
        split_payload,
    },
    wire::{
        codec::{self, CodecError},
        frame::{Header, Kind, MAX_PAYLOAD},
    },
};

/// Bytes of a small task in a frame, and for how many of them room is made at once.
const LIKELY_SIZE: usize = 64;
const MOST_LIKELY: usize = 256;

/// Answers a question. A link that has ended has nobody who waits.
pub(super) fn answer(node: &Node, link: &Arc<Link>, request: u64, answer: &Answer) {
    let reply = |answer: &Answer| {
        let write = |out: &mut Vec<u8>| codec::encode_into(answer, out, MAX_PAYLOAD);
        link.reply(Kind::Answer, request, write)
    };
    let replied = match reply(answer) {
        Err(Refused::Payload(error)) => reply(&Answer::Refused(error.to_string())),
        replied => replied,
    };
    if let Ok(taken) = replied {
        node.taken_in_turn(link, taken);
    }
}

impl Service {
    /// Takes what arrived together over one link.
    pub(super) fn take(&mut self, now: Now, mut batch: Batch) {
        let link = Arc::clone(&batch.link);
        let watcher = Watcher(link.number);
        if self.links.insert(watcher, Arc::clone(&link)).is_none() {
            self.machine.connected(watcher);
        }
        let (mut count, mut bytes) = (0, 0);
        while let Some((header, body)) = batch.chunk.next() {
            let mut consumed = header.kind.takes_credit();
            match header.kind {
                Kind::Submit => {
                    consumed = self.submitted(now, &link, &header, batch.chunk.body(body));
                }
                Kind::Query => {
                    self.asked(now, &link, header.correlation, batch.chunk.body(body));
                }
                Kind::Outcome | Kind::Extend | Kind::Progress => {
                    let body = batch.chunk.body(body);
                    self.of_member(now, &link, &header, body);
                }
                _ => {} // taken when it arrived
            }
            if consumed {
                count += 1;
                bytes += header.size() as u64;
            }
        }
        self.give_credit(&link, count, bytes);
    }

    pub(super) fn give_credit(&self, link: &Arc<Link>, count: u64, bytes: u64) {
        if count > 0
            && let Some(taken) = link.consumed(count, bytes)
        {
            self.node.taken_in_turn(link, taken);
        }
    }

    pub(super) fn refuse(&self, watcher: Watcher, request: u64, why: String) {
        if let Some(link) = self.links.get(&watcher) {
            answer(&self.node, link, request, &Answer::Refused(why));
        }
    }

    /// Somebody submits tasks. False if they wait for room.
    fn submitted(&mut self, now: Now, link: &Arc<Link>, header: &Header, body: &[u8]) -> bool {
        let request = header.correlation;
        let (head, mut tasks, repeat) = match self.read_tasks(body) {
            Ok(read) => read,
            Err(why) => {
                answer(&self.node, link, request, &Answer::Refused(why));
                return true;
            }
        };
        let pool = head.pool;
        if let Some(repeat) = repeat {
            let scheduled = match tasks.pop() {
                Some(task) => self.machine.schedule(now, pool, task, repeat),
                None => Err("nothing to repeat".to_owned()),
            };
            let said = match scheduled {
                Ok(()) => Answer::Accepted(Vec::new()),
                Err(why) => Answer::Refused(why),
            };
            answer(&self.node, link, request, &said);
            return true;
        }
        // Those that wait come first; but a pool that waited for itself would
        // wait for ever.
        let child = self.is_of_pool(link.peer.id, pool);
        let refusal = if !child && self.parked.waits_for(pool) {
            Refusal::Full
        } else {
            match self.admit(now, link, request, pool, &mut tasks) {
                Ok(()) => return true,
                Err(refusal) => refusal,
            }
        };
        let refused = match refusal {
            Refusal::Full => match head
                .patience
                .filter(|wait| !wait.is_zero() && !self.closing)
            {
                Some(patience) => {
                    self.parked.push(Waiting {
                        link: Arc::clone(link),
                        request,
                        pool,
                        tasks,
                        until: now.at + patience.min(Duration::from_secs(365 * 24 * 3600)),
                        size: header.size() as u64,
                    });
                    return false;
                }
                None => Answer::Full,
            },
            Refusal::TooMany { capacity } => Answer::TooMany {
                capacity: capacity as u64,
            },
            Refusal::NoSuchPool => Answer::Refused("there is no such pool".to_owned()),
        };
        answer(&self.node, link, request, &refused);
        true
    }

    /// Accepts tasks, if there is room; the answer follows when they are
    /// written down.
    pub(super) fn admit(
        &mut self,
        now: Now,
        link: &Arc<Link>,
        request: u64,
        pool: u16,
        tasks: &mut Vec<NewTask>,
    ) -> Result<(), Refusal> {
        let child = self.is_of_pool(link.peer.id, pool);
        let watcher = Watcher(link.number);
        let same = self
            .machine
            .submit(now, pool, tasks, Some(watcher), child)?;
        let known: Vec<TaskId> = same.iter().map(|(_, known)| *known).collect();
        self.machine.after(Effect::Accepted {
            watcher,
            request,
            same,
        });
        // One that is the same as another may be done already.
        for id in known {
            if !self.machine.watch(id, Some(watcher)) {
                self.machine.after(Effect::Asked {
                    watcher,
                    request: None,
                    query: Query::Watch(id),
                });
            }
        }
        Ok(())
    }

    fn is_of_pool(&self, worker: WorkerId, pool: u16) -> bool {
        self.members
            .get(worker)
            .is_some_and(|member| member.pool == pool)
    }

    fn read_tasks(
        &self,
        mut body: &[u8],
    ) -> Result<(SubmitHead, Vec<NewTask>, Option<crate::task::Repeat>), String> {
        let garbled = || "it was sent something that is no task".to_owned();
        let head: SubmitHead = split_head(&mut body).ok_or_else(garbled)?;
        let pool = self.pools.get(usize::from(head.pool));
        let pool = pool.ok_or("there is no such pool")?;
        // As many as are likely to be there, of those that go together in a frame.
        let likely = (body.len() / LIKELY_SIZE).clamp(1, MOST_LIKELY);
        let (mut tasks, mut repeat) = (Vec::with_capacity(likely), None);
        while !body.is_empty() {
            let task = TaskHead::split(&mut body).ok_or_else(garbled)?;
            let payload = split_payload(&mut body).ok_or_else(garbled)?;
            let worker = self.node.table.worker_name(pool.worker);
            let route = self.node.table.route(task.route);
            if route.is_none_or(|route| route.worker != worker) {
                return Err("its workers have no handler for the message".to_owned());
            }
            let mut limits = task.limits;
            limits.attempts = limits.attempts.max(1);
            limits.priority = limits.priority.min(MAX_PRIORITY);
            repeat = task.repeat;
            tasks.push(NewTask {
                id: task.id,
                route: task.route,
                limits,
                delay: task.delay,
                deadline: task.deadline,
                key: task.key,
                unique: task.unique,
                // What it came with is much larger, and would stay as long.
                payload: SmallBytes::copy(payload),
            });
        }
        Ok((head, tasks, repeat))
    }

    /// A worker of a pool says something about a task that it has.
    fn of_member(&mut self, now: Now, link: &Arc<Link>, header: &Header, body: &[u8]) {
        let worker = link.peer.id;
        let is_its = |member: &&Member| member.link.number == link.number;
        let Some(pool) = self.members.get(worker).filter(is_its).map(|m| m.pool) else {
            return self.node.counters.stray_reply(); // of a life that is over
        };
        let lease = Lease(header.correlation);
        let known = match header.kind {
            Kind::Outcome => match Outcome::from_bytes(body) {
                Some(outcome) => {
                    let known = self.machine.settle(now, pool, worker, lease, outcome);
                    self.look_at_memory(now, pool, worker);
                    known
                }
                None => {
                    let name = &link.peer.name;
                    report::warn(&format!("`{name}` says something that is no outcome"));
                    false
                }
            },
            Kind::Extend => {
                let millis = <[u8; 8]>::try_from(body).map(u64::from_le_bytes);
                let by = Duration::from_millis(millis.unwrap_or(0));
                self.machine.extend(now, pool, worker, lease, by);
                true
            }
            _ => self.progress(pool, worker, lease, body),
        };
        if !known {
            self.node.counters.stray_reply();
        }
    }

    /// A handler says how far it is. Who is behind with reading misses it.
    fn progress(&self, pool: u16, worker: WorkerId, lease: Lease, body: &[u8]) -> bool {
        let Some((id, watchers)) = self.machine.watchers(pool, worker, lease) else {
            return false;
        };
        for link in watchers
            .iter()
            .filter_map(|watcher| self.links.get(watcher))
        {
            let write = |out: &mut Vec<u8>| {
                out.extend_from_slice(&id.0);
                copying::append(out, body);
                Ok::<_, CodecError>(())
            };
            if !link.is_congested()
                && let Ok(taken) = link.reply(Kind::News, 0, write)
            {
                self.node.taken_in_turn(link, taken);
            }
        }
        true
    }

    fn look_at_memory(&mut self, now: Now, pool: u16, worker: WorkerId) {
        let Some(max) = self.pools[usize::from(pool)].max_memory else {
            return;
        };
        // That of this process is not that of one worker.
        let due = |member: &&mut Member| {
            member.pid != std::process::id() && member.looked_at + LOOK_AT_MEMORY <= now.at
        };
        let Some(member) = self.members.get_mut(worker).filter(due) else {
            return;
        };
        member.looked_at = now.at;
        if resident_memory(member.pid).is_some_and(|bytes| bytes >= max) {
            self.machine.recycle(member.pool, worker);
        }
    }
}
